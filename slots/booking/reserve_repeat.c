/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/reserve_parts.h"

/* The first answer again: as it was then, whatever became of the reservations since. */

/* The place of another number in the same queue, or in another one of the hall: "7", "QUEUE 7". */
static struct text place_beside(struct reserve *reserve, const struct reservation_id *lead,
                                struct text queue, uint32_t sequence)
{
    struct reservation_id id = *lead;
    struct buffer words = {0};
    struct text place;

    id.queue = queue;
    id.sequence = sequence;
    reservation_append_place(&words, &id);
    place = arena_copy(&reserve->arena, buffer_text(&words));
    buffer_free(&words);
    return place;
}

void reserve_note_places(struct reserve *reserve, struct text lead,
                         const struct store_reply *sequences)
{
    struct reservation_id id;

    reserve->others[0] = arena_copy(&reserve->arena, lead);
    reserve->other_count = 1;
    if (!reservation_parse_place(reserve->others[0], &id))
        return;
    for (size_t i = 1; i < store_reply_count(sequences) && i < PACKAGE_STEPS_MAX; i++)
        reserve->others[reserve->other_count++] = place_beside(
            reserve, &id, id.queue, (uint32_t)store_reply_integer(store_reply_at(sequences, i)));
}

/* The steps behind the first, as its record names them: 'QUEUE SEQUENCE'. */
static bool note_followers(struct reserve *reserve, const struct reservation *lead)
{
    for (unsigned i = 0; i < lead->extras.follower_count; i++) {
        struct text rest = lead->extras.followers[i], queue;
        int64_t sequence;

        if (reserve->other_count == PACKAGE_STEPS_MAX || !text_split(&rest, ' ', &queue) ||
            !text_to_integer(rest, 1, INT32_MAX, &sequence))
            return false;
        reserve->others[reserve->other_count++] =
            place_beside(reserve, &lead->id, queue, (uint32_t)sequence);
    }
    return true;
}

static bool read_item(struct reserve *reserve, unsigned i, struct text record)
{
    struct reserve_item *item = &reserve->items[i];
    struct reservation *reservation = &item->reservation;

    buffer_clear(&item->record);
    buffer_append(&item->record, record);
    if (!reservation_parse_place(reserve->others[i], &reservation->id) ||
        !reservation_parse_record(buffer_text(&item->record), reservation) ||
        !reservation_unseal(reservation, &reserve->city->keys, &item->plain, &item->applicant))
        return false;
    reservation->status =
        reservation->id.kind == KIND_DRAW ? RESERVATION_IN_DRAW : RESERVATION_BOOKED;
    return true;
}

/* A package may have had another number of steps when it was booked. */
static void fit_items(struct reserve *reserve)
{
    if (reserve->item_count == reserve->other_count)
        return;
    reserve_free_items(reserve);
    reserve->only = (struct reserve_item){0};
    reserve_make_items(reserve, reserve->other_count);
}

bool reserve_read_places(struct reserve *reserve, const struct store_reply *records, bool *more)
{
    const struct reservation *lead;

    fit_items(reserve);
    for (unsigned i = 0; i < reserve->other_count; i++)
        if (!read_item(reserve, i, store_reply_text_at(records, i)))
            return false;
    lead = &reserve->items[0].reservation;
    *more = reserve->other_count == 1 && lead->extras.follower_count;
    return !*more || note_followers(reserve, lead);
}
