/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/city.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "slots/keys.h"

/* An edition in the making: the catalogue first, then the units of every open day. */
struct refresh {
    struct city *city;
    struct edition *edition;
    day_number today;
    unsigned in_flight;
    int status;
    struct list served; /* of the refresh_waiters it answers */
};

/* One day of it. */
struct day_read {
    struct refresh *refresh;
    day_number day;
};

struct refresh_waiter {
    struct list in_waiting;
    city_refreshed *callback;
    void *owner;
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
    return city;
}

void city_free(struct city *city)
{
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

static void day_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct day_read *read = owner;
    struct refresh *refresh = read->refresh;

    if (status != STORE_OK)
        refresh->status = status;
    else
        for (size_t i = 0; i + 1 < store_reply_count(reply); i += 2)
            view_fill(&refresh->edition->view, read->day, refresh->today,
                      store_reply_text_at(reply, i), store_reply_text_at(reply, i + 1));
    free(read);
    if (--refresh->in_flight == 0)
        finish_refresh(refresh);
}

static void read_days(struct refresh *refresh)
{
    unsigned days = refresh->edition->catalogue->days_ahead_max + 2;

    refresh->in_flight = days;
    for (unsigned d = 0; d < days; d++) {
        struct day_read *read = memory_new(sizeof *read);
        struct arena arena = {0};

        *read = (struct day_read){refresh, refresh->today + (day_number)d};
        store_command(
            refresh->city->store,
            STORE_ARGS(TEXT("HGETALL"), key_units(&arena, refresh->city->code, read->day)), 0,
            day_answered, read);
        arena_free(&arena);
    }
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
        view_init(&refresh->edition->view, catalogue);
        refresh->edition->view.position = refresh->city->position;
        read_days(refresh);
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

        city_apply(city, store_reply_text_at(fields, i + 1), id, text_is(kind, "capacity"));
    }
    city->position = stream_position_parse(id);
    if (city->edition)
        city->edition->view.position = city->position;
    if (city->refresh && city->refresh->edition)
        city->refresh->edition->view.position = city->position;
}
