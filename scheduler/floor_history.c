/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/floor_history.h"

#include <inttypes.h>
#include <stdlib.h>

#include "slots/keys.h"

#define ENTRIES_MAX      500
#define ENTRIES_MAX_TEXT "500"

struct reading {
    struct floor_history history;
    struct stream_position oldest;
    enum store_status status;
};

static struct text print_position(struct buffer *buffer, struct stream_position position,
                                  bool is_inclusive)
{
    buffer_printf(buffer, "%s%" PRIu64 "-%" PRIu64, is_inclusive ? "" : "(", position.ms,
                  position.number);
    return buffer_text(buffer);
}

/* The newest change of an entry is its last. */
static void tell_entry(const struct floor_history *history, struct text id,
                       const struct store_reply *fields)
{
    struct floor_change change;

    for (size_t i = store_reply_count(fields) / 2; i-- > 0;) {
        if (!floor_change_parse(store_reply_text_at(fields, 2 * i),
                                store_reply_text_at(fields, 2 * i + 1), &change))
            continue;
        change.position = (struct floor_position){stream_position_parse(id), (unsigned)i};
        history->on_change(history->owner, &change);
    }
}

static void fail(struct reading *reading, int status)
{
    static const struct stream_position none = {0};

    reading->history.on_end(reading->history.owner, status, none, none);
    free(reading);
}

/* What the stream has kept is asked behind the entries: if it still has the oldest of them then, it
 * had all of them when they were read. */
static void first_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct reading *reading = owner;
    struct text id = store_reply_text_at(store_reply_at(reply, 0), 0);

    if (status == STORE_OK)
        status = reading->status;
    if (status != STORE_OK) {
        fail(reading, status);
        return;
    }
    reading->history.on_end(reading->history.owner, 0, reading->oldest, stream_position_parse(id));
    free(reading);
}

static void entries_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct reading *reading = owner;
    size_t count = store_reply_count(reply);

    reading->status = status;
    for (size_t i = 0; i < count; i++) {
        const struct store_reply *entry = store_reply_at(reply, i);
        tell_entry(&reading->history, store_reply_text_at(entry, 0), store_reply_at(entry, 1));
    }
    reading->oldest = reading->history.from;
    if (count == ENTRIES_MAX)
        reading->oldest =
            stream_position_parse(store_reply_text_at(store_reply_at(reply, count - 1), 0));
}

void floor_history_read(struct city *city, const struct floor_history *history)
{
    struct reading *reading = memory_new(sizeof *reading);
    struct arena arena = {0};
    struct buffer until = {0}, from = {0};
    struct text events = key_events(&arena, city->code);

    reading->history = *history;
    store_command(city->store,
                  STORE_ARGS(TEXT("XREVRANGE"), events,
                             print_position(&until, history->until, history->is_inclusive),
                             print_position(&from, history->from, true), TEXT("COUNT"),
                             TEXT(ENTRIES_MAX_TEXT)),
                  0, entries_read, reading);
    store_command(
        city->store,
        STORE_ARGS(TEXT("XRANGE"), events, TEXT("-"), TEXT("+"), TEXT("COUNT"), TEXT("1")), 0,
        first_read, reading);
    buffer_free(&until);
    buffer_free(&from);
    arena_free(&arena);
}
