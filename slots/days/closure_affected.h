/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/days/closing.h"
#include "slots/ledger/parts.h"

/* An affected reservation, or a place held in a closed half hour, that was found. */
struct affected_found {
    struct reservation_id id; /* texts in the closing's arena */
    struct text service;
    int64_t created_at_ms;
    struct parts_places places; /* of a lifting: what belongs to it */
};

/* Those whom a closure affects, or its lifting makes valid again: found among the hall's
 * reservations of the day, dealt with some at a call, then read as they stand. */
struct affected {
    struct closing *closing;
    struct affected_found *found; /* in the order of booking */
    unsigned found_count, dealt_count;
    struct reservation_id *places; /* of the dealt, where only those are known */
    struct reservation *items;     /* the dealt, once they are known */
    unsigned count;

    size_t searched;            /* queues */
    struct day_capacity *after; /* of a lifting: of the hall's queues behind it, in the arena */
    int status;
    void (*callback)(void *owner, int status);
    void *owner;
};

void affected_init(struct affected *affected, struct closing *closing);
void affected_free(struct affected *affected);

/* Finds those who are affected now; what was found before is forgotten. The callback, perhaps from
 * inside, gets 0 or a negative store_status, and so does the next one. */
void affected_find(struct affected *affected, void (*callback)(void *owner, int status),
                   void *owner);

/* The arguments of the call that deals with the next of those found (slots/days/closures.lua),
 * behind the head. Nobody may be affected: then there is one call for none. */
void affected_push_next(const struct affected *affected, struct ledger_call *call);
/* Takes what it answered; false when that is malformed. */
bool affected_take_dealt(struct affected *affected, const struct store_reply *reply);
bool affected_are_dealt(const struct affected *affected);

/* Reads the records of those that were dealt with, of their offers and further steps. */
void affected_read(struct affected *affected, void (*callback)(void *owner, int status),
                   void *owner);
/* Gives each of them; 0, or STORE_STRANGE when one cannot be unsealed. */
int affected_give(const struct affected *affected,
                  void (*give)(void *owner, const struct reservation *reservation,
                               const struct applicant *applicant),
                  void *owner);
