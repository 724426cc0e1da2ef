/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/status.h"

#include "base/clock.h"
#include "base/log.h"

enum { LOG_EVERY_MS = 1000 };

static const char *const status_names[] = {
    [-STORE_OK] = "ok",
    [-STORE_UNAVAILABLE] = "unavailable",
    [-STORE_BUSY] = "busy",
    [-STORE_TIMEOUT] = "timeout",
    [-STORE_LOST] = "lost",
    [-STORE_ERROR] = "error",
    [-STORE_CLOSED] = "closed",
    [-STORE_STRANGE] = "strange",
    [-STORE_UNSETTLED] = "unsettled",
};

const char *store_status_name(enum store_status status)
{
    size_t index = (size_t) - (int)status;

    return index < sizeof status_names / sizeof *status_names ? status_names[index] : "unknown";
}

enum store_status store_found(enum store_status status, const char *file, int line,
                              const char *step)
{
    static int64_t logged_ms, count;
    int64_t now_ms = clock_monotonic_ms();

    count++;
    if (logged_ms && now_ms - logged_ms < LOG_EVERY_MS)
        return status;
    log_error("store.found", LOG_STRING("status", store_status_name(status)),
              LOG_STRING("file", file), LOG_INTEGER("line", line), LOG_STRING("step", step),
              LOG_INTEGER("count", count));
    logged_ms = now_ms;
    count = 0;
    return status;
}

bool store_status_is_lasting(int status)
{
    return status == STORE_ERROR || status == STORE_STRANGE || status == STORE_UNSETTLED;
}
