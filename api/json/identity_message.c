/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/identity_message.h"

/* What the numbers of each document look like. */
static struct message number_form(enum id_type type)
{
    switch (type) {
    case ID_CARD:
        return MESSAGE(
            "身份证号应为 18 位：17 位数字和校验位（可为 X）；持其他证件请填写 id_type。",
            "An ID card's number has 17 digits and a check character (it may be X); for "
            "another document give its id_type.");
    case ID_FOREIGN_RESIDENT:
        return MESSAGE("外国人永久居留身份证号应为 9 开头的 18 位，旧证为 3 位字母加 12 位数字。",
                       "A foreign permanent resident's number has 18 characters and begins with 9, "
                       "or on an old card 3 letters and 12 digits.");
    case ID_HK_MACAO_TAIWAN_RESIDENT:
        return MESSAGE("港澳台居民居住证号应为 18 位：17 位数字和校验位（可为 X）。",
                       "A residence permit's number has 17 digits and a check character (it may be "
                       "X).");
    case ID_PASSPORT:
        return MESSAGE("护照号应为 5 至 9 位字母和数字，其中至少一位数字。",
                       "A passport's number has 5 to 9 letters and digits, at least one digit.");
    case ID_HK_MACAO_PERMIT:
        return MESSAGE(
            "港澳居民来往内地通行证号应为 H 或 M 加 8 位数字（旧证 10 位），非中国籍为 HA 或 "
            "MA 加 7 位数字。",
            "The permit's number has H or M and 8 digits (10 on an old card), or HA or "
            "MA and 7 digits for other nationalities.");
    case ID_TAIWAN_PERMIT:
        return MESSAGE(
            "台湾居民来往大陆通行证号应为 8 位数字，旧证为 10 位数字，可加括号内的一位。",
            "The permit's number has 8 digits, or on an old one 10 and perhaps one more "
            "character in brackets.");
    }
    return MESSAGE("", "");
}

static struct message region_message(enum id_type type)
{
    if (type == ID_CARD)
        return MESSAGE("身份证号前两位不是有效的省级代码，请核对；持其他证件请填写 id_type。",
                       "The first two digits of the ID number are no province's; check them, or "
                       "give the id_type of another document.");
    if (type == ID_HK_MACAO_TAIWAN_RESIDENT)
        return MESSAGE("港澳台居民居住证号应以 810000、820000 或 830000 开头，请核对。",
                       "A residence permit's number begins with 810000, 820000 or 830000; check "
                       "it.");
    return number_form(type);
}

struct message identity_number_message(enum id_type type, enum identity_outcome outcome)
{
    switch (outcome) {
    case IDENTITY_REGION:
        return region_message(type);
    case IDENTITY_BIRTH_DATE:
        return MESSAGE("证件号码中的出生日期不存在、早于 1900 年或晚于今天，请核对。",
                       "The birth date in the ID number does not exist, is before 1900 or after "
                       "today; check it.");
    case IDENTITY_CHECK_DIGIT:
        return MESSAGE("证件号码校验位不符（GB 11643），请核对是否输错。",
                       "The ID number's check digit does not fit (GB 11643); check for a typing "
                       "error.");
    case IDENTITY_OK:
    case IDENTITY_LENGTH:
    case IDENTITY_CHARACTERS:
    case IDENTITY_COUNTRY_CODE:
    case IDENTITY_PHONE_NUMBER:
        break;
    }
    return number_form(type);
}

struct message identity_name_message(enum id_type type)
{
    if (!id_type_has_latin_names(type))
        return MESSAGE(
            "姓名应为 2 至 25 个汉字，少数民族姓名可用间隔号“·”（不在首尾、不连用）。",
            "A name has 2 to 25 Han characters; single interpunct dots may stand between "
            "them.");
    return MESSAGE("姓名应与证件一致：2 至 25 个汉字，或 2 至 60 个拉丁字母、空格及 - ' . , 符号。",
                   "The name is the document's: 2 to 25 Han characters, or 2 to 60 Latin letters, "
                   "single blanks and - ' . , between them.");
}

struct message identity_phone_message(enum identity_outcome outcome)
{
    switch (outcome) {
    case IDENTITY_COUNTRY_CODE:
        return MESSAGE("请填写 11 位手机号，不带 +86 等区号。",
                       "Give the 11 digits of the mobile number without a country code.");
    case IDENTITY_PHONE_NUMBER:
        return MESSAGE("不是有效的大陆手机号，应以 13 至 19 开头。",
                       "No mainland mobile number: those begin with 13 to 19.");
    case IDENTITY_OK:
    case IDENTITY_LENGTH:
    case IDENTITY_CHARACTERS:
    case IDENTITY_REGION:
    case IDENTITY_BIRTH_DATE:
    case IDENTITY_CHECK_DIGIT:
        break;
    }
    return MESSAGE("手机号应为 11 位数字，不含空格和连字符。",
                   "A mobile number has 11 digits without blanks or dashes.");
}
