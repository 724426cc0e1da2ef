/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/booking/booking.h"
#include "slots/catalogue/city.h"

enum {
    BATCH_BOOKINGS_MAX = 128,
    BATCH_FIELDS_MAX = 1200, /* of units, so that a call is short when its visits are long */
};

/* A batch as one call of the reserve function, whose arguments stand in columns (reserve.lua). */
struct batch_arguments {
    struct text *items; /* of the whole command, "FCALL" first */
    size_t count, capacity;
    struct arena arena; /* of what is made up for it; the rest stands in the bookings */
};

/* The call for 1 to BATCH_BOOKINGS_MAX bookings of a city under its present edition. Writes the
 * evidence that it names into their records. */
void batch_arguments_init(struct batch_arguments *arguments, struct city *city,
                          struct booking *const *bookings, unsigned count);
void batch_arguments_free(struct batch_arguments *arguments);
