/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "api/http/reader.h"

/* Bytes of a connection, read once whole and once in pieces: both must give the same requests, and
 * what is given must be as strict as api/http/http.h promises. Built with clang -fsanitize=fuzzer.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PIECE_BYTES_MAX 40

static const struct http_limits limits = {.header_bytes_max = 1000, .body_bytes_max = 2000};

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void require_plain(struct text text, unsigned least)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        require((c >= least || c == '\t') && c != 0x7f);
    }
}

static void check(const struct http_exchange *exchange)
{
    const struct http_request *request = &exchange->request;

    require(request->path.length && request->path.data[0] == '/');
    require(!request->path.length || !memchr(request->path.data, '?', request->path.length));
    require(request->body.length <= limits.body_bytes_max);
    require_plain(request->path, 0x21);
    require_plain(request->query, 0x21);
    require_plain(request->method, 0x21);
    for (unsigned i = 0; i < exchange->field_count; i++) {
        const struct http_field *field = &exchange->fields[i];
        require(field->name_length > 0);
        require_plain(text_bytes(exchange->header + field->name, field->name_length), 0x21);
        require_plain(text_bytes(exchange->header + field->value, field->value_length), 0x20);
    }
    require(exchange->is_1_0 || http_request_header(request, "HOST").data);
    require(!(http_request_header(request, "content-length").data &&
              http_request_header(request, "transfer-encoding").data));
}

static void trace_exchange(struct buffer *trace, const struct http_exchange *exchange)
{
    const struct http_request *request = &exchange->request;

    check(exchange);
    require(request->body.data[request->body.length] == 0);
    buffer_printf(trace, "%.*s %.*s?%.*s %d %u\n", TEXT_ARG(request->method),
                  TEXT_ARG(request->path), TEXT_ARG(request->query), exchange->is_kept,
                  exchange->field_count);
    buffer_append(trace, request->authorization);
    buffer_append(trace, request->body);
}

/* One piece; takes the owner's part: frees each exchange when it is whole. */
static void feed(struct http_reader *reader, struct text piece, struct buffer *trace)
{
    for (;;) {
        switch (http_reader_step(reader, &piece)) {
        case HTTP_READER_MORE:
            require(!piece.length);
            return;
        case HTTP_READER_BEGUN:
            break;
        case HTTP_READER_WHOLE:
            trace_exchange(trace, reader->exchange);
            http_exchange_free(reader->exchange);
            reader->exchange = NULL;
            break;
        case HTTP_READER_FAULT:
            buffer_printf(trace, "fault %d\n", reader->fault);
            require(reader->stage == HTTP_READER_OVER);
            http_exchange_free(reader->exchange);
            reader->exchange = NULL;
            break;
        }
    }
}

static void read_all(struct text bytes, uint32_t seed, struct buffer *trace)
{
    struct http_reader reader = {.limits = &limits};

    while (bytes.length) {
        size_t length =
            seed ? 1 + (seed = seed * 1664525 + 1013904223) % PIECE_BYTES_MAX : bytes.length;
        /* A copy of its own, so that reading behind its end is seen. */
        struct text piece = text_part(bytes, 0, length);
        char *copy = memory_resize(NULL, piece.length);
        memcpy(copy, piece.data, piece.length);
        feed(&reader, text_bytes(copy, piece.length), trace);
        free(copy);
        bytes = text_part(bytes, piece.length, bytes.length);
    }
    if (reader.stage == HTTP_READER_BODY)
        http_exchange_free(reader.exchange);
    http_reader_free(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text bytes = text_bytes(data, size);
    struct buffer whole = {0}, pieces = {0};

    read_all(bytes, 0, &whole);
    read_all(bytes, text_hash(bytes) | 1, &pieces);
    require(text_equal(buffer_text(&whole), buffer_text(&pieces)));
    buffer_free(&whole);
    buffer_free(&pieces);
    return 0;
}
