/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/booking/earlier.h"
#include "slots/booking/look.h"
#include "slots/booking/prove.h"

/* A booking from the request to its outcome, as a step machine: look at the rules in memory, prove
 * a refusal or let Redis allocate, open the inventory if that had not been done, read the first
 * answer of a repeated request. */

struct reserve;

/* Called once: negative store_status (whether it was booked is unknown for STORE_TIMEOUT and
 * STORE_LOST) or enum reserve_outcome. `reserve` is freed after the call. */
typedef void reserve_done(struct reserve *reserve, int outcome);

struct reserve {
    void *owner; /* the caller's */
    reserve_done *on_done;

    /* The outcome's details, valid in on_done. A visit that was booked before is given as it was
     * then. */
    struct visit visit;
    struct look look;
    struct reservation other; /* one that stands in the way */
    char health;
    int64_t until_s;

    /* Inside. */
    unsigned step, attempts, opening;
    int outcome;
    struct earlier earlier;
    struct proof proof;
    struct reservation_parts parts;
};

/* Starts; on_done is called once and never from inside. */
void reserve_start(struct city *city, const struct reserve_order *order, reserve_done *on_done,
                   void *owner);
