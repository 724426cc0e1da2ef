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

static enum flow end(struct reserve *reserve, int outcome)
{
    reserve->outcome = outcome;
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
        (outcome == PROOF_ASK && look_at_clock(&reserve->visit, &reserve->look) == RESERVE_BOOKED);

    if (outcome < 0)
        end(reserve, outcome);
    else
        reserve->step = asks ? step_to_redis(reserve) : STEP_ANSWER_PROVEN;
    run(reserve);
}

/* Every refusal goes through the proof: it may be of a repeated request, and it keeps the promise
 * that nothing is answered from inside reserve_start(). */
static enum flow step_look(struct reserve *reserve)
{
    if (look_at_rules(&reserve->visit, &reserve->look) == RESERVE_BOOKED) {
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
                   look_at_clock(&reserve->visit, &reserve->look) != RESERVE_BOOKED;
    enum reserve_outcome outcome =
        answers ? look_at_rules(&reserve->visit, &reserve->look) : RESERVE_BOOKED;

    if (outcome != RESERVE_BOOKED)
        return end(reserve, (int)outcome);
    reserve->step = step_to_redis(reserve);
    return MORE;
}

static const struct {
    enum step step;
    enum reserve_outcome outcome;
} after_batch[] = {
    [BATCH_BOOKED] = {STEP_DONE, RESERVE_BOOKED},
    [BATCH_REPEATED] = {STEP_READ_EARLIER, RESERVE_REPEATED},
    [BATCH_MISMATCH] = {STEP_DONE, RESERVE_MISMATCH},
    [BATCH_NOT_GREEN] = {STEP_DONE, RESERVE_NOT_GREEN},
    [BATCH_ALREADY] = {STEP_READ_EARLIER, RESERVE_ALREADY},
    [BATCH_OVERLAP] = {STEP_READ_EARLIER, RESERVE_OVERLAP},
    [BATCH_LIMIT] = {STEP_DONE, RESERVE_LIMIT},
    [BATCH_SUSPENDED] = {STEP_DONE, RESERVE_SUSPENDED},
    [BATCH_CANCELLATIONS] = {STEP_DONE, RESERVE_CANCELLATIONS},
    [BATCH_NOT_OPEN] = {STEP_OPEN, RESERVE_FULL},
    [BATCH_CLOSED] = {STEP_DONE, RESERVE_CLOSED},
    [BATCH_FULL] = {STEP_DONE, RESERVE_FULL},
};

static void batch_answered(struct booking *booking, int outcome)
{
    struct reserve *reserve = CONTAINER_OF(booking, struct reserve, visit.booking);
    struct reservation *reservation = &reserve->visit.items[0].reservation;

    if (outcome < 0) {
        end(reserve, outcome);
    } else {
        reserve->step = after_batch[outcome].step;
        reserve->outcome = (int)after_batch[outcome].outcome;
        reserve->health = booking->health;
        reserve->until_s = booking->until_s;
        if (reserve->step == STEP_READ_EARLIER)
            earlier_note(&reserve->earlier, &reserve->visit, booking->other, NULL);
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
    end(reserve, STORE_ERROR);
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

static const struct {
    enum step step;
    int outcome;
} after_refusal[] = {
    [REFUSAL_NONE] = {STEP_DONE, RESERVE_BOOKED},
    [REFUSAL_FULL] = {STEP_DONE, RESERVE_FULL},
    [REFUSAL_CLOSED] = {STEP_DONE, RESERVE_CLOSED},
    [REFUSAL_NOT_OPEN] = {STEP_OPEN, RESERVE_FULL},
    [REFUSAL_NOT_GREEN] = {STEP_DONE, RESERVE_NOT_GREEN},
    [REFUSAL_ALREADY] = {STEP_READ_EARLIER, RESERVE_ALREADY},
    [REFUSAL_OVERLAP] = {STEP_READ_EARLIER, RESERVE_OVERLAP},
    [REFUSAL_LIMIT] = {STEP_DONE, RESERVE_LIMIT},
    [REFUSAL_SUSPENDED] = {STEP_DONE, RESERVE_SUSPENDED},
    [REFUSAL_CANCELLATIONS] = {STEP_DONE, RESERVE_CANCELLATIONS},
    [REFUSAL_AGENT] = {STEP_DONE, RESERVE_AGENT_LIMIT},
    [REFUSAL_TOO_LATE] = {STEP_DONE, RESERVE_TOO_LATE},
    [REFUSAL_REPEATED] = {STEP_READ_EARLIER, RESERVE_REPEATED},
    [REFUSAL_MISMATCH] = {STEP_DONE, RESERVE_MISMATCH},
    [REFUSAL_STATE] = {STEP_DONE, STORE_ERROR},
    [REFUSAL_MISSING] = {STEP_DONE, STORE_ERROR},
    [REFUSAL_STALE] = {STEP_LOOK, STORE_ERROR},
    [REFUSAL_AGAIN] = {STEP_LOOK, STORE_ERROR},
    [REFUSAL_UNKNOWN] = {STEP_DONE, STORE_ERROR},
};

/* The functions tell which item is refused; of a repeated request, all its sequences. */
static void take_refusal(struct reserve *reserve, struct text outcome,
                         const struct store_reply *reply)
{
    struct refusal refusal = refusal_parse(outcome, reply);
    const struct store_reply *detail = store_reply_at(reply, LEDGER_DETAILS + 1);
    int64_t item = store_reply_integer(detail);

    reserve->step = after_refusal[refusal.kind].step;
    reserve->outcome = after_refusal[refusal.kind].outcome;
    reserve->health = refusal.health;
    reserve->until_s = refusal.until_s;
    reserve->look.item = item > 0 && item <= reserve->visit.item_count ? (unsigned)item - 1 : 0;
    if (reserve->step == STEP_READ_EARLIER)
        earlier_note(&reserve->earlier, &reserve->visit, text_part(outcome, 1, outcome.length),
                     refusal.kind == REFUSAL_REPEATED ? detail : NULL);
}

static void visit_answered(void *owner, int status, struct text outcome,
                           const struct store_reply *reply)
{
    struct reserve *reserve = owner;

    if (status < 0) {
        end(reserve, status);
    } else {
        take_refusal(reserve, outcome, reply);
        if (reserve->outcome == RESERVE_BOOKED)
            visit_take_sequences(&reserve->visit, reply);
    }
    run(reserve);
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
        end(reserve, status);
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
    struct reserve *reserve = owner;

    if (status < 0) {
        end(reserve, status);
    } else {
        take_refusal(reserve, outcome, reply);
        if (reserve->outcome == RESERVE_BOOKED) {
            visit_take_entry(&reserve->visit, reply);
            reserve->outcome = RESERVE_IN_DRAW;
        }
    }
    run(reserve);
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
        end(reserve, status);
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
    enum reserve_outcome outcome = look_at_clock(&reserve->visit, &reserve->look);

    if (outcome != RESERVE_BOOKED)
        return end(reserve, (int)outcome);
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

    return reservation_parse_place(reserve->earlier.places[0], &reserve->other.id) &&
           reservation_parse_record(record, &reserve->other);
}

static bool take_earlier(struct reserve *reserve, const struct store_reply *records, bool *more)
{
    return reserve->outcome == RESERVE_REPEATED
               ? earlier_take(&reserve->earlier, &reserve->visit, records, more)
               : take_other(reserve, records);
}

static void earlier_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct reserve *reserve = owner;
    bool more = false;

    if (status != STORE_OK)
        end(reserve, status);
    else if (!take_earlier(reserve, reply, &more))
        end(reserve, STORE_ERROR);
    else if (!more)
        reserve->step = STEP_DONE;
    run(reserve);
}

static enum flow step_read_earlier(struct reserve *reserve)
{
    if (!earlier_read(&reserve->earlier, &reserve->visit, earlier_answered, reserve))
        return end(reserve, STORE_ERROR);
    return WAIT;
}

/* What the answer says besides the items. */
static void complete(struct reserve *reserve)
{
    struct reservation *first = &reserve->visit.items[0].reservation;
    struct reservation *followers;

    if (reserve->outcome == RESERVE_IN_DRAW || first->id.kind == KIND_DRAW)
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
    reserve->on_done(reserve, reserve->outcome);
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
