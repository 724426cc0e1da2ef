/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/load.h"

#include <stdlib.h>

enum { FILE_BYTES_MAX = 32 << 20, LAST_YEAR = 9999 };

static const struct place file_root;
static const struct place present_root = {.name = "(loaded)"};

/* The two documents of a merge: the file, and the present catalogue or NULL. */
struct documents {
    cJSON *file, *present;
};

/* An element of a list, from either document. */
struct entry {
    struct text id; /* empty when it has none, which is a fault of its own */
    const cJSON *item;
    size_t order; /* those of the present catalogue come first */
    size_t index; /* in its own document */
    bool is_present, is_replaced;
};

/* `\u0000` would end a string early in C: it is no text. */
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

static void fault_syntax(struct loader *loader, struct text json, size_t offset)
{
    size_t line = 1, start = 0;

    for (size_t i = 0; i < offset; i++)
        if (json.data[i] == '\n') {
            line++;
            start = i + 1;
        }
    load_fault(loader, &file_root, "is not JSON from line %zu, character %zu on; mend it there",
               line, text_rune_count(text_part(json, start, offset - start)) + 1);
}

/* The file's tree, or NULL after a fault. */
static cJSON *parse_file(struct loader *loader, struct text json)
{
    const char *end = NULL;
    cJSON *root;
    size_t offset;

    if (json.length > FILE_BYTES_MAX || json.length == 0) {
        load_fault(loader, &file_root, "has %zu bytes; give 1 to %d", json.length, FILE_BYTES_MAX);
        return NULL;
    }
    if (!text_is_utf8(json) || has_escaped_nul(json)) {
        load_fault(loader, &file_root, "is not UTF-8 or holds a NUL; save it as UTF-8 text");
        return NULL;
    }
    root = cJSON_ParseWithLengthOpts(json.data, json.length, &end, false);
    offset = end ? (size_t)(end - json.data) : 0;
    while (root && offset < json.length && strchr(" \t\r\n", json.data[offset]))
        offset++;
    if (root && offset == json.length)
        return root;
    fault_syntax(loader, json, offset);
    cJSON_Delete(root);
    return NULL;
}

/* The file's member, else the present catalogue's, else NULL; `*root` is where it stands. */
static const cJSON *pick(const struct documents *documents, const char *name,
                         const struct place **root)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(documents->file, name);

    *root = item ? &file_root : &present_root;
    return item ? item : cJSON_GetObjectItemCaseSensitive(documents->present, name);
}

static void append_item(struct loader *loader, const cJSON *item)
{
    char *json = cJSON_PrintUnformatted(item);

    if (!json) /* of a parsed document only without memory */
        abort();
    buffer_append(&loader->json, text_of(json));
    cJSON_free(json);
}

static void append_name(struct loader *loader, const char *name)
{
    buffer_printf(&loader->json, "%c\"%s\":", loader->json.length ? ',' : '{', name);
}

/* Unknown, repeated and missing members of the file's root; what they hold is read elsewhere. */
static void check_root(struct loader *loader, const cJSON *file)
{
    struct field fields[16] = {{0}};
    size_t count = 0;

    for (const struct field *section = load_sections; section->name; section++)
        fields[count++] = (struct field){section->name, FIELD_OTHER, .required = section->required,
                                         .rule = "an object"};
    for (const struct load_list *list = load_lists; list->name; list++)
        fields[count++] = (struct field){list->name, .kind = FIELD_OTHER};
    load_object(loader, &file_root, file, fields, loader->catalogue);
}

static void load_section(struct loader *loader, const struct documents *documents,
                         const struct field *section)
{
    const struct place *root;
    const cJSON *item = pick(documents, section->name, &root);
    struct place at = {root, section->name, 0};

    if (!item)
        return;
    load_value(loader, &at, item, section, loader->catalogue);
    append_name(loader, section->name);
    append_item(loader, item);
}

static size_t collect(struct entry *entries, size_t count, const cJSON *array, bool is_present)
{
    size_t index = 0;
    const cJSON *item;

    cJSON_ArrayForEach(item, array)
    {
        const cJSON *id = cJSON_GetObjectItemCaseSensitive(item, "id");
        entries[count] = (struct entry){.id = load_text(id),
                                        .item = item,
                                        .order = count,
                                        .index = index++,
                                        .is_present = is_present};
        count++;
    }
    return count;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = text_compare(x->id, y->id);

    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int compare_orders(const void *a, const void *b)
{
    size_t x = ((const struct entry *)a)->order, y = ((const struct entry *)b)->order;

    return (x > y) - (x < y);
}

/* Marks what the file replaces; the same id twice in the file is a fault. */
static void settle(struct loader *loader, const struct place *list, struct entry *entries,
                   size_t count)
{
    qsort(entries, count, sizeof *entries, compare_entries);
    for (size_t i = 1; i < count; i++) {
        struct entry *before = &entries[i - 1], *entry = &entries[i];
        struct place at = {list, NULL, entry->index};
        if (!entry->id.length || !text_equal(entry->id, before->id))
            continue;
        if (before->is_present)
            before->is_replaced = true;
        else
            load_fault(loader, &(struct place){&at, "id", 0},
                       "\"" TEXT_FMT "\" is the id of element %zu too; give each its own",
                       TEXT_ARG(entry->id), before->index);
    }
    qsort(entries, count, sizeof *entries, compare_orders);
}

/* All are structs that begin with their id. */
static int compare_ids(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static void load_entries(struct loader *loader, const struct load_list *list,
                         const struct entry *entries, size_t count)
{
    char *array = arena_new(&loader->catalogue->arena, count * list->size);
    size_t kept = 0;

    append_name(loader, list->name);
    for (size_t i = 0; i < count; i++) {
        struct place at_list = {entries[i].is_present ? &present_root : &file_root, list->name, 0};
        struct place at = {&at_list, NULL, entries[i].index};
        if (entries[i].is_replaced)
            continue;
        list->load(loader, &at, entries[i].item, array + kept * list->size);
        buffer_append_byte(&loader->json, kept++ ? ',' : '[');
        append_item(loader, entries[i].item);
    }
    buffer_append(&loader->json, kept ? TEXT("]") : TEXT("[]"));
    qsort(array, kept, list->size, compare_ids);
    *(void **)((char *)loader->catalogue + list->array) = array;
    *(size_t *)((char *)loader->catalogue + list->count) = kept;
}

static void load_list(struct loader *loader, const struct documents *documents,
                      const struct load_list *list)
{
    const cJSON *file = cJSON_GetObjectItemCaseSensitive(documents->file, list->name);
    const cJSON *present = cJSON_GetObjectItemCaseSensitive(documents->present, list->name);
    struct place at = {&file_root, list->name, 0};
    struct entry *entries;
    size_t count;

    if (!file && !present && list->required)
        load_fault(loader, &at, "is missing; give an array");
    if (file && load_length(loader, &at, file, 0, list->max) == 0)
        file = NULL;
    count = (size_t)cJSON_GetArraySize(file) + (size_t)cJSON_GetArraySize(present);
    entries = memory_new(count * sizeof *entries);
    count = collect(entries, 0, present, true);
    count = collect(entries, count, file, false);
    settle(loader, &at, entries, count);
    load_entries(loader, list, entries, count);
    free(entries);
}

static void check_city(struct loader *loader, const struct catalogue *present)
{
    struct text city = loader->catalogue->city;
    struct place at = {&file_root, "city", 0};

    if (!present || !city.length || text_equal(city, present->city))
        return;
    load_fault(loader, &(struct place){&at, "code", 0},
               "is \"" TEXT_FMT "\", but the catalogue of \"" TEXT_FMT
               "\" is loaded here; give that one",
               TEXT_ARG(city), TEXT_ARG(present->city));
    loader->catalogue->city = TEXT_NONE; /* no hall can be checked against it */
}

static void note_retired(struct catalogue *catalogue, day_number day)
{
    if (day && (!catalogue->first_retired || day < catalogue->first_retired))
        catalogue->first_retired = day;
}

static void note_retired_of(struct catalogue *catalogue, const struct queue *queue)
{
    note_retired(catalogue, queue->retired);
    note_retired(catalogue, queue->lottery_until);
    for (size_t i = 0; i < queue->window_count; i++)
        note_retired(catalogue, queue->windows[i].retired);
    for (size_t i = 0; i < queue->retired_service_count; i++)
        note_retired(catalogue, queue->retired_services[i].retired);
}

/* What follows from the whole. */
static void finish(struct catalogue *catalogue)
{
    calendar_zone_offset(catalogue->time_zone, &catalogue->utc_offset_minutes);
    for (size_t i = 0; i < catalogue->hall_count; i++) {
        struct hall *hall = &catalogue->halls[i];
        if (hall->days_ahead > catalogue->days_ahead_max)
            catalogue->days_ahead_max = hall->days_ahead;
        for (size_t k = 0; k < hall->queue_count; k++) {
            hall->queues[k].hall = hall; /* sorting moved it */
            if (!hall->queues[k].retired)
                hall->queues[k].retired = hall->retired;
            hall->queues[k].index = (unsigned)catalogue->queue_count++;
            note_retired_of(catalogue, &hall->queues[k]);
        }
        note_retired(catalogue, hall->retired);
    }
    for (size_t i = 0; i < catalogue->service_count; i++)
        note_retired(catalogue, catalogue->services[i].retired);
    for (size_t i = 0; i < catalogue->package_count; i++)
        note_retired(catalogue, catalogue->packages[i].retired);
}

static void load_documents(struct loader *loader, const struct documents *documents,
                           const struct catalogue *present)
{
    check_root(loader, documents->file);
    if (!cJSON_IsObject(documents->file))
        return;
    for (const struct field *section = load_sections; section->name; section++)
        load_section(loader, documents, section);
    check_city(loader, present);
    for (const struct load_list *list = load_lists; list->name; list++)
        load_list(loader, documents, list);
    buffer_append_byte(&loader->json, '}');
}

struct catalogue *catalogue_merge(struct text json, const struct catalogue *present,
                                  day_number today, struct buffer *faults)
{
    struct catalogue *catalogue = memory_new(sizeof *catalogue);
    struct loader loader = {.catalogue = catalogue, .faults = faults};
    struct documents documents = {.file = parse_file(&loader, json)};

    load_defaults(catalogue);
    if (documents.file) {
        if (present)
            documents.present = cJSON_ParseWithLength(present->json.data, present->json.length);
        load_merge(documents.file, documents.present);
        load_retire(documents.file, documents.present, present, today);
        load_documents(&loader, &documents, present);
    }
    finish(catalogue);
    catalogue->json = arena_copy(&catalogue->arena, buffer_text(&loader.json));
    cJSON_Delete(documents.present);
    cJSON_Delete(documents.file);
    buffer_free(&loader.json);
    if (loader.fault_count == 0)
        return catalogue;
    load_end_faults(&loader);
    catalogue_free(catalogue);
    return NULL;
}

struct catalogue *catalogue_parse(struct text json, struct buffer *faults)
{
    day_number last = 0; /* only what the file retires without a day has need of one */

    calendar_make_day(LAST_YEAR, 1, 1, &last);
    return catalogue_merge(json, NULL, last, faults);
}
