/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "slots/days/draws.h"

/* A draw as JSON: what GET /v1/halls/{hall}/draws/{queue}/{date} answers, and what `jiaohao draw
 * verify` reads back. */

/* Appends the object. `list` names the hall, queue and day; a report of a drawn one must hold its
 * publication. */
void draw_json_append(struct buffer *json, const struct draw_list *list,
                      const struct draws_report *report, int64_t draws_at_ms,
                      int utc_offset_minutes);

/* Reads the object of a drawn one, strictly: each member must be there once, be known, and be as it
 * is printed above. Texts live in the arena. False when it is not, and `faults` then says what is
 * wrong, in English. */
bool draw_json_read(struct text json, struct arena *arena, struct draw_publication *publication,
                    struct json_faults *faults);
