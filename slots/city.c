/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/city.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "slots/batch.h"
#include "slots/keys.h"
#include "slots/prove.h"

/* Inventories read at once while an edition is made. */
#define READS_IN_FLIGHT_MAX 256

/* An edition in the making: the catalogue first, then every inventory of the open days. */
struct refresh {
    struct city *city;
    struct edition *edition;
    unsigned hall, queue; /* the next inventory to read */
    day_number today, day;
    unsigned in_flight;
    int status;
    struct list served; /* of the refresh_waiters it answers */
};

struct refresh_waiter {
    struct list in_waiting;
    city_refreshed *callback;
    void *owner;
};

struct inventory_read {
    struct refresh *refresh;
    const struct queue *queue;
    day_number day;
    struct stream_position version; /* when the read was sent */
};

struct city *city_new(uv_loop_t *loop, struct store *store, struct text code,
                      const struct vault *vault, unsigned retention_days)
{
    struct city *city = memory_new(sizeof *city);

    city->loop = loop;
    city->store = store;
    city->code = text_of(memory_copy_text(code));
    city->retention_days = retention_days;
    vault_city_keys(vault, code, &city->keys);
    list_init(&city->waiting);
    list_init(&city->in_cities);
    city->gatherer = batch_gatherer_new(city);
    city->prover = prover_new(city);
    return city;
}

void city_free(struct city *city)
{
    batch_gatherer_free(city->gatherer);
    prover_free(city->prover);
    edition_release(city->edition);
    free((char *)city->code.data);
    sodium_memzero(&city->keys, sizeof city->keys);
    free(city);
}

struct edition *edition_hold(struct edition *edition)
{
    edition->references++;
    return edition;
}

void edition_release(struct edition *edition)
{
    if (!edition || --edition->references)
        return;
    view_free(&edition->view);
    catalogue_free(edition->catalogue);
    free(edition);
}

day_number city_today(const struct city *city)
{
    return calendar_day_of(clock_now_ms(), city->edition->catalogue->utc_offset_minutes);
}

static void answer_waiters(struct list *waiters, int status)
{
    struct list *item;

    while ((item = list_take_first(waiters))) {
        struct refresh_waiter *waiter = CONTAINER_OF(item, struct refresh_waiter, in_waiting);
        waiter->callback(waiter->owner, status);
        free(waiter);
    }
}

static void start_refresh(struct city *city);

static void finish_refresh(struct refresh *refresh)
{
    struct city *city = refresh->city;

    city->refresh = NULL;
    if (refresh->status == 0) {
        edition_release(city->edition);
        city->edition = refresh->edition;
    } else {
        edition_release(refresh->edition);
        log_warning("slots.refresh-failed", LOG_TEXT("city", city->code),
                    LOG_INTEGER("status", refresh->status));
    }
    answer_waiters(&refresh->served, refresh->status);
    free(refresh);
    if (!list_is_empty(&city->waiting) && !city->refresh)
        start_refresh(city);
}

static void fill_inventory(struct inventory *inventory, const struct store_reply *reply)
{
    inventory->is_open = store_reply_count(reply) > 0;
    for (size_t i = 0; i + 1 < store_reply_count(reply); i += 2) {
        struct text field = store_reply_text_at(reply, i);
        bool is_capacity = field.length && field.data[0] == 'c';
        int64_t slot, value;

        if (!text_to_integer(text_part(field, is_capacity, field.length), 0, SLOTS_A_DAY - 1,
                             &slot) ||
            !text_to_integer(store_reply_text_at(reply, i + 1), INT32_MIN, INT32_MAX, &value))
            continue;
        if (is_capacity)
            inventory->capacity[slot] = (uint32_t)value;
        else
            inventory->remaining[slot] = (int32_t)value;
    }
}

static void read_more(struct refresh *refresh);
static void send_read(struct inventory_read *read, struct inventory *inventory);

/* An event that came between sending and answer may or may not be in the answer: read again. */
static void inventory_answered(void *owner, enum store_status status,
                               const struct store_reply *reply)
{
    struct inventory_read *read = owner;
    struct refresh *refresh = read->refresh;
    struct inventory *inventory =
        view_inventory(&refresh->edition->view, read->queue, read->day, refresh->today);

    if (status != STORE_OK) {
        refresh->status = status;
    } else if (inventory && !inventory->is_open) {
        if (stream_position_compare(inventory->version, read->version) != 0) {
            send_read(read, inventory);
            return;
        }
        fill_inventory(inventory, reply);
    }
    free(read);
    refresh->in_flight--;
    read_more(refresh);
}

static void send_read(struct inventory_read *read, struct inventory *inventory)
{
    struct city *city = read->refresh->city;
    struct arena arena = {0};

    if (inventory)
        read->version = inventory->version;
    store_command(city->store,
                  STORE_ARGS(TEXT("HGETALL"), key_units(&arena, city->code, read->queue->hall->id,
                                                        read->queue->id, read->day)),
                  0, inventory_answered, read);
    arena_free(&arena);
}

/* The next inventory of the walk over halls, queues and days; false at its end. */
static bool next_inventory(struct refresh *refresh, struct inventory_read *read)
{
    const struct catalogue *catalogue = refresh->edition->catalogue;

    while (refresh->hall < catalogue->hall_count) {
        const struct hall *hall = &catalogue->halls[refresh->hall];
        if (refresh->queue == hall->queue_count) {
            refresh->hall++;
            refresh->queue = 0;
        } else if (refresh->day > refresh->today + (day_number)hall->days_ahead + 1) {
            refresh->queue++;
            refresh->day = refresh->today;
        } else {
            *read = (struct inventory_read){
                .refresh = refresh, .queue = &hall->queues[refresh->queue], .day = refresh->day++};
            return true;
        }
    }
    return false;
}

static void read_more(struct refresh *refresh)
{
    struct inventory_read next;

    while (refresh->status == 0 && refresh->in_flight < READS_IN_FLIGHT_MAX &&
           next_inventory(refresh, &next)) {
        struct inventory_read *read = memory_new(sizeof *read);

        *read = next;
        refresh->in_flight++;
        send_read(read,
                  view_inventory(&refresh->edition->view, read->queue, read->day, refresh->today));
    }
    if (!refresh->in_flight)
        finish_refresh(refresh);
}

static void catalogue_answered(void *owner, enum store_status status,
                               const struct store_reply *reply)
{
    struct refresh *refresh = owner;
    struct buffer faults = {0};
    struct catalogue *catalogue = NULL;

    if (status != STORE_OK)
        refresh->status = status;
    else if (!(catalogue = catalogue_parse(store_reply_text(reply), NULL, &faults)))
        refresh->status = 1;
    if (faults.length)
        log_error("slots.catalogue-unreadable", LOG_TEXT("city", refresh->city->code),
                  LOG_TEXT("faults", buffer_text(&faults)));
    buffer_free(&faults);
    if (catalogue) {
        refresh->edition = memory_new(sizeof *refresh->edition);
        refresh->edition->references = 1;
        refresh->edition->catalogue = catalogue;
        refresh->today = calendar_day_of(clock_now_ms(), catalogue->utc_offset_minutes);
        refresh->day = refresh->today;
        view_init(&refresh->edition->view, catalogue);
        refresh->edition->view.position = refresh->city->position;
        read_more(refresh);
    } else {
        finish_refresh(refresh);
    }
}

static void start_refresh(struct city *city)
{
    struct refresh *refresh = memory_new(sizeof *refresh);
    struct arena arena = {0};
    struct list *item;

    refresh->city = city;
    list_init(&refresh->served);
    while ((item = list_take_first(&city->waiting)))
        list_append(&refresh->served, item);
    city->refresh = refresh;
    store_command(city->store, STORE_ARGS(TEXT("GET"), key_catalogue(&arena, city->code)), 0,
                  catalogue_answered, refresh);
    arena_free(&arena);
}

void city_refresh(struct city *city, city_refreshed *callback, void *owner)
{
    struct refresh_waiter *waiter = memory_new(sizeof *waiter);

    waiter->callback = callback;
    waiter->owner = owner;
    list_append(&city->waiting, &waiter->in_waiting);
    if (!city->refresh)
        start_refresh(city);
}

static void apply_to(struct edition *edition, struct text event, struct text id, bool is_whole)
{
    if (edition)
        view_apply(&edition->view, event, id, is_whole,
                   calendar_day_of(clock_now_ms(), edition->catalogue->utc_offset_minutes));
}

void city_apply(struct city *city, struct text event, struct text id, bool is_whole)
{
    apply_to(city->edition, event, id, is_whole);
    if (city->refresh)
        apply_to(city->refresh->edition, event, id, is_whole);
}

void city_apply_entry(struct city *city, struct text id, const struct store_reply *fields)
{
    for (size_t i = 0; i + 1 < store_reply_count(fields); i += 2) {
        struct text kind = store_reply_text_at(fields, i);
        bool is_whole = text_is(kind, "capacity");

        if (is_whole || text_is(kind, "units"))
            city_apply(city, store_reply_text_at(fields, i + 1), id, is_whole);
    }
    city->position = stream_position_parse(id);
    if (city->edition)
        city->edition->view.position = city->position;
    if (city->refresh && city->refresh->edition)
        city->refresh->edition->view.position = city->position;
}
