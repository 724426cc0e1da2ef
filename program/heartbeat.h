/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Whether the loop of a further worker turns. Each worker counts its beats, one a second; the first
 * one looks with each beat of its own, and takes a worker for hung that has not moved on over so
 * many of these. No time is compared: while the machine sleeps, or the first worker itself stands
 * still, nobody misses a beat. */

enum { HEARTBEAT_MS = 1000, HEARTBEATS_MISSED_MAX = 10 };

struct heartbeat {
    uint64_t seen;
    unsigned missed;
};

/* To be called with each own beat; `beats` is what the worker has counted, 0 while it is starting.
 * True when it is hung; then it is given all its time again. */
bool heartbeat_is_lost(struct heartbeat *heartbeat, uint64_t beats);
