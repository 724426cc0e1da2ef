/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call/body.h"
#include "slots/catalogue/id_document.h"
#include "slots/ledger/reservation.h"

/* Reading people out of a body: whom a request is for, who acts for him, who comes along. Every
 * fault is noted with its pointer (/applicant/phone, /party/0/id_number). ID numbers are normalised
 * into memory of the caller's; the other texts live as long as the body's tree. */

enum { PARTY_MAX = 9 }; /* people besides the applicant */

/* A person's normalised ID number. */
struct id_number {
    char characters[IDENTITY_ID_LENGTH];
};

/* The document that the reader's object names: `id_type`, an ID card if it is left out, and
 * `id_number`, normalised into `storage`. False when something is wrong with it (noted). */
bool document_read(const struct body_reader *reader, day_number today, enum id_type *id_type,
                   struct text *id_number, struct id_number *storage);

/* A person that must stand under `name`; `today`: no birth can come after it. False when something
 * is wrong with it (noted). */
bool person_read(const struct body_reader *body, const char *name, day_number today,
                 struct person *person, struct id_number *id_number);

/* The same for an applicant, whose agent is left alone. */
bool applicant_read(const struct body_reader *body, const char *name, day_number today,
                    struct applicant *applicant, struct id_number *id_number);

/* Notes a fault of `priority` when the person's document says that he is not elderly on a day. */
void elderly_check(const struct body_reader *body, enum priority priority, enum id_type type,
                   struct text id_number, day_number day);

/* The agent (帮代办) that may stand under `agent`; the applicant's `agent` stays empty without one.
 * Read the applicant first: nobody is his own agent. */
void agent_read(const struct body_reader *body, day_number today, struct applicant *applicant,
                struct id_number *id_number);

/* The people that may stand under `party`, 1 to PARTY_MAX of them, each another one than
 * `applicant`; returns how many. */
unsigned party_read(const struct body_reader *body, day_number today,
                    const struct applicant *applicant, struct applicant party[PARTY_MAX],
                    struct id_number id_numbers[PARTY_MAX]);
