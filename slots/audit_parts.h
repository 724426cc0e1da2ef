/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "slots/audit.h"
#include "slots/reservation.h"

/* Private to the audit: its parts, and what they share.
 *
 * The audit runs against a store that serves. What must agree is therefore read by one script at
 * one instant: a hall's day with the persons of its reservations, some persons with the
 * reservations that they name. Between two such reads bookings may come and go without being taken
 * for a breach. Keys of one day expire within the same 24 hours, but not at the same instant, so
 * one that is in its last day may stand while its fellow is gone. */

enum {
    AUDIT_CAPACITY = 1,
    AUDIT_REMAINING = 2,
    AUDIT_RECORD = 3, /* damaged, so what was acknowledged is lost */
    AUDIT_PERSON = 4,
    AUDIT_IDEMPOTENCY = 5,
    AUDIT_HEALTH = 7,
    AUDIT_SEQUENCE = 9,
    AUDIT_INVARIANTS = 10,
};

enum { AUDIT_TIMEOUT_MS = 60000, AUDIT_LAST_DAY_SECONDS = 86400 };

struct audit {
    struct store *store;
    struct text city;
    struct audit_counts *counts;
    struct buffer lines[AUDIT_INVARIANTS];
    uint64_t breaches[AUDIT_INVARIANTS];
};

/* One breach of an invariant: a line "N KEY: what is wrong"; beyond a limit they are only counted.
 */
void audit_breach(struct audit *audit, unsigned invariant, struct text key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* True for the TTL (as Redis gives it, in seconds) of a key that may have outlived its fellows. */
static inline bool audit_is_expiring(int64_t ttl_seconds)
{
    return ttl_seconds >= 0 && ttl_seconds <= AUDIT_LAST_DAY_SECONDS;
}

/* Lua: `head(record)` gives a record without what is sealed, and the length of that. */
#define AUDIT_LUA_HEAD                                                                             \
    "local function head(record)\n"                                                                \
    "  local at = 24\n" /* behind the person: queue, service, channel, each with its length */     \
    "  for _ = 1, 3 do at = at + 1 + (record:byte(at) or 0) end\n"                                 \
    "  return record:sub(1, at + 6), #record - at - 6\n"                                           \
    "end\n"

/* Reads such a head; false when the record is not one that the service writes. */
bool audit_parse_head(struct text head, struct reservation *reservation);

/* The hall's inventories of a day against its reservations, and those against the index of persons.
 * `queues` are those known to have an inventory. 0 or a negative store_status, as the others. */
int audit_hall_day(struct audit *audit, struct text hall, day_number day, const struct text *queues,
                   size_t queue_count);

/* The index of persons of a day against the reservations that it names. */
int audit_persons(struct audit *audit, day_number day);

/* The idempotency keys of these days against the reservations that they name. */
int audit_idempotency(struct audit *audit, const day_number *days, size_t count);
