/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/booking/prove.h"
#include "slots/ledger/lookup.h"
#include "slots/ledger/reach.h"
#include "slots/ledger/refusal.h"

/* Moving a booked reservation to another half hour, day or hall of the city, a package with all its
 * steps; a step machine: find it, look at the rules in memory, prove a refusal or let Redis move
 * it, open the new inventory if that had not been done. The old place is kept unless the new one is
 * won, and the id stays. */

struct reschedule_order {
    struct reservation_id id; /* the texts are copied */
    struct reach reach;       /* the caller's; copied */
    const struct hall *hall;  /* the new one, of the city's present edition; NULL: it stays */
    day_number day;
    unsigned slot;
};

/* Where a step of it goes: the first one's, then those of a package's others, each where the one
 * before ends. */
struct reschedule_target {
    const struct queue *queue;
    unsigned slot, span;
};

struct reschedule;

/* Called once, never from inside: a negative store_status, or 0 and the refusal. REFUSAL_NONE: it
 * stands at the new place, or stood there already; REFUSAL_CLOSED, _TOO_LATE and _NOT_RELEASED are
 * about the new place. `reschedule` is freed after the call. */
typedef void reschedule_done(struct reschedule *reschedule, int status);

struct reschedule {
    struct city *city;
    struct edition *edition;
    void *owner; /* the caller's */
    reschedule_done *on_done;

    /* Valid in on_done. */
    struct lookup lookup; /* the reservation, when it was found */
    bool is_moved;        /* it stood elsewhere before */
    struct refusal refusal;

    /* Inside. */
    unsigned step, attempts, opening;
    int status;
    struct reach reach;
    const struct hall *hall;
    day_number day;
    unsigned slot;
    struct reschedule_target targets[1 + PACKAGE_STEPS_MAX];
    unsigned target_count;
    struct proof proof;
};

void reschedule_start(struct city *city, const struct reschedule_order *order,
                      reschedule_done *on_done, void *owner);
