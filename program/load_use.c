/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "program/load_use.h"

#include <stdlib.h>

void load_people_add(struct load_people *people, const unsigned char *key)
{
    if (people->count == people->capacity) {
        people->capacity = people->capacity ? people->capacity * 2 : 64;
        people->keys = memory_resize(people->keys, people->capacity * sizeof *people->keys);
    }
    memcpy(people->keys[people->count++].bytes, key, PERSON_KEY_BYTES);
}

static int compare_people(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct person_key));
}

size_t load_people_count(struct load_people *people)
{
    size_t kept = 0;

    if (people->count)
        qsort(people->keys, people->count, sizeof *people->keys, compare_people);
    for (size_t i = 0; i < people->count; i++)
        if (!kept || compare_people(&people->keys[i], &people->keys[kept - 1]) != 0)
            people->keys[kept++] = people->keys[i];
    return people->count = kept;
}

struct load_use *load_use_of(struct load_uses *uses, struct text path)
{
    for (size_t i = 0; i < uses->count; i++)
        if (text_equal(uses->items[i].path, path))
            return &uses->items[i];
    if (uses->count == uses->capacity) {
        uses->capacity = uses->capacity ? uses->capacity * 2 : 16;
        uses->items = memory_resize(uses->items, uses->capacity * sizeof *uses->items);
    }
    uses->items[uses->count] = (struct load_use){.path = arena_copy(&uses->arena, path)};
    return &uses->items[uses->count++];
}

void load_uses_free(struct load_uses *uses)
{
    for (size_t i = 0; i < uses->count; i++)
        free(uses->items[i].people.keys);
    free(uses->items);
    free(uses->people.keys);
    arena_free(&uses->arena);
}

static void append_count(struct buffer *line, const char **comma, size_t count, const char *one,
                         const char *many)
{
    if (!count)
        return;
    buffer_printf(line, "%s%zu %s", *comma, count, count == 1 ? one : many);
    *comma = ", ";
}

void load_use_append_counts(struct buffer *line, struct load_use *use)
{
    size_t people = load_people_count(&use->people);
    const char *comma = "";

    append_count(line, &comma, use->bookings, "booking", "bookings");
    append_count(line, &comma, use->offers, "offered place", "offered places");
    append_count(line, &comma, use->waiting, "waiting", "waiting");
    append_count(line, &comma, use->in_draw, "in the draw", "in the draw");
    append_count(line, &comma, use->tickets, "ticket of today", "tickets of today");
    append_count(line, &comma, use->former_tickets, "ticket of yesterday", "tickets of yesterday");
    append_count(line, &comma, use->numbers, "number of today", "numbers of today");
    if (use->is_open)
        buffer_printf(line, "%sopen", comma);
    if (people)
        buffer_printf(line, " (%zu %s)", people, people == 1 ? "person" : "people");
}
