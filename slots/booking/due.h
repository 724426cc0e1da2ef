/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* What was to happen by now, of what stands in the city's key `due`: no-shows of a queue's day,
 * kept units that are for everyone from now on, draws, offers that lapse, units that come back. The
 * Functions that do it take what they have done out of the key themselves, so any number of workers
 * may look, and each thing is done once. */

/* `callback` gets 0 or a negative store_status, once and never from inside. What cannot be
 * understood is logged and taken out; what a Function could not do is logged and stays. */
void due_pass(struct city *city, void (*callback)(void *owner, int status), void *owner);
