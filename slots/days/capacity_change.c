/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/capacity_change.h"

#include <stdlib.h>

#include "base/log.h"
#include "slots/catalogue/edit.h"
#include "slots/catalogue/keys.h"
#include "slots/days/openings.h"
#include "slots/ledger/ledger_call.h"

/* A change that comes too late has let another worker's through; so many in a row are an error. */
enum { ATTEMPTS_MAX = 32 };

static void run(struct capacity_change *change);

static void finish(struct capacity_change *change, int outcome)
{
    struct list *changes = change->changes;

    /* What its owner starts now stands behind it. */
    change->on_done(change, outcome);
    list_remove(&change->in_changes);
    if (change->catalogue)
        catalogue_free(change->catalogue);
    buffer_free(&change->present);
    json_faults_free(&change->faults);
    arena_free(&change->arena);
    free(change);
    if (!list_is_empty(changes))
        run(CONTAINER_OF(changes->next, struct capacity_change, in_changes));
}

static const struct queue *find_queue(const struct capacity_change *change)
{
    return catalogue_queue(change->city->edition->catalogue, change->hall, change->queue);
}

static void rerun(void *owner, int status)
{
    struct capacity_change *change = owner;

    if (status)
        finish(change, status < 0 ? status : STORE_FOUND(STORE_STRANGE));
    else
        run(change);
}

/* Somebody else changed the plan or the catalogue meanwhile. */
static void try_again(struct capacity_change *change)
{
    if (++change->attempts < ATTEMPTS_MAX)
        city_refresh(change->city, rerun, change);
    else
        finish(change, STORE_BUSY);
}

static void log_change(const struct capacity_change *change)
{
    log_info("slots.capacity-changed", LOG_TEXT("hall", change->hall),
             LOG_TEXT("queue", change->queue),
             LOG_STRING("what", change->order.weekly.length ? "weekly" : "day"),
             LOG_INTEGER("attempts", change->attempts + 1));
}

/* --- A day ----------------------------------------------------------------------------------- */

/* What the order leaves of the present override (or NULL), and what it adds. */
static struct capacity_override merged(const struct capacity_change *change,
                                       const struct capacity_override *present)
{
    const struct capacity_order *order = &change->order;
    struct capacity_override override = {0};

    if (present)
        override = *present;
    override.hall = change->hall;
    override.queue = change->queue;
    override.day = order->day;
    override.slots = (override.slots & ~order->unnamed) | order->named;
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        if (order->named >> slot & 1)
            override.capacity[slot] = order->units[slot];
    if (order->has_windows) {
        override.closed_window_count = order->closed_window_count;
        for (unsigned w = 0; w < order->closed_window_count; w++)
            override.closed_windows[w] = order->closed_windows[w];
    }
    return override;
}

/* The day's capacity under a plan that differs by this override alone. */
static struct day_capacity capacity_under(const struct edition *edition, const struct queue *queue,
                                          struct capacity_override *override)
{
    struct plan plan = edition->plan;
    struct day_capacity capacity;

    plan.overrides = override;
    plan.override_count = 1;
    plan_capacity(&plan, edition->catalogue, queue, override->day, NULL, &capacity);
    return capacity;
}

static void note_overbooked(struct capacity_change *change, day_number day, uint64_t slots)
{
    if (slots)
        change->overbooked[change->overbooked_count++] = (struct day_slots){day, slots};
}

/* What the day has now; the answer's events have been applied to the view. */
static void note_day(struct capacity_change *change)
{
    const struct queue *queue = find_queue(change);
    const struct inventory *inventory =
        queue ? view_find(&change->city->edition->view, queue, change->order.day) : NULL;
    uint64_t overbooked = 0;

    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        change->remaining[slot] =
            inventory ? inventory->remaining[slot] : (int32_t)change->capacity[slot];
        if (change->remaining[slot] < 0)
            overbooked |= UINT64_C(1) << slot;
    }
    change->overbooked = arena_new(&change->arena, sizeof *change->overbooked);
    note_overbooked(change, change->order.day, overbooked);
}

/* The change is made, whether or not the worker has read it. */
static void day_refreshed(void *owner, int status)
{
    (void)status;
    finish(owner, CAPACITY_CHANGED);
}

static void override_answered(void *owner, int status, struct text outcome,
                              const struct store_reply *reply)
{
    struct capacity_change *change = owner;

    (void)reply;
    if (status) {
        finish(change, status);
    } else if (text_is(outcome, "stale")) {
        try_again(change);
    } else if (!text_is(outcome, "ok")) {
        finish(change, STORE_FOUND(STORE_STRANGE));
    } else {
        note_day(change);
        log_change(change);
        city_refresh(change->city, day_refreshed, change);
    }
}

static void push_override(struct ledger_call *call, const struct capacity_override *override)
{
    struct buffer words = {0};

    key_append_queue(&words, override->hall, override->queue);
    calendar_append_compact_date(&words, override->day);
    ledger_call_push(call, buffer_text(&words));
    buffer_clear(&words);
    override_append(&words, override);
    ledger_call_push_words(call, &words);
}

static void send_override(struct capacity_change *change, const struct queue *queue)
{
    const struct edition *edition = change->city->edition;
    struct capacity_override override =
        merged(change, plan_override(&edition->plan, queue, change->order.day));
    struct day_capacity capacity = capacity_under(edition, queue, &override);
    struct text reason;
    const struct hours *hours =
        hall_hours_on(edition->catalogue, queue->hall, override.day, &reason);
    struct ledger_call call;

    change->hours = hours ? hours->slots : 0;
    memcpy(change->capacity, capacity.capacity, sizeof change->capacity);
    ledger_call_start(&call, change->city, slots_library.set_capacity);
    ledger_call_push(&call, TEXT("set"));
    ledger_call_push_integer(&call, edition->plan.version);
    push_override(&call, &override);
    ledger_call_push_integer(&call, 1);
    ledger_call_push_place(&call, override.hall, override.queue, override.day);
    ledger_call_push_capacity(&call, &capacity);
    ledger_call_send(&call, override_answered, change);
}

/* --- Weekly ---------------------------------------------------------------------------------- */

/* The half hours of an open day whose bookings exceed the capacity that is to be. */
static uint64_t overbooked_on(const struct edition *edition, const struct queue *queue,
                              day_number day)
{
    const struct inventory *inventory = view_find(&edition->view, queue, day);
    struct day_capacity capacity;
    uint64_t overbooked = 0;

    if (!inventory)
        return 0;
    plan_capacity(&edition->plan, edition->catalogue, queue, day, NULL, &capacity);
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        if ((int64_t)inventory->capacity[slot] - inventory->remaining[slot] >
            capacity.capacity[slot])
            overbooked |= UINT64_C(1) << slot;
    return overbooked;
}

/* Open days have followed, or follow with the next pass. */
static void weekly_opened(void *owner, int status)
{
    struct capacity_change *change = owner;
    const struct edition *edition = change->city->edition;
    const struct queue *queue = find_queue(change);
    day_number today = city_today(change->city), last = view_last_day(&edition->view, today);

    (void)status;
    change->overbooked =
        arena_new(&change->arena, (size_t)(last - today + 1) * sizeof *change->overbooked);
    for (day_number day = today; queue && day <= last; day++)
        note_overbooked(change, day, overbooked_on(edition, queue, day));
    finish(change, CAPACITY_CHANGED);
}

static void weekly_refreshed(void *owner, int status)
{
    struct capacity_change *change = owner;

    (void)status;
    openings_pass(change->city, weekly_opened, change);
}

static void catalogue_written(void *owner, enum store_status status,
                              const struct store_reply *reply)
{
    struct capacity_change *change = owner;

    if (status != STORE_OK) {
        finish(change, status);
    } else if (store_reply_integer(reply) != 1) {
        try_again(change);
    } else {
        log_change(change);
        city_refresh(change->city, weekly_refreshed, change);
    }
}

static void write_catalogue(struct capacity_change *change)
{
    struct text args[CATALOGUE_REPLACE_ARGS];
    struct arena arena = {0};

    catalogue_replace_args(&arena, change->city->code, buffer_text(&change->present),
                           change->catalogue->json, args);
    store_command(change->city->store, args, CATALOGUE_REPLACE_ARGS, 0, catalogue_written, change);
    arena_free(&arena);
}

static void catalogue_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct capacity_change *change = owner;

    if (status != STORE_OK) {
        finish(change, status);
        return;
    }
    buffer_clear(&change->present);
    buffer_append(&change->present, store_reply_text(reply));
    if (change->catalogue)
        catalogue_free(change->catalogue);
    change->catalogue =
        catalogue_edit_capacity(buffer_text(&change->present), change->hall, change->queue,
                                change->order.weekly, &change->faults);
    if (change->catalogue)
        write_catalogue(change);
    else
        finish(change, change->faults.count ? CAPACITY_FAULTY : CAPACITY_MISSING);
}

static void read_catalogue(struct capacity_change *change)
{
    struct arena arena = {0};

    store_command(change->city->store,
                  STORE_ARGS(TEXT("GET"), key_catalogue(&arena, change->city->code)), 0,
                  catalogue_read, change);
    arena_free(&arena);
}

/* --------------------------------------------------------------------------------------------- */

static void run(struct capacity_change *change)
{
    const struct queue *queue = find_queue(change);

    if (change->order.weekly.length)
        read_catalogue(change);
    else if (queue)
        send_override(change, queue);
    else
        finish(change, CAPACITY_MISSING);
}

static void copy_order(struct capacity_change *change, const struct capacity_order *order)
{
    struct arena *arena = &change->arena;
    struct text *windows = arena_new(arena, (order->closed_window_count + 1) * sizeof *windows);

    change->hall = arena_copy(arena, order->queue->hall->id);
    change->queue = arena_copy(arena, order->queue->id);
    change->order = *order;
    change->order.queue = NULL;
    change->order.weekly = arena_copy(arena, order->weekly);
    for (unsigned w = 0; w < order->closed_window_count; w++)
        windows[w] = arena_copy(arena, order->closed_windows[w]);
    change->order.closed_windows = windows;
}

void capacity_change_start(struct city *city, struct list *changes,
                           const struct capacity_order *order, capacity_done *on_done, void *owner)
{
    struct capacity_change *change = memory_new(sizeof *change);
    bool is_first = list_is_empty(changes);

    change->city = city;
    change->changes = changes;
    change->on_done = on_done;
    change->owner = owner;
    copy_order(change, order);
    list_append(changes, &change->in_changes);
    if (is_first)
        run(change);
}
