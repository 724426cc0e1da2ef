/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tests/slots/audit/scene.h"

#define HALL SCENE_HALL

/* What becomes of reservations: one test for each breach that the audit knows of it. */

TestSuite(life, .init = scene_set_up, .fini = scene_tear_down, .timeout = 60);

static void remove_due(const char *kind, const char *place)
{
    char item[OUTCOME_BYTES + 16];

    snprintf(item, sizeof item, "%s %s", kind, place);
    ledger_do(&scene.ledger, NULL, TEXT("ZREM"), scene_key("due", 0), text_of(item));
}

Test(life, all_of_it_is_clean_and_counted)
{
    struct audit_counts counts;
    struct buffer report = {0};

    cr_expect_eq(ledger_audit(&scene.ledger, &counts, &report), 0, "%s", report.data);
    cr_expect_eq(counts.reservations, 13);
    cr_expect_eq(counts.live, 8);
    cr_expect_eq(counts.offered, 2);
    cr_expect_eq(counts.entries, 3);
    cr_expect_eq(counts.waiting, 2);
    buffer_free(&report);
}

Test(life, 2_units_of_priority_people_that_are_miscounted)
{
    scene_change("units", 1, HALL " A g18", "v + 1");
    scene_change("units", 1, HALL " A k18", "v - 1");
    scene_expect_breach(2, HALL " A slot 18 counts 2 units of priority people, who hold 1");
}

Test(life, 2_kept_units_that_are_off)
{
    scene_change("units", 1, HALL " A k18", "v + 1");
    scene_expect_breach(2, HALL " A slot 18 keeps 2 units, not 1");
}

Test(life, 2_an_offer_that_holds_its_units_no_more)
{
    scene_change("units", 1, HALL " D 18", "v + 1");
    scene_expect_breach(2, HALL " D slot 18 has 1 remaining, not 0");
}

Test(life, 2_units_that_come_back_later_and_are_back)
{
    scene_change("units", 1, HALL " E 18", "v + 1");
    scene_expect_breach(2, HALL " E slot 18 has 1 remaining, not 0");
}

Test(life, 2_an_offer_without_end)
{
    remove_due("offer", scene.offer);
    scene_expect_breach(2, "has no end of the offer ");
}

Test(life, 2_an_offer_that_ends_at_another_time)
{
    char item[OUTCOME_BYTES + 16];

    snprintf(item, sizeof item, "offer %s", scene.offer);
    ledger_do(&scene.ledger, NULL, TEXT("ZINCRBY"), scene_key("due", 0), TEXT("60"), text_of(item));
    scene_expect_breach(2, "ends the offer ");
}

Test(life, 2_a_delayed_cancellation_without_end)
{
    remove_due("resale", scene.orders[RETURNING].place);
    scene_expect_breach(2, "has no end of the delayed cancellation ");
}

/* A tag of the extras that is read no more. */
static void blind(const char *field, int day, const char *tag)
{
    char lua[160];

    snprintf(lua, sizeof lua,
             "(function() local r, n = v:gsub('%s', '?%s', 1) assert(n == 1) return r end)()", tag,
             tag + 1);
    scene_change("reservations", day, field, lua);
}

Test(life, 2_an_offer_that_its_reservation_does_not_know)
{
    /* The tag 'f' with the length of the offer's place. */
    blind(scene.orders[AFFECTED].field, 1, "f\\22");
    scene_expect_breach(2, "is offered for 20261124 " HALL " F 1, which does not name it");
}

Test(life, 2_an_offer_for_nobody)
{
    blind(scene_field(scene.closure_offer), 2, "r\\22");
    scene_expect_breach(2, "is offered 20261125 " HALL " A 2, which is no offer for it");
}

Test(life, 3_a_moved_reservation_that_is_gone)
{
    struct buffer report = {0};

    ledger_do(&scene.ledger, NULL, TEXT("HDEL"), scene_key("reservations", 2),
              text_of(scene_field(scene.moved_to)));
    cr_expect_gt(ledger_audit(&scene.ledger, NULL, &report), 0);
    cr_expect_not_null(strstr(report.data, "was moved to 20261125 " HALL " A 1, which is missing"),
                       "%s", report.data);
    buffer_free(&report);
}

Test(life, 3_a_moved_reservation_that_says_no_place)
{
    blind(scene.orders[MOVED].field, 1, "t\\22");
    scene_expect_breach(3, "was moved, but does not say where");
}

Test(life, 3_a_moved_reservation_that_does_not_lead_back)
{
    blind(scene_field(scene.moved_to), 2, "o\\22");
    scene_expect_breach(3, "which does not lead back");
}

Test(life, 3_a_moved_reservation_of_another_id)
{
    scene_change("reservations", 2, scene_field(scene.moved_to),
                 "v:sub(1, 19) .. '000000' .. v:sub(26)");
    scene_expect_breach(3, "which has another id");
}

/* Two that lead to each other, so that both ends agree. */
Test(life, 3_a_circle)
{
    struct buffer report = {0};

    ledger_do(&scene.ledger, NULL, TEXT("EVAL"),
              TEXT("local from = redis.call('HGET', KEYS[1], ARGV[1])\n"
                   "local first, last = from:find(ARGV[2], 1, true)\n"
                   "redis.call('HSET', KEYS[2], ARGV[4],\n"
                   "  from:sub(1, first - 1) .. ARGV[3] .. from:sub(last + 1))\n"
                   "return 1"),
              TEXT("2"), scene_key("reservations", 1), TEXT("{410400}:reservations:20261125"),
              text_of(scene.orders[MOVED].field), text_of(scene.moved_to),
              text_of(scene.orders[MOVED].place), text_of(scene_field(scene.moved_to)));
    cr_expect_gt(ledger_audit(&scene.ledger, NULL, &report), 0);
    cr_expect_not_null(strstr(report.data, "was moved in a circle"), "%s", report.data);
    buffer_free(&report);
}

Test(life, 3_a_step_that_forgets_its_first)
{
    struct buffer report = {0};

    blind(scene.orders[LATER].field, 1, "l\\3");
    cr_expect_gt(ledger_audit(&scene.ledger, NULL, &report), 0);
    cr_expect_not_null(
        strstr(report.data, "has the later step 20261124 " HALL " B 1, which does not name it"),
        "%s", report.data);
    buffer_free(&report);
}

Test(life, 3_a_first_step_that_forgets_a_later)
{
    blind(scene.orders[FIRST].field, 1, "s\\3");
    scene_expect_breach(3, "has the first step 20261124 " HALL " A 3, which does not name it");
}

Test(life, 3_steps_of_two_packages)
{
    struct buffer report = {0};

    scene_change("reservations", 1, scene.orders[LATER].field, "(v:gsub('k\\1p', 'k\\1q'))");
    cr_expect_eq(ledger_audit(&scene.ledger, NULL, &report), 2, "told of both ends: %s",
                 report.data);
    cr_expect_not_null(strstr(report.data, "which belongs to another visit"), "%s", report.data);
    buffer_free(&report);
}

/* One step cancelled, with all that belongs to it. */
Test(life, 3_half_a_package)
{
    struct buffer report = {0};

    scene_change("reservations", 1, scene.orders[LATER].field, "'x' .. v:sub(2)");
    scene_change("units", 1, HALL " B 20", "v + 1");
    scene_change("persons", 0, "person-0000003", "(v:gsub(';b [^;]*', ''))");
    cr_expect_eq(ledger_audit(&scene.ledger, NULL, &report), 2, "told of both ends: %s",
                 report.data);
    cr_expect_not_null(strstr(report.data, "of which something else became"), "%s", report.data);
    buffer_free(&report);
}

/* A half hour that was closed ends its step when its no-shows are looked at. */
Test(life, a_step_in_a_closed_half_hour_may_end_by_itself)
{
    scene_change("reservations", 1, scene.orders[LATER].field, "'x' .. v:sub(2)");
    scene_change("units", 1, HALL " B 20", "v + 1");
    scene_change("units", 1, HALL " B swept", "21");
    scene_change("persons", 0, "person-0000003", "(v:gsub(';b [^;]*', ''))");
    scene_expect_clean();
}

Test(life, 3_an_entry_among_the_reservations)
{
    scene_change("reservations", 1, scene.orders[RETURNING].field, "'q' .. v:sub(2)");
    scene_change("units", 1, HALL " E 18", "v + 1");
    scene_expect_breach(3, HALL " E 1 is an entry among the reservations");
}

Test(life, 3_a_mark_that_is_none)
{
    scene_change("persons", 0, "person-0000003", "'z9,n20261124' .. v");
    scene_expect_breach(3, "the mark z9 of a person is malformed");
}

Test(life, 4_a_later_step_that_counts_by_itself)
{
    struct buffer report = {0};

    scene_change("persons", 0, "person-0000003", "(v:gsub('(%+..)%+', '%1'))");
    cr_expect_eq(ledger_audit(&scene.ledger, NULL, &report), 2, "of the record and the person: %s",
                 report.data);
    cr_expect_not_null(strstr(report.data, "0 times, not once"), "%s", report.data);
    cr_expect_not_null(strstr(report.data, "which is wrong about its package"), "%s", report.data);
    buffer_free(&report);
}

Test(life, 4_an_offer_is_nobodys_reservation)
{
    scene_change("persons", 0, "person-0000013", "v .. ';a 20261125 " HALL " A 2'");
    scene_expect_breach(4, "which is not live");
}

Test(life, 5_a_partys_second_that_is_missing)
{
    scene_change("idempotency", 0, "tag-0000000001", "v .. ' 77'");
    scene_expect_breach(5, "names 20261124 " HALL " A 77, which is missing");
}

Test(life, 5_a_party_and_another_key)
{
    ledger_do(&scene.ledger, NULL, TEXT("HSET"), scene_key("idempotency", 0),
              TEXT("tag-0000000009"), TEXT("0000000920261124 " HALL " A 5"));
    scene_expect_breach(5, "two entries name 20261124 " HALL " A 5");
}

Test(life, 5_an_entry_that_is_missing)
{
    ledger_do(&scene.ledger, NULL, TEXT("HSET"), scene_key("idempotency", 0),
              TEXT("tag-0000000009"), TEXT("0000000920261124 " HALL " C w2"));
    scene_expect_clean();
    ledger_do(&scene.ledger, NULL, TEXT("HSET"), scene_key("idempotency", 0),
              TEXT("tag-0000000009"), TEXT("0000000920261124 " HALL " C w9"));
    scene_expect_breach(5, "names 20261124 " HALL " C w9, which is missing");
}

Test(life, 5_a_closure_that_is_missing)
{
    ledger_do(&scene.ledger, NULL, TEXT("HDEL"), scene_key("plan", 0), TEXT(HALL " 20261124 1"));
    scene_expect_breach(5, "names closure " HALL " 20261124 1, which is missing");
}
