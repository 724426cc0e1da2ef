/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/promotion.h"

#include <stdlib.h>

#include "slots/catalogue/keys.h"
#include "slots/ledger/ledger_call.h"

enum { PLACES_A_CALL = 64 };

/* A pass waits for the walks of all days. */
struct pass {
    int64_t token; /* of its lease */
    unsigned walks_left;
    int status;
    void (*callback)(void *owner, int status);
    void *owner;
};

/* Through the queues of a day in which somebody waits. */
struct walk {
    struct pass *pass;
    struct city *city;
    day_number day;
    struct ledger_call call; /* with the queues that were found */
    struct buffer from;      /* where the next one is looked for */
};

static void find_next(struct walk *walk);

static void finish(struct walk *walk, int status)
{
    struct pass *pass = walk->pass;

    ledger_call_drop(&walk->call);
    buffer_free(&walk->from);
    free(walk);
    if (status)
        pass->status = status;
    if (--pass->walks_left)
        return;
    pass->callback(pass->owner, pass->status);
    free(pass);
}

/* Where so many wait that the call looked at some of its queues only, it goes on behind these. */
static void go_on_behind(struct walk *walk, struct text queue)
{
    if (!queue.length)
        return;
    buffer_clear(&walk->from);
    buffer_append_byte(&walk->from, '(');
    buffer_append(&walk->from, queue);
    buffer_append_byte(&walk->from, ':');
}

static void promoted(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct walk *walk = owner;

    if (!status && text_is(outcome, "ok"))
        go_on_behind(walk, store_reply_text_at(reply, LEDGER_DETAILS));
    if (status || !walk->from.length || text_is(outcome, "fenced"))
        finish(walk, status);
    else
        find_next(walk);
}

static void send_call(struct walk *walk)
{
    struct ledger_call full = walk->call;

    ledger_call_start(&walk->call, walk->city, slots_library.promote);
    ledger_call_fence(&full, walk->pass->token);
    ledger_call_send(&full, promoted, walk);
}

/* Notes the queue of 'HALL QUEUE 0000003' and goes on behind its last number: ':' follows '9'. */
static bool take_queue(struct walk *walk, struct text member)
{
    struct text hall, queue;

    if (!text_split(&member, ' ', &hall) || !text_split(&member, ' ', &queue))
        return false;
    ledger_call_place(&walk->call, hall, queue, walk->day);
    buffer_clear(&walk->from);
    buffer_append_byte(&walk->from, '(');
    key_append_queue(&walk->from, hall, queue);
    buffer_append_byte(&walk->from, ':');
    return true;
}

static void found(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct walk *walk = owner;

    if (status == STORE_OK && take_queue(walk, store_reply_text_at(reply, 0))) {
        if (walk->call.place_count == PLACES_A_CALL)
            send_call(walk);
        else
            find_next(walk);
        return;
    }
    buffer_clear(&walk->from);
    if (status == STORE_OK && walk->call.place_count)
        send_call(walk);
    else
        finish(walk, status);
}

/* One waiting entry a queue is read, however many wait. */
static void find_next(struct walk *walk)
{
    struct arena arena = {0};

    store_command(walk->city->store,
                  STORE_ARGS(TEXT("ZRANGE"), key_waiting(&arena, walk->city->code, walk->day),
                             buffer_text(&walk->from), TEXT("+"), TEXT("BYLEX"), TEXT("LIMIT"),
                             TEXT("0"), TEXT("1")),
                  0, found, walk);
    arena_free(&arena);
}

static void start_walk(struct pass *pass, struct city *city, day_number day)
{
    struct walk *walk = memory_new(sizeof *walk);

    *walk = (struct walk){.pass = pass, .city = city, .day = day};
    ledger_call_start(&walk->call, city, slots_library.promote);
    buffer_append_byte(&walk->from, '-');
    find_next(walk);
}

void promotion_pass(struct city *city, int64_t token, void (*callback)(void *owner, int status),
                    void *owner)
{
    unsigned days = city->edition->catalogue->days_ahead_max + 1;
    struct pass *pass = memory_new(sizeof *pass);

    *pass = (struct pass){token, days, 0, callback, owner};
    for (unsigned d = 0; d < days; d++)
        start_walk(pass, city, city_today(city) + (day_number)d);
}
