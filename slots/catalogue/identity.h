/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "base/text.h"
#include "slots/catalogue/calendar.h"

/* What a person gives of themselves: checked for its form, and masked for others. Pure; nothing
 * here keeps or logs it. The numbers of ID documents have a file of their own,
 * slots/catalogue/id_document.h.
 */

enum {
    IDENTITY_ID_LENGTH = 18, /* of the longest ID number, normalised */
    IDENTITY_PHONE_LENGTH = 11,
    IDENTITY_NAME_BYTES_MAX = 240, /* of a checked name: what a record's length byte can tell */
};

/* The document that an ID number is of. A record has its letter. */
enum id_type {
    ID_CARD,                     /* 居民身份证 */
    ID_FOREIGN_RESIDENT,         /* 外国人永久居留身份证 */
    ID_HK_MACAO_TAIWAN_RESIDENT, /* 港澳台居民居住证 */
    ID_PASSPORT,                 /* 护照 */
    ID_HK_MACAO_PERMIT,          /* 港澳居民来往内地通行证 */
    ID_TAIWAN_PERMIT,            /* 台湾居民来往大陆通行证 */
};

/* "id_card" … */
const char *id_type_name(enum id_type type);
bool id_type_parse(struct text name, enum id_type *type);
/* Whether its names may be written in Latin letters. */
bool id_type_has_latin_names(enum id_type type);
char id_type_letter(enum id_type type);
bool id_type_of_letter(char letter, enum id_type *type);

enum identity_outcome {
    IDENTITY_OK,
    IDENTITY_LENGTH,       /* too short or too long for what it is */
    IDENTITY_CHARACTERS,   /* a character that does not belong there */
    IDENTITY_REGION,       /* an ID number does not begin as those of its document do */
    IDENTITY_BIRTH_DATE,   /* no such day, before 1900 or in the future */
    IDENTITY_CHECK_DIGIT,  /* a mistyped digit of an ID number */
    IDENTITY_COUNTRY_CODE, /* a phone with +86, 0086 or 86 in front */
    IDENTITY_PHONE_NUMBER, /* 11 digits, but no mobile's: those begin with 13 to 19 */
};

/* The name as it stands in the document.
 *
 * Han: 2 to 25 characters (Unified_Ideograph of Unicode 15.1, and 〇); between them, never at an
 * end or twice in a row, may stand the interpunct of names such as 买买提·艾力: U+00B7, or what
 * input methods give for it, such as U+2022, U+2027, U+30FB and U+FF0E.
 *
 * Latin, in documents that have it (all but the ID card and the residence permit): 2 letters at
 * least and 60 characters at most, diacritics among them; words with one blank between them, and
 * inside `-`, `'`, `.`, `,` and the interpunct, as in ANNE-MARIE O'BRIEN, JOHN F. or SMITH, JOHN.
 *
 * Appends the normalised name to `normalised` if it is OK: every interpunct is U+00B7, full-width
 * letters, blanks, dashes and apostrophes are those of ASCII. So two spellings of one name are one.
 */
enum identity_outcome identity_check_name(enum id_type type, struct text name,
                                          struct buffer *normalised);

/* A mainland mobile number: 11 digits that begin with 13 to 19, without country code, blanks or
 * dashes. */
enum identity_outcome identity_check_phone(struct text phone);

/* 张**, J***: the first character (and its diacritics), each of the rest as a star. */
void identity_mask_name(struct buffer *buffer, struct text name);
/* 110***********002X, E*****678: the ends alone, the less of them the shorter the number is; what
 * has no ID number's length becomes stars only. */
void identity_mask_id_number(struct buffer *buffer, struct text id_number);
/* 138****5678; what has another length becomes stars only. */
void identity_mask_phone(struct buffer *buffer, struct text phone);
