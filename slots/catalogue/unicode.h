/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "slots/catalogue/unicode_table.h"

/* Looking into the sets of slots/catalogue/unicode_table.h. */

static inline bool unicode_is_in(const struct unicode_range *ranges, size_t count, uint32_t rune)
{
    for (size_t i = 0; i < count; i++)
        if (rune <= ranges[i].last)
            return rune >= ranges[i].first;
    return false;
}
#define UNICODE_IS_IN(set, rune) unicode_is_in(set, sizeof(set) / sizeof *(set), rune)

/* A full-width form (U+FF01 to U+FF5E, as wide as a Han character) as the ASCII character that it
 * is a form of; others as they are. */
static inline uint32_t unicode_narrow(uint32_t rune)
{
    return rune >= 0xff01 && rune <= 0xff5e ? rune - 0xfee0 : rune;
}
