/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* The end of a hall's day 日终: whoever waits, is parked or was missed lapses, with the reservation
 * behind the ticket, and windows close. Whoever is called or served stays at the window, also over
 * midnight, until the clerk ends it, or opens the window on the next day hours later, or that day
 * has ended, too: then the service was done. What the tickets tell stays until the day's keys go.
 */

enum { DAY_END_MINUTES = 60 };

/* Whether the day of a hall is over: an hour after its last opening range and after the last work
 * at a window (`worked_ms`, 0: none), so that nobody lapses who is served behind closing time
 * 延时服务; on a day without opening ranges, and at the latest, when the next has begun. */
bool day_end_is_over(const struct catalogue *catalogue, const struct hall *hall, day_number day,
                     int64_t worked_ms, int64_t now_ms);

/* Ends the day of every hall where it is over and something is to end: of today's as the floors in
 * memory tell; of days before, from the last that was ended everywhere, as Redis tells. Under the
 * lease with this token. `callback` gets 0 or a negative store_status, once and never from inside.
 */
void day_end_pass(struct city *city, int64_t token, void (*callback)(void *owner, int status),
                  void *owner);
