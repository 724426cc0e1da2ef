/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/handlers/csv.h"

static bool is_special(char c)
{
    return c == ',' || c == '"' || c == '\r' || c == '\n';
}

static bool needs_quotes(struct text field)
{
    for (size_t i = 0; i < field.length; i++)
        if (is_special(field.data[i]))
            return true;
    return false;
}

static void append_quoted(struct buffer *csv, struct text field)
{
    buffer_append_byte(csv, '"');
    for (size_t i = 0; i < field.length; i++) {
        if (field.data[i] == '"')
            buffer_append_byte(csv, '"');
        buffer_append_byte(csv, field.data[i]);
    }
    buffer_append_byte(csv, '"');
}

void csv_append(struct buffer *csv, struct text field)
{
    if (needs_quotes(field))
        append_quoted(csv, field);
    else
        buffer_append(csv, field);
    buffer_append_byte(csv, ',');
}

void csv_append_integer(struct buffer *csv, uint64_t value)
{
    buffer_append_integer(csv, (int64_t)value);
    buffer_append_byte(csv, ',');
}

void csv_end_row(struct buffer *csv)
{
    csv->length--; /* the comma behind the last field */
    buffer_append(csv, TEXT("\r\n"));
}
