/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/applicant.h"

#include <stdio.h>

static struct message identity_message(enum identity_outcome outcome)
{
    switch (outcome) {
    case IDENTITY_OK:
        break;
    case IDENTITY_LENGTH:
        return MESSAGE("长度不对：身份证号 18 位，手机号 11 位，姓名 2 至 25 个汉字。",
                       "Wrong length: an ID number has 18 characters, a mobile number 11, a name 2 "
                       "to 25 Han characters.");
    case IDENTITY_CHARACTERS:
        return MESSAGE("含有不允许的字符：身份证号为数字（末位可为 X），手机号为数字，姓名为汉字。",
                       "A character is not allowed here: digits (and a last X) in an ID number, "
                       "digits in a mobile number, Han characters in a name.");
    case IDENTITY_REGION:
        return MESSAGE("身份证号前两位不是有效的省级代码，请核对。",
                       "The first two digits of the ID number are no province's; check them.");
    case IDENTITY_BIRTH_DATE:
        return MESSAGE("身份证号中的出生日期不存在，请核对。",
                       "The birth date in the ID number does not exist; check it.");
    case IDENTITY_CHECK_DIGIT:
        return MESSAGE("身份证号校验位不符（GB 11643），请核对是否输错。",
                       "The ID number's check digit does not fit (GB 11643); check for a typing "
                       "error.");
    case IDENTITY_COUNTRY_CODE:
        return MESSAGE("请填写 11 位手机号，不带 +86 等区号。",
                       "Give the 11 digits of the mobile number without a country code.");
    case IDENTITY_PHONE_NUMBER:
        return MESSAGE("不是有效的大陆手机号，应以 13 至 19 开头。",
                       "No mainland mobile number: those begin with 13 to 19.");
    }
    return MESSAGE("", "");
}

static bool is_right(const struct body_reader *reader, const char *name,
                     enum identity_outcome outcome)
{
    if (outcome != IDENTITY_OK)
        body_fault(reader, name, identity_message(outcome));
    return outcome == IDENTITY_OK;
}

/* The members of the object that the reader stands at. */
static bool read_members(const struct body_reader *reader, day_number today, struct person *person,
                         struct id_number *id_number)
{
    static const char *const known[] = {"name", "id_number", "phone", NULL};
    bool named, numbered, reachable;

    body_only(reader, known);
    named = body_text(reader, "name", true, &person->name) &&
            is_right(reader, "name", identity_check_name(person->name));
    numbered = body_text(reader, "id_number", true, &person->id_number) &&
               is_right(reader, "id_number",
                        identity_check_id_number(person->id_number, today, id_number->characters));
    reachable = body_text(reader, "phone", true, &person->phone) &&
                is_right(reader, "phone", identity_check_phone(person->phone));
    person->id_number = text_bytes(id_number->characters, IDENTITY_ID_LENGTH);
    return named && numbered && reachable;
}

bool person_read(const struct body_reader *body, const char *name, day_number today,
                 struct person *person, struct id_number *id_number)
{
    struct body_reader reader = *body;
    char pointer[64];

    reader.object = body_object(body, name);
    snprintf(pointer, sizeof pointer, "%s/%s", body->pointer, name);
    reader.pointer = pointer;
    return reader.object && read_members(&reader, today, person, id_number);
}

static void take_person(struct applicant *applicant, const struct person *person)
{
    applicant->name = person->name;
    applicant->id_number = person->id_number;
    applicant->phone = person->phone;
}

bool applicant_read(const struct body_reader *body, const char *name, day_number today,
                    struct applicant *applicant, struct id_number *id_number)
{
    struct person person = {0};
    bool right = person_read(body, name, today, &person, id_number);

    take_person(applicant, &person);
    return right;
}

void agent_read(const struct body_reader *body, day_number today, struct applicant *applicant,
                struct id_number *id_number)
{
    if (!cJSON_GetObjectItemCaseSensitive(body->object, "agent"))
        return;
    if (person_read(body, "agent", today, &applicant->agent, id_number) &&
        text_equal(applicant->agent.id_number, applicant->id_number))
        body_fault(body, "agent",
                   MESSAGE("代办人须是申请人以外的人；本人办理请删去此字段。",
                           "The agent is another person than the applicant; leave this member out "
                           "when nobody acts for him."));
}

static bool came_before(const struct applicant *applicant, const struct applicant *party,
                        unsigned count, struct text id_number)
{
    for (unsigned i = 0; i < count; i++)
        if (text_equal(party[i].id_number, id_number))
            return true;
    return text_equal(applicant->id_number, id_number);
}

static void read_member(const struct body_reader *body, day_number today, const cJSON *item,
                        const struct applicant *applicant, struct applicant *party, unsigned i,
                        struct id_number *id_number)
{
    struct body_reader reader = *body;
    struct person person = {0};
    char pointer[64];

    snprintf(pointer, sizeof pointer, "%s/party/%u", body->pointer, i);
    reader.pointer = pointer;
    reader.object = item;
    if (!cJSON_IsObject(item))
        body_fault(&reader, NULL, MESSAGE("须为对象。", "This must be an object."));
    else if (read_members(&reader, today, &person, id_number) &&
             came_before(applicant, party, i, person.id_number))
        body_fault(&reader, "id_number",
                   MESSAGE("同行人不能重复，也不能是申请人本人。",
                           "Each person of a party stands in it once, the applicant not at all."));
    take_person(&party[i], &person);
}

unsigned party_read(const struct body_reader *body, day_number today,
                    const struct applicant *applicant, struct applicant party[PARTY_MAX],
                    struct id_number id_numbers[PARTY_MAX])
{
    const cJSON *array, *item;
    unsigned count = 0;

    if (!cJSON_GetObjectItemCaseSensitive(body->object, "party") ||
        !(array = body_array(body, "party")))
        return 0;
    if (cJSON_GetArraySize(array) < 1 || cJSON_GetArraySize(array) > PARTY_MAX)
        body_fault(
            body, "party",
            MESSAGE("同行人须为 1 至 9 人；只有申请人一人时请删去此字段，人数更多请分次预约。",
                    "A party has 1 to 9 people besides the applicant; leave it out for one "
                    "person, book in parts for more."));
    for (item = array->child; item && count < PARTY_MAX; item = item->next, count++)
        read_member(body, today, item, applicant, party, count, &id_numbers[count]);
    return count;
}
