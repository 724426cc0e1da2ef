/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static unsigned char pool[4096];
static size_t left;

static void refill(void)
{
    size_t done = 0;

    while (done < sizeof pool) {
        ssize_t got = getrandom(pool + done, sizeof pool - done, 0);
        if (got > 0)
            done += (size_t)got;
    }
    left = sizeof pool;
}

void random_fill(void *bytes, size_t count)
{
    unsigned char *target = bytes;

    while (count) {
        size_t part = count < left ? count : left;
        left -= part;
        memcpy(target, pool + left, part);
        memset(pool + left, 0, part); /* what was given out stands nowhere else */
        target += part;
        count -= part;
        if (!left)
            refill();
    }
}
