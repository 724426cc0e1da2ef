/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/displays/event_id.h"

#include "tests/leaks.h"

Test(event_id, what_is_written_is_read)
{
    static const char *const ids[] = {
        "1700000000000-0.2@20261123",
        "1700000000000-17@20261123",
        "0-0@20260101",
        "999999999999999999-999999999999999999.4294967294@20991231",
    };

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct buffer written = {0};
        struct event_id id;
        cr_assert(event_id_parse(text_of(ids[i]), &id), "%s", ids[i]);
        event_id_append(&written, &id);
        cr_expect(text_is(buffer_text(&written), ids[i]), TEXT_FMT,
                  TEXT_ARG(buffer_text(&written)));
        buffer_free(&written);
    }
    assert_no_leaks();
}

Test(event_id, without_a_day)
{
    struct event_id id;

    cr_assert(event_id_parse(TEXT("1700000000000-3.4"), &id));
    cr_expect(id.entry.ms == 1700000000000 && id.entry.number == 3 && id.index == 4 && id.day == 0);
    cr_assert(event_id_parse(TEXT("1700000000000-3"), &id));
    cr_expect_eq(id.index, EVENT_WHOLE);
}

Test(event_id, anything_else_is_none)
{
    static const char *const texts[] = {
        "",
        "abc",
        "-",
        "1",
        "1-",
        "-1",
        "1-1.",
        "1-1.x",
        "1-1@",
        "1-1@2026",
        "1-1@20261301",
        "1-1.4294967295",
        "1.1-1",
        "1-1.1.1",
        "1-1-1",
        "+1-1",
        " 1-1",
        "99999999999999999999-1",
        "1-1@20261123@20261123",
        "1-1@20261123.1",
    };
    struct event_id id;

    cr_expect_not(event_id_parse(TEXT_NONE, &id));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_expect_not(event_id_parse(text_of(texts[i]), &id), "%s", texts[i]);
}

/* By entry, by index, a whole entry behind all of its events. */
Test(event_id, order)
{
    static const char *const rising[] = {
        "9-9.9@20261123", "10-0.0@20261123", "10-0.1@20261123",  "10-0.10@20261123",
        "10-0@20261123",  "10-1.0@20261123", "10-10.0@20261123", "11-0@20261123",
    };
    enum { COUNT = sizeof rising / sizeof *rising };
    struct event_id ids[COUNT];

    for (int i = 0; i < COUNT; i++)
        cr_assert(event_id_parse(text_of(rising[i]), &ids[i]));
    for (int a = 0; a < COUNT; a++)
        for (int b = 0; b < COUNT; b++) {
            int order = event_id_compare(&ids[a], &ids[b]);
            cr_expect_eq((order > 0) - (order < 0), (a > b) - (a < b), "%s, %s", rising[a],
                         rising[b]);
        }
}
