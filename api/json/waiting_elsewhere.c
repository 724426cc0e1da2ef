/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/waiting_elsewhere.h"

#include "api/json/ticket.h"

/* What is said behind "A012 只等 3号窗口：" or "社保窗口 B003 起：". */
static struct message because(enum window_other why)
{
    switch (why) {
    case OTHER_WINDOW_OPEN:
        return MESSAGE("该窗口开启中，只由它叫；需代办可点呼（call）该号。",
                       "it is open and alone calls it; to take it over, call it by its number.");
    case OTHER_WINDOW_PAUSED:
        return MESSAGE("该窗口暂停中，恢复后由它叫；可点呼（call）该号，该窗口关闭则退回队列。",
                       "it is paused and alone calls it; call it by its number, or close that "
                       "window to give it back to its queue.");
    case OTHER_WINDOW_CLOSED:
        return MESSAGE("该窗口尚未开启，开启后由它叫；可点呼（call）该号。",
                       "it is not open yet and alone calls it; open it, or call the ticket by its "
                       "number.");
    case OTHER_QUEUE_SERVED:
        return MESSAGE("由开启中的其他窗口叫。", "another open window calls from it.");
    case OTHER_QUEUE_UNSERVED:
        break;
    }
    return MESSAGE("目前没有开启的窗口办理该队列；请开启一个，或点呼（call）该号。",
                   "no open window calls from it; open one for it, or call the ticket by its "
                   "number.");
}

static const char *reason_name(enum window_other why)
{
    switch (why) {
    case OTHER_WINDOW_OPEN:
        return "window_open";
    case OTHER_WINDOW_PAUSED:
        return "window_paused";
    case OTHER_WINDOW_CLOSED:
        return "window_closed";
    case OTHER_QUEUE_SERVED:
        return "queue_served";
    case OTHER_QUEUE_UNSERVED:
        break;
    }
    return "queue_unserved";
}

/* "A012 只等 3号窗口：…" */
static void append_sentence(struct buffer *out, const struct hall *hall, const struct floor *floor,
                            const struct window_waiter *waiter, bool english)
{
    const struct window *window = hall_window(hall, waiter->window);
    const struct queue *queue = hall_queue(hall, waiter->queue);
    struct message why = because(waiter->why);

    ticket_append_spoken_number(out, hall, waiter->key, ticket_prefix_today(floor, waiter->key));
    if (waiter->window.length) {
        buffer_append(out, text_of(english ? " waits for window " : " 只等"));
        buffer_append(out, window ? window->name : waiter->window);
    } else {
        buffer_append(out, text_of(english ? " waits in queue " : " 在等"));
        buffer_append(out, queue ? queue->name : waiter->queue);
    }
    buffer_append(out, text_of(english ? ": " : "："));
    buffer_append(out, text_of(english ? why.en : why.zh));
}

static void append_waiter(struct buffer *json, const struct hall *hall, const struct floor *floor,
                          const struct window_waiter *waiter, bool english)
{
    struct buffer sentence = {0};

    append_sentence(&sentence, hall, floor, waiter, english);
    json_open(json, NULL, '{');
    ticket_put_number(json, "number", hall, waiter->key, ticket_prefix_today(floor, waiter->key));
    json_put(json, "queue", waiter->queue);
    if (waiter->window.length)
        json_put(json, "window", waiter->window);
    json_put(json, "reason", text_of(reason_name(waiter->why)));
    json_put(json, "text", buffer_text(&sentence));
    buffer_append_byte(json, '}');
    buffer_free(&sentence);
}

void waiting_elsewhere_append_json(struct buffer *json, const struct hall *hall,
                                   const struct floor *floor, const struct window_result *result,
                                   bool english)
{
    buffer_append_byte(json, '[');
    for (size_t i = 0; i < result->other_count; i++)
        append_waiter(json, hall, floor, &result->others[i], english);
    buffer_append_byte(json, ']');
}
