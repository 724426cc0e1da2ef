/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* Where a worker takes in what is asked of a city: gathers what leaves together, and lines up what
 * goes one after another. */
struct intake {
    struct batch_gatherer *gatherer; /* slots/booking/batch.h */
    struct prover *prover;           /* slots/booking/prove.h */
    struct list capacity_changes;    /* slots/days/capacity_change.h */
};

/* Gives the city its intake; it goes with intake_close(), before the city. */
void intake_open(struct city *city);
/* Nothing may be in it any more (the store was closed). */
void intake_close(struct city *city);
