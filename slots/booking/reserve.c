/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/reserve.h"

#include <stdlib.h>

#include "slots/booking/batch.h"
#include "slots/booking/intake.h"
#include "slots/days/draws.h"
#include "slots/days/openings.h"
#include "slots/ledger/refusal.h"

enum step {
    STEP_LOOK,
    STEP_ANSWER_PROVEN,
    STEP_ALLOCATE,
    STEP_VISIT,
    STEP_PREPARE_DRAW,
    STEP_ENTER_DRAW,
    STEP_OPEN,
    STEP_READ_EARLIER,
    STEP_DONE
};
enum flow { WAIT, MORE };

/* Opening an inventory sends a booking round again, not for ever. */
#define ATTEMPTS_MAX 4

static void run(struct reserve *reserve);

static enum flow fail(struct reserve *reserve, int status)
{
    reserve->status = status;
    reserve->step = STEP_DONE;
    return MORE;
}

static enum flow refuse(struct reserve *reserve, enum refusal_kind kind)
{
    reserve->refusal = (struct refusal){.kind = kind, .opens_at_ms = reserve->look.opens_at_ms};
    reserve->step = STEP_DONE;
    return MORE;
}

/* How the order goes to Redis. */
static enum step step_to_redis(const struct reserve *reserve)
{
    if (reserve->visit.kind == VISIT_SINGLE &&
        look_is_in_draw(&reserve->visit, &reserve->visit.items[0]))
        return STEP_PREPARE_DRAW;
    return reserve->visit.is_plain ? STEP_ALLOCATE : STEP_VISIT;
}

/* What the clock alone refuses, Redis is asked only when the request may be a repeated one: the
 * functions do not know the rule. */
static void proof_answered(struct proof *proof, int outcome)
{
    struct reserve *reserve = CONTAINER_OF(proof, struct reserve, proof);
    bool asks =
        outcome == PROOF_REPEATED ||
        (outcome == PROOF_ASK && look_at_clock(&reserve->visit, &reserve->look) == REFUSAL_NONE);

    if (outcome < 0)
        fail(reserve, outcome);
    else
        reserve->step = asks ? step_to_redis(reserve) : STEP_ANSWER_PROVEN;
    run(reserve);
}

/* Every refusal goes through the proof: it may be of a repeated request, and it keeps the promise
 * that nothing is answered from inside reserve_start(). */
static enum flow step_look(struct reserve *reserve)
{
    if (look_at_rules(&reserve->visit, &reserve->look) == REFUSAL_NONE) {
        reserve->step = step_to_redis(reserve);
        return MORE;
    }
    prove_submit(reserve->visit.city->intake->prover, &reserve->proof);
    return WAIT;
}

/* A former edition's view follows no events any more: then Redis decides, unless the clock does. */
static enum flow step_answer_proven(struct reserve *reserve)
{
    bool answers = reserve->visit.edition == reserve->visit.city->edition ||
                   look_at_clock(&reserve->visit, &reserve->look) != REFUSAL_NONE;
    enum refusal_kind kind =
        answers ? look_at_rules(&reserve->visit, &reserve->look) : REFUSAL_NONE;

    if (kind != REFUSAL_NONE)
        return refuse(reserve, kind);
    reserve->step = step_to_redis(reserve);
    return MORE;
}

static enum step step_after(enum refusal_kind kind)
{
    switch (kind) {
    case REFUSAL_NOT_OPEN:
        return STEP_OPEN;
    case REFUSAL_ALREADY:
    case REFUSAL_OVERLAP:
    case REFUSAL_REPEATED:
        return STEP_READ_EARLIER;
    case REFUSAL_STALE:
    case REFUSAL_AGAIN:
        return STEP_LOOK;
    default:
        return STEP_DONE;
    }
}

/* `sequences`: of a repeated request all that it got, or NULL. The other reservation is read behind
 * this. */
static void take_refusal(struct reserve *reserve, struct text outcome,
                         const struct store_reply *sequences)
{
    enum refusal_kind kind;

    reserve->refusal = refusal_parse(outcome, TEXT_NONE);
    kind = reserve->refusal.kind;
    reserve->step = step_after(kind);
    if (kind == REFUSAL_STATE || kind == REFUSAL_MISSING || kind == REFUSAL_UNKNOWN)
        fail(reserve, STORE_FOUND(STORE_STRANGE));
    if (reserve->step == STEP_READ_EARLIER)
        earlier_note(&reserve->earlier, &reserve->visit, text_part(outcome, 1, outcome.length),
                     kind == REFUSAL_REPEATED ? sequences : NULL);
}

static void batch_answered(struct booking *booking, int status, struct text refused)
{
    struct reserve *reserve = CONTAINER_OF(booking, struct reserve, visit.booking);
    struct reservation *reservation = &reserve->visit.items[0].reservation;

    if (status < 0) {
        fail(reserve, status);
    } else if (refused.length) {
        take_refusal(reserve, refused, NULL);
    } else {
        reserve->refusal.kind = REFUSAL_NONE;
        reserve->step = STEP_DONE;
        reservation->id.sequence = booking->sequence;
        if (booking->desk_check)
            reservation->evidence = EVIDENCE_DESK;
    }
    run(reserve);
}

/* False when the order went round too often. */
static bool try_again(struct reserve *reserve)
{
    if (++reserve->attempts <= ATTEMPTS_MAX)
        return true;
    fail(reserve, STORE_FOUND(STORE_UNSETTLED));
    return false;
}

static enum flow step_allocate(struct reserve *reserve)
{
    if (!try_again(reserve))
        return MORE;
    if (!reserve->visit.items[0].record.length ||
        reserve->visit.items[0].reservation.status != RESERVATION_BOOKED)
        visit_seal(&reserve->visit, false);
    batch_submit(reserve->visit.city->intake->gatherer, &reserve->visit.booking);
    return WAIT;
}

/* The functions tell which item is refused; of a repeated request, all its sequences. */
static void take_outcome(struct reserve *reserve, struct text outcome,
                         const struct store_reply *reply)
{
    const struct store_reply *detail = store_reply_at(reply, LEDGER_DETAILS + 1);
    int64_t item = store_reply_integer(detail);

    reserve->look.item = item > 0 && item <= reserve->visit.item_count ? (unsigned)item - 1 : 0;
    take_refusal(reserve, outcome, detail);
}

static void redis_answered(struct reserve *reserve, int status, struct text outcome,
                           const struct store_reply *reply,
                           void (*take)(struct visit *visit, const struct store_reply *reply))
{
    if (status < 0) {
        fail(reserve, status);
    } else {
        take_outcome(reserve, outcome, reply);
        if (reserve->refusal.kind == REFUSAL_NONE)
            take(&reserve->visit, reply);
    }
    run(reserve);
}

static void visit_answered(void *owner, int status, struct text outcome,
                           const struct store_reply *reply)
{
    redis_answered(owner, status, outcome, reply, visit_take_sequences);
}

static enum flow step_visit(struct reserve *reserve)
{
    if (!try_again(reserve))
        return MORE;
    visit_seal(&reserve->visit, false);
    visit_send(&reserve->visit, visit_answered, reserve);
    return WAIT;
}

static void draw_prepared(void *owner, int status, struct text commitment)
{
    struct reserve *reserve = owner;

    (void)commitment;
    if (status < 0)
        fail(reserve, status);
    else
        reserve->step = STEP_ENTER_DRAW;
    run(reserve);
}

/* No entry is made before the draw's commitment is published. */
static enum flow step_prepare_draw(struct reserve *reserve)
{
    draws_commitment(reserve->visit.city, reserve->visit.items[0].queue,
                     reserve->visit.items[0].reservation.id.day, draw_prepared, reserve);
    return WAIT;
}

static void entry_answered(void *owner, int status, struct text outcome,
                           const struct store_reply *reply)
{
    redis_answered(owner, status, outcome, reply, visit_take_entry);
}

static enum flow step_enter_draw(struct reserve *reserve)
{
    if (!try_again(reserve))
        return MORE;
    visit_seal(&reserve->visit, true);
    visit_send_entry(&reserve->visit, entry_answered, reserve);
    return WAIT;
}

/* Goes on to the next queue of a package; a party has one. */
static void opened(void *owner, int status)
{
    struct reserve *reserve = owner;

    if (status < 0) {
        fail(reserve, status);
    } else if (reserve->visit.kind == VISIT_PACKAGE &&
               ++reserve->opening < reserve->visit.item_count) {
        reserve->step = STEP_OPEN;
    } else {
        reserve->opening = 0;
        reserve->step = STEP_LOOK;
    }
    run(reserve);
}

/* Never before its release, and not while entries of its draw are collected. */
static enum flow step_open(struct reserve *reserve)
{
    const struct visit_item *item = &reserve->visit.items[reserve->opening];
    enum refusal_kind kind = look_at_clock(&reserve->visit, &reserve->look);

    if (kind != REFUSAL_NONE)
        return refuse(reserve, kind);
    if (look_is_in_draw(&reserve->visit, item)) {
        reserve->step = STEP_LOOK;
        return MORE;
    }
    openings_open(reserve->visit.city, item->queue, item->reservation.id.day, opened, reserve);
    return WAIT;
}

static bool take_other(struct reserve *reserve, const struct store_reply *records)
{
    struct text record = arena_copy(&reserve->visit.arena, store_reply_text_at(records, 0));
    struct refusal *refusal = &reserve->refusal;

    refusal->has_other = reservation_parse_place(reserve->earlier.places[0], &refusal->other.id) &&
                         reservation_parse_record(record, &refusal->other);
    return refusal->has_other;
}

static bool take_earlier(struct reserve *reserve, const struct store_reply *records, bool *more)
{
    return reserve->refusal.kind == REFUSAL_REPEATED
               ? earlier_take(&reserve->earlier, &reserve->visit, records, more)
               : take_other(reserve, records);
}

static void earlier_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct reserve *reserve = owner;
    bool more = false;

    if (status != STORE_OK)
        fail(reserve, status);
    else if (!take_earlier(reserve, reply, &more))
        fail(reserve, STORE_FOUND(STORE_STRANGE));
    else if (!more)
        reserve->step = STEP_DONE;
    run(reserve);
}

static enum flow step_read_earlier(struct reserve *reserve)
{
    if (!earlier_read(&reserve->earlier, &reserve->visit, earlier_answered, reserve))
        return fail(reserve, STORE_FOUND(STORE_STRANGE));
    return WAIT;
}

/* What the answer says besides the items. */
static void complete(struct reserve *reserve)
{
    struct reservation *first = &reserve->visit.items[0].reservation;
    struct reservation *followers;

    if (first->id.kind == KIND_DRAW)
        reserve->look.draws_at_ms = draws_at_ms(reserve->visit.edition->catalogue,
                                                reserve->visit.booking.queue, first->id.day);
    if (reserve->visit.kind != VISIT_PACKAGE)
        return;
    followers = arena_new(&reserve->visit.arena, reserve->visit.item_count * sizeof *followers);
    for (unsigned i = 1; i < reserve->visit.item_count; i++)
        followers[i - 1] = reserve->visit.items[i].reservation;
    reserve->parts = (struct reservation_parts){
        .followers = followers,
        .follower_count = reserve->visit.item_count - 1,
    };
    first->parts = &reserve->parts;
}

static void finish(struct reserve *reserve)
{
    complete(reserve);
    reserve->on_done(reserve, reserve->status);
    visit_free(&reserve->visit);
    free(reserve);
}

static void run(struct reserve *reserve)
{
    static enum flow (*const steps[])(struct reserve *) = {
        [STEP_LOOK] = step_look,
        [STEP_ANSWER_PROVEN] = step_answer_proven,
        [STEP_ALLOCATE] = step_allocate,
        [STEP_VISIT] = step_visit,
        [STEP_PREPARE_DRAW] = step_prepare_draw,
        [STEP_ENTER_DRAW] = step_enter_draw,
        [STEP_OPEN] = step_open,
        [STEP_READ_EARLIER] = step_read_earlier,
    };

    while (reserve->step != STEP_DONE)
        if (steps[reserve->step](reserve) == WAIT)
            return;
    finish(reserve);
}

void reserve_start(struct city *city, const struct reserve_order *order, reserve_done *on_done,
                   void *owner)
{
    struct reserve *reserve = memory_new(sizeof *reserve);

    reserve->on_done = on_done;
    reserve->owner = owner;
    reserve->step = STEP_LOOK;
    visit_init(&reserve->visit, city);
    order_take(order, &reserve->visit);
    reserve->visit.booking.on_answer = batch_answered;
    reserve->proof.on_answer = proof_answered;
    reserve->proof.has_tag = reserve->visit.booking.has_tag;
    memcpy(reserve->proof.tag, reserve->visit.booking.tag, TAG_BYTES);
    run(reserve);
}
