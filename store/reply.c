/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/reply.h"

#include <hiredis/hiredis.h>

#include "store/reply_pool.h"

struct store_reply {
    enum store_reply_kind kind;
    int64_t integer; /* of an integer; the number of items of an array */
    union {
        const char *data;           /* of a text or error, with a NUL behind it */
        struct store_reply **items; /* of an array */
    };
    size_t length;
};

/* A reply where hiredis wants it: hooked into the array that is being read, if there is one. */
static struct store_reply *new_reply(const redisReadTask *task, enum store_reply_kind kind)
{
    struct store_reply *reply = reply_pool_take(task->privdata, sizeof *reply);

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
    char *copy = reply_pool_take(task->privdata, length + 1);

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

    reply->items = reply_pool_take(task->privdata, bytes);
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

redisReplyObjectFunctions store_reply_functions = {
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
