/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/ledger/reservation.h"

/* Whose affair a reservation is, and whether a caller may see and change it: the one rule for all
 * that reads, lists or changes one, wherever its record stands. */

/* What a caller may touch in its city. */
struct reach {
    struct text hall;      /* only what is this hall's affair; empty: every hall's */
    unsigned char creator; /* only what this role booked; 0: whoever booked it */
    struct text booker;    /* … and of that what this member of it booked; what older versions
                            * recorded does not say who it was, and is every member's */
};

/* The hall whose affair it is: where it stands or, of a place that is held for a reservation that a
 * closure is about, where that one stands; of one that has moved on, where it went to. */
struct text reservation_hall(const struct reservation *reservation);

bool reach_covers(const struct reach *reach, const struct reservation *reservation);

/* The same reach with its texts in the arena. */
struct reach reach_copy(struct arena *arena, const struct reach *reach);
