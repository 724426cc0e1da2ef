/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/closures.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/closure_candidates.h"
#include "slots/closures_flow.h"
#include "slots/keys.h"
#include "slots/openings.h"

enum { ATTEMPTS_MAX = 4 };

static enum closing_flow end(struct closing *closing, enum refusal_kind kind)
{
    closing->refusal.kind = kind;
    closing->step = CLOSING_DONE;
    return CLOSING_MORE;
}

enum closing_flow closing_fail(struct closing *closing, int status)
{
    closing->status = status;
    closing->step = CLOSING_DONE;
    return CLOSING_MORE;
}

/* Takes hall and plan from the present edition; false when it has no such hall or queue. */
static bool look_up(struct closing *closing)
{
    const struct closure *closure = &closing->closure;
    struct edition *edition = edition_hold(closing->city->edition);

    edition_release(closing->edition);
    closing->edition = edition;
    closing->hall = catalogue_hall(edition->catalogue, closure->hall);
    return closing->hall && (!closure->queue.length || hall_queue(closing->hall, closure->queue));
}

static void take_closure(struct closing *closing, const struct closure *closure)
{
    closing->closure = *closure;
    closing->closure.hall = arena_copy(&closing->arena, closure->hall);
    closing->closure.queue = arena_copy(&closing->arena, closure->queue);
    closing->closure.reason = arena_copy(&closing->arena, closure->reason);
}

/* The reservations that it affects now. */
static enum closing_flow scan(struct closing *closing, const struct closure *closure)
{
    take_closure(closing, closure);
    closing->scanned_queue = 0;
    closing->scanned_count = closing->dealt_count = closing->affected_count = 0;
    closing->step = CLOSING_SCAN;
    return CLOSING_MORE;
}

/* One that stands in the plan: to be lifted, or made by the first of repeated requests. Another
 * worker may have made it just now: the plan is read once before it is missing. */
static enum closing_flow look_for_closure(struct closing *closing)
{
    const struct closure *wanted = &closing->closure;
    const struct closure *closure =
        plan_closure(&closing->edition->plan, wanted->hall, wanted->day, wanted->number);

    if (closure && closure->is_in_force)
        return scan(closing, closure);
    if (!closing->attempts) {
        closing->step = CLOSING_REFRESH;
        return CLOSING_MORE;
    }
    if (closure)
        take_closure(closing, closure);
    return end(closing, closure ? REFUSAL_NONE : REFUSAL_MISSING);
}

static enum closing_flow step_look(struct closing *closing)
{
    if (!look_up(closing))
        return end(closing, REFUSAL_MISSING);
    if (closing->closure.number)
        return look_for_closure(closing);
    closing->step = closing->closure.has_offers ? CLOSING_OPEN : CLOSING_SEND;
    return CLOSING_MORE;
}

static void opened(void *owner, int status)
{
    struct closing *closing = owner;

    if (status < 0)
        closing_fail(closing, status);
    if (--closing->in_flight == 0)
        closing_run(closing);
}

static void open_days(struct closing *closing, const struct candidate_search *search,
                      const struct queue *queue)
{
    day_number days[OWN_HALL_DAYS + 1];
    unsigned count = candidate_days_to_open(search, queue, days);

    closing->in_flight += count;
    for (unsigned i = 0; i < count; i++)
        openings_open(closing->city, queue, days[i], opened, closing);
}

static enum closing_flow step_open(struct closing *closing)
{
    struct candidate_search search;

    candidate_search_init(&search, closing->edition, &closing->closure, clock_now_ms());
    closing->step = CLOSING_SEND;
    for (size_t q = 0; q < closing->hall->queue_count; q++)
        if (closure_covers(&closing->closure, &closing->hall->queues[q]))
            open_days(closing, &search, &closing->hall->queues[q]);
    candidate_search_free(&search);
    return closing->in_flight ? CLOSING_WAIT : CLOSING_MORE;
}

/* 'Rclosure HALL DATE NUMBER': what the same request made when it came first. */
static bool take_first(struct closing *closing, struct text outcome)
{
    struct text word;
    int64_t number;

    if (!text_split(&outcome, ' ', &word) || !text_is(word, "Rclosure") ||
        !text_split(&outcome, ' ', &word) || !text_split(&outcome, ' ', &word) ||
        !text_to_integer(outcome, 1, UINT32_MAX, &number))
        return false;
    closing->closure.number = (uint32_t)number;
    return true;
}

/* What was done meanwhile by others is read first, and all of it begins again. */
static enum closing_step step_after(struct closing *closing, struct text outcome)
{
    switch (closing->refusal.kind) {
    case REFUSAL_STALE:
    case REFUSAL_AGAIN:
        return closing->attempts < ATTEMPTS_MAX ? CLOSING_REFRESH : CLOSING_DONE;
    case REFUSAL_REPEATED:
        closing->refusal.kind = REFUSAL_NONE;
        if (!take_first(closing, outcome))
            closing->status = STORE_ERROR;
        return closing->status ? CLOSING_DONE : CLOSING_LOOK;
    default:
        return CLOSING_DONE;
    }
}

/* It is in force, or no longer. */
static void take_done(struct closing *closing, const struct store_reply *reply)
{
    if (closing->is_lifting) {
        closing->closure.is_in_force = false;
        closing->after_taking_in = CLOSING_READ;
    } else {
        closing->closure.number =
            (uint32_t)store_reply_integer(store_reply_at(reply, LEDGER_DETAILS));
        closing->after_taking_in = CLOSING_LOOK;
    }
    closing->step = CLOSING_TAKE_IN;
}

static void answered(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct closing *closing = owner;

    if (status < 0) {
        closing_fail(closing, status);
    } else {
        closing->refusal = refusal_parse(outcome, reply);
        if (closing->refusal.kind == REFUSAL_NONE)
            take_done(closing, reply);
        else
            closing->step = step_after(closing, outcome);
    }
    closing_run(closing);
}

/* It is done, whatever became of reading it: the stream brings it too. */
static void taken_in(void *owner, int status)
{
    struct closing *closing = owner;

    (void)status;
    closing->step = closing->is_left ? CLOSING_BRING : closing->after_taking_in;
    closing_run(closing);
}

static enum closing_flow step_take_in(struct closing *closing)
{
    city_refresh(closing->city, taken_in, closing);
    return CLOSING_WAIT;
}

/* What could not be brought follows with the next minute's pass. */
static void brought(void *owner, int status)
{
    struct closing *closing = owner;

    (void)status;
    closing->step = closing->after_taking_in;
    closing_run(closing);
}

/* Before anybody who is affected is looked for: nobody books behind that. */
static enum closing_flow step_bring(struct closing *closing)
{
    closing->is_left = false;
    openings_pass(closing->city, brought, closing);
    return CLOSING_WAIT;
}

/* A lifting is by the plan that those behind it were chosen by. */
static enum closing_flow step_send(struct closing *closing)
{
    struct ledger_call call;

    if (!closing->is_lifting && !look_up(closing))
        return end(closing, REFUSAL_MISSING);
    ledger_call_start(&call, closing->city,
                      closing->is_lifting ? slots_library.reopen : slots_library.close);
    closing_fill_call(closing, &call);
    ledger_call_send(&call, answered, closing);
    return CLOSING_WAIT;
}

/* Who was lifted meanwhile affects nobody any more. */
static enum closing_step step_after_deal(struct closing *closing, const struct store_reply *reply)
{
    unsigned count = closing_deal_count(closing);

    switch (closing->refusal.kind) {
    case REFUSAL_NONE:
        if (!closing_take_dealt(closing, reply))
            closing->status = STORE_ERROR;
        closing->dealt_count += count;
        if (closing->status)
            return CLOSING_DONE;
        if (closing->dealt_count < closing->scanned_count)
            return CLOSING_DEAL;
        return closing->is_lifting ? CLOSING_SEND : CLOSING_PARTS;
    case REFUSAL_MISSING:
        closing->refusal.kind = REFUSAL_NONE;
        closing->closure.is_in_force = false;
        return closing->is_lifting ? CLOSING_READ : CLOSING_PARTS;
    default:
        return step_after(closing, TEXT_NONE);
    }
}

static void dealt(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct closing *closing = owner;

    if (status < 0) {
        closing_fail(closing, status);
    } else {
        closing->refusal = refusal_parse(outcome, reply);
        closing->step = step_after_deal(closing, reply);
    }
    closing_run(closing);
}

static enum closing_flow step_deal(struct closing *closing)
{
    struct ledger_call call;

    if (!closing->is_lifting && !look_up(closing))
        return end(closing, REFUSAL_MISSING);
    ledger_call_start(&call, closing->city,
                      closing->is_lifting ? slots_library.restore : slots_library.rebook);
    closing_fill_deal(closing, &call);
    ledger_call_send(&call, dealt, closing);
    return CLOSING_WAIT;
}

static void refreshed(void *owner, int status)
{
    struct closing *closing = owner;

    closing->step = CLOSING_LOOK;
    if (status < 0)
        closing_fail(closing, status);
    closing_run(closing);
}

static enum closing_flow step_refresh(struct closing *closing)
{
    closing->attempts++;
    city_refresh(closing->city, refreshed, closing);
    return CLOSING_WAIT;
}

static void finish(struct closing *closing)
{
    closing->listener.on_done(closing->listener.owner, closing->status, &closing->refusal,
                              &closing->closure);
    edition_release(closing->edition);
    free(closing->scanned);
    arena_free(&closing->arena);
    free(closing);
}

void closing_run(struct closing *closing)
{
    static enum closing_flow (*const steps[])(struct closing *) = {
        [CLOSING_LOOK] = step_look,           [CLOSING_OPEN] = step_open,
        [CLOSING_SEND] = step_send,           [CLOSING_SCAN] = closing_scan,
        [CLOSING_DEAL] = step_deal,           [CLOSING_TAKE_IN] = step_take_in,
        [CLOSING_REFRESH] = step_refresh,     [CLOSING_READ] = closing_read,
        [CLOSING_PARTS] = closing_read_parts, [CLOSING_GIVE] = closing_give,
        [CLOSING_BRING] = step_bring,
    };

    while (closing->step != CLOSING_DONE)
        if (steps[closing->step](closing) == CLOSING_WAIT)
            return;
    finish(closing);
}

static struct closing *closing_new(struct city *city, const struct closure *closure,
                                   const struct closures_listener *listener)
{
    struct closing *closing = memory_new(sizeof *closing);

    closing->city = city;
    closing->listener = *listener;
    take_closure(closing, closure);
    return closing;
}

/* The tag names the key and whose it is; the digest tells whether the request is the same. */
static void digest(struct closing *closing, struct text principal, struct text idempotency_key)
{
    const struct closure *closure = &closing->closure;
    const unsigned numbers[] = {(unsigned)closure->day, closure->from, closure->to,
                                closure->has_offers};
    const struct text key[] = {principal, idempotency_key};
    const struct text request[] = {TEXT("closure"), closure->hall, closure->queue,
                                   text_bytes(numbers, sizeof numbers), closure->reason};

    closing->has_tag = idempotency_key.length > 0;
    vault_digest(&closing->city->keys, key, sizeof key / sizeof *key, closing->tag, TAG_BYTES);
    vault_digest(&closing->city->keys, request, sizeof request / sizeof *request, closing->digest,
                 DIGEST_BYTES);
}

void closures_close(struct city *city, const struct closure *closure, struct text principal,
                    struct text idempotency_key, const struct closures_listener *listener)
{
    struct closing *closing = closing_new(city, closure, listener);

    closing->closure.is_in_force = true;
    closing->closure.number = 0;
    closing->closure.created_at_ms = clock_now_ms();
    digest(closing, principal, idempotency_key);
    closing_run(closing);
}

static void nobody(void *owner, const struct reservation *reservation,
                   const struct applicant *applicant)
{
    (void)owner;
    (void)reservation;
    (void)applicant;
}

void closures_resume(struct city *city, struct text hall, day_number day, uint32_t number,
                     closures_done *callback, void *owner)
{
    const struct closures_listener listener = {nobody, callback, owner};
    struct closing *closing =
        closing_new(city, &(struct closure){.hall = hall, .day = day, .number = number}, &listener);

    closing->is_left = true; /* perhaps */
    closing->step = CLOSING_TAKE_IN;
    closing->after_taking_in = CLOSING_LOOK;
    closing_run(closing);
}

void closures_lift(struct city *city, struct text hall, day_number day, uint32_t number,
                   const struct closures_listener *listener)
{
    struct closing *closing =
        closing_new(city, &(struct closure){.hall = hall, .day = day, .number = number}, listener);

    closing->is_lifting = true;
    closing_run(closing);
}
