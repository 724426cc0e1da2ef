/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/api/http/harness.h"

/* What happens between messages: keeping, order, ends of every kind, limits. */

#define GET(path)     "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET_1_0(more) "GET / HTTP/1.0\r\n" more "\r\n"

static const struct http_statistics *statistics(const struct harness *harness)
{
    return http_server_statistics(harness->server);
}

static bool await_connections(struct harness *harness, unsigned wanted)
{
    return harness_await(harness, &statistics(harness)->connections_open, wanted);
}

Test(http_connections, keep_alive)
{
    struct harness harness;
    struct client client;
    struct answer answer;

    harness_open(&harness, NULL);
    client_open(&client, &harness);
    for (int i = 0; i < 3; i++) {
        client_send(&client, TEXT(GET("/")));
        answer = client_answer(&client, false);
        cr_expect_eq(answer.status, 200);
        cr_expect_not(text_contains(answer.head, "Connection:"));
    }
    client_send(&client, TEXT(GET_1_0("Connection: keep-alive\r\n")));
    answer = client_answer(&client, false);
    cr_expect(text_contains(answer.head, "Connection: keep-alive\r\n"));
    client_send(&client, TEXT(GET_1_0("")));
    answer = client_answer(&client, false);
    cr_expect(text_contains(answer.head, "Connection: close\r\n"));
    cr_expect(client_await_end(&client) && !client.is_reset);
    cr_expect_eq(statistics(&harness)->connections_accepted, 1);
    cr_expect_eq(statistics(&harness)->requests, 5);
    client_close(&client);
    harness_close(&harness);
}

/* What follows a request that ends the connection gets no answer, and the answer is not lost. */
Test(http_connections, client_closes)
{
    struct harness harness;
    struct client client;

    harness_open(&harness, NULL);
    client_open(&client, &harness);
    client_send(&client, TEXT("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" GET("/2")));
    cr_expect(text_is(client_answer(&client, false).body, "GET|/1||0|"));
    cr_expect(client_await_end(&client) && !client.is_reset);
    cr_expect_eq(client.in.length, 0);
    cr_expect_eq(statistics(&harness)->requests, 1);
    client_close(&client);
    harness_close(&harness);
}

Test(http_connections, handler_closes)
{
    struct harness harness;
    struct client client;
    struct answer answer;

    harness_open(&harness, NULL);
    harness.is_closing = true;
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/1") GET("/2") GET("/3")));
    answer = client_answer(&client, false);
    cr_expect(text_is(answer.body, "GET|/1||0|"));
    cr_expect(text_contains(answer.head, "Connection: close\r\n"));
    cr_expect(client_await_end(&client) && !client.is_reset);
    cr_expect_eq(client.in.length, 0);
    client_close(&client);
    harness_close(&harness);
}

/* The same when the later requests are with their handlers already: those are told. */
Test(http_connections, handler_closes_before_others)
{
    struct harness harness;
    struct client client;

    harness_open(&harness, NULL);
    harness.is_holding = harness.is_closing = true;
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/1") GET("/2") GET("/3")));
    cr_assert(harness_await(&harness, &harness.held_count, 3));
    harness_echo(&harness, 2);
    harness_echo(&harness, 0);
    cr_expect(text_is(client_answer(&client, false).body, "GET|/1||0|"));
    cr_expect(client_await_end(&client) && !client.is_reset);
    cr_expect_eq(client.in.length, 0);
    cr_expect_eq(harness.gone_count, 1);
    client_close(&client);
    harness_close(&harness);
}

Test(http_connections, answers_keep_the_order)
{
    struct harness harness;
    struct client client;

    harness_open(&harness, NULL);
    harness.is_holding = true;
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/0") GET("/1") GET("/2") GET("/3")));
    cr_assert(harness_await(&harness, &harness.held_count, 4));
    harness_echo(&harness, 3);
    harness_echo(&harness, 1);
    harness_turn(&harness);
    cr_expect_eq(statistics(&harness)->bytes_sent, 0);
    harness_echo(&harness, 0);
    cr_expect(text_is(client_answer(&client, false).body, "GET|/0||0|"));
    cr_expect(text_is(client_answer(&client, false).body, "GET|/1||0|"));
    cr_expect_eq(client.in.length, 0);
    harness_echo(&harness, 2);
    cr_expect(text_is(client_answer(&client, false).body, "GET|/2||0|"));
    cr_expect(text_is(client_answer(&client, false).body, "GET|/3||0|"));
    cr_expect_eq(statistics(&harness)->requests_open, 0);
    client_close(&client);
    harness_close(&harness);
}

/* A fault's answer waits for those before it, too. */
Test(http_connections, fault_keeps_the_order)
{
    struct harness harness;
    struct client client;

    harness_open(&harness, NULL);
    harness.is_holding = true;
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/0") GET("/1") "junk\r\n\r\n" GET("/2")));
    cr_assert(harness_await(&harness, &harness.held_count, 2));
    cr_expect_eq(harness.fault_count, 1);
    harness_echo(&harness, 1);
    harness_echo(&harness, 0);
    cr_expect(text_is(client_answer(&client, false).body, "GET|/0||0|"));
    cr_expect(text_is(client_answer(&client, false).body, "GET|/1||0|"));
    cr_expect_eq(client_answer(&client, false).status, 400);
    cr_expect(client_await_end(&client) && !client.is_reset);
    client_close(&client);
    harness_close(&harness);
}

Test(http_connections, pipeline_limit)
{
    struct http_limits limits = http_limits_default;
    struct harness harness;
    struct client client;
    char expected[32];

    limits.pipeline_max = 4;
    harness_open(&harness, &limits);
    harness.is_holding = true;
    client_open(&client, &harness);
    for (int i = 0; i < 100; i++) {
        struct buffer request = {0};
        buffer_printf(&request, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
        client_send(&client, buffer_text(&request));
        buffer_free(&request);
    }
    for (unsigned i = 0; i < 100; i++) {
        cr_assert(harness_await(&harness, &harness.held_count, i + 4 < 100 ? i + 4 : 100));
        harness_turn(&harness);
        cr_assert_leq(statistics(&harness)->requests_open, 4);
        harness_echo(&harness, i);
        snprintf(expected, sizeof expected, "GET|/%u||0|", i);
        cr_assert(text_is(client_answer(&client, false).body, expected));
    }
    client_close(&client);
    harness_close(&harness);
}

/* ---- ends ---- */

Test(http_connections, half_closed)
{
    struct harness harness;
    struct client client;

    harness_open(&harness, NULL);
    harness.is_holding = true;
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/1") GET("/2") "GET /3"));
    client_shut_down(&client);
    cr_assert(harness_await(&harness, &harness.held_count, 2));
    for (int i = 0; i < 5; i++)
        harness_turn(&harness);
    cr_expect_eq(harness.gone_count, 0);
    harness_echo(&harness, 0);
    harness_echo(&harness, 1);
    cr_expect(text_is(client_answer(&client, false).body, "GET|/1||0|"));
    cr_expect(text_is(client_answer(&client, false).body, "GET|/2||0|"));
    cr_expect(client_await_end(&client) && !client.is_reset);
    cr_expect(await_connections(&harness, 0));
    client_close(&client);
    harness_close(&harness);
}

/* An idle end, and ends within a header, a body, a chunk: closed without an answer. */
Test(http_connections, ended_early)
{
    static const char *const parts[] = {
        "", "\r", "GET / HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na"};
    struct harness harness;

    harness_open(&harness, NULL);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct client client;
        client_open(&client, &harness);
        client_send(&client, text_of(parts[i]));
        client_shut_down(&client);
        cr_expect(client_await_end(&client) && !client.is_reset, "number %zu", i);
        cr_expect_eq(client.in.length, 0);
        client_close(&client);
    }
    cr_expect(await_connections(&harness, 0));
    cr_expect_eq(statistics(&harness)->requests_open, 0);
    cr_expect_eq(harness.fault_count, 0);
    harness_close(&harness);
}

Test(http_connections, reset)
{
    struct harness harness;
    struct client client;

    harness_open(&harness, NULL);
    harness.is_holding = true;
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/1") GET("/2") GET("/3")));
    cr_assert(harness_await(&harness, &harness.held_count, 3));
    harness_echo(&harness, 1); /* answered, but behind the first one */
    client_reset(&client);
    cr_assert(harness_await(&harness, &harness.gone_count, 2));
    cr_assert(await_connections(&harness, 0));
    cr_expect_eq(statistics(&harness)->requests_open, 0);
    cr_expect_eq(statistics(&harness)->bytes_sent, 0);
    harness_close(&harness);
}

/* Without on_gone the request stays with its handler, whose answer ends it. */
Test(http_connections, reset_unnoticed)
{
    struct harness harness;
    struct client client;

    harness_open(&harness, NULL);
    harness.is_holding = true;
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/1")));
    cr_assert(harness_await(&harness, &harness.held_count, 1));
    harness.held[0]->on_gone = NULL;
    client_reset(&client);
    cr_assert(await_connections(&harness, 0));
    cr_expect(text_is(harness.held[0]->path, "/1"));
    harness_echo(&harness, 0);
    cr_expect_eq(statistics(&harness)->bytes_sent, 0);
    harness_close(&harness);
}

/* The client resets while the answer is on its way. */
Test(http_connections, reset_while_writing)
{
    static char large[8 << 20];
    struct http_response response = {.status = 200, .content_type = "x/y"};
    struct harness harness;
    struct client client;

    response.body = text_bytes(large, sizeof large);
    harness_open(&harness, NULL);
    harness.fixed = &response;
    client_open(&client, &harness);
    client_send_read(&client, TEXT(GET("/1")));
    for (int i = 0; i < 5; i++)
        harness_turn(&harness);
    cr_expect_eq(statistics(&harness)->connections_open, 1);
    client_reset(&client);
    cr_assert(await_connections(&harness, 0));
    harness_close(&harness);
}

/* More than a socket takes at once arrives whole, and the next request is read after it. */
Test(http_connections, large_answer)
{
    static char large[8 << 20];
    struct http_response response = {.status = 200, .content_type = "x/y"};
    struct harness harness;
    struct client client;

    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (char)(i * 2654435761u >> 24);
    response.body = text_bytes(large, sizeof large);
    harness_open(&harness, NULL);
    harness.fixed = &response;
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/1") GET("/2")));
    client_send(&client, TEXT(GET("/3")));
    for (int i = 0; i < 3; i++)
        cr_expect(text_equal(client_answer(&client, false).body, response.body));
    client_close(&client);
    harness_close(&harness);
}

/* A client that pipelines without reading cannot make answers pile up here. */
Test(http_connections, unread_answers)
{
    static char large[1 << 20];
    struct http_response response = {.status = 200, .content_type = "x/y"};
    struct harness harness;
    struct client client;
    struct buffer requests = {0};

    response.body = text_bytes(large, sizeof large);
    harness_open(&harness, NULL);
    harness.fixed = &response;
    client_open(&client, &harness);
    for (int i = 0; i < 40; i++)
        buffer_append(&requests, TEXT(GET("/")));
    client_send(&client, buffer_text(&requests));
    for (int i = 0; i < 20; i++)
        harness_turn(&harness);
    cr_expect_lt(statistics(&harness)->requests, 40, "the kernel's buffers take a few");
    for (int i = 0; i < 40; i++)
        cr_assert_eq(client_answer(&client, false).body.length, sizeof large);
    cr_expect_eq(statistics(&harness)->requests, 40);
    buffer_free(&requests);
    client_close(&client);
    harness_close(&harness);
}

/* After a fault the client may still be sending; it gets the answer, not a reset. */
Test(http_connections, lingers_after_a_fault)
{
    static char rest[300000];
    struct harness harness;
    struct client client;

    harness_open(&harness, NULL);
    client_open(&client, &harness);
    client_send_read(&client, TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n"));
    client_send_read(&client, text_bytes(rest, sizeof rest / 2));
    client_send_read(&client, text_bytes(rest, sizeof rest / 2));
    cr_expect_eq(client_answer(&client, false).status, 413);
    cr_expect(client_await_end(&client) && !client.is_reset);
    cr_expect_eq(statistics(&harness)->connections_open, 1, "until the client ends, too");
    client_close(&client);
    cr_expect(await_connections(&harness, 0));
    harness_close(&harness);
}

/* It does not read for ever. */
Test(http_connections, lingers_within_bounds)
{
    static char rest[64 << 10];
    struct harness harness;
    struct client client;

    harness_open(&harness, NULL);
    client_open(&client, &harness);
    client_send_read(&client,
                     TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n"));
    for (int i = 0; i < 100 && statistics(&harness)->connections_open; i++)
        client_send_read(&client, text_bytes(rest, sizeof rest));
    cr_expect(await_connections(&harness, 0));
    cr_expect_leq(statistics(&harness)->bytes_received, 2 << 20);
    client_close(&client);
    harness_close(&harness);
}

/* ---- limits ---- */

Test(http_connections, connections_limit)
{
    struct http_limits limits = http_limits_default;
    struct harness harness;
    struct client clients[5];

    limits.connections_max = 3;
    limits.idle_spare_ms = 60000;
    harness_open(&harness, &limits);
    for (int i = 0; i < 5; i++) {
        client_open(&clients[i], &harness);
        client_send(&clients[i], TEXT(GET("/")));
    }
    for (int i = 0; i < 3; i++)
        cr_expect_eq(client_answer(&clients[i], false).status, 200);
    for (int i = 0; i < 20; i++)
        harness_turn(&harness);
    cr_expect_eq(statistics(&harness)->connections_accepted, 3);
    for (int i = 0; i < 2; i++) {
        client_close(&clients[i]);
        cr_expect_eq(client_answer(&clients[3 + i], false).status, 200);
    }
    cr_expect_eq(statistics(&harness)->connections_open, 3);
    for (int i = 2; i < 5; i++)
        client_close(&clients[i]);
    harness_close(&harness);
}

/* Out of descriptors the backlog waits until one is free again. */
Test(http_connections, descriptors_limit)
{
    struct rlimit before, none;
    struct harness harness;
    struct client first, second;
    struct pollfd loop;

    harness_open(&harness, NULL);
    loop = (struct pollfd){uv_backend_fd(&harness.loop), POLLIN, 0};
    client_open(&first, &harness);
    client_send(&first, TEXT(GET("/")));
    cr_expect_eq(client_answer(&first, false).status, 200);
    client_open(&second, &harness);
    client_send(&second, TEXT(GET("/")));
    getrlimit(RLIMIT_NOFILE, &before);
    none = before;
    none.rlim_cur = (rlim_t)second.fd + 1;
    setrlimit(RLIMIT_NOFILE, &none);
    for (int i = 0; i < 20; i++)
        harness_turn(&harness);
    cr_expect_eq(statistics(&harness)->connections_accepted, 1);
    cr_expect_not(second.is_ended);
    cr_expect_eq(poll(&loop, 1, 0), 0, "the loop rests in the meantime");
    client_close(&first);
    cr_expect_eq(client_answer(&second, false).status, 200);
    setrlimit(RLIMIT_NOFILE, &before);
    client_close(&second);
    harness_close(&harness);
}

/* ---- addresses ---- */

Test(http_connections, addresses)
{
    struct buffer name = {0};
    int fd = http_bind("127.0.0.1:0"), again;

    cr_assert_geq(fd, 0);
    http_local_address(fd, &name);
    cr_expect(text_starts_with(buffer_text(&name), TEXT("127.0.0.1:")));
    cr_expect_gt(name.length, sizeof "127.0.0.1:");
    buffer_append_byte(&name, 0);
    cr_expect_eq(listen(fd, 1), 0);
    again = http_bind(name.data);
    cr_expect_eq(again, -EADDRINUSE);
    close(fd);
    buffer_free(&name);
    fd = http_bind("[::1]:0");
    if (fd >= 0) {
        http_local_address(fd, &name);
        cr_expect(text_starts_with(buffer_text(&name), TEXT("[::1]:")));
        close(fd);
    }
    buffer_free(&name);
    cr_expect_eq(http_bind("127.0.0.1"), -EINVAL);
    cr_expect_eq(http_bind("127.0.0.1:"), -EINVAL);
    cr_expect_eq(http_bind("127.0.0.1:65536"), -EINVAL);
    cr_expect_eq(http_bind("localhost:80"), -EINVAL);
    cr_expect_eq(http_bind(":80"), -EINVAL);
    cr_expect_eq(http_bind("[127.0.0.1]:80"), -EINVAL);
    cr_expect_eq(http_bind("[::1:80"), -EINVAL);
}

Test(http_connections, not_a_socket)
{
    struct http_handler handler = {0};
    uv_loop_t loop;
    int error = 0, fds[2];

    uv_loop_init(&loop);
    cr_assert_eq(pipe(fds), 0);
    cr_expect_null(http_server_open(&loop, fds[0], &http_limits_default, &handler, &error));
    cr_expect_eq(error, -ENOTSOCK);
    close(fds[0]);
    close(fds[1]);
    cr_expect_eq(uv_loop_close(&loop), 0);
}
