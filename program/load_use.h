/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/catalogue.h"
#include "slots/catalogue/vault.h"
#include "store/store.h"

/* What is in use that another catalogue would pull away: bookings from today on, who waits or is in
 * a draw, today's tickets and windows, whoever is at a window over midnight (docs/operations.md has
 * the table of what counts). */

struct person_key {
    unsigned char bytes[PERSON_KEY_BYTES];
};

/* Different people, in no order; with repetitions until load_people_count(). */
struct load_people {
    struct person_key *keys;
    size_t count, capacity;
};
size_t load_people_count(struct load_people *people);
void load_people_add(struct load_people *people, const unsigned char *key);

/* A thing that would go or change, and what stands in its way. */
struct load_use {
    struct text path; /* "/halls/410400-01/queues/A" */
    bool is_firm;     /* it cannot end orderly: --retire does not help */
    bool is_open;     /* a window that is open or paused */
    size_t bookings, offers, waiting, in_draw, tickets, numbers;
    size_t former_tickets; /* of yesterday, who are at a window still */
    struct load_people people;
};

struct load_uses {
    struct load_use *items; /* in the order of the present catalogue */
    size_t count, capacity;
    struct load_people people; /* of all of them */
    struct arena arena;
};

/* Compares the catalogues and reads what is in use as of `today`; a thing that nobody uses is not
 * listed. STORE_OK, or the store's status. load_uses_free() in either case. */
enum store_status load_uses_read(struct store *store, const struct catalogue *present,
                                 const struct catalogue *merged, day_number today,
                                 struct load_uses *uses);
void load_uses_free(struct load_uses *uses);

/* The thing of that path, added when it is new. */
struct load_use *load_use_of(struct load_uses *uses, struct text path);

/* Appends "5 bookings, 1 waiting (6 people)". */
void load_use_append_counts(struct buffer *line, struct load_use *use);
