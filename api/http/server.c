/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http/server.h"

#include <errno.h>
#include <http_parser.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define ACCEPTS_PER_TURN       64
#define ACCEPT_PAUSE_MS        1000
#define TICK_MS_MIN            10
#define TICK_MS_MAX            250
#define SPARE_BUFFER_BYTES_MAX (64 << 10)

const struct http_limits http_limits_default = {
    .header_bytes_max = 16 << 10,
    .body_bytes_max = 64 << 10,
    .header_timeout_ms = 10000,
    .body_timeout_ms = 30000,
    .idle_timeout_ms = 75000,
    .write_timeout_ms = 30000,
    .connections_max = 10000,
    .idle_spare_ms = 1000,
    .pipeline_max = 64,
    .pipeline_bytes_max = 256 << 10,
    .held_bytes_max = 64 << 20,
    .stream_bytes_max = 256 << 10,
};

/* ---- what connections share ---- */

struct text http_server_date(struct http_server *server)
{
    uint64_t now_ms = uv_now(server->loop);

    if (now_ms >= server->date_until_ms) {
        int64_t wall_ms = clock_now_ms();
        http_response_format_date(wall_ms, server->date);
        server->date_until_ms = now_ms + 1000 - (uint64_t)(wall_ms % 1000);
    }
    return text_bytes(server->date, HTTP_DATE_LENGTH);
}

struct buffer http_server_take_buffer(struct http_server *server)
{
    if (!server->spare_count)
        return (struct buffer){0};
    return server->spares[--server->spare_count];
}

void http_server_give_buffer(struct http_server *server, struct buffer *buffer)
{
    if (!buffer->data)
        return;
    if (server->spare_count == HTTP_SPARES_MAX || buffer->capacity > SPARE_BUFFER_BYTES_MAX) {
        buffer_free(buffer);
        return;
    }
    buffer_clear(buffer);
    server->spares[server->spare_count++] = *buffer;
    *buffer = (struct buffer){0};
}

/* Until none is touched: to settle one may touch it again, which ends with what it had to write or
 * to parse. */
static void settle_touched(struct http_server *server)
{
    struct list *touched;

    while ((touched = list_take_first(&server->touched)))
        http_connection_settle(CONTAINER_OF(touched, struct http_connection, touched));
}

/* Behind the events of a turn. */
static void on_check(uv_check_t *check)
{
    settle_touched(check->data);
}

/* Behind its timers, and what happened before the loop ran. */
static void on_prepare(uv_prepare_t *prepare)
{
    settle_touched(prepare->data);
}

/* ---- the end ---- */

static void release(struct http_server *server)
{
    while (list_take_first(&server->orphans))
        ;
    while (server->spare_count)
        buffer_free(&server->spares[--server->spare_count]);
    close(server->fd);
    free(server->input);
    free(server);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_server *server = handle->data;
    void (*on_drained)(void *) = server->on_drained;
    void *owner = server->drain_owner;

    if (--server->handles_open)
        return;
    release(server);
    if (on_drained)
        on_drained(owner);
}

static void close_handle(void *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_handle_closed);
}

static void close_when_empty(struct http_server *server)
{
    if (!server->is_draining || server->statistics.connections_open)
        return;
    close_handle(&server->timer);
    close_handle(&server->prepare);
    close_handle(&server->check);
}

static void abort_connections(struct http_server *server)
{
    struct list *head = server->places;

    for (int state = 0; state < HTTP_STATE_CLOSING; state++)
        while (!list_is_empty(&head[state]))
            http_connection_abort(CONTAINER_OF(head[state].next, struct http_connection, place));
}

void http_server_drain(struct http_server *server, unsigned timeout_ms,
                       void (*on_drained)(void *owner), void *owner)
{
    if (server->is_draining) /* the program drains once */
        abort();
    server->is_draining = true;
    server->drain_until_ms = uv_now(server->loop) + timeout_ms;
    server->on_drained = on_drained;
    server->drain_owner = owner;
    close_handle(&server->listener);
    for (int state = 0; state < HTTP_STATE_CLOSING; state++)
        LIST_FOREACH(&server->places[state], place)
    http_connection_touch(CONTAINER_OF(place, struct http_connection, place));
    close_when_empty(server);
}

/* ---- accepting ---- */

static bool is_loopback(const struct sockaddr_storage *address)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)address;
    const struct in6_addr *in6 = &((const struct sockaddr_in6 *)address)->sin6_addr;

    if (address->ss_family == AF_INET)
        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    if (address->ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(in6) || (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == 127);
    return address->ss_family == AF_UNIX;
}

static void copy_address(const struct sockaddr_storage *address,
                         unsigned char peer[HTTP_ADDRESS_BYTES])
{
    static const unsigned char v4_mapped[12] = {[10] = 0xff, [11] = 0xff};

    memset(peer, 0, HTTP_ADDRESS_BYTES);
    if (address->ss_family == AF_INET6) {
        memcpy(peer, &((const struct sockaddr_in6 *)address)->sin6_addr, HTTP_ADDRESS_BYTES);
    } else if (address->ss_family == AF_INET) {
        memcpy(peer, v4_mapped, sizeof v4_mapped);
        memcpy(peer + sizeof v4_mapped, &((const struct sockaddr_in *)address)->sin_addr, 4);
    }
}

static void pause_accepting(struct http_server *server)
{
    if (server->is_accepting)
        uv_poll_stop(&server->listener);
    server->is_accepting = false;
}

/* Out of descriptors or memory: the backlog waits, and so do we. */
static void accept_failed(struct http_server *server, int error)
{
    uint64_t now_ms = uv_now(server->loop);

    pause_accepting(server);
    if (server->accept_failed_ms && now_ms - server->accept_failed_ms < ACCEPT_PAUSE_MS)
        return;
    server->accept_failed_ms = now_ms;
    log_error("http.accept-failed", LOG_STRING("error", uv_strerror(-error)),
              LOG_INTEGER("connections", server->statistics.connections_open));
}

/* False when there is nobody to accept now. */
static bool accept_one(struct http_server *server)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    unsigned char peer[HTTP_ADDRESS_BYTES];
    int fd =
        accept4(server->fd, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
        copy_address(&address, peer);
        http_connection_open(server, fd, peer, is_loopback(&address));
        return true;
    }
    if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO || errno == EPERM)
        return true;
    if (errno != EAGAIN)
        accept_failed(server, errno);
    return false;
}

static bool is_full(const struct http_server *server)
{
    return server->statistics.connections_open >= server->limits.connections_max;
}

/* The connection that has been kept longest without a request, if that is long enough for it to
 * give way; NULL when there is none. */
static struct http_connection *spare_connection(const struct http_server *server)
{
    const struct list *idle = &server->places[HTTP_STATE_IDLE];
    struct http_connection *first = CONTAINER_OF(idle->next, struct http_connection, place);
    uint64_t kept_ms = server->limits.idle_timeout_ms;

    if (list_is_empty(idle) ||
        first->deadline_ms + server->limits.idle_spare_ms > uv_now(server->loop) + kept_ms)
        return NULL;
    return first;
}

/* Somebody waits: its place is free when the other's handle is closed. */
static void make_room(struct http_server *server)
{
    struct http_connection *spare = spare_connection(server);

    pause_accepting(server);
    if (spare)
        http_connection_close(spare);
}

static void on_acceptable(uv_poll_t *poll, int status, int events)
{
    struct http_server *server = poll->data;

    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        if (is_full(server)) {
            make_room(server);
            return;
        }
        if (!accept_one(server))
            return;
    }
}

static void resume_accepting(struct http_server *server)
{
    if (server->is_accepting || server->is_draining ||
        (is_full(server) && !spare_connection(server)))
        return;
    server->is_accepting = uv_poll_start(&server->listener, UV_READABLE, on_acceptable) == 0;
}

void http_server_on_connection_closed(struct http_server *server)
{
    server->statistics.connections_open--;
    resume_accepting(server);
    close_when_empty(server);
}

/* ---- time ---- */

static void expire(struct list *place, uint64_t now_ms)
{
    while (!list_is_empty(place)) {
        struct http_connection *first = CONTAINER_OF(place->next, struct http_connection, place);
        if (first->deadline_ms > now_ms)
            return;
        http_connection_expire(first);
    }
}

static void on_tick(uv_timer_t *timer)
{
    static const enum http_connection_state timed[] = {
        HTTP_STATE_IDLE, HTTP_STATE_HEADER, HTTP_STATE_BODY, HTTP_STATE_WRITING, HTTP_STATE_LINGER};
    struct http_server *server = timer->data;
    uint64_t now_ms = uv_now(server->loop);

    for (size_t i = 0; i < sizeof timed / sizeof *timed; i++)
        expire(&server->places[timed[i]], now_ms);
    if (server->is_draining && now_ms >= server->drain_until_ms)
        abort_connections(server);
    if (now_ms - server->accept_failed_ms >= ACCEPT_PAUSE_MS)
        resume_accepting(server);
}

/* An eighth of the shortest time limit, so that none is much exceeded. */
static uint64_t tick_ms(const struct http_limits *limits)
{
    unsigned times[] = {limits->header_timeout_ms, limits->body_timeout_ms, limits->idle_timeout_ms,
                        limits->write_timeout_ms};
    unsigned tick = TICK_MS_MAX;

    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (times[i] / 8 < tick)
            tick = times[i] / 8;
    return tick < TICK_MS_MIN ? TICK_MS_MIN : tick;
}

/* ---- the beginning ---- */

static void start_handles(struct http_server *server)
{
    uint64_t tick = tick_ms(&server->limits);

    uv_timer_init(server->loop, &server->timer);
    uv_prepare_init(server->loop, &server->prepare);
    uv_check_init(server->loop, &server->check);
    server->timer.data = server->prepare.data = server->check.data = server;
    uv_timer_start(&server->timer, on_tick, tick, tick);
    uv_prepare_start(&server->prepare, on_prepare);
    uv_check_start(&server->check, on_check);
    uv_unref((uv_handle_t *)&server->timer);
    uv_unref((uv_handle_t *)&server->prepare);
    uv_unref((uv_handle_t *)&server->check);
    server->handles_open = 4;
}

static struct http_server *new_server(uv_loop_t *loop, int fd, const struct http_limits *limits,
                                      const struct http_handler *handler)
{
    struct http_server *server = memory_new(sizeof *server);

    server->loop = loop;
    server->fd = fd;
    server->limits = *limits;
    if (server->limits.header_bytes_max > HTTP_HEADER_BYTES_MAX)
        server->limits.header_bytes_max = HTTP_HEADER_BYTES_MAX;
    server->handler = *handler;
    for (int state = 0; state < HTTP_STATE_COUNT; state++)
        list_init(&server->places[state]);
    list_init(&server->touched);
    list_init(&server->orphans);
    server->input = memory_new(HTTP_INPUT_BYTES);
    return server;
}

struct http_server *http_server_open(uv_loop_t *loop, int fd, const struct http_limits *limits,
                                     const struct http_handler *handler, int *error)
{
    struct http_server *server = new_server(loop, fd, limits, handler);
    int result = listen(fd, SOMAXCONN) < 0 ? -errno : 0;

    if (result == 0)
        result = uv_poll_init(loop, &server->listener, fd);
    if (result < 0) {
        free(server->input);
        free(server);
        *error = result;
        return NULL;
    }
    server->listener.data = server;
    /* Accepted sockets inherit it. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    /* A client that left must not end the process; and our limit is the one that counts. */
    signal(SIGPIPE, SIG_IGN);
    http_parser_set_max_header_size(UINT32_MAX);
    start_handles(server);
    resume_accepting(server);
    return server;
}

const struct http_statistics *http_server_statistics(const struct http_server *server)
{
    return &server->statistics;
}
