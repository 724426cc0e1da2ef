/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/slots/harness.h"

/* A ledger with all that becomes of reservations: moved, offered, waited for, of one visit, with a
 * priority, cancelled with delay, closed. For tests that break it somewhere. */

#define SCENE_HALL "410400-01"

enum {
    MOVED,     /* from A 1 to A 2 */
    PRIORITY,  /* A 1 18, of an elderly person */
    FIRST,     /* a package: A 1 19 … */
    LATER,     /* … and B 1 20 */
    PARTY,     /* A 1 20, with a tag */
    COMPANION, /* … together with him */
    HOLDER,    /* C 1 18, the only unit */
    WAITER,    /* waits for C 1 18 */
    SECOND,    /* behind him */
    LEAVER,    /* D 1 18: his unit is offered */
    OFFERED,   /* to this one, who waited */
    RETURNING, /* E 1 18, cancelled; the unit comes back later */
    AFFECTED,  /* F 1 18, closed; A 2 19 is offered */
    ORDERS,
};

struct scene {
    struct ledger ledger;
    struct order orders[ORDERS];
    char moved_to[OUTCOME_BYTES], offer[OUTCOME_BYTES], closure_offer[OUTCOME_BYTES]; /* places */
};
extern struct scene scene;

void scene_set_up(void);
void scene_tear_down(void);

/* A key of the city; valid until the next one. */
struct text scene_key(const char *kind, int day);
/* "HALL QUEUE NUMBER" of a place. */
const char *scene_field(const char *place);
/* The value at a field of a hash becomes `lua`, in which `v` is the present one. */
void scene_change(const char *kind, int day, const char *field, const char *lua);

void scene_expect_breach(unsigned number, const char *words);
void scene_expect_clean(void);
