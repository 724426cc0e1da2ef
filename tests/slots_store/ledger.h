/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/audit.h"
#include "slots/reservation.h"
#include "tests/leaks.h"
#include "tests/store/redis.h"

/* A city's ledger in a Redis of the test's own, written by the Functions themselves: what a worker
 * sends, without the worker. Persons, tags and requests are numbers here. */

#define LEDGER_CITY TEXT("410400")

enum { LEDGER_DAYS = 3, OUTCOME_BYTES = 64 };

struct ledger {
    struct test_redis redis;
    uv_loop_t loop;
    struct store *store;
    struct vault_city keys;
    day_number today; /* 2026-11-23 */
    int64_t now_s;
    const char *eligibility; /* as the reserve function takes it, "o" at first */
    unsigned live_max;       /* 5 at first */
};

/* One booking. */
struct order {
    const char *hall, *queue, *service;
    int day; /* from today on, below LEDGER_DAYS */
    unsigned slot, span, units;
    unsigned person;
    unsigned tag;                /* idempotency key, 0: none */
    unsigned request;            /* which request it is, for the digest */
    char code[CODE_BYTES + 1];   /* made when it is empty */
    char outcome[OUTCOME_BYTES]; /* "3", "-3" or the letters of the function */
};

void ledger_start(struct ledger *ledger);
void ledger_stop(struct ledger *ledger);

/* In a child process after fork(): another connection to the same Redis. */
void ledger_reconnect(struct ledger *ledger);

/* One call of the reserve function for all orders; fills in codes and outcomes. */
void ledger_reserve(struct ledger *ledger, struct order *orders, size_t count);

/* set_capacity of one inventory ("18=10 19=4"); whether anything changed. */
bool ledger_open(struct ledger *ledger, const char *hall, const char *queue, int day,
                 const char *capacity);
bool ledger_adjust(struct ledger *ledger, const char *hall, const char *queue, int day,
                   const char *capacity);

/* "ok", "missing" or "state". */
void ledger_cancel(struct ledger *ledger, const struct order *order, char answer[256]);

/* A field of an inventory, or INT64_MIN when there is none. */
int64_t ledger_units(struct ledger *ledger, const char *hall, const char *queue, int day,
                     const char *field);

/* The key of a kind such as "persons", with a hall and a queue where it has them. */
void ledger_key(const struct ledger *ledger, const char *kind, const char *hall, const char *queue,
                int day, char key[96]);
/* The field and the value of a person and a health code in Redis. */
struct text ledger_person(unsigned number, unsigned char person[PERSON_KEY_BYTES]);

/* The audit's number of breaches; `report` (may be NULL) gets its lines and a NUL. */
int ledger_audit(struct ledger *ledger, struct audit_counts *counts, struct buffer *report);

#define ledger_do(ledger, answer, ...) test_ask((ledger)->store, answer, STORE_ARGS(__VA_ARGS__))
