/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/slots_store/ledger.h"

#define HALL  "410400-01"
#define OTHER "410402001-01"

/* A ledger with everything in it: spans, a cancelled reservation, a lowered capacity, two halls,
 * two days, idempotency keys. */
static struct ledger ledger;
static struct order orders[7];

enum { FIRST, SPANNING, SECOND_SERVICE, ELSEWHERE, NEXT_DAY, CANCELLED, LAST };

static void set_up(void)
{
    char answer[256];

    ledger_start(&ledger);
    for (unsigned i = 0; i < 7; i++)
        orders[i] = (struct order){.hall = HALL,
                                   .queue = "A",
                                   .service = "a",
                                   .day = 1,
                                   .slot = 18,
                                   .span = 1,
                                   .units = 1,
                                   .person = i + 1,
                                   .request = i + 1};
    orders[FIRST].tag = 1;
    orders[SPANNING].span = orders[SPANNING].units = 2;
    orders[SPANNING].service = "b";
    orders[SECOND_SERVICE].person = 1;
    orders[SECOND_SERVICE].service = "b";
    orders[SECOND_SERVICE].tag = 2;
    orders[ELSEWHERE].hall = OTHER;
    orders[NEXT_DAY].day = 2;
    ledger_open(&ledger, HALL, "A", 1, "18=6 19=3 20=4");
    ledger_open(&ledger, HALL, "A", 2, "18=6");
    ledger_open(&ledger, OTHER, "A", 1, "18=1");
    ledger_reserve(&ledger, orders, 7);
    for (unsigned i = 0; i < 7; i++)
        cr_assert(orders[i].outcome[0] >= '1' && orders[i].outcome[0] <= '9', "order %u: %s", i,
                  orders[i].outcome);
    ledger_cancel(&ledger, &orders[CANCELLED], answer);
    ledger_adjust(&ledger, HALL, "A", 1, "18=2 19=3 20=4");
}

static void tear_down(void)
{
    ledger_stop(&ledger);
}

TestSuite(audit, .init = set_up, .fini = tear_down, .timeout = 60);

/* Exactly one line, which begins with the number and names the key and what is said of it. */
static void expect_breach(char number, const char *key, const char *words)
{
    struct buffer report = {0};
    int breaches = ledger_audit(&ledger, NULL, &report);

    cr_expect_eq(breaches, 1, "%d breaches:\n%s", breaches, report.data);
    cr_expect_eq(report.data[0], number, "%s", report.data);
    cr_expect_not_null(strstr(report.data, key), "%s", report.data);
    cr_expect_not_null(strstr(report.data, words), "%s", report.data);
    buffer_free(&report);
}

static char key[96];

static struct text units(const char *hall, int day)
{
    ledger_key(&ledger, "units", hall, "A", day, key);
    return text_of(key);
}

static struct text reservations(const char *hall, int day)
{
    ledger_key(&ledger, "reservations", hall, NULL, day, key);
    return text_of(key);
}

static struct text day_key(const char *kind, int day)
{
    ledger_key(&ledger, kind, NULL, NULL, day, key);
    return text_of(key);
}

/* Lua beside the ledger: KEYS[1] a key, ARGV[1] a code or a person. */
static void edit(struct text at, struct text argument, const char *script)
{
    ledger_do(&ledger, NULL, TEXT("EVAL"), text_of(script), TEXT("1"), at, argument);
}

static struct text code_of(const struct order *order)
{
    return text_bytes(order->code, CODE_BYTES);
}

Test(audit, a_clean_ledger_is_counted)
{
    struct audit_counts counts;
    struct buffer report = {0};

    cr_expect_eq(ledger_audit(&ledger, &counts, &report), 0, "%s", report.data);
    cr_expect_str_eq(report.data, "");
    cr_expect_eq(counts.inventories, 3);
    cr_expect_eq(counts.reservations, 7);
    cr_expect_eq(counts.live, 6);
    cr_expect_eq(counts.persons, 5);
    cr_expect_eq(counts.idempotency_keys, 2);
    buffer_free(&report);
}

Test(audit, other_cities_are_not_looked_at)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), TEXT("{410500}:units:410500-01:A:20261124"), TEXT("18"),
              TEXT("77"));
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 0);
}

Test(audit, 1_more_units_than_there_ever_were)
{
    edit(units(HALL, 1), TEXT(""), "return redis.call('HSET', KEYS[1], 'p18', 3)");
    expect_breach('1', key, "slot 18 holds 5 units");
}

Test(audit, 2_a_remaining_count_that_is_off)
{
    ledger_do(&ledger, NULL, TEXT("HINCRBY"), units(HALL, 1), TEXT("20"), TEXT("-1"));
    expect_breach('2', key, "slot 20 has 3 remaining, not 4");
}

Test(audit, 2_an_inventory_that_is_gone)
{
    ledger_do(&ledger, NULL, TEXT("DEL"), units(OTHER, 1));
    expect_breach('2', key, "is missing, but 1 reservations stand");
}

Test(audit, 3_a_record_that_is_cut_short)
{
    edit(reservations(HALL, 1), code_of(&orders[FIRST]),
         "local r = redis.call('HGET', KEYS[1], ARGV[1])\n"
         "return redis.call('HSET', KEYS[1], ARGV[1], r:sub(1, 60))");
    expect_breach('3', key, "lacks its sealed applicant");
}

Test(audit, 3_a_field_that_is_no_number)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), units(HALL, 1), TEXT("p18"), TEXT("many"));
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 2, "malformed, and no peak is known any more");
    ledger_do(&ledger, NULL, TEXT("HSET"), units(HALL, 1), TEXT("p18"), TEXT("6"));
    ledger_do(&ledger, NULL, TEXT("HSET"), units(HALL, 1), TEXT("colour"), TEXT("1"));
    expect_breach('3', key, "the field colour is malformed");
}

Test(audit, 4_a_live_reservation_that_the_index_lacks)
{
    unsigned char person[PERSON_KEY_BYTES];

    ledger_do(&ledger, NULL, TEXT("HDEL"), day_key("persons", 1), ledger_person(4, person));
    expect_breach('4', key, "0 times, not once");
}

Test(audit, 4_an_index_entry_without_a_reservation)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), day_key("persons", 1), TEXT("person-0000077"),
              TEXT(";a " HALL ".0123456789"));
    expect_breach('4', key, "which is missing");
}

Test(audit, 4_an_index_entry_of_a_hall_without_any)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), day_key("persons", 1), TEXT("person-0000077"),
              TEXT(";a 410499-01.0123456789"));
    expect_breach('4', key, "which is missing");
}

Test(audit, 4_an_index_entry_of_a_cancelled_one)
{
    struct buffer entry = {0};

    buffer_printf(&entry, ";a " HALL ".%s", orders[CANCELLED].code);
    ledger_do(&ledger, NULL, TEXT("HSET"), day_key("persons", 1), TEXT("person-0000006"),
              buffer_text(&entry));
    buffer_free(&entry);
    expect_breach('4', key, "which is not live");
}

Test(audit, 4_an_index_entry_of_another_person)
{
    edit(day_key("persons", 1), TEXT("person-0000002"),
         "return redis.call('HSET', KEYS[1], 'person-0000099',"
         " redis.call('HGET', KEYS[1], ARGV[1]))");
    expect_breach('4', key, "which is another person's");
}

Test(audit, 4_two_live_ones_for_a_service)
{
    /* The person's second reservation, for b, becomes one for a: in the record and in the index. */
    edit(reservations(HALL, 1), code_of(&orders[SECOND_SERVICE]),
         "local r = redis.call('HGET', KEYS[1], ARGV[1])\n"
         "assert(r:sub(24, 27) == '\\1A\\1b')\n"
         "return redis.call('HSET', KEYS[1], ARGV[1], r:sub(1, 26) .. 'a' .. r:sub(28))");
    edit(day_key("persons", 1), TEXT("person-0000001"),
         "local e = redis.call('HGET', KEYS[1], ARGV[1]):gsub(';b ', ';a ')\n"
         "return redis.call('HSET', KEYS[1], ARGV[1], e)");
    expect_breach('4', key, "two reservations for a");
}

Test(audit, 5_an_entry_without_a_reservation)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), day_key("idempotency", 0), TEXT("tag-0000000009"),
              TEXT("00000009" HALL ".20261124.0123456789"));
    expect_breach('5', key, "which is missing");
}

Test(audit, 5_two_entries_for_one_reservation)
{
    /* One of them of yesterday. */
    struct buffer entry = {0};

    buffer_printf(&entry, "00000001" HALL ".20261124.%s", orders[FIRST].code);
    ledger_do(&ledger, NULL, TEXT("HSET"), day_key("idempotency", -1), TEXT("tag-0000000009"),
              buffer_text(&entry));
    ledger_do(&ledger, NULL, TEXT("EXPIRE"), text_of(key), TEXT("100000"));
    buffer_free(&entry);
    expect_breach('5', "idempotency", "two entries name the reservation");
}

Test(audit, 7_a_live_reservation_on_a_code_that_is_not_green)
{
    edit(reservations(HALL, 1), code_of(&orders[FIRST]),
         "local r = redis.call('HGET', KEYS[1], ARGV[1])\n"
         "return redis.call('HSET', KEYS[1], ARGV[1], 'by' .. r:sub(3))");
    expect_breach('7', key, orders[FIRST].code);
    edit(reservations(HALL, 1), code_of(&orders[FIRST]),
         "local r = redis.call('HGET', KEYS[1], ARGV[1])\n"
         "return redis.call('HSET', KEYS[1], ARGV[1], 'b\\0' .. r:sub(3))");
    expect_breach('7', key, orders[FIRST].code);
}

Test(audit, 7_a_cancelled_one_holds_nothing)
{
    edit(reservations(HALL, 1), code_of(&orders[CANCELLED]),
         "local r = redis.call('HGET', KEYS[1], ARGV[1])\n"
         "return redis.call('HSET', KEYS[1], ARGV[1], 'xy' .. r:sub(3))");
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 0);
}

Test(audit, 9_a_sequence_that_was_given_for_nothing)
{
    ledger_do(&ledger, NULL, TEXT("HINCRBY"), units(HALL, 1), TEXT("seq"), TEXT("1"));
    expect_breach('9', key, "seq is 6, but 5 reservations stand");
}

Test(audit, 9_a_sequence_that_was_given_twice)
{
    edit(reservations(HALL, 1), code_of(&orders[SECOND_SERVICE]),
         "local r = redis.call('HGET', KEYS[1], ARGV[1])\n"
         "assert(r:sub(3, 6) == '\\0\\0\\0\\3')\n"
         "return redis.call('HSET', KEYS[1], ARGV[1], r:sub(1, 5) .. '\\2' .. r:sub(7))");
    expect_breach('9', "units:" HALL ":A:20261124", "not 1 to 5: 2 stands in the place of 3");
}

Test(audit, breaches_are_told_in_order_of_their_numbers)
{
    struct buffer report = {0};

    ledger_do(&ledger, NULL, TEXT("HINCRBY"), units(HALL, 1), TEXT("seq"), TEXT("1"));
    ledger_do(&ledger, NULL, TEXT("HINCRBY"), units(HALL, 2), TEXT("18"), TEXT("1"));
    cr_expect_eq(ledger_audit(&ledger, NULL, &report), 2, "%s", report.data);
    cr_expect_eq(report.data[0], '2');
    cr_expect_not_null(strstr(report.data, "\n9 "));
    buffer_free(&report);
}

/* The keys of a day expire within 24 hours of one another: one that is left alone is no breach. */
Test(audit, what_expires_first_is_not_missed)
{
    ledger_do(&ledger, NULL, TEXT("EXPIRE"), reservations(OTHER, 1), TEXT("86000"));
    ledger_do(&ledger, NULL, TEXT("DEL"), units(OTHER, 1));
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 0);
    ledger_do(&ledger, NULL, TEXT("EXPIRE"), reservations(HALL, 2), TEXT("86000"));
    ledger_do(&ledger, NULL, TEXT("DEL"), day_key("persons", 2));
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 0);
    ledger_do(&ledger, NULL, TEXT("EXPIRE"), day_key("idempotency", 0), TEXT("80000"));
    ledger_do(&ledger, NULL, TEXT("EXPIRE"), day_key("persons", 1), TEXT("80000"));
    ledger_do(&ledger, NULL, TEXT("DEL"), reservations(HALL, 1));
    ledger_do(&ledger, NULL, TEXT("DEL"), units(HALL, 1));
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 0);
}

/* A hash beyond the compact encoding is read page by page. */
Test(audit, large_days_are_read_in_pages)
{
    struct audit_counts counts;
    struct order batch[60];
    struct buffer report = {0};

    ledger_open(&ledger, OTHER, "B", 1, "18=5000 19=5000");
    for (unsigned round = 0; round < 50; round++) {
        for (unsigned i = 0; i < 60; i++)
            batch[i] = (struct order){.hall = OTHER,
                                      .queue = "B",
                                      .service = "a",
                                      .day = 1,
                                      .slot = 18,
                                      .span = 1 + i % 2,
                                      .units = 1,
                                      .person = 100 + 60 * round + i,
                                      .tag = 100 + 60 * round + i};
        ledger_reserve(&ledger, batch, 60);
    }
    cr_expect_eq(ledger_audit(&ledger, &counts, &report), 0, "%s", report.data);
    cr_expect_eq(counts.live, 3006);
    cr_expect_eq(counts.persons, 3005);
    cr_expect_eq(counts.idempotency_keys, 3002);
    ledger_do(&ledger, NULL, TEXT("HSET"), day_key("persons", 1), TEXT("person-0000077"),
              TEXT(";a " HALL ".0123456789"));
    buffer_free(&report);
    expect_breach('4', key, "which is missing");
}

/* Books, cancels, opens inventories and changes their capacities without end. */
static _Noreturn void serve_for_ever(void)
{
    struct ledger own = ledger;
    struct order batch[8];
    char queue[8], answer[256];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ledger_reconnect(&own);
    own.live_max = 1000000;
    for (unsigned round = 0;; round++) {
        snprintf(queue, sizeof queue, "q%u", round / 4 % 1000);
        ledger_open(&own, round % 2 ? HALL : OTHER, queue, 1, "18=1000 19=1000");
        for (unsigned i = 0; i < 8; i++)
            batch[i] = (struct order){.hall = round % 2 ? HALL : OTHER,
                                      .queue = queue,
                                      .service = i % 2 ? "a" : "b",
                                      .day = 1,
                                      .slot = 18,
                                      .span = 1 + i % 2,
                                      .units = 1,
                                      .person = 1000 + (8 * round + i) % 5000,
                                      .tag = 1000 + 8 * round + i};
        ledger_reserve(&own, batch, 8);
        for (unsigned i = 0; i < 8; i += 2)
            if (*batch[i].outcome >= '0' && *batch[i].outcome <= '9')
                ledger_cancel(&own, &batch[i], answer);
        if (round % 8 == 0)
            ledger_adjust(&own, OTHER, queue, 1, round % 16 ? "18=1" : "18=1000 19=1000");
    }
}

Test(audit, a_store_that_serves_is_not_in_breach)
{
    enum { AUDITS = 40 };
    struct audit_counts first, counts;
    struct buffer report = {0};
    int breaches = 0;
    pid_t child = fork();

    if (child == 0)
        serve_for_ever();
    cr_expect_eq(ledger_audit(&ledger, &first, NULL), 0);
    for (unsigned i = 0; i < AUDITS && breaches == 0; i++)
        breaches = ledger_audit(&ledger, &counts, &report);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    cr_expect_eq(breaches, 0, "%d breaches:\n%.2000s", breaches, report.data);
    cr_expect_gt(counts.reservations, first.reservations + 100, "nothing was booked meanwhile");
    cr_expect_eq(ledger_audit(&ledger, &counts, &report), 0, "%s", report.data);
    buffer_free(&report);
}
