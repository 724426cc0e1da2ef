/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/ledger/reservation.h"

/* A ticket 号票 and its record, the text that stands in Redis (docs/keys.md). The Functions of
 * the Functions of scheduler/ write it; here it is read. */

enum { TICKET_COLUMNS = 24, TICKET_KEY_MAX = 32 };

enum ticket_status {
    TICKET_WAITING = 'w',
    TICKET_CALLED = 'c',
    TICKET_SERVING = 's',
    TICKET_DONE = 'd',
    TICKET_MISSED = 'm',
    TICKET_PARKED = 'p',
    TICKET_CANCELLED = 'x',
};

enum ticket_kind { TICKET_APPOINTMENT = 'a', TICKET_WALK_IN = 'w' };

/* By which weight of its queue it earns credit while it waits. */
enum ticket_class {
    TICKET_CLASS_WALK_IN = 'w',
    TICKET_CLASS_APPOINTMENT = 'a',
    TICKET_CLASS_PRIORITY = 'p',
};

/* Times are Unix ms, 0 for what has not happened; texts point into the record, empty where it has
 * '-'. */
struct ticket {
    enum ticket_status status;
    enum ticket_kind kind;
    enum ticket_class class;
    enum priority priority;
    struct text service;
    struct text queue;    /* where it waits or is served; the key names the one that issued it */
    struct text window;   /* where it is called or served */
    struct text directed; /* the only window that may call it */
    unsigned calls;       /* of the present round: the first one and its recalls */
    int64_t issued_ms, earns_ms, called_ms, started_ms, finished_ms;
    unsigned recalls; /* of all rounds */
    bool is_put_back;
    int64_t back; /* if put back: due once the queue has made so many calls in all */
    char salt[SALT_BYTES];
    struct text person;      /* the person's key in hexadecimal digits */
    struct text reservation; /* its place as 'DATE/HALL/QUEUE/NUMBER' */
    unsigned missed;         /* how often */
    unsigned step;           /* of its package, from 0 */
    int64_t last_called_ms;
    enum reservation_evidence evidence; /* of the health code when it was issued; 0: none */
    struct text prefix; /* what stands before its number, as it was issued; empty in old records */
};

/* Reads a whole record; false when it is malformed. */
bool ticket_parse(struct text record, struct ticket *ticket);
/* Appends the record, as the Functions print it. */
void ticket_append_record(struct buffer *buffer, const struct ticket *ticket);

/* "waiting" …; "appointment", "walk_in"; "walk_in", "appointment", "priority". NULL for a letter
 * that is none. */
const char *ticket_status_name(enum ticket_status status);
const char *ticket_kind_name(enum ticket_kind kind);
const char *ticket_class_name(enum ticket_class class);
/* priority_name(), and "normal" for none. */
const char *ticket_priority_name(enum priority priority);

/* What people see and hear: the prefix that its queue had on that day and three digits, growing to
 * four: A012. */
void ticket_append_number(struct buffer *buffer, struct text prefix, uint32_t number);

/* A ticket's key is 'ISSUER/tN', its name among those of its hall and day: the queue that issued it
 * and its number there. False when it is none; the issuer points into the text. */
bool ticket_parse_key(struct text key, struct text *issuer, uint32_t *number);
void ticket_append_key(struct buffer *buffer, struct text issuer, uint32_t number);

/* The order of tickets that are equal otherwise: by issuer, then by number; no key is last. */
bool ticket_key_is_before(struct text a, struct text b);

/* The id of HTTP, 'HALL.YYYYMMDD.QUEUE-tN-SALT', is a reservation_id of KIND_TICKET: of a ticket by
 * its key, for reservation_append_id(); false when the key is none. The texts point into the
 * arguments. */
bool ticket_id(struct text hall, day_number day, struct text key, const struct ticket *ticket,
               struct reservation_id *id);
/* Splits such an id; false for anything else. The texts point into `text`. */
bool ticket_parse_id(struct text text, struct reservation_id *id);
/* True when the ticket has the id's salt. */
bool ticket_is_known_by(const struct ticket *ticket, const struct reservation_id *id);
