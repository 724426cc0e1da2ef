/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/catalogue/keys.h"
#include "slots/ledger/lookup.h"
#include "slots/ledger/parts.h"
#include "slots/ledger/records.h"

/* Sequences have no gaps, so the next part of a list is known by its numbers. */
enum { PART_MAX = 200 };

/* A list on its way; `found` are those of the present part that are to be given, in its arena. */
struct listing {
    struct lookup_list list;
    enum reservation_kind kind;
    uint32_t last; /* the newest number of the kind */
    unsigned part, given;
    struct reservation *found;
    unsigned found_count;
    struct arena arena;
};

static void read_part(struct listing *listing);

static void finish(struct listing *listing, int status)
{
    listing->list.callback(listing->list.owner, status, NULL, NULL);
    arena_free(&listing->arena);
    free(listing);
}

static bool is_listed(const struct lookup_list *list, const struct reservation *reservation)
{
    enum reservation_status status = reservation->status;

    if (reservation->extras.lead.length || !reach_covers(&list->reach, reservation))
        return false;
    if (status == RESERVATION_RETURNING)
        status = RESERVATION_CANCELLED;
    if (list->status)
        return status == list->status;
    return status != RESERVATION_MOVED && (status != RESERVATION_OFFERED || list->has_offered) &&
           status != RESERVATION_LAPSED;
}

/* Gives one; false when it cannot be unsealed. */
static bool give(const struct lookup_list *list, const struct reservation *reservation)
{
    struct applicant applicant;
    struct buffer plain = {0};
    bool is_unsealed = reservation_unseal(reservation, &list->city->keys, &plain, &applicant);

    if (is_unsealed)
        list->callback(list->owner, 0, reservation, &applicant);
    if (plain.data)
        sodium_memzero(plain.data, plain.capacity);
    buffer_free(&plain);
    return is_unsealed;
}

static void give_part(struct listing *listing)
{
    struct lookup_list *list = &listing->list;

    for (unsigned i = 0; i < listing->found_count; i++) {
        if (listing->given == list->limit) {
            finish(listing, 1);
            return;
        }
        listing->given++;
        if (!give(list, &listing->found[i])) {
            finish(listing, STORE_FOUND(STORE_STRANGE));
            return;
        }
    }
    if (list->after < listing->last)
        read_part(listing);
    else
        finish(listing, 0);
}

/* The records that belong to those found, in their order. */
static void parts_answered(void *owner, int status, const struct reservation *parts)
{
    struct listing *listing = owner;

    for (unsigned i = 0; i < listing->found_count && status == 0; i++) {
        struct reservation *one = &listing->found[i];
        unsigned count = parts_count(one);
        if (count && !parts_take(one, parts, arena_new(&listing->arena, sizeof *one->parts)))
            status = STORE_FOUND(STORE_STRANGE);
        parts += count;
    }
    if (status)
        finish(listing, status);
    else
        give_part(listing);
}

static void read_parts(struct listing *listing)
{
    struct reservation_id *places;
    unsigned total = 0, at = 0;

    for (unsigned i = 0; i < listing->found_count; i++)
        total += parts_count(&listing->found[i]);
    if (!total) {
        give_part(listing);
        return;
    }
    places = arena_new(&listing->arena, total * sizeof *places);
    for (unsigned i = 0; i < listing->found_count; i++) {
        if (!parts_places(&listing->found[i], places + at)) {
            finish(listing, STORE_FOUND(STORE_STRANGE));
            return;
        }
        at += parts_count(&listing->found[i]);
    }
    records_read(listing->list.city, &listing->arena, places, total, parts_answered, listing);
}

static struct reservation_id id_at(const struct listing *listing, uint32_t number)
{
    const struct lookup_list *list = &listing->list;

    return (struct reservation_id){.hall = list->hall,
                                   .queue = list->queue,
                                   .day = list->day,
                                   .sequence = number,
                                   .kind = listing->kind};
}

/* Reads a record of the part; it is kept when it is one to be given. False when it is malformed.
 * `draw_state` was read with an entry of a draw. */
static bool consider(struct listing *listing, struct text record, struct text draw_state)
{
    struct lookup_list *list = &listing->list;
    struct reservation *one = &listing->found[listing->found_count];

    list->after++;
    if (!record.data)
        return true;
    one->id = id_at(listing, list->after);
    if (!reservation_parse_record(arena_copy(&listing->arena, record), one))
        return false;
    lookup_judge_entry(one, draw_state);
    listing->found_count += is_listed(list, one);
    return true;
}

/* One more than the limit is looked for: it tells that more would follow. */
static void part_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct listing *listing = owner;
    unsigned left = listing->list.limit - listing->given;

    if (status != STORE_OK) {
        finish(listing, status);
        return;
    }
    listing->found = arena_new(&listing->arena, listing->part * sizeof *listing->found);
    for (unsigned i = 0; i < listing->part && listing->found_count <= left; i++)
        if (!consider(listing, store_reply_text_at(reply, i),
                      store_reply_text_at(reply, listing->part))) {
            finish(listing, STORE_FOUND(STORE_STRANGE));
            return;
        }
    read_parts(listing);
}

static void read_part(struct listing *listing)
{
    const struct lookup_list *list = &listing->list;
    struct text args[3 + PART_MAX] = {TEXT("HMGET")};
    struct reservation_id id = id_at(listing, list->after);
    unsigned left = listing->last - list->after;
    size_t count = 1;

    arena_free(&listing->arena);
    listing->found_count = 0;
    listing->part = left < PART_MAX ? left : PART_MAX;
    args[count++] = reservation_key(&listing->arena, list->city->code, &id);
    for (unsigned i = 0; i < listing->part; i++) {
        id.sequence++;
        args[count++] = reservation_field(&listing->arena, &id);
    }
    if (listing->kind == KIND_DRAW)
        args[count++] = lookup_draw_field(&listing->arena, &id);
    store_command(list->city->store, args, count, 0, part_answered, listing);
}

static void sequence_answered(void *owner, enum store_status status,
                              const struct store_reply *reply)
{
    struct listing *listing = owner;
    int64_t last = 0;

    if (status == STORE_OK)
        text_to_integer(store_reply_text(reply), 0, UINT32_MAX, &last);
    listing->last = (uint32_t)last;
    if (status != STORE_OK || listing->last <= listing->list.after)
        finish(listing, status);
    else
        read_part(listing);
}

void lookup_reservations(const struct lookup_list *list)
{
    struct listing *listing = memory_new(sizeof *listing);
    struct text city = list->city->code, key;
    struct buffer field = {0};

    listing->list = *list;
    if (list->status == RESERVATION_IN_DRAW || list->status == RESERVATION_NOT_DRAWN)
        listing->kind = KIND_DRAW;
    key_append_queue(&field, list->hall, list->queue);
    buffer_append(&field, listing->kind == KIND_DRAW ? TEXT("dseq") : TEXT("seq"));
    key = listing->kind == KIND_DRAW ? key_entries(&listing->arena, city, list->day)
                                     : key_units(&listing->arena, city, list->day);
    store_command(list->city->store, STORE_ARGS(TEXT("HGET"), key, buffer_text(&field)), 0,
                  sequence_answered, listing);
    buffer_free(&field);
}
