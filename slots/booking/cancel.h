/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/ledger/amend.h"

/* Giving a booked reservation back, a package with all its steps, or leaving a draw. The units are
 * free again, atomically: for who waits first, and where the queue has a `resale_delay` for
 * everyone after a random part of it. `by_person`: it counts among the cancellations of the month.
 * `reach` is copied. */
void cancel_reservation(struct city *city, const struct reservation_id *id,
                        const struct reach *reach, bool by_person, amend_callback *callback,
                        void *owner);
