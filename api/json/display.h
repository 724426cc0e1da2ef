/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "scheduler/floor.h"
#include "slots/catalogue/city.h"

/* What displays show: numbers, windows, counts. Names, ids of people and of their tickets have no
 * way in here. */

/* {number, window, window_name, queue, calls, at} of a ticket that is, or was, called. */
void display_append_call(struct buffer *json, const struct city *city, const struct hall *hall,
                         struct text key, const struct ticket *ticket, int64_t at_ms);

/* {queue, name, waiting, wait_seconds} of a queue as it is now but for `waiting`. */
void display_append_queue(struct buffer *json, const struct floor *floor, const struct queue *queue,
                          int64_t waiting);

/* {hall, now, calling, queues}: of the hall, or with a `window` what its own screen shows. */
void display_append_snapshot(struct buffer *json, const struct city *city, const struct hall *hall,
                             const struct floor *floor, struct text window);

/* True when the queue stands on the screen of the window, or `window` is empty. */
bool display_shows_queue(const struct queue *queue, struct text window);
