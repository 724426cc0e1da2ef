/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/http/response.h"
#include "base/list.h"

/* What the connections of one server share, and the seat that each has there: a list by state,
 * ordered by deadline, and a list of those that something happened to. */

enum { HTTP_INPUT_BYTES = 65536, HTTP_SPARES_MAX = 128 };

/* Each state has its own time limit. */
enum http_state {
    HTTP_STATE_IDLE,    /* no request */
    HTTP_STATE_HEADER,  /* a request has begun */
    HTTP_STATE_BODY,    /* its header is whole */
    HTTP_STATE_WAITING, /* for the handler, as long as that takes */
    HTTP_STATE_WRITING, /* for the client to take an answer */
    HTTP_STATE_LINGER,  /* all is said; reads what still comes, so that no reset eats the answer */
    HTTP_STATE_CLOSING,
    HTTP_STATE_COUNT
};

struct http_pool {
    uv_loop_t *loop;
    struct http_limits limits;
    struct http_handler handler;
    struct http_statistics statistics;
    bool is_draining;
    /* A connection's handle is closed and its memory free. */
    void (*on_closed)(struct http_pool *pool);

    unsigned timeouts_ms[HTTP_STATE_COUNT];
    struct list seats[HTTP_STATE_COUNT];
    struct list touched; /* seats to settle before the loop waits again */
    struct list orphans; /* exchanges whose client went away while a handler works on them */

    char *input;                           /* what every connection reads into */
    struct buffer spares[HTTP_SPARES_MAX]; /* output buffers that nobody uses now */
    unsigned spare_count;
    char date[HTTP_DATE_LENGTH];
    uint64_t date_until_ms;
};

struct http_seat {
    struct http_pool *pool;
    struct list link; /* in its state's list */
    struct list touched;
    enum http_state state;
    uint64_t deadline_ms;
    bool is_overrun;  /* a stream of it has more unsent than may be */
    bool is_loopback; /* whose it is, as its requests tell */
    unsigned char peer[HTTP_ADDRESS_BYTES];
};

void http_pool_init(struct http_pool *pool, uv_loop_t *loop, const struct http_limits *limits,
                    const struct http_handler *handler);
/* Its connections are closed. */
void http_pool_free(struct http_pool *pool);

/* Whether requests and answers take more than they may; then each connection has one at a time. */
static inline bool http_pool_is_crowded(const struct http_pool *pool)
{
    return pool->statistics.bytes_held > pool->limits.held_bytes_max;
}

/* The Date line of this second. */
struct text http_pool_date(struct http_pool *pool);

/* An empty buffer with the memory of an earlier one, and its way back. */
struct buffer http_pool_take_buffer(struct http_pool *pool);
void http_pool_give_buffer(struct http_pool *pool, struct buffer *buffer);

/* The seat whose deadline is the first of that state's; NULL when there is none. */
struct http_seat *http_pool_first(const struct http_pool *pool, enum http_state state);

/* Gives it another state, or the same anew, with a new deadline. Nothing leads out of
 * HTTP_STATE_CLOSING. */
void http_seat_move(struct http_seat *seat, enum http_state state);

/* Has its connection settled before the loop waits again. */
static inline void http_seat_touch(struct http_seat *seat)
{
    if (list_is_empty(&seat->touched))
        list_append(&seat->pool->touched, &seat->touched);
}
