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
struct http_stream;

/* A block with a copy of the bytes (at least one) and one reference, the caller's. */
struct http_block *http_block_new(struct text bytes);
struct http_block *http_block_hold(struct http_block *block);
/* The bytes go with the last reference. NULL does nothing. */
void http_block_release(struct http_block *block);
/* The bytes that it was made of. */
struct text http_block_text(const struct http_block *block);

struct http_stream_head {
    const char *content_type;
    struct text headers; /* complete extra lines, as of an http_response */
    /* Called once when the stream ends otherwise than by http_stream_end(): the client left, was
     * cut off, or the server drains and wants it to come again elsewhere. The stream is gone when
     * this returns. Never called from inside the functions below. */
    void (*on_gone)(void *owner);
    /* May be NULL. Called whenever the client has taken all that was sent: the time to go on with
     * what is too long to be sent at once. It may send and end. */
    void (*on_sent)(void *owner);
    void *owner;
};

/* Begins to answer `request` with 200; instead of http_respond(), under the same rules: the request
 * is no longer the handler's, its on_gone is not called. NULL when there is nothing to stream: the
 * client has gone, or asked with HEAD and has its whole answer so. */
struct http_stream *http_stream_start(struct http_request *request,
                                      const struct http_stream_head *head);

/* Sends a block behind those before it, at the end of this turn of the loop. It holds the block
 * itself as long as it needs it. */
void http_stream_send(struct http_stream *stream, struct http_block *block);

/* Bytes that the kernel has not taken yet. */
size_t http_stream_unsent(const struct http_stream *stream);

/* Ends the stream once what was sent has left; it is gone for the caller. */
void http_stream_end(struct http_stream *stream);
