/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* Where those who booked in half hours that are closed could go instead: inventories of the same
 * service in the order of the least trouble for them. What stands in memory decides; the Function
 * that closes looks again. */

enum { CANDIDATES_MAX = 40, OWN_HALL_DAYS = 14, OTHER_HALLS_DAYS = 7 };

struct candidate {
    const struct queue *queue;
    day_number day;
};

struct candidate_search {
    const struct edition *edition;
    const struct closure *closure; /* its hall must be of the edition */
    const struct hall *hall;
    int64_t now_ms;
    const struct hall **others; /* the nearest first, those without a location last */
    size_t other_count;
    uint64_t wanted; /* units that are room enough for all who are affected */
};

/* Both arguments must outlive the search. */
void candidate_search_init(struct candidate_search *search, const struct edition *edition,
                           const struct closure *closure, int64_t now_ms);
void candidate_search_free(struct candidate_search *search);

/* Open inventories with room for those who booked the service in one of the closure's queues: this
 * hall's on the closed day and the OWN_HALL_DAYS after it, then hall by hall on the closed day and
 * the OTHER_HALLS_DAYS after it; no more of them than give room enough, at most CANDIDATES_MAX. */
unsigned candidate_search_run(const struct candidate_search *search, const struct service *service,
                              struct candidate candidates[CANDIDATES_MAX]);

/* The days of one of the closure's queues that would be candidates but do not stand in Redis yet,
 * and may be opened early: not by lottery, and within the days that the view holds. */
unsigned candidate_days_to_open(const struct candidate_search *search, const struct queue *queue,
                                day_number days[OWN_HALL_DAYS + 1]);

/* True when the closure takes half hours from the queue. */
bool closure_covers(const struct closure *closure, const struct queue *queue);

/* Capacity of a queue's day as plan_capacity() tells it, with `closure` in force besides. */
void closure_capacity(const struct edition *edition, const struct closure *closure,
                      const struct queue *queue, day_number day, struct day_capacity *capacity);
