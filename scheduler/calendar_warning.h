/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* The State Council names a year's holidays in the autumn before; until a city has loaded them, the
 * first working days of the year would be released as if nobody had a day off. */

/* The coming year when `today` is one of the 30 days before it and the calendar has no holiday of
 * it yet; else 0. */
int calendar_warning_year(const struct calendar *calendar, day_number today);

/* Warns in the log, once a day and city whatever the number of workers. `callback` gets 0 or a
 * negative store_status, from inside when there is nothing to warn of. */
void calendar_warning_pass(struct city *city, void (*callback)(void *owner, int status),
                           void *owner);
