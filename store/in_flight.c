/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/in_flight.h"

#include <stdlib.h>

#include "base/memory.h"

#define IN_FLIGHT_MIN 64

void in_flight_grow(struct in_flight *ring)
{
    struct in_flight grown = {.capacity = ring->capacity ? ring->capacity * 2 : IN_FLIGHT_MIN};

    grown.commands = memory_new(grown.capacity * sizeof *grown.commands);
    for (; grown.count < ring->count; grown.count++)
        grown.commands[grown.count] = *in_flight_at(ring, grown.count);
    free(ring->commands);
    *ring = grown;
}

void in_flight_free(struct in_flight *ring)
{
    free(ring->commands);
    *ring = (struct in_flight){0};
}
