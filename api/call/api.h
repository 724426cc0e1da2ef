/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "access/tokens.h"
#include "api/call/client.h"
#include "api/call/metrics.h"
#include "slots/catalogue/cities.h"

/* What the calls of the API stand on: the store, the cities and tokens that this process holds in
 * memory, its screens and its figures. Whoever runs the process fills it and frees what it names.
 */
struct api {
    struct store *store;
    struct cities cities;
    struct tokens tokens;
    struct http_server *http; /* NULL until it serves */
    struct feeds *feeds;
    struct metrics *metrics;
    const struct proxies *trusted; /* whose X-Forwarded-For is believed */
    bool is_stopping;              /* each answer ends its connection */
};
