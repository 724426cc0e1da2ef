/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/promotion.h"

#include <stdlib.h>

#include "slots/keys.h"
#include "slots/ledger_call.h"

/* A pass waits for the walks of all days. */
struct pass {
    int64_t token; /* of its lease */
    unsigned walks_left;
    int status;
    void (*callback)(void *owner, int status);
    void *owner;
};

/* Through the queues of a day in which somebody waits, one a call: a waitlist may hold so many
 * people that two of them would keep Redis from everybody else too long. */
struct walk {
    struct pass *pass;
    struct city *city;
    day_number day;
    struct buffer from; /* where the next queue is looked for */
};

static void find_next(struct walk *walk);

static void finish(struct walk *walk, int status)
{
    struct pass *pass = walk->pass;

    buffer_free(&walk->from);
    free(walk);
    if (status)
        pass->status = status;
    if (--pass->walks_left)
        return;
    pass->callback(pass->owner, pass->status);
    free(pass);
}

static void promoted(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct walk *walk = owner;

    (void)reply;
    if (status || text_is(outcome, "fenced"))
        finish(walk, status);
    else
        find_next(walk);
}

/* Asks for the queue of 'HALL QUEUE 0000003', and goes on behind its last number: ':' follows '9'.
 */
static bool promote_queue(struct walk *walk, struct text member)
{
    struct ledger_call call;
    struct text hall, queue;

    if (!text_split(&member, ' ', &hall) || !text_split(&member, ' ', &queue))
        return false;
    buffer_clear(&walk->from);
    buffer_append_byte(&walk->from, '(');
    key_append_queue(&walk->from, hall, queue);
    buffer_append_byte(&walk->from, ':');
    ledger_call_start(&call, walk->city, slots_library.promote);
    ledger_call_fence(&call, walk->pass->token);
    ledger_call_place(&call, hall, queue, walk->day);
    ledger_call_send(&call, promoted, walk);
    return true;
}

static void found(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct walk *walk = owner;

    if (status != STORE_OK || !promote_queue(walk, store_reply_text_at(reply, 0)))
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
