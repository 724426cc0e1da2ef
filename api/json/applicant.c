/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/applicant.h"

#include "api/json/identity_message.h"
#include "slots/catalogue/id_document.h"

static bool read_type(const struct body_reader *reader, enum id_type *id_type)
{
    struct text name;

    *id_type = ID_CARD;
    if (!json_has(reader->object, "id_type"))
        return true;
    if (!body_text(reader, "id_type", true, &name))
        return false;
    if (id_type_parse(name, id_type))
        return true;
    body_fault(reader, "id_type",
               MESSAGE("须为 id_card、foreign_resident、hk_macao_taiwan_resident、passport、"
                       "hk_macao_permit 或 taiwan_permit；不填为 id_card。",
                       "This must be id_card, foreign_resident, hk_macao_taiwan_resident, "
                       "passport, hk_macao_permit or taiwan_permit; id_card if left out."));
    return false;
}

static bool read_number(const struct body_reader *reader, day_number today, enum id_type id_type,
                        struct text *id_number, struct id_number *storage)
{
    enum identity_outcome outcome;
    size_t length;

    if (!body_text(reader, "id_number", true, id_number))
        return false;
    outcome = id_document_check(id_type, *id_number, today, storage->characters, &length);
    *id_number = text_bytes(storage->characters, outcome == IDENTITY_OK ? length : 0);
    if (outcome != IDENTITY_OK)
        body_fault(reader, "id_number", identity_number_message(id_type, outcome));
    return outcome == IDENTITY_OK;
}

/* By which rule a number is read is not known when its type is none; it must still be there. */
bool document_read(const struct body_reader *reader, day_number today, enum id_type *id_type,
                   struct text *id_number, struct id_number *storage)
{
    if (read_type(reader, id_type))
        return read_number(reader, today, *id_type, id_number, storage);
    body_text(reader, "id_number", true, id_number);
    *id_number = TEXT_NONE;
    return false;
}

static bool read_name(const struct body_reader *reader, enum id_type id_type, struct text *name)
{
    struct buffer normalised = {0};
    bool is_right;

    if (!body_text(reader, "name", true, name))
        return false;
    is_right = identity_check_name(id_type, *name, &normalised) == IDENTITY_OK;
    if (is_right)
        *name = arena_copy(&reader->call->arena, buffer_text(&normalised));
    else
        body_fault(reader, "name", identity_name_message(id_type));
    buffer_free(&normalised);
    return is_right;
}

static bool read_phone(const struct body_reader *reader, struct text *phone)
{
    enum identity_outcome outcome;

    if (!body_text(reader, "phone", true, phone))
        return false;
    outcome = identity_check_phone(*phone);
    if (outcome != IDENTITY_OK)
        body_fault(reader, "phone", identity_phone_message(outcome));
    return outcome == IDENTITY_OK;
}

/* The members of the object that the reader stands at. */
static bool read_members(const struct body_reader *reader, day_number today, struct person *person,
                         struct id_number *id_number)
{
    bool named, numbered, reachable;

    body_only(reader, "name", "id_type", "id_number", "phone");
    numbered = document_read(reader, today, &person->id_type, &person->id_number, id_number);
    named = read_name(reader, person->id_type, &person->name);
    reachable = read_phone(reader, &person->phone);
    return named && numbered && reachable;
}

/* Two that are known by the same are one person. */
static bool is_same(const struct applicant *applicant, const struct person *person)
{
    char one[ID_DOCUMENT_KEY_BYTES_MAX], other[ID_DOCUMENT_KEY_BYTES_MAX];
    size_t length = id_document_key(applicant->id_type, applicant->id_number, one);

    return length == id_document_key(person->id_type, person->id_number, other) &&
           memcmp(one, other, length) == 0;
}

bool person_read(const struct body_reader *body, const char *name, day_number today,
                 struct person *person, struct id_number *id_number)
{
    struct body_reader reader =
        body_at(body, &(struct json_path){&body->path, name, 0}, body_object(body, name));

    return reader.object && read_members(&reader, today, person, id_number);
}

static void take_person(struct applicant *applicant, const struct person *person)
{
    applicant->name = person->name;
    applicant->id_number = person->id_number;
    applicant->phone = person->phone;
    applicant->id_type = person->id_type;
}

bool applicant_read(const struct body_reader *body, const char *name, day_number today,
                    struct applicant *applicant, struct id_number *id_number)
{
    struct person person = {0};
    bool right = person_read(body, name, today, &person, id_number);

    take_person(applicant, &person);
    return right;
}

void elderly_check(const struct body_reader *body, enum priority priority, enum id_type type,
                   struct text id_number, day_number day)
{
    if (priority == PRIORITY_ELDERLY && id_document_elderly(type, id_number, day) == ID_AGE_YOUNGER)
        body_fault(body, "priority",
                   MESSAGE("elderly 须年满 60 周岁，以身份证号为准。",
                           "elderly is for those of 60 and over, by their ID number."));
}

void agent_read(const struct body_reader *body, day_number today, struct applicant *applicant,
                struct id_number *id_number)
{
    if (!json_has(body->object, "agent"))
        return;
    if (person_read(body, "agent", today, &applicant->agent, id_number) &&
        is_same(applicant, &applicant->agent))
        body_fault(body, "agent",
                   MESSAGE("代办人须是申请人以外的人；本人办理请删去此字段。",
                           "The agent is another person than the applicant; leave this member out "
                           "when nobody acts for him."));
}

static bool came_before(const struct applicant *applicant, const struct applicant *party,
                        unsigned count, const struct person *person)
{
    for (unsigned i = 0; i < count; i++)
        if (is_same(&party[i], person))
            return true;
    return is_same(applicant, person);
}

/* The reader stands at one of the party. */
static void read_member(const struct body_reader *reader, day_number today,
                        const struct applicant *applicant, struct applicant *party, unsigned i,
                        struct id_number *id_number)
{
    struct person person = {0};

    if (json_kind(reader->object) != JSON_OBJECT)
        body_fault(reader, NULL, MESSAGE("须为对象。", "This must be an object."));
    else if (read_members(reader, today, &person, id_number) &&
             came_before(applicant, party, i, &person))
        body_fault(reader, "id_number",
                   MESSAGE("同行人不能重复，也不能是申请人本人。",
                           "Each person of a party stands in it once, the applicant not at all."));
    take_person(&party[i], &person);
}

unsigned party_read(const struct body_reader *body, day_number today,
                    const struct applicant *applicant, struct applicant party[PARTY_MAX],
                    struct id_number id_numbers[PARTY_MAX])
{
    const struct json_path list = {&body->path, "party", 0};
    const struct json *array;
    unsigned count = 0;

    if (!json_has(body->object, "party") ||
        !(array = body_list(
              body, "party", 1, PARTY_MAX,
              MESSAGE("同行人须为 1 至 9 人；只有申请人一人时请删去此字段，人数更多请分次预约。",
                      "A party has 1 to 9 people besides the applicant; leave it out for one "
                      "person, book in parts for more."))))
        return 0;
    JSON_EACH(array, item) {
        struct body_reader at = body_at(body, &(struct json_path){&list, NULL, count}, item);
        read_member(&at, today, applicant, party, count, &id_numbers[count]);
        count++;
    }
    return count;
}
