/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* What a client would rather have (RFC 9110, 12.5). */

/* The weight among a range's parameters ("q=0.5;…"), 1 when there is none. */
double accept_weight(struct text parameters);

/* True when Accept prefers one media type to the other: its weight is higher, or the same for a
 * range that names it more exactly. */
bool accept_prefers(struct text accept, struct text wanted, struct text other);
