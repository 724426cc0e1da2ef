/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/amendments.h"

#include "api/json/refusals.h"
#include "api/json/reservation_json.h"

struct reservation_id amendment_id(const struct call *call)
{
    struct reservation_id id = {0};

    reservation_parse_id(call->parameters[0], &id);
    return id;
}

void amendment_answer_reservation(struct call *call, const struct reservation *reservation,
                                  const struct applicant *applicant)
{
    struct buffer body = {0};

    reservation_append_json(&body, call, reservation, applicant);
    call_answer(call, 200, &body, TEXT_NONE);
}

void amendment_answer_state(struct call *call, enum reservation_status state, struct message detail)
{
    call_problem(call, PROBLEM_WRONG_STATE, detail,
                 refusal_member(call, "state", text_of(reservation_status_name(state))));
}

void amendment_answer_over(struct call *call)
{
    call_problem(call, PROBLEM_TOO_LATE,
                 MESSAGE("预约的时段已经结束，不能再取消或改约。",
                         "The reservation's time is over; it can no longer be changed."),
                 TEXT_NONE);
}

void amendment_answer(struct call *call, int outcome, const struct amendment *amendment,
                      enum metric metric, struct message wrong_state)
{
    if (outcome < 0) {
        call_store_problem(call, outcome);
        return;
    }
    switch ((enum amend_outcome)outcome) {
    case AMEND_DONE:
        metrics_add(call->api->metrics, metric, 1);
        amendment_answer_reservation(call, &amendment->lookup.reservation,
                                     &amendment->lookup.applicant);
        break;
    case AMEND_MISSING:
        refusal_answer_missing(call);
        break;
    case AMEND_OUT_OF_REACH:
        refusal_answer_out_of_reach(call);
        break;
    case AMEND_WRONG_STATE:
        amendment_answer_state(call, amendment->state, wrong_state);
        break;
    case AMEND_TOO_LATE:
        amendment_answer_over(call);
        break;
    }
}
