/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/audit/audit.h"
#include "slots/ledger/reservation.h"
#include "tests/leaks.h"
#include "tests/store/redis.h"

/* A city's ledger in a Redis of the test's own, written by the Functions themselves: what a worker
 * sends, without the worker. Persons, tags and requests are numbers here. */

#define LEDGER_CITY TEXT("410400")
/* The only hall whose floor is used. */
#define LEDGER_HALL TEXT("410400-01")

enum { OUTCOME_BYTES = 64, LEDGER_NO_SHOW_DAYS = 30 };

struct ledger {
    struct test_redis redis;
    uv_loop_t loop;
    struct store *store;
    struct vault_city keys;
    day_number first;        /* 2026-11-23, the day 0 of all that follows */
    day_number today;        /* the same at first */
    int64_t now_s;           /* the clock of the process stands there as well */
    const char *eligibility; /* as the reserve function takes it, "o" at first */
    const char *expected;    /* what the records say of the health code beforehand, "o" at first */
    unsigned live_max;       /* 5 at first */
    bool refuses_overlap;    /* of reservations of one person; not at first */
    /* What the catalogue says of every queue; 0 at first, but for `late_minutes`, 30. */
    unsigned closes_minutes, offer_minutes, resale_minutes, until_minutes, late_minutes;
    unsigned second_look_ms; /* of the audit, 0 at first */
    char outcome[256];       /* of the last of the calls below that give one */
};

/* One booking. */
struct order {
    const char *hall, *queue, *service;
    int day;       /* from the first on */
    int first_day; /* on which it was made, when it was moved since */
    unsigned slot, span, units;
    unsigned person;
    unsigned tag;                   /* idempotency key, 0: none */
    unsigned request;               /* which request it is, for the digest */
    enum reservation_status status; /* in which it is written, 0: booked */
    enum priority priority;
    const char *package;         /* NULL: it is no step of one */
    const char *starts;          /* of a waitlist's entry, a byte each; NULL: it is none */
    char salt[SALT_BYTES + 1];   /* made when it is empty */
    char outcome[OUTCOME_BYTES]; /* "3", "-3" or the letters of the function */
    unsigned sequence;           /* 0 unless it was booked */
    char field[OUTCOME_BYTES];   /* then "HALL QUEUE SEQUENCE" */
    char place[OUTCOME_BYTES];   /* and "DATE HALL QUEUE SEQUENCE" */
};

void ledger_start(struct ledger *ledger);
void ledger_stop(struct ledger *ledger);

/* In a child process after fork(): another connection to the same Redis. */
void ledger_reconnect(struct ledger *ledger);

/* One call of the reserve function for all orders; fills in what is told of each. */
void ledger_reserve(struct ledger *ledger, struct order *orders, size_t count);

/* Makes the order's salt, unless it has one. */
void ledger_salt(struct order *order);
/* The order's record as a worker writes it. */
void ledger_record(struct ledger *ledger, const struct order *order, struct buffer *record);
/* Fills in what is told of an order that was booked under `sequence` (negative: for the desk). */
void ledger_note_booked(const struct ledger *ledger, struct order *order, int64_t sequence);

/* --- The Functions of the ledger call (tests/slots/ledger_calls.c) -----------------------
 */

enum { ASKED_PLACES_MAX = 16, ASKED_ARGS_MAX = 64, ASKED_DETAILS = 5 };

/* A call in the making: its places, its own arguments; and what was answered. */
struct asked {
    struct ledger *ledger;
    struct text function;
    struct {
        const char *hall, *queue;
        int day;
    } places[ASKED_PLACES_MAX];
    size_t place_count;
    bool is_of_floor; /* it is about the floor of LEDGER_HALL today */
    int64_t token;    /* of the lease under which it is made; 0: none */
    struct text args[ASKED_ARGS_MAX];
    size_t arg_count;
    struct arena arena;
    char outcome[256];
    char details[ASKED_DETAILS][256]; /* those that are texts or numbers */
    int list[8];                      /* the numbers of the first detail that is a list of them */
    size_t events;                    /* how many it told */
};

void ledger_ask(struct asked *asked, struct ledger *ledger, struct text function);
/* The number of a place, from 1; the same place has the same. */
unsigned asked_place(struct asked *asked, const char *hall, const char *queue, int day);
void asked_push(struct asked *asked, struct text arg);
void asked_push_number(struct asked *asked, int64_t arg);
void asked_push_place(struct asked *asked, const char *hall, const char *queue, int day);
/* Sends it; the answer stands in it until the next one. */
const char *asked_end(struct asked *asked);

/* set_capacity of one inventory ("18=10 19=4/1"); whether anything changed. */
bool ledger_open(struct ledger *ledger, const char *hall, const char *queue, int day,
                 const char *capacity);
bool ledger_adjust(struct ledger *ledger, const char *hall, const char *queue, int day,
                   const char *capacity);

/* A visit of `kind` "single", "party" or "package"; the outcome, and of "ok" what is told of each
 * part. */
const char *ledger_visit(struct ledger *ledger, const char *kind, struct order *parts, size_t count,
                         const char *tag);
/* An entry of the waitlist ("w") or of the draw ("d"); the order's sequence is its number then. */
const char *ledger_enter(struct ledger *ledger, const char *kind, struct order *order);
/* To another day and half hour of the same queue; the order tells then where it stands. */
const char *ledger_move(struct ledger *ledger, struct order *order, int day, unsigned slot);
/* By the person, with the units back after some seconds, and their coming back. `later`: the other
 * step of a package, or NULL. */
const char *ledger_cancel_slowly(struct ledger *ledger, const struct order *order,
                                 const struct order *later, unsigned seconds);
const char *ledger_release(struct ledger *ledger, const struct order *order);
/* "accept", "decline" or "lapse" of an offer that stands where the order says. */
const char *ledger_answer(struct ledger *ledger, const char *mode, const struct order *offer);

/* "ok", "missing" or "state". */
void ledger_cancel(struct ledger *ledger, const struct order *order, char answer[256]);

/* One call of the sweep of persons: from `cursor` to where it goes on. */
uint64_t ledger_sweep(struct ledger *ledger, uint64_t cursor);

/* Another day dawns. */
void ledger_advance(struct ledger *ledger, int days);

/* A field of an inventory, or INT64_MIN when there is none. */
int64_t ledger_units(struct ledger *ledger, const char *hall, const char *queue, int day,
                     const char *field);

/* "20261124" */
const char *ledger_date(const struct ledger *ledger, int day, char bytes[16]);
/* The key of a kind such as "persons", of a day where it has one. */
void ledger_key(const struct ledger *ledger, const char *kind, int day, char key[96]);
/* "HALL QUEUE name" */
void ledger_field(const char *hall, const char *queue, const char *name, char field[96]);
/* The field of a person in Redis. */
struct text ledger_person(unsigned number, unsigned char person[PERSON_KEY_BYTES]);

/* The audit's number of breaches; `report` (may be NULL) gets its lines and a NUL. */
int ledger_audit(struct ledger *ledger, struct audit_counts *counts, struct buffer *report);

/* Exactly one breach, whose line begins with the number and names the key and what is said of it.
 */
void ledger_expect_breach(struct ledger *ledger, unsigned number, const char *key,
                          const char *words);

#define ledger_do(ledger, answer, ...) test_ask((ledger)->store, answer, STORE_ARGS(__VA_ARGS__))
