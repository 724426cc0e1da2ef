/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/http/reader.h"

/* One client's connection: bytes in, exchanges in a queue, answers out in the queue's order.
 *
 * Whatever happens to it only marks it as touched; once a turn, before the loop waits again, it is
 * settled: answers written, what was held back read on, its state chosen, or its end begun. So no
 * call of a handler ever frees the ground it stands on. */

/* Each state is a list of its server, and has its own time limit. */
enum http_connection_state {
    HTTP_STATE_IDLE,    /* no request */
    HTTP_STATE_HEADER,  /* a request has begun */
    HTTP_STATE_BODY,    /* its header is whole */
    HTTP_STATE_WAITING, /* for the handler, as long as that takes */
    HTTP_STATE_WRITING, /* for the client to take an answer */
    HTTP_STATE_LINGER,  /* all is said; reads what still comes, so that no reset eats the answer */
    HTTP_STATE_CLOSING,
    HTTP_STATE_COUNT
};

struct http_connection {
    struct http_server *server;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
    };
    struct list place;   /* in its state's list */
    struct list touched; /* in the server's list of those to settle */
    enum http_connection_state state;
    uint64_t deadline_ms;
    uint32_t deadline_message; /* the message it was set for */

    struct http_reader reader;
    struct buffer stash; /* read, but not yet to be parsed: too many requests are open */
    struct list queue;   /* exchanges in their requests' order */
    unsigned queue_length;
    size_t held;    /* bytes of their requests and waiting answers */
    size_t counted; /* its part of what the server counts */
    size_t discarded_bytes;

    struct buffer out;             /* answers of this turn */
    struct buffer written;         /* those on their way, from `written_from` on */
    size_t written_left;           /* when the time for the client to take some began */
    struct http_stream *streaming; /* the answer that has no end; the queue begins with it */
    uv_write_t write;
    uv_shutdown_t shutdown;

    unsigned char peer[HTTP_ADDRESS_BYTES];
    bool is_loopback;
    bool is_reading;
    bool is_over;  /* no further request will be taken */
    bool is_ended; /* the client sent its FIN */
    bool is_cut;   /* the last answer was given; what stands behind it gets none */
    bool is_writing;
    bool is_overrun; /* its stream has more unsent than may be */
};

/* Takes over the accepted socket; closes it on failure. `peer` is copied. */
void http_connection_open(struct http_server *server, int fd,
                          const unsigned char peer[HTTP_ADDRESS_BYTES], bool is_loopback);

/* Has it settled before the loop waits again. */
void http_connection_touch(struct http_connection *connection);

/* Settles it; the server calls this for each touched connection. */
void http_connection_settle(struct http_connection *connection);

/* Its state's time is up. */
void http_connection_expire(struct http_connection *connection);

/* Closes it now; clients of open requests are gone, unsent answers lost. The second way resets it,
 * so that the kernel does not go on offering bytes to a client that takes none. */
void http_connection_close(struct http_connection *connection);
void http_connection_abort(struct http_connection *connection);

/* For its reading and writing sides. */

static inline bool http_connection_is_closing(const struct http_connection *connection)
{
    return connection->state == HTTP_STATE_CLOSING;
}

/* Gives it the state's place and a new deadline. */
void http_connection_change_state(struct http_connection *connection,
                                  enum http_connection_state state);

/* Counts bytes that are kept for an exchange of its queue, until it is taken out. */
void http_connection_hold(struct http_connection *connection, struct http_exchange *exchange,
                          size_t bytes);

/* Takes an exchange out of its connection's queue; it is the caller's then. */
void http_connection_dequeue(struct http_connection *connection, struct http_exchange *exchange);

/* Ends an exchange whose answer nobody will see. */
void http_connection_abandon(struct http_connection *connection, struct http_exchange *exchange);
