/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/cities.h"

/* What happens over time without anyone asking: one table of jobs, each run for every city at the
 * start of every minute, or of every second, of the service's clock; not again while it still runs,
 * and not while Redis is away. Every job is idempotent, so that each worker may run it. */

struct timers;

struct timers *timers_start(uv_loop_t *loop, struct cities *cities);
/* Runs every job now, as after a change of the catalogue; `callback` (may be NULL) once they are
 * done, with 0 or a negative store_status. */
void timers_run(struct city *city, void (*callback)(void *owner, int status), void *owner);
/* Its memory goes when the loop has closed its handles and what runs has ended. */
void timers_stop(struct timers *timers);
