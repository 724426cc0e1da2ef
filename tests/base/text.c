/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "tests/leaks.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

Test(text, utf8_is_well_formed)
{
    static const struct text good[] = {
        TEXT(""),
        TEXT("plain"),
        TEXT("\x01\x7f"),
        TEXT("\xc2\x80"),              /* U+0080, the first of two bytes */
        TEXT("\xdf\xbf"),              /* U+07FF */
        TEXT("\xe0\xa0\x80"),          /* U+0800 */
        TEXT("\xed\x9f\xbf"),          /* U+D7FF, the last before the surrogates */
        TEXT("\xee\x80\x80"),          /* U+E000, the first behind them */
        TEXT("\xef\xbf\xbf"),          /* U+FFFF */
        TEXT("\xf0\x90\x80\x80"),      /* U+10000 */
        TEXT("\xf4\x8f\xbf\xbf"),      /* U+10FFFF */
        TEXT("张伟 \xf0\xa0\xae\xb7"), /* with a Han character beyond the first plane */
    };

    for (size_t i = 0; i < COUNT(good); i++)
        cr_expect(text_is_utf8(good[i]), "good[%zu]", i);
}

Test(text, utf8_is_malformed)
{
    static const struct text bad[] = {
        TEXT("\0"),
        TEXT("a\0b"),
        TEXT("\x80"), /* a continuation alone */
        TEXT("\xbf"),
        TEXT("\xc0\x80"),         /* overlong NUL */
        TEXT("\xc1\xbf"),         /* overlong U+007F */
        TEXT("\xe0\x9f\xbf"),     /* overlong U+07FF */
        TEXT("\xf0\x8f\xbf\xbf"), /* overlong U+FFFF */
        TEXT("\xed\xa0\x80"),     /* U+D800, a surrogate */
        TEXT("\xed\xbf\xbf"),     /* U+DFFF */
        TEXT("\xf4\x90\x80\x80"), /* U+110000 */
        TEXT("\xf5\x80\x80\x80"),
        TEXT("\xfe"),
        TEXT("\xff"),
        TEXT("\xe5\xbc"), /* cut short */
        TEXT("\xe5\xbc\xa0\xe4"),
        TEXT("\xe5 \xa0"), /* a hole */
        TEXT("\xf0\x90\x80"),
    };

    for (size_t i = 0; i < COUNT(bad); i++)
        cr_expect_not(text_is_utf8(bad[i]), "bad[%zu]", i);
}

Test(text, runes_are_read_one_by_one)
{
    struct text text = TEXT("a\xc3\xa9张\xf0\xa0\xae\xb7");
    static const uint32_t expected[] = {'a', 0xe9, 0x5f20, 0x20bb7};
    size_t offset = 0;

    cr_assert_eq(text_rune_count(text), COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++)
        cr_expect_eq(text_next_rune(text, &offset), expected[i], "rune %zu", i);
    cr_assert_eq(offset, text.length);
}

Test(text, split_gives_every_part_once)
{
    static const struct {
        struct text whole;
        struct text parts[4];
        size_t count;
    } cases[] = {
        {TEXT("a,b,c"), {TEXT("a"), TEXT("b"), TEXT("c")}, 3},
        {TEXT("a"), {TEXT("a")}, 1},
        {TEXT(""), {TEXT("")}, 1},
        {TEXT(","), {TEXT(""), TEXT("")}, 2},
        {TEXT(",a,"), {TEXT(""), TEXT("a"), TEXT("")}, 3},
        {TEXT_NONE, {TEXT_NONE}, 0},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text rest = cases[i].whole, part;
        size_t count = 0;
        while (count < 4 && text_split(&rest, ',', &part)) {
            cr_expect(text_equal(part, cases[i].parts[count]), "case %zu part %zu", i, count);
            count++;
        }
        cr_expect_eq(count, cases[i].count, "case %zu", i);
    }
}

Test(text, integers_are_digits_within_bounds)
{
    static const struct {
        struct text text;
        bool good;
        int64_t value;
    } cases[] = {
        {TEXT("0"), true, 0},
        {TEXT("007"), true, 7},
        {TEXT("-50"), true, -50},
        {TEXT("100"), true, 100},
        {TEXT("101"), false, 0},
        {TEXT("-51"), false, 0},
        {TEXT(""), false, 0},
        {TEXT("-"), false, 0},
        {TEXT("--1"), false, 0},
        {TEXT("+1"), false, 0},
        {TEXT(" 1"), false, 0},
        {TEXT("1 "), false, 0},
        {TEXT("1\0"), false, 0},
        {TEXT("0x1"), false, 0},
        {TEXT("1.0"), false, 0},
        {TEXT("99999999999999999999999999"), false, 0},
        {TEXT("18446744073709551617"), false, 0}, /* 1 beyond 64 bits */
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t value = 77;
        cr_expect_eq(text_to_integer(cases[i].text, -50, 100, &value), cases[i].good, "case %zu",
                     i);
        cr_expect_eq(value, cases[i].good ? cases[i].value : 77, "case %zu", i);
    }
}

Test(text, numbers_are_plain_decimals)
{
    static const struct text bad[] = {TEXT(""),    TEXT("-"),   TEXT("."),
                                      TEXT("1e5"), TEXT("inf"), TEXT("1.2.3"),
                                      TEXT("1\0"), TEXT("1,5"), TEXT("0x10")};
    double value = 0;

    cr_assert(text_to_number(TEXT("-113.19"), &value));
    cr_assert_float_eq(value, -113.19, 1e-12);
    cr_assert(text_to_number(text_part(TEXT("33.775"), 0, 5), &value));
    cr_assert_float_eq(value, 33.77, 1e-12, "reads no further than its text");
    for (size_t i = 0; i < COUNT(bad); i++)
        cr_expect_not(text_to_number(bad[i], &value), "bad[%zu]", i);
}

Test(text, parts_and_comparisons)
{
    struct text text = TEXT("Content-Type");

    cr_expect(text_is(text_part(text, 8, 100), "Type"));
    cr_expect_eq(text_part(text, 100, 5).length, 0);
    cr_expect_null(text_part(TEXT_NONE, 1, 1).data);
    cr_expect(text_equal_folded(text, TEXT("content-TYPE")));
    cr_expect_not(text_equal_folded(text, TEXT("content_type")));
    cr_expect_not(text_equal_folded(TEXT("@"), TEXT("`")), "only letters fold");
    cr_expect(text_starts_with(text, TEXT("Content")));
    cr_expect_not(text_starts_with(TEXT("Con"), TEXT("Content")));
    cr_expect(text_is(text_trim(TEXT(" \t a b\t ")), "a b"));
    cr_expect_eq(text_trim(TEXT(" \t")).length, 0);
    cr_expect_lt(text_compare(TEXT("a"), TEXT("ab")), 0);
    cr_expect_gt(text_compare(TEXT("\xff"), TEXT("a")), 0, "bytes are unsigned");
    cr_expect_eq(text_compare(TEXT_NONE, TEXT("")), 0);
    cr_expect_eq(text_hash(TEXT("foobar")), 0xbf9cf968u, "FNV-1a's published test value");
}
