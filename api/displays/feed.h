/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "access/tokens.h"
#include "api/displays/crowd.h"
#include "api/displays/feed_event.h"
#include "slots/catalogue/city.h"

/* What the displays of one hall are told: the hall's latest events, each serialised once, and the
 * displays that listen. An event is a function of its place in the city's stream, so a display may
 * go on behind one that another worker sent; what this feed has no longer, or never saw, it reads
 * back from the stream, once for all displays that ask. There is a feed as long as there are
 * displays of its hall on this worker. */

enum {
    FEED_EVENTS_KEPT = 1024,    /* for those who come again soon */
    FEED_EVENTS_MAX = 16384,    /* a day's of a large hall; whoever is further behind begins anew */
    FEED_PART_BYTES = 64 << 10, /* sent at once to one who is behind */
};

enum display_state {
    DISPLAY_ASKING,   /* for events that the feed does not have yet */
    DISPLAY_RESUMING, /* gets what it missed, as fast as it takes it */
    DISPLAY_LIVE,
    DISPLAY_STATES
};

struct display {
    struct feed *feed;
    enum display_state state;
    struct list in_state; /* of the feed */
    struct list in_beat;  /* api/displays/feeds.c */
    struct http_stream *stream;
    struct event_id last;           /* it has all up to this one; only while it is behind */
    bool is_early;                  /* it knows more than this worker did a while ago */
    char window[FEED_NAME_BYTES];   /* whose screen it is; empty: the hall's */
    char token[TOKEN_ID_CHARS + 1]; /* id of the token that it came with; empty: none */
    struct crowd_name *in_all, *in_hall, *in_client; /* where it counts; NULL: nowhere */
};

struct feed {
    struct list in_feeds;
    struct city *city;
    struct floor *floor;
    struct floor_listener listener;
    struct list events; /* the oldest first */
    size_t event_count;
    struct stream_position oldest; /* all events behind this entry are in `events` */
    bool has_oldest;               /* and its own */
    struct list displays[DISPLAY_STATES];
    bool is_reading, is_over;
    unsigned generation, read_generation; /* what is read for an older one is of no use */
    struct feed_count *counts;            /* before the oldest event, while older ones are read */
    size_t count_count;
    struct http_block *snapshot; /* the hall's latest */
    struct event_id snapshot_id;
    uint64_t snapshot_ms;
};

struct feed *feed_new(struct city *city, struct floor *floor);
/* Frees it as soon as it has no display. True when it is gone for the caller. */
bool feed_settle(struct feed *feed);

/* Begins to tell a display: what it missed since `last`, or a snapshot when that cannot be known
 * or there is no last one (NULL). Its stream is open. */
void feed_join(struct feed *feed, struct display *display, const struct event_id *last);
/* Its client has taken all. */
void feed_go_on(struct display *display);
/* Displays that wait for events which other workers have seen already. */
void feed_look_at_early(struct feed *feed);
/* Ends the stream of a display and frees it: it will come again. */
void display_end(struct display *display);
void display_free(struct display *display);
