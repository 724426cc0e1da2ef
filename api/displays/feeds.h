/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "access/tokens.h"
#include "api/http/stream.h"
#include "slots/catalogue/city.h"

/* The displays of a worker: each hears of its hall in server-sent events (HTML Living Standard,
 * 9.2), and a comment every 15 s. */

struct feeds;

/* How many displays a hall and a client's network have on a worker. All of them together have
 * `displays_max`, so that connections are left for everything else. */
enum { FEEDS_HALL_MAX = 1000, FEEDS_CLIENT_MAX = 60 };

/* `tokens`: those that displays of halls that are not public came with must stand there still. */
struct feeds *feeds_open(uv_loop_t *loop, const struct tokens *tokens, unsigned displays_max);
/* No display is left, for the server was drained; its memory goes with feeds_free(). */
void feeds_stop(struct feeds *feeds);
/* The store is closed, so that nothing reads for it; before the cities. */
void feeds_free(struct feeds *feeds);

/* One that may listen, for its stream's owner: with display_head() in http_stream_start(), then
 * display_start(). */
struct display;
struct display *display_new(struct text window, const struct token *token);
/* Counts it as one of its hall's and of its client's network (empty: a client that is not counted)
 * until it is freed; false when there are too many: it is freed then. */
bool display_admit(struct feeds *feeds, struct display *display, struct text hall,
                   struct text network);
struct http_stream_head display_head(struct display *display);
/* Begins to tell it; `stream` NULL: there is nobody, it is freed. `last_event_id`: as the client
 * gave it, empty for none. */
void display_start(struct feeds *feeds, struct display *display, struct city *city,
                   struct text hall, struct http_stream *stream, struct text last_event_id);
