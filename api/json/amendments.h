/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call/call.h"
#include "slots/ledger/amend.h"

/* What the calls about one reservation have in common. */

/* The path's id; routes.c has seen that it is one. */
struct reservation_id amendment_id(const struct call *call);

/* Answers 200 with a reservation. */
void amendment_answer_reservation(struct call *call, const struct reservation *reservation,
                                  const struct applicant *applicant);

/* Answers with what became of a change: the reservation, counted under `metric`, or why nothing
 * changed; `wrong_state` says what state there must be. */
void amendment_answer(struct call *call, int status, const struct refusal *refusal,
                      const struct amendment *amendment, enum metric metric,
                      struct message wrong_state);
