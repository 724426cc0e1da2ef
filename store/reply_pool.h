/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* Memory of the one reply that a connection is reading: a few chunks that are filled from the
 * front and used again for the next reply, so that a reply costs no allocation. Inside the room. */

enum { REPLY_POOL_ALIGNMENT = 16 };

struct reply_chunk {
    struct reply_chunk *next;
    size_t used;
    size_t capacity;
    char data[] __attribute__((aligned(REPLY_POOL_ALIGNMENT)));
};

struct reply_pool {
    struct reply_chunk *chunks; /* the one being filled first */
};

/* Makes room for `size` bytes; what reply_pool_take() calls when there is none. */
struct reply_chunk *reply_pool_grow(struct reply_pool *pool, size_t size);

/* `size` bytes aligned for any type, valid until the pool is reset. */
static inline void *reply_pool_take(struct reply_pool *pool, size_t size)
{
    struct reply_chunk *chunk = pool->chunks;
    void *place;

    size = (size + REPLY_POOL_ALIGNMENT - 1) & ~(size_t)(REPLY_POOL_ALIGNMENT - 1);
    if (!chunk || chunk->capacity - chunk->used < size)
        chunk = reply_pool_grow(pool, size);
    place = chunk->data + chunk->used;
    chunk->used += size;
    return place;
}

/* Everything in the pool ends. Keeps one chunk for the next reply. */
void reply_pool_reset(struct reply_pool *pool);

void reply_pool_free(struct reply_pool *pool);
