/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* Health codes that the authority pushes (健康码). The reserve function reads them in the same call
 * that allocates, so a code counts from the next booking on. */

enum health_code {
    HEALTH_GREEN = 'g',
    HEALTH_YELLOW = 'y',
    HEALTH_RED = 'r',
    HEALTH_UNKNOWN = 'u'
};

/* A code that says nothing of its end holds so long. */
enum { HEALTH_DAYS = 30 };
#define HEALTH_LIFETIME_MS (HEALTH_DAYS * INT64_C(86400000))

const char *health_code_name(enum health_code code);
/* "green", "yellow", "red"; false for others. */
bool health_code_parse(struct text name, enum health_code *code);

struct health_push {
    enum id_type id_type;
    struct text id_number; /* checked and normalised */
    enum health_code code;
    bool has_end; /* else it holds for HEALTH_DAYS */
    int64_t valid_until_ms;
};

/* Stores all of them at once. `status` is 0 or a negative store_status; never called from inside.
 */
void health_codes_push(struct city *city, const struct health_push *pushes, size_t count,
                       void (*callback)(void *owner, int status), void *owner);
