/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/plan_sweep.h"

#include <stdlib.h>

#include "slots/catalogue/keys.h"

enum { FIELDS_AT_ONCE = 500, ARGS_BEFORE = 2 };

struct sweep {
    struct city *city;
    void (*callback)(void *owner, int status);
    void *owner;
};

/* HDEL with its fields. */
struct forgetting {
    struct text args[ARGS_BEFORE + FIELDS_AT_ONCE];
    size_t count;
    struct arena arena;
};

static void refreshed(void *owner, int status)
{
    struct sweep *sweep = owner;

    sweep->callback(sweep->owner, status < 0 ? status : 0);
    free(sweep);
}

/* Without them in memory they are not forgotten again. */
static void swept(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct sweep *sweep = owner;

    (void)reply;
    if (status == STORE_OK)
        city_refresh(sweep->city, refreshed, sweep);
    else
        refreshed(sweep, status);
}

static void add_field(struct forgetting *forgetting, struct buffer *field)
{
    if (forgetting->count < ARGS_BEFORE + FIELDS_AT_ONCE)
        forgetting->args[forgetting->count++] = arena_copy(&forgetting->arena, buffer_text(field));
    buffer_clear(field);
}

/* The fields of days before `first`. */
static void add_fields(struct forgetting *forgetting, const struct plan *plan, day_number first)
{
    struct buffer field = {0};

    for (size_t i = 0; i < plan->override_count; i++) {
        const struct capacity_override *override = &plan->overrides[i];
        if (override->day >= first)
            continue;
        key_append_queue(&field, override->hall, override->queue);
        calendar_append_compact_date(&field, override->day);
        add_field(forgetting, &field);
    }
    for (size_t i = 0; i < plan->closure_count; i++) {
        const struct closure *closure = &plan->closures[i];
        if (closure->day >= first)
            continue;
        buffer_append(&field, closure->hall);
        buffer_append_byte(&field, ' ');
        calendar_append_compact_date(&field, closure->day);
        buffer_printf(&field, " %u", closure->number);
        add_field(forgetting, &field);
    }
    buffer_free(&field);
}

void plan_sweep(struct city *city, void (*callback)(void *owner, int status), void *owner)
{
    struct forgetting forgetting = {.count = ARGS_BEFORE};
    day_number first = city_today(city) - (day_number)city->retention_days - 1;
    struct sweep *sweep;

    add_fields(&forgetting, &city->edition->plan, first);
    if (forgetting.count == ARGS_BEFORE) {
        callback(owner, 0);
        return;
    }
    sweep = memory_new(sizeof *sweep);
    *sweep = (struct sweep){city, callback, owner};
    forgetting.args[0] = TEXT("HDEL");
    forgetting.args[1] = key_plan(&forgetting.arena, city->code);
    store_command(city->store, forgetting.args, forgetting.count, 0, swept, sweep);
    arena_free(&forgetting.arena);
}
