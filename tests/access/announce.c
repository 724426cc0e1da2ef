/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/announce.h"

#include <stdio.h>

#include "store/follower.h"
#include "tests/leaks.h"
#include "tests/store/redis.h"

static struct test_redis redis;
static uv_loop_t loop;
static struct store *store;

static void set_up(void)
{
    test_redis_make(&redis);
    test_redis_start(&redis, NULL);
    uv_loop_init(&loop);
    store = test_store_open(&loop, redis.url);
}

static void tear_down(void)
{
    test_store_close(&loop, store);
    cr_expect_eq(uv_loop_close(&loop), 0);
    test_redis_remove(&redis);
    assert_no_leaks();
}

TestSuite(announce, .init = set_up, .fini = tear_down, .timeout = 60);

/* What a worker does: follows the stream on a connection with its name and says how far it is. */
struct worker {
    const char *name;
    struct store *store;
    struct store_follower *follower;
    unsigned entries;
    bool ready, is_slow, closed;
    char kind[32], value[32];
};

static void apply(struct worker *worker, struct text id)
{
    if (!worker->is_slow)
        announce_applied(worker->store, text_of(worker->name), id);
}

static void on_gap(void *owner, unsigned stream, struct text id)
{
    struct worker *worker = owner;

    (void)stream;
    worker->ready = true;
    apply(worker, id);
}

static void on_entry(void *owner, unsigned stream, struct text id, const struct store_reply *fields)
{
    struct worker *worker = owner;

    (void)stream;
    worker->entries++;
    snprintf(worker->kind, sizeof worker->kind, TEXT_FMT, TEXT_ARG(store_reply_text_at(fields, 0)));
    snprintf(worker->value, sizeof worker->value, TEXT_FMT,
             TEXT_ARG(store_reply_text_at(fields, 1)));
    apply(worker, id);
}

static void start_worker(struct worker *worker)
{
    const char *error;
    struct text stream = ANNOUNCE_STREAM;
    struct store_options options = {.url = redis.url, .client_name = worker->name};
    struct store_follower_options follower = {
        .url = redis.url,
        .client_name = worker->name,
        .streams = &stream,
        .stream_count = 1,
        .on_entry = on_entry,
        .on_gap = on_gap,
        .owner = worker,
    };

    worker->store = store_open(&loop, &options, &error);
    run_until(&loop, store_is_connected(worker->store), 5000);
    worker->follower = store_follower_open(&loop, &follower, &error);
    run_until(&loop, worker->ready, 5000);
}

static void on_closed(void *owner)
{
    ((struct worker *)owner)->closed = true;
}

static void stop_worker(struct worker *worker)
{
    store_follower_close(worker->follower, on_closed, worker);
    run_until(&loop, worker->closed, 5000);
    test_store_close(&loop, worker->store);
}

Test(announce, nobody_is_waited_for_when_nobody_serves)
{
    char length[256];

    cr_expect_eq(announce(store, TEXT("tokens"), TEXT("1"), 5000, NULL), 0);
    test_ask(store, length, STORE_ARGS(TEXT("XLEN"), ANNOUNCE_STREAM));
    cr_expect_str_eq(length, "1");
}

Test(announce, every_worker_has_taken_it_in)
{
    struct worker workers[] = {{.name = ANNOUNCE_WORKER_PREFIX "1"},
                               {.name = ANNOUNCE_WORKER_PREFIX "22"}};

    start_worker(&workers[0]);
    start_worker(&workers[1]);
    for (unsigned i = 1; i <= 3; i++) {
        cr_expect_eq(announce(store, TEXT("catalogue"), TEXT("410400"), 5000, NULL), 0);
        for (unsigned w = 0; w < 2; w++) {
            cr_expect_eq(workers[w].entries, i, "worker %u has %u of %u", w, workers[w].entries, i);
            cr_expect_str_eq(workers[w].kind, "catalogue");
            cr_expect_str_eq(workers[w].value, "410400");
        }
    }
    stop_worker(&workers[0]);
    stop_worker(&workers[1]);
}

Test(announce, a_worker_that_lags_is_told_of)
{
    struct worker fast = {.name = ANNOUNCE_WORKER_PREFIX "1"};
    struct worker slow = {.name = ANNOUNCE_WORKER_PREFIX "2", .is_slow = true};
    struct buffer reason = {0};

    start_worker(&fast);
    start_worker(&slow);
    cr_expect_eq(announce(store, TEXT("tokens"), TEXT("1"), 200, &reason), 1);
    cr_expect(text_is(buffer_text(&reason), "not within 200 ms by " ANNOUNCE_WORKER_PREFIX "2"),
              TEXT_FMT, TEXT_ARG(buffer_text(&reason)));
    buffer_free(&reason);
    /* One that has gone is waited for no longer, whatever it had applied. */
    stop_worker(&slow);
    cr_expect_eq(announce(store, TEXT("tokens"), TEXT("2"), 5000, NULL), 0);
    stop_worker(&fast);
}

Test(announce, an_old_word_is_not_enough)
{
    struct worker slow = {.name = ANNOUNCE_WORKER_PREFIX "2"};

    start_worker(&slow);
    cr_expect_eq(announce(store, TEXT("tokens"), TEXT("1"), 5000, NULL), 0);
    slow.is_slow = true;
    cr_expect_eq(announce(store, TEXT("tokens"), TEXT("2"), 200, NULL), 1);
    cr_expect_eq(slow.entries, 2);
    stop_worker(&slow);
}

Test(announce, other_clients_are_not_waited_for)
{
    struct worker other = {.name = "jiaohao-command", .is_slow = true};

    start_worker(&other);
    cr_expect_eq(announce(store, TEXT("tokens"), TEXT("1"), 5000, NULL), 0);
    stop_worker(&other);
}

Test(announce, a_store_that_is_gone)
{
    struct buffer reason = {0};

    test_redis_kill(&redis);
    cr_expect_lt(announce(store, TEXT("tokens"), TEXT("1"), 100, &reason), 0);
    cr_expect_gt(reason.length, 0);
    buffer_free(&reason);
}

/* The words of Redis itself are the reason. */
Test(announce, a_store_that_is_full)
{
    struct buffer reason = {0};

    test_ask(store, NULL, STORE_ARGS(TEXT("CONFIG"), TEXT("SET"), TEXT("maxmemory"), TEXT("1")));
    cr_expect_lt(announce(store, TEXT("tokens"), TEXT("1"), 100, &reason), 0);
    cr_expect(text_starts_with(buffer_text(&reason), TEXT("OOM ")), TEXT_FMT,
              TEXT_ARG(buffer_text(&reason)));
    buffer_free(&reason);
}

/* Rows of workers that have gone say nothing and are forgotten. */
Test(announce, the_dead_are_forgotten)
{
    struct worker worker = {.name = ANNOUNCE_WORKER_PREFIX "1"};
    char row[256];

    test_ask(
        store, NULL,
        STORE_ARGS(TEXT("HSET"), ANNOUNCE_APPLIED, TEXT(ANNOUNCE_WORKER_PREFIX "9"), TEXT("1-1")));
    start_worker(&worker);
    cr_expect_eq(announce(store, TEXT("tokens"), TEXT("1"), 5000, NULL), 0);
    test_ask(store, row, STORE_ARGS(TEXT("HLEN"), ANNOUNCE_APPLIED));
    cr_expect_str_eq(row, "1");
    stop_worker(&worker);
}
