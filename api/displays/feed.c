/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/displays/feed.h"

#include <stdlib.h>

void feed_set_state(struct feed *feed, struct display *display, enum display_state state)
{
    if (display->state == state && !list_is_empty(&display->in_state))
        return;
    display->state = state;
    list_remove(&display->in_state);
    list_append(&feed->displays[state], &display->in_state);
}

static struct display *display_at(struct list *item)
{
    return CONTAINER_OF(item, struct display, in_state);
}

void display_free(struct display *display)
{
    list_remove(&display->in_state);
    list_remove(&display->in_beat);
    crowd_leave(display->in_all);
    crowd_leave(display->in_hall);
    crowd_leave(display->in_client);
    free(display);
}

void display_end(struct display *display)
{
    http_stream_end(display->stream);
    display_free(display);
}

static void end_all(struct list *displays)
{
    LIST_FOREACH_CHANGING(displays, item)
    display_end(display_at(item));
}

/* ---- snapshots ---- */

const struct hall *feed_hall(const struct feed *feed)
{
    return catalogue_hall(feed->city->edition->catalogue, feed->floor->hall);
}

/* The main screen's serves all that come in the same turn. */
static struct http_block *snapshot_for(struct feed *feed, const struct event_id *id,
                                       const struct display *display)
{
    const struct hall *hall = feed_hall(feed);
    uint64_t now_ms = uv_now(feed->city->loop);

    if (display->window[0])
        return feed_event_snapshot(feed->city, hall, feed->floor, id, text_of(display->window));
    if (!feed->snapshot || feed->snapshot_ms != now_ms ||
        event_id_compare(&feed->snapshot_id, id) != 0 || feed->snapshot_id.day != id->day) {
        http_block_release(feed->snapshot);
        feed->snapshot = feed_event_snapshot(feed->city, hall, feed->floor, id, TEXT_NONE);
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

/* ---- events ---- */

static struct feed_event *event_at(struct list *item)
{
    return CONTAINER_OF(item, struct feed_event, in_feed);
}

static void forget_oldest(struct feed *feed)
{
    feed_event_free(event_at(feed->events.next));
    feed->event_count--;
}

static void forget_events(struct feed *feed)
{
    while (feed->event_count)
        forget_oldest(feed);
}

/* A whole entry's at a time. */
static void forget_oldest_entry(struct feed *feed)
{
    feed->oldest = event_at(feed->events.next)->id.entry;
    feed->has_oldest = false;
    do
        forget_oldest(feed);
    while (feed->event_count &&
           stream_position_compare(event_at(feed->events.next)->id.entry, feed->oldest) == 0);
}

/* What nobody is behind. Those for whom a day's events do not suffice come again, and begin anew.
 */
static void trim(struct feed *feed)
{
    if (feed->event_count > FEED_EVENTS_MAX)
        end_all(&feed->displays[DISPLAY_RESUMING]);
    if (feed->is_reading || !list_is_empty(&feed->displays[DISPLAY_RESUMING]) ||
        !list_is_empty(&feed->displays[DISPLAY_ASKING]))
        return;
    while (feed->event_count > FEED_EVENTS_KEPT)
        forget_oldest_entry(feed);
}

/* Sends an event if the display shows it. */
static void send_event(const struct feed *feed, const struct display *display,
                       const struct feed_event *event)
{
    if (!display->window[0] || feed_event_is_for(event, feed_hall(feed), text_of(display->window)))
        http_stream_send(display->stream, event->block);
}

static void tell_live(struct feed *feed, const struct feed_event *event)
{
    LIST_FOREACH(&feed->displays[DISPLAY_LIVE], item)
    send_event(feed, display_at(item), event);
}

static void tell(struct feed *feed, const struct floor_change *change)
{
    struct feed_event *made[2];
    unsigned count = feed_event_make(feed->city, feed_hall(feed), feed->floor, change,
                                     floor_told_waiting(feed->floor, change->ticket.queue), made);

    for (unsigned i = 0; i < count; i++) {
        list_append(&feed->events, &made[i]->in_feed);
        feed->event_count++;
        tell_live(feed, made[i]);
    }
    if (count)
        trim(feed);
}

/* Something may have been missed, or another day has begun: whoever is up to date begins anew,
 * whoever was behind comes again with what he has. */
static void begin_anew(struct feed *feed, struct stream_position as_of)
{
    feed->generation++;
    forget_events(feed);
    feed->oldest = as_of;
    feed->has_oldest = false;
    end_all(&feed->displays[DISPLAY_ASKING]);
    end_all(&feed->displays[DISPLAY_RESUMING]);
    LIST_FOREACH_CHANGING(&feed->displays[DISPLAY_LIVE], item)
    feed_send_snapshot(feed, display_at(item), as_of);
}

static void on_change(struct floor_listener *listener, struct floor *floor,
                      const struct floor_change *change)
{
    struct feed *feed = CONTAINER_OF(listener, struct feed, listener);

    (void)floor;
    switch (change->kind) {
    case FLOOR_TICKET:
        tell(feed, change);
        break;
    case FLOOR_RELOADED:
        begin_anew(feed, change->position.entry);
        break;
    case FLOOR_WINDOW:
        return;
    }
    feed_settle(feed);
}

/* ---- displays ---- */

/* The events behind the last one that it has. */
void feed_resume(struct feed *feed, struct display *display)
{
    feed_set_state(feed, display, DISPLAY_RESUMING);
    LIST_FOREACH(&feed->events, item)
    {
        struct feed_event *event = event_at(item);
        if (event_id_compare(&event->id, &display->last) <= 0)
            continue;
        if (http_stream_unsent(display->stream) >= FEED_PART_BYTES)
            return;
        send_event(feed, display, event);
        display->last = event->id;
    }
    feed_set_state(feed, display, DISPLAY_LIVE);
}

void feed_go_on(struct display *display)
{
    struct feed *feed = display->feed;

    if (display->state != DISPLAY_RESUMING)
        return;
    feed_resume(feed, display);
    trim(feed);
    feed_settle(feed);
}

void feed_join(struct feed *feed, struct display *display, const struct event_id *last)
{
    display->feed = feed;
    if (!last || (last->day && last->day != feed->floor->day)) {
        feed_send_snapshot(feed, display, feed->city->position);
        return;
    }
    display->last = *last;
    feed_set_state(feed, display, DISPLAY_ASKING);
    feed_answer(feed);
}

/* A worker may be told of an entry a moment after another one: who knows more waits that long. One
 * that nobody told of by then is of another store. */
void feed_look_at_early(struct feed *feed)
{
    feed_answer(feed);
    LIST_FOREACH_CHANGING(&feed->displays[DISPLAY_ASKING], item)
    {
        struct display *display = display_at(item);
        if (stream_position_compare(display->last.entry, feed->city->position) <= 0)
            continue;
        if (display->is_early)
            feed_send_snapshot(feed, display, feed->city->position);
        display->is_early = true;
    }
}

/* ---- its life ---- */

struct feed *feed_new(struct city *city, struct floor *floor)
{
    struct feed *feed = memory_new(sizeof *feed);

    feed->city = city;
    feed->floor = floor;
    feed->oldest = city->position;
    feed->listener.on_change = on_change;
    list_init(&feed->in_feeds);
    list_init(&feed->events);
    list_init(&feed->listener.in_floor);
    for (int state = 0; state < DISPLAY_STATES; state++)
        list_init(&feed->displays[state]);
    floor_listen(floor, &feed->listener);
    return feed;
}

bool feed_settle(struct feed *feed)
{
    for (int state = 0; state < DISPLAY_STATES; state++)
        if (!list_is_empty(&feed->displays[state]))
            return false;
    floor_unlisten(&feed->listener);
    list_remove(&feed->in_feeds);
    feed->is_over = true;
    if (feed->is_reading)
        return true;
    forget_events(feed);
    http_block_release(feed->snapshot);
    free(feed->counts);
    free(feed);
    return true;
}
