/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call/call.h"
#include "slots/ledger/refusal.h"

/* What was refused, as problems: the one place that says each of them to people. */

/* Answers with the problem of a refusal; a health code that is not green is counted. A refusal that
 * only says "not now" (an inventory that is not open, a plan that changed, a change on the way) is
 * 503, as is one whose details cannot be read: nothing was done. */
void refusal_answer(struct call *call, const struct refusal *refusal);

/* The same with further members of the problem (JSON text beginning with a comma, or empty). */
void refusal_answer_with(struct call *call, const struct refusal *refusal, struct text members);

/* The same in words that say more of what was asked for. */
void refusal_answer_saying(struct call *call, const struct refusal *refusal, struct message message,
                           struct text members);

/* The problem of a refusal that has no details. */
void refusal_answer_kind(struct call *call, enum refusal_kind kind);

/* What counts a booking that was refused so; REFUSAL_NONE: that was booked. */
enum metric refusal_metric(enum refusal_kind kind);

/* Counts that somebody was turned away for his health code. */
void refusal_count_interception(struct call *call, char health);

/* `,"reservation":"…"` for a problem about a reservation that stands in the way; null for a caller
 * who may not read that one, so that a refusal tells nobody of another hall's. False when the
 * record names no id. In the call's arena. */
bool refusal_reservation_member(struct call *call, const struct reservation *reservation,
                                struct text *member);

/* `,"name":"value"`, a member of a problem, in the call's arena. */
struct text refusal_member(struct call *call, const char *name, struct text value);
