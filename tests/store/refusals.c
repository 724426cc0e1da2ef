/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>

#include "store/store.h"
#include "tests/leaks.h"
#include "tests/store/redis.h"

/* A Redis that takes no writes, and says why. */

static uv_loop_t loop;
static struct store *store;
static char refused[64];

static void note_refusal(void *owner, enum store_status status, const struct store_reply *reply)
{
    cr_expect_eq(status, STORE_UNAVAILABLE);
    cr_expect_null(reply);
    snprintf(refused, sizeof refused, TEXT_FMT, TEXT_ARG(store_reason(store, status)));
    *(bool *)owner = true;
}

static void save_state(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct text info = store_reply_text(reply), line;

    cr_expect_eq(status, STORE_OK);
    while (text_split(&info, '\n', &line))
        if (text_starts_with(line, TEXT("rdb_last_bgsave_status:err")))
            *(bool *)owner = true;
}

/* It cannot save: a directory stands where the file should. */
static void break_disk(const struct test_redis *redis)
{
    char path[128];
    bool is_broken = false;

    snprintf(path, sizeof path, "%s/dump.rdb", redis->directory);
    cr_assert_eq(mkdir(path, 0700), 0);
    test_ask(store, NULL, STORE_ARGS(TEXT("SET"), TEXT("k"), TEXT("v")));
    test_ask(store, NULL, STORE_ARGS(TEXT("CONFIG"), TEXT("SET"), TEXT("save"), TEXT("3600 1")));
    test_ask(store, NULL, STORE_ARGS(TEXT("BGSAVE")));
    for (int64_t until = clock_monotonic_ms() + 5000; !is_broken && clock_monotonic_ms() < until;)
        store_command_wait(store, STORE_ARGS(TEXT("INFO"), TEXT("persistence")), 0, save_state,
                           &is_broken);
    cr_assert(is_broken);
}

Test(refusals, one_that_cannot_write_its_disk_is_connected_to_and_read_from)
{
    struct test_redis redis;
    char answer[256] = "";
    bool told = false;

    test_redis_make(&redis);
    test_redis_start(&redis, NULL);
    uv_loop_init(&loop);
    store = test_store_open(&loop, redis.url);
    break_disk(&redis);
    test_store_close(&loop, store);
    store = test_store_open(&loop, redis.url); /* its PING is refused as well */
    test_ask(store, answer, STORE_ARGS(TEXT("GET"), TEXT("k")));
    cr_expect_str_eq(answer, "v");
    store_command(store, STORE_ARGS(TEXT("SET"), TEXT("k"), TEXT("w")), 0, note_refusal, &told);
    run_until(&loop, told, 2000);
    cr_expect(text_starts_with(text_of(refused), TEXT("MISCONF ")), "%s", refused);
    test_store_close(&loop, store);
    cr_expect_eq(uv_loop_close(&loop), 0);
    test_redis_remove(&redis);
    assert_no_leaks();
}
