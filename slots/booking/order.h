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

/* Makes the order a visit: fills its items, and its booking's inventory, tag and digest. */
void order_take(const struct reserve_order *order, struct visit *visit);
