/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/text.h"

/* One JSON object a line on stderr: {"time":…,"level":…,"event":…, fields…}. Events are named
 * `room.what-happened`. No personal data goes into a field: nobody passes it here. */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log_field {
    const char *name; /* NULL ends a list of fields */
    struct text text; /* a number when its data is NULL */
    int64_t number;
};

#define LOG_TEXT(name, value)    ((struct log_field){(name), (value), 0})
#define LOG_STRING(name, value)  ((struct log_field){(name), text_of(value), 0})
#define LOG_INTEGER(name, value) ((struct log_field){(name), TEXT_NONE, (value)})

/* Writes one line if `level` is at least the chosen one; `fields` ends with a NULL name. */
void log_write(enum log_level level, const char *event, const struct log_field *fields);

/* Sets the least level that is written, by its name; false if there is no such level. */
bool log_set_level(const char *name);

#define LOG_FIELDS(...)         ((struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.name = NULL}})
#define log_info(event, ...)    log_write(LOG_INFO, event, LOG_FIELDS(__VA_ARGS__))
#define log_warning(event, ...) log_write(LOG_WARNING, event, LOG_FIELDS(__VA_ARGS__))
#define log_error(event, ...)   log_write(LOG_ERROR, event, LOG_FIELDS(__VA_ARGS__))
