/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/amendments.h"

#include "api/json/refusals.h"
#include "api/json/reservation.h"

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

void amendment_answer(struct call *call, int status, const struct refusal *refusal,
                      const struct amendment *amendment, enum metric metric,
                      struct message wrong_state)
{
    if (status < 0) {
        call_store_problem(call, status);
    } else if (refusal->kind == REFUSAL_NONE) {
        metrics_add(call->api->metrics, metric, 1);
        amendment_answer_reservation(call, &amendment->lookup.reservation,
                                     &amendment->lookup.applicant);
    } else if (refusal->kind == REFUSAL_STATE) {
        refusal_answer_saying(call, refusal, wrong_state, TEXT_NONE);
    } else {
        refusal_answer(call, refusal);
    }
}
