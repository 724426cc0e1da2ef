/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/status.h"

static const char *const status_names[] = {
    [-STORE_OK] = "ok",         [-STORE_UNAVAILABLE] = "unavailable",
    [-STORE_BUSY] = "busy",     [-STORE_TIMEOUT] = "timeout",
    [-STORE_LOST] = "lost",     [-STORE_ERROR] = "error",
    [-STORE_CLOSED] = "closed",
};

const char *store_status_name(enum store_status status)
{
    size_t index = (size_t) - (int)status;

    return index < sizeof status_names / sizeof *status_names ? status_names[index] : "unknown";
}
