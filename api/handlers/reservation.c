/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/caller.h"
#include "api/handlers/handlers.h"
#include "api/json/amendments.h"
#include "api/json/refusals.h"
#include "slots/booking/cancel.h"

/* An entry of a waitlist is read at its own path until it became a reservation. */
static void reservation_read(void *owner, int status, const struct reservation *reservation,
                             const struct applicant *applicant)
{
    struct call *call = owner;
    struct reach reach = caller_reach(call);

    if (status < 0)
        call_store_problem(call, status);
    else if (!reservation || reservation->id.kind == KIND_WAITING)
        refusal_answer_kind(call, REFUSAL_MISSING);
    else if (!reach_covers(&reach, reservation))
        refusal_answer_kind(call, REFUSAL_OUT_OF_REACH);
    else
        amendment_answer_reservation(call, reservation, applicant);
}

void handle_reservation(struct call *call)
{
    struct reservation_id id = amendment_id(call);

    lookup_reservation(call->city, &id, reservation_read, call);
}

static void cancelled(void *owner, int status, const struct refusal *refusal,
                      const struct amendment *amendment)
{
    amendment_answer(owner, status, refusal, amendment, METRIC_CANCELLED,
                     MESSAGE("只有已预约且未办理的预约、或尚未摇号的登记可以取消。",
                             "Only a booked reservation can be cancelled, or an entry that has not "
                             "been drawn."));
}

void handle_cancel(struct call *call)
{
    struct reservation_id id = amendment_id(call);
    struct reach reach = caller_reach(call);
    unsigned role = ROLE_BIT(call->token.role);

    cancel_reservation(call->city, &id, &reach,
                       role & (ROLE_BIT(ROLE_CITIZEN) | ROLE_BIT(ROLE_GATEWAY)), cancelled, call);
}
