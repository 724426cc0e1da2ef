/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/id_document.h"

#include <stdio.h>

#include "slots/catalogue/unicode.h"

enum {
    BIRTH_YEAR_MIN = 1900,
    ELDERLY_YEARS = 60,
    PASSPORT_LENGTH_MIN = 5,
    PASSPORT_LENGTH_MAX = 9
};

/* --- As it is typed ------------------------------------------------------------------------- */

/* Longer than every number, however it is written. */
enum { FOLDED_MAX = 32 };

static bool is_around(uint32_t rune)
{
    return UNICODE_IS_IN(unicode_blanks, rune) || UNICODE_IS_IN(unicode_dashes, rune) ||
           UNICODE_IS_IN(unicode_invisible, rune);
}

/* Without the blanks and dashes at both ends. */
static struct text without_ends(struct text text)
{
    size_t first = 0, end = 0;

    for (size_t at = 0; at < text.length;) {
        bool is_outside = is_around(text_next_rune(text, &at));
        if (!is_outside)
            end = at;
        else if (!end)
            first = at;
    }
    return text_part(text, first, end > first ? end - first : 0);
}

static bool fold_into(char folded[FOLDED_MAX], size_t *length, uint32_t rune)
{
    if (UNICODE_IS_IN(unicode_invisible, rune))
        return true;
    rune = unicode_narrow(rune);
    if (rune > 0x7e || *length == FOLDED_MAX)
        return false;
    folded[(*length)++] = (char)(rune >= 'a' && rune <= 'z' ? rune - 32 : rune);
    return true;
}

/* ASCII in upper case; what has no such form is no character of a number. */
static enum identity_outcome fold(struct text given, char folded[FOLDED_MAX], size_t *length)
{
    struct text text;

    *length = 0;
    if (!text_is_utf8(given))
        return IDENTITY_CHARACTERS;
    text = without_ends(given);
    for (size_t at = 0; at < text.length;)
        if (!fold_into(folded, length, text_next_rune(text, &at)))
            return *length == FOLDED_MAX ? IDENTITY_LENGTH : IDENTITY_CHARACTERS;
    return IDENTITY_OK;
}

/* --- GB 11643 ------------------------------------------------------------------------------- */

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

static bool is_prefix(const char *digits, const char *prefix)
{
    return memcmp(digits, prefix, strlen(prefix)) == 0;
}

static bool is_region_of(enum id_type type, const char *digits)
{
    if (type == ID_FOREIGN_RESIDENT)
        return digits[0] == '9';
    if (type == ID_HK_MACAO_TAIWAN_RESIDENT)
        return is_prefix(digits, "810000") || is_prefix(digits, "820000") ||
               is_prefix(digits, "830000");
    return is_province(digits);
}

static enum identity_outcome check_gb_11643(enum id_type type, struct text number, day_number today)
{
    char last = number.length ? number.data[number.length - 1] : 0;
    unsigned year, month, day;
    day_number birth;

    if (number.length != IDENTITY_ID_LENGTH)
        return IDENTITY_LENGTH;
    if (!text_is_digits(text_part(number, 0, IDENTITY_ID_LENGTH - 1)) ||
        (!is_digit(last) && last != 'X'))
        return IDENTITY_CHARACTERS;
    if (!is_region_of(type, number.data))
        return IDENTITY_REGION;
    if (!birth_of(number.data, &year, &month, &day, &birth) || year < BIRTH_YEAR_MIN ||
        birth > today)
        return IDENTITY_BIRTH_DATE;
    return check_character(number.data) == last ? IDENTITY_OK : IDENTITY_CHECK_DIGIT;
}

/* --- Others --------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* What numbers look like: # is a digit, @ a letter, * either, others are themselves. */
static const struct {
    enum id_type type;
    const char *shape;
} shapes[] = {
    {ID_FOREIGN_RESIDENT, "@@@############"}, {ID_HK_MACAO_PERMIT, "H########"},
    {ID_HK_MACAO_PERMIT, "M########"},        {ID_HK_MACAO_PERMIT, "H##########"},
    {ID_HK_MACAO_PERMIT, "M##########"},      {ID_HK_MACAO_PERMIT, "HA#######"},
    {ID_HK_MACAO_PERMIT, "MA#######"},        {ID_TAIWAN_PERMIT, "########"},
    {ID_TAIWAN_PERMIT, "##########"},         {ID_TAIWAN_PERMIT, "##########*"},
};

static bool fits(char c, char wanted)
{
    switch (wanted) {
    case '#':
        return is_digit(c);
    case '@':
        return is_letter(c);
    case '*':
        return is_digit(c) || is_letter(c);
    default:
        return c == wanted;
    }
}

static bool has_shape(struct text number, const char *shape)
{
    for (size_t i = 0; i < number.length; i++)
        if (!fits(number.data[i], shape[i]))
            return false;
    return true;
}

static enum identity_outcome check_shape(enum id_type type, struct text number)
{
    enum identity_outcome outcome = IDENTITY_LENGTH;

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (shapes[i].type != type || strlen(shapes[i].shape) != number.length)
            continue;
        if (has_shape(number, shapes[i].shape))
            return IDENTITY_OK;
        outcome = IDENTITY_CHARACTERS;
    }
    return outcome;
}

static enum identity_outcome check_passport(struct text number)
{
    bool has_digit = false;

    for (size_t i = 0; i < number.length; i++) {
        if (!is_digit(number.data[i]) && !is_letter(number.data[i]))
            return IDENTITY_CHARACTERS;
        has_digit |= is_digit(number.data[i]);
    }
    if (number.length < PASSPORT_LENGTH_MIN || number.length > PASSPORT_LENGTH_MAX)
        return IDENTITY_LENGTH;
    return has_digit ? IDENTITY_OK : IDENTITY_CHARACTERS;
}

/* The brackets around who issued it, the last of 13 characters: 1234567801(B). */
static void drop_brackets(char folded[FOLDED_MAX], size_t *length)
{
    if (*length == 13 && folded[10] == '(' && folded[12] == ')') {
        folded[10] = folded[11];
        *length = 11;
    }
}

/* --- All ------------------------------------------------------------------------------------ */

/* New cards of foreign residents are told from old ones by their first character. */
static bool is_gb_11643(enum id_type type, struct text number)
{
    return type == ID_CARD || type == ID_HK_MACAO_TAIWAN_RESIDENT ||
           (type == ID_FOREIGN_RESIDENT && !(number.length && is_letter(number.data[0])));
}

enum identity_outcome id_document_check(enum id_type type, struct text id_number, day_number today,
                                        char normalised[IDENTITY_ID_LENGTH], size_t *length)
{
    char folded[FOLDED_MAX];
    enum identity_outcome outcome = fold(id_number, folded, length);
    struct text number;

    if (outcome != IDENTITY_OK)
        return outcome;
    if (type == ID_TAIWAN_PERMIT)
        drop_brackets(folded, length);
    number = text_bytes(folded, *length);
    outcome = is_gb_11643(type, number) ? check_gb_11643(type, number, today)
              : type == ID_PASSPORT     ? check_passport(number)
                                        : check_shape(type, number);
    if (outcome == IDENTITY_OK)
        memcpy(normalised, folded, *length);
    return outcome;
}

size_t id_document_key(enum id_type type, struct text id_number,
                       char key[ID_DOCUMENT_KEY_BYTES_MAX])
{
    /* Of a permit, what stays when it is renewed. */
    size_t kept = type == ID_HK_MACAO_PERMIT ? 9 : type == ID_TAIWAN_PERMIT ? 8 : id_number.length;
    struct text number = text_part(id_number, 0, kept);

    if (is_gb_11643(type, number))
        return (size_t)snprintf(key, ID_DOCUMENT_KEY_BYTES_MAX, TEXT_FMT, TEXT_ARG(number));
    return (size_t)snprintf(key, ID_DOCUMENT_KEY_BYTES_MAX, "%s:" TEXT_FMT, id_type_name(type),
                            TEXT_ARG(number));
}

int id_document_age_on(const char id_number[IDENTITY_ID_LENGTH], day_number day)
{
    unsigned birth_year, birth_month, birth_day, month, day_of_month;
    day_number birth;
    int year;

    birth_of(id_number, &birth_year, &birth_month, &birth_day, &birth);
    calendar_split_day(day, &year, &month, &day_of_month);
    return year - (int)birth_year -
           (month < birth_month || (month == birth_month && day_of_month < birth_day));
}

enum id_document_age id_document_elderly(enum id_type type, struct text id_number, day_number day)
{
    if (id_number.length != IDENTITY_ID_LENGTH || !is_gb_11643(type, id_number))
        return ID_AGE_UNKNOWN;
    return id_document_age_on(id_number.data, day) >= ELDERLY_YEARS ? ID_AGE_ELDERLY
                                                                    : ID_AGE_YOUNGER;
}
