/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/load.h"

enum { FIELDS_MAX = 32, EXCERPT_RUNES = 40, SUGGESTION_EDITS_MAX = 2 };

/* The first code points of a string, in quotes. */
static void append_excerpt(struct buffer *out, struct text text)
{
    size_t end = 0, runes = 0;

    while (end < text.length && runes++ < EXCERPT_RUNES)
        text_next_rune(text, &end);
    buffer_append_json(out, text_part(text, 0, end));
    if (end < text.length)
        buffer_append(out, TEXT("…"));
}

static void append_value(struct buffer *out, const struct json *item)
{
    enum json_kind kind = json_kind(item);

    if (kind == JSON_TEXT)
        append_excerpt(out, json_text(item));
    else if (kind == JSON_NUMBER)
        buffer_printf(out, "%.15g", json_number(item));
    else if (kind == JSON_TRUTH || kind == JSON_NULL)
        json_print(out, item);
    else
        buffer_append(out, kind == JSON_ARRAY ? TEXT("an array") : TEXT("an object"));
}

void load_refuse(struct loader *loader, const struct json_path *path, const struct json *item,
                 const char *rule)
{
    struct buffer value = {0};

    append_value(&value, item);
    json_fault(loader->faults, path, "is " TEXT_FMT "; give %s", TEXT_ARG(buffer_text(&value)),
               rule);
    buffer_free(&value);
}

/* What a field must be, in words. */
static void append_rule(struct buffer *out, const struct field *field)
{
    if (field->rule) {
        buffer_append(out, text_of(field->rule));
    } else if (field->choices) {
        for (size_t i = 0; field->choices[i]; i++)
            buffer_printf(out, "%s\"%s\"",
                          i == 0                  ? ""
                          : field->choices[i + 1] ? ", "
                                                  : " or ",
                          field->choices[i]);
    } else if (field->kind == FIELD_WHOLE) {
        buffer_printf(out, "a whole number from %.15g to %.15g", field->min, field->max);
    } else if (field->kind == FIELD_NUMBER) {
        buffer_printf(out, "a number from %.15g to %.15g", field->min, field->max);
    } else if (field->kind == FIELD_TEXT) {
        buffer_printf(out,
                      "%.15g to %.15g characters, none of them a control character, without "
                      "blanks at the ends",
                      field->min, field->max);
    } else if (field->kind == FIELD_RETIRED) {
        buffer_append(out, TEXT("true, or the last day of its records, YYYY-MM-DD"));
    } else {
        buffer_append(out, text_of(field->kind == FIELD_TRUTH ? "true or false" : "an object"));
    }
    buffer_append_byte(out, 0);
}

static void refuse_field(struct loader *loader, const struct json_path *path,
                         const struct json *item, const struct field *field)
{
    struct buffer rule = {0};

    append_rule(&rule, field);
    if (item)
        load_refuse(loader, path, item, rule.data);
    else
        json_fault(loader->faults, path, "is missing; give %s", rule.data);
    buffer_free(&rule);
}

/* Control characters, line separators, marks that turn the direction, and what is no character. */
static bool is_unprintable(uint32_t rune)
{
    return rune < 0x20 || (rune >= 0x7f && rune < 0xa0) || (rune >= 0x2028 && rune <= 0x202e) ||
           (rune >= 0x2066 && rune <= 0x2069) || rune == 0xfeff || (rune & 0xfffe) == 0xfffe;
}

static bool is_blank(uint32_t rune)
{
    return rune == ' ' || rune == 0xa0 || rune == 0x3000;
}

/* Text for people, `min` to `max` code points long. */
static bool is_readable(struct text text, double min, double max)
{
    double runes = 0;
    uint32_t rune = 0;

    for (size_t at = 0; at < text.length; runes++) {
        rune = text_next_rune(text, &at);
        if (is_unprintable(rune) || (runes == 0 && is_blank(rune)))
            return false;
    }
    return runes >= min && runes <= max && !is_blank(rune);
}

/* The index of `text` among the choices, -1 if it is none. */
static int find_choice(const char *const *choices, struct text text)
{
    for (int i = 0; choices[i]; i++)
        if (text_is(text, choices[i]))
            return i;
    return -1;
}

static bool read_text(struct loader *loader, const struct json *item, const struct field *field,
                      struct text *value)
{
    struct text text = json_text(item);

    if (json_kind(item) != JSON_TEXT || !is_readable(text, field->min, field->max))
        return false;
    if (field->is_valid && !field->is_valid(text))
        return false;
    if (field->choices && find_choice(field->choices, text) < 0)
        return false;
    *value = arena_copy(&loader->catalogue->arena, text);
    return true;
}

static bool read_number(const struct json *item, const struct field *field, double *value)
{
    double number = json_number(item);

    if (!(number >= field->min && number <= field->max))
        return false;
    *value = number;
    return true;
}

static bool read_choice(const struct json *item, const struct field *field, unsigned *value)
{
    struct text text = json_text(item);
    int choice = text.data ? find_choice(field->choices, text) : -1;

    if (choice < 0)
        return false;
    *value = (unsigned)choice;
    return true;
}

static bool read_truth(const struct json *item, bool *value)
{
    if (json_kind(item) != JSON_TRUTH)
        return false;
    *value = json_truth(item);
    return true;
}

/* What is retired without a day stays for good. */
static bool read_retired(const struct json *item, day_number *value)
{
    if (json_truth(item))
        return calendar_make_day(9999, 12, 31, value);
    return json_kind(item) == JSON_TRUTH || calendar_parse_date(json_text(item), value);
}

void load_value(struct loader *loader, const struct json_path *path, const struct json *item,
                const struct field *field, void *target)
{
    void *value = (char *)target + field->offset;
    bool is_read = true;

    switch (field->kind) {
    case FIELD_TEXT:
        is_read = read_text(loader, item, field, value);
        break;
    case FIELD_WHOLE:
        is_read = json_whole(item, field->min, field->max, value);
        break;
    case FIELD_NUMBER:
        is_read = read_number(item, field, value);
        break;
    case FIELD_CHOICE:
        is_read = read_choice(item, field, value);
        break;
    case FIELD_TRUTH:
        is_read = read_truth(item, value);
        break;
    case FIELD_RETIRED:
        is_read = read_retired(item, value);
        break;
    case FIELD_OBJECT:
        load_object(loader, path, item, field->members, target);
        break;
    case FIELD_OTHER:
        if (field->load)
            field->load(loader, path, item, target);
        break;
    }
    if (!is_read)
        refuse_field(loader, path, item, field);
}

/* Levenshtein's distance, for names of a sensible length. */
static size_t edit_distance(struct text a, struct text b)
{
    size_t row[FIELDS_MAX + 1];

    if (a.length > FIELDS_MAX || b.length > FIELDS_MAX)
        return FIELDS_MAX;
    for (size_t j = 0; j <= b.length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.length; j++) {
            size_t least = diagonal + (a.data[i - 1] != b.data[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < least)
                least = row[j] + 1;
            if (row[j - 1] + 1 < least)
                least = row[j - 1] + 1;
            row[j] = least;
        }
    }
    return row[b.length];
}

static void fault_unknown(struct loader *loader, const struct json_path *path,
                          const struct field *fields)
{
    const char *nearest = NULL;
    size_t least = SUGGESTION_EDITS_MAX + 1;

    for (const struct field *field = fields; field->name; field++) {
        size_t distance = edit_distance(text_of(path->name), text_of(field->name));
        if (distance < least) {
            least = distance;
            nearest = field->name;
        }
    }
    if (nearest)
        json_fault(loader->faults, path, "is not known here; did you mean \"%s\"?", nearest);
    else
        json_fault(loader->faults, path, "is not known here; take it out");
}

/* Sets found[i] to the member that fields[i] describes. */
static void sort_members(struct loader *loader, const struct json_path *path,
                         const struct json *item, const struct field *fields,
                         const struct json **found)
{
    JSON_EACH(item, member) {
        struct json_path at = {path, json_name(member), 0};
        size_t i = 0;
        while (fields[i].name && strcmp(fields[i].name, json_name(member)) != 0)
            i++;
        if (!fields[i].name)
            fault_unknown(loader, &at, fields);
        else if (found[i])
            json_fault(loader->faults, &at, "stands here twice; keep one of them");
        else
            found[i] = member;
    }
}

void load_object(struct loader *loader, const struct json_path *path, const struct json *item,
                 const struct field *fields, void *target)
{
    const struct json *found[FIELDS_MAX] = {NULL};

    if (json_kind(item) != JSON_OBJECT) {
        load_refuse(loader, path, item, "an object");
        return;
    }
    sort_members(loader, path, item, fields, found);
    for (size_t i = 0; fields[i].name; i++) {
        struct json_path at = {path, fields[i].name, 0};
        if (found[i])
            load_value(loader, &at, found[i], &fields[i], target);
        else if (fields[i].required)
            refuse_field(loader, &at, NULL, &fields[i]);
    }
}

size_t load_length(struct loader *loader, const struct json_path *path, const struct json *item,
                   size_t min, size_t max)
{
    size_t length;

    if (json_kind(item) != JSON_ARRAY) {
        load_refuse(loader, path, item, "an array");
        return 0;
    }
    length = json_count(item);
    if (length >= min && length <= max)
        return length;
    json_fault(loader->faults, path, "has %zu elements; give %zu to %zu", length, min, max);
    return 0;
}

unsigned load_weekdays(struct loader *loader, const struct json_path *path, unsigned *seen)
{
    unsigned set;

    if (!calendar_parse_weekdays(text_of(path->name), &set)) {
        json_fault(loader->faults, path,
                   "is not known here; give weekdays such as \"mon\", \"mon-fri\" or \"sat-sun\"");
        return 0;
    }
    if (set & *seen) {
        json_fault(loader->faults, path,
                   "names a weekday that stands in a group before; name each once");
        return 0;
    }
    *seen |= set;
    return set;
}
