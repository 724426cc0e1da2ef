/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call/call.h"
#include "slots/ledger/reach.h"

/* Who makes a call, and what of its city is his. */

/* Takes the token of the bearer's text, or of the Authorization header where it has no data, into
 * the call; false when it is none, or has expired. For routes that are anyone's at times. */
bool caller_identify(struct call *call, struct text bearer);

/* Who books, as a record names a gateway; empty for other roles. */
struct text caller_booker(const struct call *call);

/* Which reservations of its city the call may read and change: a gateway what it booked, the
 * staff and screens of a hall what is that hall's affair. The texts are the call's. */
struct reach caller_reach(const struct call *call);
