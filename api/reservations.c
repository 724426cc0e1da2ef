/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/body.h"
#include "api/handlers.h"
#include "api/reservation_json.h"
#include "api/routes.h"
#include "slots/health_codes.h"
#include "slots/identity.h"
#include "slots/lookup.h"
#include "slots/reserve.h"

enum { CHANNEL_CHARS_MAX = 16, IDEMPOTENCY_KEY_BYTES_MAX = 255 };

static struct message identity_message(enum identity_outcome outcome)
{
    switch (outcome) {
    case IDENTITY_OK:
        break;
    case IDENTITY_LENGTH:
        return MESSAGE("长度不对：身份证号 18 位，手机号 11 位，姓名 2 至 25 个汉字。",
                       "Wrong length: an ID number has 18 characters, a mobile number 11, a name 2 "
                       "to 25 Han characters.");
    case IDENTITY_CHARACTERS:
        return MESSAGE("含有不允许的字符：身份证号为数字（末位可为 X），手机号为数字，姓名为汉字。",
                       "A character is not allowed here: digits (and a last X) in an ID number, "
                       "digits in a mobile number, Han characters in a name.");
    case IDENTITY_REGION:
        return MESSAGE("身份证号前两位不是有效的省级代码，请核对。",
                       "The first two digits of the ID number are no province's; check them.");
    case IDENTITY_BIRTH_DATE:
        return MESSAGE("身份证号中的出生日期不存在，请核对。",
                       "The birth date in the ID number does not exist; check it.");
    case IDENTITY_CHECK_DIGIT:
        return MESSAGE("身份证号校验位不符（GB 11643），请核对是否输错。",
                       "The ID number's check digit does not fit (GB 11643); check for a typing "
                       "error.");
    case IDENTITY_COUNTRY_CODE:
        return MESSAGE("请填写 11 位手机号，不带 +86 等区号。",
                       "Give the 11 digits of the mobile number without a country code.");
    case IDENTITY_PHONE_NUMBER:
        return MESSAGE("不是有效的大陆手机号，应以 13 至 19 开头。",
                       "No mainland mobile number: those begin with 13 to 19.");
    }
    return MESSAGE("", "");
}

/* Reads and checks the applicant; the normalised ID number goes to `id_number`. */
static void read_applicant(const struct body_reader *body, day_number today,
                           struct applicant *applicant, char id_number[IDENTITY_ID_LENGTH])
{
    static const char *const known[] = {"name", "id_number", "phone", NULL};
    struct body_reader reader = *body;
    enum identity_outcome outcome;

    reader.object = body_object(body, "applicant");
    reader.pointer = "/applicant";
    if (!reader.object)
        return;
    body_only(&reader, known);
    if (body_text(&reader, "name", true, &applicant->name) &&
        (outcome = identity_check_name(applicant->name)) != IDENTITY_OK)
        body_fault(&reader, "name", identity_message(outcome));
    if (body_text(&reader, "id_number", true, &applicant->id_number) &&
        (outcome = identity_check_id_number(applicant->id_number, today, id_number)) != IDENTITY_OK)
        body_fault(&reader, "id_number", identity_message(outcome));
    if (body_text(&reader, "phone", true, &applicant->phone) &&
        (outcome = identity_check_phone(applicant->phone)) != IDENTITY_OK)
        body_fault(&reader, "phone", identity_message(outcome));
    applicant->id_number = text_bytes(id_number, IDENTITY_ID_LENGTH);
}

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
                       char id_number[IDENTITY_ID_LENGTH])
{
    static const char *const known[] = {"hall",      "service", "date", "start",
                                        "applicant", "channel", NULL};
    struct call *call = body->call;

    body_only(body, known);
    read_place(body, order);
    body_date(body, "date", &order->day);
    body_slot(body, "start", &order->slot);
    read_applicant(body, city_today(call->city), &order->applicant, id_number);
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

/* {"reservation":"…"} and the like, as members of a problem. */
static struct text member(struct call *call, const char *name, struct text value)
{
    struct buffer json = {0};
    struct text result;

    buffer_printf(&json, ",\"%s\":", name);
    buffer_append_json(&json, value);
    result = arena_copy(&call->arena, buffer_text(&json));
    buffer_free(&json);
    return result;
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

static void count_interception(struct call *call, char health)
{
    metrics_add(call->worker->metrics,
                health == HEALTH_YELLOW ? METRIC_INTERCEPTED_YELLOW
                : health == HEALTH_RED  ? METRIC_INTERCEPTED_RED
                                        : METRIC_INTERCEPTED_UNKNOWN,
                1);
}

static struct text opens_at_member(struct call *call, const struct reserve *reserve)
{
    struct buffer instant = {0};
    struct text result;

    calendar_append_instant(&instant, reserve->opens_at_ms,
                            reserve->edition->catalogue->utc_offset_minutes);
    result = member(call, "opens_at", buffer_text(&instant));
    buffer_free(&instant);
    return result;
}

/* The one place where outcomes of a booking become answers: total, so that the compiler says when
 * an outcome is new. */
static void answer_outcome(struct call *call, const struct reserve *reserve,
                           enum reserve_outcome outcome)
{
    switch (outcome) {
    case RESERVE_BOOKED:
    case RESERVE_REPEATED:
        answer_booked(call, reserve);
        break;
    case RESERVE_MISMATCH:
        call_problem(call, PROBLEM_IDEMPOTENCY_MISMATCH,
                     MESSAGE("该幂等键已用于另一个请求；新的预约请换用新的幂等键。",
                             "This Idempotency-Key was used for another request; take a new one."),
                     TEXT_NONE);
        break;
    case RESERVE_NOT_GREEN:
        call_problem(
            call, PROBLEM_HEALTH_CODE_NOT_GREEN,
            MESSAGE("申请人的健康码不是绿码，暂不能预约；转为绿码后即可再次预约。",
                    "The applicant's health code is not green; book again once it is."),
            member(call, "code", text_of(health_code_name((enum health_code)reserve->health))));
        break;
    case RESERVE_ALREADY:
        call_problem(call, PROBLEM_ALREADY_RESERVED,
                     MESSAGE("申请人当日已有同一事项的预约，可先取消原预约再约。",
                             "The applicant has a reservation for this service and day; cancel it "
                             "to book another time."),
                     member(call, "reservation", reserve->other_id));
        break;
    case RESERVE_LIMIT:
        call_problem(call, PROBLEM_LIMIT_REACHED,
                     MESSAGE("申请人的有效预约已达上限，请先办结或取消已有预约。",
                             "The applicant has as many live reservations as the city allows."),
                     TEXT_NONE);
        break;
    case RESERVE_CLOSED:
        call_problem(call, PROBLEM_SLOT_CLOSED,
                     MESSAGE("大厅在该时段不对外办理此事项，请查询可约时段。",
                             "The hall does not serve this half hour; see its availability."),
                     TEXT_NONE);
        break;
    case RESERVE_NOT_RELEASED:
        call_problem(call, PROBLEM_NOT_RELEASED,
                     MESSAGE("该日号源尚未开放，请在开放时间之后预约。",
                             "This day is not released yet; book from opens_at on."),
                     opens_at_member(call, reserve));
        break;
    case RESERVE_TOO_LATE:
        call_problem(call, PROBLEM_TOO_LATE,
                     MESSAGE("该时段已停止预约，请选择之后的时段。",
                             "Booking for this half hour has ended; choose a later one."),
                     TEXT_NONE);
        break;
    case RESERVE_FULL:
        call_problem(call, PROBLEM_SLOT_FULL,
                     MESSAGE("该时段号源已约满，请选择其他时段或大厅。",
                             "No places are left in this half hour; choose another time or hall."),
                     TEXT_NONE);
        break;
    }
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
    if (outcome == RESERVE_NOT_GREEN)
        count_interception(call, reserve->health);
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
    char id_number[IDENTITY_ID_LENGTH] = {0};
    const cJSON *json = body_parse(call);

    if (!json)
        return;
    body.object = json;
    read_order(&body, &order, id_number);
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

static void answer_reservation(struct call *call, const struct reservation *reservation,
                               const struct applicant *applicant)
{
    struct buffer body = {0};

    reservation_append_json(&body, call, reservation, applicant);
    call_answer(call, 200, &body, TEXT_NONE);
}

static void answer_missing(struct call *call)
{
    call_problem(call, PROBLEM_NOT_FOUND,
                 MESSAGE("没有这个预约，请检查编号。", "There is no such reservation."), TEXT_NONE);
}

static void reservation_read(void *owner, int status, const struct reservation *reservation,
                             const struct applicant *applicant)
{
    struct call *call = owner;

    if (status < 0)
        call_store_problem(call, status);
    else if (!reservation)
        answer_missing(call);
    else
        answer_reservation(call, reservation, applicant);
}

/* The path's id; routes.c has seen that it is one. */
static struct reservation_id id_of(const struct call *call)
{
    struct reservation_id id = {0};

    reservation_parse_id(call->parameters[0], &id);
    return id;
}

void handle_reservation(struct call *call)
{
    struct reservation_id id = id_of(call);

    lookup_reservation(call->city, &id, reservation_read, call);
}

static void cancel_answered(void *owner, int status, const struct reservation *reservation,
                            const struct applicant *applicant)
{
    struct call *call = owner;

    if (status < 0) {
        call_store_problem(call, status);
        return;
    }
    switch ((enum cancel_outcome)status) {
    case CANCEL_DONE:
        metrics_add(call->worker->metrics, METRIC_CANCELLED, 1);
        answer_reservation(call, reservation, applicant);
        break;
    case CANCEL_MISSING:
        answer_missing(call);
        break;
    case CANCEL_WRONG_STATE:
        call_problem(call, PROBLEM_WRONG_STATE,
                     MESSAGE("只有已预约且未办理的预约可以取消。",
                             "Only a booked reservation can be cancelled."),
                     member(call, "state", text_of(reservation_status_name(reservation->status))));
        break;
    case CANCEL_TOO_LATE:
        call_problem(call, PROBLEM_TOO_LATE,
                     MESSAGE("预约的时段已经结束，不能再取消。",
                             "The reservation's time is over; it can no longer be cancelled."),
                     TEXT_NONE);
        break;
    }
}

void handle_cancel(struct call *call)
{
    struct reservation_id id = id_of(call);

    lookup_cancel(call->city, &id, cancel_answered, call);
}
