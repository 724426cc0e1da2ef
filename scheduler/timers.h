/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/cities.h"

/* What happens over time without anyone asking: one table of jobs, each run for every city at the
 * start of every minute, or of every second, of the service's clock; not again while it still runs,
 * and not while Redis is away. Jobs whose Functions see for themselves that a thing is done once
 * run in every worker; passes over a whole city are done once a minute, by the worker that holds
 * the city's lease (scheduler/lease.h). Every job is idempotent all the same. */

struct timers;

/* `worker` names this one in the lease; it must stay, and so must the cities. */
struct timers *timers_start(uv_loop_t *loop, struct cities *cities, const char *worker);
/* After a city was read anew: runs what every worker does and opens what is missing, and, when this
 * worker has the lease or can have it, the passes. `callback` (may be NULL) once they are done,
 * with 0 or a negative store_status. */
void timers_run(struct timers *timers, struct city *city, void (*callback)(void *owner, int status),
                void *owner);
/* Gives the leases back, for which the store must stay until `on_stopped`: as long as a command may
 * take. Nothing may be run any more; its memory goes when what runs has ended. */
void timers_stop(struct timers *timers, void (*on_stopped)(void *owner), void *owner);
