/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/reserve.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/keys.h"
#include "slots/openings.h"

enum step { STEP_LOOK, STEP_ANSWER_PROVEN, STEP_ALLOCATE, STEP_OPEN, STEP_READ_OTHER, STEP_DONE };
enum flow { WAIT, MORE };

/* Opening an inventory sends a booking round again, not for ever. */
#define ATTEMPTS_MAX 4

static void run(struct reserve *reserve);

/* The rules that need no store; RESERVE_BOOKED when nothing speaks against asking for a place. */
static enum reserve_outcome look(struct reserve *reserve)
{
    const struct catalogue *catalogue = reserve->edition->catalogue;
    const struct booking *booking = &reserve->booking;
    const struct inventory *inventory =
        view_find(&reserve->edition->view, booking->queue, booking->day);
    struct inventory template = {.day = booking->day};
    int64_t now_ms = clock_now_ms();
    int fit;

    queue_capacity_on(catalogue, booking->queue, booking->day, template.capacity);
    fit = inventory_fit(inventory ? inventory : &template, booking->slot, booking->service->span);
    if (fit < 0)
        return RESERVE_CLOSED;
    if (now_ms >= hall_closes_at_ms(catalogue, booking->hall, booking->day, booking->slot))
        return RESERVE_TOO_LATE;
    reserve->opens_at_ms = hall_opens_at_ms(catalogue, booking->hall, booking->day);
    if (now_ms < reserve->opens_at_ms)
        return RESERVE_NOT_RELEASED;
    if (inventory && fit < (int)booking->service->units)
        return RESERVE_FULL;
    return RESERVE_BOOKED;
}

static void proof_answered(struct proof *proof, int outcome)
{
    struct reserve *reserve = CONTAINER_OF(proof, struct reserve, proof);

    if (outcome < 0) {
        reserve->outcome = outcome;
        reserve->step = STEP_DONE;
    } else {
        reserve->step = outcome == PROOF_CURRENT ? STEP_ANSWER_PROVEN : STEP_ALLOCATE;
    }
    run(reserve);
}

/* Every refusal goes through the proof: it may be of a repeated request, and it keeps the promise
 * that nothing is answered from inside reserve_start(). */
static enum flow step_look(struct reserve *reserve)
{
    if (look(reserve) == RESERVE_BOOKED) {
        reserve->step = STEP_ALLOCATE;
        return MORE;
    }
    prove_submit(reserve->city, &reserve->proof);
    return WAIT;
}

/* A former edition's view follows no events any more: then Redis decides. */
static enum flow step_answer_proven(struct reserve *reserve)
{
    if (reserve->edition != reserve->city->edition) {
        reserve->step = STEP_ALLOCATE;
        return MORE;
    }
    reserve->outcome = look(reserve);
    reserve->step = reserve->outcome == RESERVE_BOOKED ? STEP_ALLOCATE : STEP_DONE;
    return MORE;
}

static const struct {
    enum batch_outcome batch;
    enum step step;
    enum reserve_outcome outcome;
} after_batch[] = {
    {BATCH_BOOKED, STEP_DONE, RESERVE_BOOKED},
    {BATCH_REPEATED, STEP_READ_OTHER, RESERVE_REPEATED},
    {BATCH_MISMATCH, STEP_DONE, RESERVE_MISMATCH},
    {BATCH_NOT_GREEN, STEP_DONE, RESERVE_NOT_GREEN},
    {BATCH_ALREADY, STEP_READ_OTHER, RESERVE_ALREADY},
    {BATCH_LIMIT, STEP_DONE, RESERVE_LIMIT},
    {BATCH_NOT_OPEN, STEP_OPEN, RESERVE_FULL},
    {BATCH_CLOSED, STEP_DONE, RESERVE_CLOSED},
    {BATCH_FULL, STEP_DONE, RESERVE_FULL},
};

static void batch_answered(struct booking *booking, int outcome)
{
    struct reserve *reserve = CONTAINER_OF(booking, struct reserve, booking);

    reserve->step = STEP_DONE;
    reserve->outcome = outcome;
    if (outcome >= 0) {
        reserve->step = after_batch[outcome].step;
        reserve->outcome = (int)after_batch[outcome].outcome;
        reserve->health = booking->health;
        reserve->other = arena_copy(&reserve->arena, booking->other);
        reserve->reservation.id.sequence = booking->sequence;
        if (booking->desk_check)
            reserve->reservation.evidence = EVIDENCE_DESK;
    }
    run(reserve);
}

static enum flow step_allocate(struct reserve *reserve)
{
    struct reservation *reservation = &reserve->reservation;
    struct booking *booking = &reserve->booking;

    if (++reserve->attempts > ATTEMPTS_MAX) {
        reserve->outcome = STORE_ERROR;
        reserve->step = STEP_DONE;
        return MORE;
    }
    if (reserve->attempts == 1) {
        vault_person(&reserve->city->keys, reserve->applicant.id_number, reservation->person);
        reservation_make_salt(reservation->id.salt);
        reservation_append_record(&reserve->record, reservation, &reserve->applicant,
                                  &reserve->city->keys);
        memcpy(booking->person, reservation->person, PERSON_KEY_BYTES);
        booking->record = reserve->record.data;
        booking->record_length = reserve->record.length;
    }
    batch_submit(reserve->city, booking);
    return WAIT;
}

static void opened(void *owner, int status)
{
    struct reserve *reserve = owner;

    reserve->step = status < 0 ? STEP_DONE : STEP_ALLOCATE;
    reserve->outcome = status;
    run(reserve);
}

static enum flow step_open(struct reserve *reserve)
{
    openings_open(reserve->city, reserve->booking.queue, reserve->booking.day, opened, reserve);
    return WAIT;
}

/* The reservation's whole id: its record knows the salt. */
static struct text print_id(struct reserve *reserve, const struct reservation_id *id)
{
    struct buffer printed = {0};
    struct text result;

    reservation_append_id(&printed, id);
    result = arena_copy(&reserve->arena, buffer_text(&printed));
    buffer_free(&printed);
    return result;
}

/* The first answer again: as it was then, whatever became of the reservation since. */
static void other_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct reserve *reserve = owner;
    struct reservation *reservation = &reserve->reservation;

    reserve->step = STEP_DONE;
    buffer_clear(&reserve->record);
    buffer_append(&reserve->record, store_reply_text(reply));
    if (status != STORE_OK)
        reserve->outcome = status;
    else if (!reservation_parse_record(buffer_text(&reserve->record), reservation) ||
             !reservation_unseal(reservation, &reserve->city->keys, &reserve->plain,
                                 &reserve->applicant))
        reserve->outcome = STORE_ERROR;
    else
        reserve->other_id = print_id(reserve, &reservation->id);
    reservation->status = RESERVATION_BOOKED;
    run(reserve);
}

static enum flow step_read_other(struct reserve *reserve)
{
    struct reservation_id *id = &reserve->reservation.id;
    struct arena *arena = &reserve->arena;

    if (!reservation_parse_place(reserve->other, id)) {
        reserve->outcome = STORE_ERROR;
        reserve->step = STEP_DONE;
        return MORE;
    }
    store_command(reserve->city->store,
                  STORE_ARGS(TEXT("HGET"), key_reservations(arena, reserve->city->code, id->day),
                             reservation_field(arena, id)),
                  0, other_answered, reserve);
    return WAIT;
}

static void finish(struct reserve *reserve)
{
    reserve->on_done(reserve, reserve->outcome);
    edition_release(reserve->edition);
    if (reserve->plain.data)
        sodium_memzero(reserve->plain.data, reserve->plain.capacity);
    buffer_free(&reserve->plain);
    buffer_free(&reserve->record);
    arena_free(&reserve->arena);
    free(reserve);
}

static void run(struct reserve *reserve)
{
    static enum flow (*const steps[])(struct reserve *) = {
        [STEP_LOOK] = step_look,
        [STEP_ANSWER_PROVEN] = step_answer_proven,
        [STEP_ALLOCATE] = step_allocate,
        [STEP_OPEN] = step_open,
        [STEP_READ_OTHER] = step_read_other,
    };

    while (reserve->step != STEP_DONE)
        if (steps[reserve->step](reserve) == WAIT)
            return;
    finish(reserve);
}

static void copy_order(struct reserve *reserve, const struct reserve_order *order)
{
    struct arena *arena = &reserve->arena;
    struct reservation *reservation = &reserve->reservation;
    struct booking *booking = &reserve->booking;

    reserve->applicant.name = arena_copy(arena, order->applicant.name);
    reserve->applicant.id_number = arena_copy(arena, order->applicant.id_number);
    reserve->applicant.phone = arena_copy(arena, order->applicant.phone);
    reservation->channel = arena_copy(arena, order->channel);
    reservation->id.hall = order->hall->id;
    reservation->id.queue = order->queue->id;
    reservation->service = order->service->id;
    reservation->id.day = order->day;
    reservation->slot = order->slot;
    reservation->span = order->service->span;
    reservation->units = order->service->units;
    reservation->status = RESERVATION_BOOKED;
    reservation->evidence = EVIDENCE_OFF;
    reservation->created_at_ms = clock_now_ms();
    reservation->creator = order->creator;
    booking->hall = order->hall;
    booking->queue = order->queue;
    booking->service = order->service;
    booking->day = order->day;
    booking->slot = order->slot;
    booking->on_answer = batch_answered;
    reserve->proof.on_answer = proof_answered;
}

/* The tag names the key and whose it is; the digest tells whether the request is the same. */
static void digest_order(struct reserve *reserve, const struct reserve_order *order)
{
    struct booking *booking = &reserve->booking;
    const struct applicant *applicant = &order->applicant;
    const struct text key[] = {order->principal, order->idempotency_key};
    const struct text request[] = {
        order->hall->id,
        order->service->id,
        text_bytes(&order->day, sizeof order->day),
        text_bytes(&order->slot, sizeof order->slot),
        applicant->name,
        applicant->id_number,
        applicant->phone,
        order->channel,
    };

    if (!order->idempotency_key.length)
        return;
    booking->has_tag = reserve->proof.has_tag = true;
    vault_digest(&reserve->city->keys, key, sizeof key / sizeof *key, booking->tag, TAG_BYTES);
    vault_digest(&reserve->city->keys, request, sizeof request / sizeof *request, booking->digest,
                 DIGEST_BYTES);
    memcpy(reserve->proof.tag, booking->tag, TAG_BYTES);
}

void reserve_start(struct city *city, const struct reserve_order *order, reserve_done *on_done,
                   void *owner)
{
    struct reserve *reserve = memory_new(sizeof *reserve);

    reserve->city = city;
    reserve->edition = edition_hold(city->edition);
    reserve->on_done = on_done;
    reserve->owner = owner;
    reserve->step = STEP_LOOK;
    copy_order(reserve, order);
    digest_order(reserve, order);
    run(reserve);
}
