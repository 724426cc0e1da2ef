/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"

/* An HTTP/1.1 server (RFC 9110, 9112) on libuv and http-parser in strict mode. It knows messages,
 * not their meaning: each whole request goes to one handler, which answers now or later. Answers of
 * one connection leave in the order of its requests (pipelining), all answers of one turn of the
 * loop in one write. TLS and HTTP/2 are the front proxy's. */

struct http_server;
struct http_stream;

struct http_limits {
    unsigned header_bytes_max;   /* 16 KiB: request line and fields, 65,535 at most; 431 beyond */
    unsigned body_bytes_max;     /* 64 KiB; 413 beyond, at once when Content-Length says so */
    unsigned header_timeout_ms;  /* 10,000: from a request's first byte to its whole header; 408 */
    unsigned body_timeout_ms;    /* 30,000: from there to its whole body; 408 */
    unsigned idle_timeout_ms;    /* 75,000: a kept connection without a request is closed */
    unsigned write_timeout_ms;   /* 30,000: a client that takes no bytes is cut off */
    unsigned connections_max;    /* 10,000: beyond, accepting waits */
    unsigned idle_spare_ms;      /* 1,000: one that is kept so long gives way to a new one there */
    unsigned pipeline_max;       /* 64 requests unanswered on one connection: reading pauses */
    unsigned pipeline_bytes_max; /* 256 KiB of requests and unsent answers there: likewise */
    uint64_t held_bytes_max;     /* 64 MiB of them in all: then each has one request at a time */
    unsigned stream_bytes_max;   /* 256 KiB unsent on one stream: its reader is too slow, cut off */
};
extern const struct http_limits http_limits_default;

enum { HTTP_ADDRESS_BYTES = 16 };

/* A request and the answer to it. It owns `arena`; everything is freed after the answer was handed
 * to the kernel. All texts are valid as long as the request is. */
struct http_request {
    struct text method; /* "GET"; HEAD comes as it is, its answer's body is left out for it. Any
                           token: what is not allowed is the handler's to refuse. */
    struct text path;   /* without the query, still percent-encoded; always begins with '/'. That of
                           "http://host/path" is "/path", that of "OPTIONS *" is "/". */
    struct text query;  /* behind '?', may be empty */
    struct text body;   /* a NUL stands behind it */
    struct text authorization, accept, accept_language, content_type, idempotency_key,
        last_event_id;
    bool is_loopback; /* the peer's address */
    /* It itself: of IPv6, that of IPv4 as ::ffff:a.b.c.d; zeros of a Unix socket. */
    unsigned char peer[HTTP_ADDRESS_BYTES];
    struct arena arena;
    void *owner; /* the handler's */
    /* Set by the handler: called once when the client went away before the answer (drop your
     * pointer: the request is freed after this returns). Without it a request whose client
     * went away stays until it is answered, as any other does. */
    void (*on_gone)(struct http_request *request);
};

/* Any other header field by its lower-case name; empty text when missing. */
struct text http_request_header(const struct http_request *request, const char *name);

/* The same of the last of several such fields, which the nearest proxy added. */
struct text http_request_last_header(const struct http_request *request, const char *name);

/* What the server must say itself; the owner renders it so that all errors look the same. */
enum http_fault {
    HTTP_FAULT_MALFORMED,        /* 400, and the connection ends for this and the next five */
    HTTP_FAULT_HEADER_TOO_LARGE, /* 431, also for more than 128 fields */
    HTTP_FAULT_BODY_TOO_LARGE,   /* 413 */
    HTTP_FAULT_TIMEOUT,          /* 408 */
    HTTP_FAULT_EXPECTATION,      /* 417: an Expect other than 100-continue */
    HTTP_FAULT_VERSION,          /* 505: not HTTP/1.0 or 1.1 */
};

struct http_handler {
    /* A whole request. The handler answers with http_respond(), now or in a later turn. */
    void (*on_request)(void *owner, struct http_request *request);
    /* An error that the server itself gives: answer it with http_respond(), as a request; the
     * connection ends behind it. `request` has what was read; where that is not even a whole header
     * the method is empty and the path "/". */
    void (*on_fault)(void *owner, struct http_request *request, enum http_fault fault);
    void *owner;
};

struct http_response {
    unsigned status;
    const char *content_type; /* NULL: no body, no type */
    /* Complete extra lines, "Name: value\r\n…"; may be empty. */
    struct text headers;
    struct text body; /* copied */
    bool close;       /* end the connection after this answer */
};

/* Answers `request`; exactly once, from within on_request or later. Adds Date, Content-Length and
 * Connection where needed. The request is gone when this returns. */
void http_respond(struct http_request *request, const struct http_response *response);

struct http_stream_head {
    const char *content_type;
    struct text headers; /* complete extra lines, as of an http_response */
    /* Called once when the stream ends otherwise than by http_stream_end(): the client left, was
     * cut off, or the server drains and wants it to come again elsewhere. The stream is gone when
     * this returns. Never called from inside the functions of api/http/stream.h. */
    void (*on_gone)(void *owner);
    /* May be NULL. Called whenever the client has taken all that was sent: the time to go on with
     * what is too long to be sent at once. It may send and end. */
    void (*on_sent)(void *owner);
    void *owner;
};

/* Begins to answer `request` with 200 and without an end (api/http/stream.h); instead of
 * http_respond(), under the same rules: the request is no longer the handler's, its on_gone is not
 * called. NULL when there is nothing to stream: the client has gone, or asked with HEAD and has its
 * whole answer so. */
struct http_stream *http_stream_start(struct http_request *request,
                                      const struct http_stream_head *head);

/* Takes over a listening socket (or a bound one: it calls listen). NULL on failure: -errno in
 * `*error`, and the socket stays the caller's. Sets SIGPIPE to be ignored. */
struct http_server *http_server_open(uv_loop_t *loop, int fd, const struct http_limits *limits,
                                     const struct http_handler *handler, int *error);

struct http_statistics {
    uint64_t connections_accepted;
    uint64_t requests;
    uint64_t bytes_received, bytes_sent;
    uint64_t streams_cut_off; /* whose readers were too slow */
    uint64_t bytes_held;      /* requests and answers that wait, but for streams */
    uint32_t connections_open, requests_open, streams_open;
};
const struct http_statistics *http_server_statistics(const struct http_server *server);

/* Stops accepting, closes idle connections, ends streams (api/http/stream.h), lets open requests be
 * answered (with Connection: close); after `timeout_ms` cuts off the rest. Calls `on_drained` once,
 * when no handle is open; the server is freed by then. */
void http_server_drain(struct http_server *server, unsigned timeout_ms,
                       void (*on_drained)(void *owner), void *owner);

/* Sockets: a TCP socket bound to `address` ("127.0.0.1:8080", "[::1]:0"), not yet listening,
 * non-blocking, close-on-exec, SO_REUSEADDR. Negative errno on failure. */
int http_bind(const char *address);
/* "127.0.0.1:43567" of a bound socket, for the ready line. */
void http_local_address(int fd, struct buffer *address);
