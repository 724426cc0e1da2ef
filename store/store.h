/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/text.h"
#include "store/reply.h"

/* One connection to one Redis on a libuv loop: pipelined, with a deadline on every command and
 * reconnection with back-off. Every command calls back exactly once, never from inside
 * store_command() itself. */

struct store;

enum store_status {
    STORE_OK = 0,
    /* Broken: negative. A named outcome that the caller must handle is positive everywhere. */
    STORE_UNAVAILABLE = -1, /* not carried out: never sent, or Redis does not serve at present */
    STORE_BUSY = -2,        /* too many commands in flight: never sent */
    STORE_TIMEOUT = -3,     /* deadline passed: whether it was carried out is unknown */
    STORE_LOST = -4,        /* connection broke after sending: unknown as well */
    STORE_ERROR = -5,       /* Redis answered with an error; the reply holds its text */
    STORE_CLOSED = -6,      /* store_close() came first */
};

struct store;

/* Why a command has just failed with that status: what Redis answered instead, or why there is no
 * connection; else the status's word. In English; no password is ever in it. Valid until the store
 * is used again. */
struct text store_reason(const struct store *store, enum store_status status);
#define STORE_PASSWORD_REFUSED "Redis refuses the user or the password of the store URL"

/* The English word for a status, for logs. */
const char *store_status_name(enum store_status status);

/* Called once for each command. `reply` is NULL unless the status is STORE_OK or STORE_ERROR and
 * is valid until the callback returns. LOADING, MASTERDOWN, READONLY, CLUSTERDOWN, TRYAGAIN, BUSY,
 * MISCONF, OOM and NOREPLICAS errors come as STORE_UNAVAILABLE (and are logged, one a second):
 * Redis is there but does not serve now, and has carried out nothing. The callback may send
 * commands and may close the store. */
typedef void store_callback(void *owner, enum store_status status, const struct store_reply *reply);

/* Inside a callback that gets STORE_UNAVAILABLE: the error with which Redis refused the command,
 * such as "OOM command not allowed …"; no text when it was never sent. */
struct text store_refusal(const struct store *store);

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

/* Starts connecting with the next turn of the loop. NULL with a message in `*error` (static) when
 * the URL is malformed. The strings of `options` are copied. */
struct store *store_open(uv_loop_t *loop, const struct store_options *options, const char **error);

bool store_is_connected(const struct store *store);

/* Where it is, without a password; as long as the store is there. */
const char *store_address(const struct store *store);

/* Sends `count` arguments as one command; they are copied. All commands of one turn of the loop
 * leave in one write, before the loop blocks. A timeout_ms of 0 means the connection's own;
 * UINT_MAX means none (blocking reads). A command that timed out is still carried out by Redis if
 * it arrives; its reply is dropped. When nothing at all is received for one further time-out, the
 * connection is taken for dead and made anew. `callback` may be NULL. */
void store_command(struct store *store, const struct text *args, size_t count, unsigned timeout_ms,
                   store_callback *callback, void *owner);

#define STORE_ARGS(...)                                                                            \
    (const struct text[]){__VA_ARGS__},                                                            \
        sizeof((const struct text[]){__VA_ARGS__}) / sizeof(struct text)

/* One of several commands that read: its name, its key, the rest. */
struct store_call {
    const struct text *args;
    size_t count;
};
#define STORE_CALL(...)                                                                            \
    (struct store_call)                                                                            \
    {                                                                                              \
        STORE_ARGS(__VA_ARGS__)                                                                    \
    }

/* Reads with several commands as of one moment; the reply is the array of theirs, an error of one
 * is the error of all. It is one command (a script), and so it leaves, and is refused, whole: MULTI
 * and EXEC would be several, between which the cap of commands in flight may stand, and a Redis
 * that is full takes no command behind MULTI, not even one that reads. */
void store_read_together(struct store *store, const struct store_call *calls, size_t count,
                         unsigned timeout_ms, store_callback *callback, void *owner);

/* Ends the connection: in a later turn what is in flight calls back with STORE_CLOSED, then
 * `on_closed` (may be NULL) once no handle is open any more; the store is freed when it returns. A
 * callback that gets STORE_CLOSED must not send its command again. */
void store_close(struct store *store, void (*on_closed)(void *owner), void *owner);

/* Sends one command and runs the loop until it is answered, for start-up and the command line.
 * The callback is called as above before this returns; waits for the first connection as long as
 * the command's time-out. Not to be called from inside a callback of the loop, and nothing that
 * runs meanwhile may close the store. */
enum store_status store_command_wait(struct store *store, const struct text *args, size_t count,
                                     unsigned timeout_ms, store_callback *callback, void *owner);
