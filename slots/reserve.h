/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/batch.h"
#include "slots/prove.h"

/* A booking from the request to its outcome, as a step machine: look at the rules in memory, prove
 * a refusal or let Redis allocate, open the inventory if that had not been done, read the first
 * answer of a repeated request. */

enum reserve_outcome {
    RESERVE_BOOKED,
    RESERVE_REPEATED,  /* the same request was booked before: `reservation` is that one */
    RESERVE_MISMATCH,  /* its idempotency key was used for another request */
    RESERVE_NOT_GREEN, /* `health` */
    RESERVE_ALREADY,   /* `other_id` */
    RESERVE_LIMIT,
    RESERVE_CLOSED,
    RESERVE_NOT_RELEASED, /* `opens_at_ms` */
    RESERVE_TOO_LATE,
    RESERVE_FULL,
};

/* What is asked for; the texts are copied. */
struct reserve_order {
    const struct hall *hall; /* of the city's present edition, as the next two */
    const struct queue *queue;
    const struct service *service;
    day_number day;
    unsigned slot;
    struct applicant applicant; /* checked and normalised */
    struct text channel;
    unsigned char creator;
    struct text idempotency_key; /* empty: none */
    struct text principal;       /* whose idempotency key it is */
};

struct reserve;

/* Called once: negative store_status (whether it was booked is unknown for STORE_TIMEOUT and
 * STORE_LOST) or enum reserve_outcome. `reserve` is freed after the call. */
typedef void reserve_done(struct reserve *reserve, int outcome);

struct reserve {
    struct city *city;
    struct edition *edition;
    void *owner; /* the caller's */
    reserve_done *on_done;

    /* The outcome's details, valid in on_done. */
    struct reservation reservation;
    struct applicant applicant;
    char health;
    struct text other_id;
    int64_t opens_at_ms;

    /* Inside. */
    unsigned step, attempts;
    int outcome;
    struct text other; /* as the function names it */
    struct booking booking;
    struct proof proof;
    struct buffer record, plain;
    struct arena arena;
};

/* Starts; on_done is called once and never from inside. */
void reserve_start(struct city *city, const struct reserve_order *order, reserve_done *on_done,
                   void *owner);
