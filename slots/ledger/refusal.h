/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/ledger/reservation.h"
#include "store/reply.h"

/* Why one of the ledger's Functions did not do what it was asked for: their outcomes as C knows
 * them, each said in one place (api/json/refusals.c gives them their problems). */

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
    REFUSAL_OUT_OF_REACH, /* it is not the caller's (slots/ledger/reach.h); no Function says so */
    REFUSAL_STALE,        /* computed from an older plan: read it again */
    REFUSAL_AGAIN,        /* something changed meanwhile: try again */
    REFUSAL_UNKNOWN,      /* no outcome of this version */
};

struct refusal {
    enum refusal_kind kind;
    char health;     /* enum health_code */
    int64_t until_s; /* Unix s */
    bool has_other;  /* `other` was understood; its texts point into the reply */
    struct reservation other;
};

/* Reads outcome and details of a ledger call's reply. The texts point into the reply. */
struct refusal refusal_parse(struct text outcome, const struct store_reply *reply);
