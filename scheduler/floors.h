/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "scheduler/floor.h"
#include "scheduler/floor_past.h"
#include "slots/catalogue/city.h"

/* The floors of a city's halls: read from Redis when the city is, or when a day begins, and kept by
 * its event stream and by what this worker's own calls answered. */

/* Gives the city its floors, which are empty until they are loaded. They go with floors_close(),
 * before the city. */
void floors_open(struct city *city);
void floors_close(struct city *city);

/* Reads tickets and windows of today. `callback` (may be NULL) gets 0 or a negative store_status,
 * which leaves the floors as they were; never from inside. */
void floors_load(struct city *city, void (*callback)(void *owner, int status), void *owner);

/* An entry of the city's stream (store_entry_callback's arguments), after city_apply_entry():
 * applies its changes and tells each of them to who listens. */
void floors_apply_entry(struct city *city, struct text id, const struct store_reply *fields);

/* The floor of a hall, today's, with every change up to city.position and perhaps newer ones; made
 * when the hall had none, so that one can listen to it. NULL only for an unknown hall of the city's
 * edition and when the city has no floors. */
struct floor *floors_hall(struct city *city, struct text hall);

/* What the city's stream told of floors before now; of a city that has floors. */
struct floor_past *floors_past(struct city *city);

/* A job of scheduler/timers: begins a day when it has come, reads again what could not be read.
 * `callback` gets 0, perhaps from inside.
 */
void floors_pass(struct city *city, void (*callback)(void *owner, int status), void *owner);
