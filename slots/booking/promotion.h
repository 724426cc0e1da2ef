/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* Freed units go to the waitlist by the very call that frees them. Who was passed over then and may
 * have them by now (a health code that turned green, room under a limit) is found by this pass over
 * all queues of the open days in which somebody waits. Idempotent. */

/* Under the lease with this token, 0 for none (slots/ledger/ledger_call.h): what is left when the
 * lease was lost is not done. `callback` gets 0 or a negative store_status, once and never from
 * inside.
 */
void promotion_pass(struct city *city, int64_t token, void (*callback)(void *owner, int status),
                    void *owner);
