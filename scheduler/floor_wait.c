/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/floor_wait.h"

#include <stdlib.h>

#include "scheduler/floor_lines.h"

/* From so many waiting ones on the queues' estimates are made once a second, for all who ask: the
 * work grows with the crowd, and so does the number of those who ask. */
enum { CROWD = 500, FRESH_MS = 1000 };

/* `queue` may be NULL: it left the catalogue. */
static struct estimate wait_of(struct floor_lines *lines, const struct estimate_waiter *target,
                               const struct queue *queue)
{
    struct floor_callers callers = floor_lines_callers(lines, target->line);
    double next = queue ? floor_service_seconds(lines->floor, queue, TEXT_NONE) : 0;
    struct estimate_ahead ahead = estimate_ahead(lines->waiters, lines->count, target,
                                                 floor_lines_shares(lines, target->line));

    return estimate_wait(ahead.count, (ahead.seconds + next) / (ahead.count + 1), callers.windows,
                         callers.idle);
}

struct estimate floor_ticket_estimate(const struct floor *floor, const struct hall *hall,
                                      const struct floor_ticket *ticket, int64_t now_ms)
{
    struct estimate estimate = {0};
    struct floor_lines lines;

    if (ticket->ticket.status != TICKET_WAITING)
        return estimate;
    floor_lines_read(&lines, floor, hall, now_ms);
    for (size_t i = 0; i < lines.count; i++)
        if (lines.tickets[i] == ticket)
            estimate = wait_of(&lines, &lines.waiters[i], hall_queue(hall, ticket->ticket.queue));
    floor_lines_free(&lines);
    return estimate;
}

static struct estimate newcomers_estimate(struct floor_lines *lines, const struct queue *queue)
{
    const struct estimate_waiter newcomer = {
        .line = floor_lines_of_queue(lines->hall, queue->id),
        .earns_ms = lines->now_ms,
    };
    struct estimate estimate = wait_of(lines, &newcomer, queue);

    /* Of windows that are all closed nobody knows when they open. */
    if (!estimate.ahead && !floor_lines_callers(lines, newcomer.line).busy)
        return (struct estimate){0};
    return estimate;
}

/* Nobody has come and no window was opened today. */
static bool is_untouched(const struct floor *floor)
{
    return !floor->waiting_count && list_is_empty(&floor->windows);
}

static void estimate_queues(const struct floor *floor, const struct hall *hall, int64_t now_ms,
                            struct estimate *estimates)
{
    struct floor_lines lines;

    floor_lines_read(&lines, floor, hall, now_ms);
    for (size_t q = 0; q < hall->queue_count; q++)
        estimates[q] = newcomers_estimate(&lines, &hall->queues[q]);
    floor_lines_free(&lines);
}

static bool are_fresh(const struct floor_estimates *estimates, const struct hall *hall,
                      int64_t now_ms)
{
    return estimates->count == hall->queue_count && now_ms >= estimates->at_ms &&
           now_ms - estimates->at_ms < FRESH_MS;
}

static const struct estimate *crowds_estimates(const struct floor *floor, const struct hall *hall,
                                               int64_t now_ms)
{
    struct floor_estimates *estimates = floor->estimates;

    if (are_fresh(estimates, hall, now_ms))
        return estimates->items;
    estimates->at_ms = now_ms;
    estimates->count = hall->queue_count;
    estimates->items =
        memory_resize(estimates->items, (hall->queue_count + 1) * sizeof *estimates->items);
    estimate_queues(floor, hall, now_ms, estimates->items);
    return estimates->items;
}

struct estimate floor_queue_estimate(const struct floor *floor, const struct queue *queue,
                                     int64_t now_ms)
{
    const struct hall *hall = queue->hall;
    struct estimate estimate = {0};
    struct floor_lines lines;

    if (is_untouched(floor))
        return estimate;
    if (floor->waiting_count >= CROWD)
        return crowds_estimates(floor, hall, now_ms)[queue - hall->queues];
    floor_lines_read(&lines, floor, hall, now_ms);
    estimate = newcomers_estimate(&lines, queue);
    floor_lines_free(&lines);
    return estimate;
}

struct estimate floor_hall_estimate(const struct floor *floor, const struct hall *hall,
                                    int64_t now_ms)
{
    struct estimate longest = {0}, *own = NULL;
    const struct estimate *estimates;

    if (is_untouched(floor))
        return longest;
    if (floor->waiting_count < CROWD) {
        own = memory_new((hall->queue_count + 1) * sizeof *own);
        estimate_queues(floor, hall, now_ms, own);
    }
    estimates = own ? own : crowds_estimates(floor, hall, now_ms);
    for (size_t q = 0; q < hall->queue_count; q++)
        if (estimates[q].p50_seconds > longest.p50_seconds)
            longest = estimates[q];
    free(own);
    return longest;
}

/* --- The order --- */

struct ranked {
    const struct floor_ticket *ticket;
    const struct estimate_waiter *waiter;
    double ahead;
};

/* Put back ones have as many before them as the ordinary one that they come before. */
static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *left = a, *right = b;

    if (left->ahead != right->ahead)
        return left->ahead < right->ahead ? -1 : 1;
    if (left->waiter->is_put_back != right->waiter->is_put_back)
        return left->waiter->is_put_back ? -1 : 1;
    return estimate_is_before(left->waiter, right->waiter) ? -1 : 1;
}

size_t floor_order(const struct floor *floor, const struct queue *queue, int64_t now_ms,
                   const struct floor_ticket **tickets, size_t max)
{
    struct ranked *ranked = memory_new((floor->waiting_count + 1) * sizeof *ranked);
    struct floor_lines lines;
    size_t count = 0;

    floor_lines_read(&lines, floor, queue->hall, now_ms);
    for (size_t i = 0; i < lines.count; i++) {
        struct estimate_waiter *waiter = &lines.waiters[i];
        if (!text_equal(lines.tickets[i]->ticket.queue, queue->id))
            continue;
        ranked[count++] = (struct ranked){lines.tickets[i], waiter,
                                          estimate_ahead(lines.waiters, lines.count, waiter,
                                                         floor_lines_shares(&lines, waiter->line))
                                              .count};
    }
    qsort(ranked, count, sizeof *ranked, compare_ranked);
    for (size_t i = 0; i < count && i < max; i++)
        tickets[i] = ranked[i].ticket;
    floor_lines_free(&lines);
    free(ranked);
    return count;
}
