/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* Inventories in Redis are opened with their capacity (slots/catalogue/plan.h) when their day is
 * released, and follow catalogue and plan when these change; bookings stay whatever the new
 * capacity is. Those of lottery queues are opened by their draw (slots/days/draws.h), which is
 * prepared a day before the release. Opening is idempotent, so any number of workers may do it. */

/* Called once with 0 or a negative store_status. */
typedef void openings_callback(void *owner, int status);

/* Opens one inventory, released or not; a lottery queue's is drawn. When the plan has changed
 * meanwhile the city is refreshed first. */
void openings_open(struct city *city, const struct queue *queue, day_number day,
                   openings_callback *callback, void *owner);

/* Opens every released inventory that is not open yet, and brings those that differ from what the
 * plan says to its capacity. Those for which the plan is out of date are left to the next pass. */
void openings_pass(struct city *city, openings_callback *callback, void *owner);
