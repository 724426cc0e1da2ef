/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"
#include "slots/ledger/reach.h"
#include "slots/ledger/refusal.h"

/* Offers: places that are held for a person until he answers or the offer lapses. One of a waitlist
 * becomes his reservation; one of a closure is where his reservation moves to. An offer is known by
 * the id of the record that holds its place. */

/* Called once. `status` is 0 or a negative store_status (STORE_STRANGE also when a record cannot be
 * unsealed). With 0, `refusal` says why nothing was done, or is of REFUSAL_NONE: then `reservation`
 * is what the offer was about as it stands now, with its applicant. All valid in the call. An offer
 * that was answered, withdrawn or has lapsed is REFUSAL_STATE, one that the caller's reach does not
 * cover REFUSAL_OUT_OF_REACH. */
typedef void offers_callback(void *owner, int status, const struct refusal *refusal,
                             const struct reservation *reservation,
                             const struct applicant *applicant);

/* `id` and the reach are copied; another salt than the record's is REFUSAL_MISSING. */
void offers_accept(struct city *city, const struct reservation_id *id, const struct reach *reach,
                   offers_callback *callback, void *owner);
/* The place goes on to the next who waits, or on sale. */
void offers_decline(struct city *city, const struct reservation_id *id, const struct reach *reach,
                    offers_callback *callback, void *owner);

/* Ends an offer whose time is over; nothing happens when it was answered, or is not over. The salt
 * of `id` is not looked at. `callback` gets 0, 1 when no record stands there, or a negative
 * store_status. */
void offers_lapse(struct city *city, const struct reservation_id *id,
                  void (*callback)(void *owner, int status), void *owner);
