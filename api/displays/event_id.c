/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/displays/event_id.h"

#include <inttypes.h>

void event_id_append(struct buffer *buffer, const struct event_id *id)
{
    buffer_printf(buffer, "%" PRIu64 "-%" PRIu64, id->entry.ms, id->entry.number);
    if (id->index != EVENT_WHOLE)
        buffer_printf(buffer, ".%" PRIu32, id->index);
    buffer_append_byte(buffer, '@');
    calendar_append_compact_date(buffer, id->day);
}

bool event_id_parse(struct text text, struct event_id *id)
{
    struct text place = TEXT_NONE, entry = TEXT_NONE, ms = TEXT_NONE;
    int64_t numbers[3] = {0, 0, EVENT_WHOLE};

    *id = (struct event_id){0};
    text_split(&text, '@', &place);
    if (text.data && !calendar_parse_compact_date(text, &id->day))
        return false;
    text_split(&place, '.', &entry);
    if (place.data && !text_to_integer(place, 0, EVENT_WHOLE - 1, &numbers[2]))
        return false;
    text_split(&entry, '-', &ms);
    if (!text_to_integer(ms, 0, INT64_MAX, &numbers[0]) ||
        !text_to_integer(entry, 0, INT64_MAX, &numbers[1]))
        return false;
    id->entry = (struct stream_position){(uint64_t)numbers[0], (uint64_t)numbers[1]};
    id->index = (uint32_t)numbers[2];
    return true;
}

int event_id_compare(const struct event_id *a, const struct event_id *b)
{
    int order = stream_position_compare(a->entry, b->entry);

    return order ? order : (a->index > b->index) - (a->index < b->index);
}
