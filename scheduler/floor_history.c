/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/floor_history.h"

#include <inttypes.h>
#include <stdlib.h>

#include "slots/keys.h"

#define ENTRIES_MAX      500
#define ENTRIES_MAX_TEXT "500"

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

/* The newest first; the oldest one that was told, all before which is still to be read, or where
 * the reading went back to. */
static struct stream_position tell_entries(const struct floor_history *history,
                                           const struct store_reply *entries)
{
    size_t count = store_reply_count(entries);

    for (size_t i = 0; i < count; i++) {
        const struct store_reply *entry = store_reply_at(entries, i);
        tell_entry(history, store_reply_text_at(entry, 0), store_reply_at(entry, 1));
    }
    if (count < ENTRIES_MAX)
        return history->from;
    return stream_position_parse(store_reply_text_at(store_reply_at(entries, count - 1), 0));
}

/* The replies: the entries, and the first one that the stream has kept. */
static void part_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct floor_history *history = owner;
    struct stream_position oldest = {0}, first = {0};

    if (status == STORE_OK) {
        oldest = tell_entries(history, store_reply_at(reply, 0));
        first = stream_position_parse(
            store_reply_text_at(store_reply_at(store_reply_at(reply, 1), 0), 0));
    }
    history->on_end(history->owner, status, oldest, first);
    free(history);
}

void floor_history_read(struct city *city, const struct floor_history *history)
{
    struct floor_history *reading = memory_new(sizeof *reading);
    struct arena arena = {0};
    struct buffer until = {0}, from = {0};
    struct text events = key_events(&arena, city->code);

    *reading = *history;
    store_read_together(
        city->store,
        (const struct store_call[]){
            STORE_CALL(TEXT("XREVRANGE"), events,
                       print_position(&until, history->until, history->is_inclusive),
                       print_position(&from, history->from, true), TEXT("COUNT"),
                       TEXT(ENTRIES_MAX_TEXT)),
            STORE_CALL(TEXT("XRANGE"), events, TEXT("-"), TEXT("+"), TEXT("COUNT"), TEXT("1")),
        },
        2, 0, part_read, reading);
    buffer_free(&until);
    buffer_free(&from);
    arena_free(&arena);
}
