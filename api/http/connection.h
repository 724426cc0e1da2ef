/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/http/pool.h"

/* One client's connection, known by its seat: bytes in, exchanges in a queue, answers out in the
 * queue's order.
 *
 * Whatever happens to it only touches its seat; once a turn, before the loop waits again, it is
 * settled: answers written, what was held back read on, its state chosen, or its end begun. So no
 * call of a handler ever frees the ground it stands on. */

/* Takes over the accepted socket; closes it on failure. `peer` is copied. */
void http_connection_open(struct http_pool *pool, int fd,
                          const unsigned char peer[HTTP_ADDRESS_BYTES], bool is_loopback);

/* Whoever runs the pool calls this for each touched one. */
void http_connection_settle(struct http_seat *seat);

/* Its state's time is up. */
void http_connection_expire(struct http_seat *seat);

/* Closes it now; clients of open requests are gone, unsent answers lost. `is_reset`: so that the
 * kernel does not go on offering bytes to a client that takes none. */
void http_connection_close(struct http_seat *seat, bool is_reset);
