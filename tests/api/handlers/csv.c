/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/handlers/csv.h"

#include "tests/leaks.h"

/* The fields are quoted where RFC 4180 (2.5 to 2.7) wants it, and nowhere else. */
Test(csv, fields_are_quoted_where_they_must_be)
{
    static const struct {
        const char *field, *written;
    } cases[] = {
        {"", ""},
        {"410400-01", "410400-01"},
        {"不动产 转移", "不动产 转移"},
        {"a,b", "\"a,b\""},
        {"say \"yes\"", "\"say \"\"yes\"\"\""},
        {"\"", "\"\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {"two\rlines", "\"two\rlines\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer csv = {0}, expected = {0};
        csv_append(&csv, text_of(cases[i].field));
        csv_end_row(&csv);
        buffer_append(&expected, text_of(cases[i].written));
        buffer_append(&expected, TEXT("\r\n"));
        cr_expect(text_equal(buffer_text(&csv), buffer_text(&expected)), "case %zu: %.*s", i,
                  TEXT_ARG(buffer_text(&csv)));
        buffer_free(&csv);
        buffer_free(&expected);
    }
    assert_no_leaks();
}

Test(csv, rows_end_with_crlf_and_empty_fields_keep_their_place)
{
    struct buffer csv = {0};

    csv_append(&csv, TEXT_NONE);
    csv_append_integer(&csv, 0);
    csv_append(&csv, TEXT_NONE);
    csv_end_row(&csv);
    csv_append_integer(&csv, UINT32_MAX);
    csv_append(&csv, TEXT("b"));
    csv_end_row(&csv);
    cr_expect(text_is(buffer_text(&csv), ",0,\r\n4294967295,b\r\n"), TEXT_FMT,
              TEXT_ARG(buffer_text(&csv)));
    buffer_free(&csv);
    assert_no_leaks();
}
