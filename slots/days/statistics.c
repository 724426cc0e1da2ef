/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/statistics.h"

#include <stdlib.h>

#include "slots/catalogue/keys.h"
#include "slots/ledger/library.h"

/* So many calls are on their way at a time: enough to keep Redis busy, few enough that a booking
 * behind them waits some milliseconds. */
enum { IN_FLIGHT_MAX = 16 };

enum { ARGS_BEFORE = 8 /* the services */ };

/* The walk goes on as long as something is left to ask for; it ends when the last answer is in. */
struct walk {
    struct statistics_walk of;
    const struct catalogue *catalogue;
    day_number day;
    size_t hall, queue; /* the next to ask for */
    unsigned in_flight;
    int status;
};

/* What is told of a queue's day. */
struct rows {
    struct statistics_row *items;
    size_t count, capacity;
    struct arena arena; /* of their texts and leads */
};

/* A queue's day that was asked for, by as many calls as it takes. */
struct question {
    struct walk *walk;
    const struct queue *queue;
    day_number day;
    struct text from; /* where the next call goes on; empty: that was the last */
    struct rows rows;
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

static struct statistics_row *add_row(struct question *question)
{
    struct rows *rows = &question->rows;

    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity ? rows->capacity * 2 : 64;
        rows->items = memory_resize(rows->items, rows->capacity * sizeof *rows->items);
    }
    rows->items[rows->count] =
        (struct statistics_row){.queue = question->queue, .day = question->day};
    return &rows->items[rows->count++];
}

/* "18 10" behind 'c' */
static bool take_capacity(struct question *question, struct text rest)
{
    struct statistics_row *row = add_row(question);

    return take_slot(&rest, &row->slot) && take_number(&rest, &row->counts.capacity);
}

/* "18 SERVICE BOOKED CANCELLED RESCHEDULED NO_SHOW INTERCEPTED LEADS LEAD_SECONDS" behind 'r' */
static bool take_counts(struct question *question, struct text rest)
{
    struct statistics_row *row = add_row(question);
    struct counts *counts = &row->counts;
    struct text service;

    if (!take_slot(&rest, &row->slot) || !text_split(&rest, ' ', &service))
        return false;
    row->service = arena_copy(&question->rows.arena, service);
    return take_number(&rest, &counts->booked) && take_number(&rest, &counts->cancelled) &&
           take_number(&rest, &counts->rescheduled) && take_number(&rest, &counts->no_show) &&
           take_number(&rest, &counts->intercepted) && take_number(&rest, &counts->leads) &&
           take_number(&rest, &counts->lead_seconds);
}

/* "HOURS:COUNT" */
static bool take_lead(struct statistics_row *row, struct text word)
{
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
        if (!take_lead(row, word))
            return false;
    return true;
}

static bool take_row(struct question *question, struct text rest)
{
    struct text kind;

    text_split(&rest, ' ', &kind);
    if (text_is(kind, "n")) {
        question->from = arena_copy(&question->rows.arena, rest);
        return rest.length > 0;
    }
    if (text_is(kind, "c"))
        return take_capacity(question, rest);
    if (text_is(kind, "r"))
        return take_counts(question, rest);
    return text_is(kind, "l") && take_leads(&question->rows, rest);
}

static int compare_rows(const void *a, const void *b)
{
    const struct statistics_row *left = a, *right = b;

    if (left->slot != right->slot)
        return left->slot < right->slot ? -1 : 1;
    return text_compare(left->service, right->service);
}

static int read_rows(struct question *question, const struct store_reply *reply)
{
    question->from = TEXT_NONE;
    for (size_t i = 0; i < store_reply_count(reply); i++)
        if (!take_row(question, store_reply_text_at(reply, i)))
            return STORE_FOUND(STORE_STRANGE);
    return 0;
}

/* What another call told of the same half hour and service. */
static void merge(struct arena *arena, struct statistics_row *row,
                  const struct statistics_row *other)
{
    size_t count = row->lead_count + other->lead_count;
    struct statistics_lead *leads = arena_new(arena, (count + 1) * sizeof *leads);

    counts_add(&row->counts, &other->counts);
    if (row->lead_count)
        memcpy(leads, row->leads, row->lead_count * sizeof *leads);
    if (other->lead_count)
        memcpy(leads + row->lead_count, other->leads, other->lead_count * sizeof *leads);
    row->leads = leads;
    row->lead_count = count;
}

/* In their order, each half hour and service once. */
static void settle(struct rows *rows)
{
    size_t kept = 0;

    if (rows->count)
        qsort(rows->items, rows->count, sizeof *rows->items, compare_rows);
    for (size_t i = 0; i < rows->count; i++)
        if (kept && compare_rows(&rows->items[kept - 1], &rows->items[i]) == 0)
            merge(&rows->arena, &rows->items[kept - 1], &rows->items[i]);
        else
            rows->items[kept++] = rows->items[i];
    rows->count = kept;
}

/* --- The walk ----------------------------------------------------------------------------------
 */

static void go_on(struct walk *walk);

static void ask_on(struct question *question);

static void give(struct question *question)
{
    const struct statistics_walk *of = &question->walk->of;

    settle(&question->rows);
    for (size_t i = 0; i < question->rows.count; i++)
        of->take(of->owner, &question->rows.items[i]);
}

static void answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct question *question = owner;
    struct walk *walk = question->walk;

    walk->in_flight--;
    if (status == STORE_OK)
        status = read_rows(question, reply);
    if (status != STORE_OK)
        walk->status = status;
    if (walk->status == 0 && question->from.length) {
        ask_on(question);
        return;
    }
    if (walk->status == 0)
        give(question);
    free(question->rows.items);
    arena_free(&question->rows.arena);
    free(question);
    go_on(walk);
}

/* "HALL QUEUE ", when the day begins, where it goes on, the services whose interceptions are told.
 */
static size_t put_args(const struct question *question, struct text *args, struct arena *arena)
{
    const struct walk *walk = question->walk;
    const struct queue *queue = question->queue;
    int64_t midnight_ms =
        calendar_instant_ms(question->day, 0, walk->catalogue->utc_offset_minutes);
    struct buffer word = {0};
    size_t count = 0;

    key_append_queue(&word, queue->hall->id, queue->id);
    args[count++] = buffer_to_arena(&word, arena);
    args[count++] = arena_integer(arena, midnight_ms / 1000);
    args[count++] = question->from;
    for (size_t i = 0; i < queue->service_count; i++)
        args[count++] = queue->services[i]->id;
    return count;
}

static void ask_on(struct question *question)
{
    struct walk *walk = question->walk;
    struct text city = walk->of.city->code, *args;
    struct arena arena = {0};
    size_t count = 0;

    args = arena_new(&arena, (ARGS_BEFORE + question->queue->service_count) * sizeof *args);
    args[count++] = TEXT("FCALL_RO");
    args[count++] = slots_library.count_day;
    args[count++] = TEXT("2");
    args[count++] = key_units(&arena, city, question->day);
    args[count++] = key_reservations(&arena, city, question->day);
    count += put_args(question, args + count, &arena);
    walk->in_flight++;
    store_command(walk->of.city->store, args, count, 0, answered, question);
    arena_free(&arena);
}

static void ask(struct walk *walk, const struct queue *queue)
{
    struct question *question = memory_new(sizeof *question);

    *question =
        (struct question){.walk = walk, .queue = queue, .day = walk->day, .from = TEXT("1")};
    ask_on(question);
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
