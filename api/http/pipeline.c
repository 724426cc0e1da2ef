/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http/pipeline.h"

#include <stdlib.h>

#include "api/http/stream.h"

enum {
    PARTS_A_WRITE = 64,
    /* Of a stream's socket: what the kernel keeps for a reader that stands still is memory that no
     * limit of ours counts. */
    KERNEL_BYTES = 64 << 10,
};

void http_pipeline_init(struct http_pipeline *pipeline, struct http_seat *seat, uv_stream_t *socket)
{
    pipeline->seat = seat;
    pipeline->socket = socket;
    list_init(&pipeline->exchanges);
}

void http_pipeline_free(struct http_pipeline *pipeline)
{
    http_pool_give_buffer(pipeline->seat->pool, &pipeline->out);
    http_pool_give_buffer(pipeline->seat->pool, &pipeline->written);
    http_stream_free(pipeline->stream);
}

/* NULL when no request is open. */
static struct http_exchange *first_of(const struct http_pipeline *pipeline)
{
    struct list *first = pipeline->exchanges.next;

    return first == &pipeline->exchanges ? NULL : CONTAINER_OF(first, struct http_exchange, link);
}

/* Counts bytes that are kept for an exchange until it is taken out. */
static void hold(struct http_pipeline *pipeline, struct http_exchange *exchange, size_t bytes)
{
    exchange->held += bytes;
    pipeline->held += bytes;
}

static void take_out(struct http_pipeline *pipeline, struct http_exchange *exchange)
{
    list_remove(&exchange->link);
    pipeline->held -= exchange->held;
    exchange->held = 0;
    pipeline->length--;
    pipeline->seat->pool->statistics.requests_open--;
    exchange->pipeline = NULL;
}

/* ---- requests ---- */

void http_pipeline_add(struct http_pipeline *pipeline, struct http_exchange *exchange)
{
    struct http_statistics *statistics = &pipeline->seat->pool->statistics;

    exchange->pipeline = pipeline;
    exchange->request.is_loopback = pipeline->seat->is_loopback;
    memcpy(exchange->request.peer, pipeline->seat->peer, HTTP_ADDRESS_BYTES);
    list_append(&pipeline->exchanges, &exchange->link);
    pipeline->length++;
    hold(pipeline, exchange, http_exchange_bytes(exchange));
    statistics->requests++;
    statistics->requests_open++;
}

void http_pipeline_dispatch(struct http_pipeline *pipeline, struct http_exchange *exchange)
{
    const struct http_pool *pool = pipeline->seat->pool;

    exchange->is_dispatched = true;
    hold(pipeline, exchange, exchange->chunks.capacity);
    if (!exchange->is_kept || pool->is_draining)
        pipeline->is_over = true;
    pool->handler.on_request(pool->handler.owner, &exchange->request);
}

void http_pipeline_fail(struct http_pipeline *pipeline, struct http_exchange *exchange,
                        enum http_fault fault)
{
    const struct http_handler *handler = &pipeline->seat->pool->handler;

    if (!exchange->pipeline)
        http_pipeline_add(pipeline, exchange);
    exchange->is_dispatched = true;
    pipeline->is_over = true;
    handler->on_fault(handler->owner, &exchange->request, fault);
}

/* A handler that asked is told that the client went away and the exchange ends here, another one's
 * late answer ends it. */
void http_pipeline_abandon(struct http_pipeline *pipeline, struct http_exchange *exchange)
{
    http_stream_abandon(exchange->stream);
    if (exchange->stream != pipeline->stream) /* which a write may be under way of */
        http_stream_free(exchange->stream);
    take_out(pipeline, exchange);
    if (exchange->is_dispatched && !exchange->is_answered) {
        if (!exchange->request.on_gone) {
            list_append(&pipeline->seat->pool->orphans, &exchange->link);
            return;
        }
        exchange->is_answered = true;
        exchange->request.on_gone(&exchange->request);
    }
    http_exchange_free(exchange);
}

/* All that stand behind `first`. */
static void abandon_behind(struct http_pipeline *pipeline, struct list *first)
{
    while (first->next != &pipeline->exchanges)
        http_pipeline_abandon(pipeline, CONTAINER_OF(first->next, struct http_exchange, link));
}

void http_pipeline_abandon_all(struct http_pipeline *pipeline)
{
    abandon_behind(pipeline, &pipeline->exchanges);
}

/* ---- answers ---- */

static struct buffer *out(struct http_pipeline *pipeline)
{
    if (!pipeline->out.data)
        pipeline->out = http_pool_take_buffer(pipeline->seat->pool);
    return &pipeline->out;
}

/* RFC 9110, 10.1.1: in its turn, and not when the body is here anyway. */
void http_pipeline_invite(struct http_pipeline *pipeline)
{
    struct http_exchange *exchange = first_of(pipeline);

    if (!exchange || !exchange->wants_continue)
        return;
    exchange->wants_continue = false;
    buffer_append(out(pipeline), TEXT("HTTP/1.1 100 Continue\r\n\r\n"));
}

/* From now on the connection is the stream's. */
static void begin_stream(struct http_pipeline *pipeline, struct http_stream *stream)
{
    int kernel_bytes = KERNEL_BYTES;

    pipeline->stream = stream;
    uv_send_buffer_size((uv_handle_t *)pipeline->socket, &kernel_bytes);
}

/* The first answer was given. */
static void pass(struct http_pipeline *pipeline, struct http_exchange *exchange)
{
    if (exchange->is_last)
        pipeline->is_over = pipeline->is_cut = true;
    if (exchange->stream) {
        begin_stream(pipeline, exchange->stream);
        return;
    }
    take_out(pipeline, exchange);
    http_exchange_free(exchange);
}

/* Answers that waited for the one just given. */
static void advance(struct http_pipeline *pipeline)
{
    struct http_exchange *exchange;

    while (!pipeline->is_cut && (exchange = first_of(pipeline)) && exchange->is_answered) {
        buffer_append(out(pipeline), buffer_text(&exchange->answer));
        pass(pipeline, exchange);
    }
    if (!pipeline->is_cut)
        http_pipeline_invite(pipeline);
}

/* A fault, too, ends what is read, so it is always the last one. */
static bool is_last_answer(const struct http_pipeline *pipeline,
                           const struct http_exchange *exchange)
{
    return pipeline->is_over && exchange->link.next == &pipeline->exchanges;
}

/* Gives the answer, now or behind those before it; the exchange is gone then, unless a stream
 * follows. */
static void answer(struct http_exchange *exchange, const struct http_response *response,
                   bool is_stream)
{
    struct http_pipeline *pipeline = exchange->pipeline;
    bool is_first = first_of(pipeline) == exchange;
    struct http_response_form form = {.date = http_pool_date(pipeline->seat->pool),
                                      .is_head = exchange->is_head,
                                      .is_stream = is_stream,
                                      .is_1_0 = exchange->is_1_0};

    exchange->is_last = response->close || is_stream || is_last_answer(pipeline, exchange);
    exchange->is_answered = true;
    form.is_last = exchange->is_last;
    http_response_append(is_first ? out(pipeline) : &exchange->answer, response, &form);
    if (is_first) {
        pass(pipeline, exchange);
        advance(pipeline);
    } else {
        hold(pipeline, exchange, exchange->answer.capacity);
    }
    http_seat_touch(pipeline->seat);
}

/* Whether the answer that a handler gives now can reach its client; else the exchange is gone. */
static bool claim(struct http_exchange *exchange)
{
    struct http_pipeline *pipeline = exchange->pipeline;

    if (!exchange->is_dispatched || exchange->is_answered) /* a handler answers once */
        abort();
    if (pipeline && !pipeline->is_cut)
        return true;
    if (pipeline)
        take_out(pipeline, exchange);
    list_remove(&exchange->link);
    http_exchange_free(exchange);
    return false;
}

void http_respond(struct http_request *request, const struct http_response *response)
{
    struct http_exchange *exchange = http_exchange_of(request);

    if (claim(exchange))
        answer(exchange, response, false);
}

struct http_stream *http_stream_start(struct http_request *request,
                                      const struct http_stream_head *head)
{
    struct http_exchange *exchange = http_exchange_of(request);
    struct http_response response = {
        .status = 200, .content_type = head->content_type, .headers = head->headers};
    struct http_stream *stream = NULL;

    if (!claim(exchange))
        return NULL;
    if (!exchange->is_head)
        stream = http_stream_new(exchange->pipeline->seat, head, !exchange->is_1_0);
    exchange->stream = stream;
    answer(exchange, &response, true);
    return stream;
}

/* ---- writing ---- */

/* The first parts that are to be written; returns how many, and their bytes. */
static unsigned gather(const struct http_pipeline *pipeline, uv_buf_t parts[static PARTS_A_WRITE],
                       size_t *bytes)
{
    const struct buffer *written = &pipeline->written;
    size_t from = pipeline->written_from;
    unsigned count = 0;

    *bytes = written->length - from;
    if (*bytes)
        parts[count++] = uv_buf_init(written->data + from, (unsigned)*bytes);
    if (pipeline->stream)
        count += http_stream_gather(pipeline->stream, parts + count, PARTS_A_WRITE - count, bytes);
    return count;
}

/* The socket took these bytes. */
static void consume(struct http_pipeline *pipeline, size_t bytes)
{
    size_t answers = pipeline->written.length - pipeline->written_from;

    pipeline->seat->pool->statistics.bytes_sent += bytes;
    if (bytes < answers) {
        pipeline->written_from += bytes;
        return;
    }
    if (answers)
        http_pool_give_buffer(pipeline->seat->pool, &pipeline->written);
    pipeline->written_from = 0;
    if (bytes > answers)
        http_stream_consume(pipeline->stream, bytes - answers);
}

static void on_written(uv_write_t *write, int status)
{
    struct http_pipeline *pipeline = write->data;

    pipeline->is_writing = false;
    pipeline->is_broken = status < 0;
    if (status >= 0)
        consume(pipeline, pipeline->in_flight);
    http_seat_touch(pipeline->seat);
}

static void write_later(struct http_pipeline *pipeline)
{
    uv_buf_t parts[PARTS_A_WRITE];
    unsigned count = gather(pipeline, parts, &pipeline->in_flight);

    pipeline->left = pipeline->in_flight;
    pipeline->write.data = pipeline;
    pipeline->is_writing =
        uv_write(&pipeline->write, pipeline->socket, parts, count, on_written) == 0;
    pipeline->is_broken = !pipeline->is_writing;
}

bool http_pipeline_write(struct http_pipeline *pipeline)
{
    uv_buf_t parts[PARTS_A_WRITE];
    size_t bytes;
    unsigned count;
    int sent;

    if (pipeline->is_writing || pipeline->is_broken)
        return false;
    if (pipeline->out.length) {
        pipeline->written = pipeline->out;
        pipeline->out = (struct buffer){0};
    }
    do {
        count = gather(pipeline, parts, &bytes);
        if (!count)
            return false;
        sent = uv_try_write(pipeline->socket, parts, count);
        pipeline->is_broken = sent < 0 && sent != UV_EAGAIN;
        if (pipeline->is_broken)
            return false;
        if (sent > 0)
            consume(pipeline, (size_t)sent);
        if (sent < 0 || (size_t)sent < bytes) {
            write_later(pipeline);
            return pipeline->is_writing;
        }
    } while (count == PARTS_A_WRITE);
    return false;
}

bool http_pipeline_has_moved(struct http_pipeline *pipeline)
{
    size_t before = pipeline->left;

    pipeline->left = uv_stream_get_write_queue_size(pipeline->socket);
    return pipeline->left < before;
}

void http_pipeline_settle(struct http_pipeline *pipeline)
{
    struct http_stream *stream = pipeline->stream;
    struct list *exchanges = &pipeline->exchanges;
    struct http_exchange *first;

    abandon_behind(pipeline, stream ? exchanges->next : exchanges);
    if (!stream || pipeline->is_writing || !http_stream_settle(stream))
        return;
    pipeline->stream = NULL;
    first = first_of(pipeline);
    take_out(pipeline, first);
    http_stream_free(stream);
    http_exchange_free(first);
}
