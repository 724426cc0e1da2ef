/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/booking/reserve.h"
#include "slots/ledger/ledger_call.h"

/* The calls for what is more than a plain booking. Their records must have been made. */

/* All reservations of the order or none (visit.lua). */
void visit_send(struct reserve *reserve, ledger_callback *callback);
/* The order as an entry of its queue's draw (entries.lua). */
void visit_send_entry(struct reserve *reserve, ledger_callback *callback);

/* Takes over what the functions answered when they did it: sequences and evidence. */
void visit_take_sequences(struct reserve *reserve, const struct store_reply *reply);
void visit_take_entry(struct reserve *reserve, const struct store_reply *reply);
