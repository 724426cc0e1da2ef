/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* What an audit has looked at. */
struct audit_counts {
    uint64_t inventories, reservations, live, offered; /* places held for an answer */
    uint64_t entries, waiting;                         /* of waitlists and draws */
    uint64_t tickets, tickets_waiting;
    uint64_t persons, idempotency_keys;
};
