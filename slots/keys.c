/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/keys.h"

#include "base/buffer.h"

static struct text named(struct arena *arena, struct text city, const char *kind, struct text a,
                         struct text b, const day_number *day)
{
    struct buffer key = {0};
    struct text result;

    buffer_append_byte(&key, '{');
    buffer_append(&key, city);
    buffer_append(&key, TEXT("}:"));
    buffer_append(&key, text_of(kind));
    if (a.length)
        buffer_append_byte(&key, ':'), buffer_append(&key, a);
    if (b.length)
        buffer_append_byte(&key, ':'), buffer_append(&key, b);
    if (day)
        buffer_append_byte(&key, ':'), calendar_append_compact_date(&key, *day);
    result = arena_copy(arena, buffer_text(&key));
    buffer_free(&key);
    return result;
}

struct text key_catalogue(struct arena *arena, struct text city)
{
    return named(arena, city, "catalogue", TEXT_NONE, TEXT_NONE, NULL);
}

struct text key_events(struct arena *arena, struct text city)
{
    return named(arena, city, "events", TEXT_NONE, TEXT_NONE, NULL);
}

struct text key_health(struct arena *arena, struct text city)
{
    return named(arena, city, "health", TEXT_NONE, TEXT_NONE, NULL);
}

struct text key_idempotency(struct arena *arena, struct text city, day_number day)
{
    return named(arena, city, "idempotency", TEXT_NONE, TEXT_NONE, &day);
}

struct text key_persons(struct arena *arena, struct text city, day_number day)
{
    return named(arena, city, "persons", TEXT_NONE, TEXT_NONE, &day);
}

struct text key_units(struct arena *arena, struct text city, struct text hall, struct text queue,
                      day_number day)
{
    return named(arena, city, "units", hall, queue, &day);
}

struct text key_reservations(struct arena *arena, struct text city, struct text hall,
                             day_number day)
{
    return named(arena, city, "reservations", hall, TEXT_NONE, &day);
}
