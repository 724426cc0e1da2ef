/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/closure_affected.h"

#include <limits.h>
#include <stdlib.h>

#include "base/clock.h"
#include "slots/days/closure_candidates.h"
#include "slots/ledger/lookup.h"
#include "slots/ledger/records.h"

/* So many are dealt with in a call, and so many values it answers for each. */
enum { AFFECTED_A_CALL = 50, OFFER_SECONDS = 86400, AFFECTED_ROW = 4 };

void affected_init(struct affected *affected, struct closing *closing)
{
    *affected = (struct affected){.closing = closing};
}

void affected_free(struct affected *affected)
{
    free(affected->found);
}

static void answer(struct affected *affected, int status)
{
    affected->callback(affected->owner, status);
}

/* --- Finding ---------------------------------------------------------------------------------- */

static bool takes_from(const struct closure *closure, const struct reservation *reservation)
{
    return text_equal(reservation->id.hall, closure->hall) &&
           (!closure->queue.length || text_equal(reservation->id.queue, closure->queue)) &&
           reservation->slot < closure->to && reservation->slot + reservation->span > closure->from;
}

/* True when the closure takes a half hour from the queue's reservation. */
static bool touches(const struct closing *closing, const struct reservation *reservation)
{
    return reservation_is_live(reservation->status) && takes_from(&closing->closure, reservation);
}

/* Whether all its half hours will be served once the closure is lifted. */
static bool will_be_served(const struct affected *affected, const struct reservation *reservation)
{
    const struct closing *closing = affected->closing;
    const struct queue *queue = hall_queue(closing->hall, reservation->id.queue);
    const struct day_capacity *after =
        queue ? &affected->after[queue - closing->hall->queues] : NULL;

    for (unsigned slot = reservation->slot; slot < reservation->slot + reservation->span; slot++)
        if (!after || slot >= SLOTS_A_DAY || !after->capacity[slot])
            return false;
    return true;
}

static bool is_affected_part(const struct affected *affected, const struct reservation *part)
{
    return touches(affected->closing, part) &&
           (!affected->closing->is_lifting || will_be_served(affected, part));
}

static bool is_affected(const struct affected *affected, const struct reservation *reservation)
{
    const struct reservation_parts *parts = reservation->parts;
    bool result = is_affected_part(affected, reservation);

    for (unsigned i = 0; parts && i < parts->follower_count; i++)
        result = result || is_affected_part(affected, &parts->followers[i]);
    return result;
}

/* A place that is held in a half hour that is closed. */
static bool is_held(const struct closing *closing, const struct reservation *reservation)
{
    return reservation->status == RESERVATION_OFFERED && !closing->is_lifting &&
           takes_from(&closing->closure, reservation);
}

static void keep(struct affected *affected, const struct reservation *reservation)
{
    struct closing *closing = affected->closing;
    unsigned count = affected->found_count++;
    struct affected_found *found;

    if ((count & (count - 1)) == 0)
        affected->found = memory_resize(affected->found, (count ? count * 2 : 1) * sizeof *found);
    found = &affected->found[count];
    *found =
        (struct affected_found){.id = reservation->id, .created_at_ms = reservation->created_at_ms};
    found->id.hall = closing->closure.hall;
    found->id.queue = arena_copy(&closing->arena, reservation->id.queue);
    found->service = arena_copy(&closing->arena, reservation->service);
    if (closing->is_lifting && !parts_all_places(reservation, &closing->arena, &found->places))
        affected->status = STORE_FOUND(STORE_STRANGE);
}

static void search(struct affected *affected);

static void queue_searched(void *owner, int status, const struct reservation *reservation,
                           const struct applicant *applicant)
{
    struct affected *affected = owner;

    (void)applicant;
    if (!reservation) {
        affected->searched++;
        if (status < 0)
            affected->status = status;
        search(affected);
        return;
    }
    if (is_affected(affected, reservation) || is_held(affected->closing, reservation))
        keep(affected, reservation);
}

static int compare_found(const void *a, const void *b)
{
    const struct affected_found *x = a, *y = b;
    int order;

    if (x->created_at_ms != y->created_at_ms)
        return x->created_at_ms < y->created_at_ms ? -1 : 1;
    order = text_compare(x->id.queue, y->id.queue);
    return order ? order : (x->id.sequence > y->id.sequence) - (x->id.sequence < y->id.sequence);
}

/* In the order of booking, with room for what will be answered of each. */
static void settle(struct affected *affected)
{
    struct arena *arena = &affected->closing->arena;
    unsigned count = affected->found_count;

    if (count)
        qsort(affected->found, count, sizeof *affected->found, compare_found);
    if (affected->closing->is_lifting)
        affected->places = arena_new(arena, (count + 1) * sizeof *affected->places);
    else
        affected->items = arena_new(arena, (count + 1) * sizeof *affected->items);
}

/* What the hall's queues serve when the closure is lifted. */
static void look_behind(struct affected *affected)
{
    struct closing *closing = affected->closing;
    const struct edition *edition = closing->edition;
    const struct hall *hall = closing->hall;

    affected->after = arena_new(&closing->arena, hall->queue_count * sizeof *affected->after);
    for (size_t q = 0; q < hall->queue_count; q++)
        plan_capacity(&edition->plan, edition->catalogue, &hall->queues[q], closing->closure.day,
                      &closing->closure, &affected->after[q]);
}

/* The next queue of the hall, or the end. */
static void search(struct affected *affected)
{
    const struct closing *closing = affected->closing;

    if (affected->status < 0) {
        answer(affected, affected->status);
    } else if (affected->searched == closing->hall->queue_count) {
        settle(affected);
        answer(affected, 0);
    } else {
        lookup_reservations(&(struct lookup_list){
            .city = closing->city,
            .hall = closing->hall->id,
            .queue = closing->hall->queues[affected->searched].id,
            .day = closing->closure.day,
            .limit = UINT_MAX,
            .has_offered = !closing->is_lifting,
            .callback = queue_searched,
            .owner = affected,
        });
    }
}

void affected_find(struct affected *affected, void (*callback)(void *owner, int status),
                   void *owner)
{
    affected->callback = callback;
    affected->owner = owner;
    affected->searched = 0;
    affected->found_count = affected->dealt_count = affected->count = 0;
    if (affected->closing->is_lifting)
        look_behind(affected);
    search(affected);
}

/* --- Dealing with them ------------------------------------------------------------------------ */

/* How many the next call is about; none when nobody is affected. */
static unsigned next_count(const struct affected *affected)
{
    unsigned left = affected->found_count - affected->dealt_count;

    return left < AFFECTED_A_CALL ? left : AFFECTED_A_CALL;
}

bool affected_are_dealt(const struct affected *affected)
{
    return affected->dealt_count == affected->found_count;
}

/* 'QUEUE SERVICE place place …'; empty when there is nowhere to go. */
static void append_candidates(struct ledger_call *call, const struct candidate_search *search,
                              const struct queue *queue, const struct service *service,
                              struct buffer *list)
{
    struct candidate candidates[CANDIDATES_MAX];
    unsigned count = candidate_search_run(search, service, candidates);

    buffer_clear(list);
    if (count)
        buffer_printf(list, TEXT_FMT " " TEXT_FMT, TEXT_ARG(queue->id), TEXT_ARG(service->id));
    for (unsigned i = 0; i < count; i++) {
        const struct queue *other = candidates[i].queue;
        buffer_printf(list, " %u",
                      ledger_call_place(call, other->hall->id, other->id, candidates[i].day));
    }
}

/* The first of those at the next call that are of the queue and service of one. */
static bool is_first_of_service(const struct affected_found *found, unsigned at)
{
    for (unsigned i = 0; i < at; i++)
        if (text_equal(found[i].service, found[at].service) &&
            text_equal(found[i].id.queue, found[at].id.queue))
            return false;
    return true;
}

/* A list of candidates for each service of each queue of those that the call is about; of what left
 * the catalogue there is none. */
static void push_candidates(const struct affected *affected, struct ledger_call *call)
{
    const struct closing *closing = affected->closing;
    const struct catalogue *catalogue = closing->edition->catalogue;
    const struct affected_found *found = affected->found + affected->dealt_count;
    struct text lists[AFFECTED_A_CALL];
    struct candidate_search search;
    struct buffer list = {0};
    unsigned count = 0;

    candidate_search_init(&search, closing->edition, &closing->closure, clock_now_ms());
    for (unsigned i = 0; i < next_count(affected); i++) {
        const struct queue *queue = hall_queue(closing->hall, found[i].id.queue);
        const struct service *service = catalogue_service(catalogue, found[i].service);
        if (!queue || !service || !is_first_of_service(found, i))
            continue;
        append_candidates(call, &search, queue, service, &list);
        if (list.length)
            lists[count++] = arena_copy(&call->arena, buffer_text(&list));
    }
    ledger_call_push_integer(call, count);
    for (unsigned i = 0; i < count; i++)
        ledger_call_push(call, lists[i]);
    candidate_search_free(&search);
    buffer_free(&list);
}

void affected_push_next(const struct affected *affected, struct ledger_call *call)
{
    const struct closing *closing = affected->closing;
    const struct affected_found *found = affected->found + affected->dealt_count;
    unsigned count = next_count(affected);
    bool is_last = affected->dealt_count + count == affected->found_count;

    if (closing->is_lifting)
        ledger_call_push_integer(call, closing->edition->plan.version);
    closing_push_name(closing, call);
    if (!closing->is_lifting) {
        ledger_call_push_integer(call, OFFER_SECONDS);
        ledger_call_push(call, is_last ? TEXT("last") : TEXT(""));
    }
    ledger_call_push_integer(call, count);
    for (unsigned i = 0; i < count; i++) {
        const struct reservation_id *id = &found[i].id;
        ledger_call_push_place(call, id->hall, id->queue, id->day);
        ledger_call_push_integer(call, id->sequence);
        parts_push_places(&found[i].places, call);
    }
    if (!closing->is_lifting && closing->closure.has_offers)
        push_candidates(affected, call);
    else if (!closing->is_lifting)
        ledger_call_push_integer(call, 0);
}

/* Takes the affected as the call itself saw them. */
static bool take_affected(struct affected *affected, const struct store_reply *rows)
{
    struct arena *arena = &affected->closing->arena;

    for (size_t i = 0; i + 1 < store_reply_count(rows); i += AFFECTED_ROW) {
        struct text place = store_reply_text_at(rows, i);
        struct text record = store_reply_text_at(rows, i + 1);
        struct reservation *one = &affected->items[affected->count++];
        if (!reservation_parse_place(arena_copy(arena, place), &one->id) ||
            !reservation_parse_record(arena_copy(arena, record), one))
            return false;
    }
    return true;
}

static bool take_restored(struct affected *affected, const struct store_reply *places)
{
    struct arena *arena = &affected->closing->arena;

    for (size_t i = 0; i < store_reply_count(places); i++)
        if (!reservation_parse_place(arena_copy(arena, store_reply_text_at(places, i)),
                                     &affected->places[affected->count++]))
            return false;
    return true;
}

/* No more than the call was about. */
bool affected_take_dealt(struct affected *affected, const struct store_reply *reply)
{
    bool is_lifting = affected->closing->is_lifting;
    const struct store_reply *rows = store_reply_at(reply, LEDGER_DETAILS);
    unsigned asked = next_count(affected);

    affected->dealt_count += asked;
    if (store_reply_count(rows) / (is_lifting ? 1 : AFFECTED_ROW) > asked)
        return false;
    return is_lifting ? take_restored(affected, rows) : take_affected(affected, rows);
}

/* --- Reading ---------------------------------------------------------------------------------- */

static void parts_read(void *owner, int status, const struct reservation *found)
{
    struct affected *affected = owner;

    for (unsigned i = 0; i < affected->count && status == 0; i++) {
        struct reservation *one = &affected->items[i];
        unsigned count = parts_count(one);
        if (!parts_take(one, found, arena_new(&affected->closing->arena, sizeof *one->parts)))
            status = STORE_FOUND(STORE_STRANGE);
        found += count;
    }
    answer(affected, status);
}

/* Their offers and further steps. */
static void read_parts(struct affected *affected)
{
    struct closing *closing = affected->closing;
    struct reservation_id *places;
    unsigned total = 0, placed = 0;

    for (unsigned i = 0; i < affected->count; i++)
        total += parts_count(&affected->items[i]);
    if (!total) {
        answer(affected, 0);
        return;
    }
    places = arena_new(&closing->arena, total * sizeof *places);
    for (unsigned i = 0; i < affected->count; i++) {
        if (!parts_places(&affected->items[i], places + placed)) {
            answer(affected, STORE_FOUND(STORE_STRANGE));
            return;
        }
        placed += parts_count(&affected->items[i]);
    }
    records_read(closing->city, &closing->arena, places, total, parts_read, affected);
}

static void items_read(void *owner, int status, const struct reservation *found)
{
    struct affected *affected = owner;
    size_t size = affected->count * sizeof *affected->items;

    affected->items = arena_new(&affected->closing->arena, size);
    if (status == 0)
        memcpy(affected->items, found, size);
    for (unsigned i = 0; i < affected->count && status == 0; i++)
        if (!affected->items[i].status)
            status = STORE_FOUND(STORE_STRANGE);
    if (status)
        answer(affected, status);
    else
        read_parts(affected);
}

void affected_read(struct affected *affected, void (*callback)(void *owner, int status),
                   void *owner)
{
    struct closing *closing = affected->closing;

    affected->callback = callback;
    affected->owner = owner;
    if (closing->is_lifting && affected->count)
        records_read(closing->city, &closing->arena, affected->places, affected->count, items_read,
                     affected);
    else
        read_parts(affected);
}

int affected_give(const struct affected *affected,
                  void (*give)(void *owner, const struct reservation *reservation,
                               const struct applicant *applicant),
                  void *owner)
{
    struct buffer plain = {0};
    int status = 0;

    for (unsigned i = 0; i < affected->count && status == 0; i++) {
        struct applicant applicant = {0};
        buffer_clear(&plain);
        if (reservation_unseal(&affected->items[i], &affected->closing->city->keys, &plain,
                               &applicant))
            give(owner, &affected->items[i], &applicant);
        else
            status = STORE_FOUND(STORE_STRANGE);
    }
    if (plain.data)
        sodium_memzero(plain.data, plain.capacity);
    buffer_free(&plain);
    return status;
}
