/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/ledger/reservation.h"

/* Why what was asked for was not done, by one of the ledger's Functions or before it was called:
 * one row each. slots/ledger/refusal.c has the Functions' words, api/json/refusals.c problem,
 * metric and message. */

enum refusal_kind {
    REFUSAL_NONE, /* it was done */
    REFUSAL_FULL,
    REFUSAL_CLOSED,        /* a half hour that the inventory does not serve */
    REFUSAL_NOT_OPEN,      /* the inventory does not stand in Redis yet */
    REFUSAL_NOT_GREEN,     /* `health` */
    REFUSAL_ALREADY,       /* `other`: the person's for the service and day */
    REFUSAL_OVERLAP,       /* `other`: the person's that shares a half hour with it */
    REFUSAL_LIMIT,         /* live reservations of the person */
    REFUSAL_SUSPENDED,     /* for no-shows, until `until_s` */
    REFUSAL_CANCELLATIONS, /* the person's cancellations of the month are used up */
    REFUSAL_AGENT,         /* the agent's reservations of the day are used up */
    REFUSAL_WAITLIST,      /* as many wait for the inventory as may */
    REFUSAL_TOO_LATE,      /* behind the cut-off, or the offer has lapsed */
    REFUSAL_REPEATED,      /* the idempotency key was used for `other` */
    REFUSAL_MISMATCH,      /* … for another request */
    REFUSAL_STATE,         /* `other` is in a state in which this cannot be done */
    REFUSAL_MISSING,
    REFUSAL_STALE, /* computed from an older plan: read it again */
    REFUSAL_AGAIN, /* something changed meanwhile: try again */

    /* What no Function says. */
    REFUSAL_OUT_OF_REACH, /* it is not the caller's (slots/ledger/reach.h) */
    REFUSAL_OVER,         /* its last half hour is over */
    REFUSAL_NO_SERVICE,   /* the hall that it would go to does not offer it, or not all steps */
    REFUSAL_NOT_RELEASED, /* the day, until `opens_at_ms` */
    REFUSAL_NOT_IN_DRAW,  /* bookings are entries of a draw now, which takes no parties and no
                           * packages */
    REFUSAL_UNKNOWN,      /* no outcome of this version */
    REFUSAL_COUNT
};

struct refusal {
    enum refusal_kind kind;
    char health;                  /* enum health_code */
    int64_t until_s, opens_at_ms; /* Unix time */
    bool has_other;               /* `other` was understood; its texts point into what was parsed */
    struct reservation other;
};

/* Reads the outcome of a Function, and the record that its details begin with (empty: none). The
 * texts point into them. */
struct refusal refusal_parse(struct text outcome, struct text record);
