/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/difference.h"

#include "base/json.h"

/* The pointer of the place at hand; a level is added in front of a comparison and cut off behind.
 */
struct comparison {
    struct buffer pointer;
    struct buffer *lines;
};

static struct text id_of(const struct json *item)
{
    return json_text(json_member(item, "id"));
}

/* A list of things with ids: those of services, packages, halls, queues, windows. */
static bool is_list_of_things(const struct json *item)
{
    return json_kind(item) == JSON_ARRAY && id_of(json_first(item)).data;
}

static const struct json *find_thing(const struct json *list, struct text id)
{
    JSON_EACH(list, item)
        if (id_of(item).data && text_equal(id_of(item), id))
            return item;
    return NULL;
}

static size_t enter(struct comparison *comparison, const char *name)
{
    size_t length = comparison->pointer.length;

    json_append_step(&comparison->pointer, name);
    return length;
}

static void tell(struct comparison *comparison, char sign, const struct json *before,
                 const struct json *after)
{
    struct buffer *lines = comparison->lines;

    buffer_printf(lines, "%c " TEXT_FMT, sign, TEXT_ARG(buffer_text(&comparison->pointer)));
    if (sign == '~') {
        buffer_append(lines, TEXT(": "));
        json_print(lines, before);
        buffer_append(lines, TEXT(" → "));
        json_print(lines, after);
    }
    buffer_append_byte(lines, '\n');
}

static void compare(struct comparison *comparison, const struct json *before,
                    const struct json *after);

/* What is retired counts as not there. */
static void compare_things(struct comparison *comparison, struct text id, const struct json *before,
                           const struct json *after)
{
    size_t length = enter(comparison, id.data);
    bool was = before && !json_has(before, "retired"), is = after && !json_has(after, "retired");

    if (was && is)
        compare(comparison, before, after);
    else if (was)
        tell(comparison, '-', before, NULL);
    else if (is)
        tell(comparison, '+', NULL, after);
    comparison->pointer.length = length;
}

static void compare_lists(struct comparison *comparison, const struct json *before,
                          const struct json *after)
{
    JSON_EACH(before, item)
        if (id_of(item).data)
            compare_things(comparison, id_of(item), item, find_thing(after, id_of(item)));
    JSON_EACH(after, item)
        if (id_of(item).data && !find_thing(before, id_of(item)))
            compare_things(comparison, id_of(item), NULL, item);
}

/* The loader's own notes of what a thing had before are told as what they mean, at their place. */
static bool is_note(const char *name)
{
    return strcmp(name, "retired_services") == 0 || strcmp(name, "lottery_until") == 0;
}

static void compare_members(struct comparison *comparison, const struct json *before,
                            const struct json *after)
{
    JSON_EACH(before, member) {
        const struct json *other = json_member(after, json_name(member));
        size_t length = enter(comparison, json_name(member));
        if (other)
            compare(comparison, member, other);
        else if (!is_note(json_name(member)))
            tell(comparison, '-', member, NULL);
        comparison->pointer.length = length;
    }
    JSON_EACH(after, member) {
        size_t length = enter(comparison, json_name(member));
        if (!json_has(before, json_name(member)) && !is_note(json_name(member)))
            tell(comparison, '+', NULL, member);
        comparison->pointer.length = length;
    }
}

static void compare(struct comparison *comparison, const struct json *before,
                    const struct json *after)
{
    if (is_list_of_things(before) && is_list_of_things(after))
        compare_lists(comparison, before, after);
    else if (json_kind(before) == JSON_OBJECT && json_kind(after) == JSON_OBJECT)
        compare_members(comparison, before, after);
    else if (!json_equal(before, after))
        tell(comparison, '~', before, after);
}

void catalogue_difference(struct text present, struct text merged, struct buffer *lines)
{
    struct arena arena = {0};
    struct comparison comparison = {.lines = lines};

    compare_members(&comparison, json_parse(&arena, present, NULL),
                    json_parse(&arena, merged, NULL));
    buffer_free(&comparison.pointer);
    arena_free(&arena);
}
