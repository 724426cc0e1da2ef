/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http/pool.h"

#include <limits.h>
#include <stdlib.h>

#include "base/clock.h"

#define LINGER_MS              2000
#define SPARE_BUFFER_BYTES_MAX (64 << 10)

void http_pool_init(struct http_pool *pool, uv_loop_t *loop, const struct http_limits *limits,
                    const struct http_handler *handler)
{
    *pool = (struct http_pool){.loop = loop,
                               .limits = *limits,
                               .handler = *handler,
                               .timeouts_ms = {[HTTP_STATE_IDLE] = limits->idle_timeout_ms,
                                               [HTTP_STATE_HEADER] = limits->header_timeout_ms,
                                               [HTTP_STATE_BODY] = limits->body_timeout_ms,
                                               [HTTP_STATE_WAITING] = UINT_MAX,
                                               [HTTP_STATE_WRITING] = limits->write_timeout_ms,
                                               [HTTP_STATE_LINGER] = LINGER_MS,
                                               [HTTP_STATE_CLOSING] = UINT_MAX}};
    for (int state = 0; state < HTTP_STATE_COUNT; state++)
        list_init(&pool->seats[state]);
    list_init(&pool->touched);
    list_init(&pool->orphans);
    pool->input = memory_new(HTTP_INPUT_BYTES);
}

void http_pool_free(struct http_pool *pool)
{
    while (list_take_first(&pool->orphans))
        ;
    while (pool->spare_count)
        buffer_free(&pool->spares[--pool->spare_count]);
    free(pool->input);
}

struct text http_pool_date(struct http_pool *pool)
{
    uint64_t now_ms = uv_now(pool->loop);

    if (now_ms >= pool->date_until_ms) {
        int64_t wall_ms = clock_now_ms();
        http_response_format_date(wall_ms, pool->date);
        pool->date_until_ms = now_ms + 1000 - (uint64_t)(wall_ms % 1000);
    }
    return text_bytes(pool->date, HTTP_DATE_LENGTH);
}

struct buffer http_pool_take_buffer(struct http_pool *pool)
{
    if (!pool->spare_count)
        return (struct buffer){0};
    return pool->spares[--pool->spare_count];
}

void http_pool_give_buffer(struct http_pool *pool, struct buffer *buffer)
{
    if (!buffer->data)
        return;
    if (pool->spare_count == HTTP_SPARES_MAX || buffer->capacity > SPARE_BUFFER_BYTES_MAX) {
        buffer_free(buffer);
        return;
    }
    buffer_clear(buffer);
    pool->spares[pool->spare_count++] = *buffer;
    *buffer = (struct buffer){0};
}

struct http_seat *http_pool_first(const struct http_pool *pool, enum http_state state)
{
    struct list *first = pool->seats[state].next;

    return first == &pool->seats[state] ? NULL : CONTAINER_OF(first, struct http_seat, link);
}

/* To the end of the state's list: there its deadline is the last one, for all wait equally long. */
void http_seat_move(struct http_seat *seat, enum http_state state)
{
    struct http_pool *pool = seat->pool;

    if (seat->state == HTTP_STATE_CLOSING)
        abort();
    seat->state = state;
    seat->deadline_ms = uv_now(pool->loop) + pool->timeouts_ms[state];
    list_remove(&seat->link);
    list_append(&pool->seats[state], &seat->link);
}
