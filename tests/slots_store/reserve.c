/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "slots/person_entry.h"
#include "tests/slots_store/ledger.h"

#define HALL         "410400-01"
#define OTHER        "410402-01"
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct ledger ledger;

static void set_up(void)
{
    ledger_start(&ledger);
    cr_assert(ledger_open(&ledger, HALL, "A", 1, "18=2 19=2 20=1"));
}

static void tear_down(void)
{
    ledger_stop(&ledger);
}

TestSuite(reserve, .init = set_up, .fini = tear_down, .timeout = 60);

/* A booking of tomorrow's 09:00 in queue A by a person. */
static struct order order_of(unsigned person)
{
    return (struct order){.hall = HALL,
                          .queue = "A",
                          .service = "a.b",
                          .day = 1,
                          .slot = 18,
                          .span = 1,
                          .units = 1,
                          .person = person,
                          .request = person};
}

static void expect_outcome(const struct order *order, const char *outcome)
{
    cr_expect_str_eq(order->outcome, outcome, "person %u: %s, not %s", order->person,
                     order->outcome, outcome);
}

/* "A20261124 410400-01 A 1" of what was booked. */
static const char *names(char letter, const struct order *order)
{
    static char text[OUTCOME_BYTES + 1];

    cr_expect_gt(order->sequence, 0);
    snprintf(text, sizeof text, "%c%s", letter, order->place);
    return text;
}

static void expect_clean(void)
{
    struct buffer report = {0};

    cr_expect_eq(ledger_audit(&ledger, NULL, &report), 0, "%s", report.data);
    buffer_free(&report);
}

static int64_t remaining(const char *slot)
{
    return ledger_units(&ledger, HALL, "A", 1, slot);
}

Test(reserve, a_batch_sells_each_unit_once_in_order)
{
    struct order orders[] = {order_of(1), order_of(2), order_of(3)};

    ledger_reserve(&ledger, orders, COUNT(orders));
    expect_outcome(&orders[0], "1");
    expect_outcome(&orders[1], "2");
    expect_outcome(&orders[2], "F");
    cr_expect_eq(remaining("18"), 0);
    cr_expect_eq(remaining("seq"), 2);
    expect_clean();
}

Test(reserve, a_person_twice_in_one_batch_has_one)
{
    struct order orders[] = {order_of(1), order_of(1), order_of(1)};

    orders[1].slot = 19;
    orders[2].service = "a"; /* whose name is the beginning of the other's */
    ledger_reserve(&ledger, orders, COUNT(orders));
    expect_outcome(&orders[0], "1");
    expect_outcome(&orders[1], names('A', &orders[0]));
    expect_outcome(&orders[2], "2");
    expect_clean();
}

Test(reserve, two_reservations_of_a_person_share_no_half_hour)
{
    struct order orders[] = {order_of(1), order_of(1), order_of(1), order_of(2)};

    ledger_open(&ledger, OTHER, "1", 1, "18=5 19=5 20=5");
    ledger.refuses_overlap = true;
    orders[0].span = 2;
    for (unsigned i = 1; i < COUNT(orders); i++) {
        orders[i].hall = OTHER;
        orders[i].queue = "1";
        orders[i].service = "b";
        orders[i].slot = 17 + i;
    }
    orders[2].slot = 19;
    orders[1].span = 1;
    ledger_reserve(&ledger, orders, COUNT(orders));
    expect_outcome(&orders[0], "1");
    expect_outcome(&orders[1], names('O', &orders[0]));
    expect_outcome(&orders[2], names('O', &orders[0]));
    expect_outcome(&orders[3], "1");
    orders[2].slot = 20;
    ledger_reserve(&ledger, &orders[2], 1);
    expect_outcome(&orders[2], "2");
    expect_clean();
}

/* As versions wrote it whose entries say no half hours. */
static void forget_half_hours(void)
{
    ledger_do(&ledger, NULL, TEXT("EVAL"),
              TEXT("for _, p in ipairs(redis.call('HKEYS', KEYS[1])) do "
                   "redis.call('HSET', KEYS[1], p, "
                   "(redis.call('HGET', KEYS[1], p):gsub('%+..', ''))) end return 1"),
              TEXT("1"), TEXT("{410400}:persons"));
}

Test(reserve, the_record_says_the_half_hours_that_an_older_entry_does_not)
{
    struct order first = order_of(1), second = order_of(1);

    ledger_open(&ledger, OTHER, "1", 1, "18=5 19=5 20=5");
    ledger.refuses_overlap = true;
    first.span = 2;
    ledger_reserve(&ledger, &first, 1);
    forget_half_hours();
    expect_clean();
    second.hall = OTHER;
    second.queue = "1";
    second.service = "b";
    second.slot = 19;
    ledger_reserve(&ledger, &second, 1);
    expect_outcome(&second, names('O', &first));
    second.slot = 20;
    ledger_reserve(&ledger, &second, 1);
    expect_outcome(&second, "1");
    expect_clean();
}

Test(reserve, a_service_is_once_a_day_in_all_halls)
{
    struct order first = order_of(1), elsewhere = order_of(1), next_day = order_of(1);

    ledger_open(&ledger, OTHER, "1", 1, "18=5");
    ledger_open(&ledger, HALL, "A", 2, "18=5");
    elsewhere.hall = OTHER;
    elsewhere.queue = "1";
    next_day.day = 2;
    ledger_reserve(&ledger, &first, 1);
    ledger_reserve(&ledger, &elsewhere, 1);
    ledger_reserve(&ledger, &next_day, 1);
    expect_outcome(&elsewhere, names('A', &first));
    expect_outcome(&next_day, "1");
    expect_clean();
}

Test(reserve, a_key_twice_in_one_batch_gives_one_reservation)
{
    struct order orders[] = {order_of(1), order_of(1), order_of(2)};

    orders[0].tag = orders[1].tag = orders[2].tag = 7;
    ledger_reserve(&ledger, orders, COUNT(orders));
    expect_outcome(&orders[0], "1");
    expect_outcome(&orders[1], names('R', &orders[0]));
    expect_outcome(&orders[2], "M");
    cr_expect_eq(remaining("18"), 1);
    expect_clean();
}

Test(reserve, a_key_of_yesterday_still_counts)
{
    struct order first = order_of(1), again = order_of(1);

    first.tag = again.tag = 7;
    ledger_reserve(&ledger, &first, 1);
    ledger_advance(&ledger, 1);
    ledger_reserve(&ledger, &again, 1);
    expect_outcome(&again, names('R', &first));
    ledger_advance(&ledger, 1);
    again.person = 2; /* who has no reservation of that day yet */
    ledger_reserve(&ledger, &again, 1);
    expect_outcome(&again, "2");
}

Test(reserve, a_key_whose_booking_was_refused_is_free)
{
    struct order orders[] = {order_of(1), order_of(2), order_of(3)}, again = order_of(3);

    orders[2].tag = again.tag = 9;
    ledger_reserve(&ledger, orders, COUNT(orders));
    expect_outcome(&orders[2], "F");
    again.slot = 19;
    again.request = 1234; /* another request, for nothing was done for the first */
    ledger_reserve(&ledger, &again, 1);
    expect_outcome(&again, "3");
    expect_clean();
}

Test(reserve, a_batch_of_several_inventories_and_days)
{
    struct order orders[] = {order_of(1), order_of(2), order_of(3), order_of(4),
                             order_of(1), order_of(5), order_of(6), order_of(7)};

    ledger_open(&ledger, HALL, "A", 2, "17=9 18=1 19=9");
    ledger_open(&ledger, HALL, "B", 2, "18=3");
    ledger_open(&ledger, OTHER, "A", 1, "18=3");
    orders[1].day = orders[4].day = orders[5].day = orders[6].day = 2;
    orders[2].hall = OTHER;
    orders[3].day = 2;
    orders[3].queue = "B";
    orders[3].tag = 3;
    orders[4].slot = 17;
    orders[5].slot = 19;
    orders[5].units = 4;
    orders[5].tag = 5;
    orders[7].queue = "Z";
    ledger_reserve(&ledger, orders, COUNT(orders));
    expect_outcome(&orders[0], "1");
    expect_outcome(&orders[1], "1");
    expect_outcome(&orders[2], "1");
    expect_outcome(&orders[3], "1");
    expect_outcome(&orders[4], "2"); /* the same person, another day */
    expect_outcome(&orders[5], "3");
    expect_outcome(&orders[6], "F");
    expect_outcome(&orders[7], "N");
    cr_expect_eq(remaining("18"), 1);
    cr_expect_eq(ledger_units(&ledger, OTHER, "A", 1, "18"), 2);
    cr_expect_eq(ledger_units(&ledger, HALL, "A", 2, "17"), 8);
    cr_expect_eq(ledger_units(&ledger, HALL, "A", 2, "18"), 0);
    cr_expect_eq(ledger_units(&ledger, HALL, "A", 2, "19"), 5);
    cr_expect_eq(ledger_units(&ledger, HALL, "A", 2, "seq"), 3);
    cr_expect_eq(ledger_units(&ledger, HALL, "B", 2, "18"), 2);
    expect_clean();
}

/* More fields of units than a byte counts. */
Test(reserve, a_full_batch_of_as_many_inventories)
{
    enum { ORDERS = 64 };
    struct order orders[ORDERS];
    char queues[ORDERS][8];

    for (unsigned i = 0; i < ORDERS; i++) {
        snprintf(queues[i], sizeof queues[i], "q%u", i);
        ledger_open(&ledger, HALL, queues[i], (int)(i % 3), "18=1 19=1 20=1 21=1 22=1 23=2");
        orders[i] = order_of(i);
        orders[i].day = (int)(i % 3);
        orders[i].queue = queues[i];
        orders[i].span = 6;
        orders[i].tag = i % 2 * (i + 1);
    }
    ledger_reserve(&ledger, orders, ORDERS);
    for (unsigned i = 0; i < ORDERS; i++) {
        expect_outcome(&orders[i], "1");
        cr_expect_eq(ledger_units(&ledger, HALL, queues[i], (int)(i % 3), "22"), 0);
        cr_expect_eq(ledger_units(&ledger, HALL, queues[i], (int)(i % 3), "23"), 1);
    }
    expect_clean();
}

Test(reserve, what_a_batch_writes_goes_with_its_day)
{
    struct order orders[] = {order_of(1), order_of(2)};
    static const char *const kinds[] = {"units", "reservations"};
    char key[96], answer[256];

    orders[1].day = 2;
    orders[0].tag = 1;
    ledger_open(&ledger, HALL, "A", 2, "18=1");
    ledger_reserve(&ledger, orders, COUNT(orders));
    for (unsigned i = 0; i < 4; i++) {
        ledger_key(&ledger, kinds[i / 2], 1 + (int)(i % 2), key);
        ledger_do(&ledger, answer, TEXT("TTL"), text_of(key));
        cr_expect_gt(atoi(answer), 0, "%s", key);
    }
    ledger_key(&ledger, "idempotency", 0, key);
    ledger_do(&ledger, answer, TEXT("TTL"), text_of(key));
    cr_expect_gt(atoi(answer), 0);
    ledger_key(&ledger, "persons", 0, key);
    ledger_do(&ledger, answer, TEXT("TTL"), text_of(key));
    cr_expect_str_eq(answer, "-1", "the index of persons stays");
}

/* The words of the values of the stream's last entry, sorted in each. */
static void read_last_event(char answer[256])
{
    char key[96];

    ledger_key(&ledger, "events", 0, key);
    ledger_do(&ledger, answer, TEXT("EVAL"),
              TEXT("local e = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][2]\n"
                   "local pairs_of = {}\n"
                   "for i = 1, #e, 2 do\n"
                   "  local words = {}\n"
                   "  for word in e[i + 1]:gmatch('[^ ]+') do words[#words + 1] = word end\n"
                   "  table.sort(words)\n"
                   "  pairs_of[#pairs_of + 1] = e[i] .. ': ' .. table.concat(words, ' ')\n"
                   "end\n"
                   "table.sort(pairs_of)\n"
                   "return table.concat(pairs_of, '; ')"),
              TEXT("1"), text_of(key));
}

/* One entry of the stream tells all that a call changed. */
Test(reserve, a_call_is_one_event)
{
    struct order orders[] = {order_of(1), order_of(2), order_of(3)};
    char answer[256];

    orders[1].day = 2;
    ledger_open(&ledger, HALL, "A", 2, "18=4");
    ledger_reserve(&ledger, orders, COUNT(orders));
    read_last_event(answer);
    cr_expect_str_eq(answer, "booked: +1 +2 18=0 20261124 " HALL " A; "
                             "booked: +1 18=3 20261125 " HALL " A");
    ledger_cancel(&ledger, &orders[2], answer);
    read_last_event(answer);
    cr_expect_str_eq(answer, "changed: -2 18=1 20261124 " HALL " A");
}

Test(reserve, live_reservations_are_limited_over_all_days)
{
    struct order orders[] = {order_of(1), order_of(1), order_of(1)};
    char answer[256];

    ledger.live_max = 2;
    ledger_open(&ledger, HALL, "A", 2, "18=5");
    orders[1].day = 2;
    orders[2].service = "c";
    ledger_reserve(&ledger, orders, COUNT(orders));
    expect_outcome(&orders[0], "1");
    expect_outcome(&orders[1], "1");
    expect_outcome(&orders[2], "L");
    ledger_cancel(&ledger, &orders[1], answer);
    ledger_reserve(&ledger, &orders[2], 1);
    expect_outcome(&orders[2], "2");
    expect_clean();
}

Test(reserve, a_span_takes_every_slot_or_none)
{
    struct order orders[] = {order_of(1), order_of(2), order_of(3), order_of(4)};

    orders[0].span = 3; /* 18, 19, 20 */
    orders[1].span = 3; /* 20 is gone */
    orders[2].units = 2;
    orders[3].slot = 20;
    orders[3].span = 2; /* 21 does not exist */
    ledger_reserve(&ledger, orders, COUNT(orders));
    expect_outcome(&orders[0], "1");
    expect_outcome(&orders[1], "F");
    expect_outcome(&orders[2], "F");
    expect_outcome(&orders[3], "S");
    cr_expect_eq(remaining("18"), 1);
    cr_expect_eq(remaining("19"), 1);
    cr_expect_eq(remaining("20"), 0);
    expect_clean();
}

Test(reserve, what_is_not_open_or_not_there)
{
    struct order closed = order_of(1), over_the_end = order_of(1), not_open = order_of(1);

    closed.slot = 30;
    over_the_end.slot = 20;
    over_the_end.span = 2;
    not_open.queue = "B";
    ledger_reserve(&ledger, &closed, 1);
    ledger_reserve(&ledger, &over_the_end, 1);
    ledger_reserve(&ledger, &not_open, 1);
    expect_outcome(&closed, "S");
    expect_outcome(&over_the_end, "S");
    expect_outcome(&not_open, "N");
    cr_expect_eq(remaining("seq"), 0);
    expect_clean();
}

static void push_code(unsigned person, const char *value)
{
    unsigned char bytes[PERSON_KEY_BYTES];
    char key[96];

    ledger_key(&ledger, "health", 0, key);
    ledger_do(&ledger, NULL, TEXT("HSET"), text_of(key), ledger_person(person, bytes),
              text_of(value));
}

Test(reserve, only_green_books)
{
    static const struct {
        const char *eligibility, *value, *outcome;
    } cases[] = {
        {"r", "g", "1"},
        {"r", "y", "Hy"},
        {"r", "r", "Hr"},
        {"r", "", "Hu"},
        {"a", "", "1"},
        {"d", "", "-1"},
        {"a", "y", "Hy"},
        {"d", "r", "Hr"},
        {"d", "g", "1"},
        {"r", "g1795363201", "1"},
        {"r", "g1795363200", "Hu"}, /* it ends with this second's beginning */
        {"a", "y1795363200", "1"},
        {"o", "r", "1"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct order order = order_of((unsigned)i + 1);
        char answer[256];

        ledger.eligibility = cases[i].eligibility;
        if (*cases[i].value)
            push_code(order.person, cases[i].value);
        ledger_open(&ledger, HALL, "A", 2, "18=1");
        order.day = 2;
        ledger_reserve(&ledger, &order, 1);
        cr_expect_str_eq(order.outcome, cases[i].outcome, "case %zu: %s", i, order.outcome);
        expect_clean();
        ledger_cancel(&ledger, &order, answer);
        ledger_key(&ledger, "units", 2, answer);
        ledger_do(&ledger, NULL, TEXT("DEL"), text_of(answer));
        ledger_key(&ledger, "reservations", 2, answer);
        ledger_do(&ledger, NULL, TEXT("DEL"), text_of(answer));
    }
}

/* Whatever was written beforehand. */
Test(reserve, evidence_stands_in_the_record)
{
    static const struct {
        const char *eligibility, *expected;
        bool is_green;
    } cases[] = {
        {"o", "o", false}, {"a", "g", false}, {"d", "g", false},
        {"r", "g", true},  {"a", "o", true},  {"o", "g", true},
    };

    ledger_open(&ledger, HALL, "A", 2, "18=9");
    for (unsigned i = 0; i < COUNT(cases); i++) {
        struct order order = order_of(i + 1);
        char key[96], record[256] = "";

        ledger.eligibility = cases[i].eligibility;
        ledger.expected = cases[i].expected;
        order.day = 2;
        if (cases[i].is_green)
            push_code(order.person, "g");
        ledger_reserve(&ledger, &order, 1);
        ledger_key(&ledger, "reservations", 2, key);
        ledger_do(&ledger, record, TEXT("HGET"), text_of(key), text_of(order.field));
        cr_expect_eq(record[0], 'b');
        cr_expect_eq(record[1],
                     *cases[i].eligibility != 'o' && cases[i].is_green ? 'g'
                                                                       : *cases[i].eligibility,
                     "case %u: %c", i, record[1]);
    }
    expect_clean();
}

Test(reserve, cancelling_gives_back_once)
{
    struct order order = order_of(1), again = order_of(1);
    char answer[256];

    order.span = 2;
    order.units = 2;
    ledger_reserve(&ledger, &order, 1);
    expect_outcome(&order, "1");
    cr_expect_eq(remaining("19"), 0);
    ledger_cancel(&ledger, &order, answer);
    cr_expect_str_eq(answer, "ok");
    cr_expect_eq(remaining("18"), 2);
    cr_expect_eq(remaining("19"), 2);
    expect_clean();
    ledger_cancel(&ledger, &order, answer);
    cr_expect_str_eq(answer, "state");
    cr_expect_eq(remaining("18"), 2);
    order.sequence = 2;
    ledger_cancel(&ledger, &order, answer);
    cr_expect_str_eq(answer, "missing");
    ledger_reserve(&ledger, &again, 1);
    expect_outcome(&again, "2");
    expect_clean();
}

Test(reserve, cancelling_keeps_the_persons_other_reservations)
{
    struct order orders[] = {order_of(1), order_of(1)}, repeated = order_of(1);
    char answer[256];

    orders[1].service = "c";
    ledger_reserve(&ledger, orders, COUNT(orders));
    ledger_cancel(&ledger, &orders[0], answer);
    repeated.service = "c";
    repeated.slot = 19;
    ledger_reserve(&ledger, &repeated, 1);
    expect_outcome(&repeated, names('A', &orders[1]));
    expect_clean();
}

Test(reserve, opening_leaves_what_is_open)
{
    struct order order = order_of(1);

    ledger_reserve(&ledger, &order, 1);
    cr_expect_not(ledger_open(&ledger, HALL, "A", 1, "18=50"));
    cr_expect_eq(remaining("18"), 1);
    cr_expect_not(ledger_adjust(&ledger, HALL, "A", 2, "18=50"), "what is not open stays so");
    cr_expect_eq(ledger_units(&ledger, HALL, "A", 2, "seq"), INT64_MIN);
    expect_clean();
}

Test(reserve, a_lower_capacity_keeps_its_bookings)
{
    struct order orders[] = {order_of(1), order_of(2)}, late = order_of(3);
    char answer[256];

    ledger_reserve(&ledger, orders, COUNT(orders));
    cr_expect(ledger_adjust(&ledger, HALL, "A", 1, "18=1 19=2"));
    cr_expect_eq(remaining("18"), -1);
    cr_expect_eq(remaining("c18"), 1);
    cr_expect_eq(remaining("p18"), 2);
    cr_expect_eq(remaining("20"), 0, "a slot that the new capacity does not name has none");
    expect_clean();
    ledger_cancel(&ledger, &orders[0], answer);
    ledger_reserve(&ledger, &late, 1);
    expect_outcome(&late, "F");
    cr_expect(ledger_adjust(&ledger, HALL, "A", 1, "18=2 19=2 20=7"));
    ledger_reserve(&ledger, &late, 1);
    expect_outcome(&late, "3");
    cr_expect_eq(remaining("20"), 7);
    cr_expect_not(ledger_adjust(&ledger, HALL, "A", 1, "18=2 19=2 20=7"), "nothing differs");
    expect_clean();
}

/* --- The index of persons ----------------------------------------------------------------------
 */

static void expect_entries(unsigned person, const char *entries)
{
    unsigned char bytes[PERSON_KEY_BYTES];
    char key[96], answer[256] = "";

    ledger_key(&ledger, "persons", 0, key);
    ledger_do(&ledger, answer, TEXT("HGET"), text_of(key), ledger_person(person, bytes));
    cr_expect_str_eq(answer, entries, "person %u: %s, not %s", person, answer, entries);
}

static const char *entry_of(const struct order *order)
{
    static char text[2 * OUTCOME_BYTES];

    snprintf(text, sizeof text, ";%s %s+%c%c", order->service, order->place,
             (char)(HALF_HOUR_BYTE + order->slot),
             (char)(HALF_HOUR_BYTE + order->slot + order->span - 1));
    return text;
}

/* They stay for the sweep, which says first that they may go. */
Test(persons, past_entries_do_not_count, .init = set_up, .fini = tear_down)
{
    struct order past[] = {order_of(1), order_of(1)}, today = order_of(1), next = order_of(1);
    struct order one_more = order_of(1);

    ledger.live_max = 2;
    past[1].service = "c";
    ledger_reserve(&ledger, past, COUNT(past));
    ledger_open(&ledger, HALL, "A", 2, "18=5 19=5");
    today.day = next.day = 2;
    ledger_reserve(&ledger, &today, 1);
    expect_outcome(&today, "L");
    ledger_advance(&ledger, 1);
    ledger_reserve(&ledger, &today, 1);
    expect_outcome(&today, "L"); /* the day itself is not past */
    ledger_advance(&ledger, 1);
    ledger_reserve(&ledger, &today, 1);
    expect_outcome(&today, "1");
    next.service = "c";
    one_more.day = 2;
    one_more.service = "d";
    ledger_reserve(&ledger, &next, 1);
    ledger_reserve(&ledger, &one_more, 1);
    expect_outcome(&next, "2");
    expect_outcome(&one_more, "L");
    expect_clean();
}

/* Refused bookings write nothing, so what is past stays for the sweep. */
Test(persons, a_refused_booking_keeps_past_entries, .init = set_up, .fini = tear_down)
{
    struct order past = order_of(1), refused = order_of(1);

    ledger_reserve(&ledger, &past, 1);
    ledger_advance(&ledger, 2);
    refused.slot = 40;
    refused.service = "c";
    ledger_reserve(&ledger, &refused, 1);
    expect_outcome(&refused, "S");
    expect_entries(1, entry_of(&past));
}

Test(persons, a_past_reservation_is_cancelled_without_its_entry, .init = set_up, .fini = tear_down)
{
    struct order past = order_of(1), present = order_of(1);
    char answer[256];

    ledger_reserve(&ledger, &past, 1);
    ledger_advance(&ledger, 2);
    ledger_open(&ledger, HALL, "A", 3, "18=1");
    present.day = 3;
    ledger_reserve(&ledger, &present, 1);
    ledger_cancel(&ledger, &past, answer);
    cr_expect_str_eq(answer, "ok");
    expect_entries(1, entry_of(&present));
    expect_clean();
}

Test(persons, a_sweep_takes_what_is_past_only, .init = set_up, .fini = tear_down)
{
    struct order orders[] = {order_of(1), order_of(2), order_of(2), order_of(3)};

    ledger_open(&ledger, HALL, "A", 2, "18=9");
    orders[2].day = orders[3].day = 2;
    ledger_reserve(&ledger, orders, COUNT(orders));
    cr_expect_eq(ledger_sweep(&ledger, 0), 0);
    expect_entries(1, entry_of(&orders[0]));
    ledger_advance(&ledger, 1);
    cr_expect_eq(ledger_sweep(&ledger, 0), 0);
    expect_entries(1, entry_of(&orders[0]));
    ledger_advance(&ledger, 1);
    cr_expect_eq(ledger_sweep(&ledger, 0), 0);
    expect_entries(1, entry_of(&orders[0])); /* who is late for it may come behind midnight */
    ledger_advance(&ledger, 1);
    cr_expect_eq(ledger_sweep(&ledger, 0), 0);
    expect_entries(1, "");
    expect_entries(2, entry_of(&orders[2]));
    expect_entries(3, entry_of(&orders[3]));
    expect_clean();
}

static int count_persons(void)
{
    char key[96], answer[256];

    ledger_key(&ledger, "persons", 0, key);
    ledger_do(&ledger, answer, TEXT("HLEN"), text_of(key));
    return atoi(answer);
}

/* Each call looks at some hundreds; the calls together at all. */
Test(persons, a_sweep_is_done_in_parts, .init = set_up, .fini = tear_down)
{
    enum { PAST = 9000, PRESENT = 1000, AT_ONCE_MAX = 1000 };
    uint64_t cursor = 0;
    unsigned calls = 0;
    char key[96];

    ledger_key(&ledger, "persons", 0, key);
    ledger_do(&ledger, NULL, TEXT("EVAL"),
              TEXT("for i = 1, 10000 do\n"
                   "  local date = i % 10 == 0 and '20261124' or '20261123'\n"
                   "  redis.call('HSET', KEYS[1], string.format('person-%07d', i),\n"
                   "    ';a ' .. date .. ' 410400-01 A ' .. i)\n"
                   "end\n"
                   "return 1"),
              TEXT("1"), text_of(key));
    ledger_advance(&ledger, 2);
    do {
        int before = count_persons();
        cursor = ledger_sweep(&ledger, cursor);
        cr_assert_leq(before - count_persons(), AT_ONCE_MAX);
        cr_assert_lt(++calls, 2 * (PAST + PRESENT) / 100, "the sweep does not end");
    } while (cursor);
    cr_expect_gt(calls, 5);
    cr_expect_eq(count_persons(), PRESENT);
    expect_entries(10, ";a 20261124 410400-01 A 10");
    expect_entries(11, "");
}
