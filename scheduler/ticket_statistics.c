/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/ticket_statistics.h"

#include <stdlib.h>

#include "slots/catalogue/keys.h"

#define SCAN_COUNT TEXT("1000")

enum { SECONDS_MAX = 86400, MS_A_SECOND = 1000, PERCENT = 100 };

/* --- Counting ----------------------------------------------------------------------------------
 */

static void add_duration(struct durations *durations, int64_t from_ms, int64_t to_ms)
{
    int64_t seconds = to_ms / MS_A_SECOND - from_ms / MS_A_SECOND;
    size_t at = seconds < 0 ? 0 : seconds > SECONDS_MAX ? SECONDS_MAX : (size_t)seconds;

    if (at >= durations->seconds) {
        durations->by_second =
            memory_resize(durations->by_second, (at + 1) * sizeof *durations->by_second);
        while (durations->seconds <= at)
            durations->by_second[durations->seconds++] = 0;
    }
    durations->by_second[at]++;
    durations->count++;
    durations->total_s += at;
}

static void add_times(struct ticket_tally *tally, const struct ticket *ticket)
{
    if (ticket->called_ms)
        add_duration(&tally->wait, ticket->step ? ticket->earns_ms : ticket->issued_ms,
                     ticket->called_ms);
    if (ticket->started_ms)
        add_duration(&tally->walk, ticket->last_called_ms, ticket->started_ms);
    if (ticket->status == TICKET_DONE && ticket->finished_ms) /* or nobody knows when it ended */
        add_duration(&tally->service, ticket->started_ms, ticket->finished_ms);
}

void ticket_tally_add(struct ticket_tally *tally, const struct ticket *ticket)
{
    if (ticket->kind == TICKET_APPOINTMENT)
        tally->appointments++;
    else
        tally->walk_ins++;
    tally->served += ticket->status == TICKET_DONE;
    tally->lapsed += ticket->status == TICKET_CANCELLED;
    tally->missed += ticket->missed;
    tally->recalls += ticket->recalls;
    add_times(tally, ticket);
}

void ticket_tally_free(struct ticket_tally *tally)
{
    free(tally->wait.by_second);
    free(tally->walk.by_second);
    free(tally->service.by_second);
    *tally = (struct ticket_tally){0};
}

double durations_mean(const struct durations *durations)
{
    return durations->count ? (double)durations->total_s / (double)durations->count : 0;
}

uint32_t durations_percentile(const struct durations *durations, unsigned percent)
{
    uint64_t within = 0;
    size_t second = 0;

    while (second < durations->seconds &&
           (within += durations->by_second[second]) * PERCENT < durations->count * percent)
        second++;
    return (uint32_t)second;
}

uint32_t durations_max(const struct durations *durations)
{
    return durations->seconds ? (uint32_t)durations->seconds - 1 : 0;
}

/* --- The walk ----------------------------------------------------------------------------------
 */

/* A ticket's field and record. */
struct found {
    struct text field, record;
};

struct walk {
    struct ticket_walk of;
    int utc_offset_minutes;
    day_number day;
    struct buffer cursor;
    struct found *items; /* of the day */
    size_t count, capacity;
    struct arena arena;
};

static int compare_fields(const void *a, const void *b)
{
    return text_compare(((const struct found *)a)->field, ((const struct found *)b)->field);
}

/* "HALL QUEUE t12"; what else stands there is no ticket. */
static bool read_row(struct walk *walk, const struct found *found, struct ticket_row *row)
{
    struct text tail = found->field;

    *row = (struct ticket_row){.day = walk->day};
    if (!text_split(&tail, ' ', &row->hall) || !text_split(&tail, ' ', &row->issuer) ||
        tail.length < 2 || tail.data[0] != KIND_TICKET || tail.data[1] > '9' ||
        !ticket_parse(found->record, &row->ticket))
        return false;
    row->slot = calendar_minute_of(row->ticket.issued_ms, walk->utc_offset_minutes) / SLOT_MINUTES;
    return true;
}

/* HSCAN may give a field twice. */
static void give_day(struct walk *walk)
{
    struct ticket_row row;

    if (walk->count)
        qsort(walk->items, walk->count, sizeof *walk->items, compare_fields);
    for (size_t i = 0; i < walk->count; i++) {
        if (i && compare_fields(&walk->items[i - 1], &walk->items[i]) == 0)
            continue;
        if (read_row(walk, &walk->items[i], &row))
            walk->of.take(walk->of.owner, &row);
    }
    walk->count = 0;
    arena_free(&walk->arena);
}

static void add_found(struct walk *walk, struct text field, struct text record)
{
    if (walk->count == walk->capacity) {
        walk->capacity = walk->capacity ? walk->capacity * 2 : 1024;
        walk->items = memory_resize(walk->items, walk->capacity * sizeof *walk->items);
    }
    walk->items[walk->count++] =
        (struct found){arena_copy(&walk->arena, field), arena_copy(&walk->arena, record)};
}

static void finish(struct walk *walk, int status)
{
    walk->of.done(walk->of.owner, status);
    buffer_free(&walk->cursor);
    free(walk->items);
    arena_free(&walk->arena);
    free(walk);
}

static void begin_day(struct walk *walk, day_number day)
{
    walk->day = day;
    buffer_clear(&walk->cursor);
    buffer_append_byte(&walk->cursor, '0');
}

static void scan(struct walk *walk);

static void scanned(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct walk *walk = owner;
    const struct store_reply *items = store_reply_at(reply, 1);

    if (status != STORE_OK || walk->of.is_gone(walk->of.owner)) {
        finish(walk, status);
        return;
    }
    for (size_t i = 0; i + 1 < store_reply_count(items); i += 2)
        add_found(walk, store_reply_text_at(items, i), store_reply_text_at(items, i + 1));
    buffer_clear(&walk->cursor);
    buffer_append(&walk->cursor, store_reply_text_at(reply, 0));
    if (text_is(buffer_text(&walk->cursor), "0")) {
        give_day(walk);
        begin_day(walk, walk->day + 1);
    }
    if (walk->day > walk->of.to)
        finish(walk, 0);
    else
        scan(walk);
}

static void scan(struct walk *walk)
{
    struct buffer pattern = {0};
    struct arena arena = {0};

    buffer_append(&pattern, walk->of.hall);
    buffer_append(&pattern, walk->of.hall.length ? TEXT(" *") : TEXT("*"));
    store_command(walk->of.city->store,
                  STORE_ARGS(TEXT("HSCAN"), key_tickets(&arena, walk->of.city->code, walk->day),
                             buffer_text(&walk->cursor), TEXT("MATCH"), buffer_text(&pattern),
                             TEXT("COUNT"), SCAN_COUNT),
                  0, scanned, walk);
    buffer_free(&pattern);
    arena_free(&arena);
}

void ticket_statistics_walk(const struct ticket_walk *of)
{
    struct walk *walk = memory_new(sizeof *walk);

    walk->of = *of;
    walk->utc_offset_minutes = of->city->edition->catalogue->utc_offset_minutes;
    begin_day(walk, of->from);
    scan(walk);
}
