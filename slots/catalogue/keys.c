/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/keys.h"

static struct text named(struct arena *arena, struct text city, const char *kind,
                         const day_number *day)
{
    struct buffer key = {0};

    buffer_append_byte(&key, '{');
    buffer_append(&key, city);
    buffer_append(&key, TEXT("}:"));
    buffer_append(&key, text_of(kind));
    if (day) {
        buffer_append_byte(&key, ':');
        calendar_append_compact_date(&key, *day);
    }
    return buffer_to_arena(&key, arena);
}

struct text key_catalogue(struct arena *arena, struct text city)
{
    return named(arena, city, "catalogue", NULL);
}

struct text key_events(struct arena *arena, struct text city)
{
    return named(arena, city, "events", NULL);
}

struct text key_health(struct arena *arena, struct text city)
{
    return named(arena, city, "health", NULL);
}

struct text key_idempotency(struct arena *arena, struct text city, day_number day)
{
    return named(arena, city, "idempotency", &day);
}

struct text key_persons(struct arena *arena, struct text city)
{
    return named(arena, city, "persons", NULL);
}

struct text key_persons_from(struct arena *arena, struct text city)
{
    return named(arena, city, "persons_from", NULL);
}

struct text key_units(struct arena *arena, struct text city, day_number day)
{
    return named(arena, city, "units", &day);
}

struct text key_reservations(struct arena *arena, struct text city, day_number day)
{
    return named(arena, city, "reservations", &day);
}

struct text key_entries(struct arena *arena, struct text city, day_number day)
{
    return named(arena, city, "entries", &day);
}

struct text key_waiting(struct arena *arena, struct text city, day_number day)
{
    return named(arena, city, "waiting", &day);
}

struct text key_due(struct arena *arena, struct text city)
{
    return named(arena, city, "due", NULL);
}

struct text key_plan(struct arena *arena, struct text city)
{
    return named(arena, city, "plan", NULL);
}

struct text key_agents(struct arena *arena, struct text city, day_number day)
{
    return named(arena, city, "agents", &day);
}

struct text key_calendar_warning(struct arena *arena, struct text city, day_number day)
{
    return named(arena, city, "calendar_warning", &day);
}

struct text key_tickets(struct arena *arena, struct text city, day_number day)
{
    return named(arena, city, "tickets", &day);
}

struct text key_windows(struct arena *arena, struct text city, day_number day)
{
    return named(arena, city, "windows", &day);
}

static struct text of_hall(struct arena *arena, struct text key, struct text hall)
{
    struct buffer longer = {0};

    buffer_append(&longer, key);
    buffer_append_byte(&longer, ':');
    buffer_append(&longer, hall);
    return buffer_to_arena(&longer, arena);
}

struct text key_line(struct arena *arena, struct text city, day_number day, struct text hall)
{
    return of_hall(arena, named(arena, city, "line", &day), hall);
}

struct text key_calls(struct arena *arena, struct text city, day_number day, struct text hall)
{
    return of_hall(arena, named(arena, city, "calls", &day), hall);
}

struct text key_lease(struct arena *arena, struct text city)
{
    return named(arena, city, "lease", NULL);
}

struct text key_lease_token(struct arena *arena, struct text city)
{
    return named(arena, city, "lease_token", NULL);
}

struct text key_passes(struct arena *arena, struct text city)
{
    return named(arena, city, "passes", NULL);
}

struct text key_days_ended(struct arena *arena, struct text city)
{
    return named(arena, city, "days_ended", NULL);
}

void key_append_queue(struct buffer *field, struct text hall, struct text queue)
{
    buffer_append(field, hall);
    buffer_append_byte(field, ' ');
    buffer_append(field, queue);
    buffer_append_byte(field, ' ');
}
