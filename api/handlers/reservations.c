/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "api/call/caller.h"
#include "api/handlers/handlers.h"
#include "api/json/refusals.h"
#include "api/json/reservation_json.h"
#include "api/json/reservation_order.h"
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

/* Whom of a party, or which step of a package, a refusal is about. */
static struct text refused_item(struct call *call, const struct reserve *reserve, bool is_personal)
{
    unsigned i = reserve->look.item;
    char pointer[32] = "/applicant";

    if (reserve->visit.kind == VISIT_PACKAGE && !is_personal)
        return refusal_member(call, "service", reserve->visit.items[i].service->id);
    if (reserve->visit.kind != VISIT_PARTY || !is_personal)
        return TEXT_NONE;
    if (i > 0)
        snprintf(pointer, sizeof pointer, "/party/%u", i - 1);
    return refusal_member(call, "pointer", text_of(pointer));
}

static void answer_refused(struct call *call, const struct reserve *reserve, enum refusal_kind kind,
                           struct text members)
{
    struct refusal refusal = {
        .kind = kind,
        .health = reserve->health,
        .until_s = reserve->until_s,
        .has_other = kind == REFUSAL_ALREADY || kind == REFUSAL_OVERLAP,
        .other = reserve->other,
    };

    refusal_answer_with(call, &refusal, members);
}

/* Refusals of a person, of the places, of the request. */
static void answer_person(struct call *call, const struct reserve *reserve, enum refusal_kind kind)
{
    answer_refused(call, reserve, kind, refused_item(call, reserve, true));
}

static void answer_places(struct call *call, const struct reserve *reserve, enum refusal_kind kind)
{
    answer_refused(call, reserve, kind, refused_item(call, reserve, false));
}

/* The one place where outcomes of a booking become answers: total, so that the compiler says when
 * an outcome is new. What is refused is said in api/json/refusals.c. */
static void answer_outcome(struct call *call, const struct reserve *reserve,
                           enum reserve_outcome outcome)
{
    switch (outcome) {
    case RESERVE_BOOKED:
    case RESERVE_REPEATED:
    case RESERVE_IN_DRAW:
        answer_made(call, reserve);
        break;
    case RESERVE_NOT_RELEASED:
        refusal_answer_not_released(call, reserve->look.opens_at_ms);
        break;
    case RESERVE_NOT_IN_DRAW:
        answer_not_in_draw(call, reserve);
        break;
    case RESERVE_MISMATCH:
        answer_refused(call, reserve, REFUSAL_MISMATCH, TEXT_NONE);
        break;
    case RESERVE_AGENT_LIMIT:
        answer_refused(call, reserve, REFUSAL_AGENT, TEXT_NONE);
        break;
    case RESERVE_NOT_GREEN:
        answer_person(call, reserve, REFUSAL_NOT_GREEN);
        break;
    case RESERVE_ALREADY:
        answer_person(call, reserve, REFUSAL_ALREADY);
        break;
    case RESERVE_OVERLAP:
        answer_person(call, reserve, REFUSAL_OVERLAP);
        break;
    case RESERVE_LIMIT:
        answer_person(call, reserve, REFUSAL_LIMIT);
        break;
    case RESERVE_SUSPENDED:
        answer_person(call, reserve, REFUSAL_SUSPENDED);
        break;
    case RESERVE_CANCELLATIONS:
        answer_person(call, reserve, REFUSAL_CANCELLATIONS);
        break;
    case RESERVE_CLOSED:
        answer_places(call, reserve, REFUSAL_CLOSED);
        break;
    case RESERVE_TOO_LATE:
        answer_places(call, reserve, REFUSAL_TOO_LATE);
        break;
    case RESERVE_FULL:
        answer_places(call, reserve, REFUSAL_FULL);
        break;
    }
}

static enum metric metric_of(int outcome)
{
    static const enum metric metrics[] = {
        [RESERVE_BOOKED] = METRIC_BOOKED,
        [RESERVE_REPEATED] = METRIC_REPEATED,
        [RESERVE_IN_DRAW] = METRIC_IN_DRAW,
        [RESERVE_MISMATCH] = METRIC_MISMATCH,
        [RESERVE_NOT_GREEN] = METRIC_NOT_GREEN,
        [RESERVE_ALREADY] = METRIC_ALREADY,
        [RESERVE_OVERLAP] = METRIC_OVERLAP,
        [RESERVE_LIMIT] = METRIC_LIMIT,
        [RESERVE_SUSPENDED] = METRIC_SUSPENDED,
        [RESERVE_CANCELLATIONS] = METRIC_CANCELLATIONS_USED_UP,
        [RESERVE_AGENT_LIMIT] = METRIC_AGENT_LIMIT,
        [RESERVE_CLOSED] = METRIC_CLOSED,
        [RESERVE_NOT_RELEASED] = METRIC_NOT_RELEASED,
        [RESERVE_TOO_LATE] = METRIC_TOO_LATE,
        [RESERVE_FULL] = METRIC_FULL,
        [RESERVE_NOT_IN_DRAW] = METRIC_NOT_IN_DRAW,
    };

    return outcome < 0 ? METRIC_BOOKING_UNAVAILABLE : metrics[outcome];
}

static void reserve_answered(struct reserve *reserve, int outcome)
{
    struct call *call = reserve->owner;

    metrics_add(call->api->metrics, metric_of(outcome), 1);
    if (outcome < 0)
        call_store_problem(call, outcome);
    else
        answer_outcome(call, reserve, (enum reserve_outcome)outcome);
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
