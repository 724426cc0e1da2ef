/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/lookup.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/keys.h"
#include "slots/library.h"

/* One reservation on its way; the texts of `reservation` point into `arena` and `record`. */
struct lookup {
    struct city *city;
    struct reservation reservation;
    struct applicant applicant;
    bool is_cancel;
    lookup_callback *callback;
    void *owner;
    struct buffer record, plain;
    struct arena arena;
};

static void finish(struct lookup *lookup, int status, bool found)
{
    lookup->callback(lookup->owner, status, found ? &lookup->reservation : NULL,
                     found ? &lookup->applicant : NULL);
    if (lookup->plain.data)
        sodium_memzero(lookup->plain.data, lookup->plain.capacity);
    buffer_free(&lookup->plain);
    buffer_free(&lookup->record);
    arena_free(&lookup->arena);
    free(lookup);
}

/* Reads the record; its salt takes the place of the one that was asked for. */
static bool understand(struct lookup *lookup, struct text record)
{
    buffer_clear(&lookup->record);
    buffer_append(&lookup->record, record);
    return reservation_parse_record(buffer_text(&lookup->record), &lookup->reservation) &&
           reservation_unseal(&lookup->reservation, &lookup->city->keys, &lookup->plain,
                              &lookup->applicant);
}

static void cancel_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct lookup *lookup = owner;
    struct text word = store_reply_text_at(reply, 0);

    if (status != STORE_OK)
        finish(lookup, status, false);
    else if (text_is(word, "missing"))
        finish(lookup, CANCEL_MISSING, false);
    else if (!understand(lookup, store_reply_text_at(reply, 1)))
        finish(lookup, STORE_ERROR, false);
    else if (text_is(word, "state"))
        finish(lookup, CANCEL_WRONG_STATE, true);
    else {
        city_apply(lookup->city, store_reply_text_at(reply, 3), store_reply_text_at(reply, 2),
                   false);
        finish(lookup, CANCEL_DONE, true);
    }
}

static bool is_over(const struct lookup *lookup)
{
    const struct reservation *reservation = &lookup->reservation;
    int offset = lookup->city->edition->catalogue->utc_offset_minutes;

    return clock_now_ms() >=
           calendar_instant_ms(reservation->id.day,
                               (reservation->slot + reservation->span) * SLOT_MINUTES, offset);
}

static void send_cancel(struct lookup *lookup)
{
    const struct reservation_id *id = &lookup->reservation.id;
    struct text city = lookup->city->code;
    struct arena *arena = &lookup->arena;
    struct buffer words = {0};
    struct text queue, sequence;

    key_append_queue(&words, id->hall, id->queue);
    queue = arena_copy(arena, buffer_text(&words));
    buffer_clear(&words);
    buffer_append_integer(&words, id->sequence);
    sequence = arena_copy(arena, buffer_text(&words));
    buffer_free(&words);
    store_command(lookup->city->store,
                  STORE_ARGS(TEXT("FCALL"), slots_library.cancel, TEXT("4"),
                             key_events(arena, city), key_persons(arena, city),
                             key_units(arena, city, id->day),
                             key_reservations(arena, city, id->day), queue, sequence),
                  0, cancel_answered, lookup);
}

/* Not there: that is the answer of a read, and an outcome of a cancellation. */
static void finish_missing(struct lookup *lookup)
{
    finish(lookup, lookup->is_cancel ? (int)CANCEL_MISSING : 0, false);
}

static void go_on(struct lookup *lookup)
{
    if (!lookup->is_cancel)
        finish(lookup, 0, true);
    else if (lookup->reservation.status != RESERVATION_BOOKED)
        finish(lookup, CANCEL_WRONG_STATE, true);
    else if (is_over(lookup))
        finish(lookup, CANCEL_TOO_LATE, true);
    else
        send_cancel(lookup);
}

static void record_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct lookup *lookup = owner;
    struct reservation_id asked = lookup->reservation.id;

    if (status != STORE_OK) {
        finish(lookup, status, false);
        return;
    }
    if (store_reply_kind(reply) == STORE_REPLY_NIL) {
        finish_missing(lookup);
        return;
    }
    if (!understand(lookup, store_reply_text(reply)))
        finish(lookup, STORE_ERROR, false);
    else if (memcmp(asked.salt, lookup->reservation.id.salt, SALT_BYTES) != 0)
        finish_missing(lookup);
    else
        go_on(lookup);
}

static void start(struct city *city, const struct reservation_id *id, bool is_cancel,
                  lookup_callback *callback, void *owner)
{
    struct lookup *lookup = memory_new(sizeof *lookup);
    struct arena *arena = &lookup->arena;

    lookup->city = city;
    lookup->is_cancel = is_cancel;
    lookup->callback = callback;
    lookup->owner = owner;
    lookup->reservation.id = *id;
    lookup->reservation.id.hall = arena_copy(arena, id->hall);
    lookup->reservation.id.queue = arena_copy(arena, id->queue);
    store_command(city->store,
                  STORE_ARGS(TEXT("HGET"), key_reservations(arena, city->code, id->day),
                             reservation_field(arena, id)),
                  0, record_answered, lookup);
}

void lookup_reservation(struct city *city, const struct reservation_id *id,
                        lookup_callback *callback, void *owner)
{
    start(city, id, false, callback, owner);
}

void lookup_cancel(struct city *city, const struct reservation_id *id, lookup_callback *callback,
                   void *owner)
{
    start(city, id, true, callback, owner);
}

/* A list on its way. Sequences have no gaps, so the next part is known by its numbers. */
enum { PART_MAX = 200 };

struct listing {
    struct lookup_list list;
    uint32_t last; /* the queue's newest sequence */
    unsigned given, part;
};

static void read_part(struct listing *listing);

static void finish_listing(struct listing *listing, int status)
{
    listing->list.callback(listing->list.owner, status, NULL, NULL);
    free(listing);
}

static int give_listed(struct listing *listing, uint32_t sequence, struct text record)
{
    const struct lookup_list *list = &listing->list;
    struct reservation reservation = {
        .id = {.hall = list->hall, .queue = list->queue, .day = list->day, .sequence = sequence}};
    struct applicant applicant;
    struct buffer plain = {0};
    int status = 0;

    if (!record.length || (list->status && record.data[0] != (char)list->status))
        return 0;
    listing->given++;
    if (reservation_parse_record(record, &reservation) &&
        reservation_unseal(&reservation, &list->city->keys, &plain, &applicant))
        list->callback(list->owner, 0, &reservation, &applicant);
    else
        status = STORE_ERROR;
    if (plain.data)
        sodium_memzero(plain.data, plain.capacity);
    buffer_free(&plain);
    return status;
}

static void part_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct listing *listing = owner;
    struct lookup_list *list = &listing->list;
    int result = status;

    for (unsigned i = 0; i < listing->part && result == 0; i++) {
        if (listing->given == list->limit) {
            finish_listing(listing, 1);
            return;
        }
        result = give_listed(listing, ++list->after, store_reply_text_at(reply, i));
    }
    if (result == 0 && list->after < listing->last)
        read_part(listing);
    else
        finish_listing(listing, result);
}

static void read_part(struct listing *listing)
{
    const struct lookup_list *list = &listing->list;
    struct text args[2 + PART_MAX];
    struct arena arena = {0};
    struct reservation_id id = {
        .hall = list->hall, .queue = list->queue, .day = list->day, .sequence = list->after};
    unsigned left = listing->last - list->after;

    listing->part = left < PART_MAX ? left : PART_MAX;
    args[0] = TEXT("HMGET");
    args[1] = key_reservations(&arena, list->city->code, list->day);
    for (unsigned i = 0; i < listing->part; i++) {
        id.sequence++;
        args[2 + i] = reservation_field(&arena, &id);
    }
    store_command(list->city->store, args, 2 + listing->part, 0, part_answered, listing);
    arena_free(&arena);
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
        finish_listing(listing, status);
    else
        read_part(listing);
}

void lookup_reservations(const struct lookup_list *list)
{
    struct listing *listing = memory_new(sizeof *listing);
    struct arena arena = {0};
    struct buffer field = {0};

    listing->list = *list;
    key_append_queue(&field, list->hall, list->queue);
    buffer_append(&field, TEXT("seq"));
    store_command(list->city->store,
                  STORE_ARGS(TEXT("HGET"), key_units(&arena, list->city->code, list->day),
                             buffer_text(&field)),
                  0, sequence_answered, listing);
    buffer_free(&field);
    arena_free(&arena);
}
