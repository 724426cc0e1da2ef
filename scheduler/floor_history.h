/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "scheduler/floor.h"
#include "slots/catalogue/city.h"

/* What happened on a city's floors before now, backwards, a part at a time: out of the city's past
 * (scheduler/floor_past.h), which is read further back for all halls at once where it must. */

struct floor_history {
    struct stream_position until; /* entries before this one */
    bool is_inclusive;            /* and this one */
    struct stream_position from;  /* back to this one, itself too */
    /* A change, the newest first; valid in the call only. */
    void (*on_change)(void *owner, const struct floor_change *change);
    /* Behind the last change of the part. `status`: 0 or a negative store_status. `oldest`: all
     * entries from this one on were read that the stream has; `from` when the part came so far.
     * `first`: the first entry that can be told of, all behind it stand: the stream has kept no
     * older one, or it is too far back to be read; zeros when the stream has none. Nothing may be
     * concluded from what is before `first`. */
    void (*on_end)(void *owner, int status, struct stream_position oldest,
                   struct stream_position first);
    void *owner;
};

/* Tells a part, 500 entries at most; calls on_end once, never from inside. */
void floor_history_read(struct city *city, const struct floor_history *history);
