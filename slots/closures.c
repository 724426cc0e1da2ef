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

/* The closure in force that says the same; NULL when there is none. */
static const struct closure *find_same(const struct closing *closing)
{
    const struct plan *plan = &closing->edition->plan;
    const struct closure *wanted = &closing->closure;

    for (size_t i = 0; i < plan->closure_count; i++) {
        const struct closure *one = &plan->closures[i];
        if (one->is_in_force && one->day == wanted->day && text_equal(one->hall, wanted->hall) &&
            text_equal(one->queue, wanted->queue) && one->from == wanted->from &&
            one->to == wanted->to && one->has_offers == wanted->has_offers &&
            text_equal(one->reason, wanted->reason))
            return one;
    }
    return NULL;
}

static void take_closure(struct closing *closing, const struct closure *closure)
{
    closing->closure = *closure;
    closing->closure.hall = arena_copy(&closing->arena, closure->hall);
    closing->closure.queue = arena_copy(&closing->arena, closure->queue);
    closing->closure.reason = arena_copy(&closing->arena, closure->reason);
}

static enum closing_flow look_at_closing(struct closing *closing)
{
    const struct closure *same = find_same(closing);

    if (same) {
        take_closure(closing, same);
        closing->step = CLOSING_SCAN;
    } else {
        closing->step = closing->closure.has_offers ? CLOSING_OPEN : CLOSING_SEND;
    }
    return CLOSING_MORE;
}

/* Another worker may have made the closure just now: the plan is read once before it is missing. */
static enum closing_flow look_at_lifting(struct closing *closing)
{
    const struct closure *wanted = &closing->closure;
    const struct closure *closure =
        plan_closure(&closing->edition->plan, wanted->hall, wanted->day, wanted->number);

    if (closure && closure->is_in_force) {
        take_closure(closing, closure);
        ledger_call_drop(&closing->call);
        ledger_call_start(&closing->call, closing->city, slots_library.reopen);
        closing->scanned_queue = 0;
        closing->step = CLOSING_SCAN;
        return CLOSING_MORE;
    }
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
    return closing->is_lifting ? look_at_lifting(closing) : look_at_closing(closing);
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
    day_number first = closing->closure.day;

    for (day_number day = first; day <= first + OWN_HALL_DAYS; day++)
        if (candidate_must_open(search, queue, day)) {
            closing->in_flight++;
            openings_open(closing->city, queue, day, opened, closing);
        }
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

/* What another one did meanwhile is read first, and all of it begins again. */
static void answered(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct closing *closing = owner;

    if (status < 0)
        closing_fail(closing, status);
    else
        closing->refusal = refusal_parse(outcome, reply);
    if (status >= 0 && closing->refusal.kind == REFUSAL_NONE)
        closing_take_reply(closing, reply);
    else if (status >= 0 && closing->attempts < ATTEMPTS_MAX &&
             (closing->refusal.kind == REFUSAL_STALE || closing->refusal.kind == REFUSAL_AGAIN))
        closing->step = CLOSING_REFRESH;
    else
        closing->step = CLOSING_DONE;
    closing_run(closing);
}

static enum closing_flow step_send(struct closing *closing)
{
    if (!look_up(closing))
        return end(closing, REFUSAL_MISSING);
    if (!closing->is_lifting)
        ledger_call_start(&closing->call, closing->city, slots_library.close);
    closing_fill_call(closing);
    ledger_call_send(&closing->call, answered, closing);
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
    ledger_call_drop(&closing->call);
    edition_release(closing->edition);
    free(closing->scanned);
    arena_free(&closing->arena);
    free(closing);
}

void closing_run(struct closing *closing)
{
    static enum closing_flow (*const steps[])(struct closing *) = {
        [CLOSING_LOOK] = step_look,           [CLOSING_OPEN] = step_open,
        [CLOSING_SCAN] = closing_scan,        [CLOSING_SEND] = step_send,
        [CLOSING_REFRESH] = step_refresh,     [CLOSING_READ] = closing_read,
        [CLOSING_PARTS] = closing_read_parts, [CLOSING_GIVE] = closing_give,
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

void closures_close(struct city *city, const struct closure *closure,
                    const struct closures_listener *listener)
{
    struct closing *closing = closing_new(city, closure, listener);

    closing->closure.is_in_force = true;
    closing->closure.created_at_ms = clock_now_ms();
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
