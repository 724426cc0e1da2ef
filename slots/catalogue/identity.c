/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/identity.h"

#include "slots/catalogue/unicode.h"

/* --- Types ---------------------------------------------------------------------------------- */

/* In the order of the enum. */
static const struct {
    const char *name;
    enum id_type type;
    char letter;
    bool has_latin_names;
} types[] = {
    {"id_card", ID_CARD, 'c', false},
    {"foreign_resident", ID_FOREIGN_RESIDENT, 'f', true},
    {"hk_macao_taiwan_resident", ID_HK_MACAO_TAIWAN_RESIDENT, 'r', false},
    {"passport", ID_PASSPORT, 'p', true},
    {"hk_macao_permit", ID_HK_MACAO_PERMIT, 'h', true},
    {"taiwan_permit", ID_TAIWAN_PERMIT, 't', true},
};
#define TYPE_COUNT (sizeof types / sizeof *types)

const char *id_type_name(enum id_type type)
{
    return types[type].name;
}

bool id_type_parse(struct text name, enum id_type *type)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (text_is(name, types[i].name))
            return *type = types[i].type, true;
    return false;
}

bool id_type_has_latin_names(enum id_type type)
{
    return types[type].has_latin_names;
}

char id_type_letter(enum id_type type)
{
    return types[type].letter;
}

bool id_type_of_letter(char letter, enum id_type *type)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (types[i].letter == letter)
            return *type = types[i].type, true;
    return false;
}

/* --- Names ---------------------------------------------------------------------------------- */

enum {
    INTERPUNCT = 0xb7,
    NAME_RUNES_MIN = 2,
    HAN_MAX = 25,
    LATIN_MAX = 60, /* of 4 bytes each: IDENTITY_NAME_BYTES_MAX */
};

static bool is_one_of(const uint32_t *runes, size_t count, uint32_t rune)
{
    for (size_t i = 0; i < count; i++)
        if (runes[i] == rune)
            return true;
    return false;
}
#define IS_ONE_OF(runes, rune) is_one_of(runes, sizeof(runes) / sizeof *(runes), rune)

/* The interpunct of names and what input methods and other systems give for it: by Unicode the same
 * character (0387), the full-width stop, and those that confusables.txt (UTS #39) has for it. */
static bool is_interpunct(uint32_t rune)
{
    static const uint32_t dots[] = {INTERPUNCT, 0x387,  0x2022, 0x2027, 0x2219,
                                    0x22c5,     0x30fb, 0xff0e, 0xff65};

    return IS_ONE_OF(dots, rune);
}

/* The quotation marks that keyboards make of an apostrophe, and the modifier letters of Uzbek,
 * Hawaiian (Oʻktam) and others, which passports have as apostrophes. */
static bool is_apostrophe(uint32_t rune)
{
    static const uint32_t marks[] = {'\'', 0x2bb, 0x2bc, 0x2018, 0x2019};

    return IS_ONE_OF(marks, rune);
}

static enum identity_outcome check_han(struct text name, struct buffer *normalised)
{
    bool after_han = false;
    unsigned han = 0;

    for (size_t at = 0, start = 0; at < name.length; start = at) {
        uint32_t rune = text_next_rune(name, &at);
        bool is_han = UNICODE_IS_IN(unicode_han, rune);
        if (!is_han && !(is_interpunct(rune) && after_han))
            return IDENTITY_CHARACTERS;
        buffer_append(normalised, is_han ? text_part(name, start, at - start) : TEXT("·"));
        after_han = is_han;
        han += after_han;
    }
    if (han < NAME_RUNES_MIN || han > HAN_MAX)
        return IDENTITY_LENGTH;
    return after_han ? IDENTITY_OK : IDENTITY_CHARACTERS;
}

/* What the characters of a Latin name are to each other. A letter may follow all of them. */
enum part {
    PART_START = 1,
    PART_LETTER = 2,
    PART_MARK = 4,
    PART_BLANK = 8,
    PART_APOSTROPHE = 16,
    PART_HYPHEN = 32, /* and the interpunct */
    PART_STOP = 64,
    PART_COMMA = 128,
    PART_OTHER = 0,
};

static enum part part_of(uint32_t rune)
{
    if (UNICODE_IS_IN(unicode_latin, rune))
        return PART_LETTER;
    if (UNICODE_IS_IN(unicode_marks, rune))
        return PART_MARK;
    if (rune == ' ')
        return PART_BLANK;
    if (rune == '\'')
        return PART_APOSTROPHE;
    if (rune == '-' || rune == INTERPUNCT)
        return PART_HYPHEN;
    if (rune == '.')
        return PART_STOP;
    return rune == ',' ? PART_COMMA : PART_OTHER;
}

static bool may_follow(enum part part, enum part before)
{
    const unsigned word = PART_LETTER | PART_MARK;

    switch (part) {
    case PART_LETTER:
        return true;
    case PART_MARK:
        return before & word;
    case PART_BLANK:
        return before & (word | PART_STOP | PART_COMMA | PART_APOSTROPHE);
    case PART_APOSTROPHE:
        return before & (word | PART_START | PART_BLANK | PART_HYPHEN);
    case PART_HYPHEN:
        return before & (word | PART_STOP | PART_APOSTROPHE);
    case PART_STOP:
        return before & word;
    case PART_COMMA:
        return before & (word | PART_STOP);
    case PART_START:
    case PART_OTHER:
        break;
    }
    return false;
}

/* One spelling for what is typed in several. */
static uint32_t plain_latin(uint32_t rune)
{
    rune = unicode_narrow(rune);
    if (UNICODE_IS_IN(unicode_blanks, rune))
        return ' ';
    if (UNICODE_IS_IN(unicode_dashes, rune))
        return '-';
    if (is_apostrophe(rune))
        return '\'';
    return is_interpunct(rune) ? INTERPUNCT : rune;
}

static void append_plain(struct buffer *buffer, uint32_t rune, struct text as_it_was)
{
    if (rune < 0x80)
        buffer_append_byte(buffer, (char)rune);
    else
        buffer_append(buffer, rune == INTERPUNCT ? TEXT("·") : as_it_was);
}

static enum identity_outcome check_latin(struct text name, struct buffer *normalised)
{
    enum part before = PART_START;
    unsigned letters = 0;

    for (size_t at = 0, start = 0; at < name.length; start = at) {
        uint32_t rune = plain_latin(text_next_rune(name, &at));
        enum part part = part_of(rune);
        if (!may_follow(part, before))
            return IDENTITY_CHARACTERS;
        append_plain(normalised, rune, text_part(name, start, at - start));
        letters += part == PART_LETTER;
        before = part;
    }
    if (letters < NAME_RUNES_MIN || text_rune_count(name) > LATIN_MAX)
        return IDENTITY_LENGTH;
    return before & (PART_LETTER | PART_MARK | PART_STOP) ? IDENTITY_OK : IDENTITY_CHARACTERS;
}

/* Names are of one script; the first letter tells which. */
static bool is_latin(struct text name)
{
    for (size_t at = 0; at < name.length;) {
        uint32_t rune = text_next_rune(name, &at);
        if (part_of(plain_latin(rune)) == PART_LETTER)
            return true;
        if (UNICODE_IS_IN(unicode_han, rune))
            break;
    }
    return false;
}

enum identity_outcome identity_check_name(enum id_type type, struct text name,
                                          struct buffer *normalised)
{
    size_t before = normalised->length;
    enum identity_outcome outcome;

    if (!text_is_utf8(name))
        return IDENTITY_CHARACTERS;
    outcome = types[type].has_latin_names && is_latin(name) ? check_latin(name, normalised)
                                                            : check_han(name, normalised);
    if (outcome != IDENTITY_OK)
        normalised->length = before;
    return outcome;
}

/* --- Phones --------------------------------------------------------------------------------- */

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
    if (!text_is_digits(phone))
        return IDENTITY_CHARACTERS;
    if (phone.length != IDENTITY_PHONE_LENGTH)
        return IDENTITY_LENGTH;
    if (phone.data[0] != '1' || phone.data[1] < '3')
        return IDENTITY_PHONE_NUMBER;
    return IDENTITY_OK;
}

/* --- Masks ---------------------------------------------------------------------------------- */

static void append_stars(struct buffer *buffer, size_t count)
{
    while (count--)
        buffer_append_byte(buffer, '*');
}

/* Behind the code point and the diacritics upon it. */
static size_t end_of_letter(struct text name, size_t at)
{
    for (size_t next = at; next < name.length; at = next) {
        uint32_t rune = text_next_rune(name, &next);
        if (!UNICODE_IS_IN(unicode_marks, rune))
            return at;
    }
    return at;
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
    first = end_of_letter(name, first);
    buffer_append(buffer, text_part(name, 0, first));
    for (size_t at = first; at < name.length; at = end_of_letter(name, at)) {
        text_next_rune(name, &at);
        append_stars(buffer, 1);
    }
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
    size_t length = id_number.length;

    if (length >= 8 && length <= 15)
        mask_middle(buffer, id_number, length, 1, 3);
    else if (length >= 5 && length <= 7)
        mask_middle(buffer, id_number, length, 1, 1);
    else
        mask_middle(buffer, id_number, IDENTITY_ID_LENGTH, 3, 4);
}

void identity_mask_phone(struct buffer *buffer, struct text phone)
{
    mask_middle(buffer, phone, IDENTITY_PHONE_LENGTH, 3, 4);
}
