/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/id_document.h"

#include <string.h>

#include "slots/catalogue/vault.h"
#include "tests/leaks.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static day_number day_of(const char *date)
{
    day_number day = 0;

    cr_assert(calendar_parse_date(text_of(date), &day));
    return day;
}

/* What is given, and what it is normalised to; NULL with why it is refused. */
struct example {
    enum id_type type;
    const char *given, *normalised;
    enum identity_outcome outcome;
};

static void expect(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct example *example = &examples[i];
        char normalised[IDENTITY_ID_LENGTH];
        size_t length = 0;
        enum identity_outcome outcome = id_document_check(
            example->type, text_of(example->given), day_of("2026-11-23"), normalised, &length);
        cr_expect_eq(outcome, example->outcome, "%s: %d", example->given, outcome);
        cr_expect(outcome != IDENTITY_OK ||
                      text_is(text_bytes(normalised, length), example->normalised),
                  "%s", example->given);
    }
}

/* The specimen of the card of 2023; the numbers of other people are made up. */
Test(id_document, foreign_residents)
{
    static const struct example examples[] = {
        {ID_FOREIGN_RESIDENT, "911124198108030024", "911124198108030024", IDENTITY_OK},
        {ID_FOREIGN_RESIDENT, "93115820000229001x", "93115820000229001X", IDENTITY_OK},
        {ID_FOREIGN_RESIDENT, "CAN110081080310", "CAN110081080310", IDENTITY_OK},
        {ID_FOREIGN_RESIDENT, "can110081080310", "CAN110081080310", IDENTITY_OK},
        {ID_FOREIGN_RESIDENT, "911124198108030025", NULL, IDENTITY_CHECK_DIGIT},
        {ID_FOREIGN_RESIDENT, "911124198108030042", NULL, IDENTITY_CHECK_DIGIT},
        {ID_FOREIGN_RESIDENT, "91112420010229001X", NULL, IDENTITY_BIRTH_DATE},
        {ID_FOREIGN_RESIDENT, "911124202611240016", NULL, IDENTITY_BIRTH_DATE},
        {ID_FOREIGN_RESIDENT, "11010519491231002X", NULL, IDENTITY_REGION},
        {ID_FOREIGN_RESIDENT, "810000199408230021", NULL, IDENTITY_REGION},
        {ID_FOREIGN_RESIDENT, "91112419810803002", NULL, IDENTITY_LENGTH},
        {ID_FOREIGN_RESIDENT, "9111241981080300240", NULL, IDENTITY_LENGTH},
        {ID_FOREIGN_RESIDENT, "91112419810803A024", NULL, IDENTITY_CHARACTERS},
        {ID_FOREIGN_RESIDENT, "CAN11008108031", NULL, IDENTITY_LENGTH},
        {ID_FOREIGN_RESIDENT, "CAN1100810803101", NULL, IDENTITY_LENGTH},
        {ID_FOREIGN_RESIDENT, "CA1110081080310", NULL, IDENTITY_CHARACTERS},
        {ID_FOREIGN_RESIDENT, "CANA10081080310", NULL, IDENTITY_CHARACTERS},
        {ID_FOREIGN_RESIDENT, "E12345678", NULL, IDENTITY_LENGTH},
        {ID_FOREIGN_RESIDENT, "", NULL, IDENTITY_LENGTH},
    };

    expect(examples, COUNT(examples));
}

Test(id_document, residence_permits)
{
    static const struct example examples[] = {
        {ID_HK_MACAO_TAIWAN_RESIDENT, "810000199408230021", "810000199408230021", IDENTITY_OK},
        {ID_HK_MACAO_TAIWAN_RESIDENT, "82000019860312001x", "82000019860312001X", IDENTITY_OK},
        {ID_HK_MACAO_TAIWAN_RESIDENT, "830000197511070032", "830000197511070032", IDENTITY_OK},
        {ID_HK_MACAO_TAIWAN_RESIDENT, "810000199408230022", NULL, IDENTITY_CHECK_DIGIT},
        {ID_HK_MACAO_TAIWAN_RESIDENT, "830000202611240012", NULL, IDENTITY_BIRTH_DATE},
        {ID_HK_MACAO_TAIWAN_RESIDENT, "810101199001010010", NULL, IDENTITY_REGION},
        {ID_HK_MACAO_TAIWAN_RESIDENT, "840000199408230021", NULL, IDENTITY_REGION},
        {ID_HK_MACAO_TAIWAN_RESIDENT, "11010519491231002X", NULL, IDENTITY_REGION},
        {ID_HK_MACAO_TAIWAN_RESIDENT, "911124198108030024", NULL, IDENTITY_REGION},
        {ID_HK_MACAO_TAIWAN_RESIDENT, "H12345678", NULL, IDENTITY_LENGTH},
        /* As an ID card's number, which is how they were given before. */
        {ID_CARD, "810000199408230021", "810000199408230021", IDENTITY_OK},
        {ID_CARD, "911124198108030024", NULL, IDENTITY_REGION},
    };

    expect(examples, COUNT(examples));
}

Test(id_document, passports)
{
    static const struct example examples[] = {
        {ID_PASSPORT, "E12345678", "E12345678", IDENTITY_OK},
        {ID_PASSPORT, "ea1234567", "EA1234567", IDENTITY_OK},
        {ID_PASSPORT, "123456789", "123456789", IDENTITY_OK},
        {ID_PASSPORT, "R1234", "R1234", IDENTITY_OK},
        {ID_PASSPORT, "C01X00T47", "C01X00T47", IDENTITY_OK},
        {ID_PASSPORT, "R123", NULL, IDENTITY_LENGTH},
        {ID_PASSPORT, "E123456789", NULL, IDENTITY_LENGTH},
        {ID_PASSPORT, "", NULL, IDENTITY_LENGTH},
        {ID_PASSPORT, "PASSPORT", NULL, IDENTITY_CHARACTERS},
        {ID_PASSPORT, "E1234 678", NULL, IDENTITY_CHARACTERS},
        {ID_PASSPORT, "E1234-678", NULL, IDENTITY_CHARACTERS},
        {ID_PASSPORT, "E1234<678", NULL, IDENTITY_CHARACTERS},
        {ID_PASSPORT, "Е12345678", NULL, IDENTITY_CHARACTERS}, /* a Cyrillic E */
        {ID_PASSPORT, "护照12345", NULL, IDENTITY_CHARACTERS},
    };

    expect(examples, COUNT(examples));
}

Test(id_document, permits)
{
    static const struct example examples[] = {
        {ID_HK_MACAO_PERMIT, "H12345678", "H12345678", IDENTITY_OK},
        {ID_HK_MACAO_PERMIT, "m12345678", "M12345678", IDENTITY_OK},
        {ID_HK_MACAO_PERMIT, "H1234567802", "H1234567802", IDENTITY_OK},
        {ID_HK_MACAO_PERMIT, "HA1234567", "HA1234567", IDENTITY_OK},
        {ID_HK_MACAO_PERMIT, "ma1234567", "MA1234567", IDENTITY_OK},
        {ID_HK_MACAO_PERMIT, "H123456789", NULL, IDENTITY_LENGTH},
        {ID_HK_MACAO_PERMIT, "H1234567", NULL, IDENTITY_LENGTH},
        {ID_HK_MACAO_PERMIT, "H12345678012", NULL, IDENTITY_LENGTH},
        {ID_HK_MACAO_PERMIT, "C12345678", NULL, IDENTITY_CHARACTERS},
        {ID_HK_MACAO_PERMIT, "HB1234567", NULL, IDENTITY_CHARACTERS},
        {ID_HK_MACAO_PERMIT, "HA123456789", NULL, IDENTITY_CHARACTERS},
        {ID_HK_MACAO_PERMIT, "123456789", NULL, IDENTITY_CHARACTERS},
        {ID_TAIWAN_PERMIT, "01234567", "01234567", IDENTITY_OK},
        {ID_TAIWAN_PERMIT, "0123456702", "0123456702", IDENTITY_OK},
        {ID_TAIWAN_PERMIT, "0123456702(b)", "0123456702B", IDENTITY_OK},
        {ID_TAIWAN_PERMIT, "0123456702（B）", "0123456702B", IDENTITY_OK},
        {ID_TAIWAN_PERMIT, "0123456702B", "0123456702B", IDENTITY_OK},
        {ID_TAIWAN_PERMIT, "01234567021", "01234567021", IDENTITY_OK},
        {ID_TAIWAN_PERMIT, "0123456", NULL, IDENTITY_LENGTH},
        {ID_TAIWAN_PERMIT, "012345678", NULL, IDENTITY_LENGTH},
        {ID_TAIWAN_PERMIT, "012345670(2)", NULL, IDENTITY_LENGTH},
        {ID_TAIWAN_PERMIT, "0123456702(B", NULL, IDENTITY_LENGTH},
        {ID_TAIWAN_PERMIT, "T1234567", NULL, IDENTITY_CHARACTERS},
        {ID_TAIWAN_PERMIT, "0123456#", NULL, IDENTITY_CHARACTERS},
        {ID_TAIWAN_PERMIT, "0123456702*", NULL, IDENTITY_CHARACTERS},
        {ID_FOREIGN_RESIDENT, "C@N#10081080310", NULL, IDENTITY_CHARACTERS},
        {ID_TAIWAN_PERMIT, "A123456789", NULL, IDENTITY_CHARACTERS},
    };

    expect(examples, COUNT(examples));
}

/* As input methods, copied cells and readers give them. */
Test(id_document, however_it_is_typed)
{
    static const struct example examples[] = {
        {ID_CARD, "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X", IDENTITY_OK},
        {ID_CARD, "１１０１０５１９４９１２３１００２ｘ", "11010519491231002X", IDENTITY_OK},
        {ID_CARD, "  11010519491231002X\t\r\n", "11010519491231002X", IDENTITY_OK},
        {ID_CARD, "　11010519491231002x　", "11010519491231002X", IDENTITY_OK},
        {ID_CARD, "-11010519491231002X-", "11010519491231002X", IDENTITY_OK},
        {ID_CARD,
         "\xe2\x80\xaa"
         "11010519491231002X\xe2\x80\xac",
         "11010519491231002X", IDENTITY_OK},
        {ID_CARD,
         "\xef\xbb\xbf"
         "11010519491231002X",
         "11010519491231002X", IDENTITY_OK},
        {ID_PASSPORT, " ｅ１２３４５６７８ — ", "E12345678", IDENTITY_OK},
        {ID_CARD, "110105 19491231 002X", NULL, IDENTITY_LENGTH},
        {ID_CARD, " - - ", NULL, IDENTITY_LENGTH},
        {ID_CARD, "\xc1\xff", NULL, IDENTITY_CHARACTERS},
        {ID_CARD, "١١٠١٠٥١٩٤٩١٢٣١٠٠٢", NULL, IDENTITY_CHARACTERS},
        {ID_CARD, "111111111111111111111111111111111111111111111111111", NULL, IDENTITY_LENGTH},
    };

    expect(examples, COUNT(examples));
}

static bool are_same(enum id_type type, const char *one, enum id_type other_type, const char *other)
{
    char keys[2][ID_DOCUMENT_KEY_BYTES_MAX];
    size_t length = id_document_key(type, text_of(one), keys[0]);

    return length == id_document_key(other_type, text_of(other), keys[1]) &&
           memcmp(keys[0], keys[1], length) == 0;
}

Test(id_document, a_person_is_one_number_of_one_space)
{
    cr_expect(
        are_same(ID_CARD, "810000199408230021", ID_HK_MACAO_TAIWAN_RESIDENT, "810000199408230021"));
    cr_expect(are_same(ID_HK_MACAO_PERMIT, "H1234567801", ID_HK_MACAO_PERMIT, "H12345678"));
    cr_expect(are_same(ID_TAIWAN_PERMIT, "0123456702B", ID_TAIWAN_PERMIT, "01234567"));
    cr_expect_not(are_same(ID_HK_MACAO_PERMIT, "H12345678", ID_HK_MACAO_PERMIT, "M12345678"));
    cr_expect_not(are_same(ID_HK_MACAO_PERMIT, "H12345678", ID_PASSPORT, "H12345678"));
    cr_expect_not(are_same(ID_TAIWAN_PERMIT, "01234567", ID_PASSPORT, "01234567"));
    cr_expect_not(are_same(ID_PASSPORT, "E1234567", ID_PASSPORT, "E12345678"));
}

/* What stands in stores that know ID cards alone: the HMAC of the number and nothing else. */
Test(id_document, the_key_of_an_id_card_is_as_it_was)
{
    struct vault vault = {.master = {1, 2, 3}};
    struct vault_city keys;
    crypto_auth_hmacsha256_state state;
    unsigned char mac[crypto_auth_hmacsha256_BYTES], person[PERSON_KEY_BYTES];
    static const struct {
        enum id_type type;
        const char *number, *message;
    } cases[] = {
        {ID_CARD, "11010519491231002X", "11010519491231002X"},
        {ID_HK_MACAO_TAIWAN_RESIDENT, "810000199408230021", "810000199408230021"},
        {ID_FOREIGN_RESIDENT, "911124198108030024", "911124198108030024"},
        {ID_FOREIGN_RESIDENT, "CAN110081080310", "foreign_resident:CAN110081080310"},
        {ID_PASSPORT, "E12345678", "passport:E12345678"},
        {ID_HK_MACAO_PERMIT, "HA1234567", "hk_macao_permit:HA1234567"},
        {ID_TAIWAN_PERMIT, "0123456702B", "taiwan_permit:01234567"},
    };

    vault_city_keys(&vault, TEXT("410400"), &keys);
    for (size_t i = 0; i < COUNT(cases); i++) {
        state = keys.person;
        crypto_auth_hmacsha256_update(&state, (const unsigned char *)cases[i].message,
                                      strlen(cases[i].message));
        crypto_auth_hmacsha256_final(&state, mac);
        vault_person(&keys, cases[i].type, text_of(cases[i].number), person);
        cr_expect_eq(memcmp(person, mac, sizeof person), 0, "%s", cases[i].number);
    }
}

Test(id_document, age_is_known_where_a_birth_date_is)
{
    static const struct {
        enum id_type type;
        const char *number;
        enum id_document_age age; /* on 2026-11-23 */
    } cases[] = {
        {ID_CARD, "11010519491231002X", ID_AGE_ELDERLY},
        {ID_CARD, "410402200002290011", ID_AGE_YOUNGER},
        {ID_HK_MACAO_TAIWAN_RESIDENT, "810000199408230021", ID_AGE_YOUNGER},
        {ID_FOREIGN_RESIDENT, "911124198108030024", ID_AGE_YOUNGER},
        {ID_FOREIGN_RESIDENT, "CAN110081080310", ID_AGE_UNKNOWN},
        {ID_PASSPORT, "E12345678", ID_AGE_UNKNOWN},
        {ID_HK_MACAO_PERMIT, "H1234567801", ID_AGE_UNKNOWN},
        {ID_TAIWAN_PERMIT, "01234567", ID_AGE_UNKNOWN},
        {ID_PASSPORT, "", ID_AGE_UNKNOWN},
        {ID_CARD, "", ID_AGE_UNKNOWN},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_eq(
            id_document_elderly(cases[i].type, text_of(cases[i].number), day_of("2026-11-23")),
            cases[i].age, "%s", cases[i].number);
    cr_expect_eq(id_document_elderly(ID_CARD, TEXT("11010519491231002X"), day_of("2009-12-30")),
                 ID_AGE_YOUNGER);
    cr_expect_eq(id_document_elderly(ID_CARD, TEXT("11010519491231002X"), day_of("2009-12-31")),
                 ID_AGE_ELDERLY);
}

Test(id_document, each_type_has_a_name_and_a_letter)
{
    for (int i = ID_CARD; i <= ID_TAIWAN_PERMIT; i++) {
        enum id_type type = (enum id_type)i, parsed = (enum id_type) - 1;

        cr_expect(id_type_parse(text_of(id_type_name(type)), &parsed));
        cr_expect_eq(parsed, type);
        cr_expect(id_type_of_letter(id_type_letter(type), &parsed));
        cr_expect_eq(parsed, type);
    }
    cr_expect_not(id_type_parse(TEXT("ID_CARD"), &(enum id_type){0}));
    cr_expect_not(id_type_parse(TEXT(""), &(enum id_type){0}));
    cr_expect_not(id_type_of_letter('x', &(enum id_type){0}));
    assert_no_leaks();
}
