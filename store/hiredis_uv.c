/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hiredis_uv.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "store/reply_pool.h"

/* hiredis moves its buffer along for every kilobyte it has parsed, so larger reads cost more. */
#define READ_BYTES       16384
#define READS_A_TURN_MAX 16
#define OUTPUT_KEPT_MAX  (1 << 20)

enum socket_state { SOCKET_CONNECTING, SOCKET_CONNECTED, SOCKET_LOST, SOCKET_CLOSED };

struct hiredis_uv {
    redisContext *context;
    struct hiredis_uv_events events;
    enum socket_state state;
    uv_poll_t poll;
    int polled;           /* the events that uv_poll watches for */
    struct buffer output; /* its first `sent` bytes are gone already */
    size_t sent;
    uint64_t written;
    struct reply_pool pool;
};

static void on_poll(uv_poll_t *poll, int status, int events);

static void watch(struct hiredis_uv *socket, int events)
{
    if (socket->polled == events)
        return;
    socket->polled = events;
    uv_poll_start(&socket->poll, events, on_poll);
}

static void lose(struct hiredis_uv *socket, const char *reason)
{
    if (socket->state >= SOCKET_LOST)
        return;
    socket->state = SOCKET_LOST;
    uv_poll_stop(&socket->poll);
    socket->events.on_lost(socket->events.owner, reason);
}

/* Hands out every reply that is complete; false when the socket ended meanwhile. */
static bool deliver(struct hiredis_uv *socket)
{
    redisReader *reader = socket->context->reader;
    void *reply;

    while (socket->state == SOCKET_CONNECTED) {
        if (redisReaderGetReply(reader, &reply) != REDIS_OK) {
            lose(socket, reader->errstr);
            break;
        }
        if (!reply)
            return true;
        socket->events.on_reply(socket->events.owner, reply);
        reply_pool_reset(&socket->pool);
    }
    return false;
}

void hiredis_uv_read(struct hiredis_uv *socket)
{
    char bytes[READ_BYTES];

    for (int i = 0; i < READS_A_TURN_MAX && socket->state == SOCKET_CONNECTED; i++) {
        ssize_t count = recv(socket->context->fd, bytes, sizeof bytes, 0);
        if (count == 0) {
            lose(socket, "closed by the server");
        } else if (count > 0) {
            redisReaderFeed(socket->context->reader, bytes, (size_t)count);
            if (!deliver(socket) || count < (ssize_t)sizeof bytes)
                return;
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR) {
            lose(socket, strerror(errno));
        }
    }
}

static void output_taken(struct hiredis_uv *socket, size_t count)
{
    socket->written += count;
    socket->sent += count;
    if (socket->sent < socket->output.length)
        return;
    socket->sent = 0;
    buffer_clear(&socket->output);
    if (socket->output.capacity > OUTPUT_KEPT_MAX)
        buffer_free(&socket->output);
}

/* The socket is full: waits until it can be written again. Bytes that are gone make room as soon as
 * they are the larger part, so that each byte is moved once at most. */
static void keep_rest(struct hiredis_uv *socket)
{
    if (socket->sent > socket->output.length / 2) {
        buffer_consume(&socket->output, socket->sent);
        socket->sent = 0;
    }
    watch(socket, UV_READABLE | UV_WRITABLE);
}

void hiredis_uv_flush(struct hiredis_uv *socket)
{
    if (socket->state != SOCKET_CONNECTED)
        return;
    while (hiredis_uv_waiting(socket)) {
        ssize_t count = send(socket->context->fd, socket->output.data + socket->sent,
                             hiredis_uv_waiting(socket), MSG_NOSIGNAL);
        if (count >= 0) {
            output_taken(socket, (size_t)count);
        } else if (errno == EAGAIN) {
            keep_rest(socket);
            return;
        } else if (errno != EINTR) {
            /* Replies that came before the break are still to be read; that finds the break. */
            int error = errno;
            hiredis_uv_read(socket);
            lose(socket, strerror(error));
            return;
        }
    }
    watch(socket, UV_READABLE);
}

static void finish_connecting(struct hiredis_uv *socket)
{
    int error = 0;
    socklen_t length = sizeof error;

    if (getsockopt(socket->context->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        error = errno;
    if (error) {
        lose(socket, strerror(error));
        return;
    }
    socket->state = SOCKET_CONNECTED;
    watch(socket, UV_READABLE);
    socket->events.on_connected(socket->events.owner);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct hiredis_uv *socket = poll->data;

    if (status < 0) {
        socket->polled = 0; /* libuv has stopped watching */
        events = UV_READABLE;
    }
    if (socket->state == SOCKET_CONNECTING)
        finish_connecting(socket);
    else if (events & UV_READABLE)
        hiredis_uv_read(socket);
    if (events & UV_WRITABLE)
        hiredis_uv_flush(socket);
    if (status < 0)
        lose(socket, uv_strerror(status));
}

static redisContext *connect_context(const char *unix_path, const char *ip, int port, char *reason)
{
    redisContext *context =
        unix_path ? redisConnectUnixNonBlock(unix_path) : redisConnectNonBlock(ip, port);

    if (!context) /* only without memory: a refused connection is context->err */
        abort();
    if (context->err) {
        snprintf(reason, sizeof context->errstr, "%s", context->errstr);
        redisFree(context);
        return NULL;
    }
    fcntl(context->fd, F_SETFD, FD_CLOEXEC);
    if (!unix_path)
        redisEnableKeepAlive(context);
    return context;
}

struct hiredis_uv *hiredis_uv_open(uv_loop_t *loop, const char *unix_path, const char *ip, int port,
                                   const struct hiredis_uv_events *events, char *reason)
{
    redisContext *context = connect_context(unix_path, ip, port, reason);
    struct hiredis_uv *socket;

    if (!context)
        return NULL;
    socket = memory_new(sizeof *socket);
    socket->context = context;
    socket->events = *events;
    context->reader->fn = &store_reply_functions;
    context->reader->privdata = &socket->pool;
    if (uv_poll_init(loop, &socket->poll, context->fd) <
        0) /* an open socket: only without memory */
        abort();
    socket->poll.data = socket;
    watch(socket, UV_WRITABLE);
    return socket;
}

struct buffer *hiredis_uv_output(struct hiredis_uv *socket)
{
    return &socket->output;
}

uint64_t hiredis_uv_written(const struct hiredis_uv *socket)
{
    return socket->written;
}

size_t hiredis_uv_waiting(const struct hiredis_uv *socket)
{
    return socket->output.length - socket->sent;
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct hiredis_uv *socket = handle->data;
    struct hiredis_uv_events events = socket->events;

    redisFree(socket->context);
    reply_pool_free(&socket->pool);
    buffer_free(&socket->output);
    free(socket);
    events.on_closed(events.owner);
}

void hiredis_uv_close(struct hiredis_uv *socket)
{
    if (socket->state == SOCKET_CLOSED)
        return;
    socket->state = SOCKET_CLOSED;
    uv_close((uv_handle_t *)&socket->poll, on_poll_closed);
}
