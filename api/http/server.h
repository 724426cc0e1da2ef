/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/http/connection.h"
#include "api/http/response.h"

#define HTTP_INPUT_BYTES 65536
#define HTTP_SPARES_MAX  128

/* What a server and its connections share; private to api/http_*.c. */
struct http_server {
    uv_loop_t *loop;
    int fd;
    struct http_limits limits;
    struct http_handler handler;
    struct http_statistics statistics;
    uv_poll_t listener;
    uv_timer_t timer;
    uv_prepare_t prepare;
    uv_check_t check;
    unsigned handles_open; /* of these four */
    bool is_accepting;
    uint64_t accept_failed_ms; /* the last time that was logged */

    struct list places[HTTP_STATE_COUNT]; /* connections by state, each ordered by deadline */
    struct list touched;                  /* connections to settle before the loop waits again */
    struct list orphans; /* exchanges whose client went away while a handler works on them */

    char *input;                           /* what every connection reads into */
    struct buffer spares[HTTP_SPARES_MAX]; /* output buffers that nobody uses now */
    unsigned spare_count;
    char date[HTTP_DATE_LENGTH];
    uint64_t date_until_ms;

    bool is_draining;
    uint64_t drain_until_ms;
    void (*on_drained)(void *owner);
    void *drain_owner;
};

/* The Date line of this second. */
struct text http_server_date(struct http_server *server);

/* An empty buffer with the memory of an earlier one, and its way back. */
struct buffer http_server_take_buffer(struct http_server *server);
void http_server_give_buffer(struct http_server *server, struct buffer *buffer);

/* The connection's handle is closed and its memory free. */
void http_server_on_connection_closed(struct http_server *server);
