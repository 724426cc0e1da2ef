/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/ticket.h"

#include "tests/leaks.h"

#define RECORD                                                                                     \
    "s a p e food.permit B 3 - 2 1795744800000 1795746600000 1795747200000 1795747260000 0 4 - "   \
    "K7Q9X2 0102030405060708090a0b0c0d0e 20261127/410400-01/A/12 1 1 1795747230000 d AB"

static struct ticket parsed(const char *record)
{
    struct ticket ticket;

    cr_assert(ticket_parse(text_of(record), &ticket), "%s", record);
    return ticket;
}

static bool is_refused(const char *record)
{
    struct ticket ticket;

    return !ticket_parse(text_of(record), &ticket);
}

Test(ticket, reads_each_column)
{
    struct ticket ticket = parsed(RECORD);

    cr_expect_eq(ticket.status, TICKET_SERVING);
    cr_expect_eq(ticket.kind, TICKET_APPOINTMENT);
    cr_expect_eq(ticket.class, TICKET_CLASS_PRIORITY);
    cr_expect_eq(ticket.priority, PRIORITY_ELDERLY);
    cr_expect(text_is(ticket.service, "food.permit"));
    cr_expect(text_is(ticket.queue, "B"));
    cr_expect(text_is(ticket.window, "3"));
    cr_expect_eq(ticket.directed.length, 0);
    cr_expect_eq(ticket.calls, 2);
    cr_expect_eq(ticket.issued_ms, 1795744800000);
    cr_expect_eq(ticket.earns_ms, 1795746600000);
    cr_expect_eq(ticket.called_ms, 1795747200000);
    cr_expect_eq(ticket.started_ms, 1795747260000);
    cr_expect_eq(ticket.finished_ms, 0);
    cr_expect_eq(ticket.recalls, 4);
    cr_expect_not(ticket.is_put_back);
    cr_expect_eq(memcmp(ticket.salt, "K7Q9X2", SALT_BYTES), 0);
    cr_expect(text_is(ticket.person, "0102030405060708090a0b0c0d0e"));
    cr_expect(text_is(ticket.reservation, "20261127/410400-01/A/12"));
    cr_expect_eq(ticket.missed, 1);
    cr_expect_eq(ticket.step, 1);
    cr_expect_eq(ticket.last_called_ms, 1795747230000);
    cr_expect_eq(ticket.evidence, EVIDENCE_DESK);
}

Test(ticket, knows_who_is_put_back)
{
    struct ticket ticket = parsed("w w w - card B - 4 0 10 10 20 0 0 0 7 K7Q9X2 - - 1 0 20 -");

    cr_expect(ticket.is_put_back);
    cr_expect_eq(ticket.back, 7);
    cr_expect(text_is(ticket.directed, "4"));
    cr_expect_eq(ticket.person.length, 0);
    cr_expect_eq(ticket.priority, PRIORITY_NONE);
    cr_expect_eq(ticket.evidence, 0);
}

Test(ticket, prints_what_it_reads)
{
    static const char *const records[] = {
        RECORD,
        "w w w - card B - 4 0 10 10 20 0 0 0 7 K7Q9X2 - - 1 0 20 - B",
        "x a a - one A - - 0 10 30 0 0 90 0 - 000000 - 20261127/410400-01/A/1 0 0 0 g -",
    };

    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        struct ticket ticket = parsed(records[i]);
        struct buffer buffer = {0};
        ticket_append_record(&buffer, &ticket);
        cr_expect(text_is(buffer_text(&buffer), records[i]), TEXT_FMT,
                  TEXT_ARG(buffer_text(&buffer)));
        buffer_free(&buffer);
    }
    assert_no_leaks();
}

Test(ticket, refuses_what_is_none)
{
    cr_expect(is_refused(""));
    cr_expect(is_refused("w w w - card B - - 0 10 10 0 0 0 0 - K7Q9X2 - - 0 0"), "a column short");
    cr_expect(is_refused("w w w - card B - - 0 10 10 0 0 0 0 - K7Q9X2 - - 0 0 0 - A -"),
              "one more");
    cr_expect(is_refused("q w w - card B - - 0 10 10 0 0 0 0 - K7Q9X2 - - 0 0 0 -"), "status");
    cr_expect(is_refused("w q w - card B - - 0 10 10 0 0 0 0 - K7Q9X2 - - 0 0 0 -"), "kind");
    cr_expect(is_refused("w w q - card B - - 0 10 10 0 0 0 0 - K7Q9X2 - - 0 0 0 -"), "class");
    cr_expect(is_refused("w w w q card B - - 0 10 10 0 0 0 0 - K7Q9X2 - - 0 0 0 -"), "priority");
    cr_expect(is_refused("w w w - card B - - x 10 10 0 0 0 0 - K7Q9X2 - - 0 0 0 -"), "a count");
    cr_expect(is_refused("w w w - card B - - 0 10 1e3 0 0 0 0 - K7Q9X2 - - 0 0 0 -"), "a time");
    cr_expect(is_refused("w w w - card B - - 0 10 10 0 0 0 0 b K7Q9X2 - - 0 0 0 -"), "put back");
    cr_expect(is_refused("w w w - card B - - 0 10 10 0 0 0 0 - K7Q9X - - 0 0 0 -"), "salt");
    cr_expect(is_refused("w w w - card  - - 0 10 10 0 0 0 0 - K7Q9X2 - - 0 0 0 -"), "an empty one");
}

Test(ticket, names_in_json)
{
    cr_expect_str_eq(ticket_status_name(TICKET_MISSED), "missed");
    cr_expect_str_eq(ticket_kind_name(TICKET_WALK_IN), "walk_in");
    cr_expect_str_eq(ticket_class_name(TICKET_CLASS_APPOINTMENT), "appointment");
    cr_expect_str_eq(ticket_priority_name(PRIORITY_NONE), "normal");
    cr_expect_str_eq(ticket_priority_name(PRIORITY_PREGNANT), "pregnant");
    cr_expect_null(ticket_status_name((enum ticket_status)'?'));
}

Test(ticket, numbers_have_three_digits_and_grow)
{
    static const struct {
        uint32_t number;
        const char *printed;
    } cases[] = {{1, "A001"}, {12, "A012"}, {999, "A999"}, {1000, "A1000"}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer buffer = {0};
        ticket_append_number(&buffer, TEXT("A"), cases[i].number);
        cr_expect(text_is(buffer_text(&buffer), cases[i].printed));
        buffer_free(&buffer);
    }
}

Test(ticket, keys)
{
    static const char *const none[] = {"A",     "A/",  "A/t",  "A/12",          "A/t0",
                                       "A/t01", "/t1", "A/tx", "A/t99999999999"};
    struct buffer buffer = {0};
    struct text issuer;
    uint32_t number;

    cr_assert(ticket_parse_key(TEXT("zh/t120"), &issuer, &number));
    cr_expect(text_is(issuer, "zh"));
    cr_expect_eq(number, 120);
    ticket_append_key(&buffer, issuer, number);
    cr_expect(text_is(buffer_text(&buffer), "zh/t120"));
    buffer_free(&buffer);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        cr_expect_not(ticket_parse_key(text_of(none[i]), &issuer, &number), "%s", none[i]);
}

Test(ticket, ids)
{
    struct ticket ticket = parsed(RECORD);
    struct buffer buffer = {0};
    struct reservation_id id, again;
    day_number day;

    calendar_parse_compact_date(TEXT("20261127"), &day);
    cr_assert(ticket_id(TEXT("410400-01"), day, TEXT("A/t12"), &ticket, &id));
    reservation_append_id(&buffer, &id);
    cr_expect(text_is(buffer_text(&buffer), "410400-01.20261127.A-t12-K7Q9X2"));
    cr_assert(ticket_parse_id(buffer_text(&buffer), &again));
    cr_expect_eq(again.sequence, 12);
    cr_expect(ticket_is_known_by(&ticket, &again));
    again.salt[0] = 'A';
    cr_expect_not(ticket_is_known_by(&ticket, &again));
    cr_expect_not(ticket_parse_id(TEXT("410400-01.20261127.A-12-K7Q9X2"), &again),
                  "a reservation's");
    cr_expect_not(ticket_id(TEXT("410400-01"), day, TEXT("A12"), &ticket, &id));
    buffer_free(&buffer);
    assert_no_leaks();
}
