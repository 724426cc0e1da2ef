/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/* How a store is opened. */

/* Called at each change of the connection: true when commands can be sent (a PING was answered
 * normally, or refused with MISCONF by one that can still be read; a Redis that still loads its
 * files is not connected), false before the commands in
 * flight call back with STORE_LOST. Not called by store_close(). */
typedef void store_state_callback(void *owner, bool connected);

struct store_options {
    const char *url;                /* see store/url.h */
    const char *client_name;        /* CLIENT SETNAME, NULL for none */
    unsigned connect_timeout_ms;    /* 0 for 1,000 */
    unsigned command_timeout_ms;    /* 0 for 2,000 */
    unsigned in_flight_max;         /* 0 for 4,096 */
    unsigned backoff_max_ms;        /* 0 for 1,000; starts at 20 ms, doubles, full jitter */
    store_state_callback *on_state; /* may be NULL */
    void *owner;
};
