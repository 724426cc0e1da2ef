/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/statistics.h"

#include <stdlib.h>

#include "slots/keys.h"
#include "slots/library.h"

/* So many calls are on their way at a time: enough to keep Redis busy, few enough that a booking
 * behind them waits some milliseconds. */
enum { IN_FLIGHT_MAX = 16 };

enum { ARGS_BEFORE = 7 /* the services */ };

/* The walk goes on as long as something is left to ask for; it ends when the last answer is in. */
struct walk {
    struct statistics_walk of;
    const struct catalogue *catalogue;
    day_number day;
    size_t hall, queue; /* the next to ask for */
    unsigned in_flight;
    int status;
};

/* A queue's day that was asked for. */
struct question {
    struct walk *walk;
    const struct queue *queue;
    day_number day;
};

/* What is told of it. */
struct rows {
    const struct question *question;
    struct statistics_row *items;
    size_t count, capacity;
    struct arena arena;
};

/* --- Reading an answer -------------------------------------------------------------------------
 */

static bool take_number(struct text *rest, uint64_t *number)
{
    struct text word;
    int64_t value;

    if (!text_split(rest, ' ', &word) || !text_to_integer(word, 0, INT64_MAX, &value))
        return false;
    *number = (uint64_t)value;
    return true;
}

static bool take_slot(struct text *rest, unsigned *slot)
{
    uint64_t number;

    if (!take_number(rest, &number) || number >= SLOTS_A_DAY)
        return false;
    *slot = (unsigned)number;
    return true;
}

static struct statistics_row *add_row(struct rows *rows)
{
    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity ? rows->capacity * 2 : 64;
        rows->items = memory_resize(rows->items, rows->capacity * sizeof *rows->items);
    }
    rows->items[rows->count] =
        (struct statistics_row){.queue = rows->question->queue, .day = rows->question->day};
    return &rows->items[rows->count++];
}

/* "18 10" behind 'c' */
static bool take_capacity(struct rows *rows, struct text rest)
{
    struct statistics_row *row = add_row(rows);

    return take_slot(&rest, &row->slot) && take_number(&rest, &row->counts.capacity);
}

/* "18 SERVICE BOOKED CANCELLED RESCHEDULED NO_SHOW INTERCEPTED LEADS LEAD_SECONDS" behind 'r' */
static bool take_counts(struct rows *rows, struct text rest)
{
    struct statistics_row *row = add_row(rows);
    struct counts *counts = &row->counts;

    return take_slot(&rest, &row->slot) && text_split(&rest, ' ', &row->service) &&
           take_number(&rest, &counts->booked) && take_number(&rest, &counts->cancelled) &&
           take_number(&rest, &counts->rescheduled) && take_number(&rest, &counts->no_show) &&
           take_number(&rest, &counts->intercepted) && take_number(&rest, &counts->leads) &&
           take_number(&rest, &counts->lead_seconds);
}

/* "HOURS:COUNT" */
static bool take_lead(struct rows *rows, struct text word)
{
    struct statistics_row *row = &rows->items[rows->count - 1];
    struct text hours;
    int64_t ahead, count;

    if (!text_split(&word, ':', &hours) || !text_to_integer(hours, 0, INT64_MAX, &ahead) ||
        !text_to_integer(word, 0, INT64_MAX, &count))
        return false;
    row->leads[row->lead_count++] = (struct statistics_lead){(uint64_t)ahead, (uint64_t)count};
    return true;
}

/* "18 SERVICE HOURS:COUNT HOURS:COUNT …" behind 'l', of the row before. */
static bool take_leads(struct rows *rows, struct text rest)
{
    struct statistics_row *row = rows->count ? &rows->items[rows->count - 1] : NULL;
    struct text service, word;
    unsigned slot;

    if (!row || !take_slot(&rest, &slot) || !text_split(&rest, ' ', &service) ||
        slot != row->slot || !text_equal(service, row->service))
        return false;
    row->leads = arena_new(&rows->arena, (rest.length / 2 + 1) * sizeof *row->leads);
    while (text_split(&rest, ' ', &word))
        if (!take_lead(rows, word))
            return false;
    return true;
}

static bool take_row(struct rows *rows, struct text rest)
{
    struct text kind;

    text_split(&rest, ' ', &kind);
    if (text_is(kind, "c"))
        return take_capacity(rows, rest);
    if (text_is(kind, "r"))
        return take_counts(rows, rest);
    return text_is(kind, "l") && take_leads(rows, rest);
}

static int compare_rows(const void *a, const void *b)
{
    const struct statistics_row *left = a, *right = b;

    if (left->slot != right->slot)
        return left->slot < right->slot ? -1 : 1;
    return text_compare(left->service, right->service);
}

static int read_rows(struct rows *rows, const struct store_reply *reply)
{
    for (size_t i = 0; i < store_reply_count(reply); i++)
        if (!take_row(rows, store_reply_text_at(reply, i)))
            return STORE_ERROR;
    if (rows->count)
        qsort(rows->items, rows->count, sizeof *rows->items, compare_rows);
    return 0;
}

/* --- The walk ----------------------------------------------------------------------------------
 */

static void go_on(struct walk *walk);

static void give(const struct question *question, const struct store_reply *reply)
{
    struct walk *walk = question->walk;
    struct rows rows = {.question = question};
    int status = read_rows(&rows, reply);

    for (size_t i = 0; i < rows.count && status == 0; i++)
        walk->of.take(walk->of.owner, &rows.items[i]);
    if (status)
        walk->status = status;
    free(rows.items);
    arena_free(&rows.arena);
}

static void answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct question *question = owner;
    struct walk *walk = question->walk;

    walk->in_flight--;
    if (status != STORE_OK)
        walk->status = status;
    if (walk->status == 0)
        give(question, reply);
    free(question);
    go_on(walk);
}

/* "HALL QUEUE ", when the day begins, the services whose interceptions are told. */
static size_t put_args(const struct question *question, struct text *args, struct arena *arena)
{
    const struct walk *walk = question->walk;
    const struct queue *queue = question->queue;
    struct buffer word = {0};
    size_t count = 0;

    key_append_queue(&word, queue->hall->id, queue->id);
    args[count++] = arena_copy(arena, buffer_text(&word));
    buffer_clear(&word);
    buffer_append_integer(
        &word, calendar_instant_ms(question->day, 0, walk->catalogue->utc_offset_minutes) / 1000);
    args[count++] = arena_copy(arena, buffer_text(&word));
    buffer_free(&word);
    for (size_t i = 0; i < queue->service_count; i++)
        args[count++] = queue->services[i]->id;
    return count;
}

static void ask(struct walk *walk, const struct queue *queue)
{
    struct question *question = memory_new(sizeof *question);
    struct text city = walk->of.city->code, *args;
    struct arena arena = {0};
    size_t count = 0;

    *question = (struct question){walk, queue, walk->day};
    args = arena_new(&arena, (ARGS_BEFORE + queue->service_count) * sizeof *args);
    args[count++] = TEXT("FCALL_RO");
    args[count++] = slots_library.count_day;
    args[count++] = TEXT("2");
    args[count++] = key_units(&arena, city, walk->day);
    args[count++] = key_reservations(&arena, city, walk->day);
    count += put_args(question, args + count, &arena);
    walk->in_flight++;
    store_command(walk->of.city->store, args, count, 0, answered, question);
    arena_free(&arena);
}

static bool is_wanted(const struct walk *walk, const struct hall *hall)
{
    return !walk->of.hall || walk->of.hall == hall;
}

/* Moves behind the next queue's day and gives its queue; NULL behind the last. */
static const struct queue *next_queue(struct walk *walk)
{
    const struct catalogue *catalogue = walk->catalogue;

    for (; walk->day <= walk->of.to; walk->day++, walk->hall = 0)
        for (; walk->hall < catalogue->hall_count; walk->hall++, walk->queue = 0) {
            const struct hall *hall = &catalogue->halls[walk->hall];
            if (is_wanted(walk, hall) && walk->queue < hall->queue_count)
                return &hall->queues[walk->queue++];
        }
    return NULL;
}

/* Asks for as much as may be on its way. */
static void ask_more(struct walk *walk)
{
    const struct queue *queue;

    if (walk->status || walk->of.is_gone(walk->of.owner))
        return;
    while (walk->in_flight < IN_FLIGHT_MAX && (queue = next_queue(walk)))
        ask(walk, queue);
}

static void go_on(struct walk *walk)
{
    ask_more(walk);
    if (walk->in_flight)
        return;
    walk->of.done(walk->of.owner, walk->status);
    free(walk);
}

static void nothing_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct walk *walk = owner;

    (void)reply;
    walk->in_flight--;
    walk->status = status;
    go_on(walk);
}

void statistics_walk(const struct statistics_walk *of)
{
    struct walk *walk = memory_new(sizeof *walk);

    walk->of = *of;
    walk->catalogue = of->city->edition->catalogue;
    walk->day = of->from;
    ask_more(walk);
    if (walk->in_flight)
        return;
    walk->in_flight++; /* no queue: `done` comes in a later turn all the same */
    store_command(of->city->store, STORE_ARGS(TEXT("PING")), 0, nothing_answered, walk);
}
