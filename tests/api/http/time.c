/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/clock.h"
#include "tests/api/http/harness.h"

/* Time limits, and the drain. Limits under test are short, the others longer than the patience. */

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static const struct http_statistics *statistics(const struct harness *harness)
{
    return http_server_statistics(harness->server);
}

static const struct http_limits patient = {
    .header_bytes_max = 16 << 10,
    .body_bytes_max = 64 << 10,
    .header_timeout_ms = 60000,
    .body_timeout_ms = 60000,
    .idle_timeout_ms = 60000,
    .write_timeout_ms = 60000,
    .connections_max = 100,
    .pipeline_max = 64,
    .pipeline_bytes_max = 256 << 10,
    .held_bytes_max = 64 << 20,
};

/* Drips bytes slowly for as long as the server listens, so only a limit on the whole can end it. */
static struct answer drip(struct client *client, char byte)
{
    int64_t until_ms = clock_monotonic_ms() + 5000;

    while (!client->in.length && !client->is_ended && clock_monotonic_ms() < until_ms) {
        client_send(client, text_bytes(&byte, 1));
        client_turn(client);
    }
    return client_answer(client, false);
}

static void expect_timeout(const struct http_limits *limits, struct text start, char byte)
{
    int64_t start_ms = clock_monotonic_ms();
    struct harness harness;
    struct client client;
    struct answer answer;

    harness_open(&harness, limits);
    client_open(&client, &harness);
    client_send_read(&client, start);
    answer = drip(&client, byte);
    cr_expect_eq(answer.status, 408);
    cr_expect(text_contains(answer.head, "Connection: close\r\n"));
    cr_expect_geq(clock_monotonic_ms() - start_ms, 99, "too early");
    cr_expect(client_await_end(&client) && !client.is_reset);
    client_close(&client);
    harness_close(&harness);
}

Test(http_time, slow_header)
{
    struct http_limits limits = patient;

    limits.header_timeout_ms = 100;
    limits.header_bytes_max = 65535; /* more than can drip in that time */
    expect_timeout(&limits, TEXT("GET / HTTP/1.1\r\nHost: a\r\nX: "), 'x');
}

Test(http_time, slow_header_behind_an_answer)
{
    struct http_limits limits = patient;
    struct harness harness;
    struct client client;

    limits.header_timeout_ms = 100;
    harness_open(&harness, &limits);
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/1") "GET /2"));
    cr_expect_eq(client_answer(&client, false).status, 200);
    cr_expect_eq(client_answer(&client, false).status, 408);
    client_close(&client);
    harness_close(&harness);
}

/* Each request has its own time, also when the bytes of the next one always come with it. */
Test(http_time, header_time_starts_anew)
{
    struct http_limits limits = patient;
    int64_t until_ms;
    struct harness harness;
    struct client client;

    limits.header_timeout_ms = 400;
    harness_open(&harness, &limits);
    client_open(&client, &harness);
    client_send(&client, TEXT("GET"));
    until_ms = clock_monotonic_ms() + 1000;
    while (clock_monotonic_ms() < until_ms) {
        client_send(&client, TEXT(" / HTTP/1.1\r\nHost: a\r\n\r\nGET"));
        cr_assert_eq(client_answer(&client, false).status, 200);
    }
    client_close(&client);
    harness_close(&harness);
}

Test(http_time, slow_body)
{
    struct http_limits limits = patient;

    limits.body_timeout_ms = 100;
    expect_timeout(&limits, TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n"),
                   'x');
    expect_timeout(&limits,
                   TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nf000\r\n"),
                   'x');
}

Test(http_time, idle)
{
    struct http_limits limits = patient;
    struct harness harness;
    struct client used, fresh;

    limits.idle_timeout_ms = 100;
    harness_open(&harness, &limits);
    client_open(&used, &harness);
    client_open(&fresh, &harness);
    client_send(&used, TEXT(GET("/")));
    cr_expect_eq(client_answer(&used, false).status, 200);
    cr_expect(client_await_end(&used) && !used.is_reset);
    cr_expect(client_await_end(&fresh) && !fresh.is_reset);
    cr_expect_eq(used.in.length + fresh.in.length, 0);
    cr_expect_eq(harness.fault_count, 0);
    client_close(&used);
    client_close(&fresh);
    harness_close(&harness);
}

/* A handler may take its time; none of the limits is on it. */
Test(http_time, slow_handler)
{
    struct http_limits limits = patient;
    int64_t until_ms;
    struct harness harness;
    struct client client;

    limits.idle_timeout_ms = limits.header_timeout_ms = limits.body_timeout_ms =
        limits.write_timeout_ms = 20;
    harness_open(&harness, &limits);
    harness.is_holding = true;
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/")));
    cr_assert(harness_await(&harness, &harness.held_count, 1));
    until_ms = clock_monotonic_ms() + 200;
    while (clock_monotonic_ms() < until_ms)
        harness_turn(&harness);
    harness_echo(&harness, 0);
    cr_expect_eq(client_answer(&client, false).status, 200);
    client_close(&client);
    harness_close(&harness);
}

static char large[16 << 20];

Test(http_time, client_takes_nothing)
{
    struct http_response response = {.status = 200, .content_type = "x/y"};
    struct http_limits limits = patient;
    struct harness harness;
    struct client client;

    limits.write_timeout_ms = 100;
    response.body = text_bytes(large, sizeof large);
    harness_open(&harness, &limits);
    harness.fixed = &response;
    client_open(&client, &harness);
    client_send_read(&client, TEXT(GET("/")));
    cr_expect(harness_await(&harness, &statistics(&harness)->connections_open, 0));
    cr_expect(client_await_end(&client));
    cr_expect(client.is_reset);
    client_close(&client);
    harness_close(&harness);
}

/* A lingering connection whose client does not end it. */
Test(http_time, linger_ends)
{
    struct harness harness;
    struct client client;

    harness_open(&harness, &patient);
    client_open(&client, &harness);
    client_send(&client, TEXT("junk\r\n\r\n"));
    cr_expect_eq(client_answer(&client, false).status, 400);
    cr_expect(client_await_end(&client));
    cr_expect(harness_await(&harness, &statistics(&harness)->connections_open, 0));
    client_close(&client);
    harness_close(&harness);
}

/* ---- the drain ---- */

struct drain {
    bool is_done;
    struct harness *harness;
};

static void on_drained(void *owner)
{
    struct drain *drain = owner;

    cr_expect_not(drain->is_done, "once");
    drain->is_done = drain->harness->is_drained = true;
    drain->harness->server = NULL;
}

static void start_drain(struct drain *drain, struct harness *harness, unsigned timeout_ms)
{
    *drain = (struct drain){false, harness};
    http_server_drain(harness->server, timeout_ms, on_drained, drain);
}

Test(http_time, drain_when_empty)
{
    struct harness harness;
    struct drain drain;

    harness_open(&harness, &patient);
    start_drain(&drain, &harness, 60000);
    cr_expect(harness_await_flag(&harness, &drain.is_done));
    harness_close(&harness);
}

Test(http_time, drain_idle)
{
    int64_t start_ms;
    struct harness harness;
    struct client fresh, used;
    struct drain drain;

    harness_open(&harness, &patient);
    client_open(&fresh, &harness);
    client_open(&used, &harness);
    client_send(&used, TEXT(GET("/")));
    cr_expect_eq(client_answer(&used, false).status, 200);
    cr_assert(harness_await(&harness, &statistics(&harness)->connections_open, 2));
    start_ms = clock_monotonic_ms();
    start_drain(&drain, &harness, 60000);
    cr_expect(harness_await_flag(&harness, &drain.is_done));
    cr_expect_lt(clock_monotonic_ms() - start_ms, 1000, "idle ones are not waited for");
    cr_expect(client_await_end(&fresh) && client_await_end(&used));
    client_close(&fresh);
    client_close(&used);
    harness_close(&harness);
}

/* Open requests are answered, begun ones read and answered, new connections refused. */
Test(http_time, drain_with_open_requests)
{
    struct harness harness;
    struct client open, begun, late;
    struct answer answer;
    struct drain drain;

    harness_open(&harness, &patient);
    harness.is_holding = true;
    client_open(&open, &harness);
    client_open(&begun, &harness);
    client_send_read(&open, TEXT(GET("/1") GET("/2")));
    client_send_read(&begun, TEXT("POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"));
    cr_assert_eq(harness.held_count, 2);
    start_drain(&drain, &harness, 60000);
    harness_turn(&harness);
    late = (struct client){.harness = &harness, .fd = socket(AF_INET, SOCK_STREAM, 0)};
    client_send_read(&begun, TEXT("cde" GET("/4")));
    cr_assert(harness_await(&harness, &harness.held_count, 3));
    client_send_read(&open, TEXT(GET("/5")));
    for (unsigned i = 0; i < 3; i++)
        harness_echo(&harness, i);
    answer = client_answer(&open, false);
    cr_expect(text_is(answer.body, "GET|/1||0|"));
    cr_expect_not(text_contains(answer.head, "Connection: close\r\n"));
    answer = client_answer(&open, false);
    cr_expect(text_is(answer.body, "GET|/2||0|"));
    cr_expect(text_contains(answer.head, "Connection: close\r\n"));
    answer = client_answer(&begun, false);
    cr_expect(text_is(answer.body, "POST|/3||5|abcde"));
    cr_expect(text_contains(answer.head, "Connection: close\r\n"));
    cr_expect(client_await_end(&open) && client_await_end(&begun));
    cr_expect_not(open.is_reset || begun.is_reset || drain.is_done);
    client_close(&open);
    client_close(&begun);
    cr_expect(harness_await_flag(&harness, &drain.is_done));
    cr_expect_neq(connect(late.fd, (struct sockaddr *)&harness.address, sizeof harness.address), 0);
    client_close(&late);
    harness_close(&harness);
}

Test(http_time, drain_cuts_off)
{
    struct harness harness;
    struct client client;
    struct drain drain;

    harness_open(&harness, &patient);
    harness.is_holding = true;
    client_open(&client, &harness);
    client_send(&client, TEXT(GET("/1") GET("/2")));
    cr_assert(harness_await(&harness, &harness.held_count, 2));
    harness.held[1]->on_gone = NULL;
    start_drain(&drain, &harness, 50);
    cr_expect(harness_await_flag(&harness, &drain.is_done));
    cr_expect_eq(harness.gone_count, 1);
    cr_expect(client_await_end(&client));
    harness_echo(&harness, 1); /* after the server is freed */
    client_close(&client);
    harness_close(&harness);
}
