/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "store/store.h"

/* The library of Functions that this version needs. */
struct functions_library {
    struct text name, code;
};

/* Loads the library of Functions when it is missing and drops old ones: the one that is needed and
 * the one that was needed before stay, so that two versions of the service can run side by side
 * during an upgrade. `dry_run` only says it. `report` gets one English line for each library loaded
 * or dropped, or to be so. Returns 0 or a negative store_status, with what Redis says in `error`.
 * Runs the loop. */
int functions_load(struct store *store, const struct functions_library *library, bool dry_run,
                   struct buffer *report, struct buffer *error);
