/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/catalogue.h"

/* Changing the catalogue that is stored: the document is read, changed, and written over the one
 * that was read. */

/* The document `json` with another `capacity` (JSON, as a catalogue file has it) of a queue, parsed
 * whole. NULL when it is not right: `faults` then holds each fault, its pointer into `capacity`;
 * none when the document itself is at fault or has no such queue. */
struct catalogue *catalogue_edit_capacity(struct text json, struct text hall, struct text queue,
                                          struct text capacity, struct json_faults *faults);

/* The command that stores `json` if the stored document is still `present` (empty: none), raises
 * the plan's version, since what was computed from the former catalogue is no longer right, and
 * tells every worker by an event. Its reply is 1, or 0 when another document stands there. The
 * arguments point into the arena and to the texts given. */
enum { CATALOGUE_REPLACE_ARGS = 8 };
void catalogue_replace_args(struct arena *arena, struct text city, struct text present,
                            struct text json, struct text args[CATALOGUE_REPLACE_ARGS]);
