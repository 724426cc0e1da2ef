/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* The steps of this version in their order, made at build time by migrations/embed.py. */
struct migration_step {
    struct text name;   /* "0001_store_format" */
    struct text sha256; /* of the file, in hex */
    struct text code;   /* Lua; KEYS 1 jiaohao:migrations, 2 jiaohao:meta */
};

extern const struct migration_step migration_steps[];
extern const size_t migration_step_count;
