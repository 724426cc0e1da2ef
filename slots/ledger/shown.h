/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/catalogue.h"
#include "slots/ledger/reservation.h"

/* What people show: typed by hand, or read by a scanner that ends each code with a line break. The
 * one place that knows what is meant: blanks around it, small letters, and in the random part I, L
 * and O, which it has not, for 1 and 0. */

/* Reads an id of a reservation, an entry or a ticket; false when it is none. A queue that the hall
 * has not is found by its letters in any case. The texts point into `text`, or are the
 * catalogue's. */
bool shown_id(const struct catalogue *catalogue, struct text text, struct reservation_id *id);

/* The same of a code, as it is shown in a hall on a day; the texts may also be in the arena. */
bool shown_code(const struct catalogue *catalogue, struct arena *arena, struct text hall,
                day_number day, struct text text, struct reservation_id *id);
