/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "base/buffer.h"

/* A private redis-server below a data directory: `DIR/redis/` holds its files (mode 0700),
 * `DIR/redis/redis.sock` is its address. It runs durably: appendonly yes, appendfsync always,
 * no-appendfsync-on-rewrite no, maxmemory-policy noeviction, port 0, save ""; and with a maxmemory,
 * since a Redis that took all of the machine's would be ended by the kernel, and one that is full
 * refuses writes and goes on reading.
 *
 * One owner at a time: a lock on `DIR/redis/lock` that the server process inherits, so that the
 * lock is free only when owner and server are both gone. The server is told to end when its owner
 * dies (PR_SET_PDEATHSIG), however that happens. */

struct embedded_redis;

struct embedded_redis_options {
    const char *data_dir;
    const char *appendfsync;   /* NULL for "always" */
    uint64_t memory_bytes_max; /* maxmemory; 0: half of what store/machine_memory.h tells */
    unsigned start_timeout_ms; /* 0 for 60,000: an append-only file takes its time to load */
};

enum embedded_status {
    EMBEDDED_OK = 0,
    EMBEDDED_FAILED = -1, /* `error` says why */
    EMBEDDED_RUNNING = 1, /* somebody else owns the server of this directory and it answers */
};

/* Starts the server and runs the loop until it answers PING; to be called by a thread that lives as
 * long as the program (PR_SET_PDEATHSIG is about the thread), not from inside a callback. `error`
 * gets an English message when the result is EMBEDDED_FAILED; when the server ended or did not
 * answer, with the last lines of DIR/redis/redis.log. While a former server of the directory is
 * still going down, waits for it. From then on a server that ends is started again (back-off) as
 * long as the loop runs and embedded_redis_stop() was not called. */
enum embedded_status embedded_redis_start(uv_loop_t *loop,
                                          const struct embedded_redis_options *options,
                                          struct embedded_redis **redis, struct buffer *error);

/* The address, `unix:DIR/redis/redis.sock`; appended to `url`. Works without a running server. */
void embedded_redis_url(const char *data_dir, struct buffer *url);

/* SIGTERM (SIGKILL after ten seconds), runs the loop until the server has ended, frees `redis`. */
void embedded_redis_stop(struct embedded_redis *redis);
