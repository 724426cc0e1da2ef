/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/slots/harness.h"

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

static void expect_breach(char number, const char *key, const char *words)
{
    ledger_expect_breach(&ledger, (unsigned)(number - '0'), key, words);
}

static char key[96];

static struct text key_of(const char *kind, int day)
{
    ledger_key(&ledger, kind, day, key);
    return text_of(key);
}

/* A field of units. */
static struct text units_field(const char *hall, const char *name)
{
    static char field[96];

    ledger_field(hall, "A", name, field);
    return text_of(field);
}

/* Lua beside the ledger: KEYS[1] a key, ARGV[1] a field. */
static void edit(struct text at, struct text argument, const char *script)
{
    ledger_do(&ledger, NULL, TEXT("EVAL"), text_of(script), TEXT("1"), at, argument);
}

/* The same with the record at the order's field. */
static void edit_record(const struct order *order, const char *script)
{
    edit(key_of("reservations", order->day), text_of(order->field), script);
}

/* Writes `text` and the order's place behind it. */
static void set_with_place(struct text at, const char *field, const char *text,
                           const struct order *order)
{
    struct buffer value = {0};

    buffer_printf(&value, "%s%s", text, order->place);
    ledger_do(&ledger, NULL, TEXT("HSET"), at, text_of(field), buffer_text(&value));
    buffer_free(&value);
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
    ledger_do(&ledger, NULL, TEXT("HSET"), TEXT("{410500}:units:20261124"), TEXT("410500-01 A 18"),
              TEXT("77"));
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 0);
}

Test(audit, 1_more_units_than_there_ever_were)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("units", 1), units_field(HALL, "p18"), TEXT("3"));
    expect_breach('1', key, HALL " A slot 18 holds 5 units");
}

Test(audit, 2_a_remaining_count_that_is_off)
{
    ledger_do(&ledger, NULL, TEXT("HINCRBY"), key_of("units", 1), units_field(HALL, "20"),
              TEXT("-1"));
    expect_breach('2', key, HALL " A slot 20 has 3 remaining, not 4");
}

Test(audit, 2_units_of_a_reservation_that_is_not_live)
{
    edit_record(&orders[LAST], "local r = redis.call('HGET', KEYS[1], ARGV[1])\n"
                               "return redis.call('HSET', KEYS[1], ARGV[1], 'x' .. r:sub(2))");
    edit(key_of("persons", 0), TEXT("person-0000007"),
         "return redis.call('HDEL', KEYS[1], ARGV[1])");
    expect_breach('2', "units", HALL " A slot 18 has -3 remaining, not -2");
}

Test(audit, 2_an_inventory_that_is_gone)
{
    edit(key_of("units", 1), TEXT(OTHER),
         "for _, f in ipairs(redis.call('HKEYS', KEYS[1])) do\n"
         "  if f:find(ARGV[1], 1, true) == 1 then redis.call('HDEL', KEYS[1], f) end\n"
         "end\n"
         "return 1");
    expect_breach('2', key, OTHER " A is missing, but 1 reservations stand");
}

Test(audit, 2_a_day_of_inventories_that_is_gone)
{
    ledger_do(&ledger, NULL, TEXT("DEL"), key_of("units", 2));
    expect_breach('2', key, HALL " A is missing, but 1 reservations stand");
}

Test(audit, 3_a_record_that_is_cut_short)
{
    edit_record(&orders[FIRST], "local r = redis.call('HGET', KEYS[1], ARGV[1])\n"
                                "return redis.call('HSET', KEYS[1], ARGV[1], r:sub(1, 60))");
    expect_breach('3', key, orders[FIRST].field);
    edit_record(&orders[FIRST], "local r = redis.call('HGET', KEYS[1], ARGV[1])\n"
                                "return redis.call('HSET', KEYS[1], ARGV[1], r:sub(1, 24))");
    expect_breach('3', key, orders[FIRST].field);
}

Test(audit, 3_a_record_that_is_cut_to_nothing)
{
    edit_record(&orders[CANCELLED], "return redis.call('HSET', KEYS[1], ARGV[1], '')");
    expect_breach('3', key, orders[CANCELLED].field);
}

Test(audit, 3_a_field_that_is_no_number)
{
    struct text units = key_of("units", 1);

    ledger_do(&ledger, NULL, TEXT("HSET"), units, units_field(HALL, "p18"), TEXT("many"));
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 2, "malformed, and no peak is known any more");
    ledger_do(&ledger, NULL, TEXT("HSET"), units, units_field(HALL, "p18"), TEXT("6"));
    ledger_do(&ledger, NULL, TEXT("HSET"), units, units_field(HALL, "colour"), TEXT("1"));
    expect_breach('3', key, "the field " HALL " A colour is malformed");
    ledger_do(&ledger, NULL, TEXT("HDEL"), units, units_field(HALL, "colour"));
    ledger_do(&ledger, NULL, TEXT("HSET"), units, units_field(HALL, "seq"), TEXT("many"));
    expect_breach('3', key, "the field " HALL " A seq is malformed");
}

Test(audit, 3_a_field_of_no_queue)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("units", 1), TEXT("18"), TEXT("1"));
    expect_breach('3', key, "the field 18 is malformed");
    ledger_do(&ledger, NULL, TEXT("HDEL"), text_of(key), TEXT("18"));
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("reservations", 1), TEXT(HALL " A 03"),
              TEXT("b"));
    expect_breach('3', key, "the field " HALL " A 03 is malformed");
}

Test(audit, 3_an_entry_of_a_person_that_is_malformed)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("persons", 0), TEXT("person-0000077"),
              TEXT(";a 20261124 " HALL " A"));
    expect_breach('3', key, "an entry of a person is malformed");
}

Test(audit, 4_a_live_reservation_that_the_index_lacks)
{
    unsigned char person[PERSON_KEY_BYTES];

    ledger_do(&ledger, NULL, TEXT("HDEL"), key_of("persons", 0), ledger_person(4, person));
    expect_breach('4', key, "0 times, not once");
}

Test(audit, 4_a_live_reservation_that_the_index_has_twice)
{
    edit(key_of("persons", 0), TEXT("person-0000004"),
         "local e = redis.call('HGET', KEYS[1], ARGV[1])\n"
         "return redis.call('HSET', KEYS[1], ARGV[1], e .. e)");
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 2, "of the reservation and of the person");
}

Test(audit, 4_an_index_entry_without_a_reservation)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("persons", 0), TEXT("person-0000077"),
              TEXT(";a 20261124 " HALL " A 77"));
    expect_breach('4', key, "which is missing");
}

Test(audit, 4_an_index_entry_of_a_day_without_any)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("persons", 0), TEXT("person-0000077"),
              TEXT(";a 20261130 " HALL " A 1"));
    expect_breach('4', key, "which is missing");
}

Test(audit, 4_an_index_entry_of_a_cancelled_one)
{
    set_with_place(key_of("persons", 0), "person-0000006", ";a ", &orders[CANCELLED]);
    expect_breach('4', key, "which is not live");
}

Test(audit, 4_an_index_entry_of_another_person)
{
    edit(key_of("persons", 0), TEXT("person-0000002"),
         "return redis.call('HSET', KEYS[1], 'person-0000099',"
         " redis.call('HGET', KEYS[1], ARGV[1]))");
    expect_breach('4', key, "which is another person's");
}

Test(audit, 4_an_index_entry_with_other_half_hours)
{
    edit(key_of("persons", 0), TEXT("person-0000002"),
         "return redis.call('HSET', KEYS[1], ARGV[1],"
         " (redis.call('HGET', KEYS[1], ARGV[1]):gsub('%+(.).', '+%1o')))");
    expect_breach('4', key, "which has other half hours");
}

Test(audit, 4_two_live_ones_for_a_service)
{
    /* The person's second reservation, for b, becomes one for a: in the record and in the index. */
    edit_record(&orders[SECOND_SERVICE],
                "local r = redis.call('HGET', KEYS[1], ARGV[1])\n"
                "assert(r:sub(26, 27) == '\\1b')\n"
                "return redis.call('HSET', KEYS[1], ARGV[1], r:sub(1, 26) .. 'a' .. r:sub(28))");
    edit(key_of("persons", 0), TEXT("person-0000001"),
         "local e = redis.call('HGET', KEYS[1], ARGV[1]):gsub(';b ', ';a ')\n"
         "return redis.call('HSET', KEYS[1], ARGV[1], e)");
    expect_breach('4', key, "two reservations for a");
}

Test(audit, 4_one_of_each_day_is_none_too_many)
{
    struct order orders_of_days[2] = {orders[FIRST], orders[NEXT_DAY]};

    for (unsigned i = 0; i < 2; i++) {
        orders_of_days[i].person = 50;
        orders_of_days[i].tag = 0;
        orders_of_days[i].slot = 18 + !i;
        *orders_of_days[i].salt = 0;
    }
    ledger_reserve(&ledger, orders_of_days, 2);
    cr_expect_gt(orders_of_days[0].sequence, 0);
    cr_expect_gt(orders_of_days[1].sequence, 0);
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 0);
}

Test(audit, 5_an_entry_without_a_reservation)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("idempotency", 0), TEXT("tag-0000000009"),
              TEXT("0000000920261124 " HALL " A 77"));
    expect_breach('5', key, "which is missing");
}

Test(audit, 5_an_entry_that_is_malformed)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("idempotency", 0), TEXT("tag-0000000009"),
              TEXT("0000000920261124 " HALL));
    expect_breach('3', key, "an entry is malformed");
}

Test(audit, 5_two_entries_for_one_reservation)
{
    /* One of them of yesterday. */
    set_with_place(key_of("idempotency", -1), "tag-0000000009", "00000001", &orders[FIRST]);
    ledger_do(&ledger, NULL, TEXT("EXPIRE"), text_of(key), TEXT("100000"));
    expect_breach('5', "idempotency", "two entries name 2026112");
}

Test(audit, 7_a_live_reservation_on_a_code_that_is_not_green)
{
    edit_record(&orders[FIRST], "local r = redis.call('HGET', KEYS[1], ARGV[1])\n"
                                "return redis.call('HSET', KEYS[1], ARGV[1], 'by' .. r:sub(3))");
    expect_breach('7', key, orders[FIRST].field);
    edit_record(&orders[FIRST], "local r = redis.call('HGET', KEYS[1], ARGV[1])\n"
                                "return redis.call('HSET', KEYS[1], ARGV[1], 'b\\0' .. r:sub(3))");
    expect_breach('7', key, orders[FIRST].field);
}

Test(audit, 7_a_cancelled_one_holds_nothing)
{
    edit_record(&orders[CANCELLED],
                "local r = redis.call('HGET', KEYS[1], ARGV[1])\n"
                "return redis.call('HSET', KEYS[1], ARGV[1], 'xy' .. r:sub(3))");
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 0);
}

Test(audit, 9_a_sequence_that_was_given_for_nothing)
{
    ledger_do(&ledger, NULL, TEXT("HINCRBY"), key_of("units", 1), units_field(HALL, "seq"),
              TEXT("1"));
    expect_breach('9', key, HALL " A seq is 6, but 5 reservations stand: 6 is missing");
}

/* A damaged seq keeps nobody busy, and what stands is counted nevertheless. */
Test(audit, 9_a_sequence_beyond_all_measure)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("units", 1), units_field(HALL, "seq"),
              TEXT("4000000000"));
    expect_breach('9', key, HALL " A seq is 4000000000, but 5 reservations stand: 6 is missing");
}

Test(audit, 9_a_gap)
{
    ledger_do(&ledger, NULL, TEXT("HDEL"), key_of("reservations", 1),
              text_of(orders[CANCELLED].field));
    expect_breach('9', "units:20261124",
                  HALL " A seq is 5, but 4 reservations stand: 4 is missing");
}

Test(audit, 9_a_reservation_that_is_gone)
{
    struct buffer report = {0};

    ledger_do(&ledger, NULL, TEXT("HDEL"), key_of("reservations", 1), text_of(orders[LAST].field));
    cr_expect_eq(ledger_audit(&ledger, NULL, &report), 3, "%s", report.data);
    cr_expect_eq(report.data[0], '2', "its units are not back");
    cr_expect_not_null(strstr(report.data, "\n4 "), "its person has it");
    cr_expect_not_null(strstr(report.data, "\n9 "));
    buffer_free(&report);
}

Test(audit, 9_a_reservation_beyond_the_sequence)
{
    edit_record(&orders[CANCELLED], "redis.call('HSET', KEYS[1], '" HALL
                                    " A 9', redis.call('HGET', KEYS[1], ARGV[1]))\n"
                                    "return redis.call('HSET', KEYS[1], '" HALL " A 10',"
                                    " redis.call('HGET', KEYS[1], ARGV[1]))");
    expect_breach('9', "units:20261124", HALL " A seq is 5, but 2 reservations stand beyond it");
}

Test(audit, 9_an_inventory_without_a_sequence)
{
    ledger_do(&ledger, NULL, TEXT("HDEL"), key_of("units", 1), units_field(HALL, "seq"));
    expect_breach('9', key, HALL " A has no seq");
}

/* What stands outside an inventory is looked at as any other. */
Test(audit, a_record_outside_its_inventory_is_read)
{
    struct buffer report = {0};

    edit_record(&orders[FIRST],
                "local r = redis.call('HGET', KEYS[1], ARGV[1])\n"
                "return redis.call('HSET', KEYS[1], '" HALL " Z 1', 'by' .. r:sub(3))");
    cr_expect_eq(ledger_audit(&ledger, NULL, &report), 3, "%s", report.data);
    cr_expect_not_null(strstr(report.data, HALL " Z is missing, but 1 reservations stand"));
    cr_expect_not_null(strstr(report.data, "\n4 "));
    cr_expect_not_null(strstr(report.data, "\n7 "));
    buffer_free(&report);
}

Test(audit, breaches_are_told_in_order_of_their_numbers)
{
    struct buffer report = {0};

    ledger_do(&ledger, NULL, TEXT("HINCRBY"), key_of("units", 1), units_field(HALL, "seq"),
              TEXT("1"));
    ledger_do(&ledger, NULL, TEXT("HINCRBY"), key_of("units", 2), units_field(HALL, "18"),
              TEXT("1"));
    cr_expect_eq(ledger_audit(&ledger, NULL, &report), 2, "%s", report.data);
    cr_expect_eq(report.data[0], '2');
    cr_expect_not_null(strstr(report.data, "\n9 "));
    buffer_free(&report);
}

/* The keys of a day expire within 24 hours of one another: one that is left alone is no breach. */
Test(audit, what_expires_first_is_not_missed)
{
    ledger_advance(&ledger, 30);
    ledger_sweep(&ledger, 0);
    ledger_do(&ledger, NULL, TEXT("EXPIRE"), key_of("reservations", 1), TEXT("86000"));
    ledger_do(&ledger, NULL, TEXT("DEL"), key_of("units", 1));
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 0, "units go first");
    ledger_do(&ledger, NULL, TEXT("EXPIRE"), key_of("units", 2), TEXT("86000"));
    ledger_do(&ledger, NULL, TEXT("DEL"), key_of("reservations", 2));
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 0, "reservations go first");
    ledger_do(&ledger, NULL, TEXT("EXPIRE"), key_of("idempotency", 0), TEXT("80000"));
    ledger_do(&ledger, NULL, TEXT("DEL"), key_of("reservations", 1));
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 0, "idempotency keys go last");
}

Test(audit, what_goes_before_its_time_is_missed)
{
    ledger_do(&ledger, NULL, TEXT("EXPIRE"), key_of("units", 2), TEXT("90000"));
    ledger_do(&ledger, NULL, TEXT("DEL"), key_of("reservations", 2));
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 3, "2 and 9 of the inventory, 4 of the person");
}

/* The index forgets days that are past, bit by bit; the sweep has said so before. */
Test(audit, an_index_of_past_days_is_free)
{
    unsigned char person[PERSON_KEY_BYTES];

    ledger_advance(&ledger, 1);
    ledger_sweep(&ledger, 0);
    ledger_do(&ledger, NULL, TEXT("HDEL"), key_of("persons", 0), ledger_person(4, person));
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 1, "the day is not over");
    ledger_advance(&ledger, 1);
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 1, "nothing was swept since");
    ledger_sweep(&ledger, 0);
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 0);
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("persons", 0), TEXT("person-0000077"),
              TEXT(";a 20261123 " HALL " A 77"));
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 0);
    ledger_do(&ledger, NULL, TEXT("HDEL"), key_of("persons", 0), ledger_person(5, person));
    expect_breach('4', key, orders[NEXT_DAY].place);
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
    cr_expect_eq(counts.reservations, 3007);
    cr_expect_eq(counts.live, 3006);
    cr_expect_eq(counts.persons, 3005);
    cr_expect_eq(counts.idempotency_keys, 3002);
    buffer_free(&report);
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("persons", 0), TEXT("person-0000077"),
              TEXT(";a 20261124 " HALL " A 77"));
    expect_breach('4', key, "which is missing");
    ledger_do(&ledger, NULL, TEXT("HDEL"), text_of(key), TEXT("person-0000077"));
    edit_record(&batch[30], "local r = redis.call('HGET', KEYS[1], ARGV[1])\n"
                            "return redis.call('HSET', KEYS[1], ARGV[1], 'by' .. r:sub(3))");
    expect_breach('7', key, batch[30].field);
}

/* Books, cancels, opens inventories, changes their capacities and sweeps without end. */
static _Noreturn void serve_for_ever(void)
{
    struct ledger own = ledger;
    struct order batch[8];
    char queue[8], answer[256];
    uint64_t cursor = 0;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ledger_reconnect(&own);
    own.live_max = 1000000;
    for (unsigned round = 0;; round++) {
        snprintf(queue, sizeof queue, "q%u", round / 4 % 1000);
        for (int day = 1; day < 3; day++)
            ledger_open(&own, round % 2 ? HALL : OTHER, queue, day, "18=1000 19=1000");
        for (unsigned i = 0; i < 8; i++)
            batch[i] = (struct order){.hall = round % 2 ? HALL : OTHER,
                                      .queue = queue,
                                      .service = i % 2 ? "a" : "b",
                                      .day = 1 + (int)(i / 2 % 2),
                                      .slot = 18,
                                      .span = 1 + i % 2,
                                      .units = 1,
                                      .person = 1000 + (8 * round + i) % 5000,
                                      .tag = 1000 + 8 * round + i};
        ledger_reserve(&own, batch, 8);
        for (unsigned i = 0; i < 8; i += 2)
            if (batch[i].sequence)
                ledger_cancel(&own, &batch[i], answer);
        if (round % 8 == 0)
            ledger_adjust(&own, OTHER, queue, 1, round % 16 ? "18=1" : "18=1000 19=1000");
        cursor = ledger_sweep(&own, cursor);
    }
}

Test(audit, a_store_that_serves_is_not_in_breach)
{
    enum { AUDITS_MIN = 12, BOOKED_MIN = 3000, WITHIN_MS = 40000 };
    struct audit_counts first, counts;
    struct buffer report = {0};
    int64_t deadline = clock_monotonic_ms() + WITHIN_MS;
    unsigned audits = 0;
    int breaches = 0;
    pid_t child = fork();

    if (child == 0)
        serve_for_ever();
    cr_expect_eq(ledger_audit(&ledger, &first, NULL), 0);
    do {
        breaches = ledger_audit(&ledger, &counts, &report);
        audits++;
    } while (breaches == 0 && clock_monotonic_ms() < deadline &&
             (audits < AUDITS_MIN || counts.reservations < first.reservations + BOOKED_MIN));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    cr_expect_eq(breaches, 0, "%d breaches:\n%.2000s", breaches, report.data);
    cr_expect_geq(audits, AUDITS_MIN);
    cr_expect_geq(counts.reservations, first.reservations + BOOKED_MIN, "little was booked");
    cr_expect_eq(ledger_audit(&ledger, &counts, &report), 0, "%s", report.data);
    buffer_free(&report);
}
