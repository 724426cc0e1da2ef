/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/api/http/harness.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/leaks.h"

#define PATIENCE_MS 5000

/* ---- the server ---- */

static void echo(struct harness *harness, struct http_request *request, unsigned status)
{
    struct buffer body = {0};
    struct http_response response = {.status = status, .content_type = "text/plain"};

    buffer_printf(&body, "%.*s|%.*s|%.*s|%zu|", TEXT_ARG(request->method), TEXT_ARG(request->path),
                  TEXT_ARG(request->query), request->body.length);
    buffer_append(&body, request->body);
    response.body = buffer_text(&body);
    response.close = harness->is_closing;
    http_respond(request, harness->fixed ? harness->fixed : &response);
    buffer_free(&body);
}

static void on_gone(struct http_request *request)
{
    struct harness *harness = request->owner;

    harness->gone_count++;
    for (unsigned i = 0; i < harness->held_count; i++)
        if (harness->held[i] == request)
            harness->held[i] = NULL;
}

static void on_request(void *owner, struct http_request *request)
{
    struct harness *harness = owner;

    if (!harness->is_holding) {
        echo(harness, request, 200);
        return;
    }
    cr_assert_lt(harness->held_count, HARNESS_HELD_MAX);
    harness->held[harness->held_count++] = request;
    request->owner = harness;
    request->on_gone = on_gone;
    /* What a handler allocates must go with the request. */
    arena_new(&request->arena, 100);
}

static void on_fault(void *owner, struct http_request *request, enum http_fault fault)
{
    static const unsigned statuses[] = {400, 431, 413, 408, 417, 505};
    struct harness *harness = owner;

    harness->fault_count++;
    echo(harness, request, statuses[fault]);
}

void harness_open(struct harness *harness, const struct http_limits *limits)
{
    struct http_handler handler = {on_request, on_fault, harness};
    socklen_t length = sizeof harness->address;
    int error = 0;

    *harness = (struct harness){0};
    cr_assert_eq(uv_loop_init(&harness->loop), 0);
    harness->fd = http_bind("127.0.0.1:0");
    cr_assert_geq(harness->fd, 0);
    harness->server = http_server_open(&harness->loop, harness->fd,
                                       limits ? limits : &http_limits_default, &handler, &error);
    cr_assert_not_null(harness->server);
    cr_assert_eq(getsockname(harness->fd, (struct sockaddr *)&harness->address, &length), 0);
}

static void on_drained(void *owner)
{
    struct harness *harness = owner;

    harness->is_drained = true;
    harness->server = NULL;
}

void harness_close(struct harness *harness)
{
    if (!harness->is_drained) {
        http_server_drain(harness->server, 0, on_drained, harness);
        cr_assert(harness_await_flag(harness, &harness->is_drained));
    }
    uv_run(&harness->loop, UV_RUN_NOWAIT);
    cr_assert_eq(uv_loop_close(&harness->loop), 0, "a handle is open still");
    assert_no_leaks();
}

void harness_turn(struct harness *harness)
{
    struct pollfd loop = {uv_backend_fd(&harness->loop), POLLIN, 0};

    poll(&loop, 1, 1);
    uv_run(&harness->loop, UV_RUN_NOWAIT);
}

bool harness_await(struct harness *harness, const unsigned *value, unsigned wanted)
{
    int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (*value != wanted && clock_monotonic_ms() < until_ms)
        harness_turn(harness);
    return *value == wanted;
}

bool harness_await_flag(struct harness *harness, const bool *flag)
{
    int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (!*flag && clock_monotonic_ms() < until_ms)
        harness_turn(harness);
    return *flag;
}

void harness_echo(struct harness *harness, unsigned i)
{
    struct http_request *request = harness->held[i];

    cr_assert_not_null(request);
    harness->held[i] = NULL;
    echo(harness, request, 200);
}

/* ---- the client ---- */

void client_open(struct client *client, struct harness *harness)
{
    *client = (struct client){.harness = harness};
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(client->fd, 0);
    cr_assert_eq(connect(client->fd, (struct sockaddr *)&harness->address, sizeof harness->address),
                 0);
    /* Pieces leave as they are sent. */
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    buffer_free(&client->in);
}

void client_reset(struct client *client)
{
    struct linger linger = {1, 0};

    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    client_close(client);
}

static void receive(struct client *client)
{
    ssize_t length = recv(client->fd, buffer_reserve(&client->in, 65536), 65536, MSG_DONTWAIT);

    if (length > 0)
        client->in.length += (size_t)length;
    else if (length == 0)
        client->is_ended = true;
    else if (errno != EAGAIN)
        client->is_reset = client->is_ended = true;
}

void client_turn(struct client *client)
{
    harness_turn(client->harness);
    receive(client);
}

void client_send(struct client *client, struct text bytes)
{
    int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (bytes.length && clock_monotonic_ms() < until_ms) {
        ssize_t sent = send(client->fd, bytes.data, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            bytes = text_part(bytes, (size_t)sent, bytes.length);
            continue;
        }
        if (errno != EAGAIN)
            return;
        harness_turn(client->harness);
    }
}

void client_send_read(struct client *client, struct text bytes)
{
    const struct http_statistics *statistics = http_server_statistics(client->harness->server);
    uint64_t wanted = statistics->bytes_received + bytes.length;
    int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;

    client_send(client, bytes);
    while (statistics->bytes_received < wanted && !client->is_ended &&
           clock_monotonic_ms() < until_ms)
        client_turn(client);
}

void client_shut_down(struct client *client)
{
    shutdown(client->fd, SHUT_WR);
}

bool text_contains(struct text text, const char *part)
{
    return text.length && memmem(text.data, text.length, part, strlen(part));
}

static struct text head_of(struct client *client)
{
    char *end =
        client->in.length ? memmem(client->in.data, client->in.length, "\r\n\r\n", 4) : NULL;

    return end ? text_bytes(client->in.data, (size_t)(end - client->in.data) + 4) : TEXT_NONE;
}

static size_t content_length(struct text head)
{
    const char *field = memmem(head.data, head.length, "Content-Length: ", 16);

    return field ? strtoul(field + 16, NULL, 10) : 0;
}

bool client_await_bytes(struct client *client, size_t length)
{
    int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (client->in.length < length && !client->is_ended && clock_monotonic_ms() < until_ms)
        client_turn(client);
    return client->in.length >= length;
}

struct answer client_answer(struct client *client, bool is_head)
{
    static struct buffer last;
    struct answer answer = {0};
    struct text head;
    size_t length;

    while (!(head = head_of(client)).length)
        if (!client_await_bytes(client, client->in.length + 1))
            return answer;
    length = head.length + (is_head ? 0 : content_length(head));
    if (!client_await_bytes(client, length))
        return answer;
    buffer_free(&last);
    buffer_append(&last, text_part(buffer_text(&client->in), 0, length));
    buffer_consume(&client->in, length);
    answer.head = text_part(buffer_text(&last), 0, head.length);
    answer.body = text_part(buffer_text(&last), head.length, length);
    answer.status = (unsigned)strtoul(answer.head.data + 9, NULL, 10);
    return answer;
}

bool client_await_end(struct client *client)
{
    int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (!client->is_ended && clock_monotonic_ms() < until_ms)
        client_turn(client);
    return client->is_ended;
}

unsigned harness_ask(struct harness *harness, struct text bytes, bool is_ending)
{
    struct client client;
    struct answer answer;

    client_open(&client, harness);
    client_send(&client, bytes);
    answer = client_answer(&client, false);
    if (is_ending) {
        cr_assert(client_await_end(&client), "the connection goes on after %u", answer.status);
        cr_assert_not(client.is_reset, "reset after %u", answer.status);
        cr_assert_eq(client.in.length, 0, "bytes after the last answer");
    }
    client_close(&client);
    return answer.status;
}
