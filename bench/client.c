/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

enum { READ_BYTES = 1 << 16, EVENTS = 64, STALL_MS = 20000 };

struct connection {
    int fd;
    bool wants_write;
    struct buffer in, out;
    int64_t *begun_ns;     /* ring of `depth`: of the requests under way, oldest first */
    unsigned oldest, busy; /* place of the oldest, and how many there are */
};

struct client {
    const struct client_plan *plan;
    const struct requests *requests;
    struct client_result *result;
    struct connection *connections;
    int epoll;
    int64_t start_ns;
    size_t sent;
    unsigned next_free; /* where the search for a free connection goes on */
    bool failed;
};

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void fail(struct client *client, const char *what, const char *why)
{
    if (!client->failed)
        fprintf(stderr, "bench_load: %s: %s\n", what, why);
    client->failed = true;
}

static void watch(struct client *client, struct connection *connection, int operation)
{
    struct epoll_event event = {.events = EPOLLIN | (connection->wants_write ? EPOLLOUT : 0U),
                                .data.ptr = connection};

    epoll_ctl(client->epoll, operation, connection->fd, &event);
}

static bool open_connection(struct client *client, struct connection *connection)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(client->plan->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;

    connection->begun_ns = memory_new(client->plan->depth * sizeof *connection->begun_ns);
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) < 0) {
        fail(client, "connect", strerror(errno));
        return false;
    }
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(client, connection, EPOLL_CTL_ADD);
    return true;
}

/* --- Sending ----------------------------------------------------------------------------------
 */

static void flush(struct client *client, struct connection *connection)
{
    ssize_t sent = send(connection->fd, connection->out.data, connection->out.length,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    bool rest;

    if (sent < 0 && errno != EAGAIN) {
        fail(client, "send", strerror(errno));
        return;
    }
    buffer_consume(&connection->out, sent < 0 ? 0 : (size_t)sent);
    rest = connection->out.length > 0;
    if (rest != connection->wants_write) {
        connection->wants_write = rest;
        watch(client, connection, EPOLL_CTL_MOD);
    }
}

/* Puts the next request behind what the connection has to send. */
static void issue(struct client *client, struct connection *connection, int64_t begun_ns)
{
    unsigned place = (connection->oldest + connection->busy++) % client->plan->depth;

    connection->begun_ns[place] = begun_ns;
    buffer_append(&connection->out, requests_at(client->requests, client->sent++));
}

static void fill(struct client *client, struct connection *connection)
{
    while (connection->busy < client->plan->depth && client->sent < client->plan->count)
        issue(client, connection, now_ns());
    if (connection->out.length && !connection->wants_write)
        flush(client, connection);
}

static int64_t due_ns(const struct client *client)
{
    return client->start_ns + (int64_t)((double)client->sent / client->plan->rate_per_second * 1e9);
}

static struct connection *free_connection(struct client *client)
{
    for (unsigned i = 0; i < client->plan->connections; i++) {
        struct connection *connection = &client->connections[client->next_free];
        client->next_free = (client->next_free + 1) % client->plan->connections;
        if (connection->busy < client->plan->depth)
            return connection;
    }
    return NULL;
}

/* Sends what is due; returns how long it can wait, or -1 for until an answer comes. */
static int64_t send_due(struct client *client)
{
    while (client->sent < client->plan->count) {
        int64_t due = due_ns(client), now = now_ns();
        struct connection *connection;
        if (due > now)
            return due - now;
        connection = free_connection(client);
        if (!connection)
            return -1;
        issue(client, connection, due);
        if (!connection->wants_write)
            flush(client, connection);
    }
    return -1;
}

/* --- Answers ----------------------------------------------------------------------------------
 */

/* The value of Content-Length in an answer's head; -1 when it has none. */
static int64_t content_length(struct text head)
{
    struct text line, name;
    int64_t length = -1;

    while (text_split(&head, '\n', &line))
        if (text_split(&line, ':', &name) && text_equal_folded(name, TEXT("content-length")) &&
            line.length)
            text_to_integer(text_trim(text_part(line, 0, line.length - 1)), 0, 1 << 30, &length);
    return length;
}

static void count_answer(struct client *client, struct connection *connection, struct text answer,
                         int64_t status, size_t body_bytes)
{
    struct client_result *result = client->result;
    int64_t took_ns = now_ns() - connection->begun_ns[connection->oldest];

    connection->oldest = (connection->oldest + 1) % client->plan->depth;
    connection->busy--;
    result->times_us[result->answered++] = (uint32_t)(took_ns / 1000);
    result->statuses[status]++;
    result->bodies_bytes += body_bytes;
    if (status != client->plan->expected_status && !result->unexpected.length)
        buffer_append(&result->unexpected, answer);
}

/* Takes whole answers from the front of `in`; returns how many bytes they had. */
static size_t take_answers(struct client *client, struct connection *connection)
{
    size_t taken = 0;

    while (!client->failed) {
        struct text in = text_part(buffer_text(&connection->in), taken, SIZE_MAX);
        const char *end = in.length ? memmem(in.data, in.length, "\r\n\r\n", 4) : NULL;
        int64_t body, status;
        size_t head;
        if (!end)
            break;
        head = (size_t)(end - in.data) + 4;
        body = content_length(text_part(in, 0, head));
        if (body < 0 || !connection->busy ||
            !text_to_integer(text_part(in, strlen("HTTP/1.1 "), 3), 100, CLIENT_STATUS_MAX - 1,
                             &status)) {
            fail(client, "an answer without status or Content-Length, or to nothing", in.data);
            break;
        }
        if (in.length < head + (size_t)body)
            break;
        in = text_part(in, 0, head + (size_t)body);
        count_answer(client, connection, in, status, (size_t)body);
        taken += in.length;
    }
    return taken;
}

static void receive(struct client *client, struct connection *connection)
{
    char *room = buffer_reserve(&connection->in, READ_BYTES);
    ssize_t got = recv(connection->fd, room, READ_BYTES - 1, MSG_DONTWAIT);

    if (got <= 0) {
        if (got == 0 || errno != EAGAIN)
            fail(client, "receive", got ? strerror(errno) : "the connection was closed");
        return;
    }
    room[got] = '\0';
    connection->in.length += (size_t)got;
    buffer_consume(&connection->in, take_answers(client, connection));
    if (!client->failed && client->plan->rate_per_second == 0)
        fill(client, connection);
}

static void await(struct client *client, int64_t wait_ns)
{
    struct timespec limit = {.tv_sec = STALL_MS / 1000};
    struct epoll_event events[EVENTS];
    int count;

    if (wait_ns >= 0)
        limit = (struct timespec){wait_ns / 1000000000, wait_ns % 1000000000};
    count = epoll_pwait2(client->epoll, events, EVENTS, &limit, NULL);
    if (count == 0 && wait_ns < 0)
        fail(client, "no answer", "within 20 seconds");
    for (int i = 0; i < count && !client->failed; i++) {
        struct connection *connection = events[i].data.ptr;
        if (events[i].events & EPOLLOUT)
            flush(client, connection);
        if (events[i].events & ~(unsigned)EPOLLOUT)
            receive(client, connection);
    }
}

static void run(struct client *client)
{
    const struct client_plan *plan = client->plan;

    client->start_ns = now_ns();
    if (plan->rate_per_second == 0)
        for (unsigned c = 0; c < plan->connections; c++)
            fill(client, &client->connections[c]);
    while (client->result->answered < plan->count && !client->failed)
        await(client, plan->rate_per_second == 0 ? -1 : send_due(client));
    client->result->seconds = (double)(now_ns() - client->start_ns) / 1e9;
}

bool client_run(const struct client_plan *plan, const struct requests *requests,
                struct client_result *result)
{
    struct client client = {.plan = plan, .requests = requests, .result = result};
    unsigned opened = 0;

    prctl(PR_SET_TIMERSLACK, 1);
    client.epoll = epoll_create1(EPOLL_CLOEXEC);
    client.connections = memory_new(plan->connections * sizeof *client.connections);
    result->times_us = memory_new(plan->count * sizeof *result->times_us);
    while (opened < plan->connections && open_connection(&client, &client.connections[opened]))
        opened++;
    if (!client.failed)
        run(&client);
    for (unsigned c = 0; c < opened; c++) {
        struct connection *connection = &client.connections[c];
        close(connection->fd);
        buffer_free(&connection->in);
        buffer_free(&connection->out);
        free(connection->begun_ns);
    }
    free(client.connections);
    close(client.epoll);
    return !client.failed;
}
