/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"
#include "slots/ledger/ledger_call.h"

/* Of so many inventories the capacity is changed in the call that closes or lifts. */
enum { INVENTORIES_A_CLOSURE = 16 /* closures.lua */ };

/* A closure that is being made or lifted: what it is to take or give back. */
struct closing {
    struct city *city;
    struct edition *edition; /* of the last closing_look_up(), held; the hall is of it */
    const struct hall *hall;
    struct closure closure; /* its texts in the arena; without a number until it is made */
    bool is_lifting, has_tag;
    bool is_left; /* some inventories are not brought to their capacity yet */
    unsigned char tag[TAG_BYTES], digest[DIGEST_BYTES]; /* of the idempotency key */
    struct arena arena;
};

void closing_init(struct closing *closing, struct city *city, const struct closure *closure);
void closing_free(struct closing *closing);

/* Takes hall and plan from the present edition; false when it has no such hall or queue. */
bool closing_look_up(struct closing *closing);
/* Goes on with the closure as it stands in the plan; its texts are copied. */
void closing_take(struct closing *closing, const struct closure *closure);
/* Names the request, by which a repeated one is known; `idempotency_key` may be empty. */
void closing_tag(struct closing *closing, struct text principal, struct text idempotency_key);

/* The arguments of the call that closes or lifts (slots/days/closures.lua), behind the head; notes
 * whether inventories are left that the call does not bring. */
void closing_push(struct closing *closing, struct ledger_call *call);
/* 'HALL DATE', and the number of a closure that has one. */
void closing_push_name(const struct closing *closing, struct ledger_call *call);
