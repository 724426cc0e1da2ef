/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* What Redis answered; owned by the store, valid in the callback that gets it. */
struct store_reply;

enum store_reply_kind {
    STORE_REPLY_NIL,
    STORE_REPLY_INTEGER,
    STORE_REPLY_TEXT, /* bulk or status */
    STORE_REPLY_ARRAY,
    STORE_REPLY_ERROR,
};

/* All accessors take NULL and replies of another kind: they give NIL, 0, empty text, NULL. */
enum store_reply_kind store_reply_kind(const struct store_reply *reply);
int64_t store_reply_integer(const struct store_reply *reply);
/* The bytes of a text or error reply. */
struct text store_reply_text(const struct store_reply *reply);
/* Number of items of an array. */
size_t store_reply_count(const struct store_reply *reply);
const struct store_reply *store_reply_at(const struct store_reply *reply, size_t index);
/* Like store_reply_text(store_reply_at(reply, index)). */
struct text store_reply_text_at(const struct store_reply *reply, size_t index);

/* For hiredis: builds replies in the pool (store/reply_pool.h) that is the reader's `privdata`.
 * Inside the room. */
extern struct redisReplyObjectFunctions store_reply_functions;
