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
           calendar_instant_ms(reservation->day,
                               (reservation->slot + reservation->span) * SLOT_MINUTES, offset);
}

static void send_cancel(struct lookup *lookup)
{
    const struct reservation *reservation = &lookup->reservation;
    struct text city = lookup->city->code;
    struct arena *arena = &lookup->arena;
    struct buffer words = {0};
    struct text prefix, name;

    reservation_append_id(&words, reservation->hall, reservation->day, reservation->code);
    prefix = arena_copy(arena, text_part(buffer_text(&words), 0, words.length - CODE_BYTES));
    buffer_clear(&words);
    buffer_printf(&words, TEXT_FMT " " TEXT_FMT " ", TEXT_ARG(reservation->hall),
                  TEXT_ARG(reservation->queue));
    calendar_append_compact_date(&words, reservation->day);
    name = arena_copy(arena, buffer_text(&words));
    buffer_free(&words);
    store_command(
        lookup->city->store,
        STORE_ARGS(TEXT("FCALL"), slots_library.cancel, TEXT("4"), key_events(arena, city),
                   key_reservations(arena, city, reservation->hall, reservation->day),
                   key_units(arena, city, reservation->hall, reservation->queue, reservation->day),
                   key_persons(arena, city, reservation->day),
                   text_bytes(reservation->code, CODE_BYTES), prefix, name),
        0, cancel_answered, lookup);
}

static void record_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct lookup *lookup = owner;

    if (status != STORE_OK)
        finish(lookup, status, false);
    else if (store_reply_kind(reply) == STORE_REPLY_NIL)
        finish(lookup, lookup->is_cancel ? (int)CANCEL_MISSING : 0, false);
    else if (!understand(lookup, store_reply_text(reply)))
        finish(lookup, STORE_ERROR, false);
    else if (!lookup->is_cancel)
        finish(lookup, 0, true);
    else if (lookup->reservation.status != RESERVATION_BOOKED)
        finish(lookup, CANCEL_WRONG_STATE, true);
    else if (is_over(lookup))
        finish(lookup, CANCEL_TOO_LATE, true);
    else
        send_cancel(lookup);
}

static void start(struct city *city, struct text hall, day_number day, const char *code,
                  bool is_cancel, lookup_callback *callback, void *owner)
{
    struct lookup *lookup = memory_new(sizeof *lookup);

    lookup->city = city;
    lookup->is_cancel = is_cancel;
    lookup->callback = callback;
    lookup->owner = owner;
    lookup->reservation.hall = arena_copy(&lookup->arena, hall);
    lookup->reservation.day = day;
    memcpy(lookup->reservation.code, code, CODE_BYTES);
    store_command(city->store,
                  STORE_ARGS(TEXT("HGET"), key_reservations(&lookup->arena, city->code, hall, day),
                             text_bytes(code, CODE_BYTES)),
                  0, record_answered, lookup);
}

void lookup_reservation(struct city *city, struct text hall, day_number day,
                        const char code[CODE_BYTES], lookup_callback *callback, void *owner)
{
    start(city, hall, day, code, false, callback, owner);
}

void lookup_cancel(struct city *city, struct text hall, day_number day, const char code[CODE_BYTES],
                   lookup_callback *callback, void *owner)
{
    start(city, hall, day, code, true, callback, owner);
}

struct listing {
    struct lookup_list list;
    struct arena arena;
};

struct listed {
    struct text code, record;
};

static int compare_listed(const void *a, const void *b)
{
    return text_compare(((const struct listed *)a)->code, ((const struct listed *)b)->code);
}

/* The wanted ones of a hall-day, sorted; the caller frees them. */
static struct listed *select_listed(const struct lookup_list *list, const struct store_reply *reply,
                                    size_t *count)
{
    struct listed *items = memory_new((store_reply_count(reply) / 2 + 1) * sizeof *items);

    *count = 0;
    for (size_t i = 0; i + 1 < store_reply_count(reply); i += 2) {
        struct listed item = {store_reply_text_at(reply, i), store_reply_text_at(reply, i + 1)};
        if (item.code.length != CODE_BYTES || !item.record.length ||
            text_compare(item.code, list->after) <= 0 ||
            (list->status && item.record.data[0] != (char)list->status))
            continue;
        items[(*count)++] = item;
    }
    qsort(items, *count, sizeof *items, compare_listed);
    return items;
}

static int give_listed(const struct lookup_list *list, const struct listed *item)
{
    struct reservation reservation = {.hall = list->hall, .day = list->day};
    struct applicant applicant;
    struct buffer plain = {0};
    int status = 0;

    memcpy(reservation.code, item->code.data, CODE_BYTES);
    if (reservation_parse_record(item->record, &reservation) &&
        reservation_unseal(&reservation, &list->city->keys, &plain, &applicant))
        list->callback(list->owner, 0, &reservation, &applicant);
    else
        status = STORE_ERROR;
    if (plain.data)
        sodium_memzero(plain.data, plain.capacity);
    buffer_free(&plain);
    return status;
}

static void list_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct listing *listing = owner;
    const struct lookup_list *list = &listing->list;
    struct listed *items;
    size_t count, given = 0;
    int result = status;

    if (status == STORE_OK) {
        items = select_listed(list, reply, &count);
        while (given < count && given < list->limit && result == 0)
            result = give_listed(list, &items[given++]);
        if (result == 0)
            result = given < count;
        free(items);
    }
    list->callback(list->owner, result, NULL, NULL);
    arena_free(&listing->arena);
    free(listing);
}

void lookup_reservations(const struct lookup_list *list)
{
    struct listing *listing = memory_new(sizeof *listing);

    listing->list = *list;
    listing->list.hall = arena_copy(&listing->arena, list->hall);
    listing->list.after = arena_copy(&listing->arena, list->after);
    store_command(list->city->store,
                  STORE_ARGS(TEXT("HGETALL"), key_reservations(&listing->arena, list->city->code,
                                                               list->hall, list->day)),
                  0, list_answered, listing);
}
