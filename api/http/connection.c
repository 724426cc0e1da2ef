/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http/connection.h"

#include <stdlib.h>
#include <unistd.h>

#include "api/http/input.h"
#include "api/http/output.h"
#include "api/http/server.h"
#include "api/http/stream_state.h"

#define LINGER_MS 2000

/* ---- state ---- */

static uint64_t state_timeout_ms(const struct http_connection *connection)
{
    const struct http_limits *limits = &connection->server->limits;

    switch (connection->state) {
    case HTTP_STATE_IDLE:
        return limits->idle_timeout_ms;
    case HTTP_STATE_HEADER:
        return limits->header_timeout_ms;
    case HTTP_STATE_BODY:
        return limits->body_timeout_ms;
    case HTTP_STATE_WRITING:
        return limits->write_timeout_ms;
    case HTTP_STATE_LINGER:
        return LINGER_MS;
    case HTTP_STATE_WAITING:
    case HTTP_STATE_CLOSING:
    case HTTP_STATE_COUNT:
        break;
    }
    return UINT32_MAX;
}

/* To the end of the state's list: there its deadline is the last one, for all wait equally long. */
void http_connection_change_state(struct http_connection *connection,
                                  enum http_connection_state state)
{
    struct http_server *server = connection->server;

    if (http_connection_is_closing(
            connection)) /* it is in no list any more: nobody may call this */
        abort();
    connection->state = state;
    connection->deadline_message = connection->reader.messages;
    connection->deadline_ms = uv_now(server->loop) + state_timeout_ms(connection);
    list_remove(&connection->place);
    list_append(&server->places[state], &connection->place);
}

static enum http_connection_state choose_state(const struct http_connection *connection)
{
    if (connection->is_writing)
        return HTTP_STATE_WRITING;
    if (!connection->is_over && connection->reader.stage == HTTP_READER_BODY)
        return HTTP_STATE_BODY;
    if (!connection->is_over && connection->reader.stage == HTTP_READER_HEADER)
        return HTTP_STATE_HEADER;
    return connection->queue_length ? HTTP_STATE_WAITING : HTTP_STATE_IDLE;
}

/* A state that goes on for the same message keeps its deadline. */
static void update_state(struct http_connection *connection)
{
    enum http_connection_state state = choose_state(connection);

    if (state != connection->state || connection->deadline_message != connection->reader.messages)
        http_connection_change_state(connection, state);
}

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
    struct http_connection *connection = handle->data;
    struct http_server *server = connection->server;

    list_remove(&connection->place);
    http_server_give_buffer(server, &connection->out);
    http_server_give_buffer(server, &connection->written);
    buffer_free(&connection->stash);
    http_reader_free(&connection->reader);
    http_stream_free(connection->streaming);
    free(connection);
    http_server_on_connection_closed(server);
}

void http_connection_hold(struct http_connection *connection, struct http_exchange *exchange,
                          size_t bytes)
{
    exchange->held += bytes;
    connection->held += bytes;
}

/* The server counts what is left at the end of each turn. */
static void count(struct http_connection *connection)
{
    size_t bytes = connection->held + connection->stash.length + connection->out.length +
                   connection->written.length;

    if (http_connection_is_closing(connection))
        bytes = 0;
    connection->server->statistics.bytes_held += bytes - connection->counted;
    connection->counted = bytes;
}

void http_connection_dequeue(struct http_connection *connection, struct http_exchange *exchange)
{
    list_remove(&exchange->link);
    connection->held -= exchange->held;
    exchange->held = 0;
    connection->queue_length--;
    connection->server->statistics.requests_open--;
    exchange->connection = NULL;
}

/* The client will not see an answer. A handler that asked is told and the exchange ends here,
 * another one's late answer ends it. */
void http_connection_abandon(struct http_connection *connection, struct http_exchange *exchange)
{
    if (exchange->stream)
        http_stream_abandon(exchange->stream);
    if (exchange->stream == connection->streaming)
        exchange->stream = NULL; /* a write may be under way: it goes with the connection */
    http_connection_dequeue(connection, exchange);
    if (exchange->is_dispatched && !exchange->is_answered) {
        if (!exchange->request.on_gone) {
            list_append(&connection->server->orphans, &exchange->link);
            return;
        }
        exchange->is_answered = true;
        exchange->request.on_gone(&exchange->request);
    }
    http_exchange_free(exchange);
}

/* All that stands behind `first` in the queue. */
static void abandon_behind(struct http_connection *connection, struct list *first)
{
    while (first->next != &connection->queue)
        http_connection_abandon(connection, CONTAINER_OF(first->next, struct http_exchange, link));
}

static void close_with(struct http_connection *connection, bool is_reset)
{
    if (http_connection_is_closing(connection))
        return;
    http_connection_change_state(connection, HTTP_STATE_CLOSING);
    list_remove(&connection->touched);
    if (!is_reset || uv_tcp_close_reset(&connection->tcp, on_closed) != 0)
        uv_close(&connection->handle, on_closed);
    abandon_behind(connection, &connection->queue);
    count(connection);
}

void http_connection_close(struct http_connection *connection)
{
    close_with(connection, false);
}

void http_connection_abort(struct http_connection *connection)
{
    close_with(connection, true);
}

/* ---- settling ---- */

void http_connection_touch(struct http_connection *connection)
{
    if (list_is_empty(&connection->touched))
        list_append(&connection->server->touched, &connection->touched);
}

/* Shuts the sending side and waits for the client to do the same; closing at once would send a
 * reset for bytes that still come in, and with it lose the answer (RFC 9112, 9.6). */
static void on_shut_down(uv_shutdown_t *shutdown, int status)
{
    struct http_connection *connection = shutdown->data;

    if (status < 0 && !http_connection_is_closing(connection))
        http_connection_close(connection);
}

static bool is_idle(const struct http_connection *connection)
{
    return connection->state == HTTP_STATE_IDLE &&
           connection->deadline_message == connection->reader.messages;
}

static void end(struct http_connection *connection)
{
    connection->shutdown.data = connection;
    if (connection->is_ended || is_idle(connection) ||
        uv_shutdown(&connection->shutdown, &connection->stream, on_shut_down) != 0)
        http_connection_close(connection);
    else
        http_connection_change_state(connection, HTTP_STATE_LINGER);
}

static void write_and_parse(struct http_connection *connection)
{
    http_output_write(connection);
    while (!http_connection_is_closing(connection) && http_input_resume(connection))
        http_output_write(connection);
}

/* In a drain a connection takes no request that has not begun. */
static void stop_for_drain(struct http_connection *connection)
{
    if (connection->server->is_draining && connection->reader.stage == HTTP_READER_START)
        http_input_finish(connection);
}

static void settle(struct http_connection *connection)
{
    bool was_lingering = connection->state == HTTP_STATE_LINGER;

    if (http_connection_is_closing(connection) || !http_stream_check(connection))
        return;
    if (!was_lingering)
        write_and_parse(connection);
    if (http_connection_is_closing(connection))
        return;
    stop_for_drain(connection);
    if (connection->is_cut)
        abandon_behind(connection,
                       connection->streaming ? connection->queue.next : &connection->queue);
    http_stream_settle(connection);
    if (was_lingering) {
        if (!connection->is_reading)
            http_connection_close(connection);
        return;
    }
    if (connection->is_over && !connection->queue_length && !connection->is_writing) {
        end(connection);
        if (http_connection_is_closing(connection))
            return;
    } else {
        update_state(connection);
    }
    http_input_update(connection);
}

void http_connection_settle(struct http_connection *connection)
{
    settle(connection);
    count(connection);
}

/* A client that takes some of the bytes has its time anew. */
static void expire_writing(struct http_connection *connection)
{
    size_t left = uv_stream_get_write_queue_size(&connection->stream);

    if (left >= connection->written_left) {
        connection->server->statistics.streams_cut_off += connection->streaming != NULL;
        http_connection_abort(connection);
        return;
    }
    connection->written_left = left;
    http_connection_change_state(connection, HTTP_STATE_WRITING);
}

void http_connection_expire(struct http_connection *connection)
{
    switch (connection->state) {
    case HTTP_STATE_HEADER:
    case HTTP_STATE_BODY:
        http_input_time_out(connection);
        http_connection_change_state(connection, HTTP_STATE_WAITING);
        http_connection_touch(connection);
        break;
    case HTTP_STATE_WRITING:
        expire_writing(connection);
        break;
    case HTTP_STATE_IDLE:
    case HTTP_STATE_LINGER:
        http_connection_close(connection);
        break;
    case HTTP_STATE_WAITING: /* has no deadline */
    case HTTP_STATE_CLOSING:
    case HTTP_STATE_COUNT:
        abort();
    }
}

void http_connection_open(struct http_server *server, int fd,
                          const unsigned char peer[HTTP_ADDRESS_BYTES], bool is_loopback)
{
    struct http_connection *connection = memory_new(sizeof *connection);

    connection->server = server;
    connection->is_loopback = is_loopback;
    memcpy(connection->peer, peer, HTTP_ADDRESS_BYTES);
    connection->reader.limits = &server->limits;
    list_init(&connection->place);
    list_init(&connection->touched);
    list_init(&connection->queue);
    uv_tcp_init(server->loop, &connection->tcp);
    connection->handle.data = connection;
    server->statistics.connections_accepted++;
    server->statistics.connections_open++;
    http_connection_change_state(connection, HTTP_STATE_IDLE);
    if (uv_tcp_open(&connection->tcp, fd) != 0) {
        close(fd);
        http_connection_close(connection);
        return;
    }
    http_input_update(connection);
}
