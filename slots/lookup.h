/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/city.h"
#include "slots/reservation.h"

/* Reading reservations, and giving them back. */

/* `reservation` and `applicant` are valid in the call; NULL when there is none. */
typedef void lookup_callback(void *owner, int status, const struct reservation *reservation,
                             const struct applicant *applicant);

/* Reads one reservation; `id` is copied. `status` is 0 (reservation NULL: not there, or with
 * another salt) or a negative store_status; STORE_ERROR also when its record cannot be unsealed. */
void lookup_reservation(struct city *city, const struct reservation_id *id,
                        lookup_callback *callback, void *owner);

enum cancel_outcome {
    CANCEL_DONE,
    CANCEL_MISSING,
    CANCEL_WRONG_STATE, /* the reservation says which */
    CANCEL_TOO_LATE,    /* its last half hour is over */
};

/* Cancels a booked reservation: its units are free again, atomically. `status` is enum
 * cancel_outcome or a negative store_status. */
void lookup_cancel(struct city *city, const struct reservation_id *id, lookup_callback *callback,
                   void *owner);

/* Reads a queue's reservations of a day in order of their sequence: those behind `after` (0: from
 * the first), at most `limit`, of one status (0: all). Calls back for each and once more with a
 * NULL reservation and `status` when the last was given (1 when more would follow). */
struct lookup_list {
    struct city *city;
    struct text hall, queue; /* must stay until the last call */
    day_number day;
    uint32_t after;
    unsigned limit;
    enum reservation_status status;
    lookup_callback *callback;
    void *owner;
};
/* Copies `list`. */
void lookup_reservations(const struct lookup_list *list);
