/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "scheduler/floor.h"
#include "scheduler/window_calls.h"

/* Appends who waits in the hall although a window that called the next found nobody, for clients:
 * `[{"number","queue","window"?,"reason","text"},…]`, the text a sentence that says who alone calls
 * this one and what to do. */
void waiting_elsewhere_append_json(struct buffer *json, const struct hall *hall,
                                   const struct floor *floor, const struct window_result *result,
                                   bool english);
