/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "slots/library.h"
#include "tests/slots_store/ledger.h"

/* What becomes of reservations: moved, offered, given by a waitlist or a draw, of one visit. One
 * test for each breach that the audit knows of it. */

#define HALL "410400-01"

static struct ledger ledger;

enum {
    MOVED,     /* from A 1 to A 2 */
    PRIORITY,  /* A 1 18, of an elderly person */
    FIRST,     /* a package: A 1 19 … */
    LATER,     /* … and B 1 20 */
    PARTY,     /* A 1 20, with a tag */
    COMPANION, /* … together with him */
    HOLDER,    /* C 1 18, the only unit */
    WAITER,    /* waits for C 1 18 */
    SECOND,    /* behind him */
    LEAVER,    /* D 1 18: his unit is offered */
    OFFERED,   /* to this one, who waited */
    RETURNING, /* E 1 18, cancelled; the unit comes back later */
    AFFECTED,  /* F 1 18, closed; A 2 19 is offered */
    COUNT,
};
static struct order orders[COUNT];
static char moved_to[OUTCOME_BYTES], offer[OUTCOME_BYTES], closure_offer[OUTCOME_BYTES];

/* --- Making it ---------------------------------------------------------------------------------
 */

static void name_place(char place[OUTCOME_BYTES], const char *queue, int day, int number)
{
    char date[16];

    snprintf(place, OUTCOME_BYTES, "%s %s %s %d", ledger_date(&ledger, day, date), HALL, queue,
             number);
}

static void visit(const char *kind, struct order *parts, size_t count, const char *tag)
{
    unsigned char person[PERSON_KEY_BYTES];
    struct buffer record = {0};
    struct asked asked;

    ledger_ask(&asked, &ledger, slots_library.visit);
    asked_push(&asked, text_of(tag));
    asked_push(&asked, TEXT("00000001"));
    asked_push(&asked, TEXT(""));
    asked_push(&asked, text_of(kind));
    asked_push_number(&asked, (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        ledger_salt(&parts[i]);
        buffer_clear(&record);
        ledger_record(&ledger, &parts[i], &record);
        asked_push_place(&asked, parts[i].hall, parts[i].queue, parts[i].day);
        asked_push_number(&asked, parts[i].slot);
        asked_push_number(&asked, parts[i].span);
        asked_push_number(&asked, parts[i].units);
        asked_push(&asked, ledger_person(parts[i].person, person));
        asked_push(&asked, text_of(parts[i].service));
        asked_push(&asked, buffer_text(&record));
    }
    cr_assert_str_eq(asked_end(&asked), "ok", "%s", asked.outcome);
    for (size_t i = 0; i < count; i++)
        ledger_note_booked(&ledger, &parts[i], asked.list[i]);
    buffer_free(&record);
}

/* His number in the waitlist or the draw. */
static int enter(const char *kind, struct order *order)
{
    unsigned char person[PERSON_KEY_BYTES];
    struct buffer record = {0};
    struct asked asked;

    ledger_salt(order);
    order->status = *kind == 'w' ? RESERVATION_WAITING : RESERVATION_IN_DRAW;
    ledger_record(&ledger, order, &record);
    ledger_ask(&asked, &ledger, slots_library.enter);
    asked_push(&asked, text_of(kind));
    asked_push_place(&asked, order->hall, order->queue, order->day);
    asked_push(&asked, TEXT(""));
    asked_push(&asked, TEXT(""));
    asked_push(&asked, TEXT(""));
    asked_push(&asked, ledger_person(order->person, person));
    asked_push(&asked, text_of(order->service));
    asked_push(&asked, buffer_text(&record));
    cr_assert_str_eq(asked_end(&asked), "ok", "%s", asked.outcome);
    buffer_free(&record);
    return atoi(asked.details[0]);
}

static void move(struct order *order, int day)
{
    struct asked asked;

    ledger_ask(&asked, &ledger, slots_library.reschedule);
    asked_push_place(&asked, order->hall, order->queue, order->day);
    asked_push_number(&asked, order->sequence);
    asked_push_number(&asked, 1);
    asked_push_place(&asked, order->hall, order->queue, day);
    asked_push_number(&asked, 18);
    cr_assert_str_eq(asked_end(&asked), "ok", "%s", asked.outcome);
    name_place(moved_to, order->queue, day, asked.list[0]);
}

static void cancel_slowly(struct order *order)
{
    struct asked asked;

    ledger_ask(&asked, &ledger, slots_library.cancel);
    asked_push_place(&asked, order->hall, order->queue, order->day);
    asked_push_number(&asked, order->sequence);
    asked_push(&asked, TEXT("p"));
    asked_push(&asked, TEXT("600"));
    cr_assert_str_eq(asked_end(&asked), "ok", "%s", asked.outcome);
}

/* F's half hour is closed, and A has another on the day after. */
static void close_f(void)
{
    char date[16], where[64];
    struct asked asked;

    snprintf(where, sizeof where, HALL " %s", ledger_date(&ledger, 1, date));
    ledger_ask(&asked, &ledger, slots_library.close);
    asked_push(&asked, TEXT("tag-0000000002"));
    asked_push(&asked, TEXT("00000002"));
    asked_push(&asked, TEXT(""));
    asked_push(&asked, text_of(where));
    asked_push(&asked, TEXT("18 19 F offer 1795363200000 snow"));
    asked_push(&asked, TEXT("offer"));
    asked_push_number(&asked, 18);
    asked_push_number(&asked, 19);
    asked_push_number(&asked, 3600);
    asked_push_number(&asked, 1);
    asked_push_place(&asked, HALL, "F", 1);
    asked_push(&asked, TEXT("18=0/0"));
    asked_push_number(&asked, 1);
    snprintf(where, sizeof where, "F a %u", asked_place(&asked, HALL, "A", 2));
    asked_push(&asked, text_of(where));
    cr_assert_str_eq(asked_end(&asked), "ok", "%s", asked.outcome);
    name_place(closure_offer, "A", 2, 2);
}

static void set_up_orders(void)
{
    static const struct {
        const char *queue, *service;
        unsigned slot;
    } made[COUNT] = {
        [MOVED] = {"A", "a", 18},    [PRIORITY] = {"A", "a", 18}, [FIRST] = {"A", "a", 19},
        [LATER] = {"B", "b", 20},    [PARTY] = {"A", "a", 20},    [COMPANION] = {"A", "a", 20},
        [HOLDER] = {"C", "a", 18},   [WAITER] = {"C", "a", 18},   [SECOND] = {"C", "a", 18},
        [LEAVER] = {"D", "a", 18},   [OFFERED] = {"D", "a", 18},  [RETURNING] = {"E", "a", 18},
        [AFFECTED] = {"F", "a", 18},
    };

    for (unsigned i = 0; i < COUNT; i++)
        orders[i] = (struct order){.hall = HALL,
                                   .queue = made[i].queue,
                                   .service = made[i].service,
                                   .day = 1,
                                   .slot = made[i].slot,
                                   .span = 1,
                                   .units = 1,
                                   .person = i + 1,
                                   .request = i + 1};
    orders[PRIORITY].priority = PRIORITY_ELDERLY;
    orders[FIRST].package = orders[LATER].package = "p";
    orders[LATER].person = orders[FIRST].person;
    orders[WAITER].starts = orders[SECOND].starts = orders[OFFERED].starts = "\x12";
}

static void set_up(void)
{
    static const unsigned plain[] = {MOVED, HOLDER, LEAVER, RETURNING, AFFECTED};
    static const char *const single[] = {"C", "D", "E", "F"};
    char answer[256];

    ledger_start(&ledger);
    set_up_orders();
    ledger_sweep(&ledger, 0);
    ledger_open(&ledger, HALL, "A", 1, "18=6/2 19=6 20=6");
    ledger_open(&ledger, HALL, "A", 2, "18=6 19=6");
    ledger_open(&ledger, HALL, "B", 1, "20=6");
    for (unsigned i = 0; i < 4; i++)
        ledger_open(&ledger, HALL, single[i], 1, "18=1");
    for (unsigned i = 0; i < sizeof plain / sizeof *plain; i++) {
        ledger_reserve(&ledger, &orders[plain[i]], 1);
        cr_assert_gt(orders[plain[i]].sequence, 0, "%s", orders[plain[i]].outcome);
    }
    visit("single", &orders[PRIORITY], 1, "");
    visit("package", &orders[FIRST], 2, "");
    visit("party", &orders[PARTY], 2, "tag-0000000001");
    enter("w", &orders[WAITER]);
    enter("w", &orders[SECOND]);
    move(&orders[MOVED], 2);
    ledger.offer_minutes = 30;
    enter("w", &orders[OFFERED]);
    ledger_cancel(&ledger, &orders[LEAVER], answer);
    cr_assert_str_eq(answer, "ok");
    name_place(offer, "D", 1, 2);
    cancel_slowly(&orders[RETURNING]);
    close_f();
}

static void tear_down(void)
{
    ledger_stop(&ledger);
}

TestSuite(life, .init = set_up, .fini = tear_down, .timeout = 60);

/* --- Breaking it -------------------------------------------------------------------------------
 */

static char key[96];

static struct text key_of(const char *kind, int day)
{
    ledger_key(&ledger, kind, day, key);
    return text_of(key);
}

static void expect_breach(unsigned number, const char *words)
{
    ledger_expect_breach(&ledger, number, "410400", words);
}

static void expect_clean(void)
{
    struct buffer report = {0};

    cr_expect_eq(ledger_audit(&ledger, NULL, &report), 0, "%s", report.data);
    buffer_free(&report);
}

/* The value at a field as another: of `lua` in which `v` is the present one. */
static void change(const char *kind, int day, const char *field, const char *lua)
{
    char script[512];

    snprintf(script, sizeof script,
             "local v = redis.call('HGET', KEYS[1], ARGV[1])\n"
             "assert(v)\n"
             "redis.call('HSET', KEYS[1], ARGV[1], %s)\n"
             "return 1",
             lua);
    ledger_do(&ledger, NULL, TEXT("EVAL"), text_of(script), TEXT("1"), key_of(kind, day),
              text_of(field));
}

/* "HALL QUEUE NUMBER" of a place. */
static const char *field_of(const char *place)
{
    return strchr(place, ' ') + 1;
}

static void remove_due(const char *kind, const char *place)
{
    char item[OUTCOME_BYTES + 16];

    snprintf(item, sizeof item, "%s %s", kind, place);
    ledger_do(&ledger, NULL, TEXT("ZREM"), key_of("due", 0), text_of(item));
}

Test(life, all_of_it_is_clean_and_counted)
{
    struct audit_counts counts;
    struct buffer report = {0};

    cr_expect_eq(ledger_audit(&ledger, &counts, &report), 0, "%s", report.data);
    cr_expect_eq(counts.reservations, 13);
    cr_expect_eq(counts.live, 8);
    cr_expect_eq(counts.offered, 2);
    cr_expect_eq(counts.entries, 3);
    cr_expect_eq(counts.waiting, 2);
    buffer_free(&report);
}

Test(life, 2_units_of_priority_people_that_are_miscounted)
{
    change("units", 1, HALL " A g18", "v + 1");
    change("units", 1, HALL " A k18", "v - 1");
    expect_breach(2, HALL " A slot 18 counts 2 units of priority people, who hold 1");
}

Test(life, 2_kept_units_that_are_off)
{
    change("units", 1, HALL " A k18", "v + 1");
    expect_breach(2, HALL " A slot 18 keeps 2 units, not 1");
}

Test(life, 2_an_offer_that_holds_its_units_no_more)
{
    change("units", 1, HALL " D 18", "v + 1");
    expect_breach(2, HALL " D slot 18 has 1 remaining, not 0");
}

Test(life, 2_units_that_come_back_later_and_are_back)
{
    change("units", 1, HALL " E 18", "v + 1");
    expect_breach(2, HALL " E slot 18 has 1 remaining, not 0");
}

Test(life, 2_an_offer_without_end)
{
    remove_due("offer", offer);
    expect_breach(2, "has no end of the offer ");
}

Test(life, 2_an_offer_that_ends_at_another_time)
{
    char item[OUTCOME_BYTES + 16];

    snprintf(item, sizeof item, "offer %s", offer);
    ledger_do(&ledger, NULL, TEXT("ZINCRBY"), key_of("due", 0), TEXT("60"), text_of(item));
    expect_breach(2, "ends the offer ");
}

Test(life, 2_a_delayed_cancellation_without_end)
{
    remove_due("resale", orders[RETURNING].place);
    expect_breach(2, "has no end of the delayed cancellation ");
}

/* A tag of the extras that is read no more. */
static void blind(const char *field, int day, const char *tag)
{
    char lua[160];

    snprintf(lua, sizeof lua,
             "(function() local r, n = v:gsub('%s', '?%s', 1) assert(n == 1) return r end)()", tag,
             tag + 1);
    change("reservations", day, field, lua);
}

Test(life, 2_an_offer_that_its_reservation_does_not_know)
{
    /* The tag 'f' with the length of the offer's place. */
    blind(orders[AFFECTED].field, 1, "f\\22");
    expect_breach(2, "is offered for 20261124 " HALL " F 1, which does not name it");
}

Test(life, 2_an_offer_for_nobody)
{
    blind(field_of(closure_offer), 2, "r\\22");
    expect_breach(2, "is offered 20261125 " HALL " A 2, which is no offer for it");
}

Test(life, 3_a_moved_reservation_that_is_gone)
{
    struct buffer report = {0};

    ledger_do(&ledger, NULL, TEXT("HDEL"), key_of("reservations", 2), text_of(field_of(moved_to)));
    cr_expect_gt(ledger_audit(&ledger, NULL, &report), 0);
    cr_expect_not_null(strstr(report.data, "was moved to 20261125 " HALL " A 1, which is missing"),
                       "%s", report.data);
    buffer_free(&report);
}

Test(life, 3_a_moved_reservation_that_says_no_place)
{
    blind(orders[MOVED].field, 1, "t\\22");
    expect_breach(3, "was moved, but does not say where");
}

Test(life, 3_a_moved_reservation_that_does_not_lead_back)
{
    blind(field_of(moved_to), 2, "o\\22");
    expect_breach(3, "which does not lead back");
}

Test(life, 3_a_moved_reservation_of_another_id)
{
    change("reservations", 2, field_of(moved_to), "v:sub(1, 19) .. '000000' .. v:sub(26)");
    expect_breach(3, "which has another id");
}

/* Two that lead to each other, so that both ends agree. */
Test(life, 3_a_circle)
{
    struct buffer report = {0};

    ledger_do(&ledger, NULL, TEXT("EVAL"),
              TEXT("local from = redis.call('HGET', KEYS[1], ARGV[1])\n"
                   "local first, last = from:find(ARGV[2], 1, true)\n"
                   "redis.call('HSET', KEYS[2], ARGV[4],\n"
                   "  from:sub(1, first - 1) .. ARGV[3] .. from:sub(last + 1))\n"
                   "return 1"),
              TEXT("2"), key_of("reservations", 1), TEXT("{410400}:reservations:20261125"),
              text_of(orders[MOVED].field), text_of(moved_to), text_of(orders[MOVED].place),
              text_of(field_of(moved_to)));
    cr_expect_gt(ledger_audit(&ledger, NULL, &report), 0);
    cr_expect_not_null(strstr(report.data, "was moved in a circle"), "%s", report.data);
    buffer_free(&report);
}

Test(life, 3_a_step_that_forgets_its_first)
{
    struct buffer report = {0};

    blind(orders[LATER].field, 1, "l\\3");
    cr_expect_gt(ledger_audit(&ledger, NULL, &report), 0);
    cr_expect_not_null(
        strstr(report.data, "has the later step 20261124 " HALL " B 1, which does not name it"),
        "%s", report.data);
    buffer_free(&report);
}

Test(life, 3_a_first_step_that_forgets_a_later)
{
    blind(orders[FIRST].field, 1, "s\\3");
    expect_breach(3, "has the first step 20261124 " HALL " A 3, which does not name it");
}

Test(life, 3_steps_of_two_packages)
{
    struct buffer report = {0};

    change("reservations", 1, orders[LATER].field, "(v:gsub('k\\1p', 'k\\1q'))");
    cr_expect_eq(ledger_audit(&ledger, NULL, &report), 2, "told of both ends: %s", report.data);
    cr_expect_not_null(strstr(report.data, "which belongs to another visit"), "%s", report.data);
    buffer_free(&report);
}

/* One step cancelled, with all that belongs to it. */
Test(life, 3_half_a_package)
{
    struct buffer report = {0};

    change("reservations", 1, orders[LATER].field, "'x' .. v:sub(2)");
    change("units", 1, HALL " B 20", "v + 1");
    change("persons", 0, "person-0000003", "(v:gsub(';b [^;]*', ''))");
    cr_expect_eq(ledger_audit(&ledger, NULL, &report), 2, "told of both ends: %s", report.data);
    cr_expect_not_null(strstr(report.data, "of which something else became"), "%s", report.data);
    buffer_free(&report);
}

/* A half hour that was closed ends its step when its no-shows are looked at. */
Test(life, a_step_in_a_closed_half_hour_may_end_by_itself)
{
    change("reservations", 1, orders[LATER].field, "'x' .. v:sub(2)");
    change("units", 1, HALL " B 20", "v + 1");
    change("units", 1, HALL " B swept", "21");
    change("persons", 0, "person-0000003", "(v:gsub(';b [^;]*', ''))");
    expect_clean();
}

Test(life, 3_an_entry_among_the_reservations)
{
    change("reservations", 1, orders[RETURNING].field, "'q' .. v:sub(2)");
    change("units", 1, HALL " E 18", "v + 1");
    expect_breach(3, HALL " E 1 is an entry among the reservations");
}

Test(life, 3_a_mark_that_is_none)
{
    change("persons", 0, "person-0000003", "'z9,n20261124' .. v");
    expect_breach(3, "the mark z9 of a person is malformed");
}

Test(life, 4_a_later_step_that_counts_by_itself)
{
    struct buffer report = {0};

    change("persons", 0, "person-0000003", "(v:gsub('%+', ''))");
    cr_expect_eq(ledger_audit(&ledger, NULL, &report), 2, "of the record and the person: %s",
                 report.data);
    cr_expect_not_null(strstr(report.data, "0 times, not once"), "%s", report.data);
    cr_expect_not_null(strstr(report.data, "which is wrong about its package"), "%s", report.data);
    buffer_free(&report);
}

Test(life, 4_an_offer_is_nobodys_reservation)
{
    change("persons", 0, "person-0000013", "v .. ';a 20261125 " HALL " A 2'");
    expect_breach(4, "which is not live");
}

Test(life, 5_a_partys_second_that_is_missing)
{
    change("idempotency", 0, "tag-0000000001", "v .. ' 77'");
    expect_breach(5, "names 20261124 " HALL " A 77, which is missing");
}

Test(life, 5_a_party_and_another_key)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("idempotency", 0), TEXT("tag-0000000009"),
              TEXT("0000000920261124 " HALL " A 5"));
    expect_breach(5, "two entries name 20261124 " HALL " A 5");
}

Test(life, 5_an_entry_that_is_missing)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("idempotency", 0), TEXT("tag-0000000009"),
              TEXT("0000000920261124 " HALL " C w2"));
    expect_clean();
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("idempotency", 0), TEXT("tag-0000000009"),
              TEXT("0000000920261124 " HALL " C w9"));
    expect_breach(5, "names 20261124 " HALL " C w9, which is missing");
}

Test(life, 5_a_closure_that_is_missing)
{
    ledger_do(&ledger, NULL, TEXT("HDEL"), key_of("plan", 0), TEXT(HALL " 20261124 1"));
    expect_breach(5, "names closure " HALL " 20261124 1, which is missing");
}

/* --- Waitlists ---------------------------------------------------------------------------------
 */

Test(life, 10_who_waits_and_is_not_in_the_waitlist)
{
    ledger_do(&ledger, NULL, TEXT("ZREM"), key_of("waiting", 1), TEXT(HALL " C 0000002"));
    expect_breach(10, "C w2 waits, but is not in the waitlist");
}

Test(life, 10_who_is_in_the_waitlist_and_does_not_wait)
{
    ledger_do(&ledger, NULL, TEXT("ZADD"), key_of("waiting", 1), TEXT("0"),
              TEXT(HALL " D 0000001"));
    expect_breach(10, "D w1 is in the waitlist, but does not wait");
}

Test(life, 10_who_waits_without_an_entry)
{
    ledger_do(&ledger, NULL, TEXT("ZADD"), key_of("waiting", 1), TEXT("0"),
              TEXT(HALL " C 0000009"));
    expect_breach(10, "C 0000009 waits, but has no entry");
}

Test(life, 10_a_name_that_is_none)
{
    ledger_do(&ledger, NULL, TEXT("ZADD"), key_of("waiting", 1), TEXT("0"), TEXT(HALL " C 9"));
    expect_breach(10, "C 9 is no entry's name");
}

Test(life, 3_an_entry_that_is_damaged)
{
    change("entries", 1, HALL " C w2", "'b' .. v:sub(2)");
    cr_expect_gt(ledger_audit(&ledger, NULL, NULL), 0);
    change("entries", 1, HALL " C w2", "'q' .. v:sub(2, 60)");
    expect_breach(3, "the entry " HALL " C w2 is malformed");
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("entries", 1), TEXT("C w2"), TEXT("1"));
    cr_expect_eq(ledger_audit(&ledger, NULL, NULL), 2, "a field that is none");
}

static void person_field(unsigned number, char field[32])
{
    snprintf(field, 32, "~person-%07u a", number);
}

Test(life, 4_an_entry_that_its_person_does_not_name)
{
    char field[32];

    person_field(orders[WAITER].person, field);
    ledger_do(&ledger, NULL, TEXT("HDEL"), key_of("entries", 1), text_of(field));
    expect_breach(4, "the person of " HALL " C w1 does not name it");
}

Test(life, 4_an_entry_that_another_person_names)
{
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("entries", 1), TEXT("~person-0000077 a"),
              TEXT(HALL " C w1"));
    expect_breach(4, "a person has the entry " HALL " C w1, which is another person's");
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("entries", 1), TEXT("~person-0000077 a"),
              TEXT(HALL " D w1"));
    expect_breach(4, "a person has the entry " HALL " D w1, which is another person's");
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("entries", 1), TEXT("~person-0000077 a"),
              TEXT(HALL " D w9"));
    expect_breach(4, "a person has the entry " HALL " D w9, which is missing");
    ledger_do(&ledger, NULL, TEXT("HDEL"), key_of("entries", 1), TEXT("~person-0000077 a"));
    ledger_do(&ledger, NULL, TEXT("HSET"), key_of("entries", 1), TEXT("~person-0000008 b"),
              TEXT(HALL " C w1"));
    expect_breach(4, "a person has the entry " HALL " C w1, which is for another service");
}

Test(life, 4_an_entry_that_is_over)
{
    change("entries", 1, HALL " D w1", "'z' .. v:sub(2)");
    expect_breach(4, "a person has the entry " HALL " D w1, which is over");
}

/* Whoever has an offer goes on having the entry, so that he gathers no offers. */
Test(life, 4_an_entry_of_an_open_offer_that_its_person_does_not_name)
{
    char field[32];

    person_field(orders[OFFERED].person, field);
    ledger_do(&ledger, NULL, TEXT("HDEL"), key_of("entries", 1), text_of(field));
    expect_breach(4, "the person of " HALL " D w1 does not name it");
}

Test(life, 9_an_entry_that_is_missing)
{
    change("entries", 1, HALL " C wseq", "3");
    expect_breach(9, HALL " C wseq is 3, but 3 is missing");
    change("entries", 1, HALL " C wseq", "1");
    expect_breach(9, HALL " C w2 stands beyond the last number, 1");
}

/* The unit of the one who has it is free, in the ledger's every word. */
static void free_the_unit(void)
{
    change("reservations", 1, orders[HOLDER].field, "'x' .. v:sub(2)");
    change("units", 1, HALL " C 18", "v + 1");
    ledger_do(&ledger, NULL, TEXT("HDEL"), key_of("persons", 0), TEXT("person-0000007"));
}

Test(life, 10_units_are_free_and_people_wait)
{
    struct buffer report = {0};

    free_the_unit();
    cr_expect_eq(ledger_audit(&ledger, NULL, &report), 2, "both could have it: %s", report.data);
    cr_expect_eq(strncmp(report.data, "10 ", 3), 0);
    cr_expect_not_null(strstr(report.data, "C w1 waits, but units that would do are free"));
    buffer_free(&report);
}

Test(life, 10_people_whom_a_rule_refuses_wait_on)
{
    static const char *const values[] = {
        "u1799999999",
        "x202611=10",
        ";a 20261124 410400-01 Z 1",
        ";b 20261125 410400-01 Z 1;c 20261125 410400-01 Z 2;d 20261125 410400-01 Z 3"
        ";e 20261125 410400-01 Z 4;f 20261125 410400-01 Z 5",
    };

    free_the_unit();
    for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
        struct buffer report = {0};
        ledger_do(&ledger, NULL, TEXT("HSET"), key_of("persons", 0), TEXT("person-0000008"),
                  text_of(values[i]), TEXT("person-0000009"), text_of(values[i]));
        ledger_audit(&ledger, NULL, &report);
        cr_expect_null(strstr(report.data, "units that would do are free"), "%s: %s", values[i],
                       report.data);
        buffer_free(&report);
    }
}

/* Of a day that has begun nobody can say whether it was too late. */
Test(life, 10_people_wait_on_when_it_may_be_too_late)
{
    free_the_unit();
    ledger_advance(&ledger, 1);
    ledger_sweep(&ledger, 0);
    expect_clean();
}

Test(life, 10_units_kept_for_others_are_not_free)
{
    struct order waiter = orders[WAITER];

    waiter.queue = "A";
    waiter.person = 50;
    *waiter.salt = 0;
    ledger_adjust(&ledger, HALL, "A", 1, "18=2/1 19=6 20=6");
    ledger_adjust(&ledger, HALL, "A", 1, "18=2/2 19=6 20=6");
    enter("w", &waiter);
    cr_expect_eq(ledger_units(&ledger, HALL, "A", 1, "18"), 1);
    cr_expect_eq(ledger_units(&ledger, HALL, "A", 1, "k18"), 1);
    expect_clean();
    change("units", 1, HALL " A K18", "1");
    change("units", 1, HALL " A k18", "0");
    expect_breach(10, "A w1 waits, but units that would do are free");
}

/* --- No-shows ----------------------------------------------------------------------------------
 */

static void mark_no_shows(void)
{
    struct asked asked;

    ledger_advance(&ledger, 2);
    ledger_sweep(&ledger, 0);
    ledger_ask(&asked, &ledger, slots_library.no_shows);
    asked_push_place(&asked, HALL, "A", 1);
    cr_assert_str_eq(asked_end(&asked), "ok");
    cr_assert_str_eq(asked.details[0], "4", "%s", asked.details[0]);
}

Test(life, 4_a_no_show_that_is_not_counted)
{
    mark_no_shows();
    expect_clean();
    change("persons", 0, "person-0000005", "'x202611=1'");
    expect_breach(4, "does not count the no-show 20261124 " HALL " A 4");
}

Test(life, a_no_show_of_long_ago_or_one_that_was_pardoned_is_not_counted)
{
    struct asked asked;

    mark_no_shows();
    ledger_ask(&asked, &ledger, slots_library.pardon);
    asked_push_place(&asked, HALL, "A", 1);
    asked_push_number(&asked, orders[PARTY].sequence);
    asked_push(&asked, TEXT("snow"));
    cr_assert_str_eq(asked_end(&asked), "ok", "%s", asked.outcome);
    expect_clean();
    ledger_do(&ledger, NULL, TEXT("DEL"), key_of("persons", 0));
    ledger_advance(&ledger, LEDGER_NO_SHOW_DAYS);
    ledger_sweep(&ledger, 0);
    expect_clean();
}

/* --- Draws -------------------------------------------------------------------------------------
 */

/* Two for the one unit of G: the second is drawn. */
static void draw(struct order entrants[2])
{
    struct asked asked;

    ledger_ask(&asked, &ledger, slots_library.open_draw);
    asked_push_place(&asked, HALL, "G", 2);
    asked_push_number(&asked, ledger.now_s + 600);
    asked_push(&asked, TEXT("o"));
    cr_assert_str_eq(asked_end(&asked), "ok");
    for (unsigned i = 0; i < 2; i++) {
        entrants[i] = orders[HOLDER];
        entrants[i].queue = "G";
        entrants[i].day = 2;
        entrants[i].person = 60 + i;
        *entrants[i].salt = 0;
        cr_assert_eq(enter("d", &entrants[i]), (int)i + 1);
    }
    expect_clean();
    ledger.now_s += 600;
    ledger_ask(&asked, &ledger, slots_library.draw);
    asked_push_place(&asked, HALL, "G", 2);
    asked_push_number(&asked, 2);
    asked_push(&asked, TEXT("18=1/0"));
    asked_push(&asked, TEXT("d"));
    asked_push(&asked, text_bytes("\0\0\0\2\0\0\0\1", 8));
    cr_assert_str_eq(asked_end(&asked), "ok", "%s", asked.outcome);
    cr_assert_str_eq(asked.details[0], "1");
}

Test(life, what_was_drawn_leads_back_to_its_entry)
{
    struct order entrants[2];

    draw(entrants);
    expect_clean();
    change("reservations", 2, HALL " G 1", "(v:gsub('o\\23', '?\\23'))");
    expect_breach(3, "G d2 was moved to 20261125 " HALL " G 1, which does not lead back");
}

Test(life, 4_an_entry_of_an_open_draw_that_its_person_does_not_name)
{
    struct order entrants[2];

    draw(entrants);
    change("entries", 2, HALL " G d1", "'w' .. v:sub(2)");
    change("entries", 2, HALL " G draw", "'o'");
    ledger_do(&ledger, NULL, TEXT("HDEL"), key_of("entries", 2), TEXT("~person-0000060 a"));
    expect_breach(4, "the person of " HALL " G d1 does not name it");
}
