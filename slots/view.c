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

/* The inventory that 'HALL QUEUE ' in front of `rest` names; moves `rest` behind it. */
static const struct queue *find_queue(const struct view *view, struct text *rest)
{
    struct text hall_id, queue_id;
    const struct hall *hall;

    if (!text_split(rest, ' ', &hall_id) || !text_split(rest, ' ', &queue_id))
        return NULL;
    hall = catalogue_hall(view->catalogue, hall_id);
    return hall ? hall_queue(hall, queue_id) : NULL;
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
    inventory->touched |= 1ULL << slot;
    if (word.data && text_to_integer(word, 0, INT32_MAX, &capacity))
        inventory->capacity[slot] = (uint32_t)capacity;
}

void view_apply(struct view *view, struct text event, struct text id, bool is_whole,
                day_number today)
{
    struct stream_position version = stream_position_parse(id);
    const struct queue *queue = find_queue(view, &event);
    struct inventory *inventory = NULL;
    struct text word;
    day_number day;

    if (queue && text_split(&event, ' ', &word) && calendar_parse_compact_date(word, &day))
        inventory = view_inventory(view, queue, day, today);
    if (!inventory || stream_position_compare(version, inventory->version) <= 0)
        return;
    if (is_whole)
        *inventory = (struct inventory){.day = day, .is_open = true, .touched = UINT64_MAX};
    inventory->version = version;
    while (text_split(&event, ' ', &word))
        apply_value(inventory, word);
}

void view_fill(struct view *view, day_number day, day_number today, struct text field,
               struct text value)
{
    const struct queue *queue = find_queue(view, &field);
    struct inventory *inventory = queue ? view_inventory(view, queue, day, today) : NULL;
    bool is_capacity = field.length && field.data[0] == 'c';
    int64_t slot, number;

    if (!inventory || inventory->touched == UINT64_MAX)
        return; /* an event has told all of it */
    inventory->is_open = true;
    if (!text_to_integer(text_part(field, is_capacity, field.length), 0, SLOTS_A_DAY - 1, &slot) ||
        !text_to_integer(value, INT32_MIN, INT32_MAX, &number))
        return;
    if (is_capacity)
        inventory->capacity[slot] = (uint32_t)number;
    else if (!(inventory->touched >> slot & 1))
        inventory->remaining[slot] = (int32_t)number;
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
