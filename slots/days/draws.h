/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/days/draw_reading.h"

/* Lottery queues: in the first `lottery_minutes` after their release bookings are entries, then
 * they are drawn (slots/days/draw_list.h says how) and what is left is first come. A day's
 * inventory is opened by its draw. Everything here is idempotent: any worker may do it, any number
 * of times. */

enum draws_window {
    DRAWS_NONE,   /* not a lottery queue */
    DRAWS_BEFORE, /* not released yet */
    DRAWS_IN,     /* bookings are entries */
    DRAWS_BEHIND, /* drawn, or about to be: draws_run() when the inventory is not open yet */
};

enum draws_window draws_window(const struct catalogue *catalogue, const struct queue *queue,
                               day_number day, int64_t now_ms);
/* When the day is drawn, in Unix ms. */
int64_t draws_at_ms(const struct catalogue *catalogue, const struct queue *queue, day_number day);

/* A fresh id of an entry (the extra `draw_entry` of its record). */
void draws_make_entry(char id[DRAW_ID_CHARS]);

/* Called once with 0 or a negative store_status. */
typedef void draws_done(void *owner, int status);

/* Makes the seed of a queue's day, publishes its commitment and schedules the draw, unless that was
 * done before. */
void draws_prepare(struct city *city, const struct queue *queue, day_number day,
                   draws_done *callback, void *owner);

/* Draws a queue's day and so opens its inventory; one that was not prepared has no entries. Nothing
 * happens when it was drawn before. STORE_STRANGE when the seed cannot be unsealed. */
void draws_run(struct city *city, const struct queue *queue, day_number day, draws_done *callback,
               void *owner);

/* Called once with 0 and the commitment in hex, valid in the call (empty when the inventory was
 * opened without a draw), or a negative store_status. */
typedef void draws_commitment_callback(void *owner, int status, struct text commitment);

/* The commitment of a queue's day, which is prepared when it was not yet: to be asked for before an
 * entry is made, for none may stand before it is published. */
void draws_commitment(struct city *city, const struct queue *queue, day_number day,
                      draws_commitment_callback *callback, void *owner);

/* A draw as it stands. */
struct draws_report {
    enum draws_state state;
    char commitment[DRAW_HEX_CHARS + 1]; /* empty while it is pending */
    uint32_t entry_count;                /* made so far; when drawn, those of the list */
    struct text version;                 /* the same bytes for the same publication */
    struct draw_publication publication; /* when it is drawn and was asked for */
};

/* Called once with 0 and the report, valid in the call, or with a negative store_status and NULL.
 */
typedef void draws_callback(void *owner, int status, const struct draws_report *report);

/* Reads state, commitment and number of entries: one small read. */
void draws_read(struct city *city, const struct queue *queue, day_number day,
                draws_callback *callback, void *owner);
/* The same with the publication of a drawn one: reads all its entries. */
void draws_read_all(struct city *city, const struct queue *queue, day_number day,
                    draws_callback *callback, void *owner);
