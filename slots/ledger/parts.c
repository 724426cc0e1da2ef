/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/ledger/parts.h"

/* Where a part stands, where it is offered a place, where it was made. */
enum { PLACES_A_PART = 3 };

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

static bool note_place(struct parts_places *places, struct arena *arena, struct text place)
{
    struct reservation_id *id = &places->items[places->count];

    if (!place.length)
        return true;
    places->count++;
    return reservation_parse_place(arena_copy(arena, place), id);
}

static bool note_places_of(struct parts_places *places, struct arena *arena,
                           const struct reservation *one)
{
    struct reservation_id *id = &places->items[places->count++];

    *id = one->id;
    id->hall = arena_copy(arena, id->hall);
    id->queue = arena_copy(arena, id->queue);
    return note_place(places, arena, one->extras.offer_place) &&
           note_place(places, arena, one->extras.origin);
}

bool parts_all_places(const struct reservation *reservation, struct arena *arena,
                      struct parts_places *places)
{
    const struct reservation_parts *parts = reservation->parts;
    unsigned count = 1 + (parts ? parts->follower_count : 0);
    bool is_sound;

    places->items = arena_new(arena, count * PLACES_A_PART * sizeof *places->items);
    places->count = 0;
    is_sound = note_places_of(places, arena, reservation);
    for (unsigned i = 0; i + 1 < count && is_sound; i++)
        is_sound = note_places_of(places, arena, &parts->followers[i]);
    return is_sound;
}

void parts_push_places(const struct parts_places *places, struct ledger_call *call)
{
    for (unsigned i = 0; i < places->count; i++) {
        const struct reservation_id *id = &places->items[i];
        ledger_call_place(call, id->hall, id->queue, id->day);
    }
}

bool parts_add_places(const struct reservation *reservation, struct ledger_call *call)
{
    struct parts_places places;
    bool is_sound = parts_all_places(reservation, &call->arena, &places);

    if (is_sound)
        parts_push_places(&places, call);
    return is_sound;
}
