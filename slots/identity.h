/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "base/text.h"
#include "slots/calendar.h"

/* What a person gives of themselves: checked for its form, and masked for others. Pure; nothing
 * here keeps or logs it. */

enum { IDENTITY_ID_LENGTH = 18, IDENTITY_PHONE_LENGTH = 11 };

enum identity_outcome {
    IDENTITY_OK,
    IDENTITY_LENGTH,       /* 18 characters of an ID number (15 are an old one), 11 of a phone, 2 to
                            * 25 of a name */
    IDENTITY_CHARACTERS,   /* digits with a last X; digits only; Han characters with · inside */
    IDENTITY_REGION,       /* the first two digits of an ID number are no province's */
    IDENTITY_BIRTH_DATE,   /* no such day, before 1900 or in the future */
    IDENTITY_CHECK_DIGIT,  /* a mistyped digit of an ID number */
    IDENTITY_COUNTRY_CODE, /* a phone with +86, 0086 or 86 in front */
    IDENTITY_PHONE_NUMBER, /* 11 digits, but no mobile's: those begin with 13 to 19 */
};

/* An ID number by GB 11643-1999: 6 digits of the region, 8 of the birth date, 3 of the sequence and
 * a check character by ISO 7064 MOD 11-2. A lower-case x is taken as X. `today` is the day that no
 * birth can come after. Writes the 18 normalised characters (no NUL) if it is OK. */
enum identity_outcome identity_check_id_number(struct text id_number, day_number today,
                                               char normalised[IDENTITY_ID_LENGTH]);

/* A name of 2 to 25 Han characters (Unified_Ideograph of Unicode 15.1, and 〇); between them, never
 * at an end or twice in a row, may stand the interpunct of names such as 买买提·艾力 (U+00B7, and
 * the look-alikes U+2022, U+2027, U+30FB and U+FF0E that input methods give). */
enum identity_outcome identity_check_name(struct text name);

/* A mainland mobile number: 11 digits that begin with 13 to 19, without country code, blanks or
 * dashes. */
enum identity_outcome identity_check_phone(struct text phone);

/* Completed years of life on a day, by a checked ID number; one born on 29 February has the
 * birthday on 1 March in other years. Negative before the birth. */
int identity_age_on(const char id_number[IDENTITY_ID_LENGTH], day_number day);

/* 张**: the first character, the rest as stars. */
void identity_mask_name(struct buffer *buffer, struct text name);
/* 110***********002X; what has another length becomes stars only. */
void identity_mask_id_number(struct buffer *buffer, struct text id_number);
/* 138****5678; what has another length becomes stars only. */
void identity_mask_phone(struct buffer *buffer, struct text phone);
