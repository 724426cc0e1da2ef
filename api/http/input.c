/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http/input.h"

#include "api/http/output.h"
#include "api/http/server.h"

#define DISCARD_BYTES_MAX   (1 << 20)
#define CROWDED_INPUT_BYTES 4096 /* what one reading may leave to be kept then */

void http_input_finish(struct http_connection *connection)
{
    connection->is_over = true;
    buffer_free(&connection->stash);
}

static void enqueue(struct http_connection *connection, struct http_exchange *exchange)
{
    exchange->connection = connection;
    exchange->request.is_loopback = connection->is_loopback;
    memcpy(exchange->request.peer, connection->peer, HTTP_ADDRESS_BYTES);
    list_append(&connection->queue, &exchange->link);
    connection->queue_length++;
    http_connection_hold(connection, exchange, http_exchange_bytes(exchange));
    connection->server->statistics.requests++;
    connection->server->statistics.requests_open++;
}

static void fail(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->reader.exchange;
    const struct http_handler *handler = &connection->server->handler;

    if (!exchange->connection)
        enqueue(connection, exchange);
    exchange->is_dispatched = true;
    http_input_finish(connection);
    handler->on_fault(handler->owner, &exchange->request, connection->reader.fault);
}

void http_input_time_out(struct http_connection *connection)
{
    http_reader_fail(&connection->reader, HTTP_FAULT_TIMEOUT);
    fail(connection);
}

static void dispatch(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->reader.exchange;
    const struct http_handler *handler = &connection->server->handler;

    exchange->is_dispatched = true;
    http_connection_hold(connection, exchange, exchange->chunks.capacity);
    if (!exchange->is_kept || connection->server->is_draining)
        http_input_finish(connection);
    handler->on_request(handler->owner, &exchange->request);
}

static bool is_crowded(const struct http_server *server)
{
    return server->statistics.bytes_held > server->limits.held_bytes_max;
}

/* A client that waits for answers, or reads none, is heard no further than the limits let it. */
static bool may_begin(const struct http_connection *connection)
{
    const struct http_limits *limits = &connection->server->limits;
    size_t unsent = connection->held + connection->out.length;

    if (!connection->queue_length && !connection->out.length)
        return true;
    return connection->queue_length < limits->pipeline_max && unsent < limits->pipeline_bytes_max &&
           !is_crowded(connection->server);
}

static bool may_parse(const struct http_connection *connection)
{
    return !connection->is_over && !connection->is_cut && !connection->is_writing &&
           (connection->reader.stage != HTTP_READER_START || may_begin(connection));
}

static void parse(struct http_connection *connection, struct text *input)
{
    while (may_parse(connection)) {
        switch (http_reader_step(&connection->reader, input)) {
        case HTTP_READER_MORE:
            http_output_invite(connection);
            return;
        case HTTP_READER_BEGUN:
            enqueue(connection, connection->reader.exchange);
            break;
        case HTTP_READER_WHOLE:
            dispatch(connection);
            break;
        case HTTP_READER_FAULT:
            fail(connection);
            break;
        }
    }
}

bool http_input_resume(struct http_connection *connection)
{
    struct text input = buffer_text(&connection->stash);

    if (!input.length || !may_parse(connection))
        return false;
    parse(connection, &input);
    if (!connection->stash.data) /* it was given up with the reading */
        return true;
    if (input.length)
        buffer_consume(&connection->stash, connection->stash.length - input.length);
    else
        buffer_free(&connection->stash);
    return true;
}

static void stop_reading(struct http_connection *connection)
{
    if (connection->is_reading)
        uv_read_stop(&connection->stream);
    connection->is_reading = false;
}

static void discard(struct http_connection *connection, size_t length)
{
    connection->discarded_bytes += length;
    if (connection->discarded_bytes > DISCARD_BYTES_MAX)
        stop_reading(connection);
}

static void receive(struct http_connection *connection, struct text input)
{
    connection->server->statistics.bytes_received += input.length;
    if (connection->is_over || connection->is_cut) {
        discard(connection, input.length);
        return;
    }
    if (!connection->stash.length)
        parse(connection, &input);
    if (!input.length || connection->is_over)
        return;
    buffer_append(&connection->stash, input);
    stop_reading(connection);
}

/* After its FIN a client may still read; only what it has not sent whole is lost. */
static void end_input(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->reader.exchange;

    connection->is_ended = true;
    connection->is_reading = false;
    if (connection->is_over)
        return;
    http_input_finish(connection);
    if (connection->reader.stage == HTTP_READER_BODY)
        http_connection_abandon(connection, exchange);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct http_connection *connection = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(connection->server->input,
                          is_crowded(connection->server) ? CROWDED_INPUT_BYTES : HTTP_INPUT_BYTES);
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
        http_connection_close(connection);
        return;
    }
    http_connection_touch(connection);
}

/* Also when no request is wanted any more, to learn that the client left. */
void http_input_update(struct http_connection *connection)
{
    bool wanted = !connection->is_ended && !connection->is_writing && !connection->stash.length &&
                  connection->discarded_bytes <= DISCARD_BYTES_MAX &&
                  (connection->is_over || may_parse(connection));

    if (!wanted) {
        stop_reading(connection);
    } else if (!connection->is_reading) {
        connection->is_reading = true;
        if (uv_read_start(&connection->stream, on_allocate, on_read) != 0)
            http_connection_close(connection);
    }
}
