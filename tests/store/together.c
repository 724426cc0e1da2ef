/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>

#include "store/store.h"
#include "tests/leaks.h"
#include "tests/store/redis.h"

/* What is read together is one moment's, leaves whole or not at all, and calls back once, whatever
 * happens to it. */

enum { CAP = 8 };

static struct test_redis redis;
static uv_loop_t loop;
static struct store *store;

struct told {
    unsigned count;
    enum store_status status;
    char text[256]; /* an error, or the replies */
    bool inside;    /* a call to store_read_together() is on the stack */
};

static void print(struct told *told, const struct store_reply *reply)
{
    size_t length = strlen(told->text);
    char *at = told->text + length;

    switch (store_reply_kind(reply)) {
    case STORE_REPLY_ARRAY:
        strcat(told->text, "[");
        for (size_t i = 0; i < store_reply_count(reply); i++)
            print(told, store_reply_at(reply, i));
        strcat(told->text, "]");
        break;
    case STORE_REPLY_NIL:
        strcat(told->text, "nil ");
        break;
    case STORE_REPLY_INTEGER:
        snprintf(at, sizeof told->text - length, "%d ", (int)store_reply_integer(reply));
        break;
    case STORE_REPLY_TEXT:
    case STORE_REPLY_ERROR:
        snprintf(at, sizeof told->text - length, TEXT_FMT " ", TEXT_ARG(store_reply_text(reply)));
    }
}

static void note(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct told *told = owner;

    cr_assert_not(told->inside, "called back from inside");
    told->count++;
    told->status = status;
    told->text[0] = '\0';
    print(told, reply);
}

static void read_all(struct told *told, unsigned timeout_ms)
{
    told->inside = true;
    store_read_together(store,
                        (const struct store_call[]){
                            STORE_CALL(TEXT("HGETALL"), TEXT("hash")),
                            STORE_CALL(TEXT("GET"), TEXT("nothing")),
                            STORE_CALL(TEXT("XREVRANGE"), TEXT("stream"), TEXT("+"), TEXT("-"),
                                       TEXT("COUNT"), TEXT("1")),
                            STORE_CALL(TEXT("HLEN"), TEXT("hash")),
                        },
                        4, timeout_ms, note, told);
    told->inside = false;
}

#define ALL "[[a 1 b 2 ]nil [[2-0 [k w ]]]2 ]"

static void fill(void)
{
    test_ask(store, NULL,
             STORE_ARGS(TEXT("HSET"), TEXT("hash"), TEXT("a"), TEXT("1"), TEXT("b"), TEXT("2")));
    test_ask(store, NULL,
             STORE_ARGS(TEXT("XADD"), TEXT("stream"), TEXT("1-0"), TEXT("k"), TEXT("v")));
    test_ask(store, NULL,
             STORE_ARGS(TEXT("XADD"), TEXT("stream"), TEXT("2-0"), TEXT("k"), TEXT("w")));
}

static void begin(void)
{
    const char *error;
    struct store_options options = {.in_flight_max = CAP, .backoff_max_ms = 20};

    test_redis_make(&redis);
    test_redis_start(&redis, NULL);
    uv_loop_init(&loop);
    options.url = redis.url;
    store = store_open(&loop, &options, &error);
    run_until(&loop, store_is_connected(store), 5000);
    fill();
}

static void end(void)
{
    test_store_close(&loop, store);
    cr_expect_eq(uv_loop_close(&loop), 0, "a handle was left open");
    test_redis_remove(&redis);
    assert_no_leaks();
}

Test(together, each_has_its_reply_in_its_place)
{
    struct told told = {0};

    begin();
    read_all(&told, 0);
    run_until(&loop, told.count == 1, 2000);
    cr_expect_eq(told.status, STORE_OK);
    cr_expect_str_eq(told.text, ALL);
    end();
}

Test(together, it_takes_one_place_and_is_refused_where_there_is_none)
{
    begin();
    for (unsigned room = 0; room <= 4; room++) {
        struct told told = {0}, before = {0};
        char answer[256] = "";

        for (unsigned i = 0; i < CAP - room; i++)
            store_command(store, STORE_ARGS(TEXT("PING")), 0, note, &before);
        read_all(&told, 0);
        run_until(&loop, told.count == 1 && before.count == CAP - room, 2000);
        cr_expect_eq(told.status, room ? STORE_OK : STORE_BUSY, "room %u", room);
        cr_expect_str_eq(told.text, room ? ALL : "nil ");
        test_ask(store, answer, STORE_ARGS(TEXT("ECHO"), TEXT("later")));
        cr_expect_str_eq(answer, "later");
    }
    end();
}

static void read_pair(struct told *told, struct store_call second)
{
    told->count = 0;
    store_read_together(store,
                        (const struct store_call[]){STORE_CALL(TEXT("HLEN"), TEXT("hash")), second},
                        2, 0, note, told);
    run_until(&loop, told->count == 1, 2000);
    cr_expect_eq(told->status, STORE_ERROR);
}

Test(together, an_error_of_one_is_told)
{
    struct told told = {0};

    begin();
    read_pair(&told, STORE_CALL(TEXT("GET"), TEXT("hash")));
    cr_expect(text_starts_with(text_of(told.text), TEXT("WRONGTYPE")), "%s", told.text);
    read_pair(&told, STORE_CALL(TEXT("NOSUCH"), TEXT("hash")));
    read_pair(&told, STORE_CALL(TEXT("SET"), TEXT("written"), TEXT("1")));
    test_ask(store, told.text, STORE_ARGS(TEXT("EXISTS"), TEXT("written")));
    cr_expect_str_eq(told.text, "0", "it only reads");
    end();
}

static char refused[64];

static void note_refusal(void *owner, enum store_status status, const struct store_reply *reply)
{
    note(owner, status, reply);
    snprintf(refused, sizeof refused, TEXT_FMT, TEXT_ARG(store_reason(store, status)));
}

Test(together, a_full_redis_reads_all_the_same)
{
    struct told told = {0};

    begin();
    test_ask(store, NULL, STORE_ARGS(TEXT("CONFIG"), TEXT("SET"), TEXT("maxmemory"), TEXT("1")));
    read_all(&told, 0);
    run_until(&loop, told.count == 1, 2000);
    cr_expect_str_eq(told.text, ALL);
    store_command(store, STORE_ARGS(TEXT("SET"), TEXT("k"), TEXT("v")), 0, note_refusal, &told);
    run_until(&loop, told.count == 2, 2000);
    cr_expect_eq(told.status, STORE_UNAVAILABLE);
    cr_expect(text_starts_with(text_of(refused), TEXT("OOM ")), "%s", refused);
    end();
}

Test(together, it_calls_back_once_when_redis_is_lost_stands_still_or_is_away)
{
    struct told lost = {0}, late = {0}, away = {0}, back = {0};

    begin();
    kill(redis.pid, SIGSTOP);
    read_all(&lost, 0);
    uv_run(&loop, UV_RUN_NOWAIT);
    uv_run(&loop, UV_RUN_NOWAIT);
    test_redis_kill(&redis);
    run_until(&loop, lost.count == 1, 2000);
    cr_expect_eq(lost.status, STORE_LOST);
    read_all(&away, 0);
    run_until(&loop, away.count == 1, 2000);
    cr_expect_eq(away.status, STORE_UNAVAILABLE);
    test_redis_start(&redis, NULL);
    run_until(&loop, store_is_connected(store), 5000);
    kill(redis.pid, SIGSTOP);
    read_all(&late, 200);
    run_until(&loop, late.count == 1, 2000);
    cr_expect_eq(late.status, STORE_TIMEOUT);
    kill(redis.pid, SIGCONT);
    run_until(&loop, store_is_connected(store), 5000);
    read_all(&back, 0);
    run_until(&loop, back.count == 1, 5000);
    cr_expect_eq(back.status, STORE_OK);
    cr_expect(lost.count == 1 && late.count == 1 && away.count == 1);
    end();
}
