/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call/call.h"
#include "slots/ledger/reservation.h"

/* Appends a reservation as the contract has it, under the id that its person knows; code, queue and
 * sequence are those of the place where it stands. How much of the applicant and his agent is shown
 * is decided by the call's role: staff see all, who books for a person sees the name, others see
 * neither; nor does anybody of a reservation that is not his affair (slots/ledger/reach.h). The
 * steps of a package and an offer are told when `reservation->parts` holds them. */
void reservation_append_json(struct buffer *json, const struct call *call,
                             const struct reservation *reservation,
                             const struct applicant *applicant);

/* The same without the closing brace, for an answer that goes on with members of its own. */
void reservation_append_open_json(struct buffer *json, const struct call *call,
                                  const struct reservation *reservation,
                                  const struct applicant *applicant);

/* Puts only who comes as the member `applicant`, masked in the same way. */
void reservation_put_applicant(struct buffer *json, const struct call *call,
                               const struct applicant *applicant);

/* Puts a place that is held for somebody as a member, an offer: `held` is its record. */
void reservation_put_offer(struct buffer *json, const char *name, const struct call *call,
                           const struct reservation *held);
