/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "migrations/functions.h"

/* Brings a store to this version: numbered steps (migrations/NNNN_what_changed.lua, run once by
 * EVAL and recorded with their time and SHA-256 in the hash jiaohao:migrations), then the library
 * of Functions, loaded when it is missing. Several processes may do it at once: each step is one
 * script that checks and records itself. */

/* Runs what is missing (`dry_run`: only says it). `report` gets one English line for each step run
 * or to run. Returns 0, negative store_status, or 1 with the reason in `error`: the store is newer
 * than this version, or a landed step was changed. Runs the loop. */
int migrate_run(struct store *store, const struct functions_library *library, bool dry_run,
                struct buffer *report, struct buffer *error);
