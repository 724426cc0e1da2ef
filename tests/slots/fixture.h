/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/catalogue.h"

/* A small catalogue that uses every field: services `a` and `b`, package `p`, hall 410400-01 with
 * the queues A (services a) and B (b), hall 410402001-01 with only what is required. */
extern const char fixture_json[];

/* The day on which it is parsed: 2026-11-23. */
enum { FIXTURE_TODAY = 20780 };

/* A copy of `json` in which the first `old` is `new`; fails the test if there is none. The caller
 * frees it. */
char *fixture_replaced(const char *json, const char *old, const char *new);

/* The catalogue of `json` over `present`; fails the test, with the faults, if it is refused. */
struct catalogue *fixture_parse(const char *json, const struct catalogue *present);
