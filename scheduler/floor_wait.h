/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "scheduler/estimate.h"
#include "scheduler/floor.h"

/* Who is next on a floor, and how long a wait will be. `hall` is the floor's in the present
 * catalogue; a queue that left it has its defaults. A queue's windows are those open ones that call
 * from its line; while none is open, those of the catalogue. */

/* Of a ticket that waits; zeros for one that does not. */
struct estimate floor_ticket_estimate(const struct floor *floor, const struct hall *hall,
                                      const struct floor_ticket *ticket, int64_t now_ms);

/* Of somebody who came now for the queue without an appointment; zeros while nobody waits and none
 * of its windows has anybody. On a crowded floor it is up to a second old. */
struct estimate floor_queue_estimate(const struct floor *floor, const struct queue *queue,
                                     int64_t now_ms);
/* The longest of its queues' (by p50). */
struct estimate floor_hall_estimate(const struct floor *floor, const struct hall *hall,
                                    int64_t now_ms);

/* Who waits for the queue (also those for one window only), in the order in which they would be
 * called now, put back ones where their threshold puts them. At most `max` of them; returns how
 * many there are. */
size_t floor_order(const struct floor *floor, const struct queue *queue, int64_t now_ms,
                   const struct floor_ticket **tickets, size_t max);
