/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/body.h"

#include <stdlib.h>

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of two equal members one would be read. By sorting: each member with each other one would be
 * hundreds of millions of pairs in 64 KiB. */
static bool has_equal_names(struct arena *arena, const struct json *object)
{
    const char **names = arena_new(arena, (json_count(object) + 1) * sizeof *names);
    size_t count = 0;

    JSON_EACH(object, member)
        names[count++] = json_name(member);
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 1; i < count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            return true;
    return false;
}

static bool has_duplicates(struct arena *arena, const struct json *item)
{
    if (json_kind(item) == JSON_OBJECT && has_equal_names(arena, item))
        return true;
    JSON_EACH(item, child)
        if (json_first(child) && has_duplicates(arena, child))
            return true;
    return false;
}

static struct message check(struct call *call, const struct json **json)
{
    struct json_error error;

    *json = json_parse(&call->arena, call->request->body, &error);
    if (!error.is_text)
        return MESSAGE("请求内容须为不含空字符的 UTF-8 文本。",
                       "The body must be UTF-8 without NUL.");
    if (!*json)
        return MESSAGE("请求内容不是合法的 JSON。", "The body is not well-formed JSON.");
    if (json_kind(*json) != JSON_OBJECT)
        return MESSAGE("请求内容须为 JSON 对象。", "The body must be a JSON object.");
    if (has_duplicates(&call->arena, *json))
        return MESSAGE("请求内容中有重复的字段。", "A member stands twice in an object.");
    return MESSAGE(NULL, NULL);
}

bool body_parse(struct body_reader *reader)
{
    struct message fault = check(reader->call, &reader->object);

    if (!fault.en)
        return true;
    body_fault(reader, NULL, fault);
    call_refuse_faults(reader->call, reader->faults);
    return false;
}

void body_fault(const struct body_reader *reader, const char *name, struct message detail)
{
    const struct json_path member = {&reader->path, name, 0};
    struct buffer pointer = {0};

    if (!faults_are_enough(reader->faults))
        json_append_pointer(&pointer, name ? &member : &reader->path);
    buffer_append_byte(&pointer, 0);
    call_fault(reader->call, reader->faults, pointer.data, detail);
    buffer_free(&pointer);
}

void body_only_of(const struct body_reader *reader, const char *const *known)
{
    JSON_EACH(reader->object, child) {
        const char *const *name = known;
        while (*name && strcmp(*name, json_name(child)) != 0)
            name++;
        if (!*name)
            body_fault(reader, json_name(child),
                       MESSAGE("未知字段，请删去。", "This member is not known; leave it out."));
    }
}

static const struct json *member(const struct body_reader *reader, const char *name,
                                 bool is_required)
{
    const struct json *item = json_member(reader->object, name);

    if (!item && is_required)
        body_fault(reader, name, MESSAGE("缺少该字段，请补充。", "This member is required."));
    return item;
}

bool body_text(const struct body_reader *reader, const char *name, bool is_required,
               struct text *text)
{
    const struct json *item = member(reader, name, is_required);

    *text = json_text(item);
    if (item && !text->data)
        body_fault(reader, name, MESSAGE("须为字符串。", "This must be a string."));
    return text->data;
}

const struct json *body_object(const struct body_reader *reader, const char *name)
{
    const struct json *item = member(reader, name, true);

    if (!item || json_kind(item) == JSON_OBJECT)
        return item;
    body_fault(reader, name, MESSAGE("须为对象。", "This must be an object."));
    return NULL;
}

const struct json *body_array(const struct body_reader *reader, const char *name)
{
    const struct json *item = member(reader, name, true);

    if (!item || json_kind(item) == JSON_ARRAY)
        return item;
    body_fault(reader, name, MESSAGE("须为数组。", "This must be an array."));
    return NULL;
}

const struct json *body_list(const struct body_reader *reader, const char *name, unsigned min,
                             unsigned max, struct message detail)
{
    const struct json *array = body_array(reader, name);
    size_t count = json_count(array);

    if (!array || (count >= min && count <= max))
        return array;
    body_fault(reader, name, detail);
    return NULL;
}

bool body_is_repeated(const struct json *array, const struct json *item)
{
    const struct json *other = json_first(array);

    while (other != item && !(json_kind(other) == JSON_TEXT && json_kind(item) == JSON_TEXT &&
                              text_equal(json_text(other), json_text(item))))
        other = json_next(other);
    return other != item;
}

bool body_date(const struct body_reader *reader, const char *name, day_number *day)
{
    struct text text;

    if (!body_text(reader, name, true, &text))
        return false;
    if (calendar_parse_date(text, day))
        return true;
    body_fault(reader, name,
               MESSAGE("须为 0001-01-01 至 9999-12-31 之间真实存在的日期，格式 YYYY-MM-DD。",
                       "This must be an existing date from 0001-01-01 to 9999-12-31, YYYY-MM-DD."));
    return false;
}

bool body_slot(const struct body_reader *reader, const char *name, unsigned *slot)
{
    struct text text;

    if (!body_text(reader, name, true, &text))
        return false;
    if (calendar_parse_slot(text, slot))
        return true;
    body_fault(reader, name,
               MESSAGE("须为半小时时段的开始时间，格式 HH:00 或 HH:30。",
                       "This must be the start of a half hour, HH:00 or HH:30."));
    return false;
}
