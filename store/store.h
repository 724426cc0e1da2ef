/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <uv.h>

#include "base/text.h"
#include "store/options.h"
#include "store/reply.h"
#include "store/status.h"

/* One connection to one Redis on a libuv loop: pipelined, with a deadline on every command and
 * reconnection with back-off. Every command calls back exactly once, never from inside
 * store_command() itself. */

struct store;

/* Why a command has just failed with that status: what Redis answered instead, or why there is no
 * connection; else the status's word. In English; no password is ever in it. Valid until the store
 * is used again. */
struct text store_reason(const struct store *store, enum store_status status);
#define STORE_PASSWORD_REFUSED "Redis refuses the user or the password of the store URL"

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
