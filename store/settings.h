/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "store/store.h"

/* Reads the settings on which the promises of the service stand (version >= 7.0, appendonly yes,
 * appendfsync always, no-appendfsync-on-rewrite no, maxmemory-policy noeviction; role master) and
 * compares. Returns the number of settings that are weaker; `faults` gets one English line for
 * each: what it is, what it must be and the command that mends it. Negative (enum store_status)
 * when they cannot be read. Runs the loop. */
int store_check_settings(struct store *store, struct buffer *faults);

/* The value of the line `name:value` of what INFO answers; no data when there is none. */
struct text store_info_field(struct text info, const char *name);
