/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "tests/api/http/harness.h"

/* What clients can make the server keep for them: it is counted, each connection's and all of them
 * together, and reading waits until answers have left. */

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

enum { LARGE = 100 << 10, BEHIND = 60, CLIENTS = 20 };

static char large[LARGE];
static const struct http_response large_answer = {
    .status = 200, .content_type = "x/y", .body = {large, sizeof large}};

static const struct http_statistics *statistics(const struct harness *harness)
{
    return http_server_statistics(harness->server);
}

static void turns(struct harness *harness)
{
    for (int i = 0; i < 50; i++)
        harness_turn(harness);
}

/* A request that is not answered yet, and others behind it whose answers are there at once. */
static void ask_behind_a_slow_one(struct harness *harness, struct client *client)
{
    struct buffer requests = {0};
    unsigned held = harness->held_count;

    harness->is_holding = true;
    client_open(client, harness);
    client_send(client, TEXT(GET("/slow")));
    cr_assert(harness_await(harness, &harness->held_count, held + 1));
    harness->is_holding = false;
    harness->fixed = &large_answer;
    for (int i = 0; i < BEHIND; i++)
        buffer_append(&requests, TEXT(GET("/")));
    client_send(client, buffer_text(&requests));
    turns(harness);
    buffer_free(&requests);
}

static void expect_all(struct client *client)
{
    for (int i = 0; i <= BEHIND; i++)
        cr_assert_eq(client_answer(client, false).status, 200);
}

Test(http_pressure, answers_behind_a_slow_one)
{
    struct http_limits limits = http_limits_default;
    struct harness harness;
    struct client client;

    limits.pipeline_bytes_max = 3 * LARGE;
    harness_open(&harness, &limits);
    ask_behind_a_slow_one(&harness, &client);
    cr_expect_leq(statistics(&harness)->requests, 5);
    cr_expect_leq(statistics(&harness)->bytes_held, 5 * LARGE);
    harness.fixed = NULL;
    harness_echo(&harness, 0);
    harness.fixed = &large_answer;
    expect_all(&client);
    turns(&harness);
    cr_expect_eq(statistics(&harness)->requests, 1 + BEHIND);
    cr_expect_eq(statistics(&harness)->bytes_held, 0);
    client_close(&client);
    harness_close(&harness);
}

/* One turn's answers that no slow one holds back wait for their client in the same bounds. */
Test(http_pressure, answers_of_one_turn)
{
    struct http_limits limits = http_limits_default;
    struct harness harness;
    struct client client;

    limits.pipeline_bytes_max = LARGE;
    harness_open(&harness, &limits);
    harness.fixed = &large_answer;
    client_open(&client, &harness);
    for (int i = 0; i <= BEHIND; i++)
        client_send(&client, TEXT(GET("/")));
    turns(&harness);
    cr_expect_leq(statistics(&harness)->bytes_held, 3 * LARGE);
    cr_expect_lt(statistics(&harness)->requests, BEHIND);
    expect_all(&client);
    client_close(&client);
    harness_close(&harness);
}

/* Beyond what all connections may keep together each one has a single request at a time. */
Test(http_pressure, all_connections_together)
{
    struct http_limits limits = http_limits_default;
    struct harness harness;
    struct client clients[CLIENTS];

    limits.pipeline_bytes_max = 40 * LARGE;
    limits.held_bytes_max = 50 * LARGE;
    harness_open(&harness, &limits);
    for (int i = 0; i < CLIENTS; i++)
        ask_behind_a_slow_one(&harness, &clients[i]);
    cr_expect_leq(statistics(&harness)->bytes_held, (50 + 40 + CLIENTS) * LARGE);
    cr_expect_leq(statistics(&harness)->requests, 50 + 40 + 2 * CLIENTS);
    harness.fixed = NULL;
    for (unsigned i = 0; i < CLIENTS; i++)
        harness_echo(&harness, i);
    harness.fixed = &large_answer;
    for (int i = 0; i < CLIENTS; i++)
        expect_all(&clients[i]);
    turns(&harness);
    cr_expect_eq(statistics(&harness)->requests, CLIENTS * (1 + BEHIND));
    cr_expect_eq(statistics(&harness)->bytes_held, 0);
    for (int i = 0; i < CLIENTS; i++)
        client_close(&clients[i]);
    harness_close(&harness);
}

/* What a client leaves behind is counted no more. */
Test(http_pressure, client_leaves)
{
    struct http_limits limits = http_limits_default;
    struct harness harness;
    struct client client;

    limits.pipeline_bytes_max = 2 * BEHIND * LARGE; /* reading goes on, so the end is seen */
    harness_open(&harness, &limits);
    ask_behind_a_slow_one(&harness, &client);
    cr_expect_gt(statistics(&harness)->bytes_held, LARGE);
    client_reset(&client);
    turns(&harness);
    cr_expect_eq(statistics(&harness)->connections_open, 0);
    cr_expect_eq(statistics(&harness)->bytes_held, 0);
    harness_close(&harness);
}

/* Where no more connections are taken, one that is kept without a request gives way; one that has a
 * request does not. */
Test(http_pressure, idle_connections_give_way)
{
    struct http_limits limits = http_limits_default;
    struct harness harness;
    struct client busy, idle, next, last;

    limits.connections_max = 2;
    limits.idle_spare_ms = 50;
    harness_open(&harness, &limits);
    client_open(&idle, &harness);
    client_send(&idle, TEXT(GET("/")));
    cr_expect_eq(client_answer(&idle, false).status, 200);
    harness.is_holding = true;
    client_open(&busy, &harness);
    client_send(&busy, TEXT(GET("/busy")));
    cr_assert(harness_await(&harness, &harness.held_count, 1));
    harness.is_holding = false;
    client_open(&next, &harness);
    client_send(&next, TEXT(GET("/next")));
    cr_expect_eq(client_answer(&next, false).status, 200);
    cr_expect(client_await_end(&idle) && !idle.is_reset);
    client_open(&last, &harness);
    client_send(&last, TEXT(GET("/last")));
    cr_expect_eq(client_answer(&last, false).status, 200);
    harness_echo(&harness, 0);
    cr_expect(text_is(client_answer(&busy, false).body, "GET|/busy||0|"));
    client_close(&busy);
    client_close(&idle);
    client_close(&next);
    client_close(&last);
    harness_close(&harness);
}
