/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/ledger/reservation.h"

/* A live reservation in the index of persons, without the ';' before it:
 * 'SERVICE DATE HALL QUEUE SEQUENCE+FL', with '+' behind it when it is a later step of a package. F
 * and L are its first and last half hour; older versions did not write '+FL'. */

/* What is added to a half hour's number for its byte in an entry; rules.lua has the same. */
enum { HALF_HOUR_BYTE = 64 };

struct person_entry {
    struct text service, place; /* 'DATE HALL QUEUE SEQUENCE' */
    struct reservation_id id;   /* without its salt */
    bool is_later, has_half_hours;
    unsigned first, last; /* half hours, when it says them */
};

/* The texts point into `text`. False when it is malformed. */
bool person_entry_parse(struct text text, struct person_entry *entry);
