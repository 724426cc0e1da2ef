/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/city.h"

/* Inventories in Redis are opened from the catalogue's template when their day is released, and
 * follow the catalogue when it changes; bookings stay whatever the new capacity is. Opening is
 * idempotent, so any number of workers may do it. */

/* Called once with 0 or a negative store_status. */
typedef void openings_callback(void *owner, int status);

/* Opens one inventory. */
void openings_open(struct city *city, const struct queue *queue, day_number day,
                   openings_callback *callback, void *owner);

/* Opens every released inventory that is not open yet, and brings those that differ from the
 * catalogue to its capacity. */
void openings_pass(struct city *city, openings_callback *callback, void *owner);
