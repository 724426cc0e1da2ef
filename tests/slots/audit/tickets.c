/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "slots/catalogue/keys.h"
#include "slots/ledger/library.h"
#include "tests/slots/harness.h"

/* Invariant 8 and what else must agree on a hall's floor: one test for each breach. */

#define HALL "410400-01"

enum { NINE_O_CLOCK_S = 9 * 3600, SLOT = 18 };

/* A catalogue in which the hall has the queue A alone. */
static const char only_a[] =
    "{\"city\":{\"code\":\"410400\",\"name\":\"平顶山市\",\"time_zone\":\"Asia/Shanghai\"},"
    "\"calendar\":{},\"services\":[{\"id\":\"a\",\"name\":\"甲\",\"minutes\":10,\"units\":1,"
    "\"span\":1,\"materials\":[\"身份证\"],\"audience\":\"personal\"}],"
    "\"halls\":[{\"id\":\"410400-01\",\"name\":\"大厅\",\"level\":\"city\",\"region\":\"410400\","
    "\"address\":\"路\",\"location\":[113,33],\"hours\":{\"mon-fri\":[\"09:00-17:00\"],\"sat\":[],"
    "\"sun\":[],\"make_up_workdays\":true},"
    "\"release\":{\"days_ahead\":1,\"at\":\"00:00\",\"closes_minutes_before\":30},"
    "\"queues\":[{\"id\":\"A\",\"name\":\"窗\",\"prefix\":\"A\",\"services\":[\"a\"],"
    "\"windows\":[{\"id\":\"1\",\"name\":\"1号\"}],\"capacity\":{\"mon-fri\":{\"default\":1}}}]}]}";

static struct ledger ledger;
static struct order booked, package[2]; /* have come */
static struct order absent;             /* has not */

static void must(const char *outcome)
{
    cr_assert_str_eq(outcome, "ok", "%s", outcome);
}

static void check_in(const struct order *order, const struct order *beside)
{
    struct asked asked;

    ledger_ask(&asked, &ledger, slots_library.check_in);
    asked.is_of_floor = true;
    asked_push_place(&asked, order->hall, order->queue, 0);
    asked_push_number(&asked, order->sequence);
    asked_push(&asked, TEXT("SALT01"));
    asked_push_number(&asked, 3);
    if (beside)
        asked_place(&asked, beside->hall, beside->queue, 0);
    must(asked_end(&asked));
}

static void issue(const char *queue, const char *tag)
{
    struct asked asked;

    ledger_ask(&asked, &ledger, slots_library.issue);
    asked.is_of_floor = true;
    asked_push(&asked, text_of(tag));
    asked_push(&asked, TEXT("00000007"));
    asked_push_place(&asked, HALL, queue, 0);
    asked_push(&asked, TEXT("a"));
    asked_push(&asked, TEXT("-"));
    asked_push(&asked, TEXT(""));
    asked_push_number(&asked, SLOT);
    asked_push(&asked, TEXT(""));
    asked_push(&asked, TEXT("SALT02"));
    asked_push_number(&asked, 3);
    must(asked_end(&asked));
}

static void operate(const char *window, const char *op, const char *argument, const char *tag)
{
    struct asked asked;

    ledger_ask(&asked, &ledger, slots_library.window);
    asked.is_of_floor = true;
    asked_push(&asked, text_of(tag));
    asked_push(&asked, TEXT("00000008"));
    asked_push(&asked, text_of(window));
    asked_push(&asked, text_of(op));
    asked_push(&asked, text_of(argument));
    asked_push_number(&asked, 2);
    asked_push(&asked, TEXT("A 0.5 1 2 3 1,2"));
    asked_push(&asked, TEXT("B 0.5 1 2 3 1,2"));
    asked_place(&asked, HALL, "A", 0);
    asked_place(&asked, HALL, "B", 0);
    must(asked_end(&asked));
}

/* How many lapsed. */
static const char *end_day(void)
{
    static struct asked asked;

    ledger_ask(&asked, &ledger, slots_library.end_day);
    asked.is_of_floor = true;
    asked_place(&asked, HALL, "A", 0);
    asked_place(&asked, HALL, "B", 0);
    must(asked_end(&asked));
    return asked.details[0];
}

static struct order order_of(const char *queue, unsigned person)
{
    return (struct order){.hall = HALL,
                          .queue = queue,
                          .service = *queue == 'A' ? "a" : "b",
                          .slot = SLOT,
                          .span = 1,
                          .units = 1,
                          .person = person};
}

/* A 1 has been called to window 1; A 2, a package's, A 3 and A 4 wait: A 4 for window 2 alone. A 5
 * is served at window 2, A 6 was missed and put back. B 1 was missed. */
static void set_up(void)
{
    ledger_start(&ledger);
    ledger_sweep(&ledger, 0);
    ledger_open(&ledger, HALL, "A", 0, "18=6");
    ledger_open(&ledger, HALL, "B", 0, "18=6");
    booked = order_of("A", 1);
    ledger_reserve(&ledger, &booked, 1);
    absent = order_of("A", 3);
    ledger_reserve(&ledger, &absent, 1);
    package[0] = order_of("A", 2);
    package[1] = order_of("B", 2);
    package[0].package = package[1].package = "p";
    must(ledger_visit(&ledger, "package", package, 2, ""));
    ledger.now_s += NINE_O_CLOCK_S;
    check_in(&booked, NULL);
    check_in(&package[0], &package[1]);
    for (unsigned i = 0; i < 4; i++)
        issue("A", i ? "" : "tag-0000000003");
    issue("B", "");
    operate("1", "open", "A,B", "");
    operate("2", "open", "A,B", "");
    operate("1", "call", "A/t6", "tag-0000000004");
    operate("1", "requeue", "", "");
    operate("1", "call", "B/t1", "");
    operate("1", "miss", "", "");
    operate("1", "call", "A/t1", "tag-0000000005");
    operate("2", "call", "A/t4", "");
    operate("2", "transfer", "- 2", "");
    operate("2", "call", "A/t5", "");
    operate("2", "start", "", "");
}

static void tear_down(void)
{
    ledger_stop(&ledger);
}

TestSuite(tickets, .init = set_up, .fini = tear_down, .timeout = 60);

static struct text key_of(const char *kind)
{
    static char key[96];

    ledger_key(&ledger, kind, 0, key);
    return text_of(key);
}

static void set(const char *kind, const char *field, const char *value)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of(kind), text_of(field), text_of(value));
}

/* A column of a ticket becomes another word. */
static void change(const char *field, unsigned column, const char *word)
{
    char number[8];

    snprintf(number, sizeof number, "%u", column);
    ledger_do(&ledger, NULL, TEXT("EVAL"),
              TEXT("local words = {}\n"
                   "for word in redis.call('HGET', KEYS[1], ARGV[1]):gmatch('[^ ]+') do\n"
                   "  words[#words + 1] = word\n"
                   "end\n"
                   "words[tonumber(ARGV[2])] = ARGV[3]\n"
                   "redis.call('HSET', KEYS[1], ARGV[1], table.concat(words, ' '))\n"
                   "return 1"),
              TEXT("1"), key_of("tickets"), text_of(field), text_of(number), text_of(word));
}

static void expect_breach(unsigned number, const char *words)
{
    ledger_expect_breach(&ledger, number, "410400", words);
}

/* Takes the member with that beginning and end out of the line; "A w " and " A 000003". */
static void leave_line(const char *beginning, const char *end)
{
    ledger_do(
        &ledger, NULL, TEXT("EVAL"),
        TEXT("for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do\n"
             "  if member:sub(1, #ARGV[1]) == ARGV[1] and member:sub(-#ARGV[2]) == ARGV[2] then\n"
             "    redis.call('ZREM', KEYS[1], member)\n"
             "  end\n"
             "end"),
        TEXT("1"), key_of("line"), text_of(beginning), text_of(end));
}

Test(tickets, all_of_it_is_clean_and_counted)
{
    struct audit_counts counts;
    struct buffer report = {0};

    cr_expect_eq(ledger_audit(&ledger, &counts, &report), 0, "%s", report.data);
    cr_expect_eq(counts.tickets, 7);
    cr_expect_eq(counts.tickets_waiting, 4);
    buffer_free(&report);
}

Test(tickets, clean_while_a_package_goes_on)
{
    struct buffer report = {0};

    operate("1", "start", "", "");
    operate("1", "finish", "", "");
    operate("1", "call", "A/t2", "");
    operate("1", "start", "", "");
    operate("1", "finish", "", "");
    cr_expect_eq(ledger_audit(&ledger, NULL, &report), 0, "%s", report.data);
    end_day();
    cr_expect_eq(ledger_audit(&ledger, NULL, &report), 0, "%s", report.data);
    buffer_free(&report);
}

Test(tickets, clean_when_the_day_has_ended)
{
    struct buffer report = {0};

    cr_expect_str_eq(end_day(), "5"); /* who is called or served stays */
    cr_expect_eq(ledger_audit(&ledger, NULL, &report), 0, "%s", report.data);
    buffer_free(&report);
}

Test(tickets, a_number_that_is_missing)
{
    ledger_do(&ledger, NULL, TEXT("HDEL"), key_of("tickets"), TEXT(HALL " A t6"));
    ledger_do(&ledger, NULL, TEXT("HINCRBY"), key_of("tickets"), TEXT(HALL " A q18"), TEXT("-1"));
    leave_line("A b ", " A 000006");
    expect_breach(8, HALL " A tseq is 6, but t6 is missing");
}

Test(tickets, a_number_beyond_the_last)
{
    set("tickets", HALL " A tseq", "5");
    expect_breach(8, HALL " A tseq is 5, but t6 stands");
}

Test(tickets, walk_ins_that_are_miscounted)
{
    set("tickets", HALL " A q18", "5");
    expect_breach(8, HALL " A counts 5 walk-ins, but 4 stand");
}

Test(tickets, a_record_that_is_malformed)
{
    set("tickets", HALL " B t1", "z w");
    expect_breach(3, "the ticket B/t1 of " HALL " is malformed");
}

Test(tickets, a_field_that_is_malformed)
{
    set("tickets", HALL " B u1", "1");
    expect_breach(3, "the field " HALL " B u1 is malformed");
}

Test(tickets, a_ticket_at_a_window_that_has_another)
{
    set("windows", HALL " 1", "o A,B - 1");
    expect_breach(8, "the ticket A/t1 of " HALL " is at the window 1, which does not have it");
}

Test(tickets, one_ticket_at_two_windows)
{
    set("windows", HALL " 3", "o A,B A/t5 1");
    expect_breach(8, "the window " HALL " 3 has the ticket A/t5, which is not at it");
}

Test(tickets, a_window_with_a_ticket_that_is_over)
{
    set("windows", HALL " 3", "o A,B B/t1 1");
    expect_breach(8, "the window " HALL " 3 has the ticket B/t1, which is not at it");
}

Test(tickets, a_closed_window_with_a_ticket)
{
    set("windows", HALL " 1", "c - A/t1 1");
    expect_breach(8, "the window " HALL " 1 is closed, but has the ticket A/t1");
}

Test(tickets, who_waits_where_no_window_serves)
{
    struct arena arena = {0};

    issue("B", "");
    set("windows", HALL " 1", "o A A/t1 1");
    set("windows", HALL " 2", "o A A/t5 1");
    ledger_do(&ledger, NULL, TEXT("SET"), key_catalogue(&arena, LEDGER_CITY), text_of(only_a));
    arena_free(&arena);
    expect_breach(8, "the ticket B/t2 of " HALL " waits in the queue B, which no window serves");
}

Test(tickets, a_window_that_is_malformed)
{
    set("windows", HALL " 3", "o");
    expect_breach(3, "the window " HALL " 3 is malformed");
}

Test(tickets, who_waits_and_is_not_in_the_line)
{
    leave_line("A w ", " A 000003");
    expect_breach(8, "the ticket A/t3 of " HALL " waits, but is not in the line");
}

Test(tickets, who_stands_in_the_line_and_does_not_wait)
{
    ledger_do(&ledger, NULL, TEXT("ZADD"), key_of("line"), TEXT("0"),
              TEXT("B w 00000000000001 B 000001"));
    expect_breach(8, "the line of " HALL
                     " has B w 00000000000001 B 000001, where it should not stand");
}

Test(tickets, who_stands_in_the_line_of_another_queue_too)
{
    ledger_do(&ledger, NULL, TEXT("ZADD"), key_of("line"), TEXT("0"),
              TEXT("A w 00000000000001 A 000004"));
    expect_breach(8, "the line of " HALL
                     " has A w 00000000000001 A 000004, where it should not stand");
}

Test(tickets, who_is_put_back_behind_another_number_of_calls)
{
    ledger_do(&ledger, NULL, TEXT("ZADD"), key_of("line"), TEXT("0"),
              TEXT("A b 00000000000099 A 000006"));
    expect_breach(8, "the line of " HALL
                     " has A b 00000000000099 A 000006, where it should not stand");
}

Test(tickets, a_member_of_the_line_that_is_malformed)
{
    ledger_do(&ledger, NULL, TEXT("ZADD"), key_of("line"), TEXT("0"), TEXT("A w A/t3"));
    expect_breach(8, "the line of " HALL " has A w A/t3, where it should not stand");
}

Test(tickets, a_person_with_the_ticket_of_another)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("tickets"),
              TEXT(HALL " ~706572736f6e2d30303030303939"), TEXT("A/t1"));
    expect_breach(8, "a person of " HALL " has the ticket A/t1, which is not his");
}

Test(tickets, a_person_that_is_malformed)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("tickets"), TEXT(HALL " ~77"), TEXT("A/t1"));
    expect_breach(3, "the field " HALL " ~77 is malformed");
}

Test(tickets, a_reservation_that_names_another_ticket)
{
    change(HALL " A t1", 19, "-");
    expect_breach(8, HALL " A 1 names the ticket A/t1, which is not for it");
}

Test(tickets, a_ticket_for_a_reservation_that_does_not_name_it)
{
    char place[64], date[16];

    snprintf(place, sizeof place, "%s/" HALL "/A/1", ledger_date(&ledger, 0, date));
    change(HALL " A t3", 19, place);
    expect_breach(8, "the ticket A/t3 of " HALL " is for ");
}

Test(tickets, a_reservation_that_has_come_without_a_ticket)
{
    ledger_do(&ledger, NULL, TEXT("EVAL"),
              TEXT("local v = redis.call('HGET', KEYS[1], ARGV[1])\n"
                   "redis.call('HSET', KEYS[1], ARGV[1], 'c' .. v:sub(2))\n"
                   "return 1"),
              TEXT("1"), key_of("reservations"), text_of(absent.field));
    expect_breach(8, HALL " A 2 has come, but names no ticket");
}

Test(tickets, an_idempotency_key_that_names_no_ticket)
{
    char value[64], date[16];

    snprintf(value, sizeof value, "00000009ticket " HALL " %s A/t9", ledger_date(&ledger, 0, date));
    set("idempotency", "tag-0000000009", value);
    expect_breach(5, "an entry names ticket " HALL);
}

Test(tickets, two_idempotency_keys_that_name_one_ticket)
{
    char value[64], date[16];

    snprintf(value, sizeof value, "00000009ticket " HALL " %s A/t3", ledger_date(&ledger, 0, date));
    set("idempotency", "tag-0000000009", value);
    expect_breach(5, "two entries name ticket " HALL);
}
