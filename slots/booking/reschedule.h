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

enum reschedule_outcome {
    RESCHEDULE_DONE, /* it stands at the new place, or stood there already */
    RESCHEDULE_MISSING,
    RESCHEDULE_OUT_OF_REACH, /* it is not within the caller's reach */
    RESCHEDULE_WRONG_STATE,  /* `state` */
    RESCHEDULE_OVER,         /* its last half hour is over */
    RESCHEDULE_NO_SERVICE,   /* the new hall does not offer it, or not all steps of it */
    RESCHEDULE_CLOSED,       /* the rest is about the new place */
    RESCHEDULE_TOO_LATE,
    RESCHEDULE_NOT_RELEASED, /* `opens_at_ms` */
    RESCHEDULE_REFUSED,      /* `refusal` */
};

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

/* Called once, never from inside: a negative store_status or enum reschedule_outcome. `reschedule`
 * is freed after the call. */
typedef void reschedule_done(struct reschedule *reschedule, int outcome);

struct reschedule {
    struct city *city;
    struct edition *edition;
    void *owner; /* the caller's */
    reschedule_done *on_done;

    /* The outcome's details, valid in on_done. */
    struct lookup lookup; /* the reservation, when it was found */
    bool is_moved;        /* it stood elsewhere before */
    enum reservation_status state;
    int64_t opens_at_ms;
    struct refusal refusal;

    /* Inside. */
    unsigned step, attempts, opening;
    int outcome;
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
