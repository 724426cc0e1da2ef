/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "base/memory.h"

/* JSON (RFC 8259) as trees that live in an arena with all their strings, and end with it. What is
 * looked for in something that is not there, or is of another kind, is not there either. */

struct json;

enum json_kind {
    JSON_NOTHING, /* not there */
    JSON_NULL,
    JSON_TRUTH,
    JSON_NUMBER,
    JSON_TEXT,
    JSON_ARRAY,
    JSON_OBJECT,
};

/* Where a text is no JSON. */
struct json_error {
    bool is_text;  /* UTF-8 without NUL, escaped or not: one would end a string early */
    size_t offset; /* from here on */
};

/* The tree of the text, which holds nothing else and nests 1,000 deep at most; NULL when it is no
 * JSON: then `error` (may be NULL) says more. */
struct json *json_parse(struct arena *arena, struct text text, struct json_error *error);

enum json_kind json_kind(const struct json *item);

/* The string, with a NUL behind it; data NULL for another kind. */
struct text json_text(const struct json *item);

/* NaN for another kind. */
double json_number(const struct json *item);

/* True for `true`. */
bool json_truth(const struct json *item);

/* A whole number within the range; false, and nothing read, otherwise. */
bool json_whole(const struct json *item, double min, double max, unsigned *value);

/* The member of an object, the first of that name. */
struct json *json_member(const struct json *object, const char *name);
static inline bool json_has(const struct json *object, const char *name)
{
    return json_member(object, name) != NULL;
}

/* The members or elements: their number; one after the other. */
size_t json_count(const struct json *container);
struct json *json_at(const struct json *container, size_t index);
struct json *json_first(const struct json *container);
struct json *json_next(const struct json *item);
const char *json_name(const struct json *member);

#define JSON_EACH(container, item)                                                                 \
    for (struct json *item = json_first(container); item; item = json_next(item))

/* Whether two trees are equal; the order of members does not count. */
bool json_equal(const struct json *a, const struct json *b);

/* Appends the tree as text without blanks. */
void json_print(struct buffer *out, const struct json *item);

/* --- Changing a tree: everything goes into its own arena --- */

struct json *json_copy(struct arena *arena, const struct json *item);

/* Puts an item that stands nowhere yet behind the members or elements. */
void json_add(struct arena *arena, struct json *object, const char *name, struct json *item);
void json_append(struct json *array, struct json *item);
struct json *json_add_object(struct arena *arena, struct json *object, const char *name);
void json_add_text(struct arena *arena, struct json *object, const char *name, const char *text);

/* Puts the item where another stands; false when there is none. */
bool json_replace(struct arena *arena, struct json *object, const char *name, struct json *item);

void json_remove(struct json *container, struct json *item);

/* --- Writing ---
 * What is put sets the comma before it by what stands there: a member that begins a buffer goes on
 * with an object, an element begins its own. `name` NULL: an element. */

static inline void json_put_name(struct buffer *json, const char *name)
{
    size_t length = name ? strlen(name) : 0; /* known where it is compiled */
    char *at = buffer_reserve(json, length + 4);
    char last = json->length ? at[-1] : name ? '\0' : '{';

    if (last != '{' && last != '[' && last != ':' && last != ',' && last != ' ')
        *at++ = ',';
    if (name) {
        *at++ = '"';
        memcpy(at, name, length);
        at += length;
        *at++ = '"';
        *at++ = ':';
    }
    json->length = (size_t)(at - json->data);
}

/* Begins an object, an array or a string, by its '{', '[' or '"'. */
static inline void json_open(struct buffer *json, const char *name, char bracket)
{
    json_put_name(json, name);
    buffer_append_byte(json, bracket);
}

static inline void json_put(struct buffer *json, const char *name, struct text text)
{
    json_put_name(json, name);
    buffer_append_json(json, text);
}

static inline void json_put_null(struct buffer *json, const char *name)
{
    json_put_name(json, name);
    buffer_append(json, TEXT("null"));
}

static inline void json_put_integer(struct buffer *json, const char *name, int64_t value)
{
    json_put_name(json, name);
    buffer_append_integer(json, value);
}

static inline void json_put_truth(struct buffer *json, const char *name, bool value)
{
    json_put_name(json, name);
    buffer_append(json, value ? TEXT("true") : TEXT("false"));
}

/* An empty text is null. */
void json_put_or_null(struct buffer *json, const char *name, struct text text);

/* --- Places in a document, and what is wrong there --- */

/* A place, linked to the one around it; the outermost has no parent and its name, if any, says
 * which document it is. */
struct json_path {
    const struct json_path *parent;
    const char *name; /* NULL: element `index` of an array */
    size_t index;
};

/* Appends the JSON pointer (RFC 6901) of the place. */
void json_append_pointer(struct buffer *out, const struct json_path *path);
/* Appends a name as a part of a pointer, behind "/". */
void json_append_step(struct buffer *out, const char *name);

/* Faults of a document, at most `max` of them (0: all); of the others only the number is kept.
 * Begins zeroed, but for `max`; json_faults_free() gives its memory back. */
struct json_fault {
    const char *pointer, *detail;
};
struct json_faults {
    struct json_fault *items;
    size_t told, count, max;
    struct arena arena;
};

void json_fault(struct json_faults *faults, const struct json_path *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends a line "FILE: POINTER: DETAIL" for each (NULL: without the file), then one that says how
 * many are left out. */
void json_faults_append(struct buffer *out, const struct json_faults *faults, const char *file);

void json_faults_free(struct json_faults *faults);
