/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/failures.h"
#include "store/hiredis_uv.h"
#include "store/in_flight.h"
#include "store/options.h"
#include "store/url.h"

/* The link to Redis that a store is, as store.c and wait.c see it. Inside the room. */

enum link_state {
    LINK_WAITING,    /* between two attempts */
    LINK_RESOLVING,  /* the host's name */
    LINK_CONNECTING, /* the socket */
    LINK_GREETING,   /* until a PING is answered normally */
    LINK_READY,
    LINK_CLOSING,
};

struct store {
    uv_loop_t *loop;
    struct store_url url;
    char *address; /* the URL without its password, for logs */
    char *client_name;
    struct store_options options; /* its strings are not ours: see above */
    enum link_state state;
    unsigned attempts; /* since the last time it was ready */
    struct hiredis_uv *socket;
    struct in_flight in_flight;
    struct failures failures; /* commands that were refused, to be told in the next turn */
    uint64_t received_ms;     /* when the last reply came */
    uint64_t deadline_at_ms;  /* when the deadline timer fires */
    uint64_t refusal_logged_ms;
    struct buffer reason; /* of the last refusal, or of there being no connection */
    uv_prepare_t prepare; /* writes what a turn has gathered */
    uv_idle_t idle;       /* tells failures, keeps the loop from blocking before a write */
    uv_timer_t deadline;
    uv_timer_t link; /* back-off, connect time-out, next PING */
    uv_timer_t wait; /* wakes store_command_wait() */
    uv_getaddrinfo_t resolution;
    bool resolving;
    unsigned open_handles;
    void (*on_closed)(void *owner);
    void *closed_owner;
};
