/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"

static const char *const level_names[] = {"debug", "info", "warning", "error"};
static enum log_level least = LOG_INFO;

bool log_set_level(const char *name)
{
    for (int level = LOG_DEBUG; level <= LOG_ERROR; level++)
        if (strcmp(level_names[level], name) == 0)
            return least = level, true;
    return false;
}

static void append_time(struct buffer *line)
{
    int64_t now_ms = clock_now_ms();
    time_t seconds = now_ms / 1000;
    struct tm utc;

    gmtime_r(&seconds, &utc);
    buffer_printf(line, "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", utc.tm_year + 1900,
                  utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                  (int)(now_ms % 1000));
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    struct buffer line = {0};
    ssize_t ignored;

    if (level < least)
        return;
    append_time(&line);
    buffer_printf(&line, ",\"level\":\"%s\",\"event\":\"%s\"", level_names[level], event);
    for (; fields->name; fields++) {
        buffer_printf(&line, ",\"%s\":", fields->name);
        if (fields->text.data)
            buffer_append_json(&line, fields->text);
        else
            buffer_append_integer(&line, fields->number);
    }
    buffer_append(&line, TEXT("}\n"));
    /* One write a line keeps lines of several workers whole; a closed stderr must not end us. */
    ignored = write(STDERR_FILENO, line.data, line.length);
    (void)ignored;
    buffer_free(&line);
}
