/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/refusals.h"

#include "api/call/caller.h"
#include "base/clock.h"
#include "slots/days/health_codes.h"

struct text refusal_member(struct call *call, const char *name, struct text value)
{
    struct buffer json = {0};
    struct text result;

    json_put(&json, name, value);
    result = arena_copy(&call->arena, buffer_text(&json));
    buffer_free(&json);
    return result;
}

static int zone_of(const struct call *call)
{
    return call->city->edition->catalogue->utc_offset_minutes;
}

static struct text instant_member(struct call *call, const char *name, int64_t instant_ms)
{
    struct buffer instant = {0};
    struct text result;

    calendar_append_instant(&instant, instant_ms, zone_of(call));
    result = refusal_member(call, name, buffer_text(&instant));
    buffer_free(&instant);
    return result;
}

static struct text joined(struct call *call, struct text first, struct text second)
{
    struct buffer json = {0};
    struct text result;

    buffer_append(&json, first);
    buffer_append(&json, second);
    result = arena_copy(&call->arena, buffer_text(&json));
    buffer_free(&json);
    return result;
}

void refusal_answer_not_released(struct call *call, int64_t opens_at_ms)
{
    call_problem(call, PROBLEM_NOT_RELEASED,
                 MESSAGE("该日号源尚未开放，请在开放时间之后预约。",
                         "This day is not released yet; book from opens_at on."),
                 instant_member(call, "opens_at", opens_at_ms));
}

void refusal_answer_missing(struct call *call)
{
    call_problem(call, PROBLEM_NOT_FOUND,
                 MESSAGE("没有这个预约，请检查编号。", "There is no such reservation."), TEXT_NONE);
}

void refusal_answer_out_of_reach(struct call *call)
{
    call_problem(call, PROBLEM_FORBIDDEN,
                 MESSAGE("该预约不在您所属的大厅，请由其所在大厅或预约人办理。",
                         "The reservation is in another hall; its staff or its owner may do this."),
                 TEXT_NONE);
}

void refusal_count_interception(struct call *call, char health)
{
    metrics_add(call->api->metrics,
                health == HEALTH_YELLOW ? METRIC_INTERCEPTED_YELLOW
                : health == HEALTH_RED  ? METRIC_INTERCEPTED_RED
                                        : METRIC_INTERCEPTED_UNKNOWN,
                1);
}

static int64_t next_month_ms(const struct call *call)
{
    day_number day = city_today(call->city);
    unsigned month, day_of_month;
    int year;

    calendar_split_day(day, &year, &month, &day_of_month);
    calendar_make_day(year + (month == 12), month % 12 + 1, 1, &day);
    return calendar_instant_ms(day, 0, zone_of(call));
}

/* Which of the limits, and, when it ends by itself, when. */
static void answer_limit(struct call *call, enum refusal_kind kind, struct text members)
{
    if (kind == REFUSAL_CANCELLATIONS)
        call_problem(
            call, PROBLEM_LIMIT_REACHED,
            MESSAGE("申请人本月取消次数已达上限，请在 until 之后再预约，或到大厅现场取号。",
                    "The applicant has cancelled as often as the city allows in a month; "
                    "book again from until on, or take a number at the hall."),
            joined(call,
                   joined(call, TEXT(",\"limit\":\"cancellations_per_month\""),
                          instant_member(call, "until", next_month_ms(call))),
                   members));
    else if (kind == REFUSAL_AGENT)
        call_problem(
            call, PROBLEM_LIMIT_REACHED,
            MESSAGE("代办人今日代约次数已达上限，请明日再代约，或由申请人本人预约。",
                    "The agent has booked as often for others as the city allows in a day; come "
                    "back tomorrow, or let the applicant book."),
            joined(call,
                   joined(call, TEXT(",\"limit\":\"agent_per_day\""),
                          instant_member(
                              call, "until",
                              calendar_instant_ms(city_today(call->city) + 1, 0, zone_of(call)))),
                   members));
    else if (kind == REFUSAL_WAITLIST)
        call_problem(call, PROBLEM_LIMIT_REACHED,
                     MESSAGE("该队列当日的候补已满（500 人），请选择其他日期或大厅。",
                             "The waitlist of this queue and day is full (500 people); choose "
                             "another day or hall."),
                     joined(call, TEXT(",\"limit\":\"waitlist\""), members));
    else
        call_problem(call, PROBLEM_LIMIT_REACHED,
                     MESSAGE("申请人的有效预约已达上限，请先办结或取消已有预约。",
                             "The applicant has as many live reservations as the city allows; "
                             "finish or cancel one first."),
                     joined(call, TEXT(",\"limit\":\"live_per_person\""), members));
}

bool refusal_reservation_member(struct call *call, const struct reservation *reservation,
                                struct text *member)
{
    struct reach reach = caller_reach(call);
    struct buffer printed = {0};
    struct reservation_id id;

    if (!reservation_public_id(reservation, &id))
        return false;
    reservation_append_id(&printed, &id);
    *member = reach_covers(&reach, reservation)
                  ? refusal_member(call, "reservation", buffer_text(&printed))
                  : TEXT(",\"reservation\":null");
    buffer_free(&printed);
    return true;
}

static struct message already_message(enum refusal_kind kind)
{
    if (kind == REFUSAL_OVERLAP)
        return MESSAGE("申请人在该时段已有别的预约，请改约其他时段，或先取消原预约。",
                       "The applicant has another reservation in this half hour; "
                       "choose another time, or cancel that one first.");
    return MESSAGE("申请人当日已有同一事项的预约，可先取消原预约再约。",
                   "The applicant has a reservation for this service and day; cancel it to book "
                   "another time.");
}

static void answer_already(struct call *call, const struct refusal *refusal, struct text members)
{
    struct text reservation;

    if (!refusal->has_other || !refusal_reservation_member(call, &refusal->other, &reservation)) {
        call_store_problem(call, STORE_ERROR);
        return;
    }
    call_problem(call, PROBLEM_ALREADY_RESERVED, already_message(refusal->kind),
                 joined(call, reservation, members));
}

static void answer_state(struct call *call, const struct refusal *refusal, struct text members)
{
    struct text state;

    if (!refusal->has_other) {
        call_store_problem(call, STORE_ERROR);
        return;
    }
    state = text_of(reservation_status_name(refusal->other.status));
    call_problem(call, PROBLEM_WRONG_STATE,
                 MESSAGE("预约当前的状态（见 state）不能这样操作，请刷新后再试。",
                         "This cannot be done in the reservation's present state; read it again."),
                 joined(call, refusal_member(call, "state", state), members));
}

static void answer_not_green(struct call *call, const struct refusal *refusal, struct text members)
{
    struct text code = text_of(health_code_name((enum health_code)refusal->health));

    refusal_count_interception(call, refusal->health);
    call_problem(call, PROBLEM_HEALTH_CODE_NOT_GREEN,
                 MESSAGE("申请人的健康码不是绿码，暂不能预约；转为绿码后即可再次预约。",
                         "The applicant's health code is not green; book again once it is."),
                 joined(call, refusal_member(call, "code", code), members));
}

void refusal_answer_with(struct call *call, const struct refusal *refusal, struct text members)
{
    switch (refusal->kind) {
    case REFUSAL_FULL:
        call_problem(call, PROBLEM_SLOT_FULL,
                     MESSAGE("该时段号源已约满，请选择其他时段或大厅。",
                             "No places are left in this half hour; choose another time or hall."),
                     members);
        break;
    case REFUSAL_CLOSED:
        call_problem(call, PROBLEM_SLOT_CLOSED,
                     MESSAGE("大厅在该时段不对外办理此事项，请查询可约时段。",
                             "The hall does not serve this half hour; see its availability."),
                     members);
        break;
    case REFUSAL_NOT_GREEN:
        answer_not_green(call, refusal, members);
        break;
    case REFUSAL_ALREADY:
    case REFUSAL_OVERLAP:
    case REFUSAL_REPEATED:
        answer_already(call, refusal, members);
        break;
    case REFUSAL_LIMIT:
    case REFUSAL_CANCELLATIONS:
    case REFUSAL_AGENT:
    case REFUSAL_WAITLIST:
        answer_limit(call, refusal->kind, members);
        break;
    case REFUSAL_SUSPENDED:
        call_problem(
            call, PROBLEM_BOOKING_SUSPENDED,
            MESSAGE("申请人多次爽约，暂停预约至 until；可到大厅现场取号，或向大厅说明情况。",
                    "The applicant missed too many reservations; book again from until on, "
                    "take a number at the hall, or explain it there."),
            joined(call, instant_member(call, "until", refusal->until_s * 1000), members));
        break;
    case REFUSAL_TOO_LATE:
        call_problem(call, PROBLEM_TOO_LATE,
                     MESSAGE("已过办理时限，请选择之后的时段。",
                             "The time for this is over; choose a later half hour."),
                     members);
        break;
    case REFUSAL_MISMATCH:
        call_problem(call, PROBLEM_IDEMPOTENCY_MISMATCH,
                     MESSAGE("该幂等键已用于另一个请求；新的请求请换用新的幂等键。",
                             "This Idempotency-Key was used for another request; take a new one."),
                     members);
        break;
    case REFUSAL_STATE:
        answer_state(call, refusal, members);
        break;
    case REFUSAL_MISSING:
        refusal_answer_missing(call);
        break;
    case REFUSAL_OUT_OF_REACH:
        refusal_answer_out_of_reach(call);
        break;
    case REFUSAL_NOT_OPEN:
    case REFUSAL_STALE:
    case REFUSAL_AGAIN:
        call_problem(call, PROBLEM_STORE_UNAVAILABLE,
                     MESSAGE("号源正在变动，本次未作任何更改，请稍后重试。",
                             "The inventory is changing; nothing was done, try again."),
                     members);
        break;
    case REFUSAL_NONE:
    case REFUSAL_UNKNOWN:
        call_store_problem(call, STORE_ERROR);
        break;
    }
}

void refusal_answer(struct call *call, const struct refusal *refusal)
{
    refusal_answer_with(call, refusal, TEXT_NONE);
}
