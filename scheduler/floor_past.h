/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/list.h"
#include "slots/catalogue/view.h"
#include "store/reply.h"

/* The latest entries of a city's stream that tell of its floors, as they came and, where somebody
 * asks for older ones, read backwards: once for all halls. There is a bound to both, so that it is
 * no larger than what a display that comes again soon can need. Inside scheduler/floor*.c. */

enum { FLOOR_PAST_ENTRIES_MAX = 8192, FLOOR_PAST_READ_MAX = 8000 };

struct past_event {
    struct text kind, event;
    unsigned index; /* in its entry */
};

struct past_entry {
    struct list in_past;
    struct stream_position position;
    unsigned count;
    struct past_event events[];
};

struct floor_past {
    struct list entries; /* the oldest first */
    unsigned count;
    struct stream_position oldest; /* all entries behind this one are known */
    bool has_oldest;               /* and it itself */
    unsigned left;                 /* entries that may still be read */
    unsigned generation;           /* what is read for an older one is of no use */
    bool is_reading;
    struct list asking; /* scheduler/floor_history.c */
};

void floor_past_init(struct floor_past *past);
/* Nothing is known before that position. */
void floor_past_begin(struct floor_past *past, struct stream_position position);
/* Forgets everything; who asks has been answered by then. */
void floor_past_free(struct floor_past *past);

/* The stream's next entry; those that tell of no floor are passed over. */
void floor_past_append(struct floor_past *past, struct stream_position position,
                       const struct store_reply *fields);
/* A part read backwards, XREVRANGE's reply. */
void floor_past_prepend(struct floor_past *past, const struct store_reply *reply);
/* The stream has no more; its first entry by then. */
void floor_past_end(struct floor_past *past, struct stream_position first);

/* True when all from that entry on are known, itself too. */
bool floor_past_has(const struct floor_past *past, struct stream_position from);
/* The first position from which on everything is known. */
struct stream_position floor_past_horizon(const struct floor_past *past);
