/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/ledger/shown.h"

#include "base/buffer.h"

/* Two queues may differ in case alone: then each is only itself. */
static struct text meant_queue(const struct hall *hall, struct text id)
{
    struct text meant = id;
    unsigned found = 0;

    if (hall_queue(hall, id))
        return id;
    for (size_t q = 0; q < hall->queue_count; q++)
        if (text_equal_folded(hall->queues[q].id, id)) {
            meant = hall->queues[q].id;
            found++;
        }
    return found == 1 ? meant : id;
}

bool shown_id(const struct catalogue *catalogue, struct text text, struct reservation_id *id)
{
    const struct hall *hall;

    if (!reservation_parse_id(text_strip(text), id))
        return false;
    hall = catalogue_hall(catalogue, id->hall);
    if (hall)
        id->queue = meant_queue(hall, id->queue);
    return true;
}

bool shown_code(const struct catalogue *catalogue, struct arena *arena, struct text hall,
                day_number day, struct text text, struct reservation_id *id)
{
    struct buffer whole = {0};
    bool is_id;

    text = text_strip(text);
    if (text.length && memchr(text.data, '.', text.length))
        return shown_id(catalogue, text, id);
    buffer_append(&whole, hall);
    buffer_append_byte(&whole, '.');
    calendar_append_compact_date(&whole, day);
    buffer_append_byte(&whole, '.');
    buffer_append(&whole, text);
    is_id = shown_id(catalogue, arena_copy(arena, buffer_text(&whole)), id);
    buffer_free(&whole);
    return is_id;
}
