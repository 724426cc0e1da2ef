/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/applicant.h"
#include "api/handlers.h"
#include "api/refusals.h"
#include "api/reservation_json.h"
#include "api/routes.h"
#include "slots/reserve.h"

enum { CHANNEL_CHARS_MAX = 16, IDEMPOTENCY_KEY_BYTES_MAX = 255 };

/* The hall may be of another city only so far that the caller learns he may not go there. */
static void read_place(const struct body_reader *body, struct reserve_order *order)
{
    const struct city *city = body->call->city;
    struct text hall, service;

    if (body_text(body, "hall", true, &hall)) {
        const struct city *its_city = cities_of_hall(&body->call->worker->cities, hall);
        city = its_city ? its_city : city;
        order->hall = catalogue_hall(city->edition->catalogue, hall);
        if (!order->hall)
            body_fault(body, "hall",
                       MESSAGE("没有这个大厅，请检查编号。", "There is no such hall."));
    }
    if (!body_text(body, "service", true, &service))
        return;
    order->service = catalogue_service(city->edition->catalogue, service);
    if (order->service && order->hall)
        order->queue = hall_queue_for(order->hall, order->service);
    if (!order->service || (order->hall && !order->queue))
        body_fault(body, "service",
                   MESSAGE("该大厅不办理此事项，请查询大厅的事项清单。",
                           "The hall does not offer this service; see its services."));
}

static bool is_channel(struct text channel)
{
    for (size_t i = 0; i < channel.length; i++)
        if (!((channel.data[i] >= 'a' && channel.data[i] <= 'z') || channel.data[i] == '-' ||
              channel.data[i] == '_'))
            return false;
    return channel.length >= 1 && channel.length <= CHANNEL_CHARS_MAX;
}

static void read_order(const struct body_reader *body, struct reserve_order *order,
                       struct id_number *id_number)
{
    static const char *const known[] = {"hall",      "service", "date", "start",
                                        "applicant", "channel", NULL};
    struct call *call = body->call;

    body_only(body, known);
    read_place(body, order);
    body_date(body, "date", &order->day);
    body_slot(body, "start", &order->slot);
    applicant_read(body, "applicant", city_today(call->city), &order->applicant, id_number);
    if (!body_text(body, "channel", false, &order->channel))
        order->channel = text_of(role_name(call->token.role));
    else if (!is_channel(order->channel))
        body_fault(body, "channel",
                   MESSAGE("须为 1 至 16 个小写字母，例如 wechat。",
                           "This must be 1 to 16 lower-case letters, such as wechat."));
    order->creator = (unsigned char)call->token.role;
    order->principal = text_of(call->token.id);
    order->idempotency_key = call->request->idempotency_key;
    if (order->idempotency_key.length > IDEMPOTENCY_KEY_BYTES_MAX)
        call_fault(call, body->faults, "/Idempotency-Key",
                   MESSAGE("幂等键最长 255 字节。", "Idempotency-Key has at most 255 bytes."));
}

static void answer_booked(struct call *call, const struct reserve *reserve)
{
    struct buffer body = {0}, location = {0};
    struct text headers;

    reservation_append_json(&body, call, &reserve->reservation, &reserve->applicant);
    buffer_append(&location, TEXT("Location: /v1/reservations/"));
    reservation_append_id(&location, &reserve->reservation.id);
    buffer_append(&location, TEXT("\r\n"));
    headers = arena_copy(&call->arena, buffer_text(&location));
    buffer_free(&location);
    call_answer(call, 201, &body, headers);
}

/* The one place where outcomes of a booking become answers: total, so that the compiler says when
 * an outcome is new. What is refused is said in api/refusals.c. */
static void answer_outcome(struct call *call, const struct reserve *reserve,
                           enum reserve_outcome outcome)
{
    struct refusal refusal = {.health = reserve->health};

    switch (outcome) {
    case RESERVE_BOOKED:
    case RESERVE_REPEATED:
        answer_booked(call, reserve);
        return;
    case RESERVE_NOT_RELEASED:
        refusal_answer_not_released(call, reserve->opens_at_ms);
        return;
    case RESERVE_ALREADY:
        refusal.kind = REFUSAL_ALREADY;
        refusal.has_other = true;
        refusal.other = reserve->reservation;
        break;
    case RESERVE_MISMATCH:
        refusal.kind = REFUSAL_MISMATCH;
        break;
    case RESERVE_NOT_GREEN:
        refusal.kind = REFUSAL_NOT_GREEN;
        break;
    case RESERVE_LIMIT:
        refusal.kind = REFUSAL_LIMIT;
        break;
    case RESERVE_CLOSED:
        refusal.kind = REFUSAL_CLOSED;
        break;
    case RESERVE_TOO_LATE:
        refusal.kind = REFUSAL_TOO_LATE;
        break;
    case RESERVE_FULL:
        refusal.kind = REFUSAL_FULL;
        break;
    }
    refusal_answer(call, &refusal);
}

static enum metric metric_of(int outcome)
{
    static const enum metric metrics[] = {
        [RESERVE_BOOKED] = METRIC_BOOKED,     [RESERVE_REPEATED] = METRIC_REPEATED,
        [RESERVE_MISMATCH] = METRIC_MISMATCH, [RESERVE_NOT_GREEN] = METRIC_NOT_GREEN,
        [RESERVE_ALREADY] = METRIC_ALREADY,   [RESERVE_LIMIT] = METRIC_LIMIT,
        [RESERVE_CLOSED] = METRIC_CLOSED,     [RESERVE_NOT_RELEASED] = METRIC_NOT_RELEASED,
        [RESERVE_TOO_LATE] = METRIC_TOO_LATE, [RESERVE_FULL] = METRIC_FULL,
    };

    return outcome < 0 ? METRIC_BOOKING_UNAVAILABLE : metrics[outcome];
}

static void reserve_answered(struct reserve *reserve, int outcome)
{
    struct call *call = reserve->owner;

    metrics_add(call->worker->metrics, metric_of(outcome), 1);
    if (outcome < 0)
        call_store_problem(call, outcome);
    else
        answer_outcome(call, reserve, (enum reserve_outcome)outcome);
}

void handle_reserve(struct call *call)
{
    struct faults faults = {0};
    struct body_reader body = {.call = call, .faults = &faults, .pointer = ""};
    struct reserve_order order = {0};
    struct id_number id_number = {0};
    const cJSON *json = body_parse(call);

    if (!json)
        return;
    body.object = json;
    read_order(&body, &order, &id_number);
    if (!call_refuse_faults(call, &faults)) {
        if (routes_token_reaches(&call->token, order.hall->id))
            reserve_start(call->city, &order, reserve_answered, call);
        else
            call_problem(call, PROBLEM_FORBIDDEN,
                         MESSAGE("该大厅不在您的权限范围内。",
                                 "The hall lies outside the token's city or hall."),
                         TEXT_NONE);
    }
    body_free();
}
