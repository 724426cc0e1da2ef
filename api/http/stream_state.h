/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/http/connection.h"
#include "api/http/stream.h"

/* A stream as its connection sees it; private to api/http_*.c. It belongs to its exchange until the
 * answers before it are given, then it is the connection's current one. */
struct http_stream {
    struct http_exchange *exchange;
    struct http_stream_head head;
    struct http_block **blocks; /* from `first` on; each holds a reference */
    size_t first, count, capacity;
    size_t offset; /* bytes of the first one that have left */
    size_t unsent, in_flight;
    bool is_chunked;
    bool is_told;  /* its owner knows that all has left */
    bool is_ended; /* no block follows */
};

/* The answers before it are given: from now on the connection is the stream's. */
void http_stream_take_over(struct http_connection *connection, struct http_stream *stream);

/* Before writing: false when the connection was closed, for a reader that is too slow or has left.
 * In a drain the stream ends. */
bool http_stream_check(struct http_connection *connection);

/* Writes what has gathered, unless an earlier write is under way. */
void http_stream_write(struct http_connection *connection);

/* Behind writing: tells that all has left; an ended stream leaves its connection. */
void http_stream_settle(struct http_connection *connection);

/* Nobody will see more of it: tells its owner. */
void http_stream_abandon(struct http_stream *stream);
void http_stream_free(struct http_stream *stream);
