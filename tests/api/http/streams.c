/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <sys/socket.h>

#include "api/http/stream.h"
#include "base/clock.h"
#include "tests/api/http/harness.h"

/* Answers without an end: their form, shared blocks, ends of every kind, readers that are slow. */

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

/* What the server says of one stream. */
struct listener {
    struct http_stream *stream; /* NULL once it is gone */
    unsigned gone, sent;
};

static void on_gone(void *owner)
{
    struct listener *listener = owner;

    listener->gone++;
    listener->stream = NULL;
}

static void on_sent(void *owner)
{
    struct listener *listener = owner;

    listener->sent++;
}

static const struct http_statistics *statistics(const struct harness *harness)
{
    return http_server_statistics(harness->server);
}

/* Begins to stream behind the i-th request that is held. */
static void start(struct harness *harness, unsigned i, struct listener *listener)
{
    struct http_stream_head head = {.content_type = "text/event-stream",
                                    .headers = TEXT("Cache-Control: no-store\r\n"),
                                    .on_gone = on_gone,
                                    .on_sent = on_sent,
                                    .owner = listener};

    *listener = (struct listener){0};
    cr_assert_not_null(harness->held[i]);
    listener->stream = http_stream_start(harness->held[i], &head);
    harness->held[i] = NULL;
}

static void open_stream(struct harness *harness, struct client *client, const char *request,
                        struct listener *listener)
{
    client_open(client, harness);
    client_send(client, text_of(request));
    cr_assert(harness_await(harness, &harness->held_count, harness->held_count + 1));
    start(harness, harness->held_count - 1, listener);
}

static void send_text(struct listener *listener, const char *text)
{
    struct http_block *block = http_block_new(text_of(text));

    http_stream_send(listener->stream, block);
    http_block_release(block);
}

/* Waits until `in` ends with the bytes. */
static bool await_tail(struct client *client, const char *tail)
{
    int64_t until_ms = clock_monotonic_ms() + 5000;
    size_t length = strlen(tail);

    while (clock_monotonic_ms() < until_ms) {
        if (client->in.length >= length &&
            memcmp(client->in.data + client->in.length - length, tail, length) == 0)
            return true;
        if (client->is_ended)
            return false;
        client_turn(client);
    }
    return false;
}

static void open_harness(struct harness *harness, const struct http_limits *limits)
{
    harness_open(harness, limits);
    harness->is_holding = true;
}

Test(http_streams, chunks)
{
    struct harness harness;
    struct client client;
    struct listener listener;

    open_harness(&harness, NULL);
    open_stream(&harness, &client, GET("/"), &listener);
    cr_assert(await_tail(&client, "\r\n\r\n"), "the head waits for the first block");
    cr_expect(text_contains(buffer_text(&client.in), "HTTP/1.1 200 OK\r\n"));
    cr_expect(text_contains(buffer_text(&client.in), "Content-Type: text/event-stream\r\n"));
    cr_expect(text_contains(buffer_text(&client.in), "Transfer-Encoding: chunked\r\n"));
    cr_expect(text_contains(buffer_text(&client.in), "Cache-Control: no-store\r\n"));
    cr_expect(text_contains(buffer_text(&client.in), "Connection: close\r\n"));
    cr_expect_not(text_contains(buffer_text(&client.in), "Content-Length"));
    send_text(&listener, "0123456789abcdefg");
    cr_expect(await_tail(&client, "\r\n\r\n11\r\n0123456789abcdefg\r\n"));
    send_text(&listener, "b");
    send_text(&listener, "c");
    cr_expect(await_tail(&client, "\r\n1\r\nb\r\n1\r\nc\r\n"));
    cr_expect_eq(http_stream_unsent(listener.stream), 0);
    cr_expect_eq(statistics(&harness)->streams_open, 1);
    cr_expect_eq(statistics(&harness)->bytes_sent, client.in.length);
    http_stream_end(listener.stream);
    cr_expect(client_await_end(&client) && !client.is_reset);
    cr_expect(await_tail(&client, "c\r\n0\r\n\r\n"));
    cr_expect_eq(listener.gone, 0, "its owner ended it");
    cr_expect_eq(statistics(&harness)->streams_open, 0);
    client_close(&client);
    harness_close(&harness);
}

/* HTTP/1.0 has no chunks: the end of the connection is the end. */
Test(http_streams, until_the_end)
{
    struct harness harness;
    struct client client;
    struct listener listener;

    open_harness(&harness, NULL);
    open_stream(&harness, &client, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", &listener);
    send_text(&listener, "first");
    send_text(&listener, "second");
    cr_assert(await_tail(&client, "\r\n\r\nfirstsecond"));
    cr_expect_not(text_contains(buffer_text(&client.in), "Transfer-Encoding"));
    cr_expect(text_contains(buffer_text(&client.in), "Connection: close\r\n"));
    http_stream_end(listener.stream);
    cr_expect(client_await_end(&client) && !client.is_reset);
    cr_expect(await_tail(&client, "firstsecond"));
    client_close(&client);
    harness_close(&harness);
}

Test(http_streams, head_has_no_stream)
{
    struct harness harness;
    struct client client;
    struct listener listener;
    struct answer answer;

    open_harness(&harness, NULL);
    open_stream(&harness, &client, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", &listener);
    cr_expect_null(listener.stream);
    answer = client_answer(&client, true);
    cr_expect_eq(answer.status, 200);
    cr_expect(text_contains(answer.head, "Content-Type: text/event-stream\r\n"));
    cr_expect(client_await_end(&client) && !client.is_reset);
    cr_expect_eq(client.in.length, 0);
    cr_expect_eq(statistics(&harness)->streams_open, 0);
    client_close(&client);
    harness_close(&harness);
}

/* What is sent once arrives everywhere, and its memory goes with the last reader (the leak check).
 */
Test(http_streams, shared_blocks)
{
    enum { READERS = 40 };
    struct harness harness;
    struct client clients[READERS];
    struct listener listeners[READERS];
    struct http_block *block = http_block_new(TEXT("shared"));

    open_harness(&harness, NULL);
    for (unsigned i = 0; i < READERS; i++)
        open_stream(&harness, &clients[i], i % 2 ? GET("/") : "GET / HTTP/1.0\r\n\r\n",
                    &listeners[i]);
    for (unsigned i = 0; i < READERS; i++)
        http_stream_send(listeners[i].stream, block);
    cr_expect(text_is(http_block_text(block), "shared"));
    http_block_release(block);
    for (unsigned i = 0; i < READERS; i++) {
        cr_expect(await_tail(&clients[i], i % 2 ? "\r\n6\r\nshared\r\n" : "\r\n\r\nshared"));
        client_close(&clients[i]);
    }
    cr_expect(harness_await(&harness, &statistics(&harness)->streams_open, 0));
    harness_close(&harness);
}

/* The head waits for the answers before it, and with it what was sent meanwhile; what was asked
 * behind it gets none. */
Test(http_streams, in_its_turn)
{
    struct harness harness;
    struct client client;
    struct listener listener;

    open_harness(&harness, NULL);
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/0") GET("/1") GET("/2") GET("/3")));
    cr_assert(harness_await(&harness, &harness.held_count, 4));
    harness_echo(&harness, 3);
    start(&harness, 1, &listener);
    send_text(&listener, "early");
    client_turn(&client);
    cr_expect_eq(client.in.length, 0);
    cr_expect_eq(harness.gone_count, 0);
    harness_echo(&harness, 0);
    cr_expect(text_is(client_answer(&client, false).body, "GET|/0||0|"));
    cr_expect(await_tail(&client, "\r\n\r\n5\r\nearly\r\n"));
    cr_expect_eq(harness.gone_count, 1, "the third's answer has no place");
    client_send(&client, TEXT(GET("/4")));
    send_text(&listener, "late");
    cr_expect(await_tail(&client, "early\r\n4\r\nlate\r\n"));
    http_stream_end(listener.stream);
    cr_expect(client_await_end(&client) && !client.is_reset);
    cr_expect(await_tail(&client, "late\r\n0\r\n\r\n"));
    cr_expect_eq(harness.held_count, 4);
    client_close(&client);
    harness_close(&harness);
}

/* A client that leaves is told at once, not with the next block: by a reset, by its end, and before
 * its stream's turn has come. */
Test(http_streams, client_leaves)
{
    struct harness harness;
    struct client client;
    struct listener listener;

    open_harness(&harness, NULL);
    open_stream(&harness, &client, GET("/"), &listener);
    client_reset(&client);
    cr_expect(harness_await(&harness, &listener.gone, 1));
    open_stream(&harness, &client, GET("/"), &listener);
    client_shut_down(&client);
    cr_expect(harness_await(&harness, &listener.gone, 1));
    cr_expect(client_await_end(&client));
    client_close(&client);
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/0") GET("/1")));
    cr_assert(harness_await(&harness, &harness.held_count, 4));
    start(&harness, 3, &listener);
    send_text(&listener, "never seen");
    client_reset(&client);
    cr_expect(harness_await(&harness, &listener.gone, 1));
    cr_expect_eq(statistics(&harness)->streams_open, 0);
    cr_expect_eq(statistics(&harness)->streams_cut_off, 0);
    harness_close(&harness);
}

/* The client left while its handler was at work: there is nothing to stream to. */
Test(http_streams, client_left_before)
{
    struct harness harness;
    struct client client;
    struct listener listener;

    open_harness(&harness, NULL);
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/0")));
    cr_assert(harness_await(&harness, &harness.held_count, 1));
    harness.held[0]->on_gone = NULL;
    client_reset(&client);
    cr_assert(harness_await(&harness, &statistics(&harness)->connections_open, 0));
    start(&harness, 0, &listener);
    cr_expect_null(listener.stream);
    cr_expect_eq(listener.gone, 0);
    cr_expect_eq(statistics(&harness)->streams_open, 0);
    harness_close(&harness);
}

/* More blocks in one turn than one write has parts for, and the socket takes them all. */
Test(http_streams, many_blocks)
{
    struct harness harness;
    struct client client;
    struct listener listener;

    open_harness(&harness, NULL);
    open_stream(&harness, &client, "GET / HTTP/1.0\r\n\r\n", &listener);
    for (int i = 0; i < 200; i++)
        send_text(&listener, "-");
    send_text(&listener, "the last");
    cr_expect(await_tail(&client, "---the last"));
    cr_expect_eq(http_stream_unsent(listener.stream), 0);
    client_close(&client);
    harness_close(&harness);
}

/* A block that no socket takes at once arrives whole, and the owner learns when all has left. */
Test(http_streams, long_blocks)
{
    enum { BLOCKS = 200, BYTES = 20000 };
    static char bytes[BYTES + 1];
    struct http_limits limits = http_limits_default;
    struct harness harness;
    struct client client;
    struct listener listener;
    unsigned sent;

    limits.stream_bytes_max = 2 * BLOCKS * BYTES;
    open_harness(&harness, &limits);
    open_stream(&harness, &client, "GET / HTTP/1.0\r\n\r\n", &listener);
    cr_assert(await_tail(&client, "\r\n\r\n"));
    buffer_clear(&client.in);
    cr_assert(harness_await(&harness, &listener.sent, 1));
    for (int i = 0; i < BLOCKS; i++) {
        memset(bytes, 'a' + i % 26, BYTES);
        send_text(&listener, bytes);
    }
    sent = listener.sent;
    harness_turn(&harness);
    cr_expect_gt(http_stream_unsent(listener.stream), 0);
    cr_expect_eq(listener.sent, sent, "told while bytes are left");
    cr_assert(client_await_bytes(&client, (size_t)BLOCKS * BYTES));
    cr_expect_eq(client.in.length, (size_t)BLOCKS * BYTES);
    for (size_t i = 0; i < client.in.length; i++)
        cr_assert_eq(client.in.data[i], (char)('a' + i / BYTES % 26), "at %zu", i);
    cr_expect(harness_await(&harness, &listener.sent, sent + 1));
    cr_expect_eq(http_stream_unsent(listener.stream), 0);
    client_close(&client);
    harness_close(&harness);
}

/* An answer that no socket takes at once, the stream's head and more blocks than one write has
 * parts for: all of it leaves in its order. */
Test(http_streams, behind_a_long_answer)
{
    enum { BODY = 2000000, BLOCKS = 150, BYTES = 3000 };
    static char body[BODY], bytes[BYTES + 1];
    const struct http_response response = {
        .status = 200, .content_type = "text/plain", .body = text_bytes(body, BODY)};
    struct http_limits limits = http_limits_default;
    struct harness harness;
    struct client client;
    struct listener listener;
    struct answer answer;
    size_t head;

    memset(body, '-', BODY);
    limits.stream_bytes_max = 2 * BLOCKS * BYTES;
    open_harness(&harness, &limits);
    harness.fixed = &response;
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/0") "GET /1 HTTP/1.0\r\n\r\n"));
    cr_assert(harness_await(&harness, &harness.held_count, 2));
    start(&harness, 1, &listener);
    for (int i = 0; i < BLOCKS; i++) {
        memset(bytes, 'a' + i % 26, BYTES);
        send_text(&listener, bytes);
    }
    harness_echo(&harness, 0);
    harness_turn(&harness);
    cr_expect_eq(http_stream_unsent(listener.stream), BLOCKS * BYTES);
    answer = client_answer(&client, false);
    cr_expect_eq(answer.body.length, BODY);
    http_stream_end(listener.stream);
    cr_expect(client_await_end(&client) && !client.is_reset);
    cr_assert_gt(client.in.length, BLOCKS * BYTES);
    head = client.in.length - BLOCKS * BYTES;
    cr_expect(text_starts_with(buffer_text(&client.in), TEXT("HTTP/1.1 200 OK\r\n")));
    cr_expect_eq(memcmp(client.in.data + head - 4, "\r\n\r\n", 4), 0);
    for (size_t i = 0; i < BLOCKS * BYTES; i++)
        cr_assert_eq(client.in.data[head + i], (char)('a' + i / BYTES % 26), "at %zu", i);
    client_close(&client);
    harness_close(&harness);
}

/* Sends until the reader, who takes nothing, is cut off. */
static void flood(struct harness *harness, struct listener *listener)
{
    static char bytes[4001];
    int64_t until_ms = clock_monotonic_ms() + 5000;

    memset(bytes, 'x', sizeof bytes - 1);
    while (listener->stream && clock_monotonic_ms() < until_ms) {
        send_text(listener, bytes);
        harness_turn(harness);
    }
}

/* Bounded by bytes: the other readers of the same blocks go on. */
Test(http_streams, slow_reader)
{
    struct http_limits limits = http_limits_default;
    struct harness harness;
    struct client slow, quick;
    struct listener slow_listener, quick_listener;

    limits.stream_bytes_max = 100 << 10;
    open_harness(&harness, &limits);
    open_stream(&harness, &slow, GET("/"), &slow_listener);
    open_stream(&harness, &quick, GET("/"), &quick_listener);
    setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
    flood(&harness, &slow_listener);
    cr_expect_eq(slow_listener.gone, 1);
    cr_expect_eq(statistics(&harness)->streams_cut_off, 1);
    cr_expect_lt(statistics(&harness)->bytes_sent, 4u << 20, "the kernel kept that much");
    cr_expect(client_await_end(&slow) && slow.is_reset, "cut off, not ended as if it were whole");
    send_text(&quick_listener, "all the same");
    cr_expect(await_tail(&quick, "\r\nall the same\r\n"));
    cr_expect_eq(quick_listener.gone, 0);
    cr_expect_eq(statistics(&harness)->streams_open, 1);
    client_close(&slow);
    client_close(&quick);
    harness_close(&harness);
}

/* What the owner sends to one that is cut off already in this turn goes nowhere. */
Test(http_streams, overrun_in_one_turn)
{
    static char bytes[60001];
    struct http_limits limits = http_limits_default;
    struct harness harness;
    struct client client;
    struct listener listener;

    limits.stream_bytes_max = 100 << 10;
    open_harness(&harness, &limits);
    open_stream(&harness, &client, GET("/"), &listener);
    memset(bytes, 'x', sizeof bytes - 1);
    for (int i = 0; i < 4; i++)
        send_text(&listener, bytes);
    cr_expect_eq(listener.gone, 0, "told from inside");
    cr_expect_lt(http_stream_unsent(listener.stream), 200000);
    cr_expect(harness_await(&harness, &listener.gone, 1));
    client_close(&client);
    harness_close(&harness);
}

/* Bounded by time: few bytes, but none are taken. */
Test(http_streams, reader_that_stands_still)
{
    struct http_limits limits = http_limits_default;
    struct harness harness;
    struct client client;
    struct listener listener;
    int64_t begun_ms;

    limits.write_timeout_ms = 200;
    limits.stream_bytes_max = 64 << 20;
    open_harness(&harness, &limits);
    open_stream(&harness, &client, GET("/"), &listener);
    setsockopt(client.fd, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
    while (http_stream_unsent(listener.stream) < 100000) {
        static char bytes[50001];
        memset(bytes, 'x', sizeof bytes - 1);
        send_text(&listener, bytes);
        harness_turn(&harness);
    }
    begun_ms = clock_monotonic_ms();
    cr_expect(harness_await(&harness, &listener.gone, 1));
    cr_expect_geq(clock_monotonic_ms() - begun_ms, 150);
    cr_expect_eq(statistics(&harness)->streams_cut_off, 1);
    client_close(&client);
    harness_close(&harness);
}

/* A stream may be silent far longer than any time limit. */
Test(http_streams, silence)
{
    struct http_limits limits = http_limits_default;
    struct harness harness;
    struct client client;
    struct listener listener;
    int64_t until_ms;

    limits.idle_timeout_ms = limits.header_timeout_ms = limits.body_timeout_ms =
        limits.write_timeout_ms = 40;
    open_harness(&harness, &limits);
    open_stream(&harness, &client, GET("/"), &listener);
    until_ms = clock_monotonic_ms() + 300;
    while (clock_monotonic_ms() < until_ms)
        client_turn(&client);
    cr_expect_eq(listener.gone, 0);
    send_text(&listener, "still here");
    cr_expect(await_tail(&client, "\r\nstill here\r\n"));
    client_close(&client);
    harness_close(&harness);
}

static void on_drained(void *owner)
{
    struct harness *harness = owner;

    harness->is_drained = true;
    harness->server = NULL;
}

/* A drain ends streams at once, whole and with all that was sent, so that clients come again
 * elsewhere. */
Test(http_streams, drain)
{
    struct harness harness;
    struct client chunked, plain;
    struct listener first, second;

    open_harness(&harness, NULL);
    open_stream(&harness, &chunked, GET("/"), &first);
    open_stream(&harness, &plain, "GET / HTTP/1.0\r\n\r\n", &second);
    send_text(&first, "last");
    send_text(&second, "last");
    http_server_drain(harness.server, 60000, on_drained, &harness);
    cr_expect_eq(first.gone, 0, "told from inside");
    cr_expect(client_await_end(&chunked) && !chunked.is_reset);
    cr_expect(client_await_end(&plain) && !plain.is_reset);
    cr_expect_eq(first.gone, 1);
    cr_expect_eq(second.gone, 1);
    cr_expect(await_tail(&chunked, "\r\n4\r\nlast\r\n0\r\n\r\n"));
    cr_expect(await_tail(&plain, "\r\n\r\nlast"));
    client_close(&chunked);
    client_close(&plain);
    cr_expect(harness_await_flag(&harness, &harness.is_drained));
    harness_close(&harness);
}

/* One that begins in a drain, behind a request from before it, is ended, too. */
Test(http_streams, start_in_a_drain)
{
    struct harness harness;
    struct client client;
    struct listener listener;

    open_harness(&harness, NULL);
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/")));
    cr_assert(harness_await(&harness, &harness.held_count, 1));
    http_server_drain(harness.server, 60000, on_drained, &harness);
    harness_turn(&harness);
    start(&harness, 0, &listener);
    cr_expect(client_await_end(&client) && !client.is_reset);
    cr_expect_eq(listener.gone, 1);
    cr_expect(await_tail(&client, "\r\n\r\n0\r\n\r\n"));
    client_close(&client);
    cr_expect(harness_await_flag(&harness, &harness.is_drained));
    harness_close(&harness);
}
