/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/floor_past.h"

#include <stdlib.h>

#include "base/memory.h"

/* Returns where it stood. */
static struct stream_position forget_first(struct floor_past *past)
{
    struct past_entry *entry =
        CONTAINER_OF(list_take_first(&past->entries), struct past_entry, in_past);
    struct stream_position position = entry->position;

    past->count--;
    free(entry);
    return position;
}

void floor_past_init(struct floor_past *past)
{
    *past = (struct floor_past){0};
    list_init(&past->entries);
    list_init(&past->asking);
}

void floor_past_free(struct floor_past *past)
{
    while (past->count)
        forget_first(past);
}

void floor_past_begin(struct floor_past *past, struct stream_position position)
{
    floor_past_free(past);
    past->oldest = position;
    past->has_oldest = false;
    past->left = FLOOR_PAST_READ_MAX;
    past->generation++;
}

static bool is_of_floors(struct text kind)
{
    return text_is(kind, "ticket") || text_is(kind, "window");
}

/* The texts stand behind the events, in one block. NULL when none is of a floor. */
static struct past_entry *copy_entry(struct stream_position position,
                                     const struct store_reply *fields)
{
    size_t pairs = store_reply_count(fields) / 2, count = 0, bytes = 0;
    struct past_entry *entry;
    char *at;

    for (size_t i = 0; i < pairs; i++)
        if (is_of_floors(store_reply_text_at(fields, 2 * i))) {
            count++;
            bytes += store_reply_text_at(fields, 2 * i).length +
                     store_reply_text_at(fields, 2 * i + 1).length;
        }
    if (!count)
        return NULL;
    entry = memory_new(sizeof *entry + count * sizeof *entry->events + bytes);
    entry->position = position;
    at = (char *)&entry->events[count];
    for (size_t i = 0; i < pairs; i++) {
        struct text kind = store_reply_text_at(fields, 2 * i);
        struct text event = store_reply_text_at(fields, 2 * i + 1);
        if (!is_of_floors(kind))
            continue;
        memcpy(at, kind.data, kind.length);
        if (event.length)
            memcpy(at + kind.length, event.data, event.length);
        entry->events[entry->count++] = (struct past_event){
            text_bytes(at, kind.length), text_bytes(at + kind.length, event.length), (unsigned)i};
        at += kind.length + event.length;
    }
    return entry;
}

/* What the bound pushes out is not read again. */
static void trim(struct floor_past *past)
{
    while (past->count > FLOOR_PAST_ENTRIES_MAX) {
        past->oldest = forget_first(past);
        past->has_oldest = false;
        past->left = 0;
    }
}

void floor_past_append(struct floor_past *past, struct stream_position position,
                       const struct store_reply *fields)
{
    struct past_entry *entry = copy_entry(position, fields);

    if (!entry)
        return;
    list_append(&past->entries, &entry->in_past);
    past->count++;
    trim(past);
}

void floor_past_prepend(struct floor_past *past, const struct store_reply *reply)
{
    size_t count = store_reply_count(reply);

    for (size_t i = 0; i < count; i++) {
        const struct store_reply *one = store_reply_at(reply, i);
        struct stream_position position = stream_position_parse(store_reply_text_at(one, 0));
        struct past_entry *entry = copy_entry(position, store_reply_at(one, 1));
        past->oldest = position;
        past->has_oldest = true;
        if (!entry)
            continue;
        list_append(past->entries.next, &entry->in_past); /* before the first */
        past->count++;
    }
    past->left -= count < past->left ? (unsigned)count : past->left;
    trim(past);
}

void floor_past_end(struct floor_past *past, struct stream_position first)
{
    past->oldest = first;
    past->has_oldest = true;
    past->left = 0;
}

bool floor_past_has(const struct floor_past *past, struct stream_position from)
{
    int order = stream_position_compare(from, past->oldest);

    return order > 0 || (order == 0 && past->has_oldest);
}

struct stream_position floor_past_horizon(const struct floor_past *past)
{
    struct stream_position horizon = past->oldest;

    horizon.number += !past->has_oldest;
    return horizon;
}
