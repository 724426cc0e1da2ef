/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/settings.h"

#define REDIS_MAJOR_MIN 7

/* What CONFIG GET must say; `info` is the field of INFO that tells the same where CONFIG is
 * forbidden, NULL if there is none. */
static const struct setting {
    const char *name;
    const char *required;
    const char *info;
    const char *info_required;
} settings[] = {
    {"appendonly", "yes", "aof_enabled", "1"},
    {"appendfsync", "always", NULL, NULL},
    {"no-appendfsync-on-rewrite", "no", NULL, NULL},
    {"maxmemory-policy", "noeviction", "maxmemory_policy", "noeviction"},
};

#define SETTING_COUNT (sizeof settings / sizeof *settings)

struct text store_info_field(struct text info, const char *name)
{
    struct text line, key;

    while (text_split(&info, '\n', &line)) {
        if (line.length && line.data[line.length - 1] == '\r')
            line.length--;
        if (text_split(&line, ':', &key) && text_is(key, name) && line.data)
            return line;
    }
    return TEXT_NONE;
}

static void copy_text(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct buffer *text = owner;

    if (status == STORE_OK || status == STORE_ERROR)
        buffer_append(text, store_reply_text(reply));
}

/* CONFIG GET answers name and value; an error's text is kept as well, to be shown. */
static void copy_value(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct buffer *text = owner;

    if (status == STORE_ERROR)
        buffer_append(text, store_reply_text(reply));
    else
        buffer_append(text, store_reply_text_at(reply, 1));
}

static int check_version(struct text info, struct buffer *faults)
{
    struct text version = store_info_field(info, "redis_version"), rest = version, part = TEXT_NONE;
    int64_t major = 0;

    text_split(&rest, '.', &part);
    if (text_to_integer(part, REDIS_MAJOR_MIN, INT32_MAX, &major))
        return 0;
    buffer_printf(faults, "redis_version is %.*s, must be 7.0 or newer: install Redis 7.0\n",
                  TEXT_ARG(version.length ? version : TEXT("unknown")));
    return 1;
}

static int check_role(struct text info, struct buffer *faults)
{
    struct text role = store_info_field(info, "role");

    if (text_is(role, "master"))
        return 0;
    buffer_printf(
        faults,
        "role is %.*s, must be master: connect to the master, or make this one the master "
        "with redis-cli REPLICAOF NO ONE\n",
        TEXT_ARG(role.length ? role : TEXT("unknown")));
    return 1;
}

/* What can be said of a setting that CONFIG GET did not give. */
static int check_by_info(const struct setting *setting, struct text info, struct text reason,
                         struct buffer *faults)
{
    struct text value = setting->info ? store_info_field(info, setting->info) : TEXT_NONE;

    if (value.data && text_is(value, setting->info_required))
        return 0;
    if (value.data)
        buffer_printf(faults, "%s is %.*s (INFO), must be %s: redis-cli CONFIG SET %s %s\n",
                      setting->info, TEXT_ARG(value), setting->info_required, setting->name,
                      setting->required);
    else
        buffer_printf(faults,
                      "%s could not be read (%.*s), must be %s: allow this user CONFIG GET with "
                      "redis-cli ACL SETUSER USER '+config|get'\n",
                      setting->name, TEXT_ARG(reason), setting->required);
    return 1;
}

/* The number of faults, 0 or 1, or a negative status. */
static int check_setting(struct store *store, const struct setting *setting, struct text info,
                         struct buffer *faults)
{
    struct buffer value = {0};
    enum store_status status =
        store_command_wait(store, STORE_ARGS(TEXT("CONFIG"), TEXT("GET"), text_of(setting->name)),
                           0, copy_value, &value);
    struct text text = buffer_text(&value);
    int result = 0;

    if (status == STORE_ERROR) {
        result = check_by_info(setting, info, text, faults);
    } else if (status != STORE_OK) {
        result = status;
    } else if (!text.length) {
        result = check_by_info(setting, info, TEXT("CONFIG GET does not know it"), faults);
    } else if (!text_is(text, setting->required)) {
        buffer_printf(faults, "%s is %.*s, must be %s: redis-cli CONFIG SET %s %s\n", setting->name,
                      TEXT_ARG(text), setting->required, setting->name, setting->required);
        result = 1;
    }
    buffer_free(&value);
    return result;
}

static int check_all(struct store *store, struct text info, struct buffer *faults)
{
    int count = check_version(info, faults) + check_role(info, faults);

    for (size_t i = 0; i < SETTING_COUNT; i++) {
        int result = check_setting(store, &settings[i], info, faults);
        if (result < 0)
            return result;
        count += result;
    }
    return count;
}

int store_check_settings(struct store *store, struct buffer *faults)
{
    struct buffer info = {0};
    int result = store_command_wait(store, STORE_ARGS(TEXT("INFO")), 0, copy_text, &info);

    if (result == STORE_OK)
        result = check_all(store, buffer_text(&info), faults);
    buffer_free(&info);
    return result;
}
