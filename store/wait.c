/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/link.h"
#include "store/store.h"

/* Commands that are waited for, at start-up and on the command line. */

struct waiter {
    store_callback *callback;
    void *owner;
    enum store_status status;
    bool done;
};

static void on_awaited(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct waiter *waiter = owner;

    waiter->done = true;
    waiter->status = status;
    if (waiter->callback)
        waiter->callback(waiter->owner, status, reply);
}

static void on_wait_over(uv_timer_t *timer)
{
    uv_timer_stop(timer);
}

static void wait_for_link(struct store *store, unsigned timeout_ms)
{
    if (store->state == LINK_READY)
        return;
    uv_update_time(store->loop);
    uv_timer_start(&store->wait, on_wait_over, timeout_ms, 0);
    while (store->state < LINK_READY && uv_is_active((uv_handle_t *)&store->wait))
        uv_run(store->loop, UV_RUN_ONCE);
    if (store->state != LINK_CLOSING)
        uv_timer_stop(&store->wait);
}

enum store_status store_command_wait(struct store *store, const struct text *args, size_t count,
                                     unsigned timeout_ms, store_callback *callback, void *owner)
{
    struct waiter waiter = {.callback = callback, .owner = owner};

    wait_for_link(store, timeout_ms ? timeout_ms : store->options.command_timeout_ms);
    uv_update_time(store->loop);
    store_command(store, args, count, timeout_ms, on_awaited, &waiter);
    while (!waiter.done)
        uv_run(store->loop, UV_RUN_ONCE);
    return waiter.status;
}
