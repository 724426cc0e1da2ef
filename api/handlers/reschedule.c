/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/reschedule.h"

#include "api/call/caller.h"
#include "api/handlers/handlers.h"
#include "api/json/amendments.h"
#include "api/json/refusals.h"
#include "api/json/reservation_order.h"

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

/* Total, so that the compiler says when an outcome is new. */
static void answer_outcome(struct call *call, const struct reschedule *reschedule,
                           enum reschedule_outcome outcome)
{
    switch (outcome) {
    case RESCHEDULE_DONE:
        answer_moved(call, reschedule);
        break;
    case RESCHEDULE_MISSING:
        refusal_answer_missing(call);
        break;
    case RESCHEDULE_OUT_OF_REACH:
        refusal_answer_out_of_reach(call);
        break;
    case RESCHEDULE_WRONG_STATE:
        amendment_answer_state(call, reschedule->state,
                               MESSAGE("只有已预约且未办理的预约可以改约。",
                                       "Only a booked reservation can be rescheduled."));
        break;
    case RESCHEDULE_OVER:
        amendment_answer_over(call);
        break;
    case RESCHEDULE_NO_SERVICE:
        answer_no_service(call);
        break;
    case RESCHEDULE_CLOSED:
        refusal_answer(call, &(struct refusal){.kind = REFUSAL_CLOSED});
        break;
    case RESCHEDULE_TOO_LATE:
        refusal_answer(call, &(struct refusal){.kind = REFUSAL_TOO_LATE});
        break;
    case RESCHEDULE_NOT_RELEASED:
        refusal_answer_not_released(call, reschedule->opens_at_ms);
        break;
    case RESCHEDULE_REFUSED:
        refusal_answer(call, &reschedule->refusal);
        break;
    }
}

static void rescheduled(struct reschedule *reschedule, int outcome)
{
    struct call *call = reschedule->owner;

    if (outcome < 0)
        call_store_problem(call, outcome);
    else
        answer_outcome(call, reschedule, (enum reschedule_outcome)outcome);
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
