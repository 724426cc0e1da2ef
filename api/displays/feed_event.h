/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/displays/event_id.h"
#include "api/http/stream.h"
#include "base/list.h"
#include "scheduler/floor.h"
#include "slots/catalogue/city.h"

/* One server-sent event of a hall, serialised once for all displays that get it. Only the change of
 * the floor says what it is, and how many waited after it: read back from the stream it gives the
 * same events with the same ids. */

enum { FEED_NAME_BYTES = 24 /* of a window, a queue */ };

struct feed_event {
    struct list in_feed;
    struct event_id id;
    struct http_block *block;
    int waiting; /* by how much it changed the number of those who wait; 0: it is a call */
    char name[FEED_NAME_BYTES]; /* of the window, or of the queue whose number changed */
};

/* The events of a change, at most two, the later one behind; `waiting` is how many wait in its
 * queue after it. `hall` is the floor's in the present catalogue, NULL when it left. Returns how
 * many; they are the caller's. */
unsigned feed_event_make(const struct city *city, const struct hall *hall,
                         const struct floor *floor, const struct floor_change *change,
                         int64_t waiting, struct feed_event *made[static 2]);
void feed_event_free(struct feed_event *event);

/* True when the screen of a window shows it; the hall's main screen shows all. */
bool feed_event_is_for(const struct feed_event *event, const struct hall *hall, struct text window);

/* The event that begins a display's: what there is to see. The caller releases it. */
struct http_block *feed_event_snapshot(const struct city *city, const struct hall *hall,
                                       const struct floor *floor, const struct event_id *id,
                                       struct text window);
