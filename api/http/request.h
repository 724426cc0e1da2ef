/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/http/http.h"
#include "base/list.h"

/* A request together with its answer, one block of memory: the struct, the list of header fields,
 * the header's bytes, the body. */

#define HTTP_FIELDS_MAX       128   /* 431 beyond */
#define HTTP_HEADER_BYTES_MAX 65535 /* positions of fields have 16 bits */

/* Where a field stands in the header's bytes. */
struct http_field {
    uint16_t name, name_length, value, value_length;
};

struct http_exchange {
    struct http_request request;
    struct list link;               /* in its pipeline, or the list of orphans */
    struct http_pipeline *pipeline; /* NULL: the client went away */
    struct buffer answer;           /* serialised, waiting for the answers before it */
    size_t held;                    /* bytes that its pipeline counts for it */
    struct http_stream *stream;     /* what follows behind it */
    struct buffer chunks;           /* a chunked body */
    char *body;                     /* one of known length */
    size_t body_expected;
    struct text host, expect, content_length, transfer_encoding;
    bool is_chunked, is_head, is_kept, is_1_0;
    bool wants_continue; /* the client holds the body back until it is asked for */
    bool is_dispatched, is_answered, is_last;
    const char *header;
    uint16_t field_count;
    struct http_field fields[];
};

static inline struct http_exchange *http_exchange_of(const struct http_request *request)
{
    return CONTAINER_OF(request, struct http_exchange, request);
}

/* Parses a whole header: request line, fields and the empty line, each ended by CRLF (the caller
 * found its end so). Always gives an exchange. False: `*fault` names what the request is guilty of
 * and the exchange has as much of it as is known. */
bool http_exchange_parse(struct text header, const struct http_limits *limits,
                         struct http_exchange **exchange, enum http_fault *fault);

/* One without content, for a fault that comes before a whole header. */
struct http_exchange *http_exchange_new_empty(void);

/* The bytes of its block: all of the request but for a chunked body. */
size_t http_exchange_bytes(const struct http_exchange *exchange);

/* Frees it; it must be in no list. */
void http_exchange_free(struct http_exchange *exchange);
