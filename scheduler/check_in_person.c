/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/clock.h"
#include "scheduler/tickets.h"
#include "slots/catalogue/keys.h"
#include "slots/ledger/person_entry.h"
#include "slots/ledger/records.h"

/* More live reservations of one day and hall than a person can have. */
enum { CANDIDATES_MAX = 64 };

/* A person on the way to his reservation. */
struct search {
    struct city *city;
    struct text hall;
    day_number today, other_day; /* the same unless it is near midnight */
    struct reservation_id places[CANDIDATES_MAX];
    unsigned count;
    struct arena arena;
    check_in_callback *callback;
    void *owner;
};

static void finish(struct search *search)
{
    arena_free(&search->arena);
    free(search);
}

static void refuse(struct search *search, int outcome)
{
    search->callback(search->owner, outcome, &(struct check_in_result){0});
    finish(search);
}

int check_in_other_day(const struct hall *hall, unsigned minute)
{
    if (minute + CHECK_IN_EARLY_MINUTES >= SLOTS_A_DAY * SLOT_MINUTES)
        return 1;
    for (size_t q = 0; q < hall->queue_count; q++)
        if (minute <= hall->queues[q].late_minutes)
            return -1;
    return 0;
}

static unsigned late_minutes(const struct search *search, struct text queue_id)
{
    const struct queue *queue =
        catalogue_queue(search->city->edition->catalogue, search->hall, queue_id);

    return queue ? queue->late_minutes : 0;
}

/* What a person at the kiosk means, the lowest first: what can be checked in now, what is checked
 * in already, what is too early still, what is too late. */
static unsigned rank_of(const struct search *search, const struct reservation *reservation)
{
    int zone = search->city->edition->catalogue->utc_offset_minutes;
    int days = (int)(reservation->id.day - search->today);
    int minute = (int)calendar_minute_of(clock_now_ms(), zone) - days * SLOTS_A_DAY * SLOT_MINUTES;
    int starts = (int)(reservation->slot * SLOT_MINUTES);
    int ends = (int)((reservation->slot + reservation->span) * SLOT_MINUTES);

    if (reservation->status != RESERVATION_BOOKED)
        return 1;
    if (minute < starts - CHECK_IN_EARLY_MINUTES)
        return 2;
    return minute > ends + (int)late_minutes(search, reservation->id.queue) ? 3 : 0;
}

static bool is_better(const struct search *search, const struct reservation *one,
                      const struct reservation *than)
{
    unsigned rank = rank_of(search, one), other = rank_of(search, than);

    if (rank != other || one->id.day == than->id.day)
        return rank != other ? rank < other : one->slot < than->slot;
    return one->id.day < than->id.day;
}

/* Of a day that is over nothing is left but to be excused for coming late. */
static bool is_meant(const struct search *search, const struct reservation *reservation)
{
    if (reservation->id.day < search->today)
        return reservation->status == RESERVATION_BOOKED && rank_of(search, reservation) == 0;
    return reservation_is_live(reservation->status);
}

static void records_found(void *owner, int status, const struct reservation *found)
{
    struct search *search = owner;
    const struct reservation *best = NULL;

    for (unsigned i = 0; i < search->count && status == 0; i++)
        if (is_meant(search, &found[i]) && (!best || is_better(search, &found[i], best)))
            best = &found[i];
    if (status < 0) {
        refuse(search, status);
    } else if (!best) {
        refuse(search, CHECK_IN_MISSING);
    } else {
        tickets_check_in(search->city, &best->id, &(struct reach){.hall = search->hall},
                         search->callback, search->owner);
        finish(search);
    }
}

/* The others stand for other days and halls. */
static void consider(struct search *search, struct text text)
{
    struct person_entry entry;

    if (person_entry_parse(text, &entry) && text_equal(entry.id.hall, search->hall) &&
        (entry.id.day == search->today || entry.id.day == search->other_day))
        search->places[search->count++] = entry.id;
}

static void person_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct search *search = owner;
    struct text entries = arena_copy(&search->arena, store_reply_text(reply)), entry;

    if (status != STORE_OK) {
        refuse(search, status);
        return;
    }
    text_split(&entries, ';', &entry); /* marks stand before the first */
    while (search->count < CANDIDATES_MAX && text_split(&entries, ';', &entry))
        consider(search, entry);
    if (search->count)
        records_read(search->city, &search->arena, search->places, search->count, records_found,
                     search);
    else
        refuse(search, CHECK_IN_MISSING);
}

void tickets_check_in_person(struct city *city, struct text hall, enum id_type id_type,
                             struct text id_number, check_in_callback *callback, void *owner)
{
    struct search *search = memory_new(sizeof *search);
    const struct catalogue *catalogue = city->edition->catalogue;
    unsigned minute = calendar_minute_of(clock_now_ms(), catalogue->utc_offset_minutes);
    unsigned char person[PERSON_KEY_BYTES];

    search->city = city;
    search->hall = arena_copy(&search->arena, hall);
    search->today = city_today(city);
    search->other_day = search->today + check_in_other_day(catalogue_hall(catalogue, hall), minute);
    search->callback = callback;
    search->owner = owner;
    vault_person(&city->keys, id_type, id_number, person);
    store_command(city->store,
                  STORE_ARGS(TEXT("HGET"), key_persons(&search->arena, city->code),
                             text_bytes(person, sizeof person)),
                  0, person_read, search);
}
