/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* Forgets what the plan says of days whose reservations are no longer kept, a part at a call. It
 * tells of no capacity that anybody asks for, so the plan's version stays. `callback` is called
 * once with 0 or a negative store_status, from inside when there is nothing to forget. */
void plan_sweep(struct city *city, void (*callback)(void *owner, int status), void *owner);
