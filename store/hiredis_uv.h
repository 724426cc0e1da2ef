/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>
#include <uv.h>

#include "base/buffer.h"
#include "store/reply.h"

/* One socket of hiredis 0.14 on a libuv loop: hiredis connects and parses, this adapter polls,
 * reads and writes. Inside the room; store.c stands on it.
 *
 * It uses hiredis' plain context, not its asynchronous one: that keeps a second list of commands
 * (an allocation and a free for each), writes without MSG_NOSIGNAL, and frees itself from inside
 * callbacks. And it takes an error that uv_poll reports as readiness: libuv gives EPOLLERR as a
 * status, and the adapter that comes with hiredis drops those, so a refused connection would never
 * be reported. */

struct hiredis_uv;

struct hiredis_uv_events {
    void (*on_connected)(void *owner);
    /* `reply` lives until the call returns. */
    void (*on_reply)(void *owner, const struct store_reply *reply);
    /* The socket is of no use any more; `reason` is an English phrase. Called once, not after
     * hiredis_uv_close(), which the owner still has to call. */
    void (*on_lost)(void *owner, const char *reason);
    void (*on_closed)(void *owner); /* after hiredis_uv_close(): no handle is open any more */
    void *owner;
};

/* Starts connecting; `unix_path` or, if that is NULL, the address `ip`. Calls nothing back before
 * the next turn of the loop, except when it returns NULL: then no socket could be had or it was
 * refused at once, and `reason` (128 bytes) says why. */
struct hiredis_uv *hiredis_uv_open(uv_loop_t *loop, const char *unix_path, const char *ip, int port,
                                   const struct hiredis_uv_events *events, char *reason);

/* Where bytes to be sent are appended. They leave with the next hiredis_uv_flush(). */
struct buffer *hiredis_uv_output(struct hiredis_uv *socket);

/* Writes what the socket takes, in one call of the system; asks for writability only when something
 * is left over. Does nothing while the socket is still connecting. */
void hiredis_uv_flush(struct hiredis_uv *socket);

/* Number of bytes that the socket took since it was opened, and of those that stand in line. */
uint64_t hiredis_uv_written(const struct hiredis_uv *socket);
size_t hiredis_uv_waiting(const struct hiredis_uv *socket);

/* Takes what has arrived, before anyone decides that it has not. */
void hiredis_uv_read(struct hiredis_uv *socket);

/* Ends it; may be called from inside its callbacks. `on_closed` follows in a later turn. */
void hiredis_uv_close(struct hiredis_uv *socket);
