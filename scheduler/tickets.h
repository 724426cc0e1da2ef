/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "scheduler/ticket.h"
#include "slots/catalogue/city.h"
#include "slots/ledger/reach.h"

/* Tickets (号票): a reservation's check-in (签到取号), a walk-in's number (现场取号), reading one.
 * What is decided atomically is scheduler/tickets.lua's; here are the rules that the
 * clock, the catalogue and the plan decide. */

/* A ticket as the store has it; its texts are valid in the call that gives it. */
struct ticket_found {
    struct reservation_id id; /* of KIND_TICKET: hall, issuing queue, day, number, salt */
    struct ticket ticket;
    bool has_reservation;
    struct reservation_id reservation; /* that it was checked in for, as its person knows it */
};

/* --- Check-in --- */

/* How long before its half hour a reservation can be checked in. */
enum { CHECK_IN_EARLY_MINUTES = 30 };

enum check_in_outcome {
    CHECK_IN_DONE,         /* `found`: the new ticket, or the one that it has already */
    CHECK_IN_MISSING,      /* no such reservation, or the person has none here today */
    CHECK_IN_OUT_OF_REACH, /* it is not within the caller's reach */
    CHECK_IN_TOO_EARLY,    /* `opens_at_ms`: 30 minutes before its half hour */
    CHECK_IN_LAPSED,       /* later than the queue's late_minutes behind its last half hour */
    CHECK_IN_DAY_OVER,     /* not later, but behind midnight: he is excused */
    CHECK_IN_NOT_GREEN,    /* `health` */
    CHECK_IN_WRONG_STATE,  /* `state`: it is cancelled, done, a no-show … */
};

/* The outcome's details, valid in the callback. */
struct check_in_result {
    const struct ticket_found *found; /* NULL unless done */
    int64_t opens_at_ms;              /* Unix ms */
    char health;                      /* enum health_code */
    enum reservation_status state;
};

/* Called once, never from inside: a negative store_status (whether it was done is unknown for
 * STORE_TIMEOUT and STORE_LOST; asking again gives the same ticket) or enum check_in_outcome. */
typedef void check_in_callback(void *owner, int outcome, const struct check_in_result *result);

/* Checks a reservation in by its id, a package with all its steps; it is followed to where it
 * stands. The reach and the texts are copied. Who missed his calls and checks in again waits again,
 * behind as many as his queue's `requeue_places`. */
void tickets_check_in(struct city *city, const struct reservation_id *id, const struct reach *reach,
                      check_in_callback *callback, void *owner);

/* The day whose reservations may matter at this minute of a day, beside its own: 1 the next one,
 * whose first half hour can be checked in already; -1 the one before, whose last late minutes are
 * not over; 0 none. */
int check_in_other_day(const struct hall *hall, unsigned minute);

/* Checks in what the person of that (normalised) ID number has in the hall today, or around
 * midnight on the other day: of several, what can be checked in now and begins first; else what is
 * checked in already; else what comes next. */
void tickets_check_in_person(struct city *city, struct text hall, enum id_type id_type,
                             struct text id_number, check_in_callback *callback, void *owner);

/* --- Walk-ins --- */

enum issue_outcome {
    ISSUE_DONE,     /* `found` */
    ISSUE_REPEATED, /* the same request again: `found` is the first one's ticket, as it is now */
    ISSUE_MISMATCH, /* its idempotency key was used for another request */
    ISSUE_CLOSED,   /* `closure` or `reason`, and `opens_at_ms` */
    ISSUE_FULL, /* the half hour's walk-ins are used up: `opens_at_ms` is the next one's start */
    ISSUE_NOT_GREEN, /* `health` */
    ISSUE_TICKETED,  /* the person has the open number `found` here */
    ISSUE_RESERVED,  /* he has `reservation` here, which is to be checked in */
    ISSUE_DAY_LIMIT, /* his numbers of the day are used up, until `opens_at_ms` */
};

/* What is asked for; hall, queue and service are of the city's present edition, texts are copied.
 */
struct issue_order {
    const struct hall *hall;
    const struct queue *queue; /* of the hall, serves the service */
    const struct service *service;
    enum priority priority;
    const struct person *applicant; /* checked and normalised; NULL: nobody is named */
    struct text principal;          /* whose idempotency key it is */
    struct text idempotency_key;    /* empty: none */
};

struct issue_result {
    const struct ticket_found *found;
    const struct closure
        *closure;        /* in force over this half hour; NULL: the hours are the reason */
    struct text reason;  /* the holiday's name, "weekend", "closed"; "hours" outside them */
    int64_t opens_at_ms; /* Unix ms from which a ticket can be had; 0: not within 14 days */
    char health;
    struct reservation_id reservation; /* as its person knows it */
};

/* Called once, never from inside: a negative store_status or enum issue_outcome. */
typedef void issue_callback(void *owner, int outcome, const struct issue_result *result);

/* Issues a walk-in's ticket now. */
void tickets_issue(struct city *city, const struct issue_order *order, issue_callback *callback,
                   void *owner);

/* --- Reading --- */

/* `found` is NULL when there is no such ticket, or with another salt. `status`: 0 or a negative
 * store_status. Called once, never from inside. */
typedef void ticket_callback(void *owner, int status, const struct ticket_found *found);

void tickets_lookup(struct city *city, const struct reservation_id *id, ticket_callback *callback,
                    void *owner);

/* Reads what a ticket's record does not say, its reservation's id. `key`: 'ISSUER/tN' of the hall's
 * day; texts are copied. For those who have the record at hand (a Function's reply): `found` is
 * never NULL then, and `status` STORE_STRANGE when the record is malformed. May call back from
 * inside. */
void tickets_complete(struct city *city, struct text hall, day_number day, struct text key,
                      struct text record, ticket_callback *callback, void *owner);
