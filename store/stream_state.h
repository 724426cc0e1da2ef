/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/reply.h"

/* Whether a reader of a stream can go on from where it is. Inside the room.
 *
 * The entry at the position is still there: then nothing behind it was trimmed, for trimming takes
 * entries from the front only, and the stream is the one that was read. That is the cheap and usual
 * check (XRANGE id id).
 *
 * Otherwise XINFO STREAM (Redis 7.0) decides exactly. Let `count` be how many entries the stream
 * had ever got when ours was added (entries-added at the end where reading began, plus one for each
 * entry read since). Of the entries-added, `entries-added - length` are gone. At most `count` of
 * those can be ones that were read, so more than `count` gone means that unread ones are; and as
 * the front goes first, unread ones are gone only then. The position holds unless
 *   - more than `count` entries are gone (trimmed past the reader),
 *   - max-deleted-entry-id (XDEL) is behind the position,
 *   - last-generated-id is before the position, or entries-added is less than `count`: another, or
 * an older, store, or
 *   - the position was an entry, the first entry is not behind it, and yet it is missing: the same.
 * A stream that does not exist is one that never got an entry. */

struct stream_id {
    uint64_t ms;
    uint64_t sequence;
};

#define STREAM_ID_BYTES 44 /* two numbers of 20 digits, a dash, a NUL */

struct stream_position {
    struct stream_id id;
    uint64_t count; /* entries the stream had ever got up to here */
    bool is_entry;  /* an entry with this id was seen */
};

/* What XINFO STREAM says; all 0 for a stream that does not exist. */
struct stream_state {
    uint64_t length;
    uint64_t added;
    struct stream_id last;
    struct stream_id first;
    struct stream_id deleted;
    struct stream_id last_entry; /* that is still there */
};

bool stream_id_parse(struct text text, struct stream_id *id);
/* Writes `ms-sequence` into `bytes` (STREAM_ID_BYTES) and returns it. */
struct text stream_id_format(struct stream_id id, char *bytes);
/* Negative, 0 or positive, as memcmp. */
int stream_id_compare(struct stream_id a, struct stream_id b);

void stream_state_parse(const struct store_reply *reply, struct stream_state *state);

/* The position behind everything that was ever added. */
struct stream_position stream_state_end(const struct stream_state *state);

/* For a position whose entry was not found (or never was one), see above. */
bool stream_position_holds(const struct stream_position *position,
                           const struct stream_state *state);
