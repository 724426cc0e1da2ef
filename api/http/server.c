/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <http_parser.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/http/connection.h"
#include "api/http/request.h"
#include "base/log.h"

#define ACCEPTS_PER_TURN 64
#define ACCEPT_PAUSE_MS  1000
#define TICK_MS_MIN      10
#define TICK_MS_MAX      250

struct http_server {
    struct http_pool pool;
    int fd;
    uv_poll_t listener;
    uv_timer_t timer;
    uv_prepare_t prepare;
    uv_check_t check;
    unsigned handles_open; /* of these four */
    bool is_accepting;
    uint64_t accept_failed_ms; /* the last time that was logged */
    uint64_t drain_until_ms;
    void (*on_drained)(void *owner);
    void *drain_owner;
};

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

/* ---- settling ---- */

/* Until none is touched: to settle one may touch it again, which ends with what it had to write or
 * to parse. */
static void settle_touched(struct http_server *server)
{
    struct list *touched;

    while ((touched = list_take_first(&server->pool.touched)))
        http_connection_settle(CONTAINER_OF(touched, struct http_seat, touched));
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

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_server *server = handle->data;
    void (*on_drained)(void *) = server->on_drained;
    void *owner = server->drain_owner;

    if (--server->handles_open)
        return;
    http_pool_free(&server->pool);
    close(server->fd);
    free(server);
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
    if (!server->pool.is_draining || server->pool.statistics.connections_open)
        return;
    close_handle(&server->timer);
    close_handle(&server->prepare);
    close_handle(&server->check);
}

static void abort_connections(struct http_server *server)
{
    struct http_seat *seat;

    for (enum http_state state = 0; state < HTTP_STATE_CLOSING; state++)
        while ((seat = http_pool_first(&server->pool, state)))
            http_connection_close(seat, true);
}

void http_server_drain(struct http_server *server, unsigned timeout_ms,
                       void (*on_drained)(void *owner), void *owner)
{
    if (server->pool.is_draining) /* the program drains once */
        abort();
    server->pool.is_draining = true;
    server->drain_until_ms = uv_now(server->pool.loop) + timeout_ms;
    server->on_drained = on_drained;
    server->drain_owner = owner;
    close_handle(&server->listener);
    for (enum http_state state = 0; state < HTTP_STATE_CLOSING; state++) {
        LIST_FOREACH(&server->pool.seats[state], link)
        http_seat_touch(CONTAINER_OF(link, struct http_seat, link));
    }
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
    uint64_t now_ms = uv_now(server->pool.loop);

    pause_accepting(server);
    if (server->accept_failed_ms && now_ms - server->accept_failed_ms < ACCEPT_PAUSE_MS)
        return;
    server->accept_failed_ms = now_ms;
    log_error("http.accept-failed", LOG_STRING("error", uv_strerror(-error)),
              LOG_INTEGER("connections", server->pool.statistics.connections_open));
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
        http_connection_open(&server->pool, fd, peer, is_loopback(&address));
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
    return server->pool.statistics.connections_open >= server->pool.limits.connections_max;
}

/* The connection that has been kept longest without a request, if that is long enough for it to
 * give way; NULL when there is none. */
static struct http_seat *spare_seat(const struct http_server *server)
{
    const struct http_limits *limits = &server->pool.limits;
    struct http_seat *first = http_pool_first(&server->pool, HTTP_STATE_IDLE);
    uint64_t due_ms = uv_now(server->pool.loop) + limits->idle_timeout_ms;

    return first && first->deadline_ms + limits->idle_spare_ms <= due_ms ? first : NULL;
}

/* Somebody waits, who can come in when the other's handle is closed. */
static void make_room(struct http_server *server)
{
    struct http_seat *spare = spare_seat(server);

    pause_accepting(server);
    if (spare)
        http_connection_close(spare, false);
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
    if (server->is_accepting || server->pool.is_draining ||
        (is_full(server) && !spare_seat(server)))
        return;
    server->is_accepting = uv_poll_start(&server->listener, UV_READABLE, on_acceptable) == 0;
}

static void on_connection_closed(struct http_pool *pool)
{
    struct http_server *server = CONTAINER_OF(pool, struct http_server, pool);

    pool->statistics.connections_open--;
    resume_accepting(server);
    close_when_empty(server);
}

/* ---- time ---- */

static void on_tick(uv_timer_t *timer)
{
    static const enum http_state timed[] = {HTTP_STATE_IDLE, HTTP_STATE_HEADER, HTTP_STATE_BODY,
                                            HTTP_STATE_WRITING, HTTP_STATE_LINGER};
    struct http_server *server = timer->data;
    uint64_t now_ms = uv_now(server->pool.loop);
    struct http_seat *first;

    for (size_t i = 0; i < sizeof timed / sizeof *timed; i++)
        while ((first = http_pool_first(&server->pool, timed[i])) && first->deadline_ms <= now_ms)
            http_connection_expire(first);
    if (server->pool.is_draining && now_ms >= server->drain_until_ms)
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
    uint64_t tick = tick_ms(&server->pool.limits);

    uv_timer_init(server->pool.loop, &server->timer);
    uv_prepare_init(server->pool.loop, &server->prepare);
    uv_check_init(server->pool.loop, &server->check);
    server->timer.data = server->prepare.data = server->check.data = server;
    uv_timer_start(&server->timer, on_tick, tick, tick);
    uv_prepare_start(&server->prepare, on_prepare);
    uv_check_start(&server->check, on_check);
    uv_unref((uv_handle_t *)&server->timer);
    uv_unref((uv_handle_t *)&server->prepare);
    uv_unref((uv_handle_t *)&server->check);
    server->handles_open = 4;
}

struct http_server *http_server_open(uv_loop_t *loop, int fd, const struct http_limits *limits,
                                     const struct http_handler *handler, int *error)
{
    struct http_server *server = memory_new(sizeof *server);
    int result = listen(fd, SOMAXCONN) < 0 ? -errno : 0;

    if (result == 0)
        result = uv_poll_init(loop, &server->listener, fd);
    if (result < 0) {
        free(server);
        *error = result;
        return NULL;
    }
    http_pool_init(&server->pool, loop, limits, handler);
    if (limits->header_bytes_max > HTTP_HEADER_BYTES_MAX)
        server->pool.limits.header_bytes_max = HTTP_HEADER_BYTES_MAX;
    server->pool.on_closed = on_connection_closed;
    server->fd = fd;
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
    return &server->pool.statistics;
}
