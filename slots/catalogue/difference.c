/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/difference.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* The pointer of the place at hand; a level is added in front of a comparison and cut off behind.
 */
struct comparison {
    struct buffer pointer;
    struct buffer *lines;
};

static const char *id_of(const cJSON *item)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "id"));
}

static bool is_retired(const cJSON *item)
{
    return cJSON_GetObjectItemCaseSensitive(item, "retired") != NULL;
}

/* A list of things with ids: those of services, packages, halls, queues, windows. */
static bool is_list_of_things(const cJSON *item)
{
    return cJSON_IsArray(item) && item->child && id_of(item->child);
}

static const cJSON *find_thing(const cJSON *list, const char *id)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        const char *own = id_of(item);
        if (own && id && strcmp(own, id) == 0)
            return item;
    }
    return NULL;
}

static size_t enter(struct comparison *comparison, const char *name)
{
    size_t length = comparison->pointer.length;

    buffer_append_byte(&comparison->pointer, '/');
    for (; *name; name++)
        if (*name == '~' || *name == '/') /* RFC 6901, section 3 */
            buffer_append(&comparison->pointer, text_of(*name == '~' ? "~0" : "~1"));
        else
            buffer_append_byte(&comparison->pointer, *name);
    return length;
}

static void append_value(struct buffer *out, const cJSON *item)
{
    char *json = cJSON_PrintUnformatted(item);

    if (!json)
        abort(); /* out of memory */
    buffer_append(out, text_of(json));
    cJSON_free(json);
}

static void tell(struct comparison *comparison, char sign, const cJSON *before, const cJSON *after)
{
    struct buffer *lines = comparison->lines;

    buffer_printf(lines, "%c " TEXT_FMT, sign, TEXT_ARG(buffer_text(&comparison->pointer)));
    if (sign == '~') {
        buffer_append(lines, TEXT(": "));
        append_value(lines, before);
        buffer_append(lines, TEXT(" → "));
        append_value(lines, after);
    }
    buffer_append_byte(lines, '\n');
}

static void compare(struct comparison *comparison, const cJSON *before, const cJSON *after);

/* What is retired counts as not there. */
static void compare_things(struct comparison *comparison, const char *id, const cJSON *before,
                           const cJSON *after)
{
    size_t length = enter(comparison, id);
    bool was = before && !is_retired(before), is = after && !is_retired(after);

    if (was && is)
        compare(comparison, before, after);
    else if (was)
        tell(comparison, '-', before, NULL);
    else if (is)
        tell(comparison, '+', NULL, after);
    comparison->pointer.length = length;
}

static void compare_lists(struct comparison *comparison, const cJSON *before, const cJSON *after)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, before)
    {
        if (id_of(item))
            compare_things(comparison, id_of(item), item, find_thing(after, id_of(item)));
    }
    cJSON_ArrayForEach(item, after)
    {
        if (id_of(item) && !find_thing(before, id_of(item)))
            compare_things(comparison, id_of(item), NULL, item);
    }
}

/* The loader's own notes of what a thing had before are told as what they mean, at their place. */
static bool is_note(const char *name)
{
    return strcmp(name, "retired_services") == 0 || strcmp(name, "lottery_until") == 0;
}

static void compare_members(struct comparison *comparison, const cJSON *before, const cJSON *after)
{
    const cJSON *member, *other;

    cJSON_ArrayForEach(member, before)
    {
        size_t length = enter(comparison, member->string);
        other = cJSON_GetObjectItemCaseSensitive(after, member->string);
        if (other)
            compare(comparison, member, other);
        else if (!is_note(member->string))
            tell(comparison, '-', member, NULL);
        comparison->pointer.length = length;
    }
    cJSON_ArrayForEach(member, after)
    {
        size_t length = enter(comparison, member->string);
        if (!cJSON_GetObjectItemCaseSensitive(before, member->string) && !is_note(member->string))
            tell(comparison, '+', NULL, member);
        comparison->pointer.length = length;
    }
}

static void compare(struct comparison *comparison, const cJSON *before, const cJSON *after)
{
    if (is_list_of_things(before) && is_list_of_things(after))
        compare_lists(comparison, before, after);
    else if (cJSON_IsObject(before) && cJSON_IsObject(after))
        compare_members(comparison, before, after);
    else if (!cJSON_Compare(before, after, true))
        tell(comparison, '~', before, after);
}

void catalogue_difference(struct text present, struct text merged, struct buffer *lines)
{
    cJSON *before = cJSON_ParseWithLength(present.data, present.length);
    cJSON *after = cJSON_ParseWithLength(merged.data, merged.length);
    struct comparison comparison = {.lines = lines};

    if (!before)
        before = cJSON_CreateObject();
    if (!before || !after)
        abort(); /* out of memory: both were parsed before */
    compare(&comparison, before, after);
    buffer_free(&comparison.pointer);
    cJSON_Delete(before);
    cJSON_Delete(after);
}
