/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "slots/ledger/library.h"
#include "tests/slots/audit/scene.h"

#define HALL SCENE_HALL

/* Waitlists, draws and no-shows: one test for each breach that the audit knows of them. */

TestSuite(waiting, .init = scene_set_up, .fini = scene_tear_down, .timeout = 60);

/* --- Waitlists ---------------------------------------------------------------------------------
 */

Test(waiting, 10_who_waits_and_is_not_in_the_waitlist)
{
    ledger_do(&scene.ledger, NULL, TEXT("ZREM"), scene_key("waiting", 1), TEXT(HALL " C 0000002"));
    scene_expect_breach(10, "C w2 waits, but is not in the waitlist");
}

Test(waiting, 10_who_is_in_the_waitlist_and_does_not_wait)
{
    ledger_do(&scene.ledger, NULL, TEXT("ZADD"), scene_key("waiting", 1), TEXT("0"),
              TEXT(HALL " D 0000001"));
    scene_expect_breach(10, "D w1 is in the waitlist, but does not wait");
}

Test(waiting, 10_who_waits_without_an_entry)
{
    ledger_do(&scene.ledger, NULL, TEXT("ZADD"), scene_key("waiting", 1), TEXT("0"),
              TEXT(HALL " C 0000009"));
    scene_expect_breach(10, "C 0000009 waits, but has no entry");
}

Test(waiting, 10_a_name_that_is_none)
{
    ledger_do(&scene.ledger, NULL, TEXT("ZADD"), scene_key("waiting", 1), TEXT("0"),
              TEXT(HALL " C 9"));
    scene_expect_breach(10, "C 9 is no entry's name");
}

Test(waiting, 3_an_entry_that_is_damaged)
{
    struct buffer report = {0};

    scene_change("entries", 1, HALL " C w2", "'b' .. v:sub(2)");
    cr_expect_eq(ledger_audit(&scene.ledger, NULL, &report), 2, "it and its person: %s",
                 report.data);
    cr_expect_not_null(strstr(report.data, "the entry " HALL " C w2 is malformed"), "%s",
                       report.data);
    buffer_free(&report);
    scene_change("entries", 1, HALL " C w2", "'q' .. v:sub(2, 60)");
    scene_expect_breach(3, "the entry " HALL " C w2 is malformed");
    ledger_do(&scene.ledger, NULL, TEXT("HSET"), scene_key("entries", 1), TEXT("C w2"), TEXT("1"));
    cr_expect_eq(ledger_audit(&scene.ledger, NULL, NULL), 2, "a field that is none");
}

static void person_field(unsigned number, char field[32])
{
    snprintf(field, 32, "~person-%07u a", number);
}

Test(waiting, 4_an_entry_that_its_person_does_not_name)
{
    char field[32];

    person_field(scene.orders[WAITER].person, field);
    ledger_do(&scene.ledger, NULL, TEXT("HDEL"), scene_key("entries", 1), text_of(field));
    scene_expect_breach(4, "the person of " HALL " C w1 does not name it");
}

Test(waiting, 4_an_entry_that_another_person_names)
{
    ledger_do(&scene.ledger, NULL, TEXT("HSET"), scene_key("entries", 1), TEXT("~person-0000077 a"),
              TEXT(HALL " C w1"));
    scene_expect_breach(4, "a person has the entry " HALL " C w1, which is another person's");
    ledger_do(&scene.ledger, NULL, TEXT("HSET"), scene_key("entries", 1), TEXT("~person-0000077 a"),
              TEXT(HALL " D w1"));
    scene_expect_breach(4, "a person has the entry " HALL " D w1, which is another person's");
    ledger_do(&scene.ledger, NULL, TEXT("HSET"), scene_key("entries", 1), TEXT("~person-0000077 a"),
              TEXT(HALL " D w9"));
    scene_expect_breach(4, "a person has the entry " HALL " D w9, which is missing");
    ledger_do(&scene.ledger, NULL, TEXT("HDEL"), scene_key("entries", 1),
              TEXT("~person-0000077 a"));
    ledger_do(&scene.ledger, NULL, TEXT("HSET"), scene_key("entries", 1), TEXT("~person-0000008 b"),
              TEXT(HALL " C w1"));
    scene_expect_breach(4, "a person has the entry " HALL " C w1, which is for another service");
}

Test(waiting, 4_an_entry_that_is_over)
{
    scene_change("entries", 1, HALL " D w1", "'z' .. v:sub(2)");
    scene_expect_breach(4, "a person has the entry " HALL " D w1, which is over");
}

/* Whoever has an offer goes on having the entry, so that he gathers no offers. */
Test(waiting, 4_an_entry_of_an_open_offer_that_its_person_does_not_name)
{
    char field[32];

    person_field(scene.orders[OFFERED].person, field);
    ledger_do(&scene.ledger, NULL, TEXT("HDEL"), scene_key("entries", 1), text_of(field));
    scene_expect_breach(4, "the person of " HALL " D w1 does not name it");
}

Test(waiting, 9_an_entry_that_is_missing)
{
    scene_change("entries", 1, HALL " C wseq", "3");
    scene_expect_breach(9, HALL " C wseq is 3, but 3 is missing");
    scene_change("entries", 1, HALL " C wseq", "1");
    scene_expect_breach(9, HALL " C w2 stands beyond the last number, 1");
}

/* The unit of the one who has it is free, in the ledger's every word. */
static void free_the_unit(void)
{
    scene_change("reservations", 1, scene.orders[HOLDER].field, "'x' .. v:sub(2)");
    scene_change("units", 1, HALL " C 18", "v + 1");
    ledger_do(&scene.ledger, NULL, TEXT("HDEL"), scene_key("persons", 0), TEXT("person-0000007"));
}

Test(waiting, 10_units_are_free_and_people_wait)
{
    struct buffer report = {0};

    free_the_unit();
    cr_expect_eq(ledger_audit(&scene.ledger, NULL, &report), 2, "both could have it: %s",
                 report.data);
    cr_expect_eq(strncmp(report.data, "10 ", 3), 0);
    cr_expect_not_null(strstr(report.data, "C w1 waits, but units that would do are free"));
    buffer_free(&report);
}

/* A connection to which Redis tells every command. */
static FILE *open_monitor(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char *line = NULL;
    size_t size = 0;
    FILE *file;

    snprintf(address.sun_path, sizeof address.sun_path, "%.100s",
             scene.ledger.redis.url + strlen("unix:"));
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    file = fdopen(fd, "r+");
    fputs("MONITOR\r\n", file);
    fflush(file);
    cr_assert_gt(getline(&line, &size, file), 0);
    cr_assert_eq(strncmp(line, "+OK", 3), 0, "%s", line);
    free(line);
    return file;
}

/* Takes the free units away once the audit has looked at who waits. */
static _Noreturn void take_units_when_seen(FILE *monitor)
{
    char *line = NULL;
    size_t size = 0;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ledger_reconnect(&scene.ledger);
    while (getline(&line, &size, monitor) > 0 && !strstr(line, "ZRANGEBYLEX"))
        ;
    ledger_do(&scene.ledger, NULL, TEXT("HINCRBY"), scene_key("units", 1), TEXT(HALL " C 18"),
              TEXT("-1"));
    _exit(0);
}

Test(waiting, 10_whoever_is_given_units_within_a_minute_did_not_wait_in_vain)
{
    FILE *monitor;
    pid_t child;

    free_the_unit();
    monitor = open_monitor();
    child = fork();
    if (child == 0)
        take_units_when_seen(monitor);
    scene.ledger.second_look_ms = 3000;
    scene_expect_clean();
    waitpid(child, NULL, 0);
    fclose(monitor);
}

Test(waiting, 10_people_whom_a_rule_refuses_wait_on)
{
    static const char *const values[] = {
        "u1799999999",
        "x202611=10",
        ";a 20261124 410400-01 Z 1",
        (";b 20261125 410400-01 Z 1;c 20261125 410400-01 Z 2;d 20261125 410400-01 Z 3"
         ";e 20261125 410400-01 Z 4;f 20261125 410400-01 Z 5"),
    };

    free_the_unit();
    for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
        struct buffer report = {0};
        ledger_do(&scene.ledger, NULL, TEXT("HSET"), scene_key("persons", 0),
                  TEXT("person-0000008"), text_of(values[i]), TEXT("person-0000009"),
                  text_of(values[i]));
        ledger_audit(&scene.ledger, NULL, &report);
        cr_expect_null(strstr(report.data, "units that would do are free"), "%s: %s", values[i],
                       report.data);
        buffer_free(&report);
    }
}

/* Of a day that has begun nobody can say whether it was too late. */
Test(waiting, 10_people_wait_on_when_it_may_be_too_late)
{
    free_the_unit();
    ledger_advance(&scene.ledger, 1);
    ledger_sweep(&scene.ledger, 0);
    scene_expect_clean();
}

Test(waiting, 10_units_kept_for_others_are_not_free)
{
    struct order waiter = scene.orders[WAITER];

    waiter.queue = "A";
    waiter.person = 50;
    *waiter.salt = 0;
    ledger_adjust(&scene.ledger, HALL, "A", 1, "18=2/1 19=6 20=6");
    ledger_adjust(&scene.ledger, HALL, "A", 1, "18=2/2 19=6 20=6");
    cr_assert_str_eq(ledger_enter(&scene.ledger, "w", &waiter), "ok");
    cr_expect_eq(ledger_units(&scene.ledger, HALL, "A", 1, "18"), 1);
    cr_expect_eq(ledger_units(&scene.ledger, HALL, "A", 1, "k18"), 1);
    scene_expect_clean();
    scene_change("units", 1, HALL " A K18", "1");
    scene_change("units", 1, HALL " A k18", "0");
    scene_expect_breach(10, "A w1 waits, but units that would do are free");
}

/* --- No-shows ----------------------------------------------------------------------------------
 */

static void mark_no_shows(void)
{
    struct asked asked;

    ledger_advance(&scene.ledger, 2);
    ledger_sweep(&scene.ledger, 0);
    ledger_ask(&asked, &scene.ledger, slots_library.no_shows);
    asked_push_place(&asked, HALL, "A", 1);
    cr_assert_str_eq(asked_end(&asked), "ok");
    cr_assert_str_eq(asked.details[0], "4", "%s", asked.details[0]);
}

Test(waiting, 4_a_no_show_that_is_not_counted)
{
    mark_no_shows();
    scene_expect_clean();
    scene_change("persons", 0, "person-0000005", "'x202611=1'");
    scene_expect_breach(4, "does not count the no-show 20261124 " HALL " A 4");
}

Test(waiting, a_no_show_of_long_ago_or_one_that_was_pardoned_is_not_counted)
{
    struct asked asked;

    mark_no_shows();
    ledger_ask(&asked, &scene.ledger, slots_library.pardon);
    asked_push_place(&asked, HALL, "A", 1);
    asked_push_number(&asked, scene.orders[PARTY].sequence);
    asked_push(&asked, TEXT("snow"));
    cr_assert_str_eq(asked_end(&asked), "ok", "%s", asked.outcome);
    scene_expect_clean();
    ledger_do(&scene.ledger, NULL, TEXT("DEL"), scene_key("persons", 0));
    ledger_advance(&scene.ledger, LEDGER_NO_SHOW_DAYS);
    ledger_sweep(&scene.ledger, 0);
    scene_expect_clean();
}

/* --- Draws -------------------------------------------------------------------------------------
 */

/* Two for the one unit of G: the second is drawn. */
static void draw(struct order entrants[2])
{
    struct asked asked;

    ledger_ask(&asked, &scene.ledger, slots_library.open_draw);
    asked_push_place(&asked, HALL, "G", 2);
    asked_push_number(&asked, scene.ledger.now_s + 600);
    asked_push(&asked, TEXT("o"));
    cr_assert_str_eq(asked_end(&asked), "ok");
    for (unsigned i = 0; i < 2; i++) {
        entrants[i] = scene.orders[HOLDER];
        entrants[i].queue = "G";
        entrants[i].day = 2;
        entrants[i].person = 60 + i;
        *entrants[i].salt = 0;
        cr_assert_str_eq(ledger_enter(&scene.ledger, "d", &entrants[i]), "ok");
        cr_assert_eq(entrants[i].sequence, i + 1);
    }
    scene_expect_clean();
    scene.ledger.now_s += 600;
    ledger_ask(&asked, &scene.ledger, slots_library.draw);
    asked_push_place(&asked, HALL, "G", 2);
    asked_push_number(&asked, 2);
    asked_push(&asked, TEXT("18=1/0"));
    asked_push(&asked, TEXT("d"));
    asked_push(&asked, text_bytes("\0\0\0\2\0\0\0\1", 8));
    cr_assert_str_eq(asked_end(&asked), "ok", "%s", asked.outcome);
    cr_assert_str_eq(asked.details[0], "1");
}

Test(waiting, what_was_drawn_leads_back_to_its_entry)
{
    struct order entrants[2];

    draw(entrants);
    scene_expect_clean();
    scene_change("reservations", 2, HALL " G 1", "(v:gsub('o\\23', '?\\23'))");
    scene_expect_breach(3, "G d2 was moved to 20261125 " HALL " G 1, which does not lead back");
}

Test(waiting, 4_an_entry_of_an_open_draw_that_its_person_does_not_name)
{
    struct order entrants[2];

    draw(entrants);
    scene_change("entries", 2, HALL " G d1", "'w' .. v:sub(2)");
    scene_change("entries", 2, HALL " G draw", "'o'");
    ledger_do(&scene.ledger, NULL, TEXT("HDEL"), scene_key("entries", 2),
              TEXT("~person-0000060 a"));
    scene_expect_breach(4, "the person of " HALL " G d1 does not name it");
}
