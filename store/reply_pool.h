/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <hiredis/hiredis.h>

#include "store/reply.h"

/* Memory of the one reply that a connection is reading: a few chunks that are filled from the
 * front and used again for the next reply, so that a reply costs no allocation. Inside the room. */

struct reply_chunk;

struct reply_pool {
    struct reply_chunk *chunks; /* the one being filled first */
};

/* Builds replies in the pool that is the reader's `privdata`. */
extern redisReplyObjectFunctions reply_pool_functions;

/* Everything in the pool ends. Keeps one chunk for the next reply. */
void reply_pool_reset(struct reply_pool *pool);

void reply_pool_free(struct reply_pool *pool);
