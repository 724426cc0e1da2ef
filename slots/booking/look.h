/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/booking/visit.h"
#include "slots/ledger/refusal.h"

/* The rules that need no store: what the clock, the catalogue and the inventories in memory say of
 * a visit. */

struct look {
    unsigned item; /* which of the visit's a refusal is about */
    int64_t opens_at_ms, draws_at_ms;
};

/* Why the clock alone refuses the visit, whatever the inventories hold; REFUSAL_NONE when it does
 * not. */
enum refusal_kind look_at_clock(const struct visit *visit, struct look *look);
/* The same by all rules that need no store; REFUSAL_NONE when nothing speaks against asking for
 * the places. */
enum refusal_kind look_at_rules(const struct visit *visit, struct look *look);

/* True while bookings of the item's queue and day are entries of a draw. */
bool look_is_in_draw(const struct visit *visit, const struct visit_item *item);
