/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/reschedule.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/booking/intake.h"
#include "slots/catalogue/plan.h"
#include "slots/days/draws.h"
#include "slots/days/openings.h"
#include "slots/ledger/ledger_call.h"
#include "slots/ledger/parts.h"

enum step { STEP_FIND, STEP_LOOK, STEP_ANSWER_PROVEN, STEP_SEND, STEP_OPEN, STEP_DONE };
enum flow { WAIT, MORE };

/* What changed meanwhile, or had to be opened, sends it round again, not for ever. */
enum { ATTEMPTS_MAX = 4 };

static void run(struct reschedule *reschedule);

static enum flow fail(struct reschedule *reschedule, int status)
{
    reschedule->status = status;
    reschedule->step = STEP_DONE;
    return MORE;
}

static enum flow end(struct reschedule *reschedule, enum refusal_kind kind)
{
    reschedule->refusal.kind = kind;
    reschedule->step = STEP_DONE;
    return MORE;
}

/* The old record of step `i`. */
static const struct reservation *part_at(const struct reschedule *reschedule, unsigned i)
{
    return i ? &reschedule->lookup.parts.followers[i - 1] : &reschedule->lookup.reservation;
}

/* Where its steps go; false when the hall does not offer one of them. */
static bool aim(struct reschedule *reschedule)
{
    const struct catalogue *catalogue = reschedule->edition->catalogue;
    const struct reservation *reservation = &reschedule->lookup.reservation;
    const struct hall *hall = reschedule->hall;
    unsigned slot = reschedule->slot;

    if (!hall)
        hall = catalogue_hall(catalogue, reservation->id.hall);
    reschedule->target_count = 1 + reschedule->lookup.parts.follower_count;
    for (unsigned i = 0; i < reschedule->target_count; i++) {
        const struct reservation *part = part_at(reschedule, i);
        const struct service *service = catalogue_service(catalogue, part->service);
        struct reschedule_target *target = &reschedule->targets[i];
        target->queue = hall && service ? hall_queue_for(hall, service) : NULL;
        target->slot = slot;
        target->span = part->span;
        if (!target->queue)
            return false;
        slot += part->span;
    }
    return true;
}

static bool stands_there(const struct reschedule *reschedule)
{
    for (unsigned i = 0; i < reschedule->target_count; i++) {
        const struct reservation *part = part_at(reschedule, i);
        const struct reschedule_target *target = &reschedule->targets[i];
        if (part->id.day != reschedule->day || part->slot != target->slot ||
            !text_equal(part->id.hall, target->queue->hall->id) ||
            !text_equal(part->id.queue, target->queue->id))
            return false;
    }
    return true;
}

static enum reservation_status state_of(const struct reschedule *reschedule)
{
    enum reservation_status state = RESERVATION_BOOKED;

    for (unsigned i = 0; i <= reschedule->lookup.parts.follower_count; i++)
        if (state == RESERVATION_BOOKED)
            state = part_at(reschedule, i)->status;
    return state;
}

/* What speaks against moving it whatever the new place is, or spares it. */
static enum flow consider(struct reschedule *reschedule)
{
    const struct reservation_id *id = &reschedule->lookup.reservation.id;
    enum reservation_status state = state_of(reschedule);

    if (id->kind == KIND_WAITING)
        return end(reschedule, REFUSAL_MISSING); /* it is no reservation yet */
    if (!reach_covers(&reschedule->reach, &reschedule->lookup.reservation))
        return end(reschedule, REFUSAL_OUT_OF_REACH);
    if (state != RESERVATION_BOOKED) {
        reschedule->refusal = (struct refusal){.has_other = true, .other.status = state};
        return end(reschedule, REFUSAL_STATE);
    }
    if (lookup_is_over(&reschedule->lookup))
        return end(reschedule, REFUSAL_OVER);
    if (!aim(reschedule))
        return end(reschedule, REFUSAL_NO_SERVICE);
    if (stands_there(reschedule))
        return end(reschedule, REFUSAL_NONE);
    reschedule->step = STEP_LOOK;
    return MORE;
}

static void found(struct lookup *lookup, int outcome)
{
    struct reschedule *reschedule = CONTAINER_OF(lookup, struct reschedule, lookup);

    if (outcome < 0)
        fail(reschedule, outcome);
    else if (outcome == LOOKUP_MISSING)
        end(reschedule, REFUSAL_MISSING);
    else
        consider(reschedule);
    run(reschedule);
}

static enum flow step_find(struct reschedule *reschedule)
{
    lookup_again(&reschedule->lookup);
    return WAIT;
}

static bool is_served(const struct reschedule *reschedule, const struct reschedule_target *target)
{
    const struct edition *edition = reschedule->edition;
    const struct inventory *inventory = view_find(&edition->view, target->queue, reschedule->day);
    struct inventory planned = {.day = reschedule->day};
    struct day_capacity capacity;

    if (target->slot + target->span > SLOTS_A_DAY)
        return false;
    if (!inventory) {
        plan_capacity(&edition->plan, edition->catalogue, target->queue, reschedule->day, NULL,
                      &capacity);
        memcpy(planned.capacity, capacity.capacity, sizeof planned.capacity);
        inventory = &planned;
    }
    return inventory_fit(inventory, target->slot, target->span, true, SLOTS_A_DAY) >= 0;
}

/* When the day can first be booked: in a lottery queue not while its entries are collected. */
static int64_t opens_at_ms(const struct reschedule *reschedule,
                           const struct reschedule_target *target)
{
    const struct edition *edition = reschedule->edition;
    const struct queue *queue = target->queue;

    return queue_draws_on(queue, reschedule->day) &&
                   !view_find(&edition->view, queue, reschedule->day)
               ? draws_at_ms(edition->catalogue, queue, reschedule->day)
               : hall_opens_at_ms(edition->catalogue, queue->hall, reschedule->day);
}

/* The rules that need no store; REFUSAL_NONE when nothing speaks against asking for the place.
 */
static enum refusal_kind look(struct reschedule *reschedule)
{
    const struct reschedule_target *first = &reschedule->targets[0];
    int64_t now_ms = clock_now_ms();

    for (unsigned i = 0; i < reschedule->target_count; i++)
        if (!is_served(reschedule, &reschedule->targets[i]))
            return REFUSAL_CLOSED;
    if (now_ms >= hall_closes_at_ms(reschedule->edition->catalogue, first->queue->hall,
                                    reschedule->day, first->slot))
        return REFUSAL_TOO_LATE;
    for (unsigned i = 0; i < reschedule->target_count; i++) {
        reschedule->refusal.opens_at_ms = opens_at_ms(reschedule, &reschedule->targets[i]);
        if (now_ms < reschedule->refusal.opens_at_ms)
            return REFUSAL_NOT_RELEASED;
    }
    return REFUSAL_NONE;
}

static void proof_answered(struct proof *proof, int outcome)
{
    struct reschedule *reschedule = CONTAINER_OF(proof, struct reschedule, proof);

    if (outcome < 0)
        fail(reschedule, outcome);
    else
        reschedule->step = outcome == PROOF_CURRENT ? STEP_ANSWER_PROVEN : STEP_SEND;
    run(reschedule);
}

static enum flow step_look(struct reschedule *reschedule)
{
    if (look(reschedule) == REFUSAL_NONE) {
        reschedule->step = STEP_SEND;
        return MORE;
    }
    prove_submit(reschedule->city->intake->prover, &reschedule->proof);
    return WAIT;
}

/* A former edition's view follows no events any more: then Redis decides. */
static enum flow step_answer_proven(struct reschedule *reschedule)
{
    enum refusal_kind kind = look(reschedule);

    if (reschedule->edition != reschedule->city->edition || kind == REFUSAL_NONE) {
        reschedule->step = STEP_SEND;
        return MORE;
    }
    return end(reschedule, kind);
}

/* What was found becomes what stands at the new place. */
static bool take_moved(struct reschedule *reschedule, const struct store_reply *reply)
{
    struct lookup *lookup = &reschedule->lookup;
    const struct store_reply *sequences = store_reply_at(reply, LEDGER_DETAILS);
    struct reservation *moved = arena_new(&lookup->arena, reschedule->target_count * sizeof *moved);

    for (unsigned i = 0; i < reschedule->target_count; i++) {
        const struct reschedule_target *target = &reschedule->targets[i];
        moved[i] = *part_at(reschedule, i);
        moved[i].id.hall = target->queue->hall->id;
        moved[i].id.queue = target->queue->id;
        moved[i].id.day = reschedule->day;
        moved[i].id.sequence = (uint32_t)store_reply_integer(store_reply_at(sequences, i));
        moved[i].slot = target->slot;
    }
    lookup->reservation.id = moved[0].id;
    lookup->parts.followers = moved + 1;
    reschedule->is_moved = true;
    return store_reply_count(sequences) == reschedule->target_count &&
           lookup_take(lookup, store_reply_text_at(reply, LEDGER_DETAILS + 1));
}

/* Where a refusal leads to. That something else came first each time is no state of the
 * reservation's: the caller may try again. */
static enum step after(struct reschedule *reschedule)
{
    enum refusal_kind *kind = &reschedule->refusal.kind;
    bool is_passing = *kind == REFUSAL_STATE || *kind == REFUSAL_MISSING || *kind == REFUSAL_AGAIN;
    bool may_go_on = reschedule->attempts < ATTEMPTS_MAX;

    if (is_passing && may_go_on)
        return STEP_FIND;
    if (*kind == REFUSAL_NOT_OPEN && may_go_on)
        return STEP_OPEN;
    if (is_passing)
        *kind = REFUSAL_AGAIN;
    return STEP_DONE;
}

static void answered(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct reschedule *reschedule = owner;

    if (status < 0) {
        fail(reschedule, status);
    } else {
        reschedule->refusal = refusal_parse(outcome, store_reply_text_at(reply, LEDGER_DETAILS));
        reschedule->step = after(reschedule);
        if (reschedule->refusal.kind == REFUSAL_NONE && !take_moved(reschedule, reply))
            fail(reschedule, STORE_FOUND(STORE_STRANGE));
    }
    reschedule->opening = 0;
    run(reschedule);
}

static enum flow step_send(struct reschedule *reschedule)
{
    const struct reservation *reservation = &reschedule->lookup.reservation;
    const struct reservation_id *id = &reservation->id;
    struct ledger_call call;

    reschedule->attempts++;
    ledger_call_start(&call, reschedule->city, slots_library.reschedule);
    ledger_call_push_place(&call, id->hall, id->queue, id->day);
    ledger_call_push_integer(&call, id->sequence);
    ledger_call_push_integer(&call, reschedule->target_count);
    for (unsigned i = 0; i < reschedule->target_count; i++) {
        const struct reschedule_target *target = &reschedule->targets[i];
        ledger_call_push_place(&call, target->queue->hall->id, target->queue->id, reschedule->day);
        ledger_call_push_integer(&call, target->slot);
    }
    if (!parts_add_places(reservation, &call)) {
        ledger_call_drop(&call);
        return fail(reschedule, STORE_FOUND(STORE_STRANGE));
    }
    ledger_call_send(&call, answered, reschedule);
    return WAIT;
}

static void opened(void *owner, int status)
{
    struct reschedule *reschedule = owner;

    if (status < 0)
        fail(reschedule, status);
    run(reschedule);
}

/* Opens the inventories of the new place, one after the other: Redis does not say which is missing,
 * and one that is open stays as it is. That of a lottery queue is opened by its draw. */
static enum flow step_open(struct reschedule *reschedule)
{
    const struct queue *queue;

    if (reschedule->opening == reschedule->target_count) {
        reschedule->step = STEP_SEND;
        return MORE;
    }
    queue = reschedule->targets[reschedule->opening++].queue;
    if (queue_draws_on(queue, reschedule->day))
        draws_run(reschedule->city, queue, reschedule->day, opened, reschedule);
    else
        openings_open(reschedule->city, queue, reschedule->day, opened, reschedule);
    return WAIT;
}

static void finish(struct reschedule *reschedule)
{
    reschedule->on_done(reschedule, reschedule->status);
    edition_release(reschedule->edition);
    lookup_end(&reschedule->lookup);
    free(reschedule);
}

static void run(struct reschedule *reschedule)
{
    static enum flow (*const steps[])(struct reschedule *) = {
        [STEP_FIND] = step_find, [STEP_LOOK] = step_look, [STEP_ANSWER_PROVEN] = step_answer_proven,
        [STEP_SEND] = step_send, [STEP_OPEN] = step_open,
    };

    while (reschedule->step != STEP_DONE)
        if (steps[reschedule->step](reschedule) == WAIT)
            return;
    finish(reschedule);
}

void reschedule_start(struct city *city, const struct reschedule_order *order,
                      reschedule_done *on_done, void *owner)
{
    struct reschedule *reschedule = memory_new(sizeof *reschedule);

    reschedule->city = city;
    reschedule->edition = edition_hold(city->edition);
    reschedule->on_done = on_done;
    reschedule->owner = owner;
    reschedule->hall = order->hall;
    reschedule->day = order->day;
    reschedule->slot = order->slot;
    reschedule->proof.on_answer = proof_answered;
    lookup_start(&reschedule->lookup, city, &order->id, found);
    reschedule->reach = reach_copy(&reschedule->lookup.arena, &order->reach);
}
