/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "slots/catalogue/calendar.h"
#include "slots/catalogue/view.h"

/* The id of a display's event: where it stands in the city's stream, so that each worker gives the
 * same event the same id and can go on behind any of them. "1700000000000-0.2@20261123" is one of
 * the events that the entry tells of, of that day; "1700000000000-0@20261123", a snapshot's, stands
 * behind all of them. The day is left out by nobody but a reader who made the id himself. */

#define EVENT_WHOLE UINT32_MAX /* the index behind all events of an entry */

struct event_id {
    struct stream_position entry;
    uint32_t index;
    day_number day; /* 0: not said */
};

void event_id_append(struct buffer *buffer, const struct event_id *id);
/* False for anything else. */
bool event_id_parse(struct text text, struct event_id *id);
/* By place in the stream; negative, 0 or positive. */
int event_id_compare(const struct event_id *a, const struct event_id *b);
