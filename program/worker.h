/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call/api.h"
#include "store/follower.h"

/* One process that serves: a loop, its connections to Redis, the cities and tokens in memory, the
 * HTTP server. */

struct worker_options {
    const char *url; /* of the store */
    const struct vault *vault;
    const char *name; /* ANNOUNCE_WORKER_PREFIX and what no other worker of the store has */
    unsigned retention_days;
    struct metrics *metrics;
    int listen_fd;
    const struct http_limits *limits;
    const struct proxies *trusted; /* whose X-Forwarded-For is believed */
    void (*on_ready)(void *owner); /* once, when it serves */
    void *owner;
};

struct worker {
    uv_loop_t *loop;
    struct worker_options options;
    struct api api; /* as its calls see it */
    struct store_follower *follower;
    struct timers *timers;
    uv_timer_t retry;         /* of a load that failed */
    uv_timer_t reread;        /* of the tokens */
    struct buffer control_id; /* of the control stream's newest entry */
    unsigned loading;         /* cities and tokens that are being read */
    unsigned gaps_left;       /* streams that the follower has not begun to follow yet */
    bool load_failed, is_ready;
    void (*on_stopped)(void *owner);
};

/* Connects, reads the cities and tokens, then serves on the options' socket. NULL with a message in
 * `*error` when the URL is malformed. */
struct worker *worker_start(uv_loop_t *loop, const struct worker_options *options,
                            const char **error);

/* Drains: no new connections, open requests are answered (`timeout_ms` at most), then everything is
 * closed and freed and `on_stopped` is called with the options' owner. */
void worker_stop(struct worker *worker, unsigned timeout_ms, void (*on_stopped)(void *owner));
