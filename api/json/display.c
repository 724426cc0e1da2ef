/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/display.h"

#include <stdlib.h>

#include "api/json/ticket.h"
#include "base/clock.h"
#include "scheduler/floor_wait.h"

static const struct window *window_of(const struct queue *queue, struct text id)
{
    for (size_t i = 0; i < queue->window_count; i++)
        if (text_equal(queue->windows[i].id, id))
            return &queue->windows[i];
    return NULL;
}

bool display_shows_queue(const struct queue *queue, struct text window)
{
    return !window.length || window_of(queue, window);
}

void display_append_call(struct buffer *json, const struct city *city, const struct hall *hall,
                         struct text key, const struct ticket *ticket, int64_t at_ms)
{
    const struct window *window = hall_window(hall, ticket->window);

    json_open(json, NULL, '{');
    ticket_put_number(json, "number", hall, key, ticket->prefix);
    json_put(json, "window", ticket->window);
    json_put(json, "window_name", window ? window->name : ticket->window);
    json_put(json, "queue", ticket->queue);
    json_put_integer(json, "calls", ticket->calls);
    calendar_put_instant(json, "at", at_ms, city->edition->catalogue->utc_offset_minutes);
    buffer_append_byte(json, '}');
}

void display_append_queue(struct buffer *json, const struct floor *floor, const struct queue *queue,
                          int64_t waiting)
{
    struct estimate estimate = floor_queue_estimate(floor, queue, clock_now_ms());

    json_open(json, NULL, '{');
    json_put(json, "queue", queue->id);
    json_put(json, "name", queue->name);
    json_put_integer(json, "waiting", waiting > 0 ? waiting : 0);
    json_put_integer(json, "wait_seconds", estimate.p50_seconds);
    buffer_append_byte(json, '}');
}

static int newest_first(const void *a, const void *b)
{
    const struct floor_ticket *x = *(const struct floor_ticket *const *)a;
    const struct floor_ticket *y = *(const struct floor_ticket *const *)b;
    int64_t difference = y->ticket.last_called_ms - x->ticket.last_called_ms;

    return difference ? (difference > 0) - (difference < 0) : text_compare(x->key, y->key);
}

/* Whoever is called is at a window. */
static void append_calling(struct buffer *json, const struct city *city, const struct hall *hall,
                           const struct floor *floor, struct text only)
{
    const struct floor_ticket **called = NULL;
    size_t count = 0;

    FLOOR_EACH_WINDOW(floor, item)
    {
        const struct floor_window *window = floor_window_at(item);
        const struct floor_ticket *ticket = floor_ticket(floor, window->ticket);
        if (!ticket || ticket->ticket.status != TICKET_CALLED ||
            (only.length && !text_equal(window->id, only)))
            continue;
        called = memory_resize(called, (count + 1) * sizeof *called);
        called[count++] = ticket;
    }
    if (count)
        qsort(called, count, sizeof *called, newest_first);
    for (size_t i = 0; i < count; i++)
        display_append_call(json, city, hall, called[i]->key, &called[i]->ticket,
                            called[i]->ticket.last_called_ms);
    free(called);
}

static void append_queues(struct buffer *json, const struct hall *hall, const struct floor *floor,
                          struct text window)
{
    for (size_t i = 0; i < hall->queue_count; i++) {
        const struct queue *queue = &hall->queues[i];
        unsigned waiting = floor_waiting(floor, queue->id);
        if (display_shows_queue(queue, window) && (!queue->retired || waiting))
            display_append_queue(json, floor, queue, waiting);
    }
}

void display_append_snapshot(struct buffer *json, const struct city *city, const struct hall *hall,
                             const struct floor *floor, struct text window)
{
    json_open(json, NULL, '{');
    json_put(json, "hall", hall->id);
    calendar_put_instant(json, "now", clock_now_ms(), city->edition->catalogue->utc_offset_minutes);
    json_open(json, "calling", '[');
    append_calling(json, city, hall, floor, window);
    buffer_append_byte(json, ']');
    json_open(json, "queues", '[');
    append_queues(json, hall, floor, window);
    buffer_append(json, TEXT("]}"));
}
