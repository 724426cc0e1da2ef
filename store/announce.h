/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "store/store.h"

/* The control stream: tells every worker that something outside the cities' streams has changed
 * (kind "tokens", "catalogue" …), and lets a command wait until all of them have taken it in, so
 * that a command that has returned is in force. */

#define ANNOUNCE_STREAM TEXT("jiaohao:events")
#define ANNOUNCE_APPLIED                                                                           \
    TEXT("jiaohao:workers")                      /* hash: worker's client name -> last id applied  \
                                                  */
#define ANNOUNCE_WORKER_PREFIX "jiaohao-worker-" /* of a worker's CLIENT SETNAME */

/* How long a command waits: less than a worker may stand still before it is replaced, so that one
 * that does is told of and not outlived by chance. */
enum { ANNOUNCE_WAIT_MS = 8000 };

/* Appends (kind, value) and waits until every connected worker has applied it: only then it is in
 * force everywhere. A worker counts as long as Redis has its connection, so one that stands still
 * is waited for, and one that has died is not. Runs the loop. 0; 1 when a worker had not within
 * `timeout_ms`; negative store_status. Unless it is 0, `reason` (may be NULL) gets an English
 * phrase: which workers have not, or what Redis says. */
int announce(struct store *store, struct text kind, struct text value, unsigned timeout_ms,
             struct buffer *reason);

/* A worker's word that it has applied everything up to `id`. */
void announce_applied(struct store *store, struct text worker, struct text id);
