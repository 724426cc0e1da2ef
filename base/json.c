/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

/* A struct json is a cJSON: nobody else sees one. */
static cJSON *node(const struct json *item)
{
    return (cJSON *)item;
}

static struct json *item_of(const cJSON *node)
{
    return (struct json *)node;
}

/* --- Memory --------------------------------------------------------------------------------------
 * cJSON allocates each node and each string by itself; here they come from one arena. */

static struct arena *tree;

static void *take(size_t size)
{
    return arena_new(tree, size);
}

static void leave(void *memory)
{
    (void)memory;
}

static void allocate_from(struct arena *arena)
{
    cJSON_Hooks hooks = {take, leave};

    tree = arena;
    cJSON_InitHooks(arena ? &hooks : NULL);
}

/* --- Reading ---------------------------------------------------------------------------------- */

static bool has_escaped_nul(struct text json)
{
    for (size_t i = 0; i + 1 < json.length; i++) {
        if (json.data[i] != '\\')
            continue;
        if (text_equal(text_part(json, i, 6), TEXT("\\u0000")))
            return true;
        i++;
    }
    return false;
}

struct json *json_parse(struct arena *arena, struct text text, struct json_error *error)
{
    struct json_error unused;
    const char *end = NULL;
    cJSON *root;

    if (!error)
        error = &unused;
    *error = (struct json_error){.is_text = text_is_utf8(text) && !has_escaped_nul(text)};
    if (!error->is_text)
        return NULL;
    allocate_from(arena);
    root = cJSON_ParseWithLengthOpts(text.data, text.length, &end, false);
    allocate_from(NULL);
    error->offset = end ? (size_t)(end - text.data) : 0;
    while (root && error->offset < text.length && strchr(" \t\r\n", text.data[error->offset]))
        error->offset++;
    return error->offset == text.length ? item_of(root) : NULL;
}

enum json_kind json_kind(const struct json *item)
{
    switch (item ? node(item)->type & 0xff : cJSON_Invalid) {
    case cJSON_NULL:
        return JSON_NULL;
    case cJSON_True:
    case cJSON_False:
        return JSON_TRUTH;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_TEXT;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default:
        return JSON_NOTHING;
    }
}

struct text json_text(const struct json *item)
{
    return text_of(cJSON_GetStringValue(node(item)));
}

double json_number(const struct json *item)
{
    return cJSON_GetNumberValue(node(item));
}

bool json_truth(const struct json *item)
{
    return cJSON_IsTrue(node(item));
}

bool json_whole(const struct json *item, double min, double max, unsigned *value)
{
    double number = json_number(item);

    if (!(number >= min && number <= max) || number != (double)(unsigned)number)
        return false;
    *value = (unsigned)number;
    return true;
}

struct json *json_member(const struct json *object, const char *name)
{
    return item_of(cJSON_GetObjectItemCaseSensitive(node(object), name));
}

size_t json_count(const struct json *container)
{
    return (size_t)cJSON_GetArraySize(node(container));
}

struct json *json_at(const struct json *container, size_t index)
{
    return item_of(cJSON_GetArrayItem(node(container), (int)index));
}

struct json *json_first(const struct json *container)
{
    return container ? item_of(node(container)->child) : NULL;
}

struct json *json_next(const struct json *item)
{
    return item_of(node(item)->next);
}

const char *json_name(const struct json *member)
{
    return node(member)->string;
}

bool json_equal(const struct json *a, const struct json *b)
{
    return cJSON_Compare(node(a), node(b), true);
}

void json_print(struct buffer *out, const struct json *item)
{
    char *text = cJSON_PrintUnformatted(node(item));

    if (!text) /* of a parsed document only without memory */
        abort();
    buffer_append(out, text_of(text));
    cJSON_free(text);
}

/* --- Changing --------------------------------------------------------------------------------- */

/* What cJSON makes fails only without memory, which the arena would not survive. */
struct json *json_copy(struct arena *arena, const struct json *item)
{
    cJSON *copy;

    allocate_from(arena);
    copy = cJSON_Duplicate(node(item), true);
    allocate_from(NULL);
    return item_of(copy);
}

void json_add(struct arena *arena, struct json *object, const char *name, struct json *item)
{
    allocate_from(arena);
    cJSON_AddItemToObject(node(object), name, node(item));
    allocate_from(NULL);
}

struct json *json_add_object(struct arena *arena, struct json *object, const char *name)
{
    cJSON *added;

    allocate_from(arena);
    added = cJSON_AddObjectToObject(node(object), name);
    allocate_from(NULL);
    return item_of(added);
}

void json_add_text(struct arena *arena, struct json *object, const char *name, const char *text)
{
    allocate_from(arena);
    cJSON_AddStringToObject(node(object), name, text);
    allocate_from(NULL);
}

void json_append(struct json *array, struct json *item)
{
    cJSON_AddItemToArray(node(array), node(item));
}

bool json_replace(struct arena *arena, struct json *object, const char *name, struct json *item)
{
    bool is_replaced;

    allocate_from(arena);
    is_replaced = cJSON_ReplaceItemInObjectCaseSensitive(node(object), name, node(item));
    allocate_from(NULL);
    return is_replaced;
}

void json_remove(struct json *container, struct json *item)
{
    cJSON_DetachItemViaPointer(node(container), node(item));
}

/* --- Writing ---------------------------------------------------------------------------------- */

void json_put_or_null(struct buffer *json, const char *name, struct text text)
{
    if (text.length)
        json_put(json, name, text);
    else
        json_put_null(json, name);
}

/* --- Places ----------------------------------------------------------------------------------- */

void json_append_step(struct buffer *out, const char *name)
{
    buffer_append_byte(out, '/');
    for (; *name; name++)
        if (*name == '~' || *name == '/') /* RFC 6901, section 3 */
            buffer_append(out, *name == '~' ? TEXT("~0") : TEXT("~1"));
        else
            buffer_append_byte(out, *name);
}

void json_append_pointer(struct buffer *out, const struct json_path *path)
{
    if (!path->parent) {
        buffer_append(out, text_of(path->name));
        return;
    }
    json_append_pointer(out, path->parent);
    if (path->name)
        json_append_step(out, path->name);
    else
        buffer_printf(out, "/%zu", path->index);
}

static const char *copied(struct arena *arena, struct buffer *text)
{
    const char *copy = arena_copy(arena, buffer_text(text)).data;

    buffer_free(text);
    return copy;
}

void json_fault(struct json_faults *faults, const struct json_path *path, const char *format, ...)
{
    struct buffer pointer = {0}, detail = {0};
    va_list args;

    if (++faults->count > faults->max && faults->max)
        return;
    json_append_pointer(&pointer, path);
    va_start(args, format);
    buffer_vprintf(&detail, format, args);
    va_end(args);
    faults->items = memory_resize(faults->items, (faults->told + 1) * sizeof *faults->items);
    faults->items[faults->told++] =
        (struct json_fault){copied(&faults->arena, &pointer), copied(&faults->arena, &detail)};
}

/* A fault stays on its line. */
static void append_on_line(struct buffer *out, const char *pointer)
{
    for (; *pointer; pointer++)
        if ((unsigned char)*pointer < 0x20 || *pointer == 0x7f)
            buffer_printf(out, "\\u%04x", *pointer);
        else
            buffer_append_byte(out, *pointer);
}

static void append_file(struct buffer *out, const char *file)
{
    if (file)
        buffer_printf(out, "%s: ", file);
}

void json_faults_append(struct buffer *out, const struct json_faults *faults, const char *file)
{
    for (size_t i = 0; i < faults->told; i++) {
        append_file(out, file);
        append_on_line(out, faults->items[i].pointer);
        buffer_printf(out, ": %s\n", faults->items[i].detail);
    }
    if (faults->count == faults->told)
        return;
    append_file(out, file);
    buffer_printf(out, "… and %zu more\n", faults->count - faults->told);
}

void json_faults_free(struct json_faults *faults)
{
    free(faults->items);
    arena_free(&faults->arena);
    *faults = (struct json_faults){0};
}
