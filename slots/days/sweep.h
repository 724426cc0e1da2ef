/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* Forgets what is past in the city's hashes, a bounded part of one at a call. `*cursor` says where
 * the last call ended (0 at first): who sweeps keeps one for each hash, until the callback at
 * least. `callback` gets 0 or a negative store_status, never from inside. */

/* The index of persons: past days. */
void sweep_persons(struct city *city, int64_t *cursor, void (*callback)(void *owner, int status),
                   void *owner);

/* Health codes: those that have ended go, and those of an older version of the service, which say
 * nothing of their end, get one. */
void sweep_health_codes(struct city *city, int64_t *cursor,
                        void (*callback)(void *owner, int status), void *owner);
