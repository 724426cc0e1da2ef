/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/turn.h"

#include <stdlib.h>

#include "base/memory.h"

struct turn {
    uv_check_t check;
    uv_idle_t idle; /* keeps the loop from waiting before the check has run */
    void (*run)(void *owner);
    void *owner;
    unsigned open_handles;
};

static void on_check(uv_check_t *check)
{
    struct turn *turn = check->data;

    uv_check_stop(&turn->check);
    uv_idle_stop(&turn->idle);
    turn->run(turn->owner);
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle;
}

struct turn *turn_new(uv_loop_t *loop, void (*run)(void *owner), void *owner)
{
    struct turn *turn = memory_new(sizeof *turn);

    turn->run = run;
    turn->owner = owner;
    turn->open_handles = 2;
    uv_check_init(loop, &turn->check);
    uv_idle_init(loop, &turn->idle);
    turn->check.data = turn->idle.data = turn;
    return turn;
}

void turn_request(struct turn *turn)
{
    uv_check_start(&turn->check, on_check);
    uv_idle_start(&turn->idle, on_idle);
}

static void on_close(uv_handle_t *handle)
{
    struct turn *turn = handle->data;

    if (--turn->open_handles == 0)
        free(turn);
}

void turn_free(struct turn *turn)
{
    uv_close((uv_handle_t *)&turn->check, on_close);
    uv_close((uv_handle_t *)&turn->idle, on_close);
}
