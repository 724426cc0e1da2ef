/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>

#include "slots/days/closure_candidates.h"
#include "slots/days/closures_flow.h"
#include "slots/ledger/lookup.h"
#include "slots/ledger/parts.h"
#include "slots/ledger/records.h"

static bool takes_from(const struct closure *closure, const struct reservation *reservation)
{
    return text_equal(reservation->id.hall, closure->hall) &&
           (!closure->queue.length || text_equal(reservation->id.queue, closure->queue)) &&
           reservation->slot < closure->to && reservation->slot + reservation->span > closure->from;
}

bool closing_touches(const struct closing *closing, const struct reservation *reservation)
{
    return reservation_is_live(reservation->status) && takes_from(&closing->closure, reservation);
}

/* Whether all its half hours will be served once the closure is lifted. */
static bool will_be_served(const struct closing *closing, const struct reservation *reservation)
{
    const struct queue *queue = hall_queue(closing->hall, reservation->id.queue);
    const struct day_capacity *after =
        queue ? &closing->after[queue - closing->hall->queues] : NULL;

    for (unsigned slot = reservation->slot; slot < reservation->slot + reservation->span; slot++)
        if (!after || slot >= SLOTS_A_DAY || !after->capacity[slot])
            return false;
    return true;
}

static bool is_affected_part(const struct closing *closing, const struct reservation *part)
{
    return closing_touches(closing, part) &&
           (!closing->is_lifting || will_be_served(closing, part));
}

static bool is_affected(const struct closing *closing, const struct reservation *reservation)
{
    const struct reservation_parts *parts = reservation->parts;
    bool result = is_affected_part(closing, reservation);

    for (unsigned i = 0; parts && i < parts->follower_count; i++)
        result = result || is_affected_part(closing, &parts->followers[i]);
    return result;
}

/* A place that is held in a half hour that is closed. */
static bool is_held(const struct closing *closing, const struct reservation *reservation)
{
    return reservation->status == RESERVATION_OFFERED && !closing->is_lifting &&
           takes_from(&closing->closure, reservation);
}

static void keep_scanned(struct closing *closing, const struct reservation *reservation)
{
    unsigned count = closing->scanned_count++;
    struct scanned *scanned;

    if ((count & (count - 1)) == 0)
        closing->scanned =
            memory_resize(closing->scanned, (count ? count * 2 : 1) * sizeof *scanned);
    scanned = &closing->scanned[count];
    *scanned = (struct scanned){.id = reservation->id, .created_at_ms = reservation->created_at_ms};
    scanned->id.hall = closing->closure.hall;
    scanned->id.queue = arena_copy(&closing->arena, reservation->id.queue);
    scanned->service = arena_copy(&closing->arena, reservation->service);
    if (closing->is_lifting && !parts_all_places(reservation, &closing->arena, &scanned->places))
        closing->status = STORE_ERROR;
}

static void queue_scanned(void *owner, int status, const struct reservation *reservation,
                          const struct applicant *applicant)
{
    struct closing *closing = owner;

    (void)applicant;
    if (!reservation) {
        closing->scanned_queue++;
        if (status < 0)
            closing->status = status;
        closing_run(closing);
        return;
    }
    if (is_affected(closing, reservation) || is_held(closing, reservation))
        keep_scanned(closing, reservation);
}

static int compare_scanned(const void *a, const void *b)
{
    const struct scanned *x = a, *y = b;
    int order;

    if (x->created_at_ms != y->created_at_ms)
        return x->created_at_ms < y->created_at_ms ? -1 : 1;
    order = text_compare(x->id.queue, y->id.queue);
    return order ? order : (x->id.sequence > y->id.sequence) - (x->id.sequence < y->id.sequence);
}

/* In the order of booking, with room for what will be answered of each. */
static void settle_scanned(struct closing *closing)
{
    unsigned count = closing->scanned_count;

    if (count)
        qsort(closing->scanned, count, sizeof *closing->scanned, compare_scanned);
    if (closing->is_lifting)
        closing->places = arena_new(&closing->arena, (count + 1) * sizeof *closing->places);
    else
        closing->affected = arena_new(&closing->arena, (count + 1) * sizeof *closing->affected);
}

/* What the hall's queues serve when the closure is lifted. */
static void look_behind(struct closing *closing)
{
    const struct edition *edition = closing->edition;
    const struct hall *hall = closing->hall;

    closing->after = arena_new(&closing->arena, hall->queue_count * sizeof *closing->after);
    for (size_t q = 0; q < hall->queue_count; q++)
        plan_capacity(&edition->plan, edition->catalogue, &hall->queues[q], closing->closure.day,
                      &closing->closure, &closing->after[q]);
}

enum closing_flow closing_scan(struct closing *closing)
{
    if (closing->status < 0)
        return closing_fail(closing, closing->status);
    if (closing->scanned_queue == 0 && closing->is_lifting)
        look_behind(closing);
    if (closing->scanned_queue == closing->hall->queue_count) {
        settle_scanned(closing);
        closing->step = CLOSING_DEAL;
        return CLOSING_MORE;
    }
    lookup_reservations(&(struct lookup_list){
        .city = closing->city,
        .hall = closing->hall->id,
        .queue = closing->hall->queues[closing->scanned_queue].id,
        .day = closing->closure.day,
        .limit = UINT_MAX,
        .has_offered = !closing->is_lifting,
        .callback = queue_scanned,
        .owner = closing,
    });
    return CLOSING_WAIT;
}

static void affected_read(void *owner, int status, const struct reservation *found)
{
    struct closing *closing = owner;
    size_t size = closing->affected_count * sizeof *closing->affected;

    closing->affected = arena_new(&closing->arena, size);
    if (status == 0)
        memcpy(closing->affected, found, size);
    for (unsigned i = 0; i < closing->affected_count && status == 0; i++)
        if (!closing->affected[i].status)
            status = STORE_ERROR;
    closing->step = CLOSING_PARTS;
    if (status)
        closing_fail(closing, status);
    closing_run(closing);
}

enum closing_flow closing_read(struct closing *closing)
{
    if (!closing->affected_count) {
        closing->step = CLOSING_DONE;
        return CLOSING_MORE;
    }
    records_read(closing->city, &closing->arena, closing->places, closing->affected_count,
                 affected_read, closing);
    return CLOSING_WAIT;
}

static void parts_read(void *owner, int status, const struct reservation *found)
{
    struct closing *closing = owner;

    for (unsigned i = 0; i < closing->affected_count && status == 0; i++) {
        struct reservation *one = &closing->affected[i];
        unsigned count = parts_count(one);
        if (!parts_take(one, found, arena_new(&closing->arena, sizeof *one->parts)))
            status = STORE_ERROR;
        found += count;
    }
    closing->step = CLOSING_GIVE;
    if (status)
        closing_fail(closing, status);
    closing_run(closing);
}

enum closing_flow closing_read_parts(struct closing *closing)
{
    struct reservation_id *places;
    unsigned total = 0, placed = 0;

    for (unsigned i = 0; i < closing->affected_count; i++)
        total += parts_count(&closing->affected[i]);
    closing->step = CLOSING_GIVE;
    if (!total)
        return CLOSING_MORE;
    places = arena_new(&closing->arena, total * sizeof *places);
    for (unsigned i = 0; i < closing->affected_count; i++) {
        if (!parts_places(&closing->affected[i], places + placed))
            return closing_fail(closing, STORE_ERROR);
        placed += parts_count(&closing->affected[i]);
    }
    records_read(closing->city, &closing->arena, places, total, parts_read, closing);
    return CLOSING_WAIT;
}

enum closing_flow closing_give(struct closing *closing)
{
    struct buffer plain = {0};
    int status = 0;

    for (unsigned i = 0; i < closing->affected_count && status == 0; i++) {
        struct applicant applicant = {0};
        buffer_clear(&plain);
        if (reservation_unseal(&closing->affected[i], &closing->city->keys, &plain, &applicant))
            closing->listener.on_affected(closing->listener.owner, &closing->affected[i],
                                          &applicant);
        else
            status = STORE_ERROR;
    }
    if (plain.data)
        sodium_memzero(plain.data, plain.capacity);
    buffer_free(&plain);
    closing->step = CLOSING_DONE;
    return status ? closing_fail(closing, status) : CLOSING_MORE;
}
