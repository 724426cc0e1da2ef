/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/earlier.h"

/* The first answer again: as it was then, whatever became of the reservations since. */

/* The place of another number in the same queue, or in another one of the hall: "7", "QUEUE 7". */
static struct text place_beside(struct visit *visit, const struct reservation_id *lead,
                                struct text queue, uint32_t sequence)
{
    struct reservation_id id = *lead;
    struct buffer words = {0};

    id.queue = queue;
    id.sequence = sequence;
    reservation_append_place(&words, &id);
    return buffer_to_arena(&words, &visit->arena);
}

void earlier_note(struct earlier *earlier, struct visit *visit, struct text lead,
                  const struct store_reply *sequences)
{
    struct reservation_id id;

    earlier->places[0] = arena_copy(&visit->arena, lead);
    earlier->count = 1;
    if (!reservation_parse_place(earlier->places[0], &id))
        return;
    for (size_t i = 1; i < store_reply_count(sequences) && i < PACKAGE_STEPS_MAX; i++)
        earlier->places[earlier->count++] = place_beside(
            visit, &id, id.queue, (uint32_t)store_reply_integer(store_reply_at(sequences, i)));
}

/* The steps behind the first, as its record names them: 'QUEUE SEQUENCE'. */
static bool note_followers(struct earlier *earlier, struct visit *visit,
                           const struct reservation *lead)
{
    for (unsigned i = 0; i < lead->extras.follower_count; i++) {
        struct text rest = lead->extras.followers[i], queue;
        int64_t sequence;

        if (earlier->count == PACKAGE_STEPS_MAX || !text_split(&rest, ' ', &queue) ||
            !text_to_integer(rest, 1, INT32_MAX, &sequence))
            return false;
        earlier->places[earlier->count++] =
            place_beside(visit, &lead->id, queue, (uint32_t)sequence);
    }
    return true;
}

static bool take_item(struct visit_item *item, const struct visit *visit, struct text place,
                      struct text record)
{
    struct reservation *reservation = &item->reservation;

    buffer_clear(&item->record);
    buffer_append(&item->record, record);
    if (!reservation_parse_place(place, &reservation->id) ||
        !reservation_parse_record(buffer_text(&item->record), reservation) ||
        !reservation_unseal(reservation, &visit->city->keys, &item->plain, &item->applicant))
        return false;
    reservation->status =
        reservation->id.kind == KIND_DRAW ? RESERVATION_IN_DRAW : RESERVATION_BOOKED;
    return true;
}

/* They are of one day, and none is an entry but the only one. */
bool earlier_read(const struct earlier *earlier, struct visit *visit, store_callback *callback,
                  void *owner)
{
    struct text args[2 + PACKAGE_STEPS_MAX] = {TEXT("HMGET")};
    struct reservation_id id;

    for (unsigned i = 0; i < earlier->count; i++) {
        if (!reservation_parse_place(earlier->places[i], &id))
            return false;
        args[1] = reservation_key(&visit->arena, visit->city->code, &id);
        args[2 + i] = reservation_field(&visit->arena, &id);
    }
    store_command(visit->city->store, args, 2 + earlier->count, 0, callback, owner);
    return true;
}

bool earlier_take(struct earlier *earlier, struct visit *visit, const struct store_reply *records,
                  bool *more)
{
    const struct reservation *lead;

    if (visit->item_count != earlier->count) /* a package had another number of steps then */
        visit_make_items(visit, earlier->count);
    for (unsigned i = 0; i < earlier->count; i++)
        if (!take_item(&visit->items[i], visit, earlier->places[i],
                       store_reply_text_at(records, i)))
            return false;
    lead = &visit->items[0].reservation;
    *more = earlier->count == 1 && lead->extras.follower_count;
    return !*more || note_followers(earlier, visit, lead);
}
