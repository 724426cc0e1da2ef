/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/ledger/lookup.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/catalogue/keys.h"
#include "slots/ledger/parts.h"
#include "slots/ledger/records.h"

/* From the place that an id names to where the reservation stands; no chain is longer, so a longer
 * one is a circle. */
enum { HOPS_MAX = 8 };

static void ask(struct lookup *lookup);

static bool unseal(struct lookup *lookup)
{
    return reservation_unseal(&lookup->reservation, &lookup->city->keys, &lookup->plain,
                              &lookup->applicant);
}

static void parts_answered(void *owner, int status, const struct reservation *found)
{
    struct lookup *lookup = owner;

    if (status == 0 && !parts_take(&lookup->reservation, found, &lookup->parts))
        status = STORE_FOUND(STORE_STRANGE);
    lookup->on_done(lookup, status);
}

static void give(struct lookup *lookup)
{
    struct reservation_id places[PARTS_MAX];
    unsigned count = parts_count(&lookup->reservation);

    if (!unseal(lookup) || !parts_places(&lookup->reservation, places))
        lookup->on_done(lookup, STORE_FOUND(STORE_STRANGE));
    else if (count)
        records_read(lookup->city, &lookup->arena, places, count, parts_answered, lookup);
    else
        lookup->on_done(lookup, LOOKUP_FOUND);
}

/* Where to read on: a moved record's new place, the first step of a package. Texts point into the
 * record. */
static bool follow(struct lookup *lookup)
{
    struct reservation *reservation = &lookup->reservation;
    const struct reservation_extras *extras = &reservation->extras;

    if (reservation->status == RESERVATION_MOVED)
        return reservation_parse_place(extras->moved_to, &reservation->id);
    return parts_beside(&reservation->id, extras->lead, &reservation->id);
}

static bool leads_on(const struct reservation *reservation)
{
    return (reservation->status == RESERVATION_MOVED && reservation->extras.moved_to.length) ||
           reservation->extras.lead.length;
}

/* Reads the record; only the one that the id names must have its salt. */
static int understand(struct lookup *lookup, struct text record)
{
    struct reservation *reservation = &lookup->reservation;

    if (!record.data)
        return LOOKUP_MISSING;
    if (!reservation_parse_record(arena_copy(&lookup->arena, record), reservation))
        return STORE_FOUND(STORE_STRANGE);
    if (!lookup->hops && memcmp(lookup->asked.salt, reservation->id.salt, SALT_BYTES) != 0)
        return LOOKUP_MISSING;
    return LOOKUP_FOUND;
}

static void record_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct lookup *lookup = owner;
    struct reservation *reservation = &lookup->reservation;
    int outcome =
        status == STORE_OK ? understand(lookup, store_reply_text_at(reply, 0)) : (int)status;

    if (outcome != LOOKUP_FOUND) {
        lookup->on_done(lookup, outcome);
    } else if (leads_on(reservation)) {
        if (lookup->hops++ < HOPS_MAX && follow(lookup))
            ask(lookup);
        else
            lookup->on_done(lookup, STORE_FOUND(STORE_STRANGE));
    } else {
        lookup_judge_entry(reservation, store_reply_text_at(reply, 1));
        give(lookup);
    }
}

struct text lookup_draw_field(struct arena *arena, const struct reservation_id *entry)
{
    struct buffer field = {0};

    key_append_queue(&field, entry->hall, entry->queue);
    buffer_append(&field, TEXT("draw"));
    return buffer_to_arena(&field, arena);
}

/* The state begins with 'd' once the draw is done; who found no place in it keeps his record. */
void lookup_judge_entry(struct reservation *entry, struct text draw_state)
{
    if (entry->status == RESERVATION_IN_DRAW && text_starts_with(draw_state, TEXT("d")))
        entry->status = RESERVATION_NOT_DRAWN;
}

/* The record; of a draw's entry also the state of the draw, as of the same moment. */
static void ask(struct lookup *lookup)
{
    const struct reservation_id *id = &lookup->reservation.id;
    struct text args[4] = {TEXT("HMGET")};
    size_t count = 1;

    args[count++] = reservation_key(&lookup->arena, lookup->city->code, id);
    args[count++] = reservation_field(&lookup->arena, id);
    if (id->kind == KIND_DRAW)
        args[count++] = lookup_draw_field(&lookup->arena, id);
    store_command(lookup->city->store, args, count, 0, record_answered, lookup);
}

void lookup_start(struct lookup *lookup, struct city *city, const struct reservation_id *id,
                  lookup_done *on_done)
{
    *lookup = (struct lookup){.city = city, .on_done = on_done, .asked = *id};
    lookup->asked.hall = arena_copy(&lookup->arena, id->hall);
    lookup->asked.queue = arena_copy(&lookup->arena, id->queue);
    lookup_again(lookup);
}

void lookup_again(struct lookup *lookup)
{
    lookup->reservation = (struct reservation){.id = lookup->asked};
    lookup->parts = (struct reservation_parts){0};
    lookup->hops = 0;
    ask(lookup);
}

bool lookup_take(struct lookup *lookup, struct text record)
{
    const struct reservation_parts *parts = lookup->reservation.parts;

    lookup->parts.offer = NULL;
    if (!reservation_parse_record(arena_copy(&lookup->arena, record), &lookup->reservation) ||
        !unseal(lookup))
        return false;
    lookup->reservation.parts = parts;
    return true;
}

void lookup_end(struct lookup *lookup)
{
    if (lookup->plain.data)
        sodium_memzero(lookup->plain.data, lookup->plain.capacity);
    buffer_free(&lookup->plain);
    arena_free(&lookup->arena);
}

bool lookup_is_over(const struct lookup *lookup)
{
    const struct reservation *reservation = &lookup->reservation;
    int offset = lookup->city->edition->catalogue->utc_offset_minutes;

    return clock_now_ms() >=
           calendar_instant_ms(reservation->id.day,
                               (reservation->slot + reservation->span) * SLOT_MINUTES, offset);
}

/* A lookup that nobody holds on to. */
struct reading {
    struct lookup lookup;
    lookup_callback *callback;
    void *owner;
};

static void read_done(struct lookup *lookup, int outcome)
{
    struct reading *reading = CONTAINER_OF(lookup, struct reading, lookup);
    bool is_found = outcome == LOOKUP_FOUND;

    reading->callback(reading->owner, outcome < 0 ? outcome : 0,
                      is_found ? &lookup->reservation : NULL, is_found ? &lookup->applicant : NULL);
    lookup_end(lookup);
    free(reading);
}

void lookup_reservation(struct city *city, const struct reservation_id *id,
                        lookup_callback *callback, void *owner)
{
    struct reading *reading = memory_new(sizeof *reading);

    reading->callback = callback;
    reading->owner = owner;
    lookup_start(&reading->lookup, city, id, read_done);
}
