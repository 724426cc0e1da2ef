/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/view.h"

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

static size_t inventory_count(const struct view *view)
{
    return (size_t)view->days * (view->catalogue->queue_count + 1);
}

void view_init(struct view *view, const struct catalogue *catalogue)
{
    *view = (struct view){.catalogue = catalogue,
                          .days = catalogue->days_ahead_max + DAYS_OPENED_EARLY + DAYS_AROUND};
    view->inventories = memory_new(sizeof *view->inventories * inventory_count(view));
}

void view_copy(struct view *view, const struct view *from)
{
    view_init(view, from->catalogue);
    memcpy(view->inventories, from->inventories, sizeof *view->inventories * inventory_count(view));
    view->position = from->position;
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

day_number view_last_day(const struct view *view, day_number today)
{
    return today + (day_number)view->days - 2;
}

struct inventory *view_inventory(struct view *view, const struct queue *queue, day_number day,
                                 day_number today)
{
    struct inventory *inventory;

    if (day < today - 1 || day > view_last_day(view, today))
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
    struct text hall, queue;

    if (!text_split(rest, ' ', &hall) || !text_split(rest, ' ', &queue))
        return NULL;
    return catalogue_queue(view->catalogue, hall, queue);
}

/* A word such as 'k18=1'; false when it is another. */
static bool apply_kept(struct inventory *inventory, struct text word)
{
    struct text slot_text;
    int64_t slot, kept;

    if (!text_starts_with(word, TEXT("k")))
        return false;
    text_split(&word, '=', &slot_text);
    if (text_to_integer(text_part(slot_text, 1, slot_text.length), 0, SLOTS_A_DAY - 1, &slot) &&
        text_to_integer(word, 0, INT32_MAX, &kept)) {
        inventory->kept[slot] = (uint32_t)kept;
        inventory->kept_touched |= 1ULL << slot;
    }
    return true;
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
    if (!inventory || stream_position_compare(version, inventory->version) < 0)
        return;
    if (is_whole)
        *inventory = (struct inventory){
            .day = day, .is_open = true, .touched = UINT64_MAX, .kept_touched = UINT64_MAX};
    inventory->version = version;
    while (text_split(&event, ' ', &word))
        if (!apply_kept(inventory, word))
            apply_value(inventory, word);
}

void view_fill(struct view *view, day_number day, day_number today, struct text field,
               struct text value)
{
    const struct queue *queue = find_queue(view, &field);
    struct inventory *inventory = queue ? view_inventory(view, queue, day, today) : NULL;
    char letter = field.length ? field.data[0] : 0;
    bool has_letter = letter == 'c' || letter == 'k';
    int64_t slot, number;

    if (!inventory || inventory->touched == UINT64_MAX)
        return; /* an event has told all of it */
    if (text_is(field, "seq"))
        inventory->is_open = true;
    if (!text_to_integer(text_part(field, has_letter, field.length), 0, SLOTS_A_DAY - 1, &slot) ||
        !text_to_integer(value, INT32_MIN, INT32_MAX, &number))
        return;
    if (letter == 'c')
        inventory->capacity[slot] = (uint32_t)number;
    else if (letter == 'k' && !(inventory->kept_touched >> slot & 1))
        inventory->kept[slot] = (uint32_t)number;
    else if (!has_letter && !(inventory->touched >> slot & 1))
        inventory->remaining[slot] = (int32_t)number;
}

int inventory_fit(const struct inventory *inventory, unsigned slot, unsigned span,
                  bool has_priority, unsigned kept_from)
{
    int64_t least = INT32_MAX;

    for (unsigned s = slot; s < slot + span; s++) {
        int64_t units;
        if (s >= SLOTS_A_DAY || !inventory->capacity[s])
            return -1;
        units = inventory->remaining[s];
        if (!has_priority && s >= kept_from)
            units -= inventory->kept[s];
        if (units < least)
            least = units;
    }
    return least < 0 ? 0 : (int)least;
}
