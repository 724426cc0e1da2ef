/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http/output.h"

#include <stdlib.h>

#include "api/http/input.h"
#include "api/http/server.h"
#include "api/http/stream_state.h"

static struct buffer *output(struct http_connection *connection)
{
    if (!connection->out.data)
        connection->out = http_server_take_buffer(connection->server);
    return &connection->out;
}

/* RFC 9110, 10.1.1: in its turn, and not when the body is here anyway. */
void http_output_invite(struct http_connection *connection)
{
    struct http_exchange *exchange;

    if (list_is_empty(&connection->queue))
        return;
    exchange = CONTAINER_OF(connection->queue.next, struct http_exchange, link);
    if (!exchange->wants_continue)
        return;
    exchange->wants_continue = false;
    buffer_append(output(connection), TEXT("HTTP/1.1 100 Continue\r\n\r\n"));
}

static void on_written(uv_write_t *write, int status)
{
    struct http_connection *connection = write->data;

    connection->is_writing = false;
    http_server_give_buffer(connection->server, &connection->written);
    if (http_connection_is_closing(connection))
        return;
    if (status < 0)
        http_connection_close(connection);
    else
        http_connection_touch(connection);
}

/* The rest of what the socket did not take at once. */
static void write_later(struct http_connection *connection, size_t from)
{
    uv_buf_t rest;

    connection->written = connection->out;
    connection->out = (struct buffer){0};
    rest =
        uv_buf_init(connection->written.data + from, (unsigned)(connection->written.length - from));
    connection->written_left = rest.len;
    connection->is_writing = true;
    connection->write.data = connection;
    if (uv_write(&connection->write, &connection->stream, &rest, 1, on_written) != 0) {
        connection->is_writing = false;
        http_connection_close(connection);
        return;
    }
    http_connection_change_state(connection, HTTP_STATE_WRITING);
}

static void write_answers(struct http_connection *connection)
{
    uv_buf_t all = uv_buf_init(connection->out.data, (unsigned)connection->out.length);
    int sent;

    if (connection->is_writing || !all.len)
        return;
    sent = uv_try_write(&connection->stream, &all, 1);
    if (sent < 0 && sent != UV_EAGAIN) {
        http_connection_close(connection);
        return;
    }
    connection->server->statistics.bytes_sent += all.len;
    if (sent >= 0 && (size_t)sent == all.len)
        http_server_give_buffer(connection->server, &connection->out);
    else
        write_later(connection, sent < 0 ? 0 : (size_t)sent);
}

void http_output_write(struct http_connection *connection)
{
    write_answers(connection);
    if (connection->streaming && !http_connection_is_closing(connection))
        http_stream_write(connection);
}

static void free_answered(struct http_connection *connection, struct http_exchange *exchange)
{
    if (exchange->is_last) {
        connection->is_cut = true;
        http_input_finish(connection);
    }
    http_connection_dequeue(connection, exchange);
    http_exchange_free(exchange);
}

/* The first of the queue was given. */
static void pass(struct http_connection *connection, struct http_exchange *exchange)
{
    if (exchange->stream)
        http_stream_take_over(connection, exchange->stream);
    else
        free_answered(connection, exchange);
}

/* Answers that waited for the one just given. */
static void advance_queue(struct http_connection *connection)
{
    while (!list_is_empty(&connection->queue) && !connection->is_cut) {
        struct http_exchange *exchange =
            CONTAINER_OF(connection->queue.next, struct http_exchange, link);
        if (!exchange->is_answered)
            break;
        buffer_append(output(connection), buffer_text(&exchange->answer));
        pass(connection, exchange);
    }
    if (!connection->is_cut)
        http_output_invite(connection);
}

/* A fault, too, ends what is read, so it is always the last one. */
static bool is_last_answer(const struct http_connection *connection,
                           const struct http_exchange *exchange)
{
    return connection->is_over && exchange->link.next == &connection->queue;
}

void http_output_answer(struct http_exchange *exchange, const struct http_response *response,
                        bool is_stream)
{
    struct http_connection *connection = exchange->connection;
    bool is_first = connection->queue.next == &exchange->link;
    struct http_response_form form = {.date = http_server_date(connection->server),
                                      .is_head = exchange->is_head,
                                      .is_stream = is_stream,
                                      .is_1_0 = exchange->is_1_0};

    exchange->is_last = response->close || is_stream || is_last_answer(connection, exchange);
    exchange->is_answered = true;
    form.is_last = exchange->is_last;
    http_response_append(is_first ? output(connection) : &exchange->answer, response, &form);
    if (!is_first)
        http_connection_hold(connection, exchange, exchange->answer.capacity);
    if (is_first) {
        pass(connection, exchange);
        advance_queue(connection);
    }
    http_connection_touch(connection);
}

struct http_connection *http_output_claim(struct http_exchange *exchange)
{
    struct http_connection *connection = exchange->connection;

    if (!exchange->is_dispatched || exchange->is_answered) /* a handler answers once */
        abort();
    if (connection && !connection->is_cut)
        return connection;
    if (connection)
        http_connection_dequeue(connection, exchange);
    list_remove(&exchange->link);
    http_exchange_free(exchange);
    return NULL;
}

void http_respond(struct http_request *request, const struct http_response *response)
{
    struct http_exchange *exchange = http_exchange_of(request);

    if (http_output_claim(exchange))
        http_output_answer(exchange, response, false);
}
