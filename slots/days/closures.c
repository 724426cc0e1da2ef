/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/closures.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/catalogue/keys.h"
#include "slots/days/closing.h"
#include "slots/days/closure_affected.h"
#include "slots/days/closure_candidates.h"
#include "slots/days/openings.h"

enum { ATTEMPTS_MAX = 4 };

enum step {
    STEP_LOOK,    /* is there something to do? */
    STEP_OPEN,    /* inventories that could take people in but are not open yet */
    STEP_SEND,    /* the one call that closes or lifts */
    STEP_FIND,    /* those whom it affects */
    STEP_DEAL,    /* with them, some at a call: behind the closing, before the lifting */
    STEP_TAKE_IN, /* this worker knows of it before it answers */
    STEP_BRING,   /* of a hall with very many queues: the inventories that are left */
    STEP_REFRESH, /* the plan was older than the store's */
    STEP_READ,    /* the affected as they stand now */
    STEP_GIVE,
    STEP_DONE,
};
enum flow { MORE, WAIT };

/* The making or lifting of a closure, as a step machine. */
struct work {
    struct closing closing;
    struct affected affected;
    struct closures_listener listener;
    enum step step, after_taking_in;
    unsigned attempts, in_flight;
    int status;
    struct refusal refusal;
};

static void run(struct work *work);

static enum flow end(struct work *work, enum refusal_kind kind)
{
    work->refusal.kind = kind;
    work->step = STEP_DONE;
    return MORE;
}

static enum flow fail(struct work *work, int status)
{
    work->status = status;
    work->step = STEP_DONE;
    return MORE;
}

/* What was waited for is there: on with the step that was set before. */
static void go_on(void *owner, int status)
{
    struct work *work = owner;

    if (status < 0)
        fail(work, status);
    run(work);
}

/* Those who are affected by one that stands. */
static enum flow find(struct work *work, const struct closure *closure)
{
    closing_take(&work->closing, closure);
    work->step = STEP_FIND;
    return MORE;
}

/* One that stands in the plan: to be lifted, or made by the first of repeated requests. Another
 * worker may have made it just now: the plan is read once before it is missing. */
static enum flow look_for_closure(struct work *work)
{
    const struct closure *wanted = &work->closing.closure;
    const struct closure *closure =
        plan_closure(&work->closing.edition->plan, wanted->hall, wanted->day, wanted->number);

    if (closure && closure->is_in_force)
        return find(work, closure);
    if (!work->attempts) {
        work->step = STEP_REFRESH;
        return MORE;
    }
    if (closure)
        closing_take(&work->closing, closure);
    return end(work, closure ? REFUSAL_NONE : REFUSAL_MISSING);
}

static enum flow step_look(struct work *work)
{
    if (!closing_look_up(&work->closing))
        return end(work, REFUSAL_MISSING);
    if (work->closing.closure.number)
        return look_for_closure(work);
    work->step = work->closing.closure.has_offers ? STEP_OPEN : STEP_SEND;
    return MORE;
}

static void opened(void *owner, int status)
{
    struct work *work = owner;

    if (status < 0)
        fail(work, status);
    if (--work->in_flight == 0)
        run(work);
}

static void open_days(struct work *work, const struct candidate_search *search,
                      const struct queue *queue)
{
    day_number days[OWN_HALL_DAYS + 1];
    unsigned count = candidate_days_to_open(search, queue, days);

    work->in_flight += count;
    for (unsigned i = 0; i < count; i++)
        openings_open(work->closing.city, queue, days[i], opened, work);
}

static enum flow step_open(struct work *work)
{
    struct candidate_search search;

    candidate_search_init(&search, work->closing.edition, &work->closing.closure, clock_now_ms());
    work->step = STEP_SEND;
    for (size_t q = 0; q < work->closing.hall->queue_count; q++)
        if (closure_covers(&work->closing.closure, &work->closing.hall->queues[q]))
            open_days(work, &search, &work->closing.hall->queues[q]);
    candidate_search_free(&search);
    return work->in_flight ? WAIT : MORE;
}

/* 'Rclosure HALL DATE NUMBER': what the same request made when it came first. */
static bool take_first(struct work *work, struct text outcome)
{
    struct text word;
    int64_t number;

    if (!text_split(&outcome, ' ', &word) || !text_is(word, "Rclosure") ||
        !text_split(&outcome, ' ', &word) || !text_split(&outcome, ' ', &word) ||
        !text_to_integer(outcome, 1, UINT32_MAX, &number))
        return false;
    work->closing.closure.number = (uint32_t)number;
    return true;
}

/* What was done meanwhile by others is read first, and all of it begins again. */
static enum step step_after(struct work *work, struct text outcome)
{
    switch (work->refusal.kind) {
    case REFUSAL_STALE:
    case REFUSAL_AGAIN:
        return work->attempts < ATTEMPTS_MAX ? STEP_REFRESH : STEP_DONE;
    case REFUSAL_REPEATED:
        work->refusal.kind = REFUSAL_NONE;
        if (!take_first(work, outcome))
            work->status = STORE_FOUND(STORE_STRANGE);
        return work->status ? STEP_DONE : STEP_LOOK;
    default:
        return STEP_DONE;
    }
}

/* It is in force, or no longer. */
static void take_done(struct work *work, const struct store_reply *reply)
{
    if (work->closing.is_lifting) {
        work->closing.closure.is_in_force = false;
        work->after_taking_in = STEP_READ;
    } else {
        work->closing.closure.number =
            (uint32_t)store_reply_integer(store_reply_at(reply, LEDGER_DETAILS));
        work->after_taking_in = STEP_LOOK;
    }
    work->step = STEP_TAKE_IN;
}

static void answered(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct work *work = owner;

    if (status < 0) {
        fail(work, status);
    } else {
        work->refusal = refusal_parse(outcome, store_reply_text_at(reply, LEDGER_DETAILS));
        if (work->refusal.kind == REFUSAL_NONE)
            take_done(work, reply);
        else
            work->step = step_after(work, outcome);
    }
    run(work);
}

/* It is done, whatever became of reading it: the stream brings it too. */
static void taken_in(void *owner, int status)
{
    struct work *work = owner;

    (void)status;
    work->step = work->closing.is_left ? STEP_BRING : work->after_taking_in;
    run(work);
}

static enum flow step_take_in(struct work *work)
{
    city_refresh(work->closing.city, taken_in, work);
    return WAIT;
}

/* What could not be brought follows with the next minute's pass. */
static void brought(void *owner, int status)
{
    struct work *work = owner;

    (void)status;
    work->step = work->after_taking_in;
    run(work);
}

/* Before anybody who is affected is looked for: nobody books behind that. */
static enum flow step_bring(struct work *work)
{
    work->closing.is_left = false;
    openings_pass(work->closing.city, brought, work);
    return WAIT;
}

/* A lifting is by the plan that those behind it were chosen by. */
static enum flow step_send(struct work *work)
{
    struct ledger_call call;

    if (!work->closing.is_lifting && !closing_look_up(&work->closing))
        return end(work, REFUSAL_MISSING);
    ledger_call_start(&call, work->closing.city,
                      work->closing.is_lifting ? slots_library.reopen : slots_library.close);
    closing_push(&work->closing, &call);
    ledger_call_send(&call, answered, work);
    return WAIT;
}

static enum flow step_find(struct work *work)
{
    work->step = STEP_DEAL;
    affected_find(&work->affected, go_on, work);
    return WAIT;
}

/* Who was lifted meanwhile affects nobody any more. */
static enum step step_after_deal(struct work *work, const struct store_reply *reply)
{
    switch (work->refusal.kind) {
    case REFUSAL_NONE:
        if (!affected_take_dealt(&work->affected, reply))
            work->status = STORE_FOUND(STORE_STRANGE);
        if (work->status)
            return STEP_DONE;
        if (!affected_are_dealt(&work->affected))
            return STEP_DEAL;
        return work->closing.is_lifting ? STEP_SEND : STEP_READ;
    case REFUSAL_MISSING:
        work->refusal.kind = REFUSAL_NONE;
        work->closing.closure.is_in_force = false;
        return STEP_READ;
    default:
        return step_after(work, TEXT_NONE);
    }
}

static void dealt(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct work *work = owner;

    if (status < 0) {
        fail(work, status);
    } else {
        work->refusal = refusal_parse(outcome, store_reply_text_at(reply, LEDGER_DETAILS));
        work->step = step_after_deal(work, reply);
    }
    run(work);
}

static enum flow step_deal(struct work *work)
{
    struct ledger_call call;

    if (!work->closing.is_lifting && !closing_look_up(&work->closing))
        return end(work, REFUSAL_MISSING);
    ledger_call_start(&call, work->closing.city,
                      work->closing.is_lifting ? slots_library.restore : slots_library.rebook);
    affected_push_next(&work->affected, &call);
    ledger_call_send(&call, dealt, work);
    return WAIT;
}

static enum flow step_refresh(struct work *work)
{
    work->attempts++;
    work->step = STEP_LOOK;
    city_refresh(work->closing.city, go_on, work);
    return WAIT;
}

static enum flow step_read(struct work *work)
{
    work->step = STEP_GIVE;
    affected_read(&work->affected, go_on, work);
    return WAIT;
}

static enum flow step_give(struct work *work)
{
    work->status = affected_give(&work->affected, work->listener.on_affected, work->listener.owner);
    work->step = STEP_DONE;
    return MORE;
}

static void finish(struct work *work)
{
    work->listener.on_done(work->listener.owner, work->status, &work->refusal,
                           &work->closing.closure);
    affected_free(&work->affected);
    closing_free(&work->closing);
    free(work);
}

static void run(struct work *work)
{
    static enum flow (*const steps[])(struct work *) = {
        [STEP_LOOK] = step_look,       [STEP_OPEN] = step_open, [STEP_SEND] = step_send,
        [STEP_FIND] = step_find,       [STEP_DEAL] = step_deal, [STEP_TAKE_IN] = step_take_in,
        [STEP_REFRESH] = step_refresh, [STEP_READ] = step_read, [STEP_GIVE] = step_give,
        [STEP_BRING] = step_bring,
    };

    while (work->step != STEP_DONE)
        if (steps[work->step](work) == WAIT)
            return;
    finish(work);
}

static struct work *work_new(struct city *city, const struct closure *closure,
                             const struct closures_listener *listener)
{
    struct work *work = memory_new(sizeof *work);

    closing_init(&work->closing, city, closure);
    affected_init(&work->affected, &work->closing);
    work->listener = *listener;
    return work;
}

void closures_close(struct city *city, const struct closure *closure, struct text principal,
                    struct text idempotency_key, const struct closures_listener *listener)
{
    struct work *work = work_new(city, closure, listener);

    work->closing.closure.is_in_force = true;
    work->closing.closure.number = 0;
    work->closing.closure.created_at_ms = clock_now_ms();
    closing_tag(&work->closing, principal, idempotency_key);
    run(work);
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
    struct work *work =
        work_new(city, &(struct closure){.hall = hall, .day = day, .number = number}, &listener);

    work->closing.is_left = true; /* perhaps */
    work->step = STEP_TAKE_IN;
    work->after_taking_in = STEP_LOOK;
    run(work);
}

void closures_lift(struct city *city, struct text hall, day_number day, uint32_t number,
                   const struct closures_listener *listener)
{
    struct work *work =
        work_new(city, &(struct closure){.hall = hall, .day = day, .number = number}, listener);

    work->closing.is_lifting = true;
    run(work);
}

/* --- What stands ------------------------------------------------------------------------------ */

struct listing {
    struct text hall;
    day_number day;
    closures_listed *callback;
    void *owner;
    struct arena arena;
};

static void plan_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct listing *listing = owner;
    struct plan plan = {0};
    unsigned strange = 0;
    size_t first = 0, last;

    for (size_t i = 0; status == STORE_OK && i + 1 < store_reply_count(reply); i += 2)
        plan_take(&plan, store_reply_text_at(reply, i), store_reply_text_at(reply, i + 1),
                  &strange);
    plan_settle(&plan);
    while (first < plan.closure_count && (plan.closures[first].day != listing->day ||
                                          !text_equal(plan.closures[first].hall, listing->hall)))
        first++;
    last = first;
    while (last < plan.closure_count && plan.closures[last].day == listing->day &&
           text_equal(plan.closures[last].hall, listing->hall))
        last++;
    listing->callback(listing->owner, status, plan.closures ? plan.closures + first : NULL,
                      last - first);
    plan_free(&plan);
    arena_free(&listing->arena);
    free(listing);
}

void closures_list(struct city *city, struct text hall, day_number day, closures_listed *callback,
                   void *owner)
{
    struct listing *listing = memory_new(sizeof *listing);

    *listing = (struct listing){.day = day, .callback = callback, .owner = owner};
    listing->hall = arena_copy(&listing->arena, hall);
    store_command(city->store, STORE_ARGS(TEXT("HGETALL"), key_plan(&listing->arena, city->code)),
                  0, plan_read, listing);
}
