/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/http/pool.h"
#include "api/http/request.h"

/* The exchanges of one connection in the order of their requests, and their answers out in that
 * order, whenever a handler gives them: http_respond() and http_stream_start() lead here. All
 * answers of a turn leave in one write; what the socket does not take at once leaves later, and
 * what follows gathers until then. */

struct http_pipeline {
    struct http_seat *seat; /* its connection's */
    uv_stream_t *socket;
    struct list exchanges; /* a stream's is the first of them */
    unsigned length;
    size_t held; /* bytes of the requests and of answers that wait for those before them */

    struct buffer out;          /* answers of this turn */
    struct buffer written;      /* those on their way, from `written_from` on */
    struct http_stream *stream; /* the answer that has no end: its blocks follow */
    size_t written_from;
    size_t in_flight; /* bytes of the write under way */
    size_t left;      /* of them, when the time for the client to take some began */
    uv_write_t write;

    bool is_writing;
    bool is_broken; /* the socket */
    bool is_over;   /* no further request will be taken */
    bool is_cut;    /* the last answer was given; what stands behind it gets none */
};

void http_pipeline_init(struct http_pipeline *pipeline, struct http_seat *seat,
                        uv_stream_t *socket);
/* All is abandoned and the socket closed. */
void http_pipeline_free(struct http_pipeline *pipeline);

/* Whether a further request may begin: a client that waits for answers, or reads none, is heard no
 * further than the limits let it. */
static inline bool http_pipeline_has_room(const struct http_pipeline *pipeline)
{
    const struct http_pool *pool = pipeline->seat->pool;
    size_t gathered = pipeline->out.length;

    if (!pipeline->length && !gathered)
        return true;
    return pipeline->length < pool->limits.pipeline_max &&
           pipeline->held + gathered < pool->limits.pipeline_bytes_max &&
           !http_pool_is_crowded(pool);
}

/* Puts an exchange whose header is whole at the end; it belongs to the pipeline from then on. */
void http_pipeline_add(struct http_pipeline *pipeline, struct http_exchange *exchange);

/* Gives the request, which is whole, to the handler. */
void http_pipeline_dispatch(struct http_pipeline *pipeline, struct http_exchange *exchange);

/* Has the handler render the fault of a request, added or not; it is the last one. */
void http_pipeline_fail(struct http_pipeline *pipeline, struct http_exchange *exchange,
                        enum http_fault fault);

/* Sends "100 Continue" if the first exchange waits for it. */
void http_pipeline_invite(struct http_pipeline *pipeline);

/* Ends an exchange whose answer nobody will see; all of them. */
void http_pipeline_abandon(struct http_pipeline *pipeline, struct http_exchange *exchange);
void http_pipeline_abandon_all(struct http_pipeline *pipeline);

/* Writes what has gathered, unless an earlier write is under way; true when one has begun that is.
 * Its end touches the seat. */
bool http_pipeline_write(struct http_pipeline *pipeline);

/* Whether the client took bytes since the write began, or since this was asked last. */
bool http_pipeline_has_moved(struct http_pipeline *pipeline);

/* Behind writing, once it is cut: ends what stands behind the last answer, and a stream that is
 * over. */
void http_pipeline_settle(struct http_pipeline *pipeline);

/* What it keeps in memory for requests and answers, but for a stream. */
static inline size_t http_pipeline_bytes(const struct http_pipeline *pipeline)
{
    return pipeline->held + pipeline->out.length + pipeline->written.length;
}
