/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/lease.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "slots/catalogue/keys.h"
#include "slots/ledger/library.h"

enum { MS_A_MINUTE = 60000 };

struct lease {
    struct city *city;
    const char *worker;
    int64_t token;    /* of the last one it was given; 0: none */
    int64_t until_ms; /* it lasts, of the monotonic clock */
    bool is_asked;
    struct list waiters;
    void (*on_closed)(void *owner); /* once it is being closed */
    void *closed_owner;
    bool is_closing;
};

struct lease_waiter {
    struct list in_waiters;
    void (*callback)(void *owner, int64_t token);
    void *owner;
};

/* A question on its way. */
struct asking {
    struct lease *lease;
    int64_t sent_ms;
};

struct lease *lease_open(struct city *city, const char *worker)
{
    struct lease *lease = memory_new(sizeof *lease);

    lease->city = city;
    lease->worker = worker;
    list_init(&lease->waiters);
    return lease;
}

int64_t lease_token(const struct lease *lease)
{
    return !lease->is_closing && clock_monotonic_ms() < lease->until_ms ? lease->token : 0;
}

/* Who asks from inside of an answer waits for the next one. */
static void answer_waiters(struct lease *lease)
{
    struct list waiters = LIST_INIT(waiters), *item;

    list_append_all(&waiters, &lease->waiters);
    while ((item = list_take_first(&waiters))) {
        struct lease_waiter *waiter = CONTAINER_OF(item, struct lease_waiter, in_waiters);
        waiter->callback(waiter->owner, lease_token(lease));
        free(waiter);
    }
}

/* --- Giving it back ----------------------------------------------------------------------------
 */

static void ended(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct lease *lease = owner;

    (void)status;
    (void)reply;
    if (lease->on_closed)
        lease->on_closed(lease->closed_owner);
    free(lease);
}

static void give_back(struct lease *lease)
{
    struct arena arena = {0};

    store_command(lease->city->store,
                  STORE_ARGS(TEXT("FCALL"), slots_library.end_lease, TEXT("1"),
                             key_lease(&arena, lease->city->code),
                             arena_integer(&arena, lease->token)),
                  0, ended, lease);
    arena_free(&arena);
}

void lease_close(struct lease *lease, void (*on_closed)(void *owner), void *owner)
{
    lease->on_closed = on_closed;
    lease->closed_owner = owner;
    lease->is_closing = true;
    if (!lease->is_asked)
        give_back(lease);
}

/* --- Asking for it -----------------------------------------------------------------------------
 */

/* It lasts in Redis from when Redis was asked, which is not before the question was sent. */
static void take(struct lease *lease, int64_t sent_ms, const struct store_reply *reply)
{
    int64_t token = 0, before = lease->token;

    text_to_integer(store_reply_text_at(reply, 0), 0, INT64_MAX, &token);
    lease->token = token;
    lease->until_ms = token ? sent_ms + LEASE_MS : 0;
    if (token && token != before)
        log_info("scheduler.lease-taken", LOG_TEXT("city", lease->city->code),
                 LOG_INTEGER("token", token));
    else if (!token && before)
        log_warning("scheduler.lease-lost", LOG_TEXT("city", lease->city->code),
                    LOG_INTEGER("token", before));
}

static void asked(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct asking *asking = owner;
    struct lease *lease = asking->lease;

    lease->is_asked = false;
    if (status == STORE_OK)
        take(lease, asking->sent_ms, reply);
    free(asking);
    answer_waiters(lease);
    if (lease->is_closing)
        give_back(lease);
}

static void ask(struct lease *lease)
{
    struct asking *asking = memory_new(sizeof *asking);
    struct text city = lease->city->code;
    struct arena arena = {0};

    *asking = (struct asking){lease, clock_monotonic_ms()};
    lease->is_asked = true;
    store_command(lease->city->store,
                  STORE_ARGS(TEXT("FCALL"), slots_library.lease, TEXT("2"), key_lease(&arena, city),
                             key_lease_token(&arena, city), arena_integer(&arena, lease->token),
                             text_of(lease->worker), arena_integer(&arena, LEASE_MS)),
                  0, asked, asking);
    arena_free(&arena);
}

void lease_ask(struct lease *lease, void (*callback)(void *owner, int64_t token), void *owner)
{
    if (callback) {
        struct lease_waiter *waiter = memory_new(sizeof *waiter);
        waiter->callback = callback;
        waiter->owner = owner;
        list_append(&lease->waiters, &waiter->in_waiters);
    }
    if (!lease->is_asked)
        ask(lease);
}

void lease_tick(struct lease *lease)
{
    if (!lease->is_asked && clock_monotonic_ms() >= lease->until_ms - LEASE_MS / 2)
        ask(lease);
}

/* --- Passes ------------------------------------------------------------------------------------
 */

struct beginning {
    void (*callback)(void *owner, bool may_go_on);
    void *owner;
};

static void begun(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct beginning *beginning = owner;

    beginning->callback(beginning->owner, status == STORE_OK && store_reply_integer(reply) == 1);
    free(beginning);
}

void lease_begin_pass(struct city *city, int64_t token, const char *job, int64_t minute,
                      void (*callback)(void *owner, bool may_go_on), void *owner)
{
    struct beginning *beginning = memory_new(sizeof *beginning);
    struct arena arena = {0};

    *beginning = (struct beginning){callback, owner};
    store_command(city->store,
                  STORE_ARGS(TEXT("FCALL"), slots_library.begin_pass, TEXT("2"),
                             key_lease(&arena, city->code), key_passes(&arena, city->code),
                             arena_integer(&arena, token), text_of(job),
                             minute < 0 ? TEXT("") : arena_integer(&arena, minute),
                             arena_integer(&arena, clock_now_ms() / MS_A_MINUTE)),
                  0, begun, beginning);
    arena_free(&arena);
}
