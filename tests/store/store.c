/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "tests/leaks.h"
#include "tests/store/redis.h"

static struct test_redis redis;
static uv_loop_t loop;
static struct store *store;

static void set_up(void)
{
    test_redis_make(&redis);
    uv_loop_init(&loop);
    store = NULL;
}

static void tear_down(void)
{
    test_redis_remove(&redis);
}

TestSuite(store, .init = set_up, .fini = tear_down, .timeout = 60);

/* The end of each test; not in tear_down(), whose failures Criterion does not count. */
static void finish(void)
{
    if (store)
        test_store_close(&loop, store);
    cr_assert_eq(uv_loop_close(&loop), 0, "a handle was left open");
    assert_no_leaks();
}

#define STORE_TEST(name)                                                                           \
    static void name(void);                                                                        \
    Test(store, name)                                                                              \
    {                                                                                              \
        name();                                                                                    \
        finish();                                                                                  \
    }                                                                                              \
    static void name(void)

/* What became of a number of commands. */
struct tally {
    unsigned total;
    unsigned by_status[8];
    bool inside; /* a call to store_command() is on the stack */
    char last[64];
};

static void count_call(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct tally *tally = owner;
    struct text text = store_reply_text(reply);

    cr_assert(!tally->inside, "called back from inside store_command()");
    cr_assert((reply != NULL) == (status == STORE_OK || status == STORE_ERROR));
    tally->total++;
    tally->by_status[-status]++;
    snprintf(tally->last, sizeof tally->last, TEXT_FMT, TEXT_ARG(text));
}

static void send_counted(struct tally *tally, const struct text *args, size_t count,
                         unsigned timeout_ms)
{
    tally->inside = true;
    store_command(store, args, count, timeout_ms, count_call, tally);
    tally->inside = false;
}

static unsigned state_changes;
static bool state;

static void note_state(void *owner, bool connected)
{
    (void)owner;
    cr_assert_neq(connected, state, "told twice");
    state = connected;
    state_changes++;
}

static void open_with(struct store_options options)
{
    const char *error;

    options.url = redis.url;
    options.on_state = note_state;
    state = false;
    state_changes = 0;
    store = store_open(&loop, &options, &error);
    cr_assert_not_null(store);
    cr_assert_eq(state_changes, 0, "told from inside store_open()");
}

STORE_TEST(refused_connection_is_reported_and_made_when_the_server_appears)
{
    struct tally tally = {0};

    open_with((struct store_options){.backoff_max_ms = 50});
    send_counted(&tally, STORE_ARGS(TEXT("PING")), 0);
    run_until(&loop, tally.total == 1, 2000);
    cr_assert_eq(tally.by_status[-STORE_UNAVAILABLE], 1);
    cr_assert_not(store_is_connected(store));
    test_redis_start(&redis, NULL);
    run_until(&loop, store_is_connected(store), 2000);
    cr_assert(state && state_changes == 1);
    send_counted(&tally, STORE_ARGS(TEXT("ECHO"), TEXT("hello")), 0);
    run_until(&loop, tally.total == 2, 2000);
    cr_assert_str_eq(tally.last, "hello");
}

/* Writes a TCP port of this machine that was free a moment ago. */
static void find_port(char *port, size_t size)
{
    struct sockaddr_in address;
    int length = sizeof address;
    uv_tcp_t probe;

    uv_tcp_init(&loop, &probe);
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_bind(&probe, (struct sockaddr *)&address, 0);
    uv_tcp_getsockname(&probe, (struct sockaddr *)&address, &length);
    uv_close((uv_handle_t *)&probe, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    snprintf(port, size, "%d", ntohs(address.sin_port));
}

/* A refusal on TCP comes as an error of the poll. Were it not seen, the first attempt would last
 * for its whole time-out. */
STORE_TEST(tcp_connection_after_a_refusal)
{
    struct store_options options = {.connect_timeout_ms = 60000, .backoff_max_ms = 20};
    struct tally tally = {0};
    char port[8], url[40], answer[256];
    const char *error;

    find_port(port, sizeof port);
    snprintf(url, sizeof url, "redis://127.0.0.1:%s", port);
    options.url = url;
    store = store_open(&loop, &options, &error);
    cr_assert_eq(store_command_wait(store, STORE_ARGS(TEXT("PING")), 200, count_call, &tally),
                 STORE_UNAVAILABLE);
    cr_assert_eq(tally.total, 1);
    test_redis_start(&redis, (const char *const[]){"--port", port, "--bind", "127.0.0.1", NULL});
    run_until(&loop, store_is_connected(store), 5000);
    test_ask(store, answer, STORE_ARGS(TEXT("ECHO"), TEXT("over TCP")));
    cr_assert_str_eq(answer, "over TCP");
}

STORE_TEST(replies_of_every_kind)
{
    struct tally tally = {0};
    char answer[256] = "";

    test_redis_start(&redis, NULL);
    open_with((struct store_options){.client_name = "the-name"});
    test_ask(store, answer, STORE_ARGS(TEXT("CLIENT"), TEXT("GETNAME")));
    cr_assert_str_eq(answer, "the-name");
    test_ask(store, answer, STORE_ARGS(TEXT("INCRBY"), TEXT("n"), TEXT("-7")));
    cr_assert_str_eq(answer, "-7");
    test_ask(store, answer, STORE_ARGS(TEXT("SET"), TEXT("bytes"), text_bytes("a\0\r\nb", 5)));
    cr_assert_str_eq(answer, "OK");
    test_ask(store, answer, STORE_ARGS(TEXT("STRLEN"), TEXT("bytes")));
    cr_assert_str_eq(answer, "5");
    send_counted(&tally, STORE_ARGS(TEXT("LPUSH"), TEXT("n"), TEXT("x")), 0);
    run_until(&loop, tally.total == 1, 2000);
    cr_assert_eq(tally.by_status[-STORE_ERROR], 1);
    cr_assert(text_starts_with(text_of(tally.last), TEXT("WRONGTYPE")));
}

static void check_nested(void *owner, enum store_status status, const struct store_reply *reply)
{
    const struct store_reply *inner = store_reply_at(reply, 1);

    cr_assert_eq(status, STORE_OK);
    cr_assert_eq(store_reply_count(reply), 4);
    cr_assert_eq(store_reply_integer(store_reply_at(reply, 0)), 1);
    cr_assert_eq(store_reply_count(inner), 2);
    cr_assert(text_is(store_reply_text_at(inner, 0), "two"));
    cr_assert_eq(store_reply_kind(store_reply_at(inner, 1)), STORE_REPLY_ARRAY);
    cr_assert_eq(store_reply_count(store_reply_at(inner, 1)), 0);
    cr_assert_eq(store_reply_kind(store_reply_at(reply, 2)), STORE_REPLY_NIL);
    cr_assert_eq(store_reply_text_at(reply, 3).length, 100000);
    cr_assert_null(store_reply_at(reply, 4));
    cr_assert_eq(store_reply_integer(inner), 0);
    cr_assert_null(store_reply_text(inner).data);
    *(bool *)owner = true;
}

STORE_TEST(nested_replies_and_accessors_of_another_kind)
{
    bool checked = false;

    test_redis_start(&redis, NULL);
    open_with((struct store_options){0});
    run_until(&loop, state, 2000);
    store_command(store,
                  STORE_ARGS(TEXT("EVAL"),
                             TEXT("return {1, {'two', {}}, false, string.rep('x', 100000)}"),
                             TEXT("0")),
                  0, check_nested, &checked);
    run_until(&loop, checked, 2000);
}

static void read_events(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct text info = store_reply_text(reply), line;

    (void)status;
    while (text_split(&info, '\n', &line))
        if (text_starts_with(line, TEXT("total_reads_processed:")))
            *(long *)owner = strtol(line.data + strlen("total_reads_processed:"), NULL, 10);
}

STORE_TEST(commands_of_a_turn_leave_in_one_write)
{
    struct tally tally = {0};
    long before = 0, after = 0;
    const struct text info[] = {TEXT("INFO"), TEXT("stats")};

    test_redis_start(&redis, NULL);
    open_with((struct store_options){0});
    store_command_wait(store, info, 2, 0, read_events, &before);
    for (int i = 0; i < 200; i++)
        send_counted(&tally, STORE_ARGS(TEXT("INCR"), TEXT("n")), 0);
    run_until(&loop, tally.total == 200, 2000);
    cr_assert_str_eq(tally.last, "", "integers have no text");
    store_command_wait(store, info, 2, 0, read_events, &after);
    cr_assert_eq(after - before, 2, "%ld reads for 200 commands and one INFO", after - before);
}

static void kill_after_some(void *owner, enum store_status status, const struct store_reply *reply)
{
    count_call(owner, status, reply);
    if (((struct tally *)owner)->total == 2500)
        kill(redis.pid, SIGKILL);
}

STORE_TEST(exactly_one_call_for_each_of_10000_commands_when_the_server_is_killed)
{
    struct tally tally = {0};
    char value[4096];

    memset(value, 'v', sizeof value);
    test_redis_start(&redis, NULL);
    open_with((struct store_options){.in_flight_max = 20000, .backoff_max_ms = 20});
    run_until(&loop, state, 2000);
    for (int i = 0; i < 10000; i++)
        store_command(store,
                      STORE_ARGS(TEXT("SET"), TEXT("key"),
                                 text_bytes(value, i < 5000 ? 100 : sizeof value / 4)),
                      0, kill_after_some, &tally);
    run_until(&loop, tally.total == 10000, 5000);
    cr_assert_not(state);
    cr_assert_geq(tally.by_status[-STORE_OK], 2500);
    cr_assert_gt(tally.by_status[-STORE_LOST] + tally.by_status[-STORE_UNAVAILABLE], 0);
    cr_assert_eq(tally.by_status[-STORE_OK] + tally.by_status[-STORE_LOST] +
                     tally.by_status[-STORE_UNAVAILABLE],
                 10000);
    test_redis_kill(&redis);
    test_redis_start(&redis, NULL);
    run_until(&loop, state, 2000);
    cr_assert_eq(tally.total, 10000, "a command called back again");
}

/* No signal, and the status of what was never sent: the write finds the break before any reading.
 */
STORE_TEST(write_to_a_server_that_is_gone)
{
    struct tally tally = {0};

    test_redis_start(&redis, NULL);
    open_with((struct store_options){0});
    run_until(&loop, state, 2000);
    test_redis_kill(&redis);
    send_counted(&tally, STORE_ARGS(TEXT("PING")), 0);
    run_until(&loop, tally.total == 1, 2000);
    cr_assert_eq(tally.by_status[-STORE_UNAVAILABLE], 1);
    cr_assert_not(state);
}

STORE_TEST(late_replies_are_swallowed_and_later_commands_are_right)
{
    struct tally late = {0}, slow = {0}, good = {0};

    test_redis_start(&redis, NULL);
    open_with((struct store_options){0});
    run_until(&loop, state, 2000);
    send_counted(&slow, STORE_ARGS(TEXT("DEBUG"), TEXT("SLEEP"), TEXT("0.3")), 0);
    for (int i = 0; i < 5; i++)
        send_counted(&late, STORE_ARGS(TEXT("ECHO"), TEXT("late")), 200);
    run_until(&loop, late.total == 5, 2000);
    cr_assert_eq(late.by_status[-STORE_TIMEOUT], 5);
    cr_assert_eq(slow.total, 0);
    send_counted(&good, STORE_ARGS(TEXT("ECHO"), TEXT("good")), 0);
    run_until(&loop, good.total == 1, 2000);
    cr_assert_str_eq(good.last, "good");
    cr_assert_eq(slow.by_status[-STORE_OK], 1);
    cr_assert_eq(late.total, 5);
    cr_assert_eq(state_changes, 1, "the connection was given up");
}

STORE_TEST(connection_on_which_nothing_arrives_is_given_up)
{
    struct tally brief = {0}, patient = {0}, after = {0};
    int64_t began;

    test_redis_start(&redis, NULL);
    open_with((struct store_options){.connect_timeout_ms = 200, .backoff_max_ms = 20});
    run_until(&loop, state, 2000);
    kill(redis.pid, SIGSTOP);
    began = clock_monotonic_ms();
    send_counted(&brief, STORE_ARGS(TEXT("PING")), 150);
    send_counted(&patient, STORE_ARGS(TEXT("PING")), 60000);
    run_until(&loop, patient.total == 1, 5000);
    cr_assert_geq(clock_monotonic_ms() - began, 295);
    cr_assert_eq(brief.by_status[-STORE_TIMEOUT], 1);
    cr_assert_eq(patient.by_status[-STORE_LOST], 1);
    cr_assert_not(state);
    kill(redis.pid, SIGCONT);
    run_until(&loop, state, 3000);
    send_counted(&after, STORE_ARGS(TEXT("ECHO"), TEXT("after")), 0);
    run_until(&loop, after.total == 1, 2000);
    cr_assert_str_eq(after.last, "after");
    cr_assert(brief.total == 1 && patient.total == 1);
}

/* The replies are in the socket, only this process was away. */
STORE_TEST(halt_of_this_process_is_not_a_time_out)
{
    struct tally tally = {0};
    int64_t until;

    test_redis_start(&redis, NULL);
    open_with((struct store_options){0});
    run_until(&loop, state, 2000);
    kill(redis.pid, SIGSTOP);
    for (int i = 0; i < 10; i++)
        send_counted(&tally, STORE_ARGS(TEXT("PING")), 100);
    uv_run(&loop, UV_RUN_NOWAIT);
    kill(redis.pid, SIGCONT);
    until = clock_monotonic_ms() + 250;
    while (clock_monotonic_ms() < until)
        ;
    run_until(&loop, tally.total == 10, 2000);
    cr_assert_eq(tally.by_status[-STORE_OK], 10);
}

STORE_TEST(more_than_the_cap_is_busy)
{
    struct tally tally = {0};

    test_redis_start(&redis, NULL);
    open_with((struct store_options){.in_flight_max = 8});
    run_until(&loop, state, 2000);
    for (int i = 0; i < 20; i++)
        send_counted(&tally, STORE_ARGS(TEXT("PING")), 0);
    run_until(&loop, tally.total == 20, 2000);
    cr_assert_eq(tally.by_status[-STORE_OK], 8);
    cr_assert_eq(tally.by_status[-STORE_BUSY], 12);
    send_counted(&tally, STORE_ARGS(TEXT("PING")), 0);
    run_until(&loop, tally.total == 21, 2000);
    cr_assert_eq(tally.by_status[-STORE_OK], 9);
}

STORE_TEST(close_calls_back_what_is_in_flight)
{
    struct tally tally = {0};

    test_redis_start(&redis, NULL);
    open_with((struct store_options){0});
    run_until(&loop, state, 2000);
    send_counted(&tally, STORE_ARGS(TEXT("DEBUG"), TEXT("SLEEP"), TEXT("0.2")), 0);
    uv_run(&loop, UV_RUN_NOWAIT);
    for (int i = 0; i < 100; i++)
        send_counted(&tally, STORE_ARGS(TEXT("PING")), 0);
    test_store_close(&loop, store);
    store = NULL;
    cr_assert_eq(tally.total, 101);
    cr_assert_eq(tally.by_status[-STORE_CLOSED], 101);
}

static void close_store(void *owner, enum store_status status, const struct store_reply *reply)
{
    count_call(owner, status, reply);
    if (store)
        store_close(store, NULL, NULL);
    store = NULL;
}

STORE_TEST(close_from_inside_a_reply)
{
    struct tally tally = {0};

    test_redis_start(&redis, NULL);
    open_with((struct store_options){0});
    run_until(&loop, state, 2000);
    for (int i = 0; i < 10; i++)
        store_command(store, STORE_ARGS(TEXT("PING")), 0, close_store, &tally);
    run_until(&loop, tally.total == 10, 2000);
    cr_assert_eq(tally.by_status[-STORE_OK], 1);
    cr_assert_eq(tally.by_status[-STORE_CLOSED], 9);
    uv_run(&loop, UV_RUN_DEFAULT);
}

static void send_again(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct tally *tally = owner;

    count_call(tally, status, reply);
    if (tally->total < 50)
        store_command(store, STORE_ARGS(TEXT("PING")), 0, send_again, tally);
}

STORE_TEST(failures_may_send_again_without_holding_up_the_loop)
{
    struct tally tally = {0};

    open_with((struct store_options){0});
    store_command(store, STORE_ARGS(TEXT("PING")), 0, send_again, &tally);
    for (unsigned turns = 1; tally.total < 50; turns++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        cr_assert_leq(tally.total, turns, "more than one failure of the chain in a turn");
        cr_assert_lt(turns, 1000);
    }
}

/* The same while bytes wait to be written, which is when the idle handle is stopped. */
STORE_TEST(failures_are_told_beside_commands_that_wait_to_be_written)
{
    struct tally sent = {0}, refused = {0};

    test_redis_start(&redis, NULL);
    open_with((struct store_options){.in_flight_max = 1});
    run_until(&loop, state, 2000);
    send_counted(&sent, STORE_ARGS(TEXT("DEBUG"), TEXT("SLEEP"), TEXT("0.2")), 0);
    store_command(store, STORE_ARGS(TEXT("PING")), 0, send_again, &refused);
    for (int turns = 0; turns < 10; turns++)
        uv_run(&loop, UV_RUN_NOWAIT);
    cr_assert_geq(refused.by_status[-STORE_BUSY], 10);
    run_until(&loop, sent.total == 1 && refused.total == 50, 2000);
}

/* What Redis gets is in the right order, whole, and each reply goes to its command. */
struct numbered {
    unsigned number;
    unsigned *good;
};

static void check_number(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct numbered *expected = owner;
    struct text text = store_reply_text(reply);

    cr_assert_eq(status, STORE_OK, "%s", store_status_name(status));
    cr_assert_eq(text.length, 3000 + expected->number % 7);
    cr_assert_eq(text.data[text.length - 1], (char)('a' + expected->number % 26));
    ++*expected->good;
}

STORE_TEST(more_than_the_socket_takes_at_once)
{
    static struct numbered commands[4000];
    char value[4000];
    unsigned good = 0;

    memset(value, '.', sizeof value);
    test_redis_start(&redis, NULL);
    open_with((struct store_options){.command_timeout_ms = 20000});
    run_until(&loop, state, 2000);
    for (unsigned i = 0; i < 4000; i++) {
        size_t length = 3000 + i % 7;
        commands[i] = (struct numbered){i, &good};
        value[length - 1] = (char)('a' + i % 26);
        store_command(store, STORE_ARGS(TEXT("ECHO"), text_bytes(value, length)), 0, check_number,
                      &commands[i]);
        value[length - 1] = '.';
    }
    run_until(&loop, good == 4000, 10000);
    cr_assert_eq(state_changes, 1);
}

/* A handle of somebody else's whose callback sends a command when the store's has run already:
 * libuv runs prepare handles in the reverse order of their start. */
static bool armed;

static void send_late(uv_prepare_t *prepare)
{
    if (armed)
        send_counted(prepare->data, STORE_ARGS(TEXT("PING")), 0);
    armed = false;
}

STORE_TEST(command_sent_just_before_the_loop_blocks_leaves_at_once)
{
    struct tally tally = {0};
    uv_prepare_t prepare;
    uint64_t began;

    test_redis_start(&redis, NULL);
    uv_prepare_init(&loop, &prepare);
    prepare.data = &tally;
    uv_prepare_start(&prepare, send_late);
    open_with((struct store_options){0});
    run_until(&loop, state, 2000);
    armed = true;
    began = uv_hrtime();
    while (!tally.total)
        uv_run(&loop, UV_RUN_ONCE);
    cr_assert_lt((uv_hrtime() - began) / 1000000, 1000);
    cr_assert_eq(tally.by_status[-STORE_OK], 1);
    uv_close((uv_handle_t *)&prepare, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
}

/* --- A Redis that does not serve yet -----------------------------------------------------------
 */

struct loading_server {
    uv_pipe_t listener;
    uv_pipe_t client;
    unsigned loading_left;
    unsigned connections;
};

static void give_room(uv_handle_t *handle, size_t size, uv_buf_t *room)
{
    static char bytes[4096];

    (void)handle, (void)size;
    *room = uv_buf_init(bytes, sizeof bytes);
}

static void answer_client(uv_stream_t *stream, ssize_t count, const uv_buf_t *bytes)
{
    struct loading_server *server = stream->data;
    uv_buf_t answer = uv_buf_init((char *)"+PONG\r\n", 7);

    if (count < 0) {
        uv_close((uv_handle_t *)stream, NULL);
        return;
    }
    if (!memmem(bytes->base, (size_t)count, "PING", 4))
        return;
    if (server->loading_left) {
        server->loading_left--;
        answer = uv_buf_init((char *)"-LOADING Redis is loading the dataset in memory\r\n", 49);
    }
    uv_try_write(stream, &answer, 1);
}

static void accept_client(uv_stream_t *listener, int status)
{
    struct loading_server *server = listener->data;

    (void)status;
    server->connections++;
    uv_pipe_init(listener->loop, &server->client, 0);
    server->client.data = server;
    uv_accept(listener, (uv_stream_t *)&server->client);
    uv_read_start((uv_stream_t *)&server->client, give_room, answer_client);
}

STORE_TEST(loading_redis_is_not_connected_until_it_answers_ping)
{
    struct loading_server server = {.loading_left = 3};

    uv_pipe_init(&loop, &server.listener, 0);
    server.listener.data = &server;
    uv_pipe_bind(&server.listener, redis.url + strlen("unix:"));
    uv_listen((uv_stream_t *)&server.listener, 1, accept_client);
    open_with((struct store_options){0});
    run_until(&loop, server.loading_left == 0, 2000);
    cr_assert_not(state);
    run_until(&loop, state, 2000);
    cr_assert_eq(state_changes, 1);
    cr_assert_eq(server.connections, 1, "the connection was given up");
    test_store_close(&loop, store);
    store = NULL;
    uv_close((uv_handle_t *)&server.listener, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
}

STORE_TEST(refusal_of_a_serving_redis_is_unavailable)
{
    struct tally tally = {0};
    char answer[256];

    test_redis_start(&redis, NULL);
    open_with((struct store_options){0});
    test_ask(store, answer, STORE_ARGS(TEXT("REPLICAOF"), TEXT("127.0.0.1"), TEXT("1")));
    send_counted(&tally, STORE_ARGS(TEXT("SET"), TEXT("a"), TEXT("1")), 0);
    run_until(&loop, tally.total == 1, 2000);
    cr_assert_eq(tally.by_status[-STORE_UNAVAILABLE], 1);
}
