/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/catalogue.h"

/* What this worker knows of the inventories: remaining units of the open days, kept current by the
 * city's event stream and by the answers to its own calls. Redis decides every allocation; the view
 * answers availability and spares Redis the requests for what is sold out. */

/* The id of a stream entry, as a number pair. */
struct stream_position {
    uint64_t ms, number;
};

/* "1700000000000-0"; anything else gives zeros. */
struct stream_position stream_position_parse(struct text id);
int stream_position_compare(struct stream_position a, struct stream_position b);

struct inventory {
    day_number day;
    bool is_open;                   /* it stands in Redis, and was read whole */
    struct stream_position version; /* of the newest event applied */
    uint64_t touched, kept_touched; /* slots whose remaining, kept units an event has said */
    int32_t remaining[SLOTS_A_DAY]; /* below 0 when capacity was lowered under what is booked */
    uint32_t capacity[SLOTS_A_DAY]; /* 0: not served */
    uint32_t kept[SLOTS_A_DAY];     /* of the remaining units, for priority people */
};

struct view {
    const struct catalogue *catalogue;
    unsigned days; /* length of each queue's ring of days */
    struct inventory *inventories;
    struct stream_position position; /* of the last stream entry applied */
};

void view_init(struct view *view, const struct catalogue *catalogue);
/* A view of the same catalogue that knows what `from` knows. */
void view_copy(struct view *view, const struct view *from);
void view_free(struct view *view);

/* The last day that the view can hold. */
day_number view_last_day(const struct view *view, day_number today);

/* The inventory of a queue's day, made empty (not open) when the ring held another day. NULL beyond
 * the ring. */
struct inventory *view_inventory(struct view *view, const struct queue *queue, day_number day,
                                 day_number today);
/* The same for readers: NULL when it is not open. */
const struct inventory *view_find(const struct view *view, const struct queue *queue,
                                  day_number day);

/* Applies 'HALL QUEUE DATE slot=remaining kslot=kept …' or '… slot=remaining/capacity …' as it was
 * after the event `id`; older than what is known is dropped, what the catalogue does not know and
 * other words are ignored.
 * `is_whole` (kind "capacity") opens the inventory and sets every slot that it does not name to 0.
 */
void view_apply(struct view *view, struct text event, struct text id, bool is_whole,
                day_number today);

/* Fills one field of a day's units as read from Redis ("HALL QUEUE 18", "… c18", "… k18", "… seq",
 * which says that the inventory is open; others are ignored). Events may have come between the read
 * and its answer: what they said stands, for each is absolute, and the answer holds either the same
 * or what a later event will say. */
void view_fill(struct view *view, day_number day, day_number today, struct text field,
               struct text value);

/* Fewest units that somebody may have in a service's slots from `slot` on, never below 0; -1 when
 * one of them is not served. Who has no priority leaves the units that are kept in the half hours
 * from `kept_from` (queue_kept_from()) on. */
int inventory_fit(const struct inventory *inventory, unsigned slot, unsigned span,
                  bool has_priority, unsigned kept_from);
