/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/booking/earlier.h"
#include "slots/booking/look.h"
#include "slots/booking/order.h"
#include "slots/booking/prove.h"

/* A booking from the request to its outcome, as a step machine: look at the rules in memory, prove
 * a refusal or let Redis allocate, open the inventory if that had not been done, read the first
 * answer of a repeated request. */

struct reserve;

/* Called once: a negative store_status (whether it was booked is unknown for STORE_TIMEOUT and
 * STORE_LOST), or 0 and the refusal. REFUSAL_NONE: it is booked, or an entry of the queue's draw
 * (by the kind of its id); REFUSAL_REPEATED: the visit is what the same request got before.
 * `reserve` is freed after the call. */
typedef void reserve_done(struct reserve *reserve, int status);

struct reserve {
    void *owner; /* the caller's */
    reserve_done *on_done;

    /* Valid in on_done. A visit that was booked before is given as it was then. */
    struct visit visit;
    struct look look;
    struct refusal refusal;

    /* Inside. */
    unsigned step, attempts, opening;
    int status;
    struct earlier earlier;
    struct proof proof;
    struct reservation_parts parts;
};

/* Starts; on_done is called once and never from inside. */
void reserve_start(struct city *city, const struct reserve_order *order, reserve_done *on_done,
                   void *owner);
