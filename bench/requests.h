/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"

/* HTTP requests as bytes, made before the clock starts. */
struct requests {
    struct buffer bytes;
    size_t *ends; /* of each request in `bytes` */
    size_t count;
};

/* One GET; the run sends it again and again. `host` goes into the Host header. */
void requests_make_get(struct requests *requests, const char *host, const char *path);

/* What the bookings are made of. */
struct bookings {
    const char *host;
    const char *token;   /* bearer token of a gateway */
    const char *targets; /* file of lines `hall service date start`, one for each booking */
    bool same;           /* all bookings are for the first target */
    size_t first, count; /* persons: each index is another valid ID number, phone and key */
};

/* `count` POSTs of /v1/reservations. The targets are shuffled, always in the same way, and taken
 * from `first` on. False after an explanation on stderr: no such file, or too few lines. */
bool requests_make_bookings(struct requests *requests, const struct bookings *bookings);

struct text requests_at(const struct requests *requests, size_t index);
void requests_free(struct requests *requests);
