/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/cancel.h"

#include "base/random.h"
#include "slots/ledger/parts.h"

enum { SECONDS_A_MINUTE = 60 };

static unsigned delay_of(const struct catalogue *catalogue, const struct reservation_id *id)
{
    const struct queue *queue = catalogue_queue(catalogue, id->hall, id->queue);

    return queue ? queue->resale_delay_minutes : 0;
}

/* Seconds until the units are on sale again: even over the longest delay of its queues, so that
 * nobody can hand a place over by cancelling and booking at an agreed moment. The remainder of 2^64
 * favours no value by more than one part in 10^15. */
static int64_t resale_seconds(const struct lookup *lookup)
{
    const struct catalogue *catalogue = lookup->city->edition->catalogue;
    unsigned minutes = delay_of(catalogue, &lookup->reservation.id);
    uint64_t random;

    for (unsigned i = 0; i < lookup->parts.follower_count; i++) {
        unsigned other = delay_of(catalogue, &lookup->parts.followers[i].id);
        minutes = other > minutes ? other : minutes;
    }
    random_fill(&random, sizeof random);
    return (int64_t)(random % ((uint64_t)minutes * SECONDS_A_MINUTE + 1));
}

/* The first status of its steps that is not booked. */
static enum reservation_status state_of(const struct lookup *lookup)
{
    enum reservation_status state = lookup->reservation.status;

    for (unsigned i = 0; i < lookup->parts.follower_count && state == RESERVATION_BOOKED; i++)
        state = lookup->parts.followers[i].status;
    return state;
}

static enum refusal_kind prepare_leave(struct amendment *amendment, struct ledger_call *call)
{
    const struct reservation *entry = &amendment->lookup.reservation;
    struct text hall, number = reservation_field(&amendment->lookup.arena, &entry->id);

    if (entry->id.kind == KIND_WAITING)
        return REFUSAL_MISSING; /* it is no reservation yet */
    amendment->state = entry->status;
    if (entry->status != RESERVATION_IN_DRAW)
        return REFUSAL_STATE;
    ledger_call_start(call, amendment->lookup.city, slots_library.leave);
    ledger_call_push_place(call, entry->id.hall, entry->id.queue, entry->id.day);
    text_split(&number, ' ', &hall); /* 'HALL QUEUE d7' */
    text_split(&number, ' ', &hall);
    ledger_call_push(call, number);
    return REFUSAL_NONE;
}

static enum refusal_kind prepare(struct amendment *amendment, struct ledger_call *call)
{
    const struct lookup *lookup = &amendment->lookup;
    const struct reservation *reservation = &lookup->reservation;

    if (reservation->id.kind != KIND_RESERVATION)
        return prepare_leave(amendment, call);
    amendment->state = state_of(lookup);
    if (amendment->state != RESERVATION_BOOKED)
        return REFUSAL_STATE;
    if (lookup_is_over(lookup))
        return REFUSAL_OVER;
    ledger_call_start(call, lookup->city, slots_library.cancel);
    ledger_call_push_place(call, reservation->id.hall, reservation->id.queue, reservation->id.day);
    ledger_call_push_integer(call, reservation->id.sequence);
    ledger_call_push(call, amendment->argument);
    ledger_call_push_integer(call, resale_seconds(lookup));
    return parts_add_places(reservation, call) ? REFUSAL_NONE : REFUSAL_UNKNOWN;
}

void cancel_reservation(struct city *city, const struct reservation_id *id,
                        const struct reach *reach, bool by_person, amend_callback *callback,
                        void *owner)
{
    amend_start(city, id, reach, prepare, by_person ? TEXT("p") : TEXT("s"), callback, owner);
}
