/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "slots/audit/counts.h"
#include "store/store.h"

/* Recomputes the invariants (docs/operations.md) from the ledger of one city: its
 * reservations, inventories, waitlists, tickets, persons, idempotency keys. Reads only; needs no
 * key, personal data stay sealed. `report` gets one English line for each breach, beginning with
 * the invariant's number.
 *
 * Whom a rule refused while units were free is given them within a minute of that rule's end. So
 * what looks like a breach of AUDIT_WAITLIST is looked at again `second_look_ms` later (0: at once,
 * where nothing is given meanwhile), and only what still stands is one.
 *
 * Returns the number of breaches, or a negative store_status. Runs the loop. */
int audit_city(struct store *store, struct text city, unsigned second_look_ms,
               struct audit_counts *counts, struct buffer *report);
