/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/displays/feed.h"

#include <stdlib.h>

#include "scheduler/floor_history.h"

struct feed_count {
    char queue[FEED_NAME_BYTES];
    int64_t waiting;
};

/* A display that is in this state already keeps its place. */
static void set_state(struct feed *feed, struct display *display, enum display_state state)
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

static const struct hall *hall_of(const struct feed *feed)
{
    return catalogue_hall(feed->city->edition->catalogue, feed->floor->hall);
}

/* The main screen's serves all that come in the same turn. */
static struct http_block *snapshot_for(struct feed *feed, const struct event_id *id,
                                       const struct display *display)
{
    const struct hall *hall = hall_of(feed);
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

static void send_snapshot(struct feed *feed, struct display *display, struct stream_position as_of)
{
    struct event_id id = {as_of, EVENT_WHOLE, feed->floor->day};
    struct http_block *block;

    set_state(feed, display, DISPLAY_LIVE);
    if (!hall_of(feed))
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
    if (!display->window[0] || feed_event_is_for(event, hall_of(feed), text_of(display->window)))
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
    unsigned count = feed_event_make(feed->city, hall_of(feed), feed->floor, change,
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
    send_snapshot(feed, display_at(item), as_of);
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

/* ---- the past ---- */

/* The events behind the last one that it has. */
static void resume(struct feed *feed, struct display *display)
{
    set_state(feed, display, DISPLAY_RESUMING);
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
    set_state(feed, display, DISPLAY_LIVE);
}

/* Answers those who ask from what the feed has and reads more for the others. */
static void answer_asking(struct feed *feed);

/* Events from before the feed, or from before what it has kept: they are read backwards from its
 * oldest one, so that the numbers of those who wait can be told backwards from there. */

/* ---- the past: numbers ---- */

static int64_t change_since(const struct feed *feed, struct text queue)
{
    int64_t change = 0;

    LIST_FOREACH(&feed->events, item)
    {
        const struct feed_event *event = event_at(item);
        if (event->waiting && text_is(queue, event->name))
            change += event->waiting;
    }
    return change;
}

/* How many waited in each queue before the oldest event. */
static void count_waiting(struct feed *feed)
{
    const struct hall *hall = hall_of(feed);

    feed->counts = memory_new((hall->queue_count + 1) * sizeof *feed->counts);
    feed->count_count = hall->queue_count;
    for (size_t i = 0; i < hall->queue_count; i++) {
        struct text queue = hall->queues[i].id;
        if (queue.length < FEED_NAME_BYTES)
            memcpy(feed->counts[i].queue, queue.data, queue.length);
        feed->counts[i].waiting =
            floor_told_waiting(feed->floor, queue) - change_since(feed, queue);
    }
}

/* How many waited in its queue behind a change, and from here on before it. */
static int64_t waiting_behind(struct feed *feed, const struct floor_change *change)
{
    for (size_t i = 0; i < feed->count_count; i++) {
        struct feed_count *count = &feed->counts[i];
        if (!text_is(change->ticket.queue, count->queue))
            continue;
        count->waiting -= floor_waiting_change(change);
        return count->waiting + floor_waiting_change(change);
    }
    return 0;
}

/* ---- the past: reading ---- */

static void on_past_change(void *owner, const struct floor_change *change)
{
    struct feed *feed = owner;
    struct feed_event *made[2];
    unsigned count;

    if (feed->is_over || feed->read_generation != feed->generation || !hall_of(feed) ||
        change->kind != FLOOR_TICKET || !floor_tells_of(feed->floor, change) ||
        !text_equal(change->hall, feed->floor->hall))
        return;
    if (!feed->counts)
        count_waiting(feed);
    count = feed_event_make(feed->city, hall_of(feed), feed->floor, change,
                            waiting_behind(feed, change), made);
    feed->event_count += count;
    while (count--)
        list_append(feed->events.next, &made[count]->in_feed); /* before the first */
}

static struct stream_position later(struct stream_position a, struct stream_position b)
{
    return stream_position_compare(a, b) > 0 ? a : b;
}

/* Those whose last event the stream has lost begin anew. */
static void refuse_lost(struct feed *feed, struct stream_position first)
{
    bool is_empty = !first.ms && !first.number;

    LIST_FOREACH_CHANGING(&feed->displays[DISPLAY_ASKING], item)
    if (is_empty || feed->event_count > FEED_EVENTS_MAX ||
        stream_position_compare(display_at(item)->last.entry, first) < 0)
        send_snapshot(feed, display_at(item), feed->city->position);
}

static void on_end(void *owner, int status, struct stream_position oldest,
                   struct stream_position first)
{
    struct feed *feed = owner;
    bool is_of_use = feed->read_generation == feed->generation;

    feed->is_reading = false;
    free(feed->counts);
    feed->counts = NULL;
    if (status) {
        end_all(&feed->displays[DISPLAY_ASKING]); /* they come again, when the store may answer */
    } else if (is_of_use) {
        feed->oldest = later(oldest, first);
        feed->has_oldest = true;
        refuse_lost(feed, first);
    }
    if (!feed_settle(feed))
        answer_asking(feed);
}

static bool has_all_behind(const struct feed *feed, const struct event_id *id)
{
    int order = stream_position_compare(id->entry, feed->oldest);

    return order > 0 || (order == 0 && (feed->has_oldest || id->index == EVENT_WHOLE));
}

static void read_back_to(struct feed *feed, struct stream_position from)
{
    struct floor_history history = {
        .until = feed->oldest,
        .is_inclusive = !feed->has_oldest,
        .from = from,
        .on_change = on_past_change,
        .on_end = on_end,
        .owner = feed,
    };

    feed->is_reading = true;
    feed->read_generation = feed->generation;
    floor_history_read(feed->city, &history);
}

static void answer_asking(struct feed *feed)
{
    struct stream_position from = feed->oldest;
    bool is_missing = false;

    LIST_FOREACH_CHANGING(&feed->displays[DISPLAY_ASKING], item)
    {
        struct display *display = display_at(item);
        const struct event_id *last = &display->last;
        if (stream_position_compare(last->entry, feed->city->position) > 0)
            continue;
        if (has_all_behind(feed, last)) {
            resume(feed, display);
            continue;
        }
        is_missing = true;
        if (stream_position_compare(last->entry, from) < 0)
            from = last->entry;
    }
    if (is_missing && !feed->is_reading)
        read_back_to(feed, from);
}

/* ---- displays ---- */

void feed_go_on(struct display *display)
{
    struct feed *feed = display->feed;

    if (display->state != DISPLAY_RESUMING)
        return;
    resume(feed, display);
    trim(feed);
    feed_settle(feed);
}

void feed_join(struct feed *feed, struct display *display, const struct event_id *last)
{
    display->feed = feed;
    if (!last || (last->day && last->day != feed->floor->day)) {
        send_snapshot(feed, display, feed->city->position);
        return;
    }
    display->last = *last;
    set_state(feed, display, DISPLAY_ASKING);
    answer_asking(feed);
}

/* A worker may be told of an entry a moment after another one: who knows more waits that long. One
 * that nobody told of by then is of another store. */
void feed_look_at_early(struct feed *feed)
{
    answer_asking(feed);
    LIST_FOREACH_CHANGING(&feed->displays[DISPLAY_ASKING], item)
    {
        struct display *display = display_at(item);
        if (stream_position_compare(display->last.entry, feed->city->position) <= 0)
            continue;
        if (display->is_early)
            send_snapshot(feed, display, feed->city->position);
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
