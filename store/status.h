/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/reply.h"

/* How a command ended. What is broken is negative; a named outcome that the caller must handle is
 * positive everywhere. */
enum store_status {
    STORE_OK = 0,
    STORE_UNAVAILABLE = -1, /* not carried out: never sent, or Redis does not serve at present */
    STORE_BUSY = -2,        /* too many commands in flight: never sent */
    STORE_TIMEOUT = -3,     /* deadline passed: whether it was carried out is unknown */
    STORE_LOST = -4,        /* connection broke after sending: unknown as well */
    STORE_ERROR = -5,       /* Redis answered with an error; the reply holds its text */
    STORE_CLOSED = -6,      /* store_close() came first */
    STORE_STRANGE = -7,     /* a reply or a record that this version does not understand */
    STORE_UNSETTLED = -8,   /* others changed it each time, as often as it was tried */
};

/* The last two are found above the store: where one is, store_found() says so in the log, with the
 * step, once a second at most, and gives the status back. */
#define STORE_FOUND(status) store_found((status), __FILE__, __LINE__, __func__)
enum store_status store_found(enum store_status status, const char *file, int line,
                              const char *step);

/* True when the same would come again: what is at fault is not the connection. */
bool store_status_is_lasting(int status);

/* The English word for a status, for logs. */
const char *store_status_name(enum store_status status);

/* Called once for each command. `reply` is NULL unless the status is STORE_OK or STORE_ERROR and
 * is valid until the callback returns. LOADING, MASTERDOWN, READONLY, CLUSTERDOWN, TRYAGAIN, BUSY,
 * MISCONF, OOM and NOREPLICAS errors come as STORE_UNAVAILABLE (and are logged, one a second):
 * Redis is there but does not serve now, and has carried out nothing. The callback may send
 * commands and may close the store. */
typedef void store_callback(void *owner, enum store_status status, const struct store_reply *reply);
