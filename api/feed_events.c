/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "api/display_json.h"
#include "api/feed.h"

/* What a change of the floor is to displays. Only the change says so, and how many waited after it:
 * read back from the stream it gives the same events with the same ids. */

const struct hall *feed_hall(const struct feed *feed)
{
    return catalogue_hall(feed->city->edition->catalogue, feed->floor->hall);
}

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

unsigned feed_make_events(const struct feed *feed, const struct floor_change *change,
                          int64_t waiting, struct feed_event *made[static 2])
{
    const struct hall *hall = feed_hall(feed);
    const struct queue *queue = hall ? hall_queue(hall, change->ticket.queue) : NULL;
    int64_t at_ms;
    const char *call = call_of(change, &at_ms);
    unsigned count = 0;

    if (hall && call) {
        struct feed_event *event = made[count++] = new_event(change, 0, change->ticket.window);
        struct buffer block = {0};
        begin_block(&block, &event->id, call);
        display_append_call(&block, feed->city, hall, change->key, &change->ticket, at_ms);
        event->block = end_block(&block);
    }
    if (queue && floor_waiting_change(change)) {
        struct feed_event *event = made[count++] = new_event(change, 1, queue->id);
        struct buffer block = {0};
        event->waiting = floor_waiting_change(change);
        begin_block(&block, &event->id, "waiting");
        display_append_queue(&block, feed->floor, queue, waiting);
        event->block = end_block(&block);
    }
    return count;
}

bool feed_shows(const struct feed *feed, const struct display *display,
                const struct feed_event *event)
{
    const struct hall *hall;
    const struct queue *queue;

    if (!display->window[0])
        return true;
    if (!event->waiting)
        return strcmp(display->window, event->name) == 0;
    hall = feed_hall(feed);
    queue = hall ? hall_queue(hall, text_of(event->name)) : NULL;
    return queue && display_shows_queue(queue, text_of(display->window));
}

static struct http_block *make_snapshot(const struct feed *feed, const struct event_id *id,
                                        struct text window)
{
    struct buffer block = {0};

    begin_block(&block, id, "snapshot");
    display_append_snapshot(&block, feed->city, feed_hall(feed), feed->floor, window);
    return end_block(&block);
}

/* The main screen's serves all that come in the same turn. */
static struct http_block *snapshot_for(struct feed *feed, const struct event_id *id,
                                       const struct display *display)
{
    uint64_t now_ms = uv_now(feed->city->loop);

    if (display->window[0])
        return make_snapshot(feed, id, text_of(display->window));
    if (!feed->snapshot || feed->snapshot_ms != now_ms ||
        event_id_compare(&feed->snapshot_id, id) != 0 || feed->snapshot_id.day != id->day) {
        http_block_release(feed->snapshot);
        feed->snapshot = make_snapshot(feed, id, TEXT(""));
        feed->snapshot_id = *id;
        feed->snapshot_ms = now_ms;
    }
    return http_block_hold(feed->snapshot);
}

void feed_send_snapshot(struct feed *feed, struct display *display, struct stream_position as_of)
{
    struct event_id id = {as_of, EVENT_WHOLE, feed->floor->day};
    struct http_block *block;

    feed_set_state(feed, display, DISPLAY_LIVE);
    if (!feed_hall(feed))
        return;
    block = snapshot_for(feed, &id, display);
    http_stream_send(display->stream, block);
    http_block_release(block);
}
