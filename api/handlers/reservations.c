/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "api/call/caller.h"
#include "api/handlers/handlers.h"
#include "api/json/booking_body.h"
#include "api/json/refusals.h"
#include "api/json/reservation.h"
#include "slots/booking/reserve.h"

/* What the answer must know of the request. */
struct wish {
    const char *package_pointer;
};

/* The reservations of those who come along, in the request's order. */
static void append_party(struct buffer *json, struct call *call, const struct reserve *reserve)
{
    json_open(json, "party", '[');
    for (unsigned i = 1; i < reserve->visit.item_count; i++)
        reservation_append_json(json, call, &reserve->visit.items[i].reservation,
                                &reserve->visit.items[i].applicant);
    buffer_append_byte(json, ']');
}

static void append_draw(struct buffer *json, const struct reserve *reserve)
{
    json_open(json, "draw", '{');
    json_put(json, "entry", reserve->visit.items[0].reservation.extras.draw_entry);
    calendar_put_instant(json, "draws_at", reserve->look.draws_at_ms,
                         reserve->visit.edition->catalogue->utc_offset_minutes);
    buffer_append_byte(json, '}');
}

static struct text location_of(struct call *call, const struct reservation *reservation)
{
    struct buffer location = {0};
    struct text headers;

    buffer_append(&location, TEXT("Location: /v1/reservations/"));
    reservation_append_id(&location, &reservation->id);
    buffer_append(&location, TEXT("\r\n"));
    headers = arena_copy(&call->arena, buffer_text(&location));
    buffer_free(&location);
    return headers;
}

/* 201, or 202 when the order became an entry of a draw. */
static void answer_made(struct call *call, const struct reserve *reserve)
{
    const struct reservation *reservation = &reserve->visit.items[0].reservation;
    bool is_entry = reservation->id.kind == KIND_DRAW;
    struct buffer body = {0};

    reservation_append_open_json(&body, call, reservation, &reserve->visit.items[0].applicant);
    if (reserve->visit.kind == VISIT_PARTY)
        append_party(&body, call, reserve);
    if (is_entry)
        append_draw(&body, reserve);
    buffer_append_byte(&body, '}');
    call_answer(call, is_entry ? 202 : 201, &body, location_of(call, reservation));
}

/* A draw takes single bookings; what was asked for instead stands at a place of the body. */
static void answer_not_in_draw(struct call *call, const struct reserve *reserve)
{
    const struct wish *wish = call->state;
    struct faults faults = {0};

    call_fault(
        call, &faults, reserve->visit.kind == VISIT_PARTY ? "/party" : wish->package_pointer,
        MESSAGE("该队列正在摇号登记，只接受单人单事项；多人同行或“一件事”请在摇号结束后预约。",
                "The queue is collecting entries for its draw, one person and one service "
                "each; book a party or a package after the draw."));
    call_refuse_faults(call, &faults);
}

/* Refusals of a person, and of the places; the others are of the whole request. */
static bool is_of_person(enum refusal_kind kind)
{
    return kind == REFUSAL_NOT_GREEN || kind == REFUSAL_ALREADY || kind == REFUSAL_OVERLAP ||
           kind == REFUSAL_LIMIT || kind == REFUSAL_SUSPENDED || kind == REFUSAL_CANCELLATIONS;
}

static bool is_of_places(enum refusal_kind kind)
{
    return kind == REFUSAL_CLOSED || kind == REFUSAL_TOO_LATE || kind == REFUSAL_FULL;
}

/* Whom of a party, or which step of a package, a refusal is about. */
static struct text refused_item(struct call *call, const struct reserve *reserve)
{
    enum refusal_kind kind = reserve->refusal.kind;
    unsigned i = reserve->look.item;
    char pointer[32] = "/applicant";

    if (reserve->visit.kind == VISIT_PACKAGE && is_of_places(kind))
        return refusal_member(call, "service", reserve->visit.items[i].service->id);
    if (reserve->visit.kind != VISIT_PARTY || !is_of_person(kind))
        return TEXT_NONE;
    if (i > 0)
        snprintf(pointer, sizeof pointer, "/party/%u", i - 1);
    return refusal_member(call, "pointer", text_of(pointer));
}

static enum metric metric_of(const struct reserve *reserve, int status)
{
    enum refusal_kind kind = reserve->refusal.kind;

    if (status < 0)
        return METRIC_BOOKING_UNAVAILABLE;
    return kind == REFUSAL_NONE && reserve->visit.items[0].reservation.id.kind == KIND_DRAW
               ? METRIC_IN_DRAW
               : refusal_metric(kind);
}

static void reserve_answered(struct reserve *reserve, int status)
{
    struct call *call = reserve->owner;
    enum refusal_kind kind = reserve->refusal.kind;

    metrics_add(call->api->metrics, metric_of(reserve, status), 1);
    if (status < 0)
        call_store_problem(call, status);
    else if (kind == REFUSAL_NONE || kind == REFUSAL_REPEATED)
        answer_made(call, reserve);
    else if (kind == REFUSAL_NOT_IN_DRAW)
        answer_not_in_draw(call, reserve);
    else
        refusal_answer_with(call, &reserve->refusal, refused_item(call, reserve));
}

static void start(struct call *call, const struct reservation_order *read)
{
    struct wish *wish = arena_new(&call->arena, sizeof *wish);

    wish->package_pointer = read->package_pointer;
    call->state = wish;
    if (token_reaches(&call->token, read->order.hall->id))
        reserve_start(call->city, &read->order, reserve_answered, call);
    else
        call_problem(call, PROBLEM_FORBIDDEN,
                     MESSAGE("该大厅不在您的权限范围内。",
                             "The hall lies outside the token's city or hall."),
                     TEXT_NONE);
}

void handle_reserve(struct call *call)
{
    struct faults faults = {0};
    struct body_reader body = {.call = call, .faults = &faults};
    struct reservation_order read = {0};

    if (!body_parse(&body))
        return;
    reservation_order_read(&body, &read);
    if (!call_refuse_faults(call, &faults))
        start(call, &read);
}
