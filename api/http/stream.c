/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http/stream.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/http/pool.h"

struct http_stream {
    struct http_seat *seat; /* its connection's */
    struct http_stream_head head;
    struct http_block **blocks; /* from `first` on; each holds a reference */
    size_t first, count, capacity;
    size_t offset; /* bytes of the first one that have left */
    size_t unsent;
    bool is_chunked;
    bool is_told;  /* its owner knows that all has left */
    bool is_ended; /* no block follows */
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
    struct http_seat *seat = stream->seat;

    if (seat->is_overrun)
        return;
    append(stream, http_block_hold(block));
    seat->is_overrun = stream->unsent > seat->pool->limits.stream_bytes_max;
    http_seat_touch(seat);
}

size_t http_stream_unsent(const struct http_stream *stream)
{
    return stream->unsent;
}

/* Its owner knows it no more. */
static void forget_owner(struct http_stream *stream)
{
    stream->head.on_gone = stream->head.on_sent = NULL;
    stream->seat->pool->statistics.streams_open--;
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
    http_seat_touch(stream->seat);
}

/* ---- its connection's side ---- */

struct http_stream *http_stream_new(struct http_seat *seat, const struct http_stream_head *head,
                                    bool is_chunked)
{
    struct http_stream *stream = memory_new(sizeof *stream);

    stream->seat = seat;
    stream->head = *head;
    stream->is_chunked = is_chunked;
    seat->pool->statistics.streams_open++;
    return stream;
}

void http_stream_abandon(struct http_stream *stream)
{
    void (*on_gone)(void *) = stream ? stream->head.on_gone : NULL;

    if (!on_gone)
        return;
    forget_owner(stream);
    on_gone(stream->head.owner);
}

void http_stream_drain(struct http_stream *stream)
{
    if (stream->is_ended)
        return;
    http_stream_abandon(stream);
    finish(stream);
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

void http_stream_consume(struct http_stream *stream, size_t bytes)
{
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

unsigned http_stream_gather(const struct http_stream *stream, uv_buf_t *parts, unsigned parts_max,
                            size_t *bytes)
{
    size_t offset = stream->offset;
    unsigned count = 0;

    for (size_t i = stream->first; i < stream->count && count < parts_max; i++) {
        struct text text = coded(stream, stream->blocks[i]);
        text = text_part(text, offset, text.length);
        parts[count++] = uv_buf_init((char *)text.data, (unsigned)text.length);
        *bytes += text.length;
        offset = 0;
    }
    return count;
}

bool http_stream_settle(struct http_stream *stream)
{
    if (stream->unsent)
        return false;
    if (!stream->is_ended && !stream->is_told && stream->head.on_sent) {
        stream->is_told = true;
        stream->head.on_sent(stream->head.owner);
        return false;
    }
    return stream->is_ended;
}
