/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call.h"
#include "slots/reservation.h"

/* Appends a reservation as the contract has it. How much of the applicant stands in it is decided
 * by the call's role: staff see all, who books for a person sees the name, others see neither. */
void reservation_append_json(struct buffer *json, const struct call *call,
                             const struct reservation *reservation,
                             const struct applicant *applicant);
