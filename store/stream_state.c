/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/stream_state.h"

#include <inttypes.h>
#include <stdio.h>

static bool parse_number(struct text text, uint64_t *number)
{
    uint64_t value = 0;

    if (!text.length || text.length > 20)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        unsigned digit = (unsigned)(text.data[i] - '0');
        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

bool stream_id_parse(struct text text, struct stream_id *id)
{
    struct stream_id parsed;
    struct text ms;

    if (!text_split(&text, '-', &ms) || !parse_number(ms, &parsed.ms) ||
        !parse_number(text, &parsed.sequence))
        return false;
    *id = parsed;
    return true;
}

struct text stream_id_format(struct stream_id id, char *bytes)
{
    int length = snprintf(bytes, STREAM_ID_BYTES, "%" PRIu64 "-%" PRIu64, id.ms, id.sequence);

    return text_bytes(bytes, (size_t)length);
}

int stream_id_compare(struct stream_id a, struct stream_id b)
{
    if (a.ms != b.ms)
        return a.ms < b.ms ? -1 : 1;
    return (a.sequence > b.sequence) - (a.sequence < b.sequence);
}

void stream_state_parse(const struct store_reply *reply, struct stream_state *state)
{
    *state = (struct stream_state){0};
    for (size_t i = 0; i + 1 < store_reply_count(reply); i += 2) {
        struct text name = store_reply_text_at(reply, i);
        const struct store_reply *value = store_reply_at(reply, i + 1);
        if (text_is(name, "length"))
            state->length = (uint64_t)store_reply_integer(value);
        else if (text_is(name, "entries-added"))
            state->added = (uint64_t)store_reply_integer(value);
        else if (text_is(name, "last-generated-id"))
            stream_id_parse(store_reply_text(value), &state->last);
        else if (text_is(name, "max-deleted-entry-id"))
            stream_id_parse(store_reply_text(value), &state->deleted);
        else if (text_is(name, "recorded-first-entry-id"))
            stream_id_parse(store_reply_text(value), &state->first);
        else if (text_is(name, "last-entry"))
            stream_id_parse(store_reply_text_at(value, 0), &state->last_entry);
    }
}

struct stream_position stream_state_end(const struct stream_state *state)
{
    return (struct stream_position){
        .id = state->last,
        .count = state->added,
        .is_entry = state->length && stream_id_compare(state->last_entry, state->last) == 0,
    };
}

bool stream_position_holds(const struct stream_position *position, const struct stream_state *state)
{
    if (state->added - state->length > position->count)
        return false;
    if (stream_id_compare(state->deleted, position->id) > 0)
        return false;
    if (stream_id_compare(state->last, position->id) < 0 || state->added < position->count)
        return false;
    return !(position->is_entry && state->length &&
             stream_id_compare(state->first, position->id) <= 0);
}
