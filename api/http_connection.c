/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http_connection.h"

#include <stdlib.h>
#include <unistd.h>

#include "api/http_server.h"

#define LINGER_MS         2000
#define DISCARD_BYTES_MAX (1 << 20)
#define OUT_BYTES_PAUSE   (256 << 10) /* answers that wait; a client that reads none sends none */

static bool is_closing(const struct http_connection *connection)
{
    return connection->state == HTTP_STATE_CLOSING;
}

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
static void change_state(struct http_connection *connection, enum http_connection_state state)
{
    struct http_server *server = connection->server;

    if (is_closing(connection))
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
        change_state(connection, state);
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
    free(connection);
    http_server_on_connection_closed(server);
}

static void leave_queue(struct http_exchange *exchange)
{
    struct http_connection *connection = exchange->connection;

    list_remove(&exchange->link);
    connection->queue_length--;
    connection->server->statistics.requests_open--;
    exchange->connection = NULL;
}

/* The client will not see an answer. A handler that asked is told and the exchange ends here,
 * another one's late answer ends it. */
static void abandon(struct http_server *server, struct http_exchange *exchange)
{
    leave_queue(exchange);
    if (exchange->is_dispatched && !exchange->is_answered) {
        if (!exchange->request.on_gone) {
            list_append(&server->orphans, &exchange->link);
            return;
        }
        exchange->is_answered = true;
        exchange->request.on_gone(&exchange->request);
    }
    http_exchange_free(exchange);
}

static void abandon_queue(struct http_connection *connection)
{
    while (!list_is_empty(&connection->queue))
        abandon(connection->server,
                CONTAINER_OF(connection->queue.next, struct http_exchange, link));
}

static void close_with(struct http_connection *connection, bool is_reset)
{
    if (is_closing(connection))
        return;
    change_state(connection, HTTP_STATE_CLOSING);
    list_remove(&connection->touched);
    if (!is_reset || uv_tcp_close_reset(&connection->tcp, on_closed) != 0)
        uv_close(&connection->handle, on_closed);
    abandon_queue(connection);
}

static void close_connection(struct http_connection *connection)
{
    close_with(connection, false);
}

void http_connection_abort(struct http_connection *connection)
{
    close_with(connection, true);
}

/* ---- reading ---- */

static void finish_reading(struct http_connection *connection)
{
    connection->is_over = true;
    buffer_free(&connection->stash);
}

static void enqueue(struct http_connection *connection, struct http_exchange *exchange)
{
    exchange->connection = connection;
    exchange->request.is_loopback = connection->is_loopback;
    list_append(&connection->queue, &exchange->link);
    connection->queue_length++;
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
    finish_reading(connection);
    handler->on_fault(handler->owner, &exchange->request, connection->reader.fault);
}

static void dispatch(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->reader.exchange;
    const struct http_handler *handler = &connection->server->handler;

    exchange->is_dispatched = true;
    if (!exchange->is_kept || connection->server->is_draining)
        finish_reading(connection);
    handler->on_request(handler->owner, &exchange->request);
}

static struct buffer *output(struct http_connection *connection)
{
    if (!connection->out.data)
        connection->out = http_server_take_buffer(connection->server);
    return &connection->out;
}

/* RFC 9110, 10.1.1: in its turn, and not when the body is here anyway. */
static void invite_body(struct http_connection *connection)
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

static bool may_begin(const struct http_connection *connection)
{
    return connection->queue_length < connection->server->limits.pipeline_max &&
           connection->out.length < OUT_BYTES_PAUSE;
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
            invite_body(connection);
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

static void parse_stash(struct http_connection *connection)
{
    struct text input = buffer_text(&connection->stash);

    parse(connection, &input);
    if (!connection->stash.data) /* it was given up with the reading */
        return;
    if (input.length)
        buffer_consume(&connection->stash, connection->stash.length - input.length);
    else
        buffer_free(&connection->stash);
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
    finish_reading(connection);
    if (connection->reader.stage == HTTP_READER_BODY)
        abandon(connection->server, exchange);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct http_connection *connection = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(connection->server->input, HTTP_INPUT_BYTES);
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
        close_connection(connection);
        return;
    }
    http_connection_touch(connection);
}

/* Also when no request is wanted any more, to learn that the client left. */
static void update_reading(struct http_connection *connection)
{
    bool wanted = !connection->is_ended && !connection->is_writing && !connection->stash.length &&
                  connection->discarded_bytes <= DISCARD_BYTES_MAX &&
                  (connection->is_over || may_parse(connection));

    if (!wanted) {
        stop_reading(connection);
    } else if (!connection->is_reading) {
        connection->is_reading = true;
        if (uv_read_start(&connection->stream, on_allocate, on_read) != 0)
            close_connection(connection);
    }
}

/* ---- writing ---- */

static void on_written(uv_write_t *write, int status)
{
    struct http_connection *connection = write->data;

    connection->is_writing = false;
    http_server_give_buffer(connection->server, &connection->written);
    if (is_closing(connection))
        return;
    if (status < 0)
        close_connection(connection);
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
        close_connection(connection);
        return;
    }
    change_state(connection, HTTP_STATE_WRITING);
}

static void write_out(struct http_connection *connection)
{
    uv_buf_t all = uv_buf_init(connection->out.data, (unsigned)connection->out.length);
    int sent;

    if (connection->is_writing || !all.len)
        return;
    sent = uv_try_write(&connection->stream, &all, 1);
    if (sent < 0 && sent != UV_EAGAIN) {
        close_connection(connection);
        return;
    }
    connection->server->statistics.bytes_sent += all.len;
    if (sent >= 0 && (size_t)sent == all.len)
        http_server_give_buffer(connection->server, &connection->out);
    else
        write_later(connection, sent < 0 ? 0 : (size_t)sent);
}

/* ---- answers ---- */

static void free_answered(struct http_exchange *exchange)
{
    struct http_connection *connection = exchange->connection;

    if (exchange->is_last) {
        connection->is_cut = true;
        finish_reading(connection);
    }
    leave_queue(exchange);
    http_exchange_free(exchange);
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
        free_answered(exchange);
    }
    if (!connection->is_cut)
        invite_body(connection);
}

static bool is_last_answer(const struct http_connection *connection,
                           const struct http_exchange *exchange)
{
    return exchange->is_fault || (connection->is_over && exchange->link.next == &connection->queue);
}

static void answer(struct http_connection *connection, struct http_exchange *exchange,
                   const struct http_response *response)
{
    bool is_first = connection->queue.next == &exchange->link;
    struct http_response_form form = {.date = http_server_date(connection->server),
                                      .is_head = exchange->is_head,
                                      .is_1_0 = exchange->is_1_0};

    exchange->is_last = response->close || is_last_answer(connection, exchange);
    exchange->is_answered = true;
    form.is_last = exchange->is_last;
    http_response_append(is_first ? output(connection) : &exchange->answer, response, &form);
    if (is_first) {
        free_answered(exchange);
        advance_queue(connection);
    } else {
        arena_free(&exchange->request.arena);
    }
    http_connection_touch(connection);
}

void http_respond(struct http_request *request, const struct http_response *response)
{
    struct http_exchange *exchange = http_exchange_of(request);

    if (!exchange->is_dispatched || exchange->is_answered)
        abort();
    if (exchange->connection && !exchange->connection->is_cut) {
        answer(exchange->connection, exchange, response);
        return;
    }
    if (exchange->connection)
        leave_queue(exchange);
    list_remove(&exchange->link);
    http_exchange_free(exchange);
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

    if (status < 0 && !is_closing(connection))
        close_connection(connection);
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
        close_connection(connection);
    else
        change_state(connection, HTTP_STATE_LINGER);
}

static void write_and_parse(struct http_connection *connection)
{
    write_out(connection);
    while (!is_closing(connection) && connection->stash.length && may_parse(connection)) {
        parse_stash(connection);
        write_out(connection);
    }
}

/* In a drain a connection takes no request that has not begun. */
static void stop_for_drain(struct http_connection *connection)
{
    if (connection->server->is_draining && connection->reader.stage == HTTP_READER_START)
        finish_reading(connection);
}

void http_connection_settle(struct http_connection *connection)
{
    bool was_lingering = connection->state == HTTP_STATE_LINGER;

    if (is_closing(connection))
        return;
    if (!was_lingering)
        write_and_parse(connection);
    if (is_closing(connection))
        return;
    stop_for_drain(connection);
    if (connection->is_cut)
        abandon_queue(connection);
    if (was_lingering) {
        if (connection->is_ended || connection->discarded_bytes > DISCARD_BYTES_MAX)
            close_connection(connection);
        return;
    }
    if (connection->is_over && !connection->queue_length && !connection->is_writing) {
        end(connection);
        if (is_closing(connection))
            return;
    } else {
        update_state(connection);
    }
    update_reading(connection);
}

/* A client that takes some of the bytes has its time anew. */
static void expire_writing(struct http_connection *connection)
{
    size_t left = uv_stream_get_write_queue_size(&connection->stream);

    if (left >= connection->written_left) {
        http_connection_abort(connection);
        return;
    }
    connection->written_left = left;
    change_state(connection, HTTP_STATE_WRITING);
}

void http_connection_expire(struct http_connection *connection)
{
    switch (connection->state) {
    case HTTP_STATE_HEADER:
    case HTTP_STATE_BODY:
        http_reader_fail(&connection->reader, HTTP_FAULT_TIMEOUT);
        fail(connection);
        change_state(connection, HTTP_STATE_WAITING);
        http_connection_touch(connection);
        break;
    case HTTP_STATE_WRITING:
        expire_writing(connection);
        break;
    case HTTP_STATE_IDLE:
    case HTTP_STATE_LINGER:
        close_connection(connection);
        break;
    case HTTP_STATE_WAITING:
    case HTTP_STATE_CLOSING:
    case HTTP_STATE_COUNT:
        abort();
    }
}

void http_connection_open(struct http_server *server, int fd, bool is_loopback)
{
    struct http_connection *connection = memory_new(sizeof *connection);

    connection->server = server;
    connection->is_loopback = is_loopback;
    connection->reader.limits = &server->limits;
    list_init(&connection->place);
    list_init(&connection->touched);
    list_init(&connection->queue);
    uv_tcp_init(server->loop, &connection->tcp);
    connection->handle.data = connection;
    server->statistics.connections_accepted++;
    server->statistics.connections_open++;
    change_state(connection, HTTP_STATE_IDLE);
    if (uv_tcp_open(&connection->tcp, fd) != 0) {
        close(fd);
        close_connection(connection);
        return;
    }
    update_reading(connection);
}
