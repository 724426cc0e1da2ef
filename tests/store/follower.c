/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/follower.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "tests/leaks.h"
#include "tests/store/redis.h"

#define STREAM_COUNT 2

static const struct text streams[STREAM_COUNT] = {TEXT("{a}:events"), TEXT("{b}:events")};
static const char *const durable[] = {"--appendonly", "yes", "--appendfsync", "always", NULL};

static struct test_redis redis;
static uv_loop_t loop;
static struct store_follower *follower;
static struct store *store; /* of the writer */

/* What the follower told of each stream. */
static struct {
    unsigned gaps;
    char gap_id[64];
    unsigned entries;
    long last; /* the `n` of the last entry */
    bool disorder;
} seen[STREAM_COUNT];

static void note_entry(void *owner, unsigned stream, struct text id,
                       const struct store_reply *fields)
{
    int64_t number = -1;

    cr_assert_eq(owner, &redis);
    cr_assert(id.length >= 3);
    cr_assert(text_is(store_reply_text_at(fields, 0), "n"));
    text_to_integer(store_reply_text_at(fields, 1), 0, INT32_MAX, &number);
    seen[stream].disorder |= number != seen[stream].last + 1;
    seen[stream].last = number;
    seen[stream].entries++;
}

static void note_gap(void *owner, unsigned stream, struct text id)
{
    cr_assert_eq(owner, &redis);
    seen[stream].gaps++;
    snprintf(seen[stream].gap_id, sizeof seen[stream].gap_id, TEXT_FMT, TEXT_ARG(id));
}

static void add(unsigned stream, long number, const char *length_max)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%ld", number);
    test_ask(store, NULL,
             STORE_ARGS(TEXT("XADD"), streams[stream], TEXT("MAXLEN"), text_of(length_max),
                        TEXT("*"), TEXT("n"), text_of(digits)));
}

static void follow(void)
{
    const char *error;
    struct store_follower_options options = {.url = redis.url,
                                             .client_name = "follower",
                                             .streams = streams,
                                             .stream_count = STREAM_COUNT,
                                             .on_entry = note_entry,
                                             .on_gap = note_gap,
                                             .owner = &redis};

    memset(seen, 0, sizeof seen);
    follower = store_follower_open(&loop, &options, &error);
    cr_assert_not_null(follower);
    run_until(&loop, seen[0].gaps && seen[1].gaps, 5000);
}

static void set_up(void)
{
    test_redis_make(&redis);
    uv_loop_init(&loop);
    test_redis_start(&redis, durable);
    store = test_store_open(&loop, redis.url);
}

static void tear_down(void)
{
    test_redis_remove(&redis);
}

TestSuite(follower, .init = set_up, .fini = tear_down, .timeout = 60);

static void set_flag(void *owner)
{
    *(bool *)owner = true;
}

static void finish(void)
{
    bool closed = false;

    store_follower_close(follower, set_flag, &closed);
    run_until(&loop, closed, 5000);
    test_store_close(&loop, store);
    cr_assert_eq(uv_loop_close(&loop), 0);
    assert_no_leaks();
}

/* Takes the server away for as long as it takes the follower to notice, without its files ending.
 */
static void restart_server(bool keeps_files)
{
    test_redis_kill(&redis);
    run_until(&loop, !store_is_connected(store), 5000);
    if (!keeps_files) {
        char path[96];
        snprintf(path, sizeof path, "%s/appendonlydir", redis.directory);
        test_remove_directory(path);
    }
    test_redis_start(&redis, durable);
}

Test(follower, starts_at_the_end_and_reads_in_order)
{
    add(0, 1000, "100");
    follow();
    cr_assert_str_neq(seen[0].gap_id, "0-0");
    cr_assert_str_eq(seen[1].gap_id, "0-0");
    for (long i = 1; i <= 3000; i++) {
        store_command(
            store,
            STORE_ARGS(TEXT("EVAL"),
                       TEXT("return redis.call('XADD', KEYS[1], '*', 'n', redis.call('INCR',"
                            " KEYS[1]..'n'))"),
                       TEXT("1"), streams[i % 2]),
            0, NULL, NULL);
    }
    run_until(&loop, seen[0].entries == 1500 && seen[1].entries == 1500, 10000);
    cr_assert_not(seen[0].disorder || seen[1].disorder);
    cr_assert(seen[0].gaps == 1 && seen[1].gaps == 1);
    finish();
}

Test(follower, goes_on_over_a_restart_of_the_server)
{
    follow();
    add(0, 1, "100");
    add(0, 2, "100");
    run_until(&loop, seen[0].entries == 2, 5000);
    restart_server(true);
    add(0, 3, "100");
    add(1, 1, "100");
    run_until(&loop, seen[0].entries == 3 && seen[1].entries == 1, 10000);
    cr_assert(seen[0].gaps == 1 && seen[1].gaps == 1, "a gap where nothing was missed");
    cr_assert_not(seen[0].disorder || seen[1].disorder);
    finish();
}

/* While the follower cannot read (its loop stands still), the stream moves on past it. */
Test(follower, tells_a_gap_after_a_trim_past_it)
{
    char command[512];

    follow();
    add(0, 1, "100");
    run_until(&loop, seen[0].entries == 1, 5000);
    snprintf(
        command, sizeof command,
        "for i in 2 3 4 5 6 7 8; do redis-cli -s %s/redis.sock XADD '{a}:events' MAXLEN 3 '*' n "
        "$i; done >/dev/null",
        redis.directory);
    test_ask(store, NULL, STORE_ARGS(TEXT("CLIENT"), TEXT("KILL"), TEXT("SKIPME"), TEXT("yes")));
    cr_assert_eq(system(command), 0);
    run_until(&loop, seen[0].gaps == 2, 10000);
    cr_assert_eq(seen[0].entries, 1, "entries behind a hole before the gap was told");
    add(0, 9, "100");
    run_until(&loop, seen[0].entries == 2, 10000);
    cr_assert_eq(seen[0].last, 9);
    cr_assert_eq(seen[1].gaps, 1);
    finish();
}

/* The connection stays; XREAD is answered by the first of the entries, the rest comes too fast. */
Test(follower, tells_a_gap_before_what_follows_it_on_a_live_connection)
{
    char command[512];

    follow();
    add(0, 1, "100");
    run_until(&loop, seen[0].entries == 1, 5000);
    uv_run(&loop, UV_RUN_NOWAIT);
    snprintf(
        command, sizeof command,
        "for i in 2 3 4 5 6 7 8; do redis-cli -s %s/redis.sock XADD '{a}:events' MAXLEN 3 '*' n "
        "$i; done >/dev/null",
        redis.directory);
    cr_assert_eq(system(command), 0);
    run_until(&loop, seen[0].gaps == 2, 10000);
    cr_assert_leq(seen[0].last, 2, "entry %ld before the gap", seen[0].last);
    add(0, 9, "100");
    run_until(&loop, seen[0].last == 9, 10000);
    finish();
}

/* As above, but what was trimmed had been read: exactly no gap. */
Test(follower, tells_no_gap_when_only_read_entries_were_trimmed)
{
    char command[512];

    follow();
    for (long i = 1; i <= 5; i++)
        add(0, i, "100");
    run_until(&loop, seen[0].entries == 5, 5000);
    snprintf(command, sizeof command,
             "for i in 6 7 8; do redis-cli -s %s/redis.sock XADD '{a}:events' MAXLEN 3 '*' n "
             "$i; done >/dev/null",
             redis.directory);
    test_ask(store, NULL, STORE_ARGS(TEXT("CLIENT"), TEXT("KILL"), TEXT("SKIPME"), TEXT("yes")));
    cr_assert_eq(system(command), 0);
    run_until(&loop, seen[0].entries == 8, 10000);
    cr_assert_eq(seen[0].gaps, 1);
    cr_assert_not(seen[0].disorder);
    finish();
}

Test(follower, goes_on_when_all_that_it_read_is_trimmed)
{
    follow();
    add(0, 1, "100");
    run_until(&loop, seen[0].entries == 1, 5000);
    test_ask(store, NULL, STORE_ARGS(TEXT("XTRIM"), streams[0], TEXT("MAXLEN"), TEXT("0")));
    test_ask(store, NULL, STORE_ARGS(TEXT("CLIENT"), TEXT("KILL"), TEXT("SKIPME"), TEXT("yes")));
    add(0, 2, "100");
    run_until(&loop, seen[0].entries == 2, 10000);
    add(0, 3, "100");
    run_until(&loop, seen[0].entries == 3, 10000);
    cr_assert_eq(seen[0].gaps, 1);
    finish();
}

Test(follower, tells_a_gap_when_the_store_is_an_empty_one)
{
    follow();
    add(0, 1, "100");
    run_until(&loop, seen[0].entries == 1, 5000);
    restart_server(false);
    run_until(&loop, seen[0].gaps == 2, 10000);
    cr_assert_str_eq(seen[0].gap_id, "0-0");
    cr_assert_eq(seen[1].gaps, 1, "nothing was ever in it");
    add(0, 2, "100");
    run_until(&loop, seen[0].entries == 2, 10000);
    finish();
}

/* More entries than were read, and later ones: only the missing entry at the position shows it. */
Test(follower, tells_a_gap_when_the_store_is_another_one)
{
    char command[512];

    follow();
    add(0, 1, "100");
    run_until(&loop, seen[0].entries == 1, 5000);
    snprintf(command, sizeof command,
             "redis-cli -s %s/redis.sock FLUSHALL >/dev/null; for i in 1 2 3; do redis-cli -s "
             "%s/redis.sock XADD '{a}:events' \"$i-1\" n $i; done >/dev/null; redis-cli -s "
             "%s/redis.sock XADD '{a}:events' '*' n 4 >/dev/null",
             redis.directory, redis.directory, redis.directory);
    test_ask(store, NULL, STORE_ARGS(TEXT("CLIENT"), TEXT("KILL"), TEXT("SKIPME"), TEXT("yes")));
    cr_assert_eq(system(command), 0);
    run_until(&loop, seen[0].gaps == 2, 10000);
    cr_assert_eq(seen[0].entries, 1);
    finish();
}

Test(follower, can_be_closed_before_it_is_connected)
{
    const char *error;
    bool closed = false;
    struct store_follower *early;
    struct store_follower_options options = {.url = "unix:/nonexistent/redis.sock",
                                             .streams = streams,
                                             .stream_count = STREAM_COUNT,
                                             .on_entry = note_entry,
                                             .on_gap = note_gap};

    early = store_follower_open(&loop, &options, &error);
    store_follower_close(early, set_flag, &closed);
    run_until(&loop, closed, 2000);
    options.url = "nonsense:";
    cr_assert_null(store_follower_open(&loop, &options, &error));
    cr_assert_not_null(error);
    follow();
    finish();
}
