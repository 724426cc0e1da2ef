/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "program/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "migrations/migrate.h"
#include "slots/ledger/library.h"

enum { CONNECT_MS = 5000 };

#define ALL_COMMANDS                                                                               \
    (COMMAND_SERVE | COMMAND_MIGRATE | COMMAND_LOAD | COMMAND_TOKEN | COMMAND_AUDIT |              \
     COMMAND_EXPLAIN)
#define OPTION(member) .offset = offsetof(struct command_options, member)

static const struct {
    unsigned commands;
    struct config_option option;
} rows[] = {
    {ALL_COMMANDS,
     {"data", 'd', CONFIG_TEXT, OPTION(data), .value_name = "DIR",
      .help = "Directory of the service's data, and of its own Redis where there is no --redis"}},
    {ALL_COMMANDS,
     {"redis", 'r', CONFIG_TEXT, OPTION(redis), .value_name = "URL",
      .help = "Redis to use, unix:PATH or redis://HOST:PORT; with a password, which belongs "
              "into the environment or the file, redis://USER:PASSWORD@HOST:PORT"}},
    {ALL_COMMANDS,
     {"redis-memory", 0, CONFIG_INTEGER, OPTION(redis_memory), .min = 0, .max = 1 << 24,
      .fallback = "0",
      .help = "MiB that its own Redis may use; 0: half of what the machine or the control group "
              "has"}},
    {COMMAND_SERVE,
     {"listen", 'l', CONFIG_TEXT, OPTION(listen), .value_name = "ADDR:PORT",
      .fallback = "127.0.0.1:8080", .help = "Where to serve HTTP"}},
    {COMMAND_SERVE,
     {"workers", 'w', CONFIG_INTEGER, OPTION(workers), .min = 1, .max = 64, .fallback = "1",
      .help = "Processes that serve"}},
    {COMMAND_SERVE,
     {"now", 0, CONFIG_TEXT, OPTION(now), .value_name = "ISO8601",
      .help = "Start the clock at this instant, for rehearsals and tests"}},
    {COMMAND_SERVE,
     {"durability", 0, CONFIG_CHOICE, OPTION(durability), .choices = "full|relaxed",
      .fallback = "full", .help = "Whether to serve on a Redis that may lose answered writes"}},
    {COMMAND_SERVE,
     {"trusted-proxies", 0, CONFIG_TEXT, OPTION(trusted_proxies), .value_name = "ADDRESSES",
      .fallback = "127.0.0.0/8 ::1",
      .help = "Proxies whose X-Forwarded-For is believed, addresses or networks"}},
    {COMMAND_SERVE,
     {"retention-days", 0, CONFIG_INTEGER, OPTION(retention_days), .min = 1, .max = 3650,
      .fallback = "90", .help = "Days that reservations are kept after their day"}},
    {COMMAND_MIGRATE | COMMAND_LOAD,
     {"dry-run", 'n', CONFIG_FLAG, OPTION(dry_run), .help = "Only say what would be done"}},
    {COMMAND_LOAD,
     {"retire", 0, CONFIG_FLAG, OPTION(retire),
      .help = "What is in use and leaves the catalogue ends orderly: nothing new of it, and what "
              "exists is served as before"}},
    {COMMAND_TOKEN | COMMAND_AUDIT,
     {"city", 'c', CONFIG_TEXT, OPTION(city), .value_name = "CODE",
      .help = "City, six digits such as 410400"}},
    {COMMAND_TOKEN,
     {"hall", 'H', CONFIG_TEXT, OPTION(hall), .value_name = "ID",
      .help = "Hall that the token is bound to; its city may be left out then"}},
    {COMMAND_TOKEN,
     {"window", 'W', CONFIG_TEXT, OPTION(window), .value_name = "ID",
      .help = "Window of the hall that the token is bound to"}},
    {COMMAND_EXPLAIN,
     {"ticket", 0, CONFIG_TEXT, OPTION(ticket), .value_name = "ID",
      .help = "Ticket to explain, as HTTP names it"}},
    {COMMAND_TOKEN,
     {"role", 0, CONFIG_TEXT, OPTION(role), .value_name = "ROLE",
      .help = "citizen, gateway, kiosk, display, clerk, hall_admin, city_admin, health_authority "
              "or auditor"}},
    {COMMAND_TOKEN,
     {"as", 0, CONFIG_TEXT, OPTION(as), .value_name = "ID",
      .help = "Token of a gateway whose place this one takes: it reaches what that one booked"}},
    {COMMAND_TOKEN,
     {"ttl", 't', CONFIG_TEXT, OPTION(ttl), .value_name = "TIME", .fallback = "30d",
      .help = "How long the token is good, a number and s, m, h, d or w; 0 for ever"}},
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

static void copy_rows(enum command_bit command, struct config_option options[ROW_COUNT])
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        options[i] = rows[i].option;
        if (!(rows[i].commands & command))
            options[i].help = NULL;
    }
}

/* Takes the user and the password of a URL out of the arguments, which every user of the machine
 * can list; the options have their copies. */
static void hide_credentials(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *begin = strstr(argv[i], "://"), *end = begin ? strrchr(begin, '@') : NULL;
        if (end)
            memset(begin + 3, '*', (size_t)(end - begin) - 3);
    }
}

int command_read_options(enum command_bit command, const char *usage, const char *description,
                         int argc, char **argv, struct command_options *options, char ***rest)
{
    struct config_option table[ROW_COUNT];
    struct buffer error = {0};
    int status;

    copy_rows(command, table);
    status = config_read(table, ROW_COUNT, usage, description, argc, argv, options, rest, &error);
    hide_credentials(argc, argv);
    if (status)
        command_fail(TEXT_FMT, TEXT_ARG(buffer_text(&error)));
    buffer_free(&error);
    return status ? COMMAND_USAGE : COMMAND_OK;
}

void command_free_options(struct command_options *options)
{
    struct config_option table[ROW_COUNT];

    copy_rows(0, table);
    config_free(table, ROW_COUNT, options);
}

void command_fail(const char *format, ...)
{
    struct buffer line = {0};
    va_list args;

    va_start(args, format);
    buffer_vprintf(&line, format, args);
    va_end(args);
    while (line.length && line.data[line.length - 1] == '\n')
        line.length--;
    fprintf(stderr, "jiaohao: " TEXT_FMT "\n", TEXT_ARG(buffer_text(&line)));
    buffer_free(&line);
}

void command_tell_faults(const char *path, struct json_faults *faults)
{
    struct buffer lines = {0};

    json_faults_append(&lines, faults, path);
    fprintf(stderr, TEXT_FMT, TEXT_ARG(buffer_text(&lines)));
    buffer_free(&lines);
    json_faults_free(faults);
}

/* --- The store ---------------------------------------------------------------------------------
 */

/* Makes what is missing of the path. */
static bool make_directories(const char *path)
{
    struct buffer part = {0};
    struct text rest = text_of(path), name;
    bool made = true;

    while (made && text_split(&rest, '/', &name)) {
        buffer_append(&part, name);
        buffer_append_byte(&part, '/');
        *buffer_reserve(&part, 1) = '\0';
        made = mkdir(part.data, 0700) == 0 || errno == EEXIST || errno == EISDIR;
    }
    buffer_free(&part);
    if (!made)
        command_fail("%s cannot be made: %s", path, strerror(errno));
    return made;
}

static bool has_store(const char *data_dir)
{
    struct buffer path = {0};
    struct stat status;
    bool found;

    buffer_printf(&path, "%s/redis%c", data_dir, 0);
    found = stat(path.data, &status) == 0 && S_ISDIR(status.st_mode);
    buffer_free(&path);
    if (!found)
        command_fail("%s holds no store", data_dir);
    return found;
}

static bool start_embedded(struct command_store *opened, const struct command_options *given,
                           enum command_access access, struct buffer *url)
{
    const char *data_dir = given->data;
    struct embedded_redis_options options = {
        .data_dir = data_dir, .memory_bytes_max = (uint64_t)given->redis_memory << 20};
    struct buffer error = {0};
    enum embedded_status status;

    if (access == COMMAND_READS ? !has_store(data_dir) : !make_directories(data_dir))
        return false;
    status = embedded_redis_start(&opened->loop, &options, &opened->redis, &error);
    if (status == EMBEDDED_FAILED)
        command_fail(TEXT_FMT, TEXT_ARG(buffer_text(&error)));
    buffer_free(&error);
    embedded_redis_url(data_dir, url);
    return status != EMBEDDED_FAILED;
}

static int connect_store(struct command_store *opened, struct text url)
{
    struct store_options options = {.url = url.data, .client_name = "jiaohao-command"};
    const char *error;
    enum store_status status;

    opened->store = store_open(&opened->loop, &options, &error);
    if (!opened->store) {
        command_fail("--redis: %s", error);
        return COMMAND_USAGE;
    }
    status = store_command_wait(opened->store, STORE_ARGS(TEXT("PING")), CONNECT_MS, NULL, NULL);
    if (status == STORE_OK)
        return COMMAND_OK;
    command_fail("the store at %s does not answer: " TEXT_FMT, store_address(opened->store),
                 TEXT_ARG(store_reason(opened->store, status)));
    return COMMAND_FAILED;
}

int command_store_migrate(struct store *store, bool dry_run, struct buffer *report)
{
    struct functions_library library = {slots_library.name, slots_library.code};
    struct buffer error = {0};
    int status = migrate_run(store, &library, dry_run, report, &error);

    if (status > 0)
        command_fail(TEXT_FMT, TEXT_ARG(buffer_text(&error)));
    else if (status < 0)
        command_fail("the store cannot be brought to this version: %s" TEXT_FMT,
                     error.length ? "" : store_status_name(status), TEXT_ARG(buffer_text(&error)));
    buffer_free(&error);
    return status ? COMMAND_FAILED : COMMAND_OK;
}

static int prepare(struct command_store *opened, enum command_access access)
{
    struct buffer report = {0};
    int status = COMMAND_OK;

    if (access != COMMAND_CHANGES)
        status = command_store_migrate(opened->store, access == COMMAND_READS, &report);
    buffer_free(&report);
    return status;
}

int command_store_open(struct command_store *opened, const struct command_options *options,
                       enum command_access access)
{
    bool is_foreign = options->redis && *options->redis;
    struct buffer url = {0};
    int status = COMMAND_FAILED;

    *opened = (struct command_store){0};
    if (!is_foreign && !(options->data && *options->data)) {
        command_fail("give --data DIR or --redis URL");
        return COMMAND_USAGE;
    }
    log_set_level("error"); /* a command's own lines say what went wrong */
    uv_loop_init(&opened->loop);
    if (is_foreign)
        buffer_append(&url, text_of(options->redis));
    if (is_foreign || start_embedded(opened, options, access, &url)) {
        *buffer_reserve(&url, 1) = '\0';
        status = connect_store(opened, buffer_text(&url));
        if (status == COMMAND_OK)
            status = prepare(opened, access);
    }
    buffer_free(&url);
    if (status != COMMAND_OK)
        command_store_close(opened);
    return status;
}

static void on_store_closed(void *owner)
{
    *(struct store **)owner = NULL;
}

void command_store_close(struct command_store *opened)
{
    if (opened->store)
        store_close(opened->store, on_store_closed, &opened->store);
    while (opened->store)
        uv_run(&opened->loop, UV_RUN_ONCE);
    if (opened->redis)
        embedded_redis_stop(opened->redis);
    uv_run(&opened->loop, UV_RUN_DEFAULT);
    uv_loop_close(&opened->loop);
}
