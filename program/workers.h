/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "api/call/metrics.h"

/* The further workers of a service: processes of this program that share the listening socket and
 * the metrics of the first one. One that ends is started again, one that hangs is ended; none
 * outlives the first. */

struct workers;

struct workers_options {
    const char *const *args; /* of the program, NULL-terminated; copied */
    const char *variable;    /* NAME=VALUE, which arguments would show to others; must stay */
    unsigned count;          /* 0 or more */
    int listen_fd, metrics_fd;
    struct metrics *metrics;
    void (*on_ready)(void *owner); /* once, when all of them serve */
    void *owner;
};

struct workers *workers_start(uv_loop_t *loop, const struct workers_options *options);

/* With each beat of the first worker: ends those whose loop does not turn any more. */
void workers_look_after(struct workers *workers);

/* SIGTERM to all; `on_stopped` when they have ended; `workers` is freed by then. */
void workers_stop(struct workers *workers, void (*on_stopped)(void *owner));

/* In a further worker: its row in the metrics (from 1), the descriptors, and the clock's offset as
 * the first one has it. False in a process that was not started by workers_start(). */
struct worker_place {
    unsigned row;
    int listen_fd, metrics_fd;
};
bool workers_own_place(struct worker_place *place);
/* A further worker's word that it serves. */
void workers_say_ready(void);
