/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/caller.h"
#include "api/handlers/handlers.h"
#include "api/json/booking_body.h"
#include "api/json/refusals.h"
#include "api/json/reservation.h"
#include "slots/booking/waitlist_enter.h"

static void append_entry(struct buffer *json, const struct call *call,
                         const struct waitlist_entry *found)
{
    const struct reservation *entry = &found->entry;

    json_open(json, NULL, '{');
    reservation_put_id(json, "id", &entry->id);
    json_put_integer(json, "position", found->position);
    json_put(json, "status", text_of(waitlist_status_name(found->status)));
    json_put(json, "hall", entry->id.hall);
    json_put(json, "queue", entry->id.queue);
    json_put(json, "service", entry->service);
    calendar_put_date(json, "date", entry->id.day);
    json_open(json, "starts", '[');
    for (size_t i = 0; i < entry->extras.starts.length; i++)
        calendar_put_slot(json, NULL, (unsigned char)entry->extras.starts.data[i]);
    buffer_append_byte(json, ']');
    reservation_put_applicant(json, call, &found->applicant);
    calendar_put_instant(json, "created_at", entry->created_at_ms,
                         call->city->edition->catalogue->utc_offset_minutes);
    if (found->status == WAITLIST_PROMOTED) {
        json_put_name(json, "reservation");
        reservation_append_json(json, call, &found->place, &found->applicant);
    } else {
        json_put_null(json, "reservation");
    }
    if (found->status == WAITLIST_OFFERED)
        reservation_put_offer(json, "offer", call, &found->place);
    else
        json_put_null(json, "offer");
    buffer_append_byte(json, '}');
}

static void answer_entry(struct call *call, unsigned status, const struct waitlist_entry *entry,
                         struct text headers)
{
    struct buffer body = {0};

    append_entry(&body, call, entry);
    call_answer(call, status, &body, headers);
}

static void answer_entered(struct call *call, const struct waitlist_entry *entry)
{
    struct buffer location = {0};
    struct text headers;

    buffer_append(&location, TEXT("Location: /v1/waitlist/"));
    reservation_append_id(&location, &entry->entry.id);
    buffer_append(&location, TEXT("\r\n"));
    headers = arena_copy(&call->arena, buffer_text(&location));
    buffer_free(&location);
    answer_entry(call, 201, entry, headers);
}

static void entered(void *owner, int status, const struct refusal *refusal,
                    const struct waitlist_entry *entry)
{
    struct call *call = owner;

    if (status < 0)
        call_store_problem(call, status);
    else if (refusal->kind != REFUSAL_NONE)
        refusal_answer(call, refusal);
    else
        answer_entered(call, entry);
}

static void read_place(const struct body_reader *body, struct waitlist_order *order)
{
    const struct catalogue *catalogue = hall_read(body, true, &order->hall);
    struct text service;

    if (!body_text(body, "service", true, &service))
        return;
    order->service = catalogue_service(catalogue, service);
    if (order->service && order->hall)
        order->queue = hall_queue_for(order->hall, order->service);
    if (!order->service || (order->hall && !order->queue))
        body_fault(body, "service",
                   MESSAGE("该大厅不办理此事项，请查询大厅的事项清单。",
                           "The hall does not offer this service; see its services."));
}

static bool has_start(const struct waitlist_order *order, unsigned slot)
{
    return memchr(order->starts, (int)slot, order->start_count) != NULL;
}

/* `reader` stands at the item. */
static void read_start(const struct body_reader *reader, struct waitlist_order *order)
{
    unsigned slot;

    if (!calendar_parse_slot(json_text(reader->object), &slot))
        body_fault(reader, NULL,
                   MESSAGE("须为半小时时段的开始时间，格式 HH:00 或 HH:30。",
                           "This must be the start of a half hour, HH:00 or HH:30."));
    else if (has_start(order, slot))
        body_fault(
            reader, NULL,
            MESSAGE("该时段重复，每个时段只写一次。", "This half hour stands here already."));
    else
        order->starts[order->start_count++] = (unsigned char)slot;
}

static void read_starts(const struct body_reader *body, struct waitlist_order *order)
{
    const struct json *starts =
        body_list(body, "starts", 1, WAITLIST_STARTS_MAX,
                  MESSAGE("须为 1 至 16 个时段，按意愿先后排列。",
                          "These must be 1 to 16 half hours, the preferred ones first."));
    const struct json_path list = {&body->path, "starts", 0};
    size_t index = 0;

    JSON_EACH(starts, item) {
        struct body_reader at = body_at(body, &(struct json_path){&list, NULL, index++}, item);
        read_start(&at, order);
    }
}

static void read_priority(const struct body_reader *body, struct waitlist_order *order)
{
    struct text name;

    if (body_text(body, "priority", false, &name) && !priority_parse(name, &order->priority))
        body_fault(body, "priority",
                   MESSAGE("须为 elderly、disabled、military 或 pregnant。",
                           "This must be elderly, disabled, military or pregnant."));
}

struct id_numbers {
    struct id_number applicant, agent;
};

static void read_order(const struct body_reader *body, struct waitlist_order *order,
                       struct id_numbers *numbers)
{
    struct call *call = body->call;
    day_number today = city_today(call->city);

    body_only(body, "hall", "service", "date", "starts", "applicant", "agent", "priority");
    read_place(body, order);
    body_date(body, "date", &order->day);
    read_starts(body, order);
    applicant_read(body, "applicant", today, &order->applicant, &numbers->applicant);
    agent_read(body, today, &order->applicant, &numbers->agent);
    read_priority(body, order);
    order->channel = text_of(role_name(call->token.role));
    order->creator = (unsigned char)call->token.role;
    order->booker = caller_booker(call);
    order->principal = text_of(call->token.principal);
    order->idempotency_key = call_idempotency_key(call, body->faults);
}

void handle_waitlist_enter(struct call *call)
{
    struct faults faults = {0};
    struct body_reader body = {.call = call, .faults = &faults};
    struct waitlist_order order = {0};
    struct id_numbers numbers = {0};

    if (!body_parse(&body))
        return;
    read_order(&body, &order, &numbers);
    if (!call_refuse_faults(call, &faults)) {
        if (token_reaches(&call->token, order.hall->id))
            waitlist_enter(call->city, &order, entered, call);
        else
            call_problem(call, PROBLEM_FORBIDDEN,
                         MESSAGE("该大厅不在您的权限范围内。",
                                 "The hall lies outside the token's city or hall."),
                         TEXT_NONE);
    }
}

static void entry_found(void *owner, int status, const struct refusal *refusal,
                        const struct waitlist_entry *entry)
{
    struct call *call = owner;

    if (status < 0)
        call_store_problem(call, status);
    else if (refusal->kind != REFUSAL_NONE)
        refusal_answer(call, refusal);
    else
        answer_entry(call, 200, entry, TEXT_NONE);
}

/* The path's id, which routes.c has seen to be one; false after answering that it is no entry of a
 * waitlist. */
static bool entry_id(struct call *call, struct reservation_id *id)
{
    reservation_parse_id(call->parameters[0], id);
    if (id->kind == KIND_WAITING)
        return true;
    refusal_answer(call, &(struct refusal){.kind = REFUSAL_MISSING});
    return false;
}

void handle_waitlist(struct call *call)
{
    struct reach reach = caller_reach(call);
    struct reservation_id id;

    if (entry_id(call, &id))
        waitlist_read(call->city, &id, &reach, entry_found, call);
}

void handle_waitlist_leave(struct call *call)
{
    struct reach reach = caller_reach(call);
    struct reservation_id id;

    if (entry_id(call, &id))
        waitlist_leave(call->city, &id, &reach, entry_found, call);
}
