/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/due.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "slots/booking/offers.h"
#include "slots/catalogue/keys.h"
#include "slots/days/closures.h"
#include "slots/days/draws.h"
#include "slots/ledger/ledger_call.h"

#define ITEMS_A_PASS "200"

/* A pass waits for all its items. */
struct pass {
    struct city *city;
    unsigned items_left;
    int status;
    void (*callback)(void *owner, int status);
    void *owner;
};

struct item {
    struct pass *pass;
    struct text text;         /* 'KIND DATE HALL QUEUE', some kinds with ' SEQUENCE' behind it */
    struct reservation_id id; /* what it is about; its texts point into `text` */
    struct arena arena;
};

static void finish_item(struct item *item, int status)
{
    struct pass *pass = item->pass;

    arena_free(&item->arena);
    free(item);
    if (status)
        pass->status = status;
    if (--pass->items_left)
        return;
    pass->callback(pass->owner, pass->status);
    free(pass);
}

static void removed(void *owner, enum store_status status, const struct store_reply *reply)
{
    (void)reply;
    finish_item(owner, status == STORE_ERROR ? 0 : status);
}

/* What cannot be understood, or is about something that is gone. */
static void forget(struct item *item)
{
    struct city *city = item->pass->city;

    log_error("slots.due-strange", LOG_TEXT("city", city->code), LOG_TEXT("item", item->text));
    store_command(city->store,
                  STORE_ARGS(TEXT("ZREM"), key_due(&item->arena, city->code), item->text), 0,
                  removed, item);
}

/* An error of the Function belongs to this item alone: the others, and who waits for the pass, go
 * on without it. */
static void item_done(void *owner, int status)
{
    struct item *item = owner;

    if (status > 0) {
        forget(item);
        return;
    }
    if (store_status_is_lasting(status))
        log_error("slots.due-failed", LOG_TEXT("city", item->pass->city->code),
                  LOG_TEXT("item", item->text));
    finish_item(item, store_status_is_lasting(status) ? 0 : status);
}

static void ledger_answered(void *owner, int status, struct text outcome,
                            const struct store_reply *reply)
{
    (void)outcome; /* whoever was first has done it */
    (void)reply;
    item_done(owner, status);
}

static void no_shows_answered(void *owner, int status, struct text outcome,
                              const struct store_reply *reply);

/* A walk over the inventory's reservations, some at a call. */
static void go_on_with_no_shows(struct item *item, struct text from)
{
    const struct reservation_id *id = &item->id;
    struct ledger_call call;

    ledger_call_start(&call, item->pass->city, slots_library.no_shows);
    ledger_call_push_place(&call, id->hall, id->queue, id->day);
    ledger_call_push(&call, from);
    ledger_call_send(&call, no_shows_answered, item);
}

static void no_shows_answered(void *owner, int status, struct text outcome,
                              const struct store_reply *reply)
{
    struct text from = store_reply_text_at(reply, LEDGER_DETAILS + 1);

    if (!status && text_is(outcome, "ok") && from.length)
        go_on_with_no_shows(owner, from);
    else
        item_done(owner, status);
}

static bool start_no_shows(struct item *item)
{
    go_on_with_no_shows(item, TEXT(""));
    return true;
}

static bool start_free_kept(struct item *item)
{
    const struct reservation_id *id = &item->id;
    struct ledger_call call;

    ledger_call_start(&call, item->pass->city, slots_library.free_kept);
    ledger_call_push_place(&call, id->hall, id->queue, id->day);
    ledger_call_send(&call, ledger_answered, item);
    return true;
}

static bool start_release(struct item *item)
{
    const struct reservation_id *id = &item->id;
    struct ledger_call call;

    ledger_call_start(&call, item->pass->city, slots_library.release);
    ledger_call_push_place(&call, id->hall, id->queue, id->day);
    ledger_call_push_integer(&call, id->sequence);
    ledger_call_send(&call, ledger_answered, item);
    return true;
}

static bool start_draw(struct item *item)
{
    struct city *city = item->pass->city;
    const struct queue *queue =
        catalogue_queue(city->edition->catalogue, item->id.hall, item->id.queue);

    if (!queue)
        return false;
    draws_run(city, queue, item->id.day, item_done, item);
    return true;
}

static bool start_lapse(struct item *item)
{
    offers_lapse(item->pass->city, &item->id, item_done, item);
    return true;
}

static void resumed(void *owner, int status, const struct refusal *refusal,
                    const struct closure *closure)
{
    item_done(owner, status ? status : refusal->kind == REFUSAL_MISSING || !closure->is_in_force);
}

/* 'rebook DATE HALL NUMBER': those whom a closure affects were not all dealt with. */
static bool start_rebook(struct item *item)
{
    int64_t number;

    if (!text_to_integer(item->id.queue, 1, UINT32_MAX, &number))
        return false;
    closures_resume(item->pass->city, item->id.hall, item->id.day, (uint32_t)number, resumed, item);
    return true;
}

static const struct {
    const char *name;
    bool has_sequence;
    bool (*start)(struct item *item); /* false: it cannot be understood, nothing was started */
} kinds[] = {
    {"no-show", false, start_no_shows}, {"kept", false, start_free_kept},
    {"draw", false, start_draw},        {"offer", true, start_lapse},
    {"resale", true, start_release},    {"rebook", false, start_rebook},
};
#define KIND_COUNT (sizeof kinds / sizeof *kinds)

/* 'DATE HALL QUEUE' */
static bool parse_inventory(struct text rest, struct reservation_id *id)
{
    struct text date;

    if (!text_split(&rest, ' ', &date) || !calendar_parse_compact_date(date, &id->day) ||
        !text_split(&rest, ' ', &id->hall))
        return false;
    id->queue = rest;
    return id->hall.length && id->queue.length;
}

static bool start_item(struct item *item)
{
    struct text rest = item->text, name;
    size_t k = 0;

    text_split(&rest, ' ', &name);
    while (k < KIND_COUNT && !text_is(name, kinds[k].name))
        k++;
    if (k == KIND_COUNT || !(kinds[k].has_sequence ? reservation_parse_place(rest, &item->id)
                                                   : parse_inventory(rest, &item->id)))
        return false;
    return kinds[k].start(item);
}

static void add_item(struct pass *pass, struct text text)
{
    struct item *item = memory_new(sizeof *item);

    item->pass = pass;
    item->text = arena_copy(&item->arena, text);
    pass->items_left++;
    if (!start_item(item))
        forget(item);
}

static void due_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct pass *pass = owner;

    if (status != STORE_OK || !store_reply_count(reply)) {
        pass->callback(pass->owner, status);
        free(pass);
        return;
    }
    /* None of them is done before this returns: nothing calls back from inside. */
    for (size_t i = 0; i < store_reply_count(reply); i++)
        add_item(pass, store_reply_text_at(reply, i));
}

void due_pass(struct city *city, void (*callback)(void *owner, int status), void *owner)
{
    struct pass *pass = memory_new(sizeof *pass);
    struct arena arena = {0};

    *pass = (struct pass){.city = city, .callback = callback, .owner = owner};
    store_command(city->store,
                  STORE_ARGS(TEXT("ZRANGE"), key_due(&arena, city->code), TEXT("-inf"),
                             arena_integer(&arena, clock_now_ms() / 1000), TEXT("BYSCORE"),
                             TEXT("LIMIT"), TEXT("0"), TEXT(ITEMS_A_PASS)),
                  0, due_answered, pass);
    arena_free(&arena);
}
