/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/catalogue.h"
#include "store/reply.h"

/* What admins decided for single days: other capacities, windows closed for a day, closures of a
 * hall, a queue or some half hours. A part of a city's edition, read whole from the hash `plan`
 * (docs/keys.md) and immutable. Its version is raised by each change, and a change that was
 * computed from an older one is refused by the Functions. */

enum { OVERRIDE_WINDOWS_MAX = 64 };

/* Another capacity of a queue on a day. */
struct capacity_override {
    struct text hall, queue;
    day_number day;
    uint64_t slots;                 /* the half hours that it names */
    uint32_t capacity[SLOTS_A_DAY]; /* of those */
    struct text closed_windows[OVERRIDE_WINDOWS_MAX];
    unsigned closed_window_count;
};

struct closure {
    struct text hall, queue; /* queue empty: the whole hall */
    day_number day;
    uint32_t number;
    unsigned from, to; /* slots, `to` is the first behind it */
    bool is_in_force, has_offers;
    int64_t created_at_ms;
    struct text reason;
};

struct plan {
    int64_t version;
    struct capacity_override *overrides; /* sorted by hall, queue, day */
    size_t override_count;
    struct closure *closures; /* sorted by hall, day, number */
    size_t closure_count;
    struct arena arena;
};

/* Takes a field of the hash (copied); what it cannot read is passed over and counted in `*strange`.
 * Call plan_settle() behind the last. A zeroed plan is an empty one. */
void plan_take(struct plan *plan, struct text field, struct text value, unsigned *strange);
void plan_settle(struct plan *plan);
void plan_free(struct plan *plan);

/* NULL when there is none. */
const struct capacity_override *plan_override(const struct plan *plan, const struct queue *queue,
                                              day_number day);
const struct closure *plan_closure(const struct plan *plan, struct text hall, day_number day,
                                   uint32_t number);
/* The first closure in force that takes the half hour from the queue, or NULL. */
const struct closure *plan_closed(const struct plan *plan, const struct queue *queue,
                                  day_number day, unsigned slot);
/* Whether any is in force that takes half hours from the queue on the day. */
bool plan_has_closures(const struct plan *plan, const struct queue *queue, day_number day);

/* Reads the value of an override's field, "18=10 19=4 -2", in whose text the window ids then lie;
 * false when it is none. */
bool override_parse(struct capacity_override *override, struct text value);
/* Writes it so; nothing when it changes nothing. */
void override_append(struct buffer *value, const struct capacity_override *override);

/* Capacity and units kept for priority people of every half hour of a queue's day: the catalogue's
 * template, where windows are closed for the day only the part that is left (rounded down), in
 * place of it the half hours that the override names, 0 where a closure is in force (but not
 * `except`, which may be NULL) and all day on a day on which the hall is closed or when the queue
 * is retired. The one place that tells an inventory's capacity. Kept is capacity × priority_share,
 * halves rounded up. */
struct day_capacity {
    uint32_t capacity[SLOTS_A_DAY], kept[SLOTS_A_DAY];
};
void plan_capacity(const struct plan *plan, const struct catalogue *catalogue,
                   const struct queue *queue, day_number day, const struct closure *except,
                   struct day_capacity *result);
/* The same as if no closure were in force: what the day would serve. */
void plan_capacity_unclosed(const struct plan *plan, const struct catalogue *catalogue,
                            const struct queue *queue, day_number day, struct day_capacity *result);

/* The first half hour of the day whose kept units only priority people may have; those before it
 * have gone to everyone (`priority_until_minutes` before their start). */
unsigned queue_kept_from(const struct catalogue *catalogue, const struct queue *queue,
                         day_number day, int64_t now_ms);

/* "18=10/2 19=4/0": as the Functions take it. */
void day_capacity_append(struct buffer *buffer, const struct day_capacity *capacity);
