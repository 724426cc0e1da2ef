/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/closures.h"
#include "slots/ledger_call.h"
#include "slots/parts.h"

/* Private to closures: one that is being made or lifted, as a step machine. */

enum closing_step {
    CLOSING_LOOK,    /* is there something to do? */
    CLOSING_OPEN,    /* inventories that could take people in but are not open yet */
    CLOSING_SEND,    /* the one call that closes or lifts */
    CLOSING_SCAN,    /* the day's reservations: what is to be touched */
    CLOSING_DEAL,    /* behind the closing, before the lifting: those found, some at a call */
    CLOSING_TAKE_IN, /* this worker knows of it before it answers */
    CLOSING_BRING,   /* of a hall with very many queues: the inventories that are left */
    CLOSING_REFRESH, /* the plan was older than the store's */
    CLOSING_READ,    /* the records of the affected */
    CLOSING_PARTS,   /* and of their offers and further steps */
    CLOSING_GIVE,
    CLOSING_DONE,
};

enum closing_flow { CLOSING_MORE, CLOSING_WAIT };

/* So many are dealt with in a call; of so many inventories the capacity is changed in the call that
 * closes or lifts. */
enum { AFFECTED_A_CALL = 50, INVENTORIES_A_CLOSURE = 16 };

/* An affected reservation, or a place held in a closed half hour, that was found by the scan. */
struct scanned {
    struct reservation_id id; /* texts in the arena */
    struct text service;
    int64_t created_at_ms;
    struct parts_places places; /* of a lifting: what belongs to it */
};

struct closing {
    struct city *city;
    struct edition *edition; /* held, as the next two are of it */
    const struct hall *hall;
    struct closure closure; /* its texts in the arena; without a number until it is made */
    bool is_lifting, has_tag;
    bool is_left; /* some inventories are not brought to their capacity yet */
    unsigned char tag[TAG_BYTES], digest[DIGEST_BYTES]; /* of the idempotency key */
    struct closures_listener listener;

    enum closing_step step, after_taking_in;
    unsigned attempts, in_flight;
    int status;
    struct refusal refusal;

    size_t scanned_queue;
    struct day_capacity *after; /* of a lifting: of the hall's queues behind it, in the arena */
    struct scanned *scanned;
    unsigned scanned_count, dealt_count;
    struct reservation_id *places; /* of the affected, where only those are known */
    struct reservation *affected;
    unsigned affected_count;
    struct arena arena;
};

/* Goes on with the flow after its wait. */
void closing_run(struct closing *closing);
/* Ends the flow with a negative store_status; CLOSING_MORE. */
enum closing_flow closing_fail(struct closing *closing, int status);

/* True when the closure takes a half hour from the queue's reservation. */
bool closing_touches(const struct closing *closing, const struct reservation *reservation);

/* The calls, and what is taken from their answers (slots/closures_call.c): the one that closes or
 * lifts; that which deals with the next of those found. False when an answer is malformed. */
void closing_fill_call(struct closing *closing, struct ledger_call *call);
void closing_fill_deal(struct closing *closing, struct ledger_call *call);
bool closing_take_dealt(struct closing *closing, const struct store_reply *reply);
/* How many that one is about; none when nobody is affected. */
unsigned closing_deal_count(const struct closing *closing);

/* The steps about reservations (slots/closures_affected.c). */
enum closing_flow closing_scan(struct closing *closing);
enum closing_flow closing_read(struct closing *closing);
enum closing_flow closing_read_parts(struct closing *closing);
enum closing_flow closing_give(struct closing *closing);
