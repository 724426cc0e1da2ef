/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue.h"
#include "store/store.h"

/* Recomputes the invariants of the contract (section 7) from the ledger of one city: its
 * reservations, inventories, persons, idempotency keys. Reads only; needs no key, personal data
 * stay sealed. `report` gets one English line for each breach, beginning with the invariant's
 * number. Returns the number of breaches, or a negative store_status. Runs the loop. */
struct audit_counts {
    uint64_t inventories, reservations, live, persons, idempotency_keys;
};
int audit_city(struct store *store, struct text city, struct audit_counts *counts,
               struct buffer *report);
