/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/booking/visit.h"

/* What is asked for; the texts are copied. */
struct reserve_order {
    const struct hall *hall;       /* of the city's present edition, as the next three */
    const struct queue *queue;     /* NULL for a package */
    const struct service *service; /* NULL for a package */
    const struct package *package; /* all its steps are served in the hall */
    day_number day;
    unsigned slot;
    struct applicant applicant;    /* checked and normalised, as the next */
    const struct applicant *party; /* who comes along; not with a package */
    unsigned party_count;
    enum priority priority; /* what the applicant says of himself */
    struct text channel;
    unsigned char creator;
    struct text booker;          /* as a record names him; empty where the role is enough */
    struct text idempotency_key; /* empty: none */
    struct text principal;       /* whose idempotency key it is */
};

/* What becomes of it, with the details that struct reserve has. */
enum reserve_outcome {
    RESERVE_BOOKED,
    RESERVE_REPEATED,  /* the same request was booked before: `items` are what it got, perhaps an
                        * entry of a draw (by the kind of its id) */
    RESERVE_IN_DRAW,   /* an entry of the queue's draw (slots/days/draws.h): `draws_at_ms` */
    RESERVE_MISMATCH,  /* its idempotency key was used for another request */
    RESERVE_NOT_GREEN, /* `health` */
    RESERVE_ALREADY,   /* `other` */
    RESERVE_OVERLAP,   /* `other` shares a half hour with it */
    RESERVE_LIMIT,
    RESERVE_SUSPENDED,     /* for no-shows: `until_s` */
    RESERVE_CANCELLATIONS, /* the person's cancellations of the month are used up */
    RESERVE_AGENT_LIMIT,   /* the agent's reservations of the day are used up */
    RESERVE_CLOSED,
    RESERVE_NOT_RELEASED, /* `opens_at_ms` */
    RESERVE_TOO_LATE,
    RESERVE_FULL,
    RESERVE_NOT_IN_DRAW, /* bookings are entries of a draw now, and a draw takes no parties and no
                          * packages: `draws_at_ms` */
};

/* Makes the order a visit: fills its items, and its booking's inventory, tag and digest. */
void order_take(const struct reserve_order *order, struct visit *visit);
