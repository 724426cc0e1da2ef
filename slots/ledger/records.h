/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"
#include "slots/ledger/reservation.h"

/* Reading the records of several places at once: one HMGET for each of their keys. */

/* Called once: a negative store_status, or 0 with one reservation for each place, in their order.
 * Where nothing stands its status is 0; STORE_STRANGE when a record is malformed. */
typedef void records_callback(void *owner, int status, const struct reservation *found);

/* Reads what stands at `places`, at least one; their salts do not matter. `arena` must stay until
 * the callback; what is found lives in it, and so do the copies of the places. Nothing is unsealed.
 */
void records_read(struct city *city, struct arena *arena, const struct reservation_id *places,
                  unsigned count, records_callback *callback, void *owner);
