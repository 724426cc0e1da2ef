/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/http/http.h"

/* An answer without an end: its bytes come as they happen, the same ones for thousands of clients.
 * What is sent is serialised once into a block and shared by reference. The chunked transfer coding
 * for HTTP/1.1, until the connection's end for HTTP/1.0; a stream is its connection's last answer.
 * A client that does not keep up with it is cut off: when it leaves more than `stream_bytes_max`
 * unsent, or takes no bytes for `write_timeout_ms`. */

struct http_block;

/* A block with a copy of the bytes (at least one) and one reference, the caller's. */
struct http_block *http_block_new(struct text bytes);
struct http_block *http_block_hold(struct http_block *block);
/* The bytes go with the last reference. NULL does nothing. */
void http_block_release(struct http_block *block);
/* The bytes that it was made of. */
struct text http_block_text(const struct http_block *block);

/* Sends a block behind those before it, at the end of this turn of the loop. It holds the block
 * itself as long as it needs it. */
void http_stream_send(struct http_stream *stream, struct http_block *block);

/* Bytes that the kernel has not taken yet. */
size_t http_stream_unsent(const struct http_stream *stream);

/* Ends the stream once what was sent has left; it is gone for the caller. */
void http_stream_end(struct http_stream *stream);

/* For the connection whose answer it is, and nobody else. */

struct http_seat;

struct http_stream *http_stream_new(struct http_seat *seat, const struct http_stream_head *head,
                                    bool is_chunked);

/* What is to be written next, in at most `parts_max` parts: returns how many, and adds their bytes
 * to `*bytes`. */
unsigned http_stream_gather(const struct http_stream *stream, uv_buf_t *parts, unsigned parts_max,
                            size_t *bytes);

/* So many of those bytes have left. */
void http_stream_consume(struct http_stream *stream, size_t bytes);

/* Behind writing: tells its owner when all has left. True when it is ended with that. */
bool http_stream_settle(struct http_stream *stream);

/* Ends it, unless its owner did; who is told to come again elsewhere. */
void http_stream_drain(struct http_stream *stream);

/* Nobody will see more of it: tells its owner. NULL does nothing, here and below. */
void http_stream_abandon(struct http_stream *stream);
void http_stream_free(struct http_stream *stream);
