/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/city.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "slots/catalogue/keys.h"

/* An edition in the making: plan and catalogue first, then the units of every open day. */
struct refresh {
    struct city *city;
    struct plan plan;
    struct edition *edition; /* takes the plan over */
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
    plan_free(&edition->plan);
    if (--edition->catalogue->references == 0)
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
    city->is_outdated = refresh->status != 0;
    if (refresh->status == 0) {
        edition_release(city->edition);
        city->edition = refresh->edition;
    } else {
        edition_release(refresh->edition);
        log_warning("slots.refresh-failed", LOG_TEXT("city", city->code),
                    LOG_INTEGER("status", refresh->status));
    }
    answer_waiters(&refresh->served, refresh->status);
    plan_free(&refresh->plan);
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
    day_number last = view_last_day(&refresh->edition->view, refresh->today);

    refresh->in_flight = (unsigned)(last - refresh->today + 1);
    for (day_number day = refresh->today; day <= last; day++) {
        struct day_read *read = memory_new(sizeof *read);
        struct arena arena = {0};

        *read = (struct day_read){refresh, day};
        store_command(refresh->city->store,
                      STORE_ARGS(TEXT("HGETALL"), key_units(&arena, refresh->city->code, day)), 0,
                      day_answered, read);
        arena_free(&arena);
    }
}

static void take_plan(struct refresh *refresh, const struct store_reply *fields)
{
    unsigned strange = 0;

    for (size_t i = 0; i + 1 < store_reply_count(fields); i += 2)
        plan_take(&refresh->plan, store_reply_text_at(fields, i),
                  store_reply_text_at(fields, i + 1), &strange);
    plan_settle(&refresh->plan);
    if (strange)
        log_warning("slots.plan-strange", LOG_TEXT("city", refresh->city->code),
                    LOG_INTEGER("fields", strange));
}

/* An edition of the catalogue with the plan that was read; its view is the caller's to fill. */
static struct edition *make_edition(struct refresh *refresh, struct catalogue *catalogue)
{
    struct edition *edition = memory_new(sizeof *edition);

    *edition = (struct edition){.catalogue = catalogue, .plan = refresh->plan, .references = 1};
    catalogue->references++;
    refresh->plan = (struct plan){0};
    return edition;
}

/* The present edition's view serves on when the catalogue is the same and it has followed every
 * event: a gap moves the city's position on, and not the view's. */
static bool can_take_over(const struct city *city, struct text json)
{
    return city->edition &&
           stream_position_compare(city->edition->view.position, city->position) == 0 &&
           text_equal(json, city->edition->catalogue->json);
}

static void take_over(struct refresh *refresh)
{
    const struct edition *present = refresh->city->edition;

    refresh->edition = make_edition(refresh, present->catalogue);
    refresh->edition->is_adjusted = present->is_adjusted;
    view_copy(&refresh->edition->view, &present->view);
    finish_refresh(refresh);
}

static struct catalogue *parse_catalogue(struct refresh *refresh, struct text json)
{
    struct json_faults faults = {0};
    struct catalogue *catalogue = catalogue_parse(json, &faults);
    struct buffer lines = {0};

    if (!catalogue) {
        refresh->status = 1;
        json_faults_append(&lines, &faults, NULL);
        log_error("slots.catalogue-unreadable", LOG_TEXT("city", refresh->city->code),
                  LOG_TEXT("faults", buffer_text(&lines)));
    }
    buffer_free(&lines);
    json_faults_free(&faults);
    return catalogue;
}

static void read_catalogue(struct refresh *refresh, struct text json)
{
    struct catalogue *catalogue;

    if (can_take_over(refresh->city, json)) {
        take_over(refresh);
        return;
    }
    catalogue = parse_catalogue(refresh, json);
    if (catalogue) {
        refresh->edition = make_edition(refresh, catalogue);
        refresh->today = calendar_day_of(clock_now_ms(), catalogue->utc_offset_minutes);
        view_init(&refresh->edition->view, catalogue);
        refresh->edition->view.position = refresh->city->position;
        read_days(refresh);
    } else {
        finish_refresh(refresh);
    }
}

/* The replies: the plan, the catalogue. */
static void city_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct refresh *refresh = owner;

    if (status != STORE_OK) {
        refresh->status = status;
        finish_refresh(refresh);
        return;
    }
    take_plan(refresh, store_reply_at(reply, 0));
    read_catalogue(refresh, store_reply_text_at(reply, 1));
}

/* As of one moment: the plan is that of the catalogue. */
static void start_refresh(struct city *city)
{
    struct refresh *refresh = memory_new(sizeof *refresh);
    struct arena arena = {0};

    refresh->city = city;
    list_init(&refresh->served);
    list_append_all(&refresh->served, &city->waiting);
    city->refresh = refresh;
    store_read_together(city->store,
                        (const struct store_call[]){
                            STORE_CALL(TEXT("HGETALL"), key_plan(&arena, city->code)),
                            STORE_CALL(TEXT("GET"), key_catalogue(&arena, city->code)),
                        },
                        2, 0, city_answered, refresh);
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

static void replanned(void *owner, int status)
{
    (void)owner;
    (void)status; /* a city that stays outdated is refreshed with the next openings */
}

/* A plan that is as new, as after this worker's own change, needs no reading; nor does one more
 * read have to wait behind one that does. */
static void note_plan(struct city *city, struct text version)
{
    int64_t newest;

    if (!text_to_integer(version, 0, INT64_MAX, &newest) || !list_is_empty(&city->waiting))
        return;
    if (!city->edition || newest > city->edition->plan.version)
        city_refresh(city, replanned, NULL);
}

/* A view that missed a gap stays behind for good: it must not pass for a whole one. */
static void move_on(struct city *city, struct stream_position position)
{
    struct edition *editions[] = {city->edition, city->refresh ? city->refresh->edition : NULL};

    for (size_t i = 0; i < sizeof editions / sizeof *editions; i++)
        if (editions[i] && stream_position_compare(editions[i]->view.position, city->position) == 0)
            editions[i]->view.position = position;
    city->position = position;
}

void city_apply_entry(struct city *city, struct text id, const struct store_reply *fields)
{
    for (size_t i = 0; i + 1 < store_reply_count(fields); i += 2) {
        struct text kind = store_reply_text_at(fields, i);

        if (text_is(kind, "plan"))
            note_plan(city, store_reply_text_at(fields, i + 1));
        else
            city_apply(city, store_reply_text_at(fields, i + 1), id, text_is(kind, "capacity"));
    }
    move_on(city, stream_position_parse(id));
}
