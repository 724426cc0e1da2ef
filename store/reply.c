/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/reply.h"

#include <stdlib.h>

#include "base/memory.h"
#include "store/reply_pool.h"

#define CHUNK_BYTES_MIN 8192
#define POOL_ALIGNMENT  16

struct reply_chunk {
    struct reply_chunk *next;
    size_t used;
    size_t capacity;
    char data[] __attribute__((aligned(POOL_ALIGNMENT)));
};

struct store_reply {
    enum store_reply_kind kind;
    int64_t integer; /* of an integer; the number of items of an array */
    union {
        const char *data;           /* of a text or error, with a NUL behind it */
        struct store_reply **items; /* of an array */
    };
    size_t length;
};

static struct reply_chunk *pool_add_chunk(struct reply_pool *pool, size_t size)
{
    size_t capacity = size > CHUNK_BYTES_MIN ? size : CHUNK_BYTES_MIN;
    struct reply_chunk *chunk = memory_resize(NULL, sizeof *chunk + capacity);

    chunk->next = pool->chunks;
    chunk->used = 0;
    chunk->capacity = capacity;
    pool->chunks = chunk;
    return chunk;
}

static void *pool_take(struct reply_pool *pool, size_t size)
{
    struct reply_chunk *chunk = pool->chunks;
    void *place;

    size = (size + POOL_ALIGNMENT - 1) & ~(size_t)(POOL_ALIGNMENT - 1);
    if (!chunk || chunk->capacity - chunk->used < size)
        chunk = pool_add_chunk(pool, size);
    place = chunk->data + chunk->used;
    chunk->used += size;
    return place;
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

/* A reply where hiredis wants it: hooked into the array that is being read, if there is one. */
static struct store_reply *new_reply(const redisReadTask *task, enum store_reply_kind kind)
{
    struct store_reply *reply = pool_take(task->privdata, sizeof *reply);

    *reply = (struct store_reply){.kind = kind};
    if (task->parent) {
        struct store_reply *array = task->parent->obj;
        array->items[task->idx] = reply;
    }
    return reply;
}

static void *create_string(const redisReadTask *task, char *data, size_t length)
{
    struct store_reply *reply =
        new_reply(task, task->type == REDIS_REPLY_ERROR ? STORE_REPLY_ERROR : STORE_REPLY_TEXT);
    char *copy = pool_take(task->privdata, length + 1);

    memcpy(copy, data, length);
    copy[length] = '\0';
    reply->data = copy;
    reply->length = length;
    return reply;
}

static void *create_array(const redisReadTask *task, int count)
{
    struct store_reply *reply = new_reply(task, STORE_REPLY_ARRAY);
    size_t bytes = (size_t)count * sizeof *reply->items;

    reply->items = pool_take(task->privdata, bytes);
    memset(reply->items, 0, bytes);
    reply->integer = count;
    return reply;
}

static void *create_integer(const redisReadTask *task, long long value)
{
    struct store_reply *reply = new_reply(task, STORE_REPLY_INTEGER);

    reply->integer = value;
    return reply;
}

static void *create_nil(const redisReadTask *task)
{
    return new_reply(task, STORE_REPLY_NIL);
}

/* The pool is reset whole. */
static void free_nothing(void *reply)
{
    (void)reply;
}

redisReplyObjectFunctions reply_pool_functions = {
    .createString = create_string,
    .createArray = create_array,
    .createInteger = create_integer,
    .createNil = create_nil,
    .freeObject = free_nothing,
};

enum store_reply_kind store_reply_kind(const struct store_reply *reply)
{
    return reply ? reply->kind : STORE_REPLY_NIL;
}

int64_t store_reply_integer(const struct store_reply *reply)
{
    return reply && reply->kind == STORE_REPLY_INTEGER ? reply->integer : 0;
}

struct text store_reply_text(const struct store_reply *reply)
{
    if (!reply || (reply->kind != STORE_REPLY_TEXT && reply->kind != STORE_REPLY_ERROR))
        return TEXT_NONE;
    return text_bytes(reply->data, reply->length);
}

size_t store_reply_count(const struct store_reply *reply)
{
    return reply && reply->kind == STORE_REPLY_ARRAY ? (size_t)reply->integer : 0;
}

const struct store_reply *store_reply_at(const struct store_reply *reply, size_t index)
{
    return index < store_reply_count(reply) ? reply->items[index] : NULL;
}

struct text store_reply_text_at(const struct store_reply *reply, size_t index)
{
    return store_reply_text(store_reply_at(reply, index));
}
