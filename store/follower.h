/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/store.h"

/* Follows Redis streams on a connection of its own (XREAD BLOCK), in order, without a gap as long
 * as the stream has not been trimmed past the reader. */

struct store_follower;

/* An entry of a stream: `fields` is an array reply name, value, name, value, … valid in the call.
 */
typedef void store_entry_callback(void *owner, unsigned stream, struct text id,
                                  const struct store_reply *fields);

/* Entries may have been missed (the first read, a trim past the reader, or a store that was
 * replaced): the owner must read its state anew. The follower has already fixed `id` as the
 * position from which entries will follow, so a snapshot read from now on misses nothing. */
typedef void store_gap_callback(void *owner, unsigned stream, struct text id);

struct store_follower_options {
    const char *url;
    const char *client_name;
    const struct text *streams; /* keys; copied. The index of a key names it in the callbacks. */
    unsigned stream_count;
    store_entry_callback *on_entry;
    store_gap_callback *on_gap;
    store_state_callback *on_state; /* may be NULL */
    void *owner;
};

/* Starts following from the streams' present ends: first on_gap for each stream. NULL and a message
 * when the URL is malformed. */
struct store_follower *store_follower_open(uv_loop_t *loop,
                                           const struct store_follower_options *options,
                                           const char **error);

void store_follower_close(struct store_follower *follower, void (*on_closed)(void *owner),
                          void *owner);
