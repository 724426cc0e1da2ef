/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http/connection.h"

#include <stdlib.h>
#include <unistd.h>

#include "api/http/pipeline.h"
#include "api/http/reader.h"
#include "api/http/stream.h"

enum {
    DISCARD_BYTES_MAX = 1 << 20,
    CROWDED_INPUT_BYTES = 4096, /* what one reading may leave to be kept then */
};

struct http_connection {
    struct http_seat seat;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
    };
    struct http_reader reader;
    struct buffer stash; /* read, but not yet to be parsed: too many requests are open */
    struct http_pipeline pipeline;
    size_t counted; /* its part of what the pool counts */
    size_t discarded_bytes;
    uv_shutdown_t shutdown;
    uint32_t deadline_message; /* the message that the seat's deadline was set for */
    bool is_reading;
    bool is_ended; /* the client sent its FIN */
};

static struct http_connection *connection_of(struct http_seat *seat)
{
    return CONTAINER_OF(seat, struct http_connection, seat);
}

/* ---- state ---- */

static bool is_closing(const struct http_connection *connection)
{
    return connection->seat.state == HTTP_STATE_CLOSING;
}

static void change_state(struct http_connection *connection, enum http_state state)
{
    connection->deadline_message = connection->reader.messages;
    http_seat_move(&connection->seat, state);
}

static enum http_state choose_state(const struct http_connection *connection)
{
    if (connection->pipeline.is_writing)
        return HTTP_STATE_WRITING;
    if (!connection->pipeline.is_over && connection->reader.stage == HTTP_READER_BODY)
        return HTTP_STATE_BODY;
    if (!connection->pipeline.is_over && connection->reader.stage == HTTP_READER_HEADER)
        return HTTP_STATE_HEADER;
    return connection->pipeline.length ? HTTP_STATE_WAITING : HTTP_STATE_IDLE;
}

/* A state that goes on for the same message keeps its deadline. */
static void update_state(struct http_connection *connection)
{
    enum http_state state = choose_state(connection);

    if (state != connection->seat.state ||
        connection->deadline_message != connection->reader.messages)
        change_state(connection, state);
}

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
    struct http_connection *connection = handle->data;
    struct http_pool *pool = connection->seat.pool;

    list_remove(&connection->seat.link);
    list_remove(&connection->seat.touched);
    http_pipeline_free(&connection->pipeline);
    http_reader_free(&connection->reader);
    buffer_free(&connection->stash);
    free(connection);
    pool->on_closed(pool);
}

/* The pool counts what is left at the end of each turn. */
static void count(struct http_connection *connection)
{
    size_t bytes = 0;

    if (!is_closing(connection))
        bytes = connection->stash.length + http_pipeline_bytes(&connection->pipeline);
    connection->seat.pool->statistics.bytes_held += bytes - connection->counted;
    connection->counted = bytes;
}

void http_connection_close(struct http_seat *seat, bool is_reset)
{
    struct http_connection *connection = connection_of(seat);

    if (is_closing(connection))
        return;
    change_state(connection, HTTP_STATE_CLOSING);
    list_remove(&seat->touched);
    if (!is_reset || uv_tcp_close_reset(&connection->tcp, on_closed) != 0)
        uv_close(&connection->handle, on_closed);
    http_pipeline_abandon_all(&connection->pipeline);
    count(connection);
}

/* ---- requests ---- */

static bool may_parse(const struct http_connection *connection)
{
    const struct http_pipeline *pipeline = &connection->pipeline;

    return !pipeline->is_over && !pipeline->is_writing &&
           (connection->reader.stage != HTTP_READER_START || http_pipeline_has_room(pipeline));
}

static void parse(struct http_connection *connection, struct text *input)
{
    struct http_reader *reader = &connection->reader;
    struct http_pipeline *pipeline = &connection->pipeline;

    while (may_parse(connection)) {
        switch (http_reader_step(reader, input)) {
        case HTTP_READER_MORE:
            http_pipeline_invite(pipeline);
            return;
        case HTTP_READER_BEGUN:
            http_pipeline_add(pipeline, reader->exchange);
            break;
        case HTTP_READER_WHOLE:
            http_pipeline_dispatch(pipeline, reader->exchange);
            break;
        case HTTP_READER_FAULT:
            http_pipeline_fail(pipeline, reader->exchange, reader->fault);
            break;
        }
    }
}

/* Parses on with what was read but held back; false when there is none or it may not be. */
static bool resume(struct http_connection *connection)
{
    struct text input = buffer_text(&connection->stash);

    if (!input.length || !may_parse(connection))
        return false;
    parse(connection, &input);
    if (input.length)
        buffer_consume(&connection->stash, connection->stash.length - input.length);
    else
        buffer_free(&connection->stash);
    return true;
}

/* ---- reading ---- */

static void stop_reading(struct http_connection *connection)
{
    if (connection->is_reading)
        uv_read_stop(&connection->stream);
    connection->is_reading = false;
}

static void receive(struct http_connection *connection, struct text input)
{
    connection->seat.pool->statistics.bytes_received += input.length;
    if (connection->pipeline.is_over) {
        connection->discarded_bytes += input.length;
        if (connection->discarded_bytes > DISCARD_BYTES_MAX)
            stop_reading(connection);
        return;
    }
    if (!connection->stash.length)
        parse(connection, &input);
    if (!input.length || connection->pipeline.is_over)
        return;
    buffer_append(&connection->stash, input);
    stop_reading(connection);
}

/* After its FIN a client may still read; only what it has not sent whole is lost. */
static void end_input(struct http_connection *connection)
{
    connection->is_ended = true;
    connection->is_reading = false;
    if (connection->pipeline.is_over)
        return;
    connection->pipeline.is_over = true;
    if (connection->reader.stage == HTTP_READER_BODY)
        http_pipeline_abandon(&connection->pipeline, connection->reader.exchange);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct http_connection *connection = handle->data;
    struct http_pool *pool = connection->seat.pool;

    (void)suggested;
    *buffer = uv_buf_init(pool->input,
                          http_pool_is_crowded(pool) ? CROWDED_INPUT_BYTES : HTTP_INPUT_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct http_connection *connection = stream->data;

    if (length == 0)
        return;
    if (length > 0) {
        receive(connection, text_bytes(buffer->base, (size_t)length));
    } else if (length == UV_EOF) {
        end_input(connection);
    } else {
        http_connection_close(&connection->seat, false);
        return;
    }
    http_seat_touch(&connection->seat);
}

/* Also when no request is wanted any more, to learn that the client left. */
static void update_reading(struct http_connection *connection)
{
    bool wanted = !connection->is_ended && !connection->pipeline.is_writing &&
                  !connection->stash.length && connection->discarded_bytes <= DISCARD_BYTES_MAX &&
                  (connection->pipeline.is_over || may_parse(connection));

    if (!wanted) {
        stop_reading(connection);
    } else if (!connection->is_reading) {
        connection->is_reading = true;
        if (uv_read_start(&connection->stream, on_allocate, on_read) != 0)
            http_connection_close(&connection->seat, false);
    }
}

void http_connection_open(struct http_pool *pool, int fd,
                          const unsigned char peer[HTTP_ADDRESS_BYTES], bool is_loopback)
{
    struct http_connection *connection = memory_new(sizeof *connection);

    connection->seat.pool = pool;
    list_init(&connection->seat.link);
    list_init(&connection->seat.touched);
    connection->seat.is_loopback = is_loopback;
    memcpy(connection->seat.peer, peer, HTTP_ADDRESS_BYTES);
    connection->reader.limits = &pool->limits;
    http_pipeline_init(&connection->pipeline, &connection->seat, &connection->stream);
    uv_tcp_init(pool->loop, &connection->tcp);
    connection->handle.data = connection;
    pool->statistics.connections_accepted++;
    pool->statistics.connections_open++;
    change_state(connection, HTTP_STATE_IDLE);
    if (uv_tcp_open(&connection->tcp, fd) != 0) {
        close(fd);
        http_connection_close(&connection->seat, false);
        return;
    }
    update_reading(connection);
}

/* ---- settling ---- */

/* Shuts the sending side and waits for the client to do the same; closing at once would send a
 * reset for bytes that still come in, and with it lose the answer (RFC 9112, 9.6). */
static void on_shut_down(uv_shutdown_t *shutdown, int status)
{
    struct http_connection *connection = shutdown->data;

    if (status < 0)
        http_connection_close(&connection->seat, false);
}

static bool is_idle(const struct http_connection *connection)
{
    return connection->seat.state == HTTP_STATE_IDLE &&
           connection->deadline_message == connection->reader.messages;
}

static void end(struct http_connection *connection)
{
    connection->shutdown.data = connection;
    if (connection->is_ended || is_idle(connection) ||
        uv_shutdown(&connection->shutdown, &connection->stream, on_shut_down) != 0)
        http_connection_close(&connection->seat, false);
    else
        change_state(connection, HTTP_STATE_LINGER);
}

/* Before writing: a stream's reader may be too slow or have left; in a drain the stream ends. */
static void check_stream(struct http_connection *connection)
{
    struct http_stream *stream = connection->pipeline.stream;

    if (connection->seat.is_overrun) {
        connection->seat.pool->statistics.streams_cut_off++;
        http_connection_close(&connection->seat, true);
    } else if (stream && connection->is_ended) {
        http_connection_close(&connection->seat, false);
    } else if (stream && connection->seat.pool->is_draining) {
        http_stream_drain(stream);
    }
}

static void write_and_parse(struct http_connection *connection)
{
    do {
        if (http_pipeline_write(&connection->pipeline))
            change_state(connection, HTTP_STATE_WRITING);
        else if (connection->pipeline.is_broken)
            http_connection_close(&connection->seat, false);
    } while (!is_closing(connection) && resume(connection));
}

/* Its state, unless it lingers or its end begins. */
static void settle_state(struct http_connection *connection)
{
    if (connection->pipeline.is_over && !connection->pipeline.length &&
        !connection->pipeline.is_writing)
        end(connection);
    else
        update_state(connection);
    if (!is_closing(connection))
        update_reading(connection);
}

static void settle(struct http_connection *connection)
{
    bool was_lingering = connection->seat.state == HTTP_STATE_LINGER;

    if (!was_lingering)
        write_and_parse(connection);
    if (is_closing(connection))
        return;
    /* In a drain a connection takes no request that has not begun. */
    if (connection->seat.pool->is_draining && connection->reader.stage == HTTP_READER_START)
        connection->pipeline.is_over = true;
    if (connection->pipeline.is_over && connection->stash.data)
        buffer_free(&connection->stash);
    if (connection->pipeline.is_cut)
        http_pipeline_settle(&connection->pipeline);
    if (!was_lingering)
        settle_state(connection);
    else if (!connection->is_reading)
        http_connection_close(&connection->seat, false);
}

void http_connection_settle(struct http_seat *seat)
{
    struct http_connection *connection = connection_of(seat);

    if (!is_closing(connection))
        check_stream(connection);
    if (!is_closing(connection))
        settle(connection);
    count(connection);
}

/* ---- time ---- */

/* A client that takes some of the bytes has its time anew. */
static void expire_writing(struct http_connection *connection)
{
    if (http_pipeline_has_moved(&connection->pipeline)) {
        change_state(connection, HTTP_STATE_WRITING);
        return;
    }
    connection->seat.pool->statistics.streams_cut_off += connection->pipeline.stream != NULL;
    http_connection_close(&connection->seat, true);
}

void http_connection_expire(struct http_seat *seat)
{
    struct http_connection *connection = connection_of(seat);

    switch (seat->state) {
    case HTTP_STATE_HEADER:
    case HTTP_STATE_BODY:
        http_reader_fail(&connection->reader, HTTP_FAULT_TIMEOUT);
        http_pipeline_fail(&connection->pipeline, connection->reader.exchange, HTTP_FAULT_TIMEOUT);
        change_state(connection, HTTP_STATE_WAITING);
        http_seat_touch(seat);
        break;
    case HTTP_STATE_WRITING:
        expire_writing(connection);
        break;
    case HTTP_STATE_IDLE:
    case HTTP_STATE_LINGER:
        http_connection_close(&connection->seat, false);
        break;
    case HTTP_STATE_WAITING: /* has no deadline */
    case HTTP_STATE_CLOSING:
    case HTTP_STATE_COUNT:
        abort();
    }
}
