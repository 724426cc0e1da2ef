/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/calendar.h"
#include "slots/vault.h"

/* A reservation and its record, the bytes that stand in Redis (docs/keys.md). */

enum { CODE_BYTES = 10, RESERVATION_TEXT_MAX = 64, RECORD_HEAD_BYTES = 6 };

/* The letter of a status is the first byte of a record. */
enum reservation_status {
    RESERVATION_BOOKED = 'b',
    RESERVATION_CHECKED_IN = 'c',
    RESERVATION_CALLED = 'l',
    RESERVATION_SERVING = 's',
    RESERVATION_DONE = 'd',
    RESERVATION_CANCELLED = 'x',
    RESERVATION_NO_SHOW = 'n',
    RESERVATION_IN_DRAW = 'w',
    RESERVATION_NOT_DRAWN = 'u',
};

/* The code's name in JSON; NULL for a letter that is no status. */
const char *reservation_status_name(enum reservation_status status);
bool reservation_status_parse(struct text name, enum reservation_status *status);
/* True while the reservation holds units. */
bool reservation_is_live(enum reservation_status status);

/* What was known of the health code when the reservation was made; the second byte of a record. */
enum reservation_evidence {
    EVIDENCE_OFF = 'o', /* the city did not ask */
    EVIDENCE_GREEN = 'g',
    EVIDENCE_ALLOWED = 'a', /* unknown, and the city lets those book */
    EVIDENCE_DESK = 'd',    /* unknown, and the desk must check */
};

/* A person as a request names him; texts belong to whoever filled them in. */
struct applicant {
    struct text name, id_number, phone;
};

struct reservation {
    struct text hall, queue, service, channel;
    char code[CODE_BYTES];
    day_number day;
    unsigned slot, span, units;
    enum reservation_status status;
    enum reservation_evidence evidence;
    uint32_t sequence;
    int64_t created_at_ms;
    unsigned char creator; /* the role that booked, as its owner numbers it */
    unsigned char person[PERSON_KEY_BYTES];
    struct text sealed; /* the applicant, sealed */
};

/* A fresh random code: 50 bits in Crockford's base 32 (no I, L, O, U). */
void reservation_make_code(char code[CODE_BYTES]);

/* `hall.YYYYMMDD.code` */
void reservation_append_id(struct buffer *buffer, struct text hall, day_number day,
                           const char code[CODE_BYTES]);
/* Splits an id; false when it is not one. Lower-case codes are understood. `hall` points into it.
 */
bool reservation_parse_id(struct text id, struct text *hall, day_number *day,
                          char code[CODE_BYTES]);

/* Appends the record behind its first RECORD_HEAD_BYTES (status, evidence, sequence), which the
 * reserve function writes, with the applicant sealed for this reservation's id. */
void reservation_append_record(struct buffer *buffer, const struct reservation *reservation,
                               const struct applicant *applicant, const struct vault_city *keys);

/* Reads a whole record; hall, day and code come from where it stood. The texts point into `record`.
 * False when it is malformed. */
bool reservation_parse_record(struct text record, struct reservation *reservation);

/* Unseals the applicant; its texts point into `plain`. False when that fails. */
bool reservation_unseal(const struct reservation *reservation, const struct vault_city *keys,
                        struct buffer *plain, struct applicant *applicant);
