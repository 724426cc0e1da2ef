/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/city.h"

/* Freed units go to the waitlist by the very call that frees them. Who was passed over then and may
 * have them by now (a health code that turned green, room under a limit) is found by this pass over
 * all queues of the open days in which somebody waits. Idempotent. */

/* `callback` gets 0 or a negative store_status, once and never from inside. */
void promotion_pass(struct city *city, void (*callback)(void *owner, int status), void *owner);
