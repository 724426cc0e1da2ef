/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/ledger/reservation.h"

#include <stdlib.h>

#include "tests/leaks.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct applicant somebody = {
    .name = {"张三丰", 9},
    .id_number = {"11010519491231002X", 18},
    .phone = {"13800005678", 11},
};

static struct vault_city city_keys(void)
{
    struct vault vault = {{7, 7, 7}};
    struct vault_city keys;

    cr_assert_geq(sodium_init(), 0);
    vault_city_keys(&vault, TEXT("410400"), &keys);
    return keys;
}

static day_number day_of(const char *date)
{
    day_number day = 0;

    cr_assert(calendar_parse_compact_date(text_of(date), &day));
    return day;
}

/* A reservation of the day's queue A, number 12. */
static struct reservation booked(void)
{
    struct reservation reservation = {
        .id = {.hall = TEXT("410400-01"),
               .queue = TEXT("A"),
               .day = day_of("20261124"),
               .sequence = 12,
               .salt = {'K', '7', 'Q', '9', 'X', '2'}},
        .service = TEXT("realestate.transfer"),
        .channel = TEXT("wechat"),
        .slot = 18,
        .span = 2,
        .units = 3,
        .status = RESERVATION_BOOKED,
        .evidence = EVIDENCE_GREEN,
        .created_at_ms = INT64_C(1795000000123),
        .creator = 2,
        .person = "14 bytes of it",
    };

    return reservation;
}

static struct buffer record_of(const struct reservation *reservation,
                               const struct applicant *applicant)
{
    struct vault_city keys = city_keys();
    struct buffer record = {0};

    reservation_append_record(&record, reservation, applicant, &keys);
    return record;
}

/* Where the creator's byte stands in the records of booked(). */
enum { CREATOR_AT = 25 + 1 + 19 + 1 + 6, EXTRAS_AT = CREATOR_AT + 7 };

/* A plain record with these bytes as its extras, and `length` as what their length says. */
static struct buffer with_extras(struct text record, struct text extras, size_t length)
{
    struct buffer changed = {0};

    buffer_append(&changed, text_part(record, 0, EXTRAS_AT));
    changed.data[CREATOR_AT] = (char)(changed.data[CREATOR_AT] | 0x80);
    buffer_append_byte(&changed, (char)(length >> 8));
    buffer_append_byte(&changed, (char)length);
    buffer_append(&changed, extras);
    buffer_append(&changed, text_part(record, EXTRAS_AT, record.length));
    return changed;
}

static void append_extra(struct buffer *extras, char tag, const char *value)
{
    buffer_append_byte(extras, tag);
    buffer_append_byte(extras, (char)strlen(value));
    buffer_append(extras, text_of(value));
}

Test(reservation, ids_of_all_kinds)
{
    static const struct {
        const char *text, *hall, *queue, *field, *key;
        uint32_t sequence;
        enum reservation_kind kind;
    } cases[] = {
        {"410400-01.20261124.A-12-K7Q9X2", "410400-01", "A", "410400-01 A 12",
         "{410400}:reservations:20261124", 12, KIND_RESERVATION},
        {"410402001-01.20261124.B2-w3-000000", "410402001-01", "B2", "410402001-01 B2 w3",
         "{410400}:entries:20261124", 3, KIND_WAITING},
        {"410400-01.20261124.w-d2147483647-ZZZZZZ", "410400-01", "w", "410400-01 w d2147483647",
         "{410400}:entries:20261124", 2147483647, KIND_DRAW},
    };
    struct arena arena = {0};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reservation_id id;
        struct buffer printed = {0};
        cr_assert(reservation_parse_id(text_of(cases[i].text), &id), "%s", cases[i].text);
        cr_expect(text_is(id.hall, cases[i].hall));
        cr_expect(text_is(id.queue, cases[i].queue));
        cr_expect_eq(id.day, day_of("20261124"));
        cr_expect_eq(id.sequence, cases[i].sequence);
        cr_expect_eq(id.kind, cases[i].kind);
        reservation_append_id(&printed, &id);
        cr_expect(text_is(buffer_text(&printed), cases[i].text));
        cr_expect(text_is(reservation_field(&arena, &id), cases[i].field));
        cr_expect(text_is(reservation_key(&arena, TEXT("410400"), &id), cases[i].key));
        buffer_free(&printed);
    }
    arena_free(&arena);
    assert_no_leaks();
}

Test(reservation, what_people_type_for_it_is_understood)
{
    static const struct {
        const char *typed, *code;
    } cases[] = {
        {"410400-01.20261124.A-w3-k7q9x2", "A-w3-K7Q9X2"},
        {"410400-01.20261124.A-W3-K7Q9X2", "A-w3-K7Q9X2"},
        {"410400-01.20261124.A-T3-K7Q9X2", "A-t3-K7Q9X2"},
        {"410400-01.20261124.A-12-K7Q9XI", "A-12-K7Q9X1"},
        {"410400-01.20261124.A-12-k7q9xl", "A-12-K7Q9X1"},
        {"410400-01.20261124.A-12-K7Q9XO", "A-12-K7Q9X0"},
    };
    struct reservation_id id;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer code = {0};
        cr_assert(reservation_parse_id(text_of(cases[i].typed), &id), "%s", cases[i].typed);
        reservation_append_code(&code, &id);
        cr_expect(text_is(buffer_text(&code), cases[i].code), "%s", cases[i].typed);
        buffer_free(&code);
    }
}

Test(reservation, what_is_no_id)
{
    static const char *const cases[] = {
        "",
        "410400-01",
        "410400-01.20261124",
        "410400-01.20261124.A-12",
        "410400-01.20261124.A-12-K7Q9X",
        "410400-01.20261124.A-12-K7Q9X20",
        "410400-01.20261124.A-12-K7Q9XU",
        "410400-01.20261124.A-12-K7Q9X2.",
        "410400-01.20261124.A-0-K7Q9X2",
        "410400-01.20261124.A-012-K7Q9X2",
        "410400-01.20261124.A--K7Q9X2",
        "410400-01.20261124.A-2147483648-K7Q9X2",
        "410400-01.20261124.A-w-K7Q9X2",
        "410400-01.20261124.A-w0-K7Q9X2",
        "410400-01.20261124.A-w03-K7Q9X2",
        "410400-01.20261124.A-ww3-K7Q9X2",
        "410400-01.20261124.A-x3-K7Q9X2",
        "410400-01.20261124.A-3w-K7Q9X2",
        "410400-01.20261131.A-12-K7Q9X2",
        "410400-01.2026112.A-12-K7Q9X2",
        ".20261124.A-12-K7Q9X2",
        "410400-01.20261124.-12-K7Q9X2",
        "410400-0100000000000000000000000000000000000.20261124.A-12-K7Q9X2",
    };
    struct reservation_id id;

    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect(!reservation_parse_id(text_of(cases[i]), &id), "%s", cases[i]);
}

Test(reservation, places)
{
    static const char *const sound[] = {"20261124 410400-01 A 12", "20261124 410400-01 A w3",
                                        "20261124 410400-01 A d7"};
    static const char *const unsound[] = {
        "",
        "20261124",
        "20261124 410400-01",
        "20261124 410400-01 A",
        "20261124 410400-01 A ",
        "20261124 410400-01 A 0",
        "20261124 410400-01 A x3",
        "20261124 410400-01 A 12 ",
        "20261324 410400-01 A 12",
        "410400-01 A 12",
    };
    struct reservation_id id = {.salt = {'K', '7', 'Q', '9', 'X', '2'}};

    for (size_t i = 0; i < COUNT(sound); i++) {
        struct buffer printed = {0};
        cr_assert(reservation_parse_place(text_of(sound[i]), &id), "%s", sound[i]);
        reservation_append_place(&printed, &id);
        cr_expect(text_is(buffer_text(&printed), sound[i]));
        cr_expect_arr_eq(id.salt, "K7Q9X2", SALT_BYTES);
        buffer_free(&printed);
    }
    for (size_t i = 0; i < COUNT(unsound); i++)
        cr_expect(!reservation_parse_place(text_of(unsound[i]), &id), "%s", unsound[i]);
}

static void expect_plain_fields(const struct reservation *read, const struct reservation *written)
{
    cr_expect_eq(read->status, written->status);
    cr_expect_eq(read->evidence, written->evidence);
    cr_expect_eq(read->slot, written->slot);
    cr_expect_eq(read->span, written->span);
    cr_expect_eq(read->units, written->units);
    cr_expect_arr_eq(read->person, written->person, PERSON_KEY_BYTES);
    cr_expect_arr_eq(read->id.salt, written->id.salt, SALT_BYTES);
    cr_expect(text_equal(read->service, written->service));
    cr_expect(text_equal(read->channel, written->channel));
    cr_expect_eq(read->creator, written->creator);
    cr_expect_eq(read->created_at_ms, written->created_at_ms);
}

Test(reservation, a_plain_record_round_trips)
{
    struct vault_city keys = city_keys();
    struct reservation written = booked(), read = {.id = written.id};
    struct buffer record = record_of(&written, &somebody), plain = {0};
    struct applicant applicant;

    cr_assert(reservation_parse_record(buffer_text(&record), &read));
    expect_plain_fields(&read, &written);
    cr_expect_null(read.parts);
    cr_expect_eq(read.extras.origin.length, 0);
    cr_expect_eq(read.extras.follower_count, 0);
    cr_expect_eq(record.length, EXTRAS_AT + (1 + 18) + (1 + 11) + (1 + 9) + VAULT_OVERHEAD_BYTES);
    cr_assert(reservation_unseal(&read, &keys, &plain, &applicant));
    cr_expect(text_equal(applicant.name, somebody.name));
    cr_expect(text_equal(applicant.id_number, somebody.id_number));
    cr_expect(text_equal(applicant.phone, somebody.phone));
    cr_expect_eq(applicant.agent.id_number.length, 0);
    cr_expect_eq(applicant.agent.name.length, 0);
    buffer_free(&record);
    buffer_free(&plain);
    assert_no_leaks();
}

/* Texts of the extras, each another one. */
static struct reservation_extras all_extras(void)
{
    struct reservation_extras extras = {
        .origin = TEXT("20261123 410400-01 B 4"),
        .moved_to = TEXT("20261125 410402-01 A 2"),
        .priority = PRIORITY_DISABLED,
        .agent = TEXT("an agent's key"),
        .package = TEXT("open-restaurant"),
        .lead = TEXT("B 8"),
        .followers = {TEXT("A 13"), TEXT("C 1")},
        .follower_count = 2,
        .offer_for = TEXT("20261124 410400-01 A 9"),
        .offer_place = TEXT("20261126 410400-01 A 1"),
        .starts = TEXT("\x12\x13"),
        .draw_entry = TEXT("0123456789abcdef"),
        .pardon = TEXT("大厅停电"),
    };

    return extras;
}

Test(reservation, all_extras_round_trip)
{
    struct vault_city keys = city_keys();
    struct reservation written = booked(), read = {.id = written.id};
    struct reservation_extras expected = all_extras();
    struct buffer record, plain = {0};
    struct applicant applicant;

    written.extras = expected;
    record = record_of(&written, &somebody);
    cr_assert(reservation_parse_record(buffer_text(&record), &read));
    expect_plain_fields(&read, &written);
    cr_expect(text_equal(read.extras.origin, expected.origin));
    cr_expect(text_equal(read.extras.moved_to, expected.moved_to));
    cr_expect_eq(read.extras.priority, expected.priority);
    cr_expect(text_equal(read.extras.agent, expected.agent));
    cr_expect(text_equal(read.extras.package, expected.package));
    cr_expect(text_equal(read.extras.lead, expected.lead));
    cr_assert_eq(read.extras.follower_count, 2);
    cr_expect(text_is(read.extras.followers[0], "A 13"));
    cr_expect(text_is(read.extras.followers[1], "C 1"));
    cr_expect(text_equal(read.extras.offer_for, expected.offer_for));
    cr_expect(text_equal(read.extras.offer_place, expected.offer_place));
    cr_expect(text_equal(read.extras.starts, expected.starts));
    cr_expect(text_equal(read.extras.draw_entry, expected.draw_entry));
    cr_expect(text_equal(read.extras.pardon, expected.pardon));
    cr_expect(reservation_unseal(&read, &keys, &plain, &applicant));
    buffer_free(&record);
    buffer_free(&plain);
    assert_no_leaks();
}

Test(reservation, extras_that_the_functions_write)
{
    struct reservation written = booked(), read = {.id = written.id};
    struct buffer plain_record = record_of(&written, &somebody), extras = {0}, record;

    append_extra(&extras, 'u', "1795000600");
    append_extra(&extras, '~', "of a later version");
    append_extra(&extras, 'p', "m");
    append_extra(&extras, 's', "A 13");
    record = with_extras(buffer_text(&plain_record), buffer_text(&extras), extras.length);
    cr_assert(reservation_parse_record(buffer_text(&record), &read));
    cr_expect_eq(read.extras.offer_until_s, 1795000600);
    cr_expect_eq(read.extras.priority, PRIORITY_MILITARY);
    cr_expect_eq(read.extras.follower_count, 1);
    cr_expect_eq(read.creator, written.creator, "the bit is not the role's");
    buffer_free(&plain_record);
    buffer_free(&extras);
    buffer_free(&record);
    assert_no_leaks();
}

Test(reservation, the_agent_is_sealed_with_the_applicant)
{
    struct vault_city keys = city_keys();
    struct reservation written = booked(), read = {.id = written.id};
    struct applicant helped = somebody, applicant;
    struct buffer record, plain = {0};

    helped.agent = (struct person){.name = TEXT("李四"),
                                   .id_number = TEXT("410402200002290011"),
                                   .phone = TEXT("13900001111")};
    record = record_of(&written, &helped);
    cr_assert(reservation_parse_record(buffer_text(&record), &read));
    cr_assert(reservation_unseal(&read, &keys, &plain, &applicant));
    cr_expect(text_equal(applicant.name, somebody.name));
    cr_expect(text_equal(applicant.agent.name, helped.agent.name));
    cr_expect(text_equal(applicant.agent.id_number, helped.agent.id_number));
    cr_expect(text_equal(applicant.agent.phone, helped.agent.phone));
    buffer_free(&record);
    buffer_free(&plain);
}

/* A passport's holder, and one who acts for him with a permit; each alone too. */
Test(reservation, the_documents_types_are_sealed)
{
    static const enum id_type types[][2] = {{ID_CARD, ID_CARD},
                                            {ID_PASSPORT, ID_CARD},
                                            {ID_CARD, ID_TAIWAN_PERMIT},
                                            {ID_FOREIGN_RESIDENT, ID_HK_MACAO_PERMIT}};
    struct vault_city keys = city_keys();

    for (size_t i = 0; i < COUNT(types); i++)
        for (unsigned has_agent = 0; has_agent < 2; has_agent++) {
            struct reservation written = booked(), read = {.id = written.id};
            struct applicant given = somebody, applicant;
            struct buffer record, plain = {0};

            given.id_type = types[i][0];
            if (has_agent)
                given.agent = (struct person){TEXT("李四"), TEXT("01234567"), TEXT("13900001111"),
                                              types[i][1]};
            record = record_of(&written, &given);
            cr_assert(reservation_parse_record(buffer_text(&record), &read));
            cr_assert(reservation_unseal(&read, &keys, &plain, &applicant));
            cr_expect_eq(applicant.id_type, given.id_type);
            cr_expect_eq(applicant.agent.id_type, given.agent.id_type);
            cr_expect(text_equal(applicant.id_number, somebody.id_number));
            cr_expect(text_equal(applicant.agent.id_number, given.agent.id_number));
            buffer_free(&record);
            buffer_free(&plain);
        }
}

/* What is sealed for ID cards alone is what it was before there were other documents. */
Test(reservation, a_record_of_an_id_card_is_as_it_was)
{
    struct reservation written = booked();
    struct applicant other = somebody;
    struct buffer plain = record_of(&written, &somebody), typed;

    other.id_type = ID_PASSPORT;
    typed = record_of(&written, &other);
    cr_expect_eq(plain.length, (size_t)EXTRAS_AT + 1 + 18 + 1 + 11 + 1 + 9 + VAULT_OVERHEAD_BYTES);
    cr_expect_eq(typed.length, plain.length + 3 + 1 + 2); /* no agent, then two letters */
    buffer_free(&plain);
    buffer_free(&typed);
}

/* Reads a record of booked() as if it stood at `id`, with `origin` written by a function. */
static bool unseals_at(struct reservation_id id, const char *origin)
{
    struct vault_city keys = city_keys();
    struct reservation written = booked(), read = {.id = id};
    struct buffer made = record_of(&written, &somebody), extras = {0}, plain = {0}, record;
    struct applicant applicant;
    bool is_unsealed;

    append_extra(&extras, 'p', "e");
    if (origin)
        append_extra(&extras, 'o', origin);
    record = with_extras(buffer_text(&made), buffer_text(&extras), extras.length);
    cr_assert(reservation_parse_record(buffer_text(&record), &read));
    is_unsealed = reservation_unseal(&read, &keys, &plain, &applicant);
    cr_expect(!is_unsealed || text_equal(applicant.id_number, somebody.id_number));
    buffer_free(&made);
    buffer_free(&extras);
    buffer_free(&record);
    buffer_free(&plain);
    return is_unsealed;
}

Test(reservation, a_moved_record_unseals_by_its_origin)
{
    struct reservation_id here = booked().id, elsewhere = here;

    elsewhere.hall = TEXT("410402-01");
    elsewhere.queue = TEXT("B");
    elsewhere.day++;
    elsewhere.sequence = 99;
    cr_expect(unseals_at(here, NULL));
    cr_expect(unseals_at(elsewhere, "20261124 410400-01 A 12"));
    cr_expect(!unseals_at(elsewhere, NULL), "it was sealed for another place");
    cr_expect(!unseals_at(elsewhere, "20261124 410400-01 B 12"));
    cr_expect(!unseals_at(elsewhere, "20261125 410400-01 A 12"));
    cr_expect(!unseals_at(elsewhere, "20261124 410402-01 A 12"));
    cr_expect(!unseals_at(elsewhere, "no place"));
    assert_no_leaks();
}

/* The number was not known when it was sealed, and an entry becomes a reservation. */
Test(reservation, an_entry_unseals_as_the_reservation_it_became)
{
    struct reservation_id elsewhere = booked().id;

    elsewhere.day++;
    cr_expect(unseals_at(elsewhere, "20261124 410400-01 A w3"));
    cr_expect(unseals_at(elsewhere, "20261124 410400-01 A d7"));
}

Test(reservation, another_salt_does_not_unseal)
{
    struct vault_city keys = city_keys();
    struct reservation written = booked(), read = {.id = written.id};
    struct buffer record = record_of(&written, &somebody), plain = {0};
    struct applicant applicant;

    cr_assert(reservation_parse_record(buffer_text(&record), &read));
    read.id.salt[5] = '3';
    cr_expect(!reservation_unseal(&read, &keys, &plain, &applicant));
    buffer_free(&record);
    buffer_free(&plain);
}

Test(reservation, the_public_id_is_that_of_the_origin)
{
    struct reservation reservation = booked();
    struct reservation_id id;
    struct buffer printed = {0};

    cr_assert(reservation_public_id(&reservation, &id));
    reservation_append_id(&printed, &id);
    cr_expect(text_is(buffer_text(&printed), "410400-01.20261124.A-12-K7Q9X2"));
    buffer_clear(&printed);
    reservation.extras.origin = TEXT("20261123 410402-01 B w4");
    cr_assert(reservation_public_id(&reservation, &id));
    reservation_append_id(&printed, &id);
    cr_expect(text_is(buffer_text(&printed), "410402-01.20261123.B-w4-K7Q9X2"));
    reservation.extras.origin = TEXT("20261123 410402-01 B");
    cr_expect(!reservation_public_id(&reservation, &id));
    buffer_free(&printed);
}

Test(reservation, malformed_extras_are_refused)
{
    static const struct {
        struct text extras;
        size_t length; /* as it is said; 0: as it is */
    } cases[] = {
        {{"o", 1}, 0},       /* a tag without a length */
        {{"o\x05xy", 4}, 0}, /* a value that is longer than the extras */
        {{"p\x01"
          "ep",
          4},
         0}, /* the same behind a sound one */
        {{"u\x03"
          "1x5",
          5},
         0}, /* no number */
        {{"u\x01"
          "-",
          3},
         0},
        {{"u\x00", 2}, 0},
        {{"p\x01"
          "e",
          3},
         0xffff}, /* longer than the record */
    };
    struct reservation written = booked(), read;
    struct buffer made = record_of(&written, &somebody);

    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t length = cases[i].length ? cases[i].length : cases[i].extras.length;
        struct buffer record = with_extras(buffer_text(&made), cases[i].extras, length);
        read = (struct reservation){.id = written.id};
        cr_expect(!reservation_parse_record(buffer_text(&record), &read), "case %zu", i);
        buffer_free(&record);
    }
    buffer_free(&made);
    assert_no_leaks();
}

/* Every prefix that ends within header or extras is no record; none of them is read beyond its end
 * (the copies are exact, for AddressSanitizer). */
Test(reservation, a_record_that_was_cut_off_is_refused)
{
    struct reservation written = booked(), read;
    struct buffer record;
    size_t sealed_length, header_length;

    written.extras = all_extras();
    record = record_of(&written, &somebody);
    cr_assert(reservation_parse_record(buffer_text(&record), &read));
    sealed_length = read.sealed.length;
    header_length = record.length - sealed_length;
    for (size_t length = 0; length < header_length; length++) {
        char *exact = memory_new(length ? length : 1);
        memcpy(exact, record.data, length);
        cr_expect(!reservation_parse_record(text_bytes(exact, length), &read), "%zu", length);
        free(exact);
    }
    buffer_free(&record);
    assert_no_leaks();
}

Test(reservation, statuses)
{
    static const struct {
        enum reservation_status status;
        const char *name;
        bool live, holds_units;
    } cases[] = {
        {RESERVATION_BOOKED, "booked", true, true},
        {RESERVATION_CHECKED_IN, "checked_in", true, true},
        {RESERVATION_CALLED, "called", true, true},
        {RESERVATION_SERVING, "serving", true, true},
        {RESERVATION_DONE, "done", false, false},
        {RESERVATION_CANCELLED, "cancelled", false, false},
        {RESERVATION_RETURNING, "cancelled", false, true},
        {RESERVATION_NO_SHOW, "no_show", false, false},
        {RESERVATION_IN_DRAW, "in_draw", false, false},
        {RESERVATION_NOT_DRAWN, "not_drawn", false, false},
        {RESERVATION_MOVED, "moved", false, false},
        {RESERVATION_OFFERED, "offered", false, true},
        {RESERVATION_LAPSED, "lapsed", false, false},
        {RESERVATION_WAITING, "waiting", false, false},
    };
    enum reservation_status status;

    for (size_t i = 0; i < COUNT(cases); i++) {
        cr_expect_str_eq(reservation_status_name(cases[i].status), cases[i].name);
        cr_expect_eq(reservation_is_live(cases[i].status), cases[i].live, "%s", cases[i].name);
        cr_expect_eq(reservation_holds_units(cases[i].status), cases[i].holds_units, "%s",
                     cases[i].name);
        if (cases[i].status != RESERVATION_RETURNING) {
            cr_assert(reservation_status_parse(text_of(cases[i].name), &status));
            cr_expect_eq(status, cases[i].status, "%s", cases[i].name);
        }
    }
    cr_expect_null(reservation_status_name((enum reservation_status)'?'));
    cr_expect(!reservation_status_parse(TEXT("gone"), &status));
    cr_expect(!reservation_is_live((enum reservation_status)'?'));
}
