/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/display.h"
#include "api/feeds.h"
#include "api/handlers.h"

void handle_display_events(struct call *call)
{
    struct feeds *feeds = call->worker->feeds;
    struct city *city = call->city;
    struct display_request request;
    struct http_stream_head head;
    struct display *display;
    struct buffer last = {0};

    if (!display_read_request(call, &request))
        return;
    display = display_new(request.window, request.has_token ? &call->token : NULL);
    head = display_head(display);
    buffer_append(&last, call->request->last_event_id);
    display_start(feeds, display, city, request.hall->id, call_stream(call, &head),
                  buffer_text(&last));
    buffer_free(&last);
}
