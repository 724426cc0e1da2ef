/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/view.h"

#include <stdlib.h>

/* Yesterday's inventories stay readable for the last clients of the day. */
#define DAYS_AROUND 3

struct stream_position stream_position_parse(struct text id)
{
    struct stream_position position = {0, 0};
    struct text ms;
    int64_t a, b;

    if (text_split(&id, '-', &ms) && text_to_integer(ms, 0, INT64_MAX, &a) &&
        text_to_integer(id, 0, INT64_MAX, &b))
        position = (struct stream_position){(uint64_t)a, (uint64_t)b};
    return position;
}

int stream_position_compare(struct stream_position a, struct stream_position b)
{
    if (a.ms != b.ms)
        return a.ms < b.ms ? -1 : 1;
    return a.number < b.number ? -1 : a.number > b.number;
}

void view_init(struct view *view, const struct catalogue *catalogue)
{
    *view = (struct view){.catalogue = catalogue, .days = catalogue->days_ahead_max + DAYS_AROUND};
    view->inventories =
        memory_new(sizeof *view->inventories * view->days * (catalogue->queue_count + 1));
}

void view_free(struct view *view)
{
    free(view->inventories);
    view->inventories = NULL;
}

static struct inventory *place(const struct view *view, const struct queue *queue, day_number day)
{
    return &view->inventories[queue->index * view->days + (unsigned)day % view->days];
}

struct inventory *view_inventory(struct view *view, const struct queue *queue, day_number day,
                                 day_number today)
{
    struct inventory *inventory;

    if (day < today - 1 || day > today + (day_number)view->days - 2)
        return NULL;
    inventory = place(view, queue, day);
    if (inventory->day != day)
        *inventory = (struct inventory){.day = day};
    return inventory;
}

const struct inventory *view_find(const struct view *view, const struct queue *queue,
                                  day_number day)
{
    const struct inventory *inventory = place(view, queue, day);

    return inventory->day == day && inventory->is_open ? inventory : NULL;
}

/* 'hall queue date' in front of an event's values. */
static struct inventory *find_named(struct view *view, struct text *event, day_number today)
{
    struct text hall_id, queue_id, date;
    const struct hall *hall;
    const struct queue *queue;
    day_number day;

    if (!text_split(event, ' ', &hall_id) || !text_split(event, ' ', &queue_id) ||
        !text_split(event, ' ', &date) || !calendar_parse_compact_date(date, &day))
        return NULL;
    hall = catalogue_hall(view->catalogue, hall_id);
    queue = hall ? hall_queue(hall, queue_id) : NULL;
    return queue ? view_inventory(view, queue, day, today) : NULL;
}

static void apply_value(struct inventory *inventory, struct text word)
{
    struct text slot_text, remaining_text;
    int64_t slot, remaining, capacity;

    if (!text_split(&word, '=', &slot_text) || !text_split(&word, '/', &remaining_text) ||
        !text_to_integer(slot_text, 0, SLOTS_A_DAY - 1, &slot) ||
        !text_to_integer(remaining_text, INT32_MIN, INT32_MAX, &remaining))
        return;
    inventory->remaining[slot] = (int32_t)remaining;
    if (word.data && text_to_integer(word, 0, UINT32_MAX, &capacity))
        inventory->capacity[slot] = (uint32_t)capacity;
}

void view_apply(struct view *view, struct text event, struct text id, bool is_whole,
                day_number today)
{
    struct stream_position version = stream_position_parse(id);
    struct inventory *inventory = find_named(view, &event, today);
    struct text word;

    if (!inventory || stream_position_compare(version, inventory->version) <= 0)
        return;
    if (is_whole)
        *inventory = (struct inventory){.day = inventory->day, .is_open = true};
    inventory->version = version;
    if (!inventory->is_open)
        return; /* its reader sees by the version that it must read again */
    while (text_split(&event, ' ', &word))
        apply_value(inventory, word);
}

int inventory_fit(const struct inventory *inventory, unsigned slot, unsigned span)
{
    int least = INT32_MAX;

    for (unsigned s = slot; s < slot + span; s++) {
        if (s >= SLOTS_A_DAY || !inventory->capacity[s])
            return -1;
        if (inventory->remaining[s] < least)
            least = inventory->remaining[s];
    }
    return least < 0 ? 0 : least;
}
