/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "program/heartbeat.h"

bool heartbeat_is_lost(struct heartbeat *heartbeat, uint64_t beats)
{
    if (!beats || beats != heartbeat->seen) {
        *heartbeat = (struct heartbeat){.seen = beats};
        return false;
    }
    if (++heartbeat->missed < HEARTBEATS_MISSED_MAX)
        return false;
    heartbeat->missed = 0;
    return true;
}
