/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/floors.h"

#include <limits.h>
#include <stdlib.h>

#include "base/log.h"
#include "slots/catalogue/keys.h"

enum { FLOOR_BUCKETS = 256 };

struct floors {
    struct city_watcher watcher; /* found by it */
    struct city *city;
    day_number day;
    struct floor_position read_at;        /* as of which the day was read; zero: it began empty */
    struct floor *buckets[FLOOR_BUCKETS]; /* by hall */
    struct load *load;                    /* being read */
    struct list waiting;                  /* of the load_waiters that wait for the next one */
    bool is_unread;                       /* the last reading failed */
    bool is_beginning; /* a day has begun that nobody was told of: its first reading is under way */
    struct floor_past past; /* of all halls */
};

/* A day being read. What happens meanwhile is applied to what is there, and once more to what was
 * read. */
struct load {
    struct floors *floors;
    day_number day;
    struct list served;   /* of the load_waiters it answers */
    struct list recorded; /* of the changes that came meanwhile */
};

struct load_waiter {
    struct list in_waiting;
    void (*callback)(void *owner, int status);
    void *owner;
};

struct recorded {
    struct list in_load;
    struct text kind, event;
    struct floor_position position;
    bool is_streamed;
};

/* --- The table --- */

static struct floors *floors_of(const struct city *city)
{
    return city->watcher ? CONTAINER_OF(city->watcher, struct floors, watcher) : NULL;
}

static struct floor *find_floor(const struct floors *floors, struct text hall)
{
    struct floor *floor = floors->buckets[text_hash(hall) % FLOOR_BUCKETS];

    while (floor && !text_equal(floor->hall, hall))
        floor = floor->next_in_bucket;
    return floor;
}

static struct floor *floor_of(struct floors *floors, struct text hall)
{
    struct floor *floor = find_floor(floors, hall);
    struct floor **bucket = &floors->buckets[text_hash(hall) % FLOOR_BUCKETS];

    if (floor)
        return floor;
    floor = floor_new(hall);
    floor_begin(floor, floors->day, floors->read_at);
    floor->next_in_bucket = *bucket;
    return *bucket = floor;
}

static void for_each(struct floors *floors, void (*act)(struct floor *floor, const void *argument),
                     const void *argument)
{
    for (unsigned b = 0; b < FLOOR_BUCKETS; b++)
        for (struct floor *floor = floors->buckets[b], *next; floor; floor = next) {
            next = floor->next_in_bucket;
            act(floor, argument);
        }
}

static void tell_reloaded(struct floor *floor, const void *argument)
{
    const struct floor_change change = {
        .kind = FLOOR_RELOADED,
        .hall = floor->hall,
        .day = floor->day,
        .position = *(const struct floor_position *)argument,
    };

    floor_tell(floor, &change);
}

static void begin_floor(struct floor *floor, const void *argument)
{
    const struct floors *floors = argument;

    floor_begin(floor, floors->day, floors->read_at);
}

/* All floors are empty, of that day, as of that position. */
static void begin_all(struct floors *floors, day_number day, struct floor_position read_at)
{
    floors->day = day;
    floors->read_at = read_at;
    floor_past_begin(&floors->past, floors->city->position);
    for_each(floors, begin_floor, floors);
}

/* --- Days --- */

/* A newer day begins, as the clock or an event of it says. It is told once, when it was read; what
 * happens until then is part of that. */
static void begin_day(struct floors *floors, day_number day)
{
    begin_all(floors, day, (struct floor_position){0});
    floors->is_beginning = true;
    floors_load(floors->city, NULL, NULL);
}

static void look_at_day(struct floors *floors, day_number day)
{
    if (day > floors->day)
        begin_day(floors, day);
}

/* --- Changes --- */

static void record(struct load *load, struct text kind, struct text event,
                   struct floor_position position, bool is_streamed)
{
    struct recorded *one = memory_new(sizeof *one);

    one->kind = text_of(memory_copy_text(kind));
    one->event = text_of(memory_copy_text(event));
    one->position = position;
    one->is_streamed = is_streamed;
    list_append(&load->recorded, &one->in_load);
}

static void apply_to(struct floors *floors, const struct floor_change *change, bool is_streamed)
{
    struct floor *floor = floor_of(floors, change->hall);

    floor_apply(floor, change);
    if (is_streamed)
        floor_count(floor, change);
}

static void apply_event(struct floors *floors, struct text kind, struct text event,
                        struct floor_position position, bool is_streamed)
{
    struct floor_change change;
    struct floor *floor;

    if (!floor_change_parse(kind, event, &change))
        return;
    change.position = position;
    look_at_day(floors, change.day);
    if (floors->load)
        record(floors->load, kind, event, position, is_streamed);
    apply_to(floors, &change, is_streamed);
    floor = floor_of(floors, change.hall);
    if (is_streamed && !floors->is_beginning && floor_tells_of(floor, &change))
        floor_tell(floor, &change);
}

static void on_answer(struct city_watcher *watcher, struct text kind, struct text event,
                      struct text id, unsigned index)
{
    apply_event(CONTAINER_OF(watcher, struct floors, watcher), kind, event,
                (struct floor_position){stream_position_parse(id), index}, false);
}

void floors_apply_entry(struct city *city, struct text id, const struct store_reply *fields)
{
    struct floors *floors = floors_of(city);
    struct floor_position position = {.entry = stream_position_parse(id)};

    if (!floors || !city->edition) /* which is being read, and the floors behind it */
        return;
    floor_past_append(&floors->past, position.entry, fields);
    for (; position.index * 2 + 1 < store_reply_count(fields); position.index++)
        apply_event(floors, store_reply_text_at(fields, position.index * 2),
                    store_reply_text_at(fields, position.index * 2 + 1), position, true);
}

/* --- Reading --- */

static void fill(struct floors *floors, const struct store_reply *fields,
                 void (*fill_field)(struct floor *floor, struct text field, struct text value))
{
    for (size_t i = 0; i + 1 < store_reply_count(fields); i += 2) {
        struct text field = store_reply_text_at(fields, i), hall;
        if (text_split(&field, ' ', &hall))
            fill_field(floor_of(floors, hall), field, store_reply_text_at(fields, i + 1));
    }
}

/* The replies: tickets, windows, the stream's last entry. */
static void take_over(struct load *load, const struct store_reply *reply)
{
    struct floors *floors = load->floors;
    const struct store_reply *last = store_reply_at(store_reply_at(reply, 2), 0);
    struct floor_position read_at = {stream_position_parse(store_reply_text_at(last, 0)), UINT_MAX};

    begin_all(floors, load->day, read_at);
    fill(floors, store_reply_at(reply, 0), floor_fill_ticket);
    fill(floors, store_reply_at(reply, 1), floor_fill_window);
    LIST_FOREACH(&load->recorded, item)
    {
        const struct recorded *one = CONTAINER_OF(item, struct recorded, in_load);
        struct floor_change change;
        if (floor_change_parse(one->kind, one->event, &change)) {
            change.position = one->position;
            apply_to(floors, &change, one->is_streamed);
        }
    }
}

static void free_recorded(struct load *load)
{
    struct list *item;

    while ((item = list_take_first(&load->recorded))) {
        struct recorded *one = CONTAINER_OF(item, struct recorded, in_load);
        free((char *)one->kind.data);
        free((char *)one->event.data);
        free(one);
    }
}

static void answer_waiters(struct list *waiters, int status)
{
    struct list *item;

    while ((item = list_take_first(waiters))) {
        struct load_waiter *waiter = CONTAINER_OF(item, struct load_waiter, in_waiting);
        if (waiter->callback)
            waiter->callback(waiter->owner, status);
        free(waiter);
    }
}

static void start_load(struct floors *floors);

/* A new day begins also when it could not be read: nobody is to see yesterday's numbers. */
static void tell_read(struct floors *floors)
{
    if (floors->is_unread && !floors->is_beginning)
        return;
    floors->is_beginning = false;
    for_each(floors, tell_reloaded, &(struct floor_position){floors->city->position, UINT_MAX});
}

/* A day that has begun meanwhile is read behind it: begin_day() asked for that. */
static void finish_load(struct load *load, int status, const struct store_reply *reply)
{
    struct floors *floors = load->floors;
    bool is_of_today = load->day == floors->day;

    floors->load = NULL;
    floors->is_unread = status != 0;
    if (!status && is_of_today)
        take_over(load, reply);
    if (is_of_today)
        tell_read(floors);
    free_recorded(load);
    answer_waiters(&load->served, status);
    free(load);
    if (!list_is_empty(&floors->waiting) && !floors->load)
        start_load(floors);
}

static void load_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct load *load = owner;
    bool is_whole = store_reply_count(reply) == 3 &&
                    store_reply_kind(store_reply_at(reply, 0)) == STORE_REPLY_ARRAY &&
                    store_reply_kind(store_reply_at(reply, 1)) == STORE_REPLY_ARRAY;

    if (status == STORE_OK && !is_whole)
        status = STORE_FOUND(STORE_STRANGE);
    if (status != STORE_OK)
        log_warning("scheduler.floors-unread", LOG_TEXT("city", load->floors->city->code),
                    LOG_STRING("status", store_status_name(status)));
    finish_load(load, status, reply);
}

/* Together, so that all of it is as of one entry of the stream. */
static void start_load(struct floors *floors)
{
    struct load *load = memory_new(sizeof *load);
    struct text city = floors->city->code;
    struct arena arena = {0};

    load->floors = floors;
    load->day = floors->day;
    list_init(&load->served);
    list_init(&load->recorded);
    list_append_all(&load->served, &floors->waiting);
    floors->load = load;
    store_read_together(floors->city->store,
                        (const struct store_call[]){
                            STORE_CALL(TEXT("HGETALL"), key_tickets(&arena, city, load->day)),
                            STORE_CALL(TEXT("HGETALL"), key_windows(&arena, city, load->day)),
                            STORE_CALL(TEXT("XREVRANGE"), key_events(&arena, city), TEXT("+"),
                                       TEXT("-"), TEXT("COUNT"), TEXT("1")),
                        },
                        3, 0, load_answered, load);
    arena_free(&arena);
}

void floors_load(struct city *city, void (*callback)(void *owner, int status), void *owner)
{
    struct floors *floors = floors_of(city);
    struct load_waiter *waiter = memory_new(sizeof *waiter);

    waiter->callback = callback;
    waiter->owner = owner;
    list_append(&floors->waiting, &waiter->in_waiting);
    look_at_day(floors, city_today(city));
    if (!floors->load)
        start_load(floors);
}

/* --- The city's --- */

void floors_open(struct city *city)
{
    struct floors *floors = memory_new(sizeof *floors);

    floors->watcher.on_event = on_answer;
    floors->city = city;
    list_init(&floors->waiting);
    floor_past_init(&floors->past);
    city->watcher = &floors->watcher;
}

static void free_floor(struct floor *floor, const void *argument)
{
    (void)argument;
    floor_free(floor);
}

void floors_close(struct city *city)
{
    struct floors *floors = floors_of(city);

    if (!floors)
        return;
    city->watcher = NULL;
    for_each(floors, free_floor, NULL);
    floor_past_free(&floors->past);
    free(floors);
}

struct floor *floors_hall(struct city *city, struct text hall)
{
    struct floors *floors = floors_of(city);

    if (!floors || !catalogue_hall(city->edition->catalogue, hall))
        return NULL;
    look_at_day(floors, city_today(city));
    return floor_of(floors, hall);
}

struct floor_past *floors_past(struct city *city)
{
    return &floors_of(city)->past;
}

void floors_pass(struct city *city, void (*callback)(void *owner, int status), void *owner)
{
    struct floors *floors = floors_of(city);

    if (floors)
        look_at_day(floors, city_today(city));
    if (floors && floors->is_unread && !floors->load)
        floors_load(city, NULL, NULL);
    callback(owner, 0);
}
