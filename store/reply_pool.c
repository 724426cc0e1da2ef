/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/reply_pool.h"

#include <stdlib.h>

#include "base/memory.h"

#define CHUNK_BYTES_MIN 8192

struct reply_chunk *reply_pool_grow(struct reply_pool *pool, size_t size)
{
    size_t capacity = size > CHUNK_BYTES_MIN ? size : CHUNK_BYTES_MIN;
    struct reply_chunk *chunk = memory_resize(NULL, sizeof *chunk + capacity);

    chunk->next = pool->chunks;
    chunk->used = 0;
    chunk->capacity = capacity;
    pool->chunks = chunk;
    return chunk;
}

void reply_pool_reset(struct reply_pool *pool)
{
    struct reply_chunk *chunk = pool->chunks;

    if (!chunk)
        return;
    while (chunk->next) {
        struct reply_chunk *next = chunk->next;
        chunk->next = next->next;
        free(next);
    }
    chunk->used = 0;
    if (chunk->capacity > 8 * CHUNK_BYTES_MIN)
        reply_pool_free(pool);
}

void reply_pool_free(struct reply_pool *pool)
{
    while (pool->chunks) {
        struct reply_chunk *next = pool->chunks->next;
        free(pool->chunks);
        pool->chunks = next;
    }
}
