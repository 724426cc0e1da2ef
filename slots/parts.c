/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/parts.h"

bool parts_beside(const struct reservation_id *place, struct text beside, struct reservation_id *id)
{
    struct text queue;
    int64_t sequence;

    if (!text_split(&beside, ' ', &queue) || !text_to_integer(beside, 1, INT32_MAX, &sequence))
        return false;
    *id = *place;
    id->queue = queue;
    id->sequence = (uint32_t)sequence;
    id->kind = KIND_RESERVATION;
    return true;
}

unsigned parts_count(const struct reservation *reservation)
{
    return reservation->extras.follower_count + (reservation->extras.offer_place.length > 0);
}

bool parts_places(const struct reservation *reservation, struct reservation_id *places)
{
    const struct reservation_extras *extras = &reservation->extras;

    for (unsigned i = 0; i < extras->follower_count; i++)
        if (!parts_beside(&reservation->id, extras->followers[i], places++))
            return false;
    if (!extras->offer_place.length)
        return true;
    *places = reservation->id;
    return reservation_parse_place(extras->offer_place, places);
}

bool parts_take(struct reservation *reservation, const struct reservation *found,
                struct reservation_parts *parts)
{
    const struct reservation_extras *extras = &reservation->extras;

    *parts = (struct reservation_parts){found, extras->follower_count, NULL};
    for (unsigned i = 0; i < extras->follower_count; i++)
        if (!found[i].status)
            return false;
    if (extras->offer_place.length && found[extras->follower_count].status == RESERVATION_OFFERED)
        parts->offer = &found[extras->follower_count];
    reservation->parts = parts;
    return true;
}

static bool add_place(struct ledger_call *call, struct text place)
{
    struct reservation_id id;

    if (!place.length)
        return true;
    if (!reservation_parse_place(place, &id))
        return false;
    ledger_call_place(call, id.hall, id.queue, id.day);
    return true;
}

static bool add_places_of(struct ledger_call *call, const struct reservation *one)
{
    ledger_call_place(call, one->id.hall, one->id.queue, one->id.day);
    return add_place(call, one->extras.offer_place) && add_place(call, one->extras.origin);
}

bool parts_add_places(const struct reservation *reservation, struct ledger_call *call)
{
    const struct reservation_parts *parts = reservation->parts;
    bool is_sound = add_places_of(call, reservation);

    for (unsigned i = 0; parts && i < parts->follower_count; i++)
        is_sound = add_places_of(call, &parts->followers[i]) && is_sound;
    return is_sound;
}
