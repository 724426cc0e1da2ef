/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/booking/batch.h"
#include "slots/booking/prove.h"
#include "slots/days/draws.h"

/* A booking from the request to its outcome, as a step machine: look at the rules in memory, prove
 * a refusal or let Redis allocate, open the inventory if that had not been done, read the first
 * answer of a repeated request. A plain booking joins the next batch; what names an agent, a party
 * or a package, or may have units that are kept for priority people, is a call of its own, and so
 * is an entry of a draw. */

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

/* One of the reservations that an order is for: each person's of a party, each step of a package,
 * else the only one. The first is the order's own. */
struct reserve_item {
    const struct queue *queue;
    const struct service *service;
    struct reservation reservation;
    struct applicant applicant;
    struct buffer record, plain;
};

struct reserve;

/* Called once: negative store_status (whether it was booked is unknown for STORE_TIMEOUT and
 * STORE_LOST) or enum reserve_outcome. `reserve` is freed after the call. */
typedef void reserve_done(struct reserve *reserve, int outcome);

enum reserve_kind { RESERVE_SINGLE, RESERVE_PARTY, RESERVE_PACKAGE };

struct reserve {
    struct city *city;
    struct edition *edition;
    void *owner; /* the caller's */
    reserve_done *on_done;

    /* The outcome's details, valid in on_done. */
    enum reserve_kind kind;
    struct reserve_item *items;
    unsigned item_count;
    unsigned refused_item;    /* which of them a refusal is about */
    struct reservation other; /* one that stands in the way */
    char health;
    int64_t opens_at_ms, draws_at_ms, until_s;

    /* Inside. */
    unsigned step, attempts, opening;
    bool is_visit;     /* a call of its own */
    bool has_priority; /* somebody may have units that are kept */
    int outcome;
    struct text others[PACKAGE_STEPS_MAX]; /* places of a repeated request, as the functions name
                                            * them, or of the one that stands in the way */
    unsigned other_count;
    struct booking booking;
    struct proof proof;
    struct reservation_parts parts;
    struct reserve_item only;
    struct arena arena;
};

/* Starts; on_done is called once and never from inside. */
void reserve_start(struct city *city, const struct reserve_order *order, reserve_done *on_done,
                   void *owner);
