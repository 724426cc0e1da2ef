/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/openings.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/days/draws.h"
#include "slots/ledger/ledger_call.h"

enum { INVENTORIES_A_CALL = 4 /* capacity.lua */, ATTEMPTS_MAX = 4, DAY_MS = 86400000 };

/* One call of set_capacity in the making. */
struct capacity_call {
    const char *mode; /* "open" or "adjust" */
    unsigned count;
    const struct queue *queues[INVENTORIES_A_CALL];
    day_number days[INVENTORIES_A_CALL];
    struct day_capacity capacities[INVENTORIES_A_CALL];
};

static void push_inventory(struct ledger_call *call, const struct queue *queue, day_number day,
                           const struct day_capacity *capacity)
{
    ledger_call_push_place(call, queue->hall->id, queue->id, day);
    ledger_call_push_capacity(call, capacity);
}

static void start_call(struct ledger_call *call, struct city *city, const char *mode,
                       unsigned count)
{
    ledger_call_start(call, city, slots_library.set_capacity);
    ledger_call_push(call, text_of(mode));
    ledger_call_push_integer(call, city->edition->plan.version);
    ledger_call_push(call, TEXT("")); /* no field of the plan */
    ledger_call_push(call, TEXT(""));
    ledger_call_push_integer(call, count);
}

/* --- One inventory --------------------------------------------------------------------------- */

/* The catalogue may change on the way: the inventory is known by its names. */
struct opening_one {
    struct city *city;
    struct text hall, queue;
    day_number day;
    unsigned attempts;
    openings_callback *callback;
    void *owner;
    struct arena arena;
};

static void finish_one(struct opening_one *one, int status)
{
    one->callback(one->owner, status);
    arena_free(&one->arena);
    free(one);
}

static void open_one(struct opening_one *one);

static void one_refreshed(void *owner, int status)
{
    struct opening_one *one = owner;

    if (status)
        finish_one(one, status < 0 ? status : STORE_FOUND(STORE_STRANGE));
    else
        open_one(one);
}

static void one_answered(void *owner, int status, struct text outcome,
                         const struct store_reply *reply)
{
    struct opening_one *one = owner;

    (void)reply;
    if (status == 0 && text_is(outcome, "stale") && ++one->attempts < ATTEMPTS_MAX)
        city_refresh(one->city, one_refreshed, one);
    else if (status == 0 && !text_is(outcome, "ok"))
        finish_one(one, STORE_FOUND(STORE_STRANGE));
    else
        finish_one(one, status);
}

static void open_one(struct opening_one *one)
{
    const struct edition *edition = one->city->edition;
    const struct queue *queue = catalogue_queue(edition->catalogue, one->hall, one->queue);
    struct ledger_call call;
    struct day_capacity capacity;

    start_call(&call, one->city, "open", queue != NULL);
    if (queue) {
        plan_capacity(&edition->plan, edition->catalogue, queue, one->day, NULL, &capacity);
        push_inventory(&call, queue, one->day, &capacity);
    }
    ledger_call_send(&call, one_answered, one);
}

void openings_open(struct city *city, const struct queue *queue, day_number day,
                   openings_callback *callback, void *owner)
{
    struct opening_one *one;

    if (queue_draws_on(queue, day)) {
        draws_run(city, queue, day, callback, owner);
        return;
    }
    one = memory_new(sizeof *one);
    *one = (struct opening_one){.city = city, .day = day, .callback = callback, .owner = owner};
    one->hall = arena_copy(&one->arena, queue->hall->id);
    one->queue = arena_copy(&one->arena, queue->id);
    open_one(one);
}

/* --- All of them ----------------------------------------------------------------------------- */

/* A pass waits for all its calls. */
struct pass {
    struct city *city;
    struct edition *edition;
    struct capacity_call open, adjust;
    unsigned in_flight;
    bool is_stale;
    int status;
    openings_callback *callback;
    void *owner;
};

static void finish_call(void *owner, int status)
{
    struct pass *pass = owner;

    if (status)
        pass->status = status;
    if (--pass->in_flight)
        return;
    if (pass->status == 0 && !pass->is_stale)
        pass->edition->is_adjusted = true;
    pass->callback(pass->owner, pass->status);
    edition_release(pass->edition);
    free(pass);
}

static void capacity_answered(void *owner, int status, struct text outcome,
                              const struct store_reply *reply)
{
    struct pass *pass = owner;

    (void)reply;
    if (status == 0 && text_is(outcome, "stale"))
        pass->is_stale = true;
    else if (status == 0 && !text_is(outcome, "ok"))
        status = STORE_FOUND(STORE_STRANGE);
    finish_call(pass, status);
}

static void send_call(struct pass *pass, struct capacity_call *gathered)
{
    struct ledger_call call;

    if (!gathered->count)
        return;
    start_call(&call, pass->city, gathered->mode, gathered->count);
    for (unsigned i = 0; i < gathered->count; i++)
        push_inventory(&call, gathered->queues[i], gathered->days[i], &gathered->capacities[i]);
    gathered->count = 0;
    pass->in_flight++;
    ledger_call_send(&call, capacity_answered, pass);
}

static void gather(struct pass *pass, struct capacity_call *call, const struct queue *queue,
                   day_number day, const struct day_capacity *capacity)
{
    call->queues[call->count] = queue;
    call->days[call->count] = day;
    call->capacities[call->count] = *capacity;
    if (++call->count == INVENTORIES_A_CALL)
        send_call(pass, call);
}

/* The view does not tell what is to be kept, only what still is; where it cannot know better, the
 * inventory is brought to its capacity once for each catalogue. */
static bool may_differ(const struct edition *edition, const struct inventory *inventory,
                       const struct day_capacity *capacity)
{
    bool keeps = false;

    if (memcmp(capacity->capacity, inventory->capacity, sizeof inventory->capacity) != 0)
        return true;
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        if (inventory->kept[slot] > capacity->kept[slot])
            return true;
        keeps |= capacity->kept[slot] != 0;
    }
    return keeps && !edition->is_adjusted;
}

static bool serves(const struct day_capacity *capacity)
{
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        if (capacity->capacity[slot])
            return true;
    return false;
}

static void draw(struct pass *pass, const struct queue *queue, day_number day, int64_t now_ms)
{
    bool is_due = now_ms >= draws_at_ms(pass->edition->catalogue, queue, day);

    pass->in_flight++;
    (is_due ? draws_run : draws_prepare)(pass->city, queue, day, finish_call, pass);
}

/* When the day is first of concern: with its release, for a draw a day before. */
static int64_t begins_at_ms(const struct catalogue *catalogue, const struct queue *queue,
                            day_number day)
{
    return hall_opens_at_ms(catalogue, queue->hall, day) -
           (queue_draws_on(queue, day) ? DAY_MS : 0);
}

static void consider(struct pass *pass, const struct queue *queue, day_number day, int64_t now_ms)
{
    const struct edition *edition = pass->edition;
    const struct inventory *inventory = view_find(&edition->view, queue, day);
    struct day_capacity capacity;

    if (!inventory && now_ms < begins_at_ms(edition->catalogue, queue, day))
        return;
    plan_capacity(&edition->plan, edition->catalogue, queue, day, NULL, &capacity);
    if (inventory) {
        if (may_differ(edition, inventory, &capacity))
            gather(pass, &pass->adjust, queue, day, &capacity);
    } else if (!serves(&capacity)) {
        return;
    } else if (queue_draws_on(queue, day)) {
        draw(pass, queue, day, now_ms);
    } else {
        gather(pass, &pass->open, queue, day, &capacity);
    }
}

static void consider_all(struct pass *pass)
{
    const struct catalogue *catalogue = pass->edition->catalogue;
    day_number today = city_today(pass->city);
    day_number last = view_last_day(&pass->edition->view, today);
    int64_t now_ms = clock_now_ms();

    for (size_t h = 0; h < catalogue->hall_count; h++)
        for (size_t q = 0; q < catalogue->halls[h].queue_count; q++)
            for (day_number day = today; day <= last; day++)
                consider(pass, &catalogue->halls[h].queues[q], day, now_ms);
    send_call(pass, &pass->open);
    send_call(pass, &pass->adjust);
}

static void start_pass(struct pass *pass)
{
    pass->edition = edition_hold(pass->city->edition);
    pass->in_flight = 1; /* the walk itself, so that an early answer does not end the pass */
    consider_all(pass);
    finish_call(pass, 0);
}

static void pass_refreshed(void *owner, int status)
{
    (void)status; /* a city that stays outdated serves on with what it has */
    start_pass(owner);
}

void openings_pass(struct city *city, openings_callback *callback, void *owner)
{
    struct pass *pass = memory_new(sizeof *pass);

    *pass = (struct pass){.city = city,
                          .open.mode = "open",
                          .adjust.mode = "adjust",
                          .callback = callback,
                          .owner = owner};
    if (city->is_outdated)
        city_refresh(city, pass_refreshed, pass);
    else
        start_pass(pass);
}
