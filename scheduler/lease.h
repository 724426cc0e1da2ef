/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* The lease of a city's passes: of all workers, wherever they run, one holds it and does what is
 * done once for the whole city. It lasts some seconds in Redis and is renewed at half its time; a
 * worker that dies leaves it to whoever asks first after that.
 *
 * A holder that stood still for longer than that does not know it at once. So a lease has a token,
 * larger than all before it, and what is done under it names the token: a pass is not begun
 * (lease_begin_pass()), a call of the ledger is not carried out (ledger_call_fence()) once another
 * lease was given. */

enum { LEASE_MS = 14000 };

struct lease;

/* A worker's part in the lease of a city; `worker` says in Redis who holds it. Both must stay. */
struct lease *lease_open(struct city *city, const char *worker);

/* Asks for it, or renews it when half its time is over. `callback` (may be NULL) gets lease_token()
 * once it is known; never from inside. */
void lease_ask(struct lease *lease, void (*callback)(void *owner, int64_t token), void *owner);

/* To be called about each second: as above, when nothing is on its way. */
void lease_tick(struct lease *lease);

/* The token while the lease is this worker's as far as it knows, else 0. */
int64_t lease_token(const struct lease *lease);

/* Begins a pass of `job` in a minute of the service's clock (minutes since 1970); -1 counts none.
 * `callback` gets whether it may go on: the lease still has this token, and nobody has begun the
 * job's pass of that minute. Never from inside. */
void lease_begin_pass(struct city *city, int64_t token, const char *job, int64_t minute,
                      void (*callback)(void *owner, bool may_go_on), void *owner);

/* Gives it back, so that another worker need not wait for its end, and frees it. `on_closed` (may
 * be NULL) is called once Redis has answered or is not there; never from inside. */
void lease_close(struct lease *lease, void (*on_closed)(void *owner), void *owner);
