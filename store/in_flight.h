/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "store/status.h"

/* The commands of a connection whose replies have not come yet, in the order in which they were
 * sent: a ring, since Redis answers in order. One that timed out keeps its place (`late`) until its
 * reply has come and was dropped. Inside the room. */

struct in_flight_command {
    store_callback *callback;
    void *owner;
    uint64_t deadline_ms; /* of the loop's clock; of a late one: when to doubt the connection */
    uint64_t offset;      /* of its first byte in all that this connection has sent */
    unsigned timeout_ms;
    bool late; /* it has called back already */
};

struct in_flight {
    struct in_flight_command *commands;
    size_t capacity; /* a power of two */
    size_t first;
    size_t count;
};

/* The `index`-th oldest; valid until the next in_flight_add(). */
static inline struct in_flight_command *in_flight_at(struct in_flight *ring, size_t index)
{
    return &ring->commands[(ring->first + index) & (ring->capacity - 1)];
}

void in_flight_grow(struct in_flight *ring);

static inline void in_flight_add(struct in_flight *ring, struct in_flight_command command)
{
    if (ring->count == ring->capacity)
        in_flight_grow(ring);
    ring->count++;
    *in_flight_at(ring, ring->count - 1) = command;
}

/* The oldest, taken out; false when there is none. */
static inline bool in_flight_take(struct in_flight *ring, struct in_flight_command *command)
{
    if (!ring->count)
        return false;
    *command = *in_flight_at(ring, 0);
    ring->first = (ring->first + 1) & (ring->capacity - 1);
    ring->count--;
    return true;
}

void in_flight_free(struct in_flight *ring);
