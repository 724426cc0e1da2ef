/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/booking/booking.h"
#include "slots/catalogue/city.h"

/* Group commit: the bookings of a city leave as one call of the reserve function. While a batch is
 * in flight the next one gathers, so batches grow with the load and add no wait without it. */

enum { BATCHES_IN_FLIGHT_MAX = 1 };

struct batch_gatherer;

struct batch_gatherer *batch_gatherer_new(struct city *city);
void batch_gatherer_free(struct batch_gatherer *gatherer);

/* Hands a booking to the next batch. Calls back exactly once, never from inside. */
void batch_submit(struct batch_gatherer *gatherer, struct booking *booking);

/* Sizes of the batches that left, for the metrics. */
struct batch_statistics {
    uint64_t batches, bookings;
};
const struct batch_statistics *batch_statistics(const struct batch_gatherer *gatherer);
