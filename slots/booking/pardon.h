/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/ledger/amend.h"

/* A record keeps the reason behind one byte of length. */
enum { PARDON_REASON_BYTES_MAX = 255 };

/* Pardons a no-show: it stays one, with the reason, but counts no more, and a suspension that it
 * led to ends. REFUSAL_STATE when it is none, or was pardoned before. `reach` is copied. */
void pardon_reservation(struct city *city, const struct reservation_id *id,
                        const struct reach *reach, struct text reason, amend_callback *callback,
                        void *owner);
