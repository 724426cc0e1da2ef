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

/* --- What a problem says besides, `,"name":value`; false when a detail cannot be read ----------
 */

static bool tell_opening(struct call *call, const struct refusal *refusal, struct text *member)
{
    *member = instant_member(call, "opens_at", refusal->opens_at_ms);
    return true;
}

static bool tell_suspension(struct call *call, const struct refusal *refusal, struct text *member)
{
    *member = instant_member(call, "until", refusal->until_s * 1000);
    return true;
}

static bool tell_month(struct call *call, const struct refusal *refusal, struct text *member)
{
    (void)refusal;
    *member = joined(call, TEXT(",\"limit\":\"cancellations_per_month\""),
                     instant_member(call, "until", next_month_ms(call)));
    return true;
}

static bool tell_day(struct call *call, const struct refusal *refusal, struct text *member)
{
    int64_t tomorrow_ms = calendar_instant_ms(city_today(call->city) + 1, 0, zone_of(call));

    (void)refusal;
    *member = joined(call, TEXT(",\"limit\":\"agent_per_day\""),
                     instant_member(call, "until", tomorrow_ms));
    return true;
}

static bool tell_waitlist(struct call *call, const struct refusal *refusal, struct text *member)
{
    (void)call;
    (void)refusal;
    *member = TEXT(",\"limit\":\"waitlist\"");
    return true;
}

static bool tell_live(struct call *call, const struct refusal *refusal, struct text *member)
{
    (void)call;
    (void)refusal;
    *member = TEXT(",\"limit\":\"live_per_person\"");
    return true;
}

static bool tell_other(struct call *call, const struct refusal *refusal, struct text *member)
{
    return refusal->has_other && refusal_reservation_member(call, &refusal->other, member);
}

static bool tell_state(struct call *call, const struct refusal *refusal, struct text *member)
{
    if (refusal->has_other)
        *member =
            refusal_member(call, "state", text_of(reservation_status_name(refusal->other.status)));
    return refusal->has_other;
}

static bool tell_code(struct call *call, const struct refusal *refusal, struct text *member)
{
    refusal_count_interception(call, refusal->health);
    *member =
        refusal_member(call, "code", text_of(health_code_name((enum health_code)refusal->health)));
    return true;
}

/* ---------------------------------------------------------------------------------------------- */

#define MESSAGE_OTHER                                                                              \
    {                                                                                              \
        "申请人当日已有同一事项的预约，可先取消原预约再约。",                                      \
            "The applicant has a reservation for this service and day; cancel it to book "         \
            "another time."                                                                        \
    }
#define MESSAGE_CHANGING                                                                           \
    {                                                                                              \
        "号源正在变动，本次未作任何更改，请稍后重试。",                                            \
            "The inventory is changing; nothing was done, try again."                              \
    }

/* One row each; what has no message is told by those who know what it is about, or is a reply that
 * cannot be understood. */
static const struct {
    enum problem problem;
    enum metric metric; /* of a booking */
    struct message message;
    bool (*tell)(struct call *call, const struct refusal *refusal, struct text *member);
} rows[REFUSAL_COUNT] = {
    [REFUSAL_NONE] = {PROBLEM_STORE_UNAVAILABLE, METRIC_BOOKED, {NULL, NULL}, NULL},
    [REFUSAL_UNKNOWN] = {PROBLEM_STORE_UNAVAILABLE, METRIC_BOOKING_UNAVAILABLE, {NULL, NULL}, NULL},
    [REFUSAL_NO_SERVICE] = {PROBLEM_INVALID_REQUEST,
                            METRIC_BOOKING_UNAVAILABLE,
                            {NULL, NULL},
                            NULL},
    [REFUSAL_NOT_IN_DRAW] = {PROBLEM_INVALID_REQUEST, METRIC_NOT_IN_DRAW, {NULL, NULL}, NULL},
    [REFUSAL_FULL] = {PROBLEM_SLOT_FULL,
                      METRIC_FULL,
                      {"该时段号源已约满，请选择其他时段或大厅。",
                       "No places are left in this half hour; choose another time or hall."},
                      NULL},
    [REFUSAL_CLOSED] = {PROBLEM_SLOT_CLOSED,
                        METRIC_CLOSED,
                        {"大厅在该时段不对外办理此事项，请查询可约时段。",
                         "The hall does not serve this half hour; see its availability."},
                        NULL},
    [REFUSAL_NOT_RELEASED] = {PROBLEM_NOT_RELEASED,
                              METRIC_NOT_RELEASED,
                              {"该日号源尚未开放，请在开放时间之后预约。",
                               "This day is not released yet; book from opens_at on."},
                              tell_opening},
    [REFUSAL_TOO_LATE] = {PROBLEM_TOO_LATE,
                          METRIC_TOO_LATE,
                          {"已过办理时限，请选择之后的时段。",
                           "The time for this is over; choose a later half hour."},
                          NULL},
    [REFUSAL_OVER] = {PROBLEM_TOO_LATE,
                      METRIC_BOOKING_UNAVAILABLE,
                      {"预约的时段已经结束，不能再取消或改约。",
                       "The reservation's time is over; it can no longer be changed."},
                      NULL},
    [REFUSAL_NOT_GREEN] = {PROBLEM_HEALTH_CODE_NOT_GREEN,
                           METRIC_NOT_GREEN,
                           {"申请人的健康码不是绿码，暂不能预约；转为绿码后即可再次预约。",
                            "The applicant's health code is not green; book again once it is."},
                           tell_code},
    [REFUSAL_ALREADY] = {PROBLEM_ALREADY_RESERVED, METRIC_ALREADY, MESSAGE_OTHER, tell_other},
    [REFUSAL_REPEATED] = {PROBLEM_ALREADY_RESERVED, METRIC_REPEATED, MESSAGE_OTHER, tell_other},
    [REFUSAL_OVERLAP] = {PROBLEM_ALREADY_RESERVED,
                         METRIC_OVERLAP,
                         {"申请人在该时段已有别的预约，请改约其他时段，或先取消原预约。",
                          "The applicant has another reservation in this half hour; "
                          "choose another time, or cancel that one first."},
                         tell_other},
    [REFUSAL_LIMIT] = {PROBLEM_LIMIT_REACHED,
                       METRIC_LIMIT,
                       {"申请人的有效预约已达上限，请先办结或取消已有预约。",
                        "The applicant has as many live reservations as the city allows; "
                        "finish or cancel one first."},
                       tell_live},
    [REFUSAL_CANCELLATIONS] =
        {PROBLEM_LIMIT_REACHED,
         METRIC_CANCELLATIONS_USED_UP,
         {"申请人本月取消次数已达上限，请在 until 之后再预约，或到大厅现场取号。",
          "The applicant has cancelled as often as the city allows in a month; "
          "book again from until on, or take a number at the hall."},
         tell_month},
    [REFUSAL_AGENT] =
        {PROBLEM_LIMIT_REACHED,
         METRIC_AGENT_LIMIT,
         {"代办人今日代约次数已达上限，请明日再代约，或由申请人本人预约。",
          "The agent has booked as often for others as the city allows in a day; come "
          "back tomorrow, or let the applicant book."},
         tell_day},
    [REFUSAL_WAITLIST] = {PROBLEM_LIMIT_REACHED,
                          METRIC_BOOKING_UNAVAILABLE,
                          {"该队列当日的候补已满（500 人），请选择其他日期或大厅。",
                           "The waitlist of this queue and day is full (500 people); choose "
                           "another day or hall."},
                          tell_waitlist},
    [REFUSAL_SUSPENDED] =
        {PROBLEM_BOOKING_SUSPENDED,
         METRIC_SUSPENDED,
         {"申请人多次爽约，暂停预约至 until；可到大厅现场取号，或向大厅说明情况。",
          "The applicant missed too many reservations; book again from until on, "
          "take a number at the hall, or explain it there."},
         tell_suspension},
    [REFUSAL_MISMATCH] = {PROBLEM_IDEMPOTENCY_MISMATCH,
                          METRIC_MISMATCH,
                          {"该幂等键已用于另一个请求；新的请求请换用新的幂等键。",
                           "This Idempotency-Key was used for another request; take a new one."},
                          NULL},
    [REFUSAL_STATE] = {PROBLEM_WRONG_STATE,
                       METRIC_BOOKING_UNAVAILABLE,
                       {"预约当前的状态（见 state）不能这样操作，请刷新后再试。",
                        "This cannot be done in the reservation's present state; read it again."},
                       tell_state},
    [REFUSAL_MISSING] = {PROBLEM_NOT_FOUND,
                         METRIC_BOOKING_UNAVAILABLE,
                         {"没有这个预约，请检查编号。", "There is no such reservation."},
                         NULL},
    [REFUSAL_OUT_OF_REACH] =
        {PROBLEM_FORBIDDEN,
         METRIC_BOOKING_UNAVAILABLE,
         {"该预约不在您所属的大厅，请由其所在大厅或预约人办理。",
          "The reservation is in another hall; its staff or its owner may do this."},
         NULL},
    [REFUSAL_NOT_OPEN] = {PROBLEM_STORE_UNAVAILABLE, METRIC_BOOKING_UNAVAILABLE, MESSAGE_CHANGING,
                          NULL},
    [REFUSAL_STALE] = {PROBLEM_STORE_UNAVAILABLE, METRIC_BOOKING_UNAVAILABLE, MESSAGE_CHANGING,
                       NULL},
    [REFUSAL_AGAIN] = {PROBLEM_STORE_UNAVAILABLE, METRIC_BOOKING_UNAVAILABLE, MESSAGE_CHANGING,
                       NULL},
};

enum metric refusal_metric(enum refusal_kind kind)
{
    return rows[kind].metric;
}

void refusal_answer_saying(struct call *call, const struct refusal *refusal, struct message message,
                           struct text members)
{
    struct text member = TEXT_NONE;

    if (!message.zh ||
        (rows[refusal->kind].tell && !rows[refusal->kind].tell(call, refusal, &member)))
        call_store_problem(call, STORE_FOUND(STORE_STRANGE));
    else
        call_problem(call, rows[refusal->kind].problem, message, joined(call, member, members));
}

void refusal_answer_with(struct call *call, const struct refusal *refusal, struct text members)
{
    refusal_answer_saying(call, refusal, rows[refusal->kind].message, members);
}

void refusal_answer(struct call *call, const struct refusal *refusal)
{
    refusal_answer_with(call, refusal, TEXT_NONE);
}

void refusal_answer_kind(struct call *call, enum refusal_kind kind)
{
    refusal_answer(call, &(struct refusal){.kind = kind});
}
