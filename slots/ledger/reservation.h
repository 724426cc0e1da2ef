/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "slots/catalogue/calendar.h"
#include "slots/catalogue/vault.h"

/* A reservation and its record, the bytes that stand in Redis (docs/keys.md). */

enum { SALT_BYTES = 6, RESERVATION_TEXT_MAX = 64, EVIDENCE_BYTE = 1, PACKAGE_STEPS_MAX = 40 };

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
    RESERVATION_MOVED = 'm',     /* it stands elsewhere now: follow `moved_to` */
    RESERVATION_OFFERED = 'o',   /* a held place that is offered to a person */
    RESERVATION_LAPSED = 'z',    /* an offer that was declined, withdrawn or not answered in time */
    RESERVATION_RETURNING = 'y', /* cancelled, its units come back later */
    RESERVATION_WAITING = 'q',   /* an entry of a waitlist */
};

/* Whom a share of the capacity is kept for (绿色通道); the letter stands in a record. */
enum priority {
    PRIORITY_NONE = 0,
    PRIORITY_ELDERLY = 'e',
    PRIORITY_DISABLED = 'd',
    PRIORITY_MILITARY = 'm',
    PRIORITY_PREGNANT = 'p',
};

/* "elderly" …; NULL for PRIORITY_NONE. */
const char *priority_name(enum priority priority);
bool priority_parse(struct text name, enum priority *priority);
/* What a person has on a day: what he says, or the elderly's by his document. */
enum priority priority_of(enum priority declared, enum id_type type, struct text id_number,
                          day_number day);

/* The code's name in JSON; NULL for a letter that is no status. */
const char *reservation_status_name(enum reservation_status status);
bool reservation_status_parse(struct text name, enum reservation_status *status);
/* True while it is a reservation of its person's: it stands in the index of persons. */
bool reservation_is_live(enum reservation_status status);
/* True while it holds units: the live ones, offers, and cancelled ones whose units come back later.
 */
bool reservation_holds_units(enum reservation_status status);

/* What was known of the health code when the reservation was made; the second byte of a record. */
enum reservation_evidence {
    EVIDENCE_OFF = 'o', /* the city did not ask */
    EVIDENCE_GREEN = 'g',
    EVIDENCE_ALLOWED = 'a', /* unknown, and the city lets those book */
    EVIDENCE_DESK = 'd',    /* unknown, and the desk must check */
};

/* A person as a request names him; texts belong to whoever filled them in. */
struct person {
    struct text name, id_number, phone;
    enum id_type id_type;
};

/* Whom a reservation is for. */
struct applicant {
    struct text name, id_number, phone;
    enum id_type id_type;
    struct person agent; /* who acts for him (帮代办); empty texts when nobody does */
};

/* What the number in an id counts; the letter stands before it. */
enum reservation_kind {
    KIND_RESERVATION = 0,
    KIND_WAITING = 'w',
    KIND_DRAW = 'd',
    KIND_TICKET = 't'
};

/* Where a reservation stands: the inventory and its number there. The salt, 30 random bits in
 * Crockford's base 32 (no I, L, O, U), keeps others from guessing it. */
struct reservation_id {
    struct text hall, queue;
    day_number day;
    uint32_t sequence;
    enum reservation_kind kind;
    char salt[SALT_BYTES];
};

/* What only some records say; the texts point into the record. Empty or 0 when it does not. */
struct reservation_extras {
    struct text origin;   /* the place that its id names, when it stands elsewhere */
    struct text moved_to; /* the place where it stands now */
    enum priority priority;
    struct text agent;   /* PERSON_KEY_BYTES */
    struct text package; /* id of the package that it is a step of */
    struct text lead;    /* 'QUEUE SEQUENCE' of the package's first step, in the others */
    struct text
        followers[PACKAGE_STEPS_MAX]; /* 'QUEUE SEQUENCE' of the other steps, in the first */
    unsigned follower_count;
    int64_t offer_until_s;
    struct text offer_for;     /* the place of the reservation that a closure's offer is for */
    struct text offer_place;   /* the place that is offered for this reservation */
    struct text starts;        /* one byte a half hour: what a waitlist entry would take */
    struct text draw_entry;    /* the opaque id of a draw's entry */
    struct text refused;       /* the refusal for which a draw passed it over, as 'Hy' */
    struct text ticket;        /* 'ISSUER/tN', once it is checked in */
    struct text ticket_prefix; /* what stands before its number */
    struct text pardon;        /* why the no-show is not counted */
    struct text booker;        /* who booked, of a role whose members reach only their own */
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
    struct reservation_extras extras;
    struct text sealed; /* the applicant and the agent, sealed */
    /* Records that belong to it, where they have been read (slots/ledger/lookup.h); NULL elsewhere.
     */
    const struct reservation_parts *parts;
};

struct reservation_parts {
    const struct reservation *followers; /* the other steps of its package, in order */
    unsigned follower_count;
    const struct reservation *offer; /* the place held for it; NULL when there is none */
};

void reservation_make_salt(char salt[SALT_BYTES]);

/* `QUEUE-SEQUENCE-SALT`, what a person shows on arrival: A-12-K7Q9X2. Entries of a waitlist or a
 * draw have their letter before the number: A-w3-K7Q9X2. */
void reservation_append_code(struct buffer *buffer, const struct reservation_id *id);
/* `HALL.YYYYMMDD.CODE` */
void reservation_append_id(struct buffer *buffer, const struct reservation_id *id);
/* The same as a member of a JSON object. */
void reservation_put_id(struct buffer *json, const char *name, const struct reservation_id *id);
/* Splits an id; false when it is not one. Small letters of its number and salt, and I, L and O of
 * the salt, are understood. The texts point into
 * `text`. */
bool reservation_parse_id(struct text text, struct reservation_id *id);

/* 'DATE HALL QUEUE NUMBER', as the functions name a reservation or an entry. */
void reservation_append_place(struct buffer *buffer, const struct reservation_id *id);
/* Reads such a place; the salt is left alone. */
bool reservation_parse_place(struct text place, struct reservation_id *id);

/* Its field among the reservations or entries of its day: "HALL QUEUE NUMBER", in the arena. */
struct text reservation_field(struct arena *arena, const struct reservation_id *id);
/* The key that holds it: the reservations or the entries of its day, in the arena. */
struct text reservation_key(struct arena *arena, struct text city, const struct reservation_id *id);

/* The id that a person knows it by: that of its origin when it was moved. The texts point into the
 * reservation's. False when the origin is malformed. */
bool reservation_public_id(const struct reservation *reservation, struct reservation_id *id);

/* Appends the record, with the applicant and his agent sealed for the place that its id names:
 * hall, day, queue and salt of its origin, so that it can be moved without being unsealed. */
void reservation_append_record(struct buffer *buffer, const struct reservation *reservation,
                               const struct applicant *applicant, const struct vault_city *keys);

/* Reads a whole record and its salt; the rest of the id comes from where it stood. The texts point
 * into `record`. False when it is malformed. */
bool reservation_parse_record(struct text record, struct reservation *reservation);

/* Unseals the applicant; its texts point into `plain`. False when that fails. */
bool reservation_unseal(const struct reservation *reservation, const struct vault_city *keys,
                        struct buffer *plain, struct applicant *applicant);
