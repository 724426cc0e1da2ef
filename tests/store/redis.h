/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>
#include <uv.h>

#include "base/clock.h"
#include "store/store.h"

/* A redis-server of the test's own, on a unix socket in a directory of its own under TMPDIR. It
 * ends with the test, however the test ends. */
struct test_redis {
    char directory[64];
    char url[96];
    pid_t pid; /* 0 while it does not run */
};

/* Makes the directory; starts nothing. */
void test_redis_make(struct test_redis *redis);
/* Starts the server with `directives` behind the usual ones (NULL ends them, as for execv; NULL for
 * none) and waits until it answers. Its files are those of the last time. */
void test_redis_start(struct test_redis *redis, const char *const *directives);
void test_redis_kill(struct test_redis *redis);
/* Ends the server and removes the directory. */
void test_redis_remove(struct test_redis *redis);
void test_remove_directory(const char *path);

/* Whether Redis answers PING normally on the socket below `directory`. */
bool test_redis_answers(const char *socket_path);

/* Runs the loop until `*condition`; the test fails after `timeout_ms`. */
#define run_until(loop, condition, timeout_ms)                                                     \
    do {                                                                                           \
        int64_t run_until_ = clock_monotonic_ms() + (timeout_ms);                                  \
        test_wake_often(loop);                                                                     \
        while (!(condition) && clock_monotonic_ms() < run_until_)                                  \
            uv_run(loop, UV_RUN_ONCE);                                                             \
        test_wake_no_more(loop);                                                                   \
        cr_assert(condition, "not within %d ms: %s", (int)(timeout_ms), #condition);               \
    } while (0)

/* A timer that comes round every few milliseconds, so that a condition is looked at. */
void test_wake_often(uv_loop_t *loop);
void test_wake_no_more(uv_loop_t *loop);

/* Opens a store and waits for its connection. */
struct store *test_store_open(uv_loop_t *loop, const char *url);
/* Closes it and runs the loop until it is closed. */
void test_store_close(uv_loop_t *loop, struct store *store);
/* One command that must succeed; its reply's text or integer is written into `answer` (256 bytes).
 */
void test_ask(struct store *store, char *answer, const struct text *args, size_t count);
