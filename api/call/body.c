/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/body.h"

#include <stdlib.h>

/* The tree of the body that is being read. cJSON allocates each node and each string by itself;
 * here they come from one arena and go together. */
static struct arena tree;

static void *take(size_t size)
{
    return arena_new(&tree, size);
}

static void leave(void *memory)
{
    (void)memory;
}

void body_free(void)
{
    cJSON_InitHooks(NULL);
    arena_free(&tree);
}

static void refuse(struct call *call, struct message detail)
{
    struct faults faults = {0};

    call_fault(call, &faults, "", detail);
    call_refuse_faults(call, &faults);
}

/* cJSON would end a string at an escaped NUL and keep the first of two equal members: neither is
 * let through. */
static bool has_escaped_nul(struct text body)
{
    for (size_t i = 0; i + 5 < body.length; i++) {
        if (body.data[i] != '\\')
            continue;
        if (memcmp(body.data + i, "\\u0000", 6) == 0)
            return true;
        i++;
    }
    return false;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* By sorting: each member with each other one would be hundreds of millions of pairs in 64 KiB. */
static bool has_equal_names(const cJSON *object)
{
    size_t count = (size_t)cJSON_GetArraySize(object), i = 0;
    const char **names = arena_new(&tree, (count + 1) * sizeof *names);

    for (const cJSON *child = object->child; child; child = child->next)
        names[i++] = child->string;
    qsort(names, count, sizeof *names, compare_names);
    for (i = 1; i < count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            return true;
    return false;
}

/* cJSON has refused what is nested deeper than 1,000. */
static bool has_duplicates(const cJSON *item)
{
    if (cJSON_IsObject(item) && item->child && has_equal_names(item))
        return true;
    for (const cJSON *child = item->child; child; child = child->next)
        if (has_duplicates(child))
            return true;
    return false;
}

static struct message check(const struct text body, cJSON **json)
{
    const char *end = NULL;

    if (!text_is_utf8(body) || has_escaped_nul(body))
        return MESSAGE("请求内容须为不含空字符的 UTF-8 文本。",
                       "The body must be UTF-8 without NUL.");
    *json = cJSON_ParseWithLengthOpts(body.data, body.length, &end, 0);
    while (*json && end < body.data + body.length && strchr(" \t\r\n", *end))
        end++;
    if (!*json || end < body.data + body.length)
        return MESSAGE("请求内容不是合法的 JSON。", "The body is not well-formed JSON.");
    if (!cJSON_IsObject(*json))
        return MESSAGE("请求内容须为 JSON 对象。", "The body must be a JSON object.");
    if (has_duplicates(*json))
        return MESSAGE("请求内容中有重复的字段。", "A member stands twice in an object.");
    return MESSAGE(NULL, NULL);
}

const cJSON *body_parse(struct call *call)
{
    cJSON_Hooks hooks = {take, leave};
    cJSON *json = NULL;
    struct message fault;

    cJSON_InitHooks(&hooks);
    fault = check(call->request->body, &json);
    if (!fault.en)
        return json;
    body_free();
    refuse(call, fault);
    return NULL;
}

void body_fault(const struct body_reader *reader, const char *name, struct message detail)
{
    struct buffer pointer = {0};

    if (faults_are_enough(reader->faults)) {
        reader->faults->count++;
        return;
    }
    buffer_append(&pointer, text_of(reader->pointer));
    if (name)
        buffer_append_byte(&pointer, '/');
    for (; name && *name; name++)
        if (*name == '~' || *name == '/')
            buffer_printf(&pointer, "~%d", *name == '/');
        else
            buffer_append_byte(&pointer, *name);
    buffer_append_byte(&pointer, 0);
    call_fault(reader->call, reader->faults, pointer.data, detail);
    buffer_free(&pointer);
}

void body_only(const struct body_reader *reader, const char *const *known)
{
    for (const cJSON *child = reader->object->child; child; child = child->next) {
        const char *const *name = known;
        while (*name && strcmp(*name, child->string) != 0)
            name++;
        if (!*name)
            body_fault(reader, child->string,
                       MESSAGE("未知字段，请删去。", "This member is not known; leave it out."));
    }
}

static const cJSON *member(const struct body_reader *reader, const char *name, bool is_required)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(reader->object, name);

    if (!item && is_required)
        body_fault(reader, name, MESSAGE("缺少该字段，请补充。", "This member is required."));
    return item;
}

bool body_text(const struct body_reader *reader, const char *name, bool is_required,
               struct text *text)
{
    const cJSON *item = member(reader, name, is_required);

    *text = TEXT_NONE;
    if (!item)
        return false;
    if (!cJSON_IsString(item)) {
        body_fault(reader, name, MESSAGE("须为字符串。", "This must be a string."));
        return false;
    }
    *text = text_of(item->valuestring);
    return true;
}

const cJSON *body_object(const struct body_reader *reader, const char *name)
{
    const cJSON *item = member(reader, name, true);

    if (!item || cJSON_IsObject(item))
        return item;
    body_fault(reader, name, MESSAGE("须为对象。", "This must be an object."));
    return NULL;
}

const cJSON *body_array(const struct body_reader *reader, const char *name)
{
    const cJSON *item = member(reader, name, true);

    if (!item || cJSON_IsArray(item))
        return item;
    body_fault(reader, name, MESSAGE("须为数组。", "This must be an array."));
    return NULL;
}

const cJSON *body_list(const struct body_reader *reader, const char *name, unsigned min,
                       unsigned max, struct message detail)
{
    const cJSON *array = body_array(reader, name);
    unsigned count = (unsigned)cJSON_GetArraySize(array);

    if (!array || (count >= min && count <= max))
        return array;
    body_fault(reader, name, detail);
    return NULL;
}

bool body_is_repeated(const cJSON *array, const cJSON *item)
{
    const cJSON *other = array->child;

    while (other != item && !(cJSON_IsString(other) && cJSON_IsString(item) &&
                              strcmp(other->valuestring, item->valuestring) == 0))
        other = other->next;
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
