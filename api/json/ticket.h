/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call/call.h"
#include "scheduler/floor.h"
#include "scheduler/tickets.h"

/* Appends a ticket as the contract has it; how many are ahead and how long it waits come from the
 * hall's floor as this worker knows it, 0 when the ticket does not wait. It names nobody. */
void ticket_append_json(struct buffer *json, const struct call *call,
                        const struct ticket_found *found);

/* Appends the number of a ticket by its key as it is spoken, "A012"; a key that is none as it is.
 * `prefix` is what was recorded with it; where that is empty, the queue's present one, its id when
 * it left the catalogue (`hall` may be NULL). */
void ticket_append_spoken_number(struct buffer *out, const struct hall *hall, struct text key,
                                 struct text prefix);

/* Puts the number of a ticket by its key 'ISSUER/tN' as a member, null for an empty key. */
void ticket_put_number(struct buffer *json, const char *name, const struct hall *hall,
                       struct text key, struct text prefix);

/* The prefix of a ticket of today by its key, as the floor knows it; empty when it does not. */
struct text ticket_prefix_today(const struct floor *floor, struct text key);

/* Appends `,"ticket":ID,"number":"A012"`: which ticket it is, to whoever asks for another. */
void ticket_append_name(struct buffer *json, const struct call *call,
                        const struct ticket_found *found);

/* Answers with a ticket, 200, or 201 with its Location. */
void ticket_answer(struct call *call, unsigned status, const struct ticket_found *found);

/* Counts and answers that somebody's health code is not green: no ticket for now. */
void ticket_answer_not_green(struct call *call, char health);

/* `,"name":"2026-11-23T09:00:00+08:00"`, or null for 0; in the call's arena. */
struct text ticket_instant_member(struct call *call, const char *name, int64_t instant_ms);
