/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/ledger/reach.h"

/* Another place that the record names, as far as it decides whose affair it is. */
static struct text other_place(const struct reservation *reservation)
{
    switch (reservation->status) {
    case RESERVATION_OFFERED:
    case RESERVATION_LAPSED:
        return reservation->extras.offer_for;
    case RESERVATION_MOVED:
        return reservation->extras.moved_to;
    default:
        return TEXT_NONE;
    }
}

struct text reservation_hall(const struct reservation *reservation)
{
    struct text place = other_place(reservation);
    struct reservation_id id;

    return place.length && reservation_parse_place(place, &id) ? id.hall : reservation->id.hall;
}

bool reach_covers(const struct reach *reach, const struct reservation *reservation)
{
    if (reach->hall.length && !text_equal(reach->hall, reservation_hall(reservation)))
        return false;
    if (!reach->creator)
        return true;
    return reach->creator == reservation->creator &&
           (!reservation->extras.booker.length ||
            text_equal(reach->booker, reservation->extras.booker));
}

struct reach reach_copy(struct arena *arena, const struct reach *reach)
{
    struct reach copy = *reach;

    copy.hall = arena_copy(arena, reach->hall);
    copy.booker = arena_copy(arena, reach->booker);
    return copy;
}
