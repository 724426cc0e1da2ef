/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/capacity_change.h"

#include <math.h>
#include <stdlib.h>

#include "api/call/body.h"
#include "api/handlers/handlers.h"
#include "slots/booking/intake.h"

/* A hall's admin sets a queue's capacity: of a day, or of the weekly template. */

enum { UNITS_MAX = 10000, DAYS_AHEAD_MAX = 366, INDEX_BYTES = 12, GROUPS_MAX = 7 };

static bool has(const struct body_reader *body, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(body->object, name) != NULL;
}

/* --- A day ----------------------------------------------------------------------------------- */

static bool read_units(const cJSON *item, uint32_t *units)
{
    if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > UNITS_MAX ||
        item->valuedouble != floor(item->valuedouble))
        return false;
    *units = (uint32_t)item->valuedouble;
    return true;
}

/* "09:00":10, or null for the template's units. `hours`: in which the hall is open. */
static void read_slot(const struct body_reader *slots, const cJSON *item, uint64_t hours,
                      struct capacity_order *order)
{
    unsigned slot;

    if (!calendar_parse_slot(text_of(item->string), &slot)) {
        body_fault(slots, item->string,
                   MESSAGE("须为半小时时段的开始时间，格式 HH:00 或 HH:30。",
                           "This must be the start of a half hour, HH:00 or HH:30."));
        return;
    }
    if (!(hours >> slot & 1))
        body_fault(slots, item->string,
                   MESSAGE("不在大厅当日的办理时间内，请删去或改用其他时段。",
                           "This lies outside the hall's hours of the day; leave it out or take "
                           "another half hour."));
    if (cJSON_IsNull(item))
        order->unnamed |= UINT64_C(1) << slot;
    else if (read_units(item, &order->units[slot]))
        order->named |= UINT64_C(1) << slot;
    else
        body_fault(slots, item->string,
                   MESSAGE("须为 0 至 10000 的整数；恢复模板值请用 null。",
                           "This must be an integer from 0 to 10000, or null for the template's."));
}

static void read_slots(const struct body_reader *body, uint64_t hours, struct capacity_order *order)
{
    struct body_reader slots = *body;
    const cJSON *item;

    slots.object = body_object(body, "slots");
    slots.pointer = "/slots";
    if (!slots.object)
        return;
    if (!slots.object->child || cJSON_GetArraySize(slots.object) > SLOTS_A_DAY) {
        body_fault(body, "slots",
                   MESSAGE("须为 1 至 48 个时段。", "These must be 1 to 48 half hours."));
        return;
    }
    cJSON_ArrayForEach(item, slots.object)
    {
        read_slot(&slots, item, hours, order);
    }
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
    const cJSON *array = body_list(body, "closed_windows", 0, OVERRIDE_WINDOWS_MAX, windows_rule);
    const cJSON *item;
    struct body_reader reader = *body;
    unsigned index = 0;

    reader.pointer = "/closed_windows";
    order->has_windows = true;
    order->closed_windows = windows;
    cJSON_ArrayForEach(item, array)
    {
        struct text id = text_of(cJSON_IsString(item) ? item->valuestring : NULL);
        char name[INDEX_BYTES];
        snprintf(name, sizeof name, "%u", index++);
        if (!is_window_of(order->queue, id) || is_among(windows, order->closed_window_count, id))
            body_fault(&reader, name, windows_rule);
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
    static const char *const known[] = {"date", "slots", "closed_windows", NULL};
    bool has_windows = has(body, "closed_windows");
    uint64_t hours = read_date(body, order);

    body_only(body, known);
    if (!has_windows || has(body, "slots"))
        read_slots(body, hours, order);
    if (has_windows)
        read_windows(body, order);
}

/* --- Weekly ---------------------------------------------------------------------------------- */

static void read_weekly(const struct body_reader *body, struct capacity_order *order)
{
    static const char *const known[] = {"weekly", NULL};
    const cJSON *weekly = body_object(body, "weekly");

    body_only(body, known);
    if (weekly && (!weekly->child || cJSON_GetArraySize(weekly) > GROUPS_MAX))
        body_fault(body, "weekly",
                   MESSAGE("须为 1 至 7 组星期，例如 {\"mon-fri\":{\"default\":8}}。",
                           "These must be 1 to 7 groups of weekdays, such as "
                           "{\"mon-fri\":{\"default\":8}}."));
    if (weekly)
        order->weekly = text_of(cJSON_PrintUnformatted(weekly));
}

/* The catalogue's rules are said in English; in Chinese the rule of the place stands for them. */
static struct message weekly_rule(struct text pointer, const char *english)
{
    static const char *const rules[] = {
        "须为由星期组成的对象，例如 {\"mon-fri\":{\"default\":8}}。",
        "须为 mon 至 sun 或其区间（如 mon-fri），每天只出现一次，值为由时段组成的对象。",
        "须为 default 或大厅办理时间内的时段（如 09:00），只出现一次，值为 0 至 1000000 的整数。",
    };
    unsigned depth = 0;

    for (size_t i = 0; i < pointer.length; i++)
        depth += pointer.data[i] == '/';
    return (struct message){rules[depth < 2 ? depth : 2], english};
}

/* Lines "/mon-fri/09:00: what is wrong". */
static void note_weekly_faults(struct call *call, struct faults *faults, struct text lines)
{
    struct buffer pointer = {0}, detail = {0};
    struct text line;

    while (text_split(&lines, '\n', &line)) {
        const char *colon = line.length ? memmem(line.data, line.length, ": ", 2) : NULL;
        size_t at = colon ? (size_t)(colon - line.data) : line.length;
        if (!line.length)
            continue;
        buffer_clear(&pointer);
        buffer_append(&pointer, TEXT("/weekly"));
        buffer_append(&pointer, text_part(line, 0, at));
        buffer_append_byte(&pointer, 0);
        buffer_clear(&detail);
        buffer_append(&detail, text_part(line, at + 2, line.length));
        buffer_append_byte(&detail, 0);
        call_fault(call, faults, pointer.data, weekly_rule(text_part(line, 0, at), detail.data));
    }
    buffer_free(&pointer);
    buffer_free(&detail);
}

/* --- The answer ------------------------------------------------------------------------------ */

static void append_head(struct buffer *json, const struct capacity_change *change)
{
    buffer_append(json, TEXT("{\"hall\":"));
    buffer_append_json(json, change->hall);
    buffer_append(json, TEXT(",\"queue\":"));
    buffer_append_json(json, change->queue);
}

/* "2026-11-24 09:00", of the one day without its date. */
static void append_overbooked(struct buffer *json, const struct capacity_change *change)
{
    const char *comma = "";

    buffer_append(json, TEXT(",\"overbooked\":["));
    for (size_t d = 0; d < change->overbooked_count; d++)
        for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
            if (!(change->overbooked[d].slots >> slot & 1))
                continue;
            buffer_printf(json, "%s\"", comma);
            if (change->order.weekly.length) {
                calendar_append_date(json, change->overbooked[d].day);
                buffer_append_byte(json, ' ');
            }
            calendar_append_slot(json, slot);
            buffer_append_byte(json, '"');
            comma = ",";
        }
    buffer_append(json, TEXT("]}"));
}

static void append_day(struct buffer *json, const struct capacity_change *change)
{
    const char *comma = "";

    buffer_append(json, TEXT(",\"date\":\""));
    calendar_append_date(json, change->order.day);
    buffer_append(json, TEXT("\",\"slots\":["));
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        if (!(change->hours >> slot & 1))
            continue;
        buffer_printf(json, "%s{\"start\":\"", comma);
        calendar_append_slot(json, slot);
        buffer_printf(json, "\",\"capacity\":%u,\"remaining\":%d}", change->capacity[slot],
                      change->remaining[slot] < 0 ? 0 : change->remaining[slot]);
        comma = ",";
    }
    buffer_append_byte(json, ']');
}

static void answer_changed(struct call *call, const struct capacity_change *change)
{
    struct buffer body = {0};

    append_head(&body, change);
    if (change->order.weekly.length) {
        buffer_append(&body, TEXT(",\"weekly\":"));
        buffer_append(&body, change->order.weekly);
    } else {
        append_day(&body, change);
    }
    append_overbooked(&body, change);
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
        note_weekly_faults(call, &faults, buffer_text(&change->faults));
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
    struct body_reader body = {.call = call, .faults = &faults, .pointer = ""};

    if (!order.queue || order.queue->retired) {
        answer_missing(call);
        return;
    }
    body.object = body_parse(call);
    if (!body.object)
        return;
    if (has(&body, "weekly") == has(&body, "date"))
        body_fault(&body, NULL,
                   MESSAGE("须提供 date（某一天）或 weekly（每周模板）其中之一。",
                           "Give either `date`, for a day, or `weekly`, for the template."));
    else if (has(&body, "weekly"))
        read_weekly(&body, &order);
    else
        read_day(&body, &order);
    if (!call_refuse_faults(call, &faults))
        capacity_change_start(call->city, &call->city->intake->capacity_changes, &order, changed,
                              call);
    body_free();
}
