/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http/chunk.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_line_byte(char c)
{
    return c == '\t' || ((unsigned char)c >= 0x20 && c != 0x7f);
}

static enum http_chunk_outcome go(struct http_chunks *chunks, enum http_chunk_stage stage)
{
    chunks->stage = stage;
    return HTTP_CHUNK_MORE;
}

/* Limits bound `left` far below an overflow: it grows by a digit only while it is small. */
static enum http_chunk_outcome read_size(struct http_chunks *chunks, char c, uint64_t room)
{
    int value = hex_value(c);

    if (value >= 0) {
        chunks->left = chunks->left * 16 + (unsigned)value;
        return chunks->left > room ? HTTP_CHUNK_TOO_LARGE : go(chunks, HTTP_CHUNK_SIZE);
    }
    if (chunks->stage == HTTP_CHUNK_SIZE_FIRST)
        return HTTP_CHUNK_MALFORMED;
    if (c == ';')
        return go(chunks, HTTP_CHUNK_EXTENSION);
    return c == '\r' ? go(chunks, HTTP_CHUNK_SIZE_LF) : HTTP_CHUNK_MALFORMED;
}

static enum http_chunk_outcome expect(struct http_chunks *chunks, char c, char wanted,
                                      enum http_chunk_stage stage)
{
    return c == wanted ? go(chunks, stage) : HTTP_CHUNK_MALFORMED;
}

/* A line whose content does not matter, up to its CR. */
static enum http_chunk_outcome skip_line(struct http_chunks *chunks, char c,
                                         enum http_chunk_stage inside, enum http_chunk_stage end)
{
    if (c == '\r')
        return go(chunks, end);
    return is_line_byte(c) ? go(chunks, inside) : HTTP_CHUNK_MALFORMED;
}

static enum http_chunk_outcome read_byte(struct http_chunks *chunks, char c, uint64_t room)
{
    switch (chunks->stage) {
    case HTTP_CHUNK_SIZE_FIRST:
    case HTTP_CHUNK_SIZE:
        return read_size(chunks, c, room);
    case HTTP_CHUNK_EXTENSION:
        return skip_line(chunks, c, HTTP_CHUNK_EXTENSION, HTTP_CHUNK_SIZE_LF);
    case HTTP_CHUNK_SIZE_LF:
        return expect(chunks, c, '\n', chunks->left ? HTTP_CHUNK_DATA : HTTP_CHUNK_TRAILER_FIRST);
    case HTTP_CHUNK_DATA_CR:
        return expect(chunks, c, '\r', HTTP_CHUNK_DATA_LF);
    case HTTP_CHUNK_DATA_LF:
        return expect(chunks, c, '\n', HTTP_CHUNK_SIZE_FIRST);
    case HTTP_CHUNK_TRAILER_FIRST:
        if (c == ' ' || c == '\t')
            return HTTP_CHUNK_MALFORMED;
        return skip_line(chunks, c, HTTP_CHUNK_TRAILER, HTTP_CHUNK_END_LF);
    case HTTP_CHUNK_TRAILER:
        return skip_line(chunks, c, HTTP_CHUNK_TRAILER, HTTP_CHUNK_TRAILER_LF);
    case HTTP_CHUNK_TRAILER_LF:
        return expect(chunks, c, '\n', HTTP_CHUNK_TRAILER_FIRST);
    case HTTP_CHUNK_END_LF:
        return expect(chunks, c, '\n', HTTP_CHUNK_END);
    case HTTP_CHUNK_DATA:
    case HTTP_CHUNK_END:
        break;
    }
    return HTTP_CHUNK_MALFORMED;
}

static void take_data(struct http_chunks *chunks, struct text *input, struct buffer *body)
{
    size_t length = input->length < chunks->left ? input->length : (size_t)chunks->left;

    buffer_append(body, text_part(*input, 0, length));
    input->data += length;
    input->length -= length;
    chunks->left -= length;
    if (!chunks->left)
        chunks->stage = HTTP_CHUNK_DATA_CR;
}

enum http_chunk_outcome http_chunks_read(struct http_chunks *chunks,
                                         const struct http_chunk_limits *limits, struct text *input,
                                         struct buffer *body)
{
    while (input->length) {
        enum http_chunk_outcome outcome;

        if (chunks->stage == HTTP_CHUNK_DATA) {
            take_data(chunks, input, body);
            continue;
        }
        outcome = read_byte(chunks, *input->data, limits->body_bytes_max - body->length);
        if (outcome != HTTP_CHUNK_MORE)
            return outcome;
        input->data++;
        input->length--;
        if (chunks->stage == HTTP_CHUNK_END)
            return HTTP_CHUNK_WHOLE;
        if (++chunks->overhead > limits->overhead_bytes_max)
            return HTTP_CHUNK_MALFORMED;
    }
    return HTTP_CHUNK_MORE;
}
