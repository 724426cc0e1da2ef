/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/floor_lines.h"

/* --- What the catalogue and the day say of a queue --- */

double floor_weight(const struct queue *queue, enum ticket_class class)
{
    if (!queue)
        return 1;
    switch (class) {
    case TICKET_CLASS_WALK_IN:
        return queue->weight_walk_in;
    case TICKET_CLASS_APPOINTMENT:
        return queue->weight_appointment;
    case TICKET_CLASS_PRIORITY:
        break;
    }
    return queue->weight_priority;
}

double floor_service_seconds(const struct floor *floor, const struct queue *queue,
                             struct text service)
{
    unsigned minutes = 0, count;
    int64_t total_ms;

    for (size_t i = 0; i < queue->service_count; i++) {
        if (text_equal(queue->services[i]->id, service)) {
            count = floor_service_times(floor, queue->id, service, &total_ms);
            return estimate_service_seconds(queue->services[i]->minutes * 60.0, count, total_ms);
        }
        minutes += queue->services[i]->minutes;
    }
    count = floor_service_times(floor, queue->id, TEXT_NONE, &total_ms);
    return estimate_service_seconds(minutes * 60.0 / (double)queue->service_count, count, total_ms);
}

/* --- Who waits --- */

static double credit_since(const struct queue *queue, enum ticket_class class, int64_t from_ms,
                           int64_t now_ms)
{
    return floor_weight(queue, class) * (double)(now_ms - from_ms) / 1000;
}

/* Who comes before his half hour stands in the line twice, as a walk-in from his arrival and as
 * what he is from the half hour's start, unless he has joined the line again since then. */
static bool is_early(const struct ticket *ticket)
{
    return ticket->class != TICKET_CLASS_WALK_IN && ticket->step == 0 &&
           ticket->issued_ms < ticket->earns_ms && ticket->last_called_ms < ticket->earns_ms;
}

/* Below 0 while it does not earn yet. */
static void set_credit(struct estimate_waiter *waiter, const struct queue *queue,
                       const struct ticket *ticket, int64_t now_ms)
{
    double as_walk_in = credit_since(queue, TICKET_CLASS_WALK_IN, ticket->issued_ms, now_ms);

    waiter->earns_ms = ticket->earns_ms;
    waiter->credit = ticket->earns_ms <= now_ms
                         ? credit_since(queue, ticket->class, ticket->earns_ms, now_ms)
                         : -1;
    if (is_early(ticket) && as_walk_in > waiter->credit) {
        waiter->credit = as_walk_in;
        waiter->earns_ms = ticket->issued_ms;
    }
}

unsigned floor_lines_of_queue(const struct hall *hall, struct text queue)
{
    unsigned line = 0;

    while (line < hall->queue_count && !text_equal(hall->queues[line].id, queue))
        line++;
    return line;
}

/* The line of those who must go to that window; `own` are the windows that have one. */
static unsigned line_of_window(struct floor_lines *lines, struct text *own, struct text window)
{
    unsigned first = (unsigned)lines->hall->queue_count + 1, line = first;

    while (line < lines->line_count && !text_equal(own[line - first], window))
        line++;
    if (line == lines->line_count)
        own[lines->line_count++ - first] = window;
    return line;
}

/* What all who wait for a service in a queue have in common. */
struct kind {
    struct text queue_id, service;
    const struct queue *queue;
    unsigned line;
    int64_t calls;
    double service_seconds;
};

/* The kinds that were met: thousands may wait, but for few services. Each is worked out once; of
 * kinds that fall on the same place the last one stays. */
enum { KINDS = 64 };
struct kinds {
    struct kind items[KINDS];
};

static size_t last_byte(struct text text)
{
    return text.length ? (unsigned char)text.data[text.length - 1] : 0;
}

static const struct kind *kind_of(struct kinds *kinds, const struct floor_lines *lines,
                                  const struct ticket *ticket)
{
    struct kind *kind = &kinds->items[(last_byte(ticket->queue) + 7 * ticket->service.length +
                                       11 * last_byte(ticket->service)) %
                                      KINDS];

    if (kind->queue_id.data && text_equal(kind->queue_id, ticket->queue) &&
        text_equal(kind->service, ticket->service))
        return kind;
    *kind = (struct kind){
        .queue_id = ticket->queue,
        .service = ticket->service,
        .queue = hall_queue(lines->hall, ticket->queue),
        .line = floor_lines_of_queue(lines->hall, ticket->queue),
        .calls = floor_calls(lines->floor, ticket->queue),
    };
    if (kind->queue)
        kind->service_seconds = floor_service_seconds(lines->floor, kind->queue, ticket->service);
    return kind;
}

static void add_waiter(struct floor_lines *lines, struct text *own, struct kinds *kinds,
                       const struct floor_ticket *one)
{
    const struct ticket *ticket = &one->ticket;
    const struct kind *kind = kind_of(kinds, lines, ticket);
    struct estimate_waiter *waiter = &lines->waiters[lines->count];

    lines->tickets[lines->count++] = one;
    waiter->line =
        ticket->directed.length ? line_of_window(lines, own, ticket->directed) : kind->line;
    waiter->is_put_back = ticket->is_put_back;
    waiter->calls_left = ticket->back - kind->calls;
    waiter->issued_ms = ticket->issued_ms;
    waiter->key = one->key;
    waiter->service_seconds = kind->service_seconds;
    set_credit(waiter, kind->queue, ticket, lines->now_ms);
}

/* --- Who calls --- */

static void add_window(struct floor_lines *lines, struct text window)
{
    unsigned w = 0;

    while (w < lines->window_count && !text_equal(lines->windows[w], window))
        w++;
    if (w == lines->window_count)
        lines->windows[lines->window_count++] = window;
}

static void read_windows(struct floor_lines *lines)
{
    const struct hall *hall = lines->hall;
    size_t most = 0;

    for (size_t q = 0; q < hall->queue_count; q++)
        most += hall->queues[q].window_count;
    FLOOR_EACH_WINDOW(lines->floor, item)
    most++;
    lines->windows = arena_new(&lines->arena, (most + 1) * sizeof *lines->windows);
    for (size_t q = 0; q < hall->queue_count; q++)
        for (size_t w = 0; w < hall->queues[q].window_count; w++)
            add_window(lines, hall->queues[q].windows[w].id);
    FLOOR_EACH_WINDOW(lines->floor, item)
    add_window(lines, floor_window_at(item)->id);
}

static bool *calls_of(const struct floor_lines *lines, unsigned line)
{
    return lines->calls + (size_t)line * lines->window_count;
}

static bool is_of_queue(const struct queue *queue, struct text window)
{
    for (size_t w = 0; w < queue->window_count; w++)
        if (text_equal(queue->windows[w].id, window))
            return true;
    return false;
}

static void read_callers_of_queue(struct floor_lines *lines, unsigned line)
{
    const struct queue *queue = &lines->hall->queues[line];
    bool *calls = calls_of(lines, line), any_open = false;

    for (unsigned w = 0; w < lines->window_count; w++) {
        const struct floor_window *window = floor_window(lines->floor, lines->windows[w]);
        any_open |= calls[w] = window && floor_window_serves(window, queue->id);
    }
    for (unsigned w = 0; w < lines->window_count && !any_open; w++)
        calls[w] = is_of_queue(queue, lines->windows[w]);
}

static void read_callers(struct floor_lines *lines, const struct text *own)
{
    unsigned queues = (unsigned)lines->hall->queue_count;

    lines->calls = arena_new(&lines->arena, (size_t)lines->line_count * lines->window_count + 1);
    for (unsigned line = 0; line < queues; line++)
        read_callers_of_queue(lines, line);
    for (unsigned line = queues + 1; line < lines->line_count; line++)
        for (unsigned w = 0; w < lines->window_count; w++)
            calls_of(lines, line)[w] = text_equal(lines->windows[w], own[line - queues - 1]);
}

void floor_lines_read(struct floor_lines *lines, const struct floor *floor, const struct hall *hall,
                      int64_t now_ms)
{
    size_t count = floor->waiting_count + 1;
    struct kinds kinds = {0};
    struct text *own;

    *lines = (struct floor_lines){
        .floor = floor,
        .hall = hall,
        .now_ms = now_ms,
        .line_count = (unsigned)hall->queue_count + 1,
    };
    lines->waiters = arena_new(&lines->arena, count * sizeof *lines->waiters);
    lines->tickets = arena_new(&lines->arena, count * sizeof(struct floor_ticket *));
    own = arena_new(&lines->arena, count * sizeof *own);
    FLOOR_EACH_WAITING(floor, item)
    add_waiter(lines, own, &kinds, floor_ticket_at(item));
    read_windows(lines);
    read_callers(lines, own);
}

void floor_lines_free(struct floor_lines *lines)
{
    arena_free(&lines->arena);
}

struct floor_callers floor_lines_callers(const struct floor_lines *lines, unsigned line)
{
    struct floor_callers callers = {0};

    for (unsigned w = 0; w < lines->window_count; w++) {
        const struct floor_window *window = floor_window(lines->floor, lines->windows[w]);
        if (!calls_of(lines, line)[w])
            continue;
        callers.windows++;
        callers.busy += window && window->ticket.length;
        callers.idle += window && window->state == FLOOR_WINDOW_OPEN && !window->ticket.length;
    }
    return callers;
}

const double *floor_lines_shares(struct floor_lines *lines, unsigned target)
{
    double *shares = arena_new(&lines->arena, lines->line_count * sizeof *shares);
    const bool *wanted = calls_of(lines, target);

    for (unsigned line = 0; line < lines->line_count; line++) {
        unsigned windows = 0, shared = 0;
        for (unsigned w = 0; w < lines->window_count; w++) {
            windows += calls_of(lines, line)[w];
            shared += calls_of(lines, line)[w] && wanted[w];
        }
        shares[line] = windows ? (double)shared / windows : 0;
    }
    return shares;
}
