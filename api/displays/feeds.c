/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/displays/feeds.h"

#include <stdlib.h>

#include "api/displays/feed.h"
#include "base/clock.h"
#include "scheduler/floors.h"

enum { BEAT_MS = 1000, BEATS = 15 };

struct feeds {
    struct list list; /* struct feed.in_feeds */
    const struct tokens *tokens;
    uv_timer_t timer;
    struct list beats[BEATS]; /* displays, by the second in which each gets its comment */
    unsigned beat;
    struct http_block *comment, *retry;
    struct crowd *crowd; /* halls by id, clients by network, all of them without a name */
    unsigned displays_max;
};

/* ---- displays ---- */

static void on_gone(void *owner)
{
    struct display *display = owner;
    struct feed *feed = display->feed;

    display_free(display);
    feed_settle(feed);
}

static void on_sent(void *owner)
{
    feed_go_on(owner);
}

struct display *display_new(struct text window, const struct token *token)
{
    struct display *display = memory_new(sizeof *display);

    list_init(&display->in_state);
    list_init(&display->in_beat);
    memcpy(display->window, window.data ? window.data : "", window.length);
    if (token)
        memcpy(display->token, token->id, sizeof display->token);
    return display;
}

bool display_admit(struct feeds *feeds, struct display *display, struct text hall,
                   struct text network)
{
    if ((display->in_all = crowd_enter(feeds->crowd, TEXT(""), feeds->displays_max)) &&
        (display->in_hall = crowd_enter(feeds->crowd, hall, FEEDS_HALL_MAX)) &&
        (!network.length ||
         (display->in_client = crowd_enter(feeds->crowd, network, FEEDS_CLIENT_MAX))))
        return true;
    display_free(display);
    return false;
}

/* A front proxy must pass each event at once. */
struct http_stream_head display_head(struct display *display)
{
    return (struct http_stream_head){
        .content_type = "text/event-stream; charset=utf-8",
        .headers = TEXT("Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n"),
        .on_gone = on_gone,
        .on_sent = on_sent,
        .owner = display,
    };
}

static struct feed *feed_of(struct feeds *feeds, struct city *city, struct text hall)
{
    struct floor *floor = floors_hall(city, hall);
    struct feed *feed;

    LIST_FOREACH(&feeds->list, item)
    {
        feed = CONTAINER_OF(item, struct feed, in_feeds);
        if (feed->floor == floor)
            return feed;
    }
    feed = feed_new(city, floor);
    list_append(&feeds->list, &feed->in_feeds);
    return feed;
}

void display_start(struct feeds *feeds, struct display *display, struct city *city,
                   struct text hall, struct http_stream *stream, struct text last_event_id)
{
    struct event_id last;
    bool has_last = event_id_parse(last_event_id, &last);

    if (!stream) {
        display_free(display);
        return;
    }
    display->stream = stream;
    list_append(&feeds->beats[feeds->beat], &display->in_beat);
    http_stream_send(stream, feeds->retry);
    feed_join(feed_of(feeds, city, hall), display, has_last ? &last : NULL);
}

/* ---- time ---- */

static bool may_stay(const struct feeds *feeds, const struct display *display)
{
    if (!display->token[0])
        return true;
    for (size_t i = 0; i < feeds->tokens->count; i++) {
        const struct token *token = &feeds->tokens->items[i];
        if (strcmp(token->id, display->token) == 0)
            return !token->expires_at_ms || token->expires_at_ms > clock_now_ms();
    }
    return false;
}

static void on_beat(uv_timer_t *timer)
{
    struct feeds *feeds = timer->data;

    feeds->beat = (feeds->beat + 1) % BEATS;
    LIST_FOREACH_CHANGING(&feeds->beats[feeds->beat], item)
    {
        struct display *display = CONTAINER_OF(item, struct display, in_beat);
        if (may_stay(feeds, display))
            http_stream_send(display->stream, feeds->comment);
        else
            display_end(display);
    }
    LIST_FOREACH_CHANGING(&feeds->list, item)
    {
        struct feed *feed = CONTAINER_OF(item, struct feed, in_feeds);
        feed_look_at_early(feed);
        feed_settle(feed);
    }
}

struct feeds *feeds_open(uv_loop_t *loop, const struct tokens *tokens, unsigned displays_max)
{
    struct feeds *feeds = memory_new(sizeof *feeds);

    feeds->tokens = tokens;
    feeds->displays_max = displays_max;
    feeds->crowd = crowd_new();
    list_init(&feeds->list);
    for (int i = 0; i < BEATS; i++)
        list_init(&feeds->beats[i]);
    feeds->comment = http_block_new(TEXT(":\n\n"));
    feeds->retry = http_block_new(TEXT("retry: 1000\n\n"));
    uv_timer_init(loop, &feeds->timer);
    feeds->timer.data = feeds;
    uv_timer_start(&feeds->timer, on_beat, BEAT_MS, BEAT_MS);
    return feeds;
}

void feeds_stop(struct feeds *feeds)
{
    uv_close((uv_handle_t *)&feeds->timer, NULL);
}

void feeds_free(struct feeds *feeds)
{
    http_block_release(feeds->comment);
    http_block_release(feeds->retry);
    crowd_free(feeds->crowd);
    free(feeds);
}
