/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "slots/audit/counts.h"
#include "slots/catalogue/catalogue.h"
#include "slots/ledger/reservation.h"
#include "store/store.h"

/* Private to the audit: its parts, and what they share.
 *
 * The audit runs against a store that serves: it must neither take a booking on its way for a
 * breach nor keep Redis from others. So what must agree is read by one script, at one instant, and
 * that is never a whole day: one inventory with the sums of its reservations (their number is
 * bounded by what one queue can serve, and only some bytes of each are looked at), then some
 * hundreds of records with the index entries of their persons, some hundreds of pairs of records
 * that name each other, some hundreds of persons with the records that they name. Between two such
 * reads bookings may come and go.
 *
 * Keys of one day expire within the same 24 hours, but not at the same instant, so one that is in
 * its last day may stand while its fellow is gone. The index of persons is swept of past days bit
 * by bit, so it is looked at only from the day on that the sweep names. That day is also the best
 * that a ledger says of the time: the service's clock is not the audit's. */

enum {
    AUDIT_CAPACITY = 1,
    AUDIT_REMAINING = 2, /* also what holds units without end, or keeps the wrong number of them */
    AUDIT_RECORD = 3,    /* damaged or not to be found, so what was acknowledged is lost */
    AUDIT_PERSON = 4,
    AUDIT_IDEMPOTENCY = 5,
    AUDIT_HEALTH = 7,
    AUDIT_TICKET = 8,
    AUDIT_SEQUENCE = 9,
    AUDIT_WAITLIST = 10,
    AUDIT_INVARIANTS = 11,
};

enum { AUDIT_TIMEOUT_MS = 60000, AUDIT_LAST_DAY_SECONDS = 86400 };

/* Texts that somebody else owns. */
struct audit_names {
    struct text *items;
    size_t count, capacity;
};

void audit_names_add(struct audit_names *names, struct text name);
/* Puts them in order, each once: HSCAN may give a field twice. */
void audit_names_settle(struct audit_names *names);
/* Of settled ones. */
bool audit_names_have(const struct audit_names *names, struct text name);

/* Two places of which the first's record names the second. */
enum audit_link_kind {
    AUDIT_LINK_MOVED,    /* stands there now */
    AUDIT_LINK_OFFER,    /* is offered instead of it */
    AUDIT_LINK_OFFERED,  /* is offered it */
    AUDIT_LINK_FOLLOWER, /* has this as a later step of its package */
    AUDIT_LINK_LEAD,     /* has this as the first step of its package */
};

struct audit_link {
    enum audit_link_kind kind;
    struct text from, to;
};

struct audit_links {
    struct audit_link *items;
    size_t count, capacity;
};

struct audit {
    struct store *store;
    struct text city;
    struct catalogue *catalogue; /* NULL when none is stored */
    day_number persons_from;     /* from which day on the index of persons is whole */
    struct audit_counts *counts;
    struct audit_links links;           /* that are still to be looked at */
    struct audit_links moves;           /* all of them, for cycles */
    struct audit_names suspects, again; /* who waits although units are free, at the first look and
                                           at the second: "DATE HALL QUEUE NUMBER" */
    struct buffer lines[AUDIT_INVARIANTS];
    uint64_t breaches[AUDIT_INVARIANTS];
    struct arena arena; /* of links and suspects */
};

/* One breach of an invariant: a line "N KEY: what is wrong"; beyond a limit they are only counted.
 */
void audit_breach(struct audit *audit, unsigned invariant, struct text key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts the breaches into the report, invariant by invariant, and frees them; returns how many there
 * are (report.c). */
int audit_report(struct audit *audit, struct buffer *report);

/* Whether the index of persons may have forgotten the day: the sweep says from which one on it is
 * whole. */
bool audit_is_past(const struct audit *audit, day_number day);

/* True for the TTL (as Redis gives it, in seconds) of a key that may have outlived its fellows. */
static inline bool audit_is_expiring(int64_t ttl_seconds)
{
    return ttl_seconds >= 0 && ttl_seconds <= AUDIT_LAST_DAY_SECONDS;
}

/* Lua: `head(record)` gives a record without what is sealed, and the length of that;
 * `extra(record, tag)` the first value of a tag of its extras, or nil. */
#define AUDIT_LUA_HEAD                                                                             \
    "local function creator(record)\n"                                                             \
    "  local at = 26\n" /* behind the salt: service, channel, each with its length */              \
    "  for _ = 1, 2 do at = at + 1 + (record:byte(at) or 0) end\n"                                 \
    "  return at\n"                                                                                \
    "end\n"                                                                                        \
    "local function head(record)\n"                                                                \
    "  local at = creator(record)\n"                                                               \
    "  local last = at + 6\n"                                                                      \
    "  if (record:byte(at) or 0) >= 128 then\n"                                                    \
    "    local high, low = record:byte(last + 1, last + 2)\n"                                      \
    "    last = last + 2 + (high or 0) * 256 + (low or 0)\n"                                       \
    "  end\n"                                                                                      \
    "  return record:sub(1, last), #record - last\n"                                               \
    "end\n"                                                                                        \
    "local function extra(record, tag)\n"                                                          \
    "  local at = creator(record)\n"                                                               \
    "  if (record:byte(at) or 0) < 128 then return nil end\n"                                      \
    "  local extras = (head(record)):sub(at + 9)\n"                                                \
    "  at = 1\n"                                                                                   \
    "  while at < #extras do\n"                                                                    \
    "    local last = at + 1 + extras:byte(at + 1)\n"                                              \
    "    if extras:sub(at, at) == tag then return extras:sub(at + 2, last) end\n"                  \
    "    at = last + 1\n"                                                                          \
    "  end\n"                                                                                      \
    "  return nil\n"                                                                               \
    "end\n"

/* Reads such a head; false when the record is not one that the service writes. */
bool audit_parse_head(struct text head, struct reservation *reservation);

/* --- Reading (read.c) --------------------------------------------------------------------
 */

/* A script in the making: EVAL_RO with its keys and arguments. */
struct audit_call {
    struct text *args;
    size_t count, capacity;
    struct arena arena; /* what the arguments point to, unless it lives elsewhere */
};

void audit_call_start(struct audit_call *call, const char *script, size_t key_count);
void audit_call_push(struct audit_call *call, struct text arg);
void audit_call_push_integer(struct audit_call *call, int64_t arg);
/* Sends it, waits for the answer and frees it. */
enum store_status audit_call_end(struct audit_call *call, struct audit *audit,
                                 store_callback *callback, void *owner);

/* A page of HSCAN: names and values, copied. */
struct audit_page {
    struct buffer cursor;
    struct text *items; /* in the arena: name, value, name, value … */
    size_t count;
    struct arena arena;
};

typedef enum store_status audit_take(void *owner, const struct audit_page *page);

/* Calls `take` with each page of the hash at `key`; HSCAN may give a field twice. */
enum store_status audit_scan(struct audit *audit, struct text key, audit_take *take, void *owner);

/* Adds the number of fields to `*count`. */
enum store_status audit_count_fields(struct audit *audit, struct text key, uint64_t *count);

/* Distinct days, in the order in which they were met. */
struct audit_days {
    day_number *items;
    size_t count, capacity;
};

/* The place of the day, which is added when it is new. */
size_t audit_days_place(struct audit_days *days, day_number day);

/* --- A day's inventories and reservations ------------------------------------------------------
 */

enum { AUDIT_RECORDS_A_CALL = 500 };

struct audit_day {
    struct audit *audit;
    day_number number;
    struct text units_key, reservations_key;
    struct text holding_letters;  /* of the statuses that hold units */
    struct audit_names queues;    /* "HALL QUEUE " of each inventory, settled */
    struct audit_names malformed; /* fields that are still to be told */
    struct arena arena;

    /* Reservations whose records are still to be looked at. */
    struct text fields[AUDIT_RECORDS_A_CALL];
    size_t field_count;
    struct arena fields_arena;
};

/* The length of "HALL QUEUE " in front of a field; 0 when it does not begin with one. */
size_t audit_queue_length(struct text field);

/* "HALL QUEUE " without the blank at its end, for people. */
#define AUDIT_QUEUE_ARG(queue) TEXT_ARG(text_part(queue, 0, (queue).length - 1))

void audit_day_tell_malformed(struct audit_day *day, struct text key);

/* Puts a reservation among those to be looked at, or the queue's first `last`; looks at what is
 * enough for a call, and at last at the rest (records.c). */
int audit_day_look_at(struct audit_day *day, struct text field);
int audit_day_look_at_all(struct audit_day *day, struct text queue, int64_t last);
int audit_day_look_at_rest(struct audit_day *day);

/* The inventory of "HALL QUEUE " against its reservations. */
int audit_inventory(struct audit_day *day, struct text queue);
/* The reservations that no inventory counts. */
int audit_strays(struct audit_day *day);

/* --- Parts -------------------------------------------------------------------------------------
 * 0 or a negative store_status.
 */

/* The inventories of a day against its reservations, and those against the index of persons. */
int audit_day(struct audit *audit, day_number day);

/* The entries of a day's waitlists and draws against one another and against who waits. */
int audit_entries(struct audit *audit, day_number day);

/* Who waits on a day, and whether he need not: fills `found` with the places of those whom free
 * units fit. What is wrong besides is told when `is_first`. */
int audit_waiting(struct audit *audit, day_number day, bool is_first, struct audit_names *found);

/* Notes that the record at `from` names the place `to`. */
void audit_link(struct audit *audit, enum audit_link_kind kind, struct text from, struct text to);
/* Looks at both ends of the links that were noted, if they are enough for a call or `all`. */
int audit_links_check(struct audit *audit, bool all);
/* Whether what was moved comes to an end. */
void audit_moves_check(struct audit *audit);

/* One end of a link as it was read. */
struct audit_end {
    struct text place;
    struct reservation reservation;
    bool is_there, is_malformed;
    int64_t swept; /* first half hour of its inventory whose no-shows are not marked yet */
};

/* Whether the record still says what it said when the link was noted. */
bool audit_still_names(const struct audit_end *from, const struct audit_link *link);
/* What is wrong with the other end, said of it; NULL when nothing is. (ends.c) */
const char *audit_link_fault(const struct audit_end *from, const struct audit_end *to,
                             enum audit_link_kind kind);

/* The tickets of a day against its windows, those who wait in line, and the reservations that they
 * name, hall by hall. */
int audit_tickets(struct audit *audit, day_number day);

/* The index of persons against the reservations that it names. */
int audit_persons(struct audit *audit);

/* The idempotency keys of these days against the reservations that they name. */
int audit_idempotency(struct audit *audit, const struct audit_days *days);
