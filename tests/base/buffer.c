/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include "tests/leaks.h"

#define REPLACEMENT "\xef\xbf\xbd"

static const struct {
    struct text text;
    const char *json;
} escapes[] = {
    {TEXT(""), "\"\""},
    {TEXT_NONE, "\"\""},
    {TEXT("plain"), "\"plain\""},
    {TEXT("a\"b\\c/"), "\"a\\\"b\\\\c/\""},
    {TEXT("\b\t\n\f\r"), "\"\\b\\t\\n\\f\\r\""},
    {TEXT("\x01\x0b\x1f\x7f"), "\"\\u0001\\u000b\\u001f\x7f\""},
    {TEXT("张伟"), "\"张伟\""},
    {TEXT("\xf0\xa0\xae\xb7"), "\"\xf0\xa0\xae\xb7\""},
    {TEXT("a\0b"), "\"a\\u0000b\""},
    {TEXT("\xff"), "\"" REPLACEMENT "\""},
    {TEXT("a\xc0\x80z"), "\"a" REPLACEMENT REPLACEMENT "z\""},
    {TEXT("张\xe5\xbc"), "\"张" REPLACEMENT REPLACEMENT "\""},
    {TEXT("\xed\xa0\x80\""), "\"" REPLACEMENT REPLACEMENT REPLACEMENT "\\\"\""},
    {TEXT("\xff\0\n伟"), "\"" REPLACEMENT "\\u0000\\n伟\""},
};

Test(buffer, json_strings_are_valid_whatever_comes_in)
{
    struct buffer buffer = {0};

    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        buffer_clear(&buffer);
        buffer_append_json(&buffer, escapes[i].text);
        cr_expect(text_is(buffer_text(&buffer), escapes[i].json), "%zu: " TEXT_FMT, i,
                  TEXT_ARG(buffer_text(&buffer)));
    }
    buffer_free(&buffer);
    assert_no_leaks();
}

Test(buffer, every_pair_of_bytes_gives_utf8)
{
    struct buffer buffer = {0};

    for (unsigned pair = 0; pair < 0x10000; pair++) {
        char bytes[2] = {(char)(pair >> 8), (char)pair};
        buffer_clear(&buffer);
        buffer_append_json(&buffer, text_bytes(bytes, 2));
        cr_assert(text_is_utf8(buffer_text(&buffer)), "%04x", pair);
        cr_assert_geq(buffer.length, 3, "%04x", pair);
    }
    buffer_free(&buffer);
    assert_no_leaks();
}

Test(buffer, integers_of_any_size)
{
    struct buffer buffer = {0};

    buffer_append_integer(&buffer, 0);
    buffer_append_byte(&buffer, ' ');
    buffer_append_integer(&buffer, INT64_MIN);
    buffer_append_byte(&buffer, ' ');
    buffer_append_integer(&buffer, INT64_MAX);
    cr_expect(text_is(buffer_text(&buffer), "0 -9223372036854775808 9223372036854775807"));
    buffer_free(&buffer);
    assert_no_leaks();
}

Test(buffer, grows_and_keeps_what_it_has)
{
    struct buffer buffer = {0};

    for (int i = 0; i < 1000; i++)
        buffer_printf(&buffer, "%04d %s\n", i, "0123456789012345678901234567890123456789");
    cr_assert_eq(buffer.length, 46000);
    for (int i = 0; i < 1000; i++) {
        int64_t line;
        cr_assert(
            text_to_integer(text_part(buffer_text(&buffer), (size_t)i * 46, 4), 0, 999, &line));
        cr_assert_eq(line, i);
    }
    buffer_free(&buffer);
    cr_assert_null(buffer.data);
    assert_no_leaks();
}

/* vsnprintf() needs a byte more than it leaves: the edge where the text just fits. */
Test(buffer, prints_at_the_edge_of_its_capacity)
{
    for (int width = 250; width < 262; width++) {
        struct buffer buffer = {0};
        buffer_reserve(&buffer, 1);
        buffer_printf(&buffer, "%*d", width, 7);
        cr_assert_eq(buffer.length, width);
        cr_assert_eq(buffer.data[width - 1], '7');
        buffer_free(&buffer);
    }
    assert_no_leaks();
}

Test(buffer, consume_drops_the_front)
{
    struct buffer buffer = {0};

    buffer_append(&buffer, TEXT("abcdef"));
    buffer_consume(&buffer, 2);
    cr_expect(text_is(buffer_text(&buffer), "cdef"));
    buffer_consume(&buffer, 4);
    cr_expect_eq(buffer.length, 0);
    buffer_append(&buffer, TEXT("x"));
    buffer_consume(&buffer, 100);
    cr_expect_eq(buffer.length, 0);
    buffer_free(&buffer);
    assert_no_leaks();
}
