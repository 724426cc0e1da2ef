/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "slots/calendar.h"

/* The names of the keys of a city in Redis: here and in docs/keys.md, nowhere else. All keys of a
 * city carry its hash tag, so that they live in one hash slot. The texts live in the arena. */

struct text key_catalogue(struct arena *arena, struct text city);
struct text key_events(struct arena *arena, struct text city);
struct text key_health(struct arena *arena, struct text city);
/* Idempotency keys of the requests that were accepted on a day. */
struct text key_idempotency(struct arena *arena, struct text city, day_number day);
/* Live reservations by person, of one day. */
struct text key_persons(struct arena *arena, struct text city, day_number day);
/* The inventory of a queue on a day. */
struct text key_units(struct arena *arena, struct text city, struct text hall, struct text queue,
                      day_number day);
/* The reservations of a hall on a day. */
struct text key_reservations(struct arena *arena, struct text city, struct text hall,
                             day_number day);

/* Keys that belong to no city. */
#define KEY_CITIES TEXT("jiaohao:cities")
