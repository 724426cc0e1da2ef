/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "scheduler/estimate.h"
#include "scheduler/floor.h"

/* Who waits on a floor at an instant, by lines, and which windows call from which line: what the
 * estimates of scheduler/floor_wait.c are made of. Lines are numbered: the hall's queues in their
 * order, one for what has left the catalogue, then one for each window that somebody must go to. */

struct floor_lines {
    const struct floor *floor;
    const struct hall *hall;
    int64_t now_ms;
    struct estimate_waiter *waiters;
    const struct floor_ticket **tickets; /* theirs */
    size_t count;
    unsigned line_count;
    struct text *windows; /* each once: of the catalogue and of today */
    unsigned window_count;
    bool *calls; /* of each line, whether each window calls from it */
    struct arena arena;
};

/* The lines live until floor_lines_free() and no longer than the floor stays unchanged. */
void floor_lines_read(struct floor_lines *lines, const struct floor *floor, const struct hall *hall,
                      int64_t now_ms);
void floor_lines_free(struct floor_lines *lines);

unsigned floor_lines_of_queue(const struct hall *hall, struct text queue);

/* Windows that call from a line: the open ones that serve it, or those of the catalogue while none
 * is open. */
struct floor_callers {
    unsigned windows;
    unsigned busy; /* of them: with somebody */
    unsigned idle; /* of them: open, with nobody */
};
struct floor_callers floor_lines_callers(const struct floor_lines *lines, unsigned line);

/* For each line the part of its windows that also call from line `target`; line_count values, in
 * the arena. */
const double *floor_lines_shares(struct floor_lines *lines, unsigned target);

/* Credit a second of a class in the queue; 1 where the queue left the catalogue (NULL). */
double floor_weight(const struct queue *queue, enum ticket_class class);

/* What a service takes on average in the queue, in seconds: catalogue and today. `service` that the
 * catalogue does not know, or empty: the queue's mean. */
double floor_service_seconds(const struct floor *floor, const struct queue *queue,
                             struct text service);
