/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"
#include "slots/ledger/refusal.h"

/* Closures (停办) of a hall, one of its queues or some half hours of a day: what was booked there
 * stays booked, and each reservation may be offered a held place elsewhere. Lifting one opens its
 * half hours again, as far as no other closure takes them, and withdraws what was not answered. */

/* A reservation that a closure affects, or that its end made valid again, in the order of booking,
 * each once; a package by its first step. `reservation->parts` holds what is offered for it. Valid
 * in the call. */
typedef void closures_affected(void *owner, const struct reservation *reservation,
                               const struct applicant *applicant);

/* Called once, behind the last affected: `status` is 0 or a negative store_status (whether it was
 * done is unknown for STORE_TIMEOUT and STORE_LOST). With 0, `refusal` says why nothing was done
 * (REFUSAL_MISSING: no such closure, or no longer such a hall or queue), or is of REFUSAL_NONE:
 * then `closure` is as it stands now. All valid in the call. Neither is called from inside. */
typedef void closures_done(void *owner, int status, const struct refusal *refusal,
                           const struct closure *closure);

struct closures_listener {
    closures_affected *on_affected;
    closures_done *on_done;
    void *owner;
};

/* Closes half hours: hall, queue, day, from, to, reason and has_offers of `closure` say which and
 * how (copied). The same request with the same idempotency key (may be empty) of the same principal
 * makes no second one: the first is given as it stands, with what it affects now; another request
 * with it is REFUSAL_MISMATCH. */
void closures_close(struct city *city, const struct closure *closure, struct text principal,
                    struct text idempotency_key, const struct closures_listener *listener);

/* Deals with those whom a closure affects and whom the one that made it has left, as a worker that
 * ended behind it; whoever was dealt with is left alone. */
void closures_resume(struct city *city, struct text hall, day_number day, uint32_t number,
                     closures_done *callback, void *owner);

/* Lifts a closure; one that was lifted before is given without affected reservations. */
void closures_lift(struct city *city, struct text hall, day_number day, uint32_t number,
                   const struct closures_listener *listener);

/* The closures of a hall's day, in the order in which they were made, as Redis has them. `status`
 * is 0 or a negative store_status; called once, never from inside. */
typedef void closures_listed(void *owner, int status, const struct closure *closures, size_t count);
void closures_list(struct city *city, struct text hall, day_number day, closures_listed *callback,
                   void *owner);
