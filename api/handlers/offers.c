/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/offers.h"
#include "api/call/caller.h"
#include "api/handlers/handlers.h"
#include "api/json/refusals.h"
#include "api/json/reservation.h"

static void offer_answered(void *owner, int status, const struct refusal *refusal,
                           const struct reservation *reservation, const struct applicant *applicant)
{
    struct call *call = owner;
    struct buffer body = {0};

    if (status < 0) {
        call_store_problem(call, status);
    } else if (refusal->kind != REFUSAL_NONE) {
        refusal_answer(call, refusal);
    } else {
        reservation_append_json(&body, call, reservation, applicant);
        call_answer(call, 200, &body, TEXT_NONE);
    }
}

/* The path's id, which routes.c has seen to be one. */
static struct reservation_id offer_id(const struct call *call)
{
    struct reservation_id id = {0};

    reservation_parse_id(call->parameters[0], &id);
    return id;
}

void handle_offer_accept(struct call *call)
{
    struct reservation_id id = offer_id(call);
    struct reach reach = caller_reach(call);

    offers_accept(call->city, &id, &reach, offer_answered, call);
}

void handle_offer_decline(struct call *call)
{
    struct reservation_id id = offer_id(call);
    struct reach reach = caller_reach(call);

    offers_decline(call->city, &id, &reach, offer_answered, call);
}
