/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/displays/feed_event.h"

#include <stdlib.h>

#include "api/json/display.h"

/* One who was parked and is asked for again is called anew. */
static const char *call_of(const struct floor_change *change, int64_t *at_ms)
{
    const struct ticket *ticket = &change->ticket;

    *at_ms = ticket->last_called_ms;
    if (text_is(change->op, "called") || text_is(change->op, "recalled") ||
        (text_is(change->op, "resumed") && ticket->status == TICKET_CALLED))
        return "called";
    *at_ms = ticket->finished_ms;
    return text_is(change->op, "missed") ? "missed" : NULL;
}

static struct feed_event *new_event(const struct floor_change *change, unsigned part,
                                    struct text name)
{
    struct feed_event *event = memory_new(sizeof *event);

    list_init(&event->in_feed);
    event->id =
        (struct event_id){change->position.entry, 2 * change->position.index + part, change->day};
    if (name.length < sizeof event->name)
        memcpy(event->name, name.data, name.length);
    return event;
}

void feed_event_free(struct feed_event *event)
{
    list_remove(&event->in_feed);
    http_block_release(event->block);
    free(event);
}

static void begin_block(struct buffer *block, const struct event_id *id, const char *name)
{
    buffer_append(block, TEXT("id: "));
    event_id_append(block, id);
    buffer_printf(block, "\nevent: %s\ndata: ", name);
}

static struct http_block *end_block(struct buffer *buffer)
{
    struct http_block *block;

    buffer_append(buffer, TEXT("\n\n"));
    block = http_block_new(buffer_text(buffer));
    buffer_free(buffer);
    return block;
}

unsigned feed_event_make(const struct city *city, const struct hall *hall,
                         const struct floor *floor, const struct floor_change *change,
                         int64_t waiting, struct feed_event *made[static 2])
{
    const struct queue *queue = hall ? hall_queue(hall, change->ticket.queue) : NULL;
    int64_t at_ms;
    const char *call = call_of(change, &at_ms);
    unsigned count = 0;

    if (hall && call) {
        struct feed_event *event = made[count++] = new_event(change, 0, change->ticket.window);
        struct buffer block = {0};
        begin_block(&block, &event->id, call);
        display_append_call(&block, city, hall, change->key, &change->ticket, at_ms);
        event->block = end_block(&block);
    }
    if (queue && floor_waiting_change(change)) {
        struct feed_event *event = made[count++] = new_event(change, 1, queue->id);
        struct buffer block = {0};
        event->waiting = floor_waiting_change(change);
        begin_block(&block, &event->id, "waiting");
        display_append_queue(&block, floor, queue, waiting);
        event->block = end_block(&block);
    }
    return count;
}

bool feed_event_is_for(const struct feed_event *event, const struct hall *hall, struct text window)
{
    const struct queue *queue;

    if (!event->waiting)
        return text_is(window, event->name);
    queue = hall ? hall_queue(hall, text_of(event->name)) : NULL;
    return queue && display_shows_queue(queue, window);
}

struct http_block *feed_event_snapshot(const struct city *city, const struct hall *hall,
                                       const struct floor *floor, const struct event_id *id,
                                       struct text window)
{
    struct buffer block = {0};

    begin_block(&block, id, "snapshot");
    display_append_snapshot(&block, city, hall, floor, window);
    return end_block(&block);
}
