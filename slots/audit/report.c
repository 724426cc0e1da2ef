/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "slots/audit/parts.h"

enum { LINES_MAX = 1000 };

void audit_breach(struct audit *audit, unsigned invariant, struct text key, const char *format, ...)
{
    struct buffer *lines = &audit->lines[invariant];
    va_list args;

    if (++audit->breaches[invariant] > LINES_MAX)
        return;
    buffer_printf(lines, "%u " TEXT_FMT ": ", invariant, TEXT_ARG(key));
    va_start(args, format);
    buffer_vprintf(lines, format, args);
    va_end(args);
    buffer_append_byte(lines, '\n');
}

void audit_day_tell_malformed(struct audit_day *day, struct text key)
{
    audit_names_settle(&day->malformed);
    for (size_t i = 0; i < day->malformed.count; i++)
        audit_breach(day->audit, AUDIT_RECORD, key, "the field " TEXT_FMT " is malformed",
                     TEXT_ARG(day->malformed.items[i]));
    day->malformed.count = 0;
}

int audit_report(struct audit *audit, struct buffer *report)
{
    uint64_t breaches = 0;

    for (unsigned i = 0; i < AUDIT_INVARIANTS; i++) {
        buffer_append(report, buffer_text(&audit->lines[i]));
        buffer_free(&audit->lines[i]);
        if (audit->breaches[i] > LINES_MAX)
            buffer_printf(report, "%u and %" PRIu64 " more\n", i, audit->breaches[i] - LINES_MAX);
        breaches += audit->breaches[i];
    }
    return breaches > INT32_MAX ? INT32_MAX : (int)breaches;
}
