/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/booking/prove.h"
#include "slots/booking/waitlist.h"

/* Joining a waitlist, as a step machine: look at the rules in memory, prove a refusal or let Redis
 * decide, open the inventory if that had not been done, read the entry of a repeated request. */

/* What is asked for; the texts are copied. */
struct waitlist_order {
    const struct hall *hall; /* of the city's present edition, as the next two */
    const struct queue *queue;
    const struct service *service;
    day_number day;
    unsigned char starts[WAITLIST_STARTS_MAX]; /* slots in the order of preference */
    unsigned start_count;
    struct applicant applicant; /* checked and normalised, as his agent */
    enum priority priority;     /* that was declared; a person of 60 has the elderly's without */
    struct text channel;
    unsigned char creator;
    struct text booker;          /* as a record names him; empty where the role is enough */
    struct text idempotency_key; /* empty: none */
    struct text principal;       /* whose idempotency key it is */
};

/* Called once, as waitlist_callback; the entry may have been given a place at once. A repeated
 * request gives the entry of the first one as it stands now. With a negative status it is not known
 * whether the entry was made (STORE_TIMEOUT, STORE_LOST). */
typedef void waitlist_entered(void *owner, int status, const struct refusal *refusal,
                              const struct waitlist_entry *entry);

/* Starts; `callback` is called once and never from inside. */
void waitlist_enter(struct city *city, const struct waitlist_order *order,
                    waitlist_entered *callback, void *owner);
