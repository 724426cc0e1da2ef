/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/openings.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/keys.h"
#include "slots/library.h"

enum { INVENTORIES_A_CALL = 64, ARGS_AN_INVENTORY = 5, ARGS_BEFORE = 5, SECONDS_A_DAY = 86400 };

/* One call of set_capacity in the making. */
struct capacity_call {
    struct city *city;
    const char *mode; /* "open" or "adjust" */
    unsigned count;
    day_number days[INVENTORIES_A_CALL];
    unsigned day_count;
    struct text places[INVENTORIES_A_CALL], names[INVENTORIES_A_CALL], lives[INVENTORIES_A_CALL],
        capacities[INVENTORIES_A_CALL];
    struct arena arena;
};

/* A pass waits for all its calls. */
struct pass {
    struct city *city;
    unsigned in_flight;
    int status;
    openings_callback *callback;
    void *owner;
};

static struct text printed(struct arena *arena, struct buffer *buffer)
{
    struct text text = arena_copy(arena, buffer_text(buffer));

    buffer_clear(buffer);
    return text;
}

/* The place of a day among the call's keys, from 1. */
static unsigned place_of(struct capacity_call *call, day_number day)
{
    for (unsigned d = 0; d < call->day_count; d++)
        if (call->days[d] == day)
            return d + 1;
    call->days[call->day_count++] = day;
    return call->day_count;
}

static void add_inventory(struct capacity_call *call, const struct queue *queue, day_number day,
                          const uint32_t capacity[SLOTS_A_DAY])
{
    struct city *city = call->city;
    struct buffer words = {0};
    unsigned i = call->count++;
    int64_t days = day - city_today(city) + 1 + (int64_t)city->retention_days;

    buffer_append_integer(&words, place_of(call, day));
    call->places[i] = printed(&call->arena, &words);
    key_append_queue(&words, queue->hall->id, queue->id);
    call->names[i] = printed(&call->arena, &words);
    buffer_append_integer(&words, days * SECONDS_A_DAY);
    call->lives[i] = printed(&call->arena, &words);
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        if (capacity[slot])
            buffer_printf(&words, "%u=%u ", slot, capacity[slot]);
    call->capacities[i] = printed(&call->arena, &words);
    buffer_free(&words);
}

static void finish_call(struct pass *pass, int status)
{
    if (status)
        pass->status = status;
    if (--pass->in_flight)
        return;
    pass->callback(pass->owner, pass->status);
    free(pass);
}

static void capacity_answered(void *owner, enum store_status status,
                              const struct store_reply *reply)
{
    struct pass *pass = owner;

    if (status == STORE_OK)
        for (size_t i = 1; i < store_reply_count(reply); i++)
            city_apply(pass->city, store_reply_text_at(reply, i), store_reply_text_at(reply, 0),
                       true);
    finish_call(pass, status);
}

static void send_call(struct capacity_call *call, struct pass *pass)
{
    struct text args[ARGS_BEFORE + INVENTORIES_A_CALL * ARGS_AN_INVENTORY];
    struct buffer number = {0};
    size_t count = 0;

    buffer_append_integer(&number, call->day_count + 1);
    args[count++] = TEXT("FCALL");
    args[count++] = slots_library.set_capacity;
    args[count++] = buffer_text(&number);
    args[count++] = key_events(&call->arena, call->city->code);
    for (unsigned d = 0; d < call->day_count; d++)
        args[count++] = key_units(&call->arena, call->city->code, call->days[d]);
    args[count++] = text_of(call->mode);
    for (unsigned i = 0; i < call->count; i++) {
        args[count++] = call->places[i];
        args[count++] = call->names[i];
        args[count++] = call->lives[i];
        args[count++] = call->capacities[i];
    }
    pass->in_flight++;
    store_command(call->city->store, args, count, 0, capacity_answered, pass);
    buffer_free(&number);
    arena_free(&call->arena);
    call->count = call->day_count = 0;
}

static struct pass *pass_new(struct city *city, openings_callback *callback, void *owner)
{
    struct pass *pass = memory_new(sizeof *pass);

    *pass = (struct pass){.city = city, .callback = callback, .owner = owner};
    return pass;
}

void openings_open(struct city *city, const struct queue *queue, day_number day,
                   openings_callback *callback, void *owner)
{
    struct capacity_call call = {.city = city, .mode = "open"};
    uint32_t capacity[SLOTS_A_DAY];

    queue_capacity_on(city->edition->catalogue, queue, day, capacity);
    add_inventory(&call, queue, day, capacity);
    send_call(&call, pass_new(city, callback, owner));
}

static void consider(struct pass *pass, struct capacity_call *open, struct capacity_call *adjust,
                     const struct queue *queue, day_number day)
{
    static const uint32_t nothing[SLOTS_A_DAY];
    struct edition *edition = pass->city->edition;
    const struct inventory *inventory = view_find(&edition->view, queue, day);
    uint32_t capacity[SLOTS_A_DAY];
    struct capacity_call *call = inventory ? adjust : open;

    queue_capacity_on(edition->catalogue, queue, day, capacity);
    if (memcmp(capacity, inventory ? inventory->capacity : nothing, sizeof capacity) == 0)
        return;
    if (!inventory && hall_opens_at_ms(edition->catalogue, queue->hall, day) > clock_now_ms())
        return;
    add_inventory(call, queue, day, capacity);
    if (call->count == INVENTORIES_A_CALL)
        send_call(call, pass);
}

void openings_pass(struct city *city, openings_callback *callback, void *owner)
{
    const struct catalogue *catalogue = city->edition->catalogue;
    struct capacity_call open = {.city = city, .mode = "open"};
    struct capacity_call adjust = {.city = city, .mode = "adjust"};
    struct pass *pass = pass_new(city, callback, owner);
    day_number today = city_today(city);

    pass->in_flight = 1; /* the walk itself, so that an early answer does not end the pass */
    for (size_t h = 0; h < catalogue->hall_count; h++)
        for (size_t q = 0; q < catalogue->halls[h].queue_count; q++)
            for (unsigned d = 0; d <= catalogue->halls[h].days_ahead + 1; d++)
                consider(pass, &open, &adjust, &catalogue->halls[h].queues[q],
                         today + (day_number)d);
    if (open.count)
        send_call(&open, pass);
    if (adjust.count)
        send_call(&adjust, pass);
    finish_call(pass, 0);
}
