/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "slots/calendar.h"
#include "slots/vault.h"

/* A reservation and its record, the bytes that stand in Redis (docs/keys.md). */

enum { SALT_BYTES = 6, RESERVATION_TEXT_MAX = 64, EVIDENCE_BYTE = 1 };

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

/* Where a reservation stands: the inventory and its number there. The salt, 30 random bits in
 * Crockford's base 32 (no I, L, O, U), keeps others from guessing it. */
struct reservation_id {
    struct text hall, queue;
    day_number day;
    uint32_t sequence;
    char salt[SALT_BYTES];
};

struct reservation {
    struct reservation_id id;
    struct text service, channel;
    unsigned slot, span, units;
    enum reservation_status status;
    enum reservation_evidence evidence;
    int64_t created_at_ms;
    unsigned char creator; /* the role that booked, as its owner numbers it */
    unsigned char person[PERSON_KEY_BYTES];
    struct text sealed; /* the applicant, sealed */
};

void reservation_make_salt(char salt[SALT_BYTES]);

/* `QUEUE-SEQUENCE-SALT`, what a person shows on arrival: A-12-K7Q9X2. */
void reservation_append_code(struct buffer *buffer, const struct reservation_id *id);
/* `HALL.YYYYMMDD.CODE` */
void reservation_append_id(struct buffer *buffer, const struct reservation_id *id);
/* Splits an id; false when it is not one. A salt in lower case is understood. The texts point into
 * `text`. */
bool reservation_parse_id(struct text text, struct reservation_id *id);

/* Reads 'DATE HALL QUEUE SEQUENCE', as the functions name a reservation; the salt is left alone. */
bool reservation_parse_place(struct text place, struct reservation_id *id);

/* Its field among the reservations of its day: "HALL QUEUE SEQUENCE", in the arena. */
struct text reservation_field(struct arena *arena, const struct reservation_id *id);

/* Appends the record, with the applicant sealed for this reservation: hall, day, queue and salt. */
void reservation_append_record(struct buffer *buffer, const struct reservation *reservation,
                               const struct applicant *applicant, const struct vault_city *keys);

/* Reads a whole record and its salt; the rest of the id comes from where it stood. The texts point
 * into `record`. False when it is malformed. */
bool reservation_parse_record(struct text record, struct reservation *reservation);

/* Unseals the applicant; its texts point into `plain`. False when that fails. */
bool reservation_unseal(const struct reservation *reservation, const struct vault_city *keys,
                        struct buffer *plain, struct applicant *applicant);
