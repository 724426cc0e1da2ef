/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "slots/catalogue/calendar.h"

/* The draw of a lottery queue's day: pure functions of its published list, so that anyone who holds
 * the list can recompute it. `\n` is the byte 10, ‖ joins bytes, hex is in lower case.
 *
 *   seed        32 random bytes, made when the draw is prepared and sealed until it is drawn
 *   commitment  hex SHA-256("jiaohao-draw-1\n" HALL "\n" QUEUE "\n" YYYY-MM-DD "\n" seed-hex "\n"),
 *               published before the first entry
 *   entries     all that stand when it is drawn, in the order in which they were made; each has an
 *               id of 16 hex (64 random bits) that its person got with the 202
 *   digest      SHA-256 over one line an entry, in that order: "ID START UNITS SPAN\n", such as
 *               "00f1e2d3c4b5a697 09:00 1 1\n": a changed byte anywhere changes every ticket
 *   ticket      SHA-256(seed ‖ digest ‖ ID) of an entry, from the 32 bytes of seed and of digest
 *   order       by ticket ascending as bytes, equal ones by id
 *   places      units of each half hour at first: its capacity less the units kept for priority
 *               people
 *   allocation  in that order; an entry is placed, and takes its UNITS from each of its SPAN half
 *               hours from START on, when all of them still have as many. One that a rule refused
 *               at the draw (health code, limits …) is published with the reason, takes nothing */

enum {
    DRAW_ID_CHARS = 16,
    DRAW_SEED_BYTES = 32,
    DRAW_HASH_BYTES = 32,
    DRAW_HEX_CHARS = 2 * DRAW_HASH_BYTES,
};

struct draw_entry {
    char id[DRAW_ID_CHARS];
    uint32_t number; /* among the queue's entries of the day; not published */
    unsigned slot, units, span;
    struct text refused; /* why a rule refused it; empty: none did */
    bool is_placed;
    unsigned char ticket[DRAW_HASH_BYTES]; /* made by draw_order() */
};

struct draw_list {
    struct text hall, queue;
    day_number day;
    unsigned char seed[DRAW_SEED_BYTES];
    uint32_t places[SLOTS_A_DAY];
    struct draw_entry *entries; /* in the order in which they were made */
    size_t count;
};

/* What the service says came out, beside the list that it follows from. */
struct draw_result {
    char id[DRAW_ID_CHARS];
    bool is_placed;
    struct text refused;
};

struct draw_publication {
    struct draw_list list; /* `refused` of its entries is filled by draw_verify() */
    char commitment[DRAW_HEX_CHARS + 1], digest[DRAW_HEX_CHARS + 1];
    struct draw_result *results; /* in drawn order */
    size_t result_count;
};

/* 16 hex in lower case. */
bool draw_is_id(struct text text);

/* Why a rule refuses an entry at the draw, as it is published (a problem's type), by the letter of
 * the function's outcome; empty for a letter that is none. */
struct text draw_refusal(char letter);
bool draw_is_refusal(struct text word);

/* Hex, NUL-terminated. */
void draw_commitment(const struct draw_list *list, char hex[DRAW_HEX_CHARS + 1]);
void draw_digest(const struct draw_list *list, unsigned char digest[DRAW_HASH_BYTES]);

/* Makes the tickets; `order` (room for `count`) gets the indices of the entries as they are drawn.
 */
void draw_order(struct draw_list *list, uint32_t *order);
/* The order of two entries that have their tickets; as qsort() wants it. */
int draw_compare(const struct draw_entry *a, const struct draw_entry *b);

/* Sets is_placed of each entry, in that order; the number of those that are placed. */
size_t draw_place(struct draw_list *list, const uint32_t *order);

/* Recomputes a publication. True when it is right, and `*placed` tells how many got a place; else
 * `fault` gets the first thing that is wrong, as an English sentence. */
bool draw_verify(struct draw_publication *publication, size_t *placed, struct buffer *fault);
