/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/ledger/ledger_call.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/catalogue/keys.h"

enum {
    SECONDS_A_DAY = 86400,
    KEYS_FIXED = 8,
    KEYS_A_DAY = 4,
    KEYS_OF_HALL = 5,
    ARGS_BEFORE = 5,
    ARGS_OF_FENCE = 3,
    FIRST_ROOM = 64,
};

/* A call on its way. */
struct sent {
    struct city *city;
    ledger_callback *callback;
    void *owner;
};

void ledger_call_start(struct ledger_call *call, struct city *city, struct text function)
{
    *call = (struct ledger_call){.city = city, .function = function};
}

int64_t ledger_seconds_kept(const struct city *city, day_number day)
{
    int64_t days = day - city_today(city) + 1 + (int64_t)city->retention_days;

    return days * SECONDS_A_DAY;
}

char ledger_eligibility(const struct catalogue *catalogue)
{
    if (catalogue->eligibility_mode == ELIGIBILITY_OFF)
        return 'o';
    switch (catalogue->on_unknown) {
    case ELIGIBILITY_ALLOW:
        return 'a';
    case ELIGIBILITY_DESK:
        return 'd';
    case ELIGIBILITY_REFUSE:
        break;
    }
    return 'r';
}

struct text ledger_overlap(const struct catalogue *catalogue)
{
    return catalogue->overlap == OVERLAP_ALLOW ? TEXT("a") : TEXT("r");
}

static unsigned grown(unsigned capacity)
{
    return capacity ? capacity * 2 : FIRST_ROOM;
}

/* The latest are looked at first: places come day by day. */
static void add_day(struct ledger_call *call, day_number day)
{
    for (unsigned d = call->day_count; d; d--)
        if (call->days[d - 1] == day)
            return;
    if (call->day_count == call->day_capacity) {
        call->day_capacity = grown(call->day_capacity);
        call->days = memory_resize(call->days, call->day_capacity * sizeof *call->days);
    }
    call->days[call->day_count++] = day;
}

/* Where a place stands among the buckets, or would. */
static unsigned *bucket_of(const struct ledger_call *call, struct text facts)
{
    unsigned b = text_hash(facts) % call->bucket_count;

    while (call->buckets[b] && !text_equal(call->places[call->buckets[b] - 1], facts))
        b = (b + 1) % call->bucket_count;
    return &call->buckets[b];
}

/* At most half of the buckets are taken. */
static void make_room(struct ledger_call *call)
{
    if (call->place_count < call->place_capacity)
        return;
    call->place_capacity = grown(call->place_capacity);
    call->places = memory_resize(call->places, call->place_capacity * sizeof *call->places);
    call->bucket_count = call->place_capacity * 2;
    free(call->buckets);
    call->buckets = memory_new(call->bucket_count * sizeof *call->buckets);
    for (unsigned p = 0; p < call->place_count; p++)
        *bucket_of(call, call->places[p]) = p + 1;
}

static void append_service(struct buffer *list, const struct service *service, bool is_first)
{
    if (!is_first)
        buffer_append_byte(list, ',');
    buffer_append(list, service->id);
}

/* What the queue does not offer any more: '*' all, '-' nothing, or services 'S,S'. A queue that is
 * in no catalogue offers nothing. */
static void append_retired(struct buffer *facts, const struct queue *queue)
{
    size_t before = facts->length;

    if (!queue || queue->retired) {
        buffer_append_byte(facts, '*');
        return;
    }
    for (size_t i = 0; i < queue->retired_service_count; i++)
        append_service(facts, queue->retired_services[i].service, facts->length == before);
    for (size_t i = 0; i < queue->service_count; i++)
        if (queue->services[i]->retired)
            append_service(facts, queue->services[i], facts->length == before);
    if (facts->length == before)
        buffer_append_byte(facts, '-');
}

/* 'HALL QUEUE DATE MIDNIGHT CLOSES OFFER RESALE UNTIL LATE KEEP PREFIX RETIRED' */
static void append_facts(struct buffer *facts, const struct city *city, struct text hall_id,
                         struct text queue_id, day_number day)
{
    const struct catalogue *catalogue = city->edition->catalogue;
    const struct hall *hall = catalogue_hall(catalogue, hall_id);
    const struct queue *queue = hall ? hall_queue(hall, queue_id) : NULL;
    static const struct queue defaults = {.late_minutes = 30};
    const struct queue *known = queue ? queue : &defaults;

    key_append_queue(facts, hall_id, queue_id);
    calendar_append_compact_date(facts, day);
    buffer_printf(facts, " %lld %u %u %u %u %u %lld",
                  (long long)(calendar_instant_ms(day, 0, catalogue->utc_offset_minutes) / 1000),
                  hall ? hall->closes_minutes_before : 0, known->waitlist_offer_minutes,
                  known->resale_delay_minutes, known->priority_until_minutes, known->late_minutes,
                  (long long)ledger_seconds_kept(city, day));
    buffer_append_byte(facts, ' ');
    buffer_append(facts, queue ? queue->prefix : queue_id);
    buffer_append_byte(facts, ' ');
    append_retired(facts, queue);
}

unsigned ledger_call_place(struct ledger_call *call, struct text hall, struct text queue,
                           day_number day)
{
    struct buffer facts = {0};
    unsigned *bucket;

    append_facts(&facts, call->city, hall, queue, day);
    make_room(call);
    bucket = bucket_of(call, buffer_text(&facts));
    if (!*bucket) {
        call->places[call->place_count++] = arena_copy(&call->arena, buffer_text(&facts));
        *bucket = call->place_count;
        add_day(call, day);
    }
    buffer_free(&facts);
    return *bucket;
}

void ledger_call_push(struct ledger_call *call, struct text arg)
{
    if (call->arg_count == call->arg_capacity) {
        call->arg_capacity = grown(call->arg_capacity);
        call->args = memory_resize(call->args, call->arg_capacity * sizeof *call->args);
    }
    call->args[call->arg_count++] = arena_copy(&call->arena, arg);
}

void ledger_call_push_integer(struct ledger_call *call, int64_t arg)
{
    ledger_call_push(call, arena_integer(&call->arena, arg));
}

void ledger_call_push_words(struct ledger_call *call, struct buffer *words)
{
    ledger_call_push(call, buffer_text(words));
    buffer_free(words);
}

void ledger_call_push_capacity(struct ledger_call *call, const struct day_capacity *capacity)
{
    struct buffer words = {0};

    day_capacity_append(&words, capacity);
    ledger_call_push_words(call, &words);
}

void ledger_call_push_place(struct ledger_call *call, struct text hall, struct text queue,
                            day_number day)
{
    ledger_call_push_integer(call, ledger_call_place(call, hall, queue, day));
}

void ledger_call_hall(struct ledger_call *call, struct text hall, day_number day)
{
    call->hall = arena_copy(&call->arena, hall);
    call->hall_day = day;
}

void ledger_call_fence(struct ledger_call *call, int64_t token)
{
    call->fence = token;
}

/* 'NOW TODAY LIVE_MAX ELIGIBILITY CANCELLATIONS NO_SHOWS NO_SHOW_DAYS SUSPEND_DAYS AGENT_MAX
 * NOW_MS OVERLAP' */
static struct text rules(struct ledger_call *call)
{
    const struct catalogue *catalogue = call->city->edition->catalogue;
    struct buffer words = {0};

    buffer_printf(&words, "%lld ", (long long)(clock_now_ms() / 1000));
    calendar_append_compact_date(&words, city_today(call->city));
    buffer_printf(&words, " %u %c %u %u %u %u %u %lld ", catalogue->live_per_person,
                  ledger_eligibility(catalogue), catalogue->cancellations_per_month,
                  catalogue->no_shows, catalogue->no_show_days, catalogue->suspend_days,
                  catalogue->agent_per_day, (long long)clock_now_ms());
    buffer_append(&words, ledger_overlap(catalogue));
    return buffer_to_arena(&words, &call->arena);
}

static int compare_days(const void *a, const void *b)
{
    return *(const day_number *)a - *(const day_number *)b;
}

static size_t put_keys(struct ledger_call *call, struct text *args)
{
    struct text city = call->city->code;
    struct arena *arena = &call->arena;
    day_number today = city_today(call->city);
    size_t count = 0;

    if (call->fence)
        args[count++] = key_lease(arena, city);
    args[count++] = key_events(arena, city);
    args[count++] = key_health(arena, city);
    args[count++] = key_persons(arena, city);
    args[count++] = key_idempotency(arena, city, today);
    args[count++] = key_idempotency(arena, city, today - 1);
    args[count++] = key_due(arena, city);
    args[count++] = key_plan(arena, city);
    args[count++] = key_agents(arena, city, today);
    if (call->day_count)
        qsort(call->days, call->day_count, sizeof *call->days, compare_days);
    for (unsigned d = 0; d < call->day_count; d++) {
        args[count++] = key_units(arena, city, call->days[d]);
        args[count++] = key_reservations(arena, city, call->days[d]);
        args[count++] = key_entries(arena, city, call->days[d]);
        args[count++] = key_waiting(arena, city, call->days[d]);
    }
    if (call->hall.length) {
        args[count++] = key_tickets(arena, city, call->hall_day);
        args[count++] = key_windows(arena, city, call->hall_day);
        args[count++] = key_line(arena, city, call->hall_day, call->hall);
        args[count++] = key_calls(arena, city, call->hall_day, call->hall);
        args[count++] =
            key_windows(arena, city, call->hall_day < today ? today : call->hall_day - 1);
    }
    return count;
}

static void apply_event(struct city *city, struct text id, unsigned index, struct text kind,
                        struct text event)
{
    city_apply(city, event, id, text_is(kind, "capacity"));
    if (city->watcher)
        city->watcher->on_event(city->watcher, kind, event, id, index);
}

/* As the stream will bring them: very many stand in several entries. */
static void apply_events(struct city *city, struct text ids, const struct store_reply *events)
{
    struct text id = TEXT_NONE;

    for (size_t i = 0; i * 2 + 1 < store_reply_count(events); i++) {
        if (i % LEDGER_EVENTS_AN_ENTRY == 0)
            text_split(&ids, ' ', &id);
        apply_event(city, id, (unsigned)(i % LEDGER_EVENTS_AN_ENTRY),
                    store_reply_text_at(events, i * 2), store_reply_text_at(events, i * 2 + 1));
    }
}

static void answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct sent *sent = owner;

    if (status == STORE_OK)
        apply_events(sent->city, store_reply_text_at(reply, 0), store_reply_at(reply, 1));
    sent->callback(sent->owner, status, store_reply_text_at(reply, 2), reply);
    free(sent);
}

void ledger_call_send(struct ledger_call *call, ledger_callback *callback, void *owner)
{
    struct sent *sent = memory_new(sizeof *sent);
    size_t capacity = ARGS_BEFORE + ARGS_OF_FENCE + KEYS_FIXED + KEYS_A_DAY * call->day_count +
                      KEYS_OF_HALL + call->place_count + call->arg_count;
    struct text *args = memory_new(capacity * sizeof *args);
    size_t count = 0, keys;

    *sent = (struct sent){call->city, callback, owner};
    args[count++] = TEXT("FCALL");
    args[count++] = call->fence ? slots_library.fenced : call->function;
    keys = put_keys(call, args + count + 1);
    args[count] = arena_integer(&call->arena, (int64_t)keys);
    count += keys + 1;
    if (call->fence) {
        args[count++] = arena_integer(&call->arena, call->fence);
        args[count++] = call->function;
    }
    args[count++] = rules(call);
    args[count++] = arena_integer(&call->arena, call->place_count);
    for (unsigned p = 0; p < call->place_count; p++)
        args[count++] = call->places[p];
    for (size_t a = 0; a < call->arg_count; a++)
        args[count++] = call->args[a];
    store_command(call->city->store, args, count, 0, answered, sent);
    free(args);
    ledger_call_drop(call);
}

void ledger_call_drop(struct ledger_call *call)
{
    free(call->days);
    free(call->places);
    free(call->buckets);
    free(call->args);
    arena_free(&call->arena);
    *call = (struct ledger_call){0};
}
