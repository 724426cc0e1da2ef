/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/load.h"

#include <stdlib.h>

enum { FILE_BYTES_MAX = 32 << 20, FAULTS_MAX = 200, LAST_YEAR = 9999 };

static const struct json_path file_root;
static const struct json_path present_root = {.name = "(loaded)"};

/* The two documents of a merge: the file, and the present catalogue or NULL. */
struct documents {
    struct json *file, *present;
};

/* An element of a list, from either document. */
struct entry {
    struct text id; /* empty when it has none, which is a fault of its own */
    const struct json *item;
    size_t order; /* those of the present catalogue come first */
    size_t index; /* in its own document */
    bool is_present, is_replaced;
};

static void fault_syntax(struct loader *loader, struct text json, size_t offset)
{
    size_t line = 1, start = 0;

    for (size_t i = 0; i < offset; i++)
        if (json.data[i] == '\n') {
            line++;
            start = i + 1;
        }
    json_fault(loader->faults, &file_root,
               "is not JSON from line %zu, character %zu on; mend it there", line,
               text_rune_count(text_part(json, start, offset - start)) + 1);
}

/* The file's tree, or NULL after a fault. */
static struct json *parse_file(struct loader *loader, struct arena *arena, struct text json)
{
    struct json_error error;
    struct json *root;

    if (json.length > FILE_BYTES_MAX || json.length == 0) {
        json_fault(loader->faults, &file_root, "has %zu bytes; give 1 to %d", json.length,
                   FILE_BYTES_MAX);
        return NULL;
    }
    root = json_parse(arena, json, &error);
    if (!root && !error.is_text)
        json_fault(loader->faults, &file_root,
                   "is not UTF-8 or holds a NUL; save it as UTF-8 text");
    else if (!root)
        fault_syntax(loader, json, error.offset);
    return root;
}

/* The file's member, else the present catalogue's, else NULL; `*root` is where it stands. */
static const struct json *pick(const struct documents *documents, const char *name,
                               const struct json_path **root)
{
    const struct json *item = json_member(documents->file, name);

    *root = item ? &file_root : &present_root;
    return item ? item : json_member(documents->present, name);
}

static void append_name(struct loader *loader, const char *name)
{
    buffer_printf(&loader->json, "%c\"%s\":", loader->json.length ? ',' : '{', name);
}

/* Unknown, repeated and missing members of the file's root; what they hold is read elsewhere. */
static void check_root(struct loader *loader, const struct json *file)
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
    const struct json_path *root;
    const struct json *item = pick(documents, section->name, &root);
    struct json_path at = {root, section->name, 0};

    if (!item)
        return;
    load_value(loader, &at, item, section, loader->catalogue);
    append_name(loader, section->name);
    json_print(&loader->json, item);
}

static size_t collect(struct entry *entries, size_t count, const struct json *array,
                      bool is_present)
{
    size_t index = 0;

    JSON_EACH(array, item) {
        const struct json *id = json_member(item, "id");
        entries[count] = (struct entry){.id = json_text(id),
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
static void settle(struct loader *loader, const struct json_path *list, struct entry *entries,
                   size_t count)
{
    qsort(entries, count, sizeof *entries, compare_entries);
    for (size_t i = 1; i < count; i++) {
        struct entry *before = &entries[i - 1], *entry = &entries[i];
        struct json_path at = {list, NULL, entry->index};
        if (!entry->id.length || !text_equal(entry->id, before->id))
            continue;
        if (before->is_present)
            before->is_replaced = true;
        else
            json_fault(loader->faults, &(struct json_path){&at, "id", 0},
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
        struct json_path at_list = {entries[i].is_present ? &present_root : &file_root, list->name,
                                    0};
        struct json_path at = {&at_list, NULL, entries[i].index};
        if (entries[i].is_replaced)
            continue;
        list->load(loader, &at, entries[i].item, array + kept * list->size);
        buffer_append_byte(&loader->json, kept++ ? ',' : '[');
        json_print(&loader->json, entries[i].item);
    }
    buffer_append(&loader->json, kept ? TEXT("]") : TEXT("[]"));
    qsort(array, kept, list->size, compare_ids);
    *(void **)((char *)loader->catalogue + list->array) = array;
    *(size_t *)((char *)loader->catalogue + list->count) = kept;
}

static void load_list(struct loader *loader, const struct documents *documents,
                      const struct load_list *list)
{
    const struct json *file = json_member(documents->file, list->name);
    const struct json *present = json_member(documents->present, list->name);
    struct json_path at = {&file_root, list->name, 0};
    struct entry *entries;
    size_t count;

    if (!file && !present && list->required)
        json_fault(loader->faults, &at, "is missing; give an array");
    if (file && load_length(loader, &at, file, 0, list->max) == 0)
        file = NULL;
    count = json_count(file) + json_count(present);
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
    struct json_path at = {&file_root, "city", 0};

    if (!present || !city.length || text_equal(city, present->city))
        return;
    json_fault(loader->faults, &(struct json_path){&at, "code", 0},
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
    if (json_kind(documents->file) != JSON_OBJECT)
        return;
    for (const struct field *section = load_sections; section->name; section++)
        load_section(loader, documents, section);
    check_city(loader, present);
    for (const struct load_list *list = load_lists; list->name; list++)
        load_list(loader, documents, list);
    buffer_append_byte(&loader->json, '}');
}

struct catalogue *catalogue_merge(struct text json, const struct catalogue *present,
                                  day_number today, struct json_faults *faults)
{
    struct catalogue *catalogue = memory_new(sizeof *catalogue);
    struct json_faults untold = {0};
    struct loader loader = {.catalogue = catalogue, .faults = faults ? faults : &untold};
    struct arena trees = {0};
    struct documents documents = {.file = parse_file(&loader, &trees, json)};

    loader.faults->max = FAULTS_MAX;
    load_defaults(catalogue);
    if (documents.file) {
        if (present)
            documents.present = json_parse(&trees, present->json, NULL);
        load_merge(&trees, documents.file, documents.present);
        load_retire(&trees, documents.file, documents.present, present, today);
        load_documents(&loader, &documents, present);
    }
    finish(catalogue);
    catalogue->json = arena_copy(&catalogue->arena, buffer_text(&loader.json));
    arena_free(&trees);
    buffer_free(&loader.json);
    if (loader.faults->count) {
        catalogue_free(catalogue);
        catalogue = NULL;
    }
    json_faults_free(&untold);
    return catalogue;
}

struct catalogue *catalogue_parse(struct text json, struct json_faults *faults)
{
    day_number last = 0; /* only what the file retires without a day has need of one */

    calendar_make_day(LAST_YEAR, 1, 1, &last);
    return catalogue_merge(json, NULL, last, faults);
}
