/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* Makes the index of persons forget past days. Each call looks at a bounded part and goes on where
 * the last one ended. `callback` gets 0 or a negative store_status, never from inside. */
void persons_sweep(struct city *city, void (*callback)(void *owner, int status), void *owner);
