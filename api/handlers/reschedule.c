/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/reschedule.h"

#include "api/call/caller.h"
#include "api/handlers/handlers.h"
#include "api/json/amendments.h"
#include "api/json/booking_body.h"
#include "api/json/refusals.h"

static void answer_no_service(struct call *call)
{
    struct faults faults = {0};

    call_fault(call, &faults, "/hall",
               MESSAGE("该大厅不办理此预约的全部事项，请另选大厅。",
                       "The hall does not offer all that is reserved; choose another one."));
    call_refuse_faults(call, &faults);
}

static void answer_moved(struct call *call, const struct reschedule *reschedule)
{
    metrics_add(call->api->metrics, METRIC_RESCHEDULED, reschedule->is_moved);
    amendment_answer_reservation(call, &reschedule->lookup.reservation,
                                 &reschedule->lookup.applicant);
}

static void rescheduled(struct reschedule *reschedule, int status)
{
    struct call *call = reschedule->owner;
    const struct refusal *refusal = &reschedule->refusal;

    if (status < 0)
        call_store_problem(call, status);
    else if (refusal->kind == REFUSAL_NONE)
        answer_moved(call, reschedule);
    else if (refusal->kind == REFUSAL_NO_SERVICE)
        answer_no_service(call);
    else if (refusal->kind == REFUSAL_STATE)
        refusal_answer_saying(call, refusal,
                              MESSAGE("只有已预约且未办理的预约可以改约。",
                                      "Only a booked reservation can be rescheduled."),
                              TEXT_NONE);
    else
        refusal_answer(call, refusal);
}

void handle_reschedule(struct call *call)
{
    struct reschedule_order order = {.id = amendment_id(call), .reach = caller_reach(call)};
    struct faults faults = {0};
    struct body_reader body = {.call = call, .faults = &faults};

    if (!body_parse(&body))
        return;
    body_only(&body, "date", "start", "hall");
    body_date(&body, "date", &order.day);
    body_slot(&body, "start", &order.slot);
    hall_read(&body, false, &order.hall);
    if (!call_refuse_faults(call, &faults)) {
        if (!order.hall || token_reaches(&call->token, order.hall->id))
            reschedule_start(call->city, &order, rescheduled, call);
        else
            call_problem(call, PROBLEM_FORBIDDEN,
                         MESSAGE("改约的大厅不在您的权限范围内。",
                                 "The new hall lies outside the token's city or hall."),
                         TEXT_NONE);
    }
}
