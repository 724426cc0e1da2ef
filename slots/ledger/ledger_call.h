/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"
#include "slots/ledger/library.h"
#include "slots/ledger/reservation.h"

/* A call of one of the Functions that change a city's ledger (all but `reserve`, which has columns
 * of its own). They share their keys, the first arguments (the city's rules, facts of the places
 * that the call is about) and the head of their reply: slots/ledger/ledger.lua says what stands
 * where. */

enum {
    LEDGER_DETAILS = 3,
    LEDGER_EVENTS_AN_ENTRY = 500, /* of the stream: EVENTS_AN_ENTRY of slots/ledger/events.lua */
};

struct ledger_call {
    struct city *city;
    struct text function;
    day_number *days; /* of the places, each once, in order when it is sent */
    unsigned day_count, day_capacity;
    struct text *places; /* any number of them */
    unsigned place_count, place_capacity;
    unsigned *buckets; /* the places' numbers by a hash of their texts; 0: empty */
    unsigned bucket_count;
    struct text hall; /* whose floor the call is about; empty: none's */
    day_number hall_day;
    int64_t fence; /* token of the lease it is made under; 0: none */
    struct text *args;
    unsigned arg_count, arg_capacity;
    struct arena arena;
};

/* Called once: a negative store_status, or 0 with the outcome ("ok", or a refusal with what it
 * needs) and the whole reply, whose details begin at LEDGER_DETAILS; both valid in the call. The
 * reply's events have been applied to the city's view. */
typedef void ledger_callback(void *owner, int status, struct text outcome,
                             const struct store_reply *reply);

/* `function`: a member of slots_library. */
void ledger_call_start(struct ledger_call *call, struct city *city, struct text function);

/* The number (from 1) of a place among the call's: a queue's day, with what the catalogue says of
 * the queue; one that left the catalogue has the catalogue's defaults. The same place has the same
 * number. */
unsigned ledger_call_place(struct ledger_call *call, struct text hall, struct text queue,
                           day_number day);

/* The call is about a hall's day: its tickets, windows, line and ledger of calls are keys too,
 * behind those of the days. */
void ledger_call_hall(struct ledger_call *call, struct text hall, day_number day);

/* The call is a part of a pass over the city that holds the lease with this token
 * (scheduler/lease.h; 0 changes nothing): once another lease was given its outcome is "fenced", and
 * nothing was done. Of `end_day` and `promote` only. */
void ledger_call_fence(struct ledger_call *call, int64_t token);

/* The function's own arguments, in their order; texts are copied. */
void ledger_call_push(struct ledger_call *call, struct text arg);
void ledger_call_push_integer(struct ledger_call *call, int64_t arg);
/* Pushes what the buffer holds, and frees it. */
void ledger_call_push_words(struct ledger_call *call, struct buffer *words);
/* What plan_capacity() told, as the functions read it. */
void ledger_call_push_capacity(struct ledger_call *call, const struct day_capacity *capacity);
/* The number of that place. */
void ledger_call_push_place(struct ledger_call *call, struct text hall, struct text queue,
                            day_number day);

/* Sends it and frees what the call holds; `callback` is never called from inside. */
void ledger_call_send(struct ledger_call *call, ledger_callback *callback, void *owner);
/* Frees a call that is not to be sent. */
void ledger_call_drop(struct ledger_call *call);

/* Seconds from now until the keys of a day may go: `retention_days` after it. */
int64_t ledger_seconds_kept(const struct city *city, day_number day);

/* How the city asks for health codes, as the Functions take it: 'o' off, or on an unknown code 'r'
 * refuse, 'a' allow, 'd' let the desk check. */
char ledger_eligibility(const struct catalogue *catalogue);

/* Whether reservations of a person may share a half hour, as the Functions take it: "r" refuse, "a"
 * allow. */
struct text ledger_overlap(const struct catalogue *catalogue);
