/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/pardon.h"

static enum refusal_kind prepare(struct amendment *amendment, struct ledger_call *call)
{
    const struct reservation *reservation = &amendment->lookup.reservation;

    if (reservation->id.kind == KIND_WAITING)
        return REFUSAL_MISSING;
    amendment->state = reservation->status;
    if (reservation->status != RESERVATION_NO_SHOW || reservation->extras.pardon.length)
        return REFUSAL_STATE;
    ledger_call_start(call, amendment->lookup.city, slots_library.pardon);
    ledger_call_push_place(call, reservation->id.hall, reservation->id.queue, reservation->id.day);
    ledger_call_push_integer(call, reservation->id.sequence);
    ledger_call_push(call, amendment->argument);
    return REFUSAL_NONE;
}

void pardon_reservation(struct city *city, const struct reservation_id *id,
                        const struct reach *reach, struct text reason, amend_callback *callback,
                        void *owner)
{
    amend_start(city, id, reach, prepare, reason, callback, owner);
}
