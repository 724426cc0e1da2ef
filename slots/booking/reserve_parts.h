/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/booking/reserve.h"
#include "store/reply.h"

/* What slots/booking/reserve.c steps through: the order as items, the rules that need no store, the
 * first answer of a repeated request. */

/* Fills the items, the booking's inventory, tag and digest. */
void reserve_take_order(struct reserve *reserve, const struct reserve_order *order);
/* Makes or remakes the items' records: entries of a draw, or bookings. */
void reserve_seal(struct reserve *reserve, bool is_entry);

/* Why the clock alone refuses the order, whatever the inventories hold; RESERVE_BOOKED when it does
 * not. */
enum reserve_outcome reserve_look_at_clock(struct reserve *reserve);
/* The same by all rules that need no store; RESERVE_BOOKED when nothing speaks against asking for
 * the places. */
enum reserve_outcome reserve_look(struct reserve *reserve);
/* True while bookings of the item's queue and day are entries of a draw. */
bool reserve_is_in_draw(const struct reserve *reserve, const struct reserve_item *item);

/* Room for `count` items; those that there were are forgotten. */
void reserve_make_items(struct reserve *reserve, unsigned count);
/* Frees what the items hold, personal data overwritten. */
void reserve_free_items(struct reserve *reserve);

/* Notes the places that the first request got: `lead` and, for a party, all sequences. */
void reserve_note_places(struct reserve *reserve, struct text lead,
                         const struct store_reply *sequences);
/* Reads the records that were found at those places into the items, as they were when they were
 * made. False when one of them cannot be read. `*more` is set when the first names others, which
 * are noted then, to be read with it. */
bool reserve_read_places(struct reserve *reserve, const struct store_reply *records, bool *more);
