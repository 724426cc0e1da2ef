/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/display_json.h"

#include <stdlib.h>

#include "api/json/ticket_json.h"
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

    buffer_append(json, TEXT("{\"number\":"));
    ticket_append_number_json(json, hall, key, ticket->prefix);
    buffer_append(json, TEXT(",\"window\":"));
    buffer_append_json(json, ticket->window);
    buffer_append(json, TEXT(",\"window_name\":"));
    buffer_append_json(json, window ? window->name : ticket->window);
    buffer_append(json, TEXT(",\"queue\":"));
    buffer_append_json(json, ticket->queue);
    buffer_printf(json, ",\"calls\":%u,\"at\":\"", ticket->calls);
    calendar_append_instant(json, at_ms, city->edition->catalogue->utc_offset_minutes);
    buffer_append(json, TEXT("\"}"));
}

void display_append_queue(struct buffer *json, const struct floor *floor, const struct queue *queue,
                          int64_t waiting)
{
    struct estimate estimate = floor_queue_estimate(floor, queue, clock_now_ms());

    buffer_append(json, TEXT("{\"queue\":"));
    buffer_append_json(json, queue->id);
    buffer_append(json, TEXT(",\"name\":"));
    buffer_append_json(json, queue->name);
    buffer_append(json, TEXT(",\"waiting\":"));
    buffer_append_integer(json, waiting > 0 ? waiting : 0);
    buffer_printf(json, ",\"wait_seconds\":%u}", estimate.p50_seconds);
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
    for (size_t i = 0; i < count; i++) {
        if (i)
            buffer_append_byte(json, ',');
        display_append_call(json, city, hall, called[i]->key, &called[i]->ticket,
                            called[i]->ticket.last_called_ms);
    }
    free(called);
}

static void append_queues(struct buffer *json, const struct hall *hall, const struct floor *floor,
                          struct text window)
{
    bool is_first = true;

    for (size_t i = 0; i < hall->queue_count; i++) {
        const struct queue *queue = &hall->queues[i];
        unsigned waiting = floor_waiting(floor, queue->id);
        if (!display_shows_queue(queue, window) || (queue->retired && !waiting))
            continue;
        if (!is_first)
            buffer_append_byte(json, ',');
        is_first = false;
        display_append_queue(json, floor, queue, waiting);
    }
}

void display_append_snapshot(struct buffer *json, const struct city *city, const struct hall *hall,
                             const struct floor *floor, struct text window)
{
    buffer_append(json, TEXT("{\"hall\":"));
    buffer_append_json(json, hall->id);
    buffer_append(json, TEXT(",\"now\":\""));
    calendar_append_instant(json, clock_now_ms(), city->edition->catalogue->utc_offset_minutes);
    buffer_append(json, TEXT("\",\"calling\":["));
    append_calling(json, city, hall, floor, window);
    buffer_append(json, TEXT("],\"queues\":["));
    append_queues(json, hall, floor, window);
    buffer_append(json, TEXT("]}"));
}
