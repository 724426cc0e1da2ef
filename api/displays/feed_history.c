/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "api/displays/feed.h"
#include "scheduler/floor_history.h"

/* Events from before the feed, or from before what it has kept: they are read backwards from its
 * oldest one, so that the numbers of those who wait can be told backwards from there. */

static struct display *display_at(struct list *item)
{
    return CONTAINER_OF(item, struct display, in_state);
}

/* ---- numbers ---- */

static int64_t change_since(const struct feed *feed, struct text queue)
{
    int64_t change = 0;

    LIST_FOREACH(&feed->events, item)
    {
        const struct feed_event *event = CONTAINER_OF(item, struct feed_event, in_feed);
        if (event->waiting && text_is(queue, event->name))
            change += event->waiting;
    }
    return change;
}

/* How many waited in each queue before the oldest event. */
static void count_waiting(struct feed *feed)
{
    const struct hall *hall = feed_hall(feed);

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

/* ---- reading ---- */

static void on_change(void *owner, const struct floor_change *change)
{
    struct feed *feed = owner;
    struct feed_event *made[2];
    unsigned count;

    if (feed->is_over || feed->read_generation != feed->generation || !feed_hall(feed) ||
        change->kind != FLOOR_TICKET || !floor_tells_of(feed->floor, change) ||
        !text_equal(change->hall, feed->floor->hall))
        return;
    if (!feed->counts)
        count_waiting(feed);
    count = feed_event_make(feed->city, feed_hall(feed), feed->floor, change,
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
        feed_send_snapshot(feed, display_at(item), feed->city->position);
}

/* They come again, when the store may answer. */
static void end_asking(struct feed *feed)
{
    LIST_FOREACH_CHANGING(&feed->displays[DISPLAY_ASKING], item)
    display_end(display_at(item));
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
        end_asking(feed);
    } else if (is_of_use) {
        feed->oldest = later(oldest, first);
        feed->has_oldest = true;
        refuse_lost(feed, first);
    }
    if (!feed_settle(feed))
        feed_answer(feed);
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
        .on_change = on_change,
        .on_end = on_end,
        .owner = feed,
    };

    feed->is_reading = true;
    feed->read_generation = feed->generation;
    floor_history_read(feed->city, &history);
}

void feed_answer(struct feed *feed)
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
            feed_resume(feed, display);
            continue;
        }
        is_missing = true;
        if (stream_position_compare(last->entry, from) < 0)
            from = last->entry;
    }
    if (is_missing && !feed->is_reading)
        read_back_to(feed, from);
}
