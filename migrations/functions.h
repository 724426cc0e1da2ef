/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "migrations/migrate.h"

/* Loads the library of Functions when it is missing and drops old ones: the one that is needed and
 * the one that was needed before stay, so that two versions of the service can run side by side
 * during an upgrade. `dry_run` only says it. Arguments and result as migrate_run() has them. */
int functions_load(struct store *store, const struct migrate_library *library, bool dry_run,
                   struct buffer *report, struct buffer *error);
