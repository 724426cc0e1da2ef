/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"
#include "slots/ledger/reach.h"
#include "slots/ledger/refusal.h"

/* Waitlists (候补): a person waits for any of several half hours of a queue's day. Units that
 * become free go to the first who fits, in the very call that frees them: with a reservation or,
 * where the queue says so, an offer. An entry keeps its id and its record whatever became of it. */

enum { WAITLIST_STARTS_MAX = 16 };

enum waitlist_status {
    WAITLIST_WAITING,
    WAITLIST_PROMOTED, /* `place` is the reservation that it became, whatever came of that since */
    WAITLIST_OFFERED,  /* `place` is held until it is answered */
    WAITLIST_LEFT,     /* or its person booked the same service and day otherwise */
    WAITLIST_LAPSED,   /* its offer was not accepted, or all its half hours are over */
};

/* "waiting" … */
const char *waitlist_status_name(enum waitlist_status status);

struct waitlist_entry {
    struct reservation entry; /* its id is of KIND_WAITING; the half hours stand in its extras */
    struct applicant applicant;
    enum waitlist_status status;
    unsigned position; /* from 1 in its queue's day; 0 when it does not wait */
    struct reservation place;
};

/* Called once. `status` is 0 or a negative store_status (STORE_STRANGE also when a record cannot be
 * unsealed). With 0, `refusal` says why nothing was done (REFUSAL_MISSING: there is no such entry,
 * or its salt is another; REFUSAL_OUT_OF_REACH), or is of REFUSAL_NONE: then there is the entry as
 * it stands now. All valid in the call. */
typedef void waitlist_callback(void *owner, int status, const struct refusal *refusal,
                               const struct waitlist_entry *entry);

/* `id` and the reach are copied. */
void waitlist_read(struct city *city, const struct reservation_id *id, const struct reach *reach,
                   waitlist_callback *callback, void *owner);

/* Takes an entry that waits off the list; one that has left is left alone and given as it is. */
void waitlist_leave(struct city *city, const struct reservation_id *id, const struct reach *reach,
                    waitlist_callback *callback, void *owner);
