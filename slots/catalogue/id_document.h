/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/identity.h"

/* The numbers of ID documents, by the rules of who issues them:
 *
 * - id_card, 居民身份证, GB 11643-1999: 6 digits of the region (GB/T 2260), 8 of the birth date, 3
 *   of the sequence, and a check character by ISO 7064 MOD 11-2. Those of the residence permit are
 *   understood too.
 * - hk_macao_taiwan_resident, 港澳台居民居住证 (State Council, 国办发〔2018〕81号): a number of the
 *   same kind whose region is 810000 Hong Kong, 820000 Macao or 830000 Taiwan.
 * - foreign_resident, 外国人永久居留身份证: since 1 December 2023 (National Immigration
 *   Administration, 新版外国人永久居留身份证机读信息规则) again 18 characters with the birth date
 * and the check character of GB 11643, of which the first is 9. Cards of before have 3 letters of
 * the nationality and 12 digits. How these are made up was never laid down in a standard, so their
 *   last digit is left to the desk.
 * - hk_macao_permit, 港澳居民来往内地通行证 (Ministry of Public Security, 10 March 2010): H or M
 * and 8 digits, that a person keeps for life; 2 more on cards of before 2013, how often it was
 *   renewed. Since 10 July 2024 permanent residents of other nationalities have cards with HA or MA
 *   and 7 digits.
 * - taiwan_permit, 台湾居民来往大陆通行证 (Ministry of Public Security, 25 September 2008): 8
 * digits, that a person keeps for life; before that 2 more, how often it was issued, and perhaps in
 *   brackets a letter or digit of who issued it.
 * - passport, 护照, ICAO Doc 9303-4: letters and digits, 9 at most; 5 at least and one digit among
 *   them are ours.
 *
 * However it is typed: full-width characters are those of ASCII, letters upper case; blanks and
 * dashes at the ends, what cannot be seen and the brackets of a taiwan_permit are left out. */

/* Writes the normalised number and its length if it is OK. `today`: no birth can come after it. */
enum identity_outcome id_document_check(enum id_type type, struct text id_number, day_number today,
                                        char normalised[IDENTITY_ID_LENGTH], size_t *length);

/* What the person is known by, whose key is made of it: two normalised numbers are the same
 * person's when these texts are equal. The numbers of GB 11643 are one space, whatever document
 * they stand on; others have their document's name before them, and of a permit only the part that
 * is kept for life. Writes at most ID_DOCUMENT_KEY_BYTES_MAX bytes and returns how many. */
enum { ID_DOCUMENT_KEY_BYTES_MAX = 48 };
size_t id_document_key(enum id_type type, struct text id_number,
                       char key[ID_DOCUMENT_KEY_BYTES_MAX]);

/* Completed years of life on a day, by a normalised number of GB 11643; one born on 29 February has
 * the birthday on 1 March in other years. Negative before the birth. */
int id_document_age_on(const char id_number[IDENTITY_ID_LENGTH], day_number day);

/* Whether the person counts as elderly (60 and over) on a day. Unknown when the number does not
 * tell the birth date: a passport's, a permit's, that of an old card. */
enum id_document_age { ID_AGE_UNKNOWN, ID_AGE_YOUNGER, ID_AGE_ELDERLY };
enum id_document_age id_document_elderly(enum id_type type, struct text id_number, day_number day);
