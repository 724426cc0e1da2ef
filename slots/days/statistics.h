/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"
#include "slots/days/tally.h"

/* Counts of the reservations of some days, taken from the reservations themselves: calls of the
 * read-only Function `count_day` for each queue's day (slots/days/statistics.lua). */

/* How many were booked so many whole hours before their half hour. */
struct statistics_lead {
    uint64_t hours, count;
};

/* A half hour of a queue's day: its capacity when `service` is empty, else what was booked of a
 * service that begins there. */
struct statistics_row {
    const struct queue *queue;
    day_number day;
    unsigned slot;
    struct text service;
    struct counts counts;
    struct statistics_lead *leads;
    size_t lead_count;
};

/* One walk on its way. */
struct statistics_walk {
    struct city *city;
    const struct hall *hall; /* NULL: all halls of the city */
    day_number from, to;
    /* The rows in the order of days, halls, queues, half hours, services, a half hour's capacity
     * first; valid in the call. */
    void (*take)(void *owner, const struct statistics_row *row);
    /* Once, behind all: 0 or a negative store_status. */
    void (*done)(void *owner, int status);
    /* True when nobody waits for the rest any more. */
    bool (*is_gone)(void *owner);
    void *owner;
};

/* Copies `walk`. Hall and queues are of the city's present edition, which the caller holds until
 * `done`; that is never called from inside. */
void statistics_walk(const struct statistics_walk *walk);
