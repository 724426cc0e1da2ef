/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/http/chunk.h"
#include "api/http/request.h"

/* Bytes of a connection into exchanges, without a socket: a header is parsed where it was read when
 * it came in one piece, otherwise it gathers here first, so the parser sees it whole. */

enum http_reader_stage {
    HTTP_READER_START, /* between two messages */
    HTTP_READER_HEADER,
    HTTP_READER_BODY,
    HTTP_READER_OVER, /* after a fault: nothing more is a message */
};

struct http_reader {
    const struct http_limits *limits;
    enum http_reader_stage stage;
    uint32_t messages;              /* begun so far */
    struct buffer held;             /* an unfinished header */
    size_t scanned, line;           /* of the header: looked at so far; start of its last line */
    struct http_exchange *exchange; /* the one whose body is read; its owner frees it */
    struct http_chunks chunks;
    enum http_fault fault;
};

enum http_reader_outcome {
    HTTP_READER_MORE,  /* all input was taken */
    HTTP_READER_BEGUN, /* a header is whole: `exchange` is new and its owner the caller */
    HTTP_READER_WHOLE, /* the body of `exchange` is, too */
    HTTP_READER_FAULT, /* `fault`; `exchange` is as far as it came, new unless it was begun */
};

/* Takes bytes off `*input` up to the next outcome. */
enum http_reader_outcome http_reader_step(struct http_reader *reader, struct text *input);

/* A fault from outside (a time-out): afterwards the same as if the bytes had been guilty. */
void http_reader_fail(struct http_reader *reader, enum http_fault fault);

void http_reader_free(struct http_reader *reader);
