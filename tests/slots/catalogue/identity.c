/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/id_document.h"

#include <string.h>

#include "tests/leaks.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char valid[] = "11010519491231002X"; /* the example of GB 11643-1999 */

static day_number day_of(const char *date)
{
    day_number day = 0;

    cr_assert(calendar_parse_date(text_of(date), &day));
    return day;
}

static enum identity_outcome check(const char *id_number, char normalised[IDENTITY_ID_LENGTH])
{
    size_t length;

    return id_document_check(ID_CARD, text_of(id_number), day_of("2026-11-23"), normalised,
                             &length);
}

Test(identity, the_standards_example_is_valid)
{
    char normalised[IDENTITY_ID_LENGTH];

    cr_expect_eq(check(valid, normalised), IDENTITY_OK);
    cr_expect(text_is(text_bytes(normalised, sizeof normalised), valid));
    cr_expect_eq(check("11010519491231002x", normalised), IDENTITY_OK);
    cr_expect(text_is(text_bytes(normalised, sizeof normalised), valid));
}

/* MOD 11-2 finds every single wrong character; other rules may find it first. */
Test(identity, no_changed_character_is_valid)
{
    char normalised[IDENTITY_ID_LENGTH], changed[sizeof valid];
    unsigned by_check_digit = 0;

    for (size_t at = 0; at < IDENTITY_ID_LENGTH; at++)
        for (const char *digit = "0123456789X"; *digit; digit++) {
            enum identity_outcome outcome;
            memcpy(changed, valid, sizeof valid);
            if (changed[at] == *digit)
                continue;
            changed[at] = *digit;
            outcome = check(changed, normalised);
            cr_expect_neq(outcome, IDENTITY_OK, "%s", changed);
            by_check_digit += outcome == IDENTITY_CHECK_DIGIT;
        }
    cr_expect_gt(by_check_digit, 80);
}

Test(identity, each_rule_of_the_number_has_its_outcome)
{
    static const struct {
        const char *id_number;
        enum identity_outcome outcome;
    } cases[] = {
        {"", IDENTITY_LENGTH},
        {"110105491231002", IDENTITY_LENGTH}, /* the 15 digits of before 1999 */
        {"11010519491231002X0", IDENTITY_LENGTH},
        {"1101051949123100XX", IDENTITY_CHARACTERS},
        {"11010519491231 02X", IDENTITY_CHARACTERS},
        {"11010519491231002Y", IDENTITY_CHARACTERS},
        {"1101051949123100\xe4\xba\x8cX", IDENTITY_CHARACTERS}, /* 二 */
        {"01010519491231002X", IDENTITY_REGION},
        {"91010519491231002X", IDENTITY_REGION},
        {"11010519490229002X", IDENTITY_BIRTH_DATE},
        {"11010518991231002X", IDENTITY_BIRTH_DATE},
        {"11010520261124002X", IDENTITY_BIRTH_DATE}, /* tomorrow */
        {"110105194912310020", IDENTITY_CHECK_DIGIT},
        {"410402200002290011", IDENTITY_OK},
        {"810000199408230021", IDENTITY_OK}, /* a Hong Kong resident's permit */
    };
    char normalised[IDENTITY_ID_LENGTH];

    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_eq(check(cases[i].id_number, normalised), cases[i].outcome, "%s is %d",
                     cases[i].id_number, check(cases[i].id_number, normalised));
}

Test(identity, a_child_of_today_is_born)
{
    char normalised[IDENTITY_ID_LENGTH];
    day_number today = day_of("2026-11-23");
    size_t length;
    struct text child = TEXT("410402202611230013");

    cr_expect_eq(id_document_check(ID_CARD, child, today, normalised, &length), IDENTITY_OK);
    cr_expect_eq(id_document_check(ID_CARD, child, today - 1, normalised, &length),
                 IDENTITY_BIRTH_DATE);
}

static void append_rune(struct buffer *buffer, uint32_t rune)
{
    if (rune >= 0x10000) {
        buffer_append_byte(buffer, (char)(0xf0 | rune >> 18));
        buffer_append_byte(buffer, (char)(0x80 | (rune >> 12 & 0x3f)));
    } else {
        buffer_append_byte(buffer, (char)(0xe0 | rune >> 12));
    }
    buffer_append_byte(buffer, (char)(0x80 | (rune >> 6 & 0x3f)));
    buffer_append_byte(buffer, (char)(0x80 | (rune & 0x3f)));
}

static enum identity_outcome check_name(enum id_type type, struct text name)
{
    struct buffer normalised = {0};
    enum identity_outcome outcome = identity_check_name(type, name, &normalised);

    cr_expect_eq(normalised.length > 0, outcome == IDENTITY_OK, TEXT_FMT, TEXT_ARG(name));
    cr_expect_leq(normalised.length, IDENTITY_NAME_BYTES_MAX);
    buffer_free(&normalised);
    return outcome;
}

Test(identity, names)
{
    static const struct {
        const char *name;
        enum identity_outcome outcome;
    } cases[] = {
        {"张三", IDENTITY_OK},
        {"欧阳娜娜", IDENTITY_OK},
        {"买买提·艾力", IDENTITY_OK},
        {"买买提•艾力", IDENTITY_OK},
        {"买买提・艾力", IDENTITY_OK},
        {"阿·卜·杜", IDENTITY_OK},
        {"王\xf0\xa0\xae\xb7", IDENTITY_OK}, /* U+20BB7 of extension B */
        {"㐀㐁", IDENTITY_OK},               /* extension A */
        {"一二三四五六七八九十一二三四五六七八九十一二三四五", IDENTITY_OK},
        {"一二三四五六七八九十一二三四五六七八九十一二三四五六", IDENTITY_LENGTH},
        {"张", IDENTITY_LENGTH},
        {"", IDENTITY_LENGTH},
        {"·张三", IDENTITY_CHARACTERS},
        {"张三·", IDENTITY_CHARACTERS},
        {"张··三", IDENTITY_CHARACTERS},
        {"张 三", IDENTITY_CHARACTERS},
        {"张三1", IDENTITY_CHARACTERS},
        {"Zhang San", IDENTITY_CHARACTERS},
        {"张.三", IDENTITY_CHARACTERS},
        {"张三\xff", IDENTITY_CHARACTERS},
        {"はな", IDENTITY_CHARACTERS},
        {"买买提．艾力", IDENTITY_OK},
        {"买买提‧艾力", IDENTITY_OK},
        {"买买提．・艾力", IDENTITY_CHARACTERS},
        {"‧买买提", IDENTITY_CHARACTERS},
        {"买买提．", IDENTITY_CHARACTERS},
        {"李〇", IDENTITY_OK},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_eq(check_name(ID_CARD, text_of(cases[i].name)), cases[i].outcome, "%s",
                     cases[i].name);
}

/* The code point behind a name that is right without it. */
static enum identity_outcome check_with(uint32_t rune)
{
    struct buffer name = {0};
    enum identity_outcome outcome;

    buffer_append(&name, TEXT("张三"));
    append_rune(&name, rune);
    outcome = check_name(ID_CARD, buffer_text(&name));
    buffer_free(&name);
    return outcome;
}

/* The documents that have Latin names have Han names too. */
Test(identity, latin_names)
{
    static const struct {
        const char *name, *normalised; /* NULL: refused */
    } cases[] = {
        {"JOHN SMITH", "JOHN SMITH"},
        {"Smith, John F.", "Smith, John F."},
        {"Anne-Marie O'Brien", "Anne-Marie O'Brien"},
        {"Anne\xe2\x80\x90Marie O\xe2\x80\x99"
         "Brien",
         "Anne-Marie O'Brien"},
        {"José Müller", "José Müller"},
        {"Jose\xcc\x81", "Jose\xcc\x81"}, /* decomposed */
        {"Nguyễn Thị Ánh", "Nguyễn Thị Ánh"},
        {"ＪＯＨＮ　ＳＭＩＴＨ", "JOHN SMITH"},
        {"'t Hooft", "'t Hooft"},
        {"\xe2\x80\x98t Hooft", "'t Hooft"}, /* as a telephone corrects it */
        {"O\xca\xbb"
         "ktam Qodir\xe2\x80\x98",
         NULL}, /* behind nothing */
        {"O\xca\xbb"
         "ktam G\xe2\x80\x98"
         "afurov N\xef\xbc\x87"
         "Diaye",
         "O'ktam G'afurov N'Diaye"},
        {"Gal•la", "Gal·la"},
        {"Li", "Li"},
        {"张三", "张三"},
        {"约翰．史密斯", "约翰·史密斯"},
        {"J", NULL},
        {"", NULL},
        {" JOHN", NULL},
        {"JOHN ", NULL},
        {"JOHN  SMITH", NULL},
        {"JOHN--SMITH", NULL},
        {"JOHN-", NULL},
        {"-JOHN", NULL},
        {"JOHN,", NULL},
        {".JOHN", NULL},
        {"\xcc\x81"
         "JOHN",
         NULL},
        {"JOHN 2", NULL},
        {"JOHN_SMITH", NULL},
        {"<b>JOHN", NULL},
        {"JOHN\nSMITH\n", NULL},
        {"JOHN 史密斯", NULL},
        {"史密斯 JOHN", NULL},
        {"Иван Петров", NULL},
        {"JOHN\xff", NULL},
    };
    static const enum id_type with_latin[] = {ID_FOREIGN_RESIDENT, ID_PASSPORT, ID_HK_MACAO_PERMIT,
                                              ID_TAIWAN_PERMIT};

    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t t = 0; t < COUNT(with_latin); t++) {
            struct buffer out = {0};
            enum identity_outcome outcome =
                identity_check_name(with_latin[t], text_of(cases[i].name), &out);
            cr_expect_eq(outcome == IDENTITY_OK, cases[i].normalised != NULL, "%s", cases[i].name);
            cr_expect(text_equal(buffer_text(&out), text_of(cases[i].normalised)), "%s",
                      cases[i].name);
            buffer_free(&out);
        }
    cr_expect_eq(check_name(ID_HK_MACAO_TAIWAN_RESIDENT, TEXT("JOHN SMITH")), IDENTITY_CHARACTERS);
    cr_expect_eq(check_name(ID_HK_MACAO_TAIWAN_RESIDENT, TEXT("陈大文")), IDENTITY_OK);
}

/* 60 code points of 4 bytes each are the longest. */
Test(identity, a_latin_names_length_is_counted_in_code_points)
{
    struct buffer name = {0};

    for (unsigned i = 1; i <= 61; i++) {
        append_rune(&name, 0x1df00);
        cr_expect_eq(check_name(ID_PASSPORT, buffer_text(&name)),
                     i < 2 || i > 60 ? IDENTITY_LENGTH : IDENTITY_OK, "%u", i);
    }
    buffer_free(&name);
}

Test(identity, each_dot_is_the_same_dot)
{
    static const char *const dots[] = {"·", "•", "・", "．", "‧", "\xce\x87", "･", "∙", "⋅"};

    for (size_t i = 0; i < COUNT(dots); i++) {
        struct buffer name = {0}, normalised = {0}, masked = {0};
        buffer_printf(&name, "买买提%s艾力%c", dots[i], 0);
        identity_check_name(ID_CARD, text_of(name.data), &normalised);
        identity_mask_name(&masked, buffer_text(&normalised));
        cr_expect(text_is(buffer_text(&normalised), "买买提·艾力"), "%s", dots[i]);
        cr_expect(text_is(buffer_text(&masked), "买*****"), "%s", dots[i]);
        buffer_free(&name);
        buffer_free(&normalised);
        buffer_free(&masked);
    }
    assert_no_leaks();
}

/* Unified_Ideograph of Unicode 15.1 by its blocks as the standard lists them, not by our table: the
 * first and last of each range and what stands beside them. */
Test(identity, han_is_what_unicode_says)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x3007, 0x3007},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xfa0e, 0xfa0f},
        {0xfa11, 0xfa11},   {0xfa13, 0xfa14},   {0xfa1f, 0xfa1f},   {0xfa21, 0xfa21},
        {0xfa23, 0xfa24},   {0xfa27, 0xfa29},   {0x20000, 0x2a6df}, {0x2a700, 0x2b739},
        {0x2b740, 0x2b81d}, {0x2b820, 0x2cea1}, {0x2ceb0, 0x2ebe0}, {0x2ebf0, 0x2ee5d},
        {0x30000, 0x3134a}, {0x31350, 0x323af},
    };

    for (size_t i = 0; i < COUNT(ranges); i++) {
        uint32_t first = ranges[i].first, last = ranges[i].last;

        cr_expect_eq(check_with(first), IDENTITY_OK, "U+%04X", first);
        cr_expect_eq(check_with(first + (last - first) / 2), IDENTITY_OK, "U+%04X", first);
        cr_expect_eq(check_with(last), IDENTITY_OK, "U+%04X", last);
        cr_expect_eq(check_with(first - 1), IDENTITY_CHARACTERS, "U+%04X", first - 1);
        cr_expect_eq(check_with(last + 1), IDENTITY_CHARACTERS, "U+%04X", last + 1);
    }
}

Test(identity, a_names_length_is_counted_in_code_points)
{
    struct buffer name = {0};

    for (unsigned i = 1; i <= 26; i++) {
        append_rune(&name, 0x2ebf0);
        cr_expect_eq(check_name(ID_CARD, buffer_text(&name)),
                     i < 2 || i > 25 ? IDENTITY_LENGTH : IDENTITY_OK, "%u", i);
    }
    buffer_free(&name);
}

Test(identity, phones)
{
    static const struct {
        const char *phone;
        enum identity_outcome outcome;
    } cases[] = {
        {"13800005678", IDENTITY_OK},
        {"19912345678", IDENTITY_OK},
        {"12800005678", IDENTITY_PHONE_NUMBER},
        {"23800005678", IDENTITY_PHONE_NUMBER},
        {"86138000056", IDENTITY_PHONE_NUMBER},
        {"+8613800005678", IDENTITY_COUNTRY_CODE},
        {"8613800005678", IDENTITY_COUNTRY_CODE},
        {"008613800005678", IDENTITY_COUNTRY_CODE},
        {"138 0000 5678", IDENTITY_CHARACTERS},
        {"138-0000-5678", IDENTITY_CHARACTERS},
        {"1380000567a", IDENTITY_CHARACTERS},
        {"1380000567", IDENTITY_LENGTH},
        {"138000056789", IDENTITY_LENGTH},
        {"", IDENTITY_LENGTH},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_eq(identity_check_phone(text_of(cases[i].phone)), cases[i].outcome, "%s",
                     cases[i].phone);
}

Test(identity, ages)
{
    cr_expect_eq(id_document_age_on(valid, day_of("2009-12-30")), 59);
    cr_expect_eq(id_document_age_on(valid, day_of("2009-12-31")), 60);
    cr_expect_eq(id_document_age_on("410402200002290011", day_of("2018-02-28")), 17);
    cr_expect_eq(id_document_age_on("410402200002290011", day_of("2018-03-01")), 18);
    cr_expect_eq(id_document_age_on("410402200002290011", day_of("2020-02-29")), 20);
    cr_expect_eq(id_document_age_on("410402200002290011", day_of("2000-02-29")), 0);
    cr_expect_eq(id_document_age_on("410402200002290011", day_of("2000-02-28")), -1);
}

Test(identity, masks)
{
    static const struct {
        void (*mask)(struct buffer *buffer, struct text text);
        const char *text, *masked;
    } cases[] = {
        {identity_mask_name, "张三丰", "张**"},
        {identity_mask_name, "张三", "张*"},
        {identity_mask_name, "买买提·艾力", "买*****"},
        {identity_mask_name, "\xf0\xae\xaf\xb0\xf0\xb1\x8d\x90", "\xf0\xae\xaf\xb0*"},
        {identity_mask_name, "John Smith", "J*********"},
        {identity_mask_name, "E\xcc\x81mile\xcc\x81", "E\xcc\x81****"},
        {identity_mask_name, "张", "*"},
        {identity_mask_name, "", "*"},
        {identity_mask_name, "张\xff", "*"},
        {identity_mask_id_number, valid, "110***********002X"},
        {identity_mask_id_number, "CAN110081080310", "C***********310"},
        {identity_mask_id_number, "E12345678", "E*****678"},
        {identity_mask_id_number, "01234567", "0****567"},
        {identity_mask_id_number, "AB12345", "A*****5"},
        {identity_mask_id_number, "A1234", "A***4"},
        {identity_mask_id_number, "A123", "******************"},
        {identity_mask_id_number, "1101054912310021", "******************"},
        {identity_mask_id_number, "", "******************"},
        {identity_mask_phone, "13800005678", "138****5678"},
        {identity_mask_phone, "8613800005678", "***********"},
        {identity_mask_phone, "", "***********"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer out = {0};
        cases[i].mask(&out, text_of(cases[i].text));
        cr_expect(text_is(buffer_text(&out), cases[i].masked), "%s: " TEXT_FMT, cases[i].text,
                  TEXT_ARG(buffer_text(&out)));
        buffer_free(&out);
    }
    assert_no_leaks();
}
