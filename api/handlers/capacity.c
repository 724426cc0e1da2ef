/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/capacity_change.h"

#include "api/call/body.h"
#include "api/handlers/handlers.h"
#include "slots/booking/intake.h"

/* A hall's admin sets a queue's capacity: of a day, or of the weekly template. */

enum { UNITS_MAX = 10000, DAYS_AHEAD_MAX = 366, GROUPS_MAX = 7 };

/* --- A day ----------------------------------------------------------------------------------- */

/* "09:00":10, or null for the template's units. `hours`: in which the hall is open. */
static void read_slot(const struct body_reader *slots, const struct json *item, uint64_t hours,
                      struct capacity_order *order)
{
    unsigned slot;

    if (!calendar_parse_slot(text_of(json_name(item)), &slot)) {
        body_fault(slots, json_name(item),
                   MESSAGE("须为半小时时段的开始时间，格式 HH:00 或 HH:30。",
                           "This must be the start of a half hour, HH:00 or HH:30."));
        return;
    }
    if (!(hours >> slot & 1))
        body_fault(slots, json_name(item),
                   MESSAGE("不在大厅当日的办理时间内，请删去或改用其他时段。",
                           "This lies outside the hall's hours of the day; leave it out or take "
                           "another half hour."));
    if (json_kind(item) == JSON_NULL)
        order->unnamed |= UINT64_C(1) << slot;
    else if (json_whole(item, 0, UNITS_MAX, &order->units[slot]))
        order->named |= UINT64_C(1) << slot;
    else
        body_fault(slots, json_name(item),
                   MESSAGE("须为 0 至 10000 的整数；恢复模板值请用 null。",
                           "This must be an integer from 0 to 10000, or null for the template's."));
}

static void read_slots(const struct body_reader *body, uint64_t hours, struct capacity_order *order)
{
    const struct json *object = body_object(body, "slots");
    struct body_reader slots = body_at(body, &(struct json_path){&body->path, "slots", 0}, object);

    if (!object)
        return;
    if (json_count(object) < 1 || json_count(object) > SLOTS_A_DAY) {
        body_fault(body, "slots",
                   MESSAGE("须为 1 至 48 个时段。", "These must be 1 to 48 half hours."));
        return;
    }
    JSON_EACH(object, item)
        read_slot(&slots, item, hours, order);
}

static bool is_window_of(const struct queue *queue, struct text id)
{
    for (size_t w = 0; w < queue->window_count; w++)
        if (text_equal(queue->windows[w].id, id))
            return true;
    return false;
}

static bool is_among(const struct text *texts, unsigned count, struct text text)
{
    for (unsigned i = 0; i < count; i++)
        if (text_equal(texts[i], text))
            return true;
    return false;
}

static const struct message windows_rule = {
    "须为该队列的窗口编号，每个一次，最多 64 个。",
    "This must be the id of a window of the queue, each once, 64 at most.",
};

static void read_windows(const struct body_reader *body, struct capacity_order *order)
{
    struct text *windows = arena_new(&body->call->arena, OVERRIDE_WINDOWS_MAX * sizeof *windows);
    const struct json *array =
        body_list(body, "closed_windows", 0, OVERRIDE_WINDOWS_MAX, windows_rule);
    const struct json_path list = {&body->path, "closed_windows", 0};
    size_t index = 0;

    order->has_windows = true;
    order->closed_windows = windows;
    JSON_EACH(array, item) {
        struct body_reader at = body_at(body, &(struct json_path){&list, NULL, index++}, item);
        struct text id = json_text(item);
        if (!is_window_of(order->queue, id) || is_among(windows, order->closed_window_count, id))
            body_fault(&at, NULL, windows_rule);
        else
            windows[order->closed_window_count++] = id;
    }
}

/* A day from today on, at most a year ahead. The hours in which the hall is open then. */
static uint64_t read_date(const struct body_reader *body, struct capacity_order *order)
{
    struct city *city = body->call->city;
    day_number today = city_today(city);
    const struct hours *hours;
    struct text reason;

    if (!body_date(body, "date", &order->day))
        return UINT64_MAX;
    if (order->day < today || order->day > today + DAYS_AHEAD_MAX) {
        body_fault(body, "date",
                   MESSAGE("须为今天起一年以内的日期。",
                           "This must be a date from today on, at most 366 days ahead."));
        return UINT64_MAX;
    }
    hours = hall_hours_on(city->edition->catalogue, order->queue->hall, order->day, &reason);
    if (hours)
        return hours->slots;
    body_fault(body, "date",
               MESSAGE("大厅当日不对外办理，请先调整办理时间或节假日安排。",
                       "The hall is closed on that day; change its hours or the calendar first."));
    return UINT64_MAX;
}

static void read_day(const struct body_reader *body, struct capacity_order *order)
{
    bool has_windows = json_has(body->object, "closed_windows");
    uint64_t hours = read_date(body, order);

    body_only(body, "date", "slots", "closed_windows");
    if (!has_windows || json_has(body->object, "slots"))
        read_slots(body, hours, order);
    if (has_windows)
        read_windows(body, order);
}

/* --- Weekly ---------------------------------------------------------------------------------- */

static void read_weekly(const struct body_reader *body, struct capacity_order *order)
{
    const struct json *weekly = body_object(body, "weekly");
    struct buffer json = {0};

    body_only(body, "weekly");
    if (weekly && (json_count(weekly) < 1 || json_count(weekly) > GROUPS_MAX))
        body_fault(body, "weekly",
                   MESSAGE("须为 1 至 7 组星期，例如 {\"mon-fri\":{\"default\":8}}。",
                           "These must be 1 to 7 groups of weekdays, such as "
                           "{\"mon-fri\":{\"default\":8}}."));
    if (weekly)
        json_print(&json, weekly);
    order->weekly = arena_copy(&body->call->arena, buffer_text(&json));
    buffer_free(&json);
}

/* The catalogue's rules are said in English; in Chinese the rule of the place stands for them. */
static struct message weekly_rule(const struct json_fault *fault)
{
    static const char *const rules[] = {
        "须为由星期组成的对象，例如 {\"mon-fri\":{\"default\":8}}。",
        "须为 mon 至 sun 或其区间（如 mon-fri），每天只出现一次，值为由时段组成的对象。",
        "须为 default 或大厅办理时间内的时段（如 09:00），只出现一次，值为 0 至 1000000 的整数。",
    };
    unsigned depth = 0;

    for (const char *at = fault->pointer; *at; at++)
        depth += *at == '/';
    return MESSAGE(rules[depth < 2 ? depth : 2], fault->detail);
}

static void note_weekly_faults(struct call *call, struct faults *faults,
                               const struct json_faults *found)
{
    struct buffer pointer = {0};

    for (size_t i = 0; i < found->told; i++) {
        buffer_clear(&pointer);
        buffer_printf(&pointer, "/weekly%s%c", found->items[i].pointer, 0);
        call_fault(call, faults, pointer.data, weekly_rule(&found->items[i]));
    }
    buffer_free(&pointer);
}

/* --- The answer ------------------------------------------------------------------------------ */

/* "2026-11-24 09:00", of the one day without its date. */
static void append_overbooked(struct buffer *json, const struct capacity_change *change)
{
    json_open(json, "overbooked", '[');
    for (size_t d = 0; d < change->overbooked_count; d++)
        for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
            if (!(change->overbooked[d].slots >> slot & 1))
                continue;
            json_open(json, NULL, '"');
            if (change->order.weekly.length) {
                calendar_append_date(json, change->overbooked[d].day);
                buffer_append_byte(json, ' ');
            }
            calendar_append_slot(json, slot);
            buffer_append_byte(json, '"');
        }
    buffer_append_byte(json, ']');
}

static void append_day(struct buffer *json, const struct capacity_change *change)
{
    calendar_put_date(json, "date", change->order.day);
    json_open(json, "slots", '[');
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        if (!(change->hours >> slot & 1))
            continue;
        json_open(json, NULL, '{');
        calendar_put_slot(json, "start", slot);
        json_put_integer(json, "capacity", change->capacity[slot]);
        json_put_integer(json, "remaining",
                         change->remaining[slot] < 0 ? 0 : change->remaining[slot]);
        buffer_append_byte(json, '}');
    }
    buffer_append_byte(json, ']');
}

static void answer_changed(struct call *call, const struct capacity_change *change)
{
    struct buffer body = {0};

    json_open(&body, NULL, '{');
    json_put(&body, "hall", change->hall);
    json_put(&body, "queue", change->queue);
    if (change->order.weekly.length) {
        json_put_name(&body, "weekly");
        buffer_append(&body, change->order.weekly);
    } else {
        append_day(&body, change);
    }
    append_overbooked(&body, change);
    buffer_append_byte(&body, '}');
    call_answer(call, 200, &body, TEXT_NONE);
}

static void answer_missing(struct call *call)
{
    call_problem(call, PROBLEM_NOT_FOUND,
                 MESSAGE("该大厅没有这个队列，请查询大厅的队列清单。",
                         "The hall has no such queue; see the hall's queues."),
                 TEXT_NONE);
}

static void changed(struct capacity_change *change, int outcome)
{
    struct call *call = change->owner;
    struct faults faults = {0};

    if (outcome < 0) {
        call_store_problem(call, outcome);
        return;
    }
    switch ((enum capacity_outcome)outcome) {
    case CAPACITY_CHANGED:
        answer_changed(call, change);
        return;
    case CAPACITY_FAULTY:
        note_weekly_faults(call, &faults, &change->faults);
        call_refuse_faults(call, &faults);
        return;
    case CAPACITY_MISSING:
        answer_missing(call);
        return;
    }
}

void handle_capacity(struct call *call)
{
    const struct hall *hall = catalogue_hall(call->city->edition->catalogue, call->parameters[0]);
    struct capacity_order order = {.queue = hall_queue(hall, call->parameters[1])};
    struct faults faults = {0};
    struct body_reader body = {.call = call, .faults = &faults};

    if (!order.queue || order.queue->retired) {
        answer_missing(call);
        return;
    }
    if (!body_parse(&body))
        return;
    if (json_has(body.object, "weekly") == json_has(body.object, "date"))
        body_fault(&body, NULL,
                   MESSAGE("须提供 date（某一天）或 weekly（每周模板）其中之一。",
                           "Give either `date`, for a day, or `weekly`, for the template."));
    else if (json_has(body.object, "weekly"))
        read_weekly(&body, &order);
    else
        read_day(&body, &order);
    if (!call_refuse_faults(call, &faults))
        capacity_change_start(call->city, &call->city->intake->capacity_changes, &order, changed,
                              call);
}
