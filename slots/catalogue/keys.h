/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "base/memory.h"
#include "slots/catalogue/calendar.h"

/* The names of the keys of a city in Redis: here and in docs/keys.md, nowhere else. All keys of a
 * city carry its hash tag, so that they live in one hash slot. The texts live in the arena. */

struct text key_catalogue(struct arena *arena, struct text city);
struct text key_events(struct arena *arena, struct text city);
struct text key_health(struct arena *arena, struct text city);
/* Idempotency keys of the requests that were accepted on a day. */
struct text key_idempotency(struct arena *arena, struct text city, day_number day);
/* Live reservations by person. */
struct text key_persons(struct arena *arena, struct text city);
/* The day from which on the index of persons is whole: what is before may have been swept. */
struct text key_persons_from(struct arena *arena, struct text city);
/* The inventories of a day. */
struct text key_units(struct arena *arena, struct text city, day_number day);
/* The reservations of a day. */
struct text key_reservations(struct arena *arena, struct text city, day_number day);

/* Entries of the waitlists and draws of a day, and who waits, in order. */
struct text key_entries(struct arena *arena, struct text city, day_number day);
struct text key_waiting(struct arena *arena, struct text city, day_number day);
/* What happens at which second. */
struct text key_due(struct arena *arena, struct text city);
/* What admins decided for days: overrides of capacity, closures. */
struct text key_plan(struct arena *arena, struct text city);
/* Reservations that agents made on a day. */
struct text key_agents(struct arena *arena, struct text city, day_number day);

/* Stands once somebody was warned on that day that the coming year's holidays are missing. */
struct text key_calendar_warning(struct arena *arena, struct text city, day_number day);

/* Tickets and windows of a day, who waits in a hall, and the hall's ledger of calls. */
struct text key_tickets(struct arena *arena, struct text city, day_number day);
struct text key_windows(struct arena *arena, struct text city, day_number day);
struct text key_line(struct arena *arena, struct text city, day_number day, struct text hall);
struct text key_calls(struct arena *arena, struct text city, day_number day, struct text hall);

/* Who does the city's passes (scheduler/lease.h), the last token given, and the minute in which
 * each pass was begun. */
struct text key_lease(struct arena *arena, struct text city);
struct text key_lease_token(struct arena *arena, struct text city);
struct text key_passes(struct arena *arena, struct text city);
/* The day up to which every hall's day was ended (scheduler/day_end.h). */
struct text key_days_ended(struct arena *arena, struct text city);

/* Fields of these begin with the queue: "HALL QUEUE ". */
void key_append_queue(struct buffer *field, struct text hall, struct text queue);

/* Keys that belong to no city. */
#define KEY_CITIES TEXT("jiaohao:cities")
