/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* The Redis Functions of this version: the Lua files of slots/functions as one library. Its name
 * and the names of its functions end with a hash of its code, so two versions of the service can
 * run side by side during an upgrade. Made at build time by slots/functions/embed.py. */
struct library {
    struct text name;
    struct text code;
    struct text reserve, set_capacity, cancel, prove, sweep;
};
extern const struct library slots_library;
