/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* The Redis Functions of this version: the Lua files of slots/ and scheduler/ as one library. Its
 * name and the names of its functions end with a hash of its code, so two versions of the service
 * can run side by side during an upgrade. Made at build time by slots/ledger/embed.py. */
struct library {
    struct text name;
    struct text code;
    struct text reserve, prove, sweep, expire_health;
    struct text check_in, issue, end_day, window;
    struct text open_floors, lease, end_lease, begin_pass, fenced;
    struct text visit, cancel, reschedule, enter, leave, open_draw, draw, set_capacity, close,
        rebook, restore, reopen, offer, release, no_shows, excuse, pardon, promote, free_kept,
        count_day;
};
extern const struct library slots_library;
