/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/identity.h"

#include "slots/unicode_table.h"

enum { BIRTH_YEAR_MIN = 1900, NAME_RUNES_MIN = 2, NAME_RUNES_MAX = 25 };

/* GB/T 2260: the provinces; 71, 81 and 82 Taiwan, Hong Kong and Macao, whose residents hold
 * residence permits with such numbers under 81, 82 and 83. */
static const char provinces[][3] = {
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34",
    "35", "36", "37", "41", "42", "43", "44", "45", "46", "50", "51", "52",
    "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83",
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool all_digits(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!is_digit(text.data[i]))
            return false;
    return true;
}

static bool is_province(const char *digits)
{
    for (size_t i = 0; i < sizeof provinces / sizeof *provinces; i++)
        if (memcmp(provinces[i], digits, 2) == 0)
            return true;
    return false;
}

static unsigned number(const char *digits, size_t count)
{
    unsigned value = 0;

    for (size_t i = 0; i < count; i++)
        value = value * 10 + (unsigned)(digits[i] - '0');
    return value;
}

/* ISO/IEC 7064, MOD 11-2: read from the left, the running sum is doubled before each next digit;
 * the check character brings the total to 1 modulo 11. */
static char check_character(const char digits[IDENTITY_ID_LENGTH - 1])
{
    unsigned sum = 0;

    for (size_t i = 0; i < IDENTITY_ID_LENGTH - 1; i++)
        sum = (sum + (unsigned)(digits[i] - '0')) * 2 % 11;
    return "0123456789X"[(12 - sum) % 11];
}

/* The birth date's year, month and day stand behind the region's six digits. */
static bool birth_of(const char *id_number, unsigned *year, unsigned *month, unsigned *day,
                     day_number *birth)
{
    *year = number(id_number + 6, 4);
    *month = number(id_number + 10, 2);
    *day = number(id_number + 12, 2);
    return calendar_make_day((int)*year, *month, *day, birth);
}

enum identity_outcome identity_check_id_number(struct text id_number, day_number today,
                                               char normalised[IDENTITY_ID_LENGTH])
{
    char characters[IDENTITY_ID_LENGTH];
    char *last = &characters[IDENTITY_ID_LENGTH - 1];
    unsigned year, month, day;
    day_number birth;

    if (id_number.length != IDENTITY_ID_LENGTH)
        return IDENTITY_LENGTH;
    memcpy(characters, id_number.data, sizeof characters);
    if (*last == 'x')
        *last = 'X';
    if (!all_digits(text_bytes(characters, IDENTITY_ID_LENGTH - 1)) ||
        (!is_digit(*last) && *last != 'X'))
        return IDENTITY_CHARACTERS;
    if (!is_province(characters))
        return IDENTITY_REGION;
    if (!birth_of(characters, &year, &month, &day, &birth) || year < BIRTH_YEAR_MIN ||
        birth > today)
        return IDENTITY_BIRTH_DATE;
    if (check_character(characters) != *last)
        return IDENTITY_CHECK_DIGIT;
    memcpy(normalised, characters, sizeof characters);
    return IDENTITY_OK;
}

static bool is_in(const struct unicode_range *ranges, size_t count, uint32_t rune)
{
    for (size_t i = 0; i < count; i++)
        if (rune <= ranges[i].last)
            return rune >= ranges[i].first;
    return false;
}
#define IS_IN(set, rune) is_in(set, sizeof(set) / sizeof *(set), rune)

/* The interpunct of names (U+00B7) and what input methods and other systems give for it. */
static bool is_interpunct(uint32_t rune)
{
    static const uint32_t dots[] = {0xb7, 0x2022, 0x2027, 0x30fb, 0xff0e};

    for (size_t i = 0; i < sizeof dots / sizeof *dots; i++)
        if (dots[i] == rune)
            return true;
    return false;
}

enum identity_outcome identity_check_name(struct text name)
{
    bool after_han = false;
    unsigned han = 0;

    if (!text_is_utf8(name))
        return IDENTITY_CHARACTERS;
    for (size_t at = 0; at < name.length;) {
        uint32_t rune = text_next_rune(name, &at);
        bool is_han = IS_IN(unicode_han, rune);
        if (!is_han && !(is_interpunct(rune) && after_han))
            return IDENTITY_CHARACTERS;
        after_han = is_han;
        han += after_han;
    }
    if (han < NAME_RUNES_MIN || han > NAME_RUNES_MAX)
        return IDENTITY_LENGTH;
    return after_han ? IDENTITY_OK : IDENTITY_CHARACTERS;
}

static bool has_country_code(struct text phone)
{
    struct text mobile = text_part(phone, 2, phone.length);

    return text_starts_with(phone, TEXT("+")) || text_starts_with(phone, TEXT("0086")) ||
           (text_starts_with(phone, TEXT("86")) && mobile.length == IDENTITY_PHONE_LENGTH);
}

enum identity_outcome identity_check_phone(struct text phone)
{
    if (has_country_code(phone))
        return IDENTITY_COUNTRY_CODE;
    if (!all_digits(phone))
        return IDENTITY_CHARACTERS;
    if (phone.length != IDENTITY_PHONE_LENGTH)
        return IDENTITY_LENGTH;
    if (phone.data[0] != '1' || phone.data[1] < '3')
        return IDENTITY_PHONE_NUMBER;
    return IDENTITY_OK;
}

int identity_age_on(const char id_number[IDENTITY_ID_LENGTH], day_number day)
{
    unsigned birth_year, birth_month, birth_day, month, day_of_month;
    day_number birth;
    int year;

    birth_of(id_number, &birth_year, &birth_month, &birth_day, &birth);
    calendar_split_day(day, &year, &month, &day_of_month);
    return year - (int)birth_year -
           (month < birth_month || (month == birth_month && day_of_month < birth_day));
}

static void append_stars(struct buffer *buffer, size_t count)
{
    while (count--)
        buffer_append_byte(buffer, '*');
}

void identity_mask_name(struct buffer *buffer, struct text name)
{
    size_t first = 0;

    /* One character alone would be the whole name. */
    if (!text_is_utf8(name) || text_rune_count(name) < NAME_RUNES_MIN) {
        append_stars(buffer, 1);
        return;
    }
    text_next_rune(name, &first);
    buffer_append(buffer, text_part(name, 0, first));
    append_stars(buffer, text_rune_count(text_part(name, first, name.length)));
}

/* All but the first `head` and the last `tail` characters of ASCII text that is `length` long. */
static void mask_middle(struct buffer *buffer, struct text text, size_t length, size_t head,
                        size_t tail)
{
    bool is_known = text.length == length;

    if (is_known)
        buffer_append(buffer, text_part(text, 0, head));
    append_stars(buffer, is_known ? length - head - tail : length);
    if (is_known)
        buffer_append(buffer, text_part(text, length - tail, tail));
}

void identity_mask_id_number(struct buffer *buffer, struct text id_number)
{
    mask_middle(buffer, id_number, IDENTITY_ID_LENGTH, 3, 4);
}

void identity_mask_phone(struct buffer *buffer, struct text phone)
{
    mask_middle(buffer, phone, IDENTITY_PHONE_LENGTH, 3, 4);
}
