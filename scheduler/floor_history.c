/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/floor_history.h"

#include <inttypes.h>
#include <stdlib.h>

#include "scheduler/floors.h"
#include "slots/catalogue/keys.h"

enum { PART_MAX = 500 };

/* Who asks for a part: answered at once by what the city's past has, else when enough of it was
 * read. One reading is under way at a time, for all that ask. */
struct reading {
    struct list in_asking;
    struct city *city;
    struct floor_history history;
    struct stream_position first; /* of the stream */
};

/* A part that is being read for a city's past. */
struct part {
    struct city *city;
    unsigned generation, asked;
};

/* ---- answering ---- */

/* The newest change of an entry is its last. */
static void tell_entry(const struct floor_history *history, const struct past_entry *entry)
{
    struct floor_change change;

    for (unsigned i = entry->count; i-- > 0;) {
        const struct past_event *event = &entry->events[i];
        if (!floor_change_parse(event->kind, event->event, &change))
            continue;
        change.position = (struct floor_position){entry->position, event->index};
        history->on_change(history->owner, &change);
    }
}

static bool is_before(struct stream_position position, const struct floor_history *history)
{
    int order = stream_position_compare(position, history->until);

    return order < 0 || (order == 0 && history->is_inclusive);
}

/* Tells a part; gives the entry from which on everything was told. */
static struct stream_position tell_part(const struct floor_past *past,
                                        const struct floor_history *history)
{
    unsigned told = 0;

    for (struct list *item = past->entries.previous; item != &past->entries;
         item = item->previous) {
        const struct past_entry *entry = CONTAINER_OF(item, struct past_entry, in_past);
        if (!is_before(entry->position, history))
            continue;
        if (stream_position_compare(entry->position, history->from) < 0)
            break;
        tell_entry(history, entry);
        if (++told == PART_MAX)
            return entry->position;
    }
    return history->from;
}

static void end(struct reading *reading, int status, struct stream_position oldest,
                struct stream_position first)
{
    reading->history.on_end(reading->history.owner, status, oldest, first);
    free(reading);
}

static void fail(struct reading *reading, int status)
{
    static const struct stream_position none = {0};

    end(reading, status, none, none);
}

/* What is too far back to be read is told as lost. */
static void answer(struct reading *reading, const struct floor_past *past)
{
    struct stream_position oldest = tell_part(past, &reading->history), first = reading->first;
    struct stream_position horizon = floor_past_horizon(past);

    if (stream_position_compare(horizon, first) > 0 && (first.ms || first.number))
        first = horizon;
    end(reading, 0, oldest, first);
}

/* ---- reading ---- */

static void read_part(struct city *city);

/* The first entry that the stream has kept; zeros when it has none. */
static void ask_first(struct city *city, store_callback *callback, void *owner)
{
    struct arena arena = {0};

    store_command(city->store,
                  STORE_ARGS(TEXT("XRANGE"), key_events(&arena, city->code), TEXT("-"), TEXT("+"),
                             TEXT("COUNT"), TEXT("1")),
                  0, callback, owner);
    arena_free(&arena);
}

static struct stream_position first_of(const struct store_reply *reply)
{
    return stream_position_parse(store_reply_text_at(store_reply_at(reply, 0), 0));
}

static bool is_known(const struct floor_past *past, const struct reading *reading)
{
    return !past->left || floor_past_has(past, reading->history.from);
}

/* Answers those who can be, and reads on for the others. */
static void serve(struct city *city)
{
    struct floor_past *past = floors_past(city);
    struct list served = LIST_INIT(served), *item;

    LIST_FOREACH(&past->asking, asking)
    {
        if (is_known(past, CONTAINER_OF(asking, struct reading, in_asking))) {
            list_remove(asking);
            list_append(&served, asking);
        }
    }
    while ((item = list_take_first(&served)))
        answer(CONTAINER_OF(item, struct reading, in_asking), past);
    if (!list_is_empty(&past->asking) && !past->is_reading)
        read_part(city);
}

static void fail_all(struct floor_past *past, int status)
{
    struct list failed = LIST_INIT(failed), *item;

    while ((item = list_take_first(&past->asking)))
        list_append(&failed, item);
    while ((item = list_take_first(&failed)))
        fail(CONTAINER_OF(item, struct reading, in_asking), status);
}

/* The replies: the entries, and the first one that the stream has kept: it may have been trimmed
 * meanwhile. */
static void part_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct part *part = owner;
    struct floor_past *past = floors_past(part->city);
    const struct store_reply *entries = store_reply_at(reply, 0);

    past->is_reading = false;
    if (status == STORE_OK && part->generation == past->generation) {
        floor_past_prepend(past, entries);
        if (store_reply_count(entries) < part->asked)
            floor_past_end(past, first_of(store_reply_at(reply, 1)));
    }
    if (status == STORE_OK)
        serve(part->city);
    else
        fail_all(past, status);
    free(part);
}

static struct text print_position(struct buffer *buffer, const struct floor_past *past)
{
    buffer_printf(buffer, "%s%" PRIu64 "-%" PRIu64, past->has_oldest ? "(" : "", past->oldest.ms,
                  past->oldest.number);
    return buffer_text(buffer);
}

static void read_part(struct city *city)
{
    struct floor_past *past = floors_past(city);
    struct part *part = memory_new(sizeof *part);
    struct arena arena = {0};
    struct buffer until = {0}, count = {0};
    struct text events = key_events(&arena, city->code);

    part->city = city;
    part->generation = past->generation;
    part->asked = past->left < PART_MAX ? past->left : PART_MAX;
    past->is_reading = true;
    buffer_append_integer(&count, part->asked);
    store_read_together(
        city->store,
        (const struct store_call[]){
            STORE_CALL(TEXT("XREVRANGE"), events, print_position(&until, past), TEXT("-"),
                       TEXT("COUNT"), buffer_text(&count)),
            STORE_CALL(TEXT("XRANGE"), events, TEXT("-"), TEXT("+"), TEXT("COUNT"), TEXT("1")),
        },
        2, 0, part_read, part);
    buffer_free(&until);
    buffer_free(&count);
    arena_free(&arena);
}

/* ---- asking ---- */

static void first_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct reading *reading = owner;
    struct floor_past *past = floors_past(reading->city);

    if (status != STORE_OK) {
        fail(reading, status);
        return;
    }
    reading->first = first_of(reply);
    list_append(&past->asking, &reading->in_asking);
    serve(reading->city);
}

void floor_history_read(struct city *city, const struct floor_history *history)
{
    struct reading *reading = memory_new(sizeof *reading);

    reading->city = city;
    reading->history = *history;
    list_init(&reading->in_asking);
    ask_first(city, first_read, reading);
}
