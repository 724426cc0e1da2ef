/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http/reader.h"

enum scan { SCAN_MORE, SCAN_WHOLE, SCAN_MALFORMED };

/* A line ends with CRLF, begins with no space (obs-fold, RFC 9112, 5.2) and with no lone CR, for
 * http-parser would take "CR CR x" for the header's end. */
static bool is_line(const char *line, size_t length)
{
    return length >= 2 && line[length - 2] == '\r' && line[0] != ' ' && line[0] != '\t' &&
           (line[0] != '\r' || length == 2);
}

/* Looks for the empty line from where it left off; `*end` is behind it. */
static enum scan scan_header(struct http_reader *reader, struct text bytes, size_t *end)
{
    for (;;) {
        const char *from = bytes.data + reader->scanned;
        const char *lf = memchr(from, '\n', bytes.length - reader->scanned);
        size_t length;

        if (!lf) {
            reader->scanned = bytes.length;
            return SCAN_MORE;
        }
        *end = (size_t)(lf - bytes.data) + 1;
        length = *end - reader->line;
        if (!is_line(bytes.data + reader->line, length))
            return SCAN_MALFORMED;
        if (length == 2)
            return SCAN_WHOLE;
        reader->scanned = reader->line = *end;
    }
}

static void skip(struct text *input, size_t count)
{
    input->data += count;
    input->length -= count;
}

static enum http_reader_outcome fail(struct http_reader *reader, enum http_fault fault)
{
    http_reader_fail(reader, fault);
    return HTTP_READER_FAULT;
}

void http_reader_fail(struct http_reader *reader, enum http_fault fault)
{
    if (!reader->exchange)
        reader->exchange = http_exchange_new_empty();
    reader->exchange->wants_continue = false;
    reader->fault = fault;
    reader->stage = HTTP_READER_OVER;
    buffer_free(&reader->held);
}

static enum http_reader_outcome end_header(struct http_reader *reader, struct text header)
{
    enum http_fault fault;

    if (!http_exchange_parse(header, reader->limits, &reader->exchange, &fault))
        return fail(reader, fault);
    buffer_free(&reader->held);
    reader->stage = HTTP_READER_BODY;
    reader->chunks = (struct http_chunks){0};
    return HTTP_READER_BEGUN;
}

/* Every header begins with a method's letter: what cannot be one is refused before it is long. */
static bool is_start(char c)
{
    return c > 0x20 && c < 0x7f;
}

static enum http_reader_outcome read_header(struct http_reader *reader, struct text *input)
{
    size_t held = reader->held.length, end;
    struct text bytes = *input, allowed;

    if (held) {
        buffer_append(&reader->held, *input);
        bytes = buffer_text(&reader->held);
    }
    /* Nothing behind the limit is looked at, so the fault is the same however the bytes come. */
    allowed = text_part(bytes, 0, reader->limits->header_bytes_max);
    switch (is_start(bytes.data[0]) ? scan_header(reader, allowed, &end) : SCAN_MALFORMED) {
    case SCAN_MALFORMED:
        return fail(reader, HTTP_FAULT_MALFORMED);
    case SCAN_WHOLE:
        skip(input, end - held);
        return end_header(reader, text_part(bytes, 0, end));
    case SCAN_MORE:
        break;
    }
    if (allowed.length == reader->limits->header_bytes_max)
        return fail(reader, HTTP_FAULT_HEADER_TOO_LARGE);
    if (!held)
        buffer_append(&reader->held, *input);
    skip(input, input->length);
    return HTTP_READER_MORE;
}

/* Empty lines before a request are ignored (RFC 9112, 2.2); a half of one waits in `held`. */
static enum http_reader_outcome read_start(struct http_reader *reader, struct text *input)
{
    reader->exchange = NULL; /* the one before has an owner */
    if (reader->held.length) {
        if (input->data[0] != '\n') {
            reader->messages++;
            return fail(reader, HTTP_FAULT_MALFORMED);
        }
        buffer_clear(&reader->held);
        skip(input, 1);
    }
    while (input->length > 1 && input->data[0] == '\r' && input->data[1] == '\n')
        skip(input, 2);
    if (!input->length)
        return HTTP_READER_MORE;
    if (input->length == 1 && input->data[0] == '\r') {
        buffer_append(&reader->held, *input);
        skip(input, 1);
        return HTTP_READER_MORE;
    }
    reader->stage = HTTP_READER_HEADER;
    reader->messages++;
    reader->scanned = reader->line = 0;
    return read_header(reader, input);
}

static enum http_reader_outcome end_body(struct http_reader *reader, struct text body)
{
    reader->exchange->request.body = body;
    reader->exchange->wants_continue = false;
    reader->stage = HTTP_READER_START;
    return HTTP_READER_WHOLE;
}

static enum http_reader_outcome read_chunks(struct http_reader *reader, struct text *input)
{
    struct buffer *body = &reader->exchange->chunks;
    struct http_chunk_limits limits = {reader->limits->body_bytes_max,
                                       reader->limits->header_bytes_max};

    switch (http_chunks_read(&reader->chunks, &limits, input, body)) {
    case HTTP_CHUNK_MORE:
        break;
    case HTTP_CHUNK_WHOLE:
        buffer_append_byte(body, 0); /* bodies end with a NUL that does not count */
        return end_body(reader, text_bytes(body->data, body->length - 1));
    case HTTP_CHUNK_MALFORMED:
        return fail(reader, HTTP_FAULT_MALFORMED);
    case HTTP_CHUNK_TOO_LARGE:
        return fail(reader, HTTP_FAULT_BODY_TOO_LARGE);
    }
    return HTTP_READER_MORE;
}

static enum http_reader_outcome read_body(struct http_reader *reader, struct text *input)
{
    struct http_exchange *exchange = reader->exchange;
    size_t have = exchange->request.body.length;
    struct text part = text_part(*input, 0, exchange->body_expected - have);

    if (exchange->is_chunked)
        return read_chunks(reader, input);
    if (part.length)
        memcpy(exchange->body + have, part.data, part.length);
    skip(input, part.length);
    exchange->request.body = text_bytes(exchange->body, have + part.length);
    if (exchange->request.body.length < exchange->body_expected)
        return HTTP_READER_MORE;
    return end_body(reader, exchange->request.body);
}

enum http_reader_outcome http_reader_step(struct http_reader *reader, struct text *input)
{
    if (reader->stage == HTTP_READER_BODY)
        return read_body(reader, input);
    if (!input->length)
        return HTTP_READER_MORE;
    if (reader->stage == HTTP_READER_START)
        return read_start(reader, input);
    if (reader->stage == HTTP_READER_HEADER)
        return read_header(reader, input);
    skip(input, input->length);
    return HTTP_READER_MORE;
}

void http_reader_free(struct http_reader *reader)
{
    buffer_free(&reader->held);
}
