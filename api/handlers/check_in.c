/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/caller.h"
#include "api/handlers/handlers.h"
#include "api/json/amendments.h"
#include "api/json/applicant.h"
#include "api/json/refusals.h"
#include "api/json/ticket.h"
#include "base/clock.h"
#include "scheduler/tickets.h"
#include "slots/ledger/shown.h"

static void answer_missing(struct call *call)
{
    call_problem(call, PROBLEM_NOT_FOUND,
                 MESSAGE("没有找到今日在本厅的预约，请核对预约码或身份证号；没有预约可现场取号。",
                         "No reservation of today in this hall was found; check the code or the ID "
                         "number, or take a number without a reservation."),
                 TEXT_NONE);
}

static void answer_outcome(struct call *call, enum check_in_outcome outcome,
                           const struct check_in_result *result)
{
    switch (outcome) {
    case CHECK_IN_DONE:
        metrics_add(call->api->metrics, METRIC_CHECK_INS, 1);
        ticket_answer(call, 200, result->found);
        break;
    case CHECK_IN_MISSING:
        answer_missing(call);
        break;
    case CHECK_IN_OUT_OF_REACH:
        refusal_answer_kind(call, REFUSAL_OUT_OF_REACH);
        break;
    case CHECK_IN_TOO_EARLY:
        call_problem(
            call, PROBLEM_TOO_EARLY,
            MESSAGE("还未到取号时间，请在预约时段开始前 30 分钟起（见 opens_at）再来取号。",
                    "Numbers are given from 30 minutes before the half hour; come again "
                    "from opens_at on."),
            ticket_instant_member(call, "opens_at", result->opens_at_ms));
        break;
    case CHECK_IN_LAPSED:
        call_problem(call, PROBLEM_TOO_LATE,
                     MESSAGE("已超过预约时段的保留时间，预约已失效；可现场取号，或重新预约。",
                             "The reservation was kept no longer; take a number without it, or "
                             "book again."),
                     TEXT_NONE);
        break;
    case CHECK_IN_DAY_OVER:
        call_problem(call, PROBLEM_TOO_LATE,
                     MESSAGE("预约当日已结束，队列不再叫号；请现场取号，本次不计爽约。",
                             "The day of the reservation is over, and its line with it; take a "
                             "number without it. It does not count as a no-show."),
                     TEXT_NONE);
        break;
    case CHECK_IN_NOT_GREEN:
        ticket_answer_not_green(call, result->health);
        break;
    case CHECK_IN_WRONG_STATE:
        refusal_answer_saying(call,
                              &(struct refusal){.kind = REFUSAL_STATE,
                                                .has_other = true,
                                                .other.status = result->state},
                              MESSAGE("预约当前的状态（见 state）不能签到取号；可现场取号。",
                                      "The reservation cannot be checked in in its present state; "
                                      "take a number without it."),
                              TEXT_NONE);
        break;
    }
}

static void checked_in(void *owner, int outcome, const struct check_in_result *result)
{
    struct call *call = owner;

    if (outcome < 0)
        call_store_problem(call, outcome);
    else
        answer_outcome(call, (enum check_in_outcome)outcome, result);
}

void handle_check_in(struct call *call)
{
    struct reservation_id id = amendment_id(call);
    struct reach reach = caller_reach(call);

    tickets_check_in(call->city, &id, &reach, checked_in, call);
}

/* One of the two that the body may hold. */
struct shown {
    bool is_code;
    struct reservation_id id;
    enum id_type id_type;
    struct text id_number;
    struct id_number storage;
};

static void read_code(const struct body_reader *body, struct shown *shown)
{
    struct call *call = body->call;
    struct text code;

    shown->is_code = true;
    if (!body_text(body, "code", true, &code))
        return;
    /* The code, or a whole id, as a QR holds either. */
    if (!shown_code(call->city->edition->catalogue, &call->arena, call->parameters[0],
                    city_today(call->city), code, &shown->id) ||
        shown->id.kind == KIND_TICKET)
        body_fault(body, "code",
                   MESSAGE("不是有效的预约码，形如 A-12-K7Q9X2，请核对后重试。",
                           "This is no reservation's code, such as A-12-K7Q9X2; check it."));
}

static void read_shown(const struct body_reader *body, struct shown *shown)
{
    bool has_code = json_has(body->object, "code");
    bool has_number = json_has(body->object, "id_number");

    body_only(body, "code", "id_number", "id_type");
    if (has_code == has_number)
        body_fault(body, NULL,
                   MESSAGE("请提供 code（预约码）或 id_number（身份证号）其中之一。",
                           "Give either code or id_number."));
    else if (has_code)
        read_code(body, shown);
    if (has_code && json_has(body->object, "id_type"))
        body_fault(body, "id_type",
                   MESSAGE("id_type 只与 id_number 一起填写，请删去。",
                           "id_type belongs to an id_number; leave it out."));
    if (has_number && !has_code)
        document_read(body, city_today(body->call->city), &shown->id_type, &shown->id_number,
                      &shown->storage);
}

/* A code says no day: around midnight it may be the other one's. */
struct code_search {
    struct call *call;
    struct reservation_id id;
};

static void today_checked_in(void *owner, int outcome, const struct check_in_result *result)
{
    struct code_search *search = owner;
    struct call *call = search->call;

    if (outcome == CHECK_IN_MISSING && call->request)
        tickets_check_in(call->city, &search->id, &(struct reach){.hall = call->parameters[0]},
                         checked_in, call);
    else
        checked_in(call, outcome, result);
}

static void check_in_code(struct call *call, const struct shown *shown)
{
    const struct catalogue *catalogue = call->city->edition->catalogue;
    unsigned minute = calendar_minute_of(clock_now_ms(), catalogue->utc_offset_minutes);
    const struct hall *hall = catalogue_hall(catalogue, call->parameters[0]);
    struct code_search *search = arena_new(&call->arena, sizeof *search);
    int other_day = check_in_other_day(hall, minute);
    bool is_whole = shown->id.day != city_today(call->city);

    *search = (struct code_search){call, shown->id};
    search->id.hall = arena_copy(&call->arena, shown->id.hall);
    search->id.queue = arena_copy(&call->arena, shown->id.queue);
    search->id.day += other_day;
    if (other_day && !is_whole)
        tickets_check_in(call->city, &shown->id, &(struct reach){.hall = call->parameters[0]},
                         today_checked_in, search);
    else
        tickets_check_in(call->city, &shown->id, &(struct reach){.hall = call->parameters[0]},
                         checked_in, call);
}

void handle_hall_check_in(struct call *call)
{
    struct faults faults = {0};
    struct body_reader body = {.call = call, .faults = &faults};
    struct shown shown = {0};

    if (!body_parse(&body))
        return;
    read_shown(&body, &shown);
    if (call_refuse_faults(call, &faults))
        ;
    else if (shown.is_code)
        check_in_code(call, &shown);
    else
        tickets_check_in_person(call->city, call->parameters[0], shown.id_type, shown.id_number,
                                checked_in, call);
    sodium_memzero(&shown.storage, sizeof shown.storage);
}
