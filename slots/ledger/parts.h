/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/ledger/ledger_call.h"

/* The records that belong to a reservation's: the other steps of its package, the place that is
 * held for it. */

enum { PARTS_MAX = PACKAGE_STEPS_MAX + 1 };

/* How many there are, PARTS_MAX at most. */
unsigned parts_count(const struct reservation *reservation);

/* Where they stand: parts_count() places, whose texts point into the reservation's. False when one
 * of them is malformed. */
bool parts_places(const struct reservation *reservation, struct reservation_id *places);

/* Makes them the reservation's `parts`: `found` in the order of their places, which must stay. An
 * offer that is held no more is left out. False when a step is missing. */
bool parts_take(struct reservation *reservation, const struct reservation *found,
                struct reservation_parts *parts);

/* Reads 'QUEUE SEQUENCE', another queue of the same hall and day. */
bool parts_beside(const struct reservation_id *place, struct text beside,
                  struct reservation_id *id);

/* Places in an arena. */
struct parts_places {
    struct reservation_id *items;
    unsigned count;
};

/* All that a change of the reservation may touch: of all its steps, of what is held for them, and
 * of their origins; texts are copied. False when one of them is malformed. */
bool parts_all_places(const struct reservation *reservation, struct arena *arena,
                      struct parts_places *places);
void parts_push_places(const struct parts_places *places, struct ledger_call *call);

/* Adds to a ledger call the places that a change of the reservation may touch: of all its steps, of
 * what is held for them, and of their origins. False when one of them is malformed. */
bool parts_add_places(const struct reservation *reservation, struct ledger_call *call);
