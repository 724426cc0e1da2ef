/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* Milliseconds since 1970-01-01T00:00:00Z, moved by clock_set_offset(); all rules use this one. */
int64_t clock_now_ms(void);

/* Milliseconds that never jump, for time-outs and measurements. */
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);

/* Moves clock_now_ms() by `offset_ms`, for rehearsals and tests (`--now`). */
void clock_set_offset(int64_t offset_ms);
int64_t clock_offset(void);
