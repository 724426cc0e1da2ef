/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/displays/feeds.h"
#include "api/handlers/display.h"
#include "api/handlers/handlers.h"

enum { RETRY_SECONDS = 10 };

/* The screens of the hall's own people may all stand behind one address. */
static struct text network_of(struct call *call, const struct display_request *request)
{
    unsigned char *network = arena_new(&call->arena, HTTP_ADDRESS_BYTES);

    if (request->is_known || !client_network(call->request, call->api->trusted, network))
        return TEXT_NONE;
    return text_bytes(network, HTTP_ADDRESS_BYTES);
}

static void refuse(struct call *call)
{
    metrics_add(call->api->metrics, METRIC_STREAMS_REFUSED, 1);
    call_problem_later(call, PROBLEM_RATE_LIMITED, RETRY_SECONDS,
                       MESSAGE("叫号屏连接过多，请稍后再试，或改用 GET 定时查询叫号屏。",
                               "Too many displays are connected; try again later, or GET the "
                               "display from time to time."));
}

void handle_display_events(struct call *call)
{
    struct feeds *feeds = call->api->feeds;
    struct city *city = call->city;
    struct display_request request;
    struct http_stream_head head;
    struct display *display;
    struct buffer last = {0};

    if (!display_read_request(call, &request))
        return;
    display = display_new(request.window, request.has_token ? &call->token : NULL);
    if (!display_admit(feeds, display, request.hall->id, network_of(call, &request))) {
        refuse(call);
        return;
    }
    head = display_head(display);
    buffer_append(&last, call->request->last_event_id);
    display_start(feeds, display, city, request.hall->id, call_stream(call, &head),
                  buffer_text(&last));
    buffer_free(&last);
}
