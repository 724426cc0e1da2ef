/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http/stream.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/http/input.h"
#include "api/http/output.h"
#include "api/http/server.h"
#include "api/http/stream_state.h"

enum {
    BLOCKS_A_WRITE = 64,
    /* Of a socket: what the kernel keeps for a reader that stands still is memory that no limit of
     * ours counts. */
    KERNEL_BYTES = 64 << 10,
};

/* ---- blocks ---- */

/* Coded as a chunk, which HTTP/1.0 gets without its frame. */
struct http_block {
    unsigned references;
    unsigned prefix, suffix; /* bytes of the frame */
    size_t length;
    char bytes[];
};

static struct http_block *frame(struct text prefix, struct text bytes, struct text suffix)
{
    struct http_block *block =
        memory_new(sizeof *block + prefix.length + bytes.length + suffix.length);

    block->references = 1;
    block->prefix = (unsigned)prefix.length;
    block->suffix = (unsigned)suffix.length;
    block->length = bytes.length;
    memcpy(block->bytes, prefix.data, prefix.length);
    memcpy(block->bytes + prefix.length, bytes.data, bytes.length);
    memcpy(block->bytes + prefix.length + bytes.length, suffix.data, suffix.length);
    return block;
}

struct http_block *http_block_new(struct text bytes)
{
    char size[24];
    int length = snprintf(size, sizeof size, "%zx\r\n", bytes.length);

    if (!bytes.length) /* it would be the last chunk */
        abort();
    return frame(text_bytes(size, (size_t)length), bytes, TEXT("\r\n"));
}

struct http_block *http_block_hold(struct http_block *block)
{
    block->references++;
    return block;
}

void http_block_release(struct http_block *block)
{
    if (block && --block->references == 0)
        free(block);
}

struct text http_block_text(const struct http_block *block)
{
    return text_bytes(block->bytes + block->prefix, block->length);
}

static struct text coded(const struct http_stream *stream, const struct http_block *block)
{
    return stream->is_chunked
               ? text_bytes(block->bytes, block->prefix + block->length + block->suffix)
               : http_block_text(block);
}

/* ---- its owner's side ---- */

struct http_stream *http_stream_start(struct http_request *request,
                                      const struct http_stream_head *head)
{
    struct http_exchange *exchange = http_exchange_of(request);
    struct http_connection *connection = http_output_claim(exchange);
    struct http_response response = {
        .status = 200, .content_type = head->content_type, .headers = head->headers};
    struct http_stream *stream = NULL;

    if (!connection)
        return NULL;
    if (!exchange->is_head) {
        stream = memory_new(sizeof *stream);
        stream->exchange = exchange;
        stream->head = *head;
        stream->is_chunked = !exchange->is_1_0;
        exchange->stream = stream;
        connection->server->statistics.streams_open++;
    }
    http_output_answer(exchange, &response, true);
    return stream;
}

static void append(struct http_stream *stream, struct http_block *block)
{
    if (stream->count == stream->capacity && stream->first) {
        stream->count -= stream->first;
        memmove(stream->blocks, stream->blocks + stream->first,
                stream->count * sizeof *stream->blocks);
        stream->first = 0;
    } else if (stream->count == stream->capacity) {
        stream->capacity = stream->capacity ? 2 * stream->capacity : 4;
        stream->blocks = memory_resize(stream->blocks, stream->capacity * sizeof *stream->blocks);
    }
    stream->blocks[stream->count++] = block;
    stream->unsent += coded(stream, block).length;
    stream->is_told = false;
}

void http_stream_send(struct http_stream *stream, struct http_block *block)
{
    struct http_connection *connection = stream->exchange->connection;

    if (connection->is_overrun)
        return;
    append(stream, http_block_hold(block));
    connection->is_overrun = stream->unsent > connection->server->limits.stream_bytes_max;
    http_connection_touch(connection);
}

size_t http_stream_unsent(const struct http_stream *stream)
{
    return stream->unsent;
}

/* Its owner knows it no more. */
static void forget_owner(struct http_stream *stream)
{
    stream->head.on_gone = stream->head.on_sent = NULL;
    stream->exchange->connection->server->statistics.streams_open--;
}

static void finish(struct http_stream *stream)
{
    stream->is_ended = true;
    if (stream->is_chunked)
        append(stream, frame(TEXT("0\r\n\r\n"), TEXT(""), TEXT("")));
}

void http_stream_end(struct http_stream *stream)
{
    forget_owner(stream);
    finish(stream);
    http_connection_touch(stream->exchange->connection);
}

/* ---- its connection's side ---- */

void http_stream_take_over(struct http_connection *connection, struct http_stream *stream)
{
    int kernel_bytes = KERNEL_BYTES;

    connection->streaming = stream;
    connection->is_cut = true;
    http_input_finish(connection);
    uv_send_buffer_size(&connection->handle, &kernel_bytes);
}

void http_stream_abandon(struct http_stream *stream)
{
    void (*on_gone)(void *) = stream->head.on_gone;
    void *owner = stream->head.owner;

    if (!on_gone)
        return;
    forget_owner(stream);
    on_gone(owner);
}

void http_stream_free(struct http_stream *stream)
{
    if (!stream)
        return;
    for (size_t i = stream->first; i < stream->count; i++)
        http_block_release(stream->blocks[i]);
    free(stream->blocks);
    free(stream);
}

bool http_stream_check(struct http_connection *connection)
{
    struct http_stream *stream = connection->streaming;

    if (connection->is_overrun) {
        connection->server->statistics.streams_cut_off++;
        http_connection_abort(connection);
        return false;
    }
    if (!stream)
        return true;
    if (connection->is_ended) {
        http_connection_close(connection);
        return false;
    }
    if (connection->server->is_draining && !stream->is_ended) {
        http_stream_abandon(stream);
        finish(stream);
    }
    return true;
}

static void consume(struct http_stream *stream, size_t bytes)
{
    stream->exchange->connection->server->statistics.bytes_sent += bytes;
    stream->unsent -= bytes;
    bytes += stream->offset;
    while (stream->first < stream->count) {
        size_t length = coded(stream, stream->blocks[stream->first]).length;
        if (bytes < length)
            break;
        bytes -= length;
        http_block_release(stream->blocks[stream->first++]);
    }
    stream->offset = bytes;
    if (stream->first == stream->count)
        stream->first = stream->count = 0;
}

/* The first blocks that are to be written; returns how many, and their bytes. */
static unsigned gather(const struct http_stream *stream, uv_buf_t parts[static BLOCKS_A_WRITE],
                       size_t *bytes)
{
    size_t offset = stream->offset;
    unsigned count = 0;

    *bytes = 0;
    for (size_t i = stream->first; i < stream->count && count < BLOCKS_A_WRITE; i++) {
        struct text text = coded(stream, stream->blocks[i]);
        text = text_part(text, offset, text.length);
        parts[count++] = uv_buf_init((char *)text.data, (unsigned)text.length);
        *bytes += text.length;
        offset = 0;
    }
    return count;
}

static void on_written(uv_write_t *write, int status)
{
    struct http_connection *connection = write->data;

    connection->is_writing = false;
    if (http_connection_is_closing(connection))
        return;
    if (status < 0) {
        http_connection_close(connection);
        return;
    }
    consume(connection->streaming, connection->streaming->in_flight);
    http_connection_touch(connection);
}

/* What the socket did not take at once. */
static void write_later(struct http_connection *connection)
{
    uv_buf_t parts[BLOCKS_A_WRITE];
    struct http_stream *stream = connection->streaming;
    unsigned count = gather(stream, parts, &stream->in_flight);

    connection->written_left = stream->in_flight;
    connection->is_writing = true;
    connection->write.data = connection;
    if (uv_write(&connection->write, &connection->stream, parts, count, on_written) != 0) {
        connection->is_writing = false;
        http_connection_close(connection);
        return;
    }
    http_connection_change_state(connection, HTTP_STATE_WRITING);
}

void http_stream_write(struct http_connection *connection)
{
    struct http_stream *stream = connection->streaming;
    uv_buf_t parts[BLOCKS_A_WRITE];

    while (!connection->is_writing && stream->first < stream->count) {
        size_t bytes;
        unsigned count = gather(stream, parts, &bytes);
        int sent = uv_try_write(&connection->stream, parts, count);

        if (sent < 0 && sent != UV_EAGAIN) {
            http_connection_close(connection);
            return;
        }
        if (sent > 0)
            consume(stream, (size_t)sent);
        if (sent < 0 || (size_t)sent < bytes)
            write_later(connection);
        if (http_connection_is_closing(connection))
            return;
    }
}

static void leave(struct http_connection *connection)
{
    struct http_stream *stream = connection->streaming;
    struct http_exchange *exchange = stream->exchange;

    connection->streaming = NULL;
    http_connection_dequeue(connection, exchange);
    http_exchange_free(exchange);
}

void http_stream_settle(struct http_connection *connection)
{
    struct http_stream *stream = connection->streaming;

    if (!stream || connection->is_writing || stream->unsent)
        return;
    if (stream->is_ended) {
        leave(connection);
    } else if (!stream->is_told && stream->head.on_sent) {
        stream->is_told = true;
        stream->head.on_sent(stream->head.owner);
    }
}
