/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "slots/days/statistics.h"
#include "slots/ledger/library.h"
#include "tests/slots/fixture.h"
#include "tests/slots/harness.h"

#define HALL "410400-01"

/* What the Function counts of a queue's day, word by word. */

enum { MANY = 1200, BATCH = 60 };

static struct ledger ledger;
static struct order orders[MANY];

static void set_up(void)
{
    ledger_start(&ledger);
}

static void tear_down(void)
{
    ledger_stop(&ledger);
}

TestSuite(statistics, .init = set_up, .fini = tear_down, .timeout = 60);

/* A text a line, and a NUL. */
static void lines_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct buffer *lines = owner;

    cr_assert_eq(status, STORE_OK, TEXT_FMT, TEXT_ARG(store_reply_text(reply)));
    for (size_t i = 0; i < store_reply_count(reply); i++) {
        buffer_append(lines, store_reply_text_at(reply, i));
        buffer_append_byte(lines, '\n');
    }
    buffer_append_byte(lines, 0);
}

/* Queue A on the day after the first, whose midnight is given, from a reservation on. */
static void expect_lines_from(const char *from, const char *expected)
{
    char units[96], reservations[96];
    struct buffer lines = {0};

    ledger_key(&ledger, "units", 1, units);
    ledger_key(&ledger, "reservations", 1, reservations);
    store_command_wait(ledger.store,
                       STORE_ARGS(TEXT("FCALL_RO"), slots_library.count_day, TEXT("2"),
                                  text_of(units), text_of(reservations), TEXT(HALL " A "),
                                  TEXT("1795449600"), text_of(from), TEXT("a"), TEXT("b")),
                       0, lines_read, &lines);
    cr_expect_str_eq(lines.data, expected, "%s", lines.data);
    buffer_free(&lines);
}

static void expect_lines(const char *expected)
{
    expect_lines_from("1", expected);
}

static struct order order_of(unsigned person, const char *service, unsigned slot)
{
    return (struct order){.hall = HALL,
                          .queue = "A",
                          .service = service,
                          .day = 1,
                          .first_day = 1,
                          .slot = slot,
                          .span = 1,
                          .units = 1,
                          .person = person};
}

Test(statistics, a_day_that_was_never_open_has_nothing)
{
    expect_lines("");
}

/* They are read in parts; each is counted once. 09:00 is 33 hours behind the first day's start. */
Test(statistics, of_many_each_is_counted_once)
{
    ledger_open(&ledger, HALL, "A", 1, "18=5000");
    ledger_open(&ledger, HALL, "A2", 1, "18=50");
    for (unsigned i = 0; i < MANY; i++)
        orders[i] = order_of(i, "a", 18);
    for (unsigned i = 0; i < MANY; i += BATCH)
        ledger_reserve(&ledger, orders + i, BATCH);
    expect_lines("n 1001\n"
                 "c 18 5000\n"
                 "r 18 a 1000 0 0 0 0 1000 118800000\n"
                 "l 18 a 33:1000\n");
    expect_lines_from("1001", "r 18 a 200 0 0 0 0 200 23760000\n"
                              "l 18 a 33:200\n");
}

struct walked {
    bool is_done;
    unsigned rows;
    struct counts counts;
    uint64_t leads;
};

static void take_row(void *owner, const struct statistics_row *row)
{
    struct walked *walked = owner;

    walked->rows++;
    counts_add(&walked->counts, &row->counts);
    for (size_t i = 0; i < row->lead_count; i++)
        walked->leads += row->leads[i].hours == 33 ? row->leads[i].count : 0;
}

static void walk_done(void *owner, int status)
{
    struct walked *walked = owner;

    cr_expect_eq(status, 0);
    walked->is_done = true;
}

static bool is_gone(void *owner)
{
    (void)owner;
    return false;
}

/* Of a half hour there are two rows, its capacity and its service, however many calls told of it.
 */
Test(statistics, of_many_calls_each_row_is_given_once)
{
    struct edition edition = {.catalogue = fixture_parse(fixture_json, NULL)};
    struct city city = {.store = ledger.store, .code = LEDGER_CITY, .edition = &edition};
    struct walked walked = {0};

    ledger_open(&ledger, HALL, "A", 1, "18=5000");
    for (unsigned i = 0; i < MANY; i++)
        orders[i] = order_of(i, "a", 18);
    for (unsigned i = 0; i < MANY; i += BATCH)
        ledger_reserve(&ledger, orders + i, BATCH);
    statistics_walk(&(struct statistics_walk){.city = &city,
                                              .from = ledger.first + 1,
                                              .to = ledger.first + 1,
                                              .take = take_row,
                                              .done = walk_done,
                                              .is_gone = is_gone,
                                              .owner = &walked});
    while (!walked.is_done)
        uv_run(&ledger.loop, UV_RUN_ONCE);
    cr_expect_eq(walked.rows, 2);
    cr_expect_eq(walked.counts.capacity, 5000);
    cr_expect_eq(walked.counts.booked, MANY);
    cr_expect_eq(walked.counts.lead_seconds, 142560000);
    cr_expect_eq(walked.leads, MANY);
    catalogue_free(edition.catalogue);
}

Test(statistics, what_became_of_each)
{
    struct order five[5], after = order_of(9, "b", 19);
    char answer[256];

    ledger.eligibility = "a";
    ledger_open(&ledger, HALL, "A", 1, "18=9/1 19=9");
    ledger_open(&ledger, HALL, "A", 2, "18=9");
    for (unsigned i = 0; i < 5; i++)
        five[i] = order_of(i + 1, "a", 18);
    ledger_reserve(&ledger, five, 5);
    ledger_cancel(&ledger, &five[0], answer);
    ledger_cancel_slowly(&ledger, &five[1], NULL, 600);
    ledger_move(&ledger, &five[2], 2, 18);
    ledger_move(&ledger, &five[3], 1, 19);
    ledger_key(&ledger, "health", 0, answer);
    ledger_do(&ledger, NULL, TEXT("HSET"), text_of(answer), TEXT("person-0000009"), TEXT("r"));
    ledger_reserve(&ledger, &after, 1);
    cr_expect_str_eq(after.outcome, "Hr");
    ledger_reserve(&ledger, &after, 1);
    cr_expect_str_eq(ledger_visit(&ledger, "single", &after, 1, ""), "Hr");
    expect_lines("c 18 9\n"
                 "c 19 9\n"
                 "r 19 b 0 0 0 0 3 0 0\n"
                 "r 18 a 3 2 2 0 0 3 356400\n"
                 "l 18 a 33:3\n"
                 "r 19 a 1 0 0 0 0 1 120600\n"
                 "l 19 a 33:1\n");
}

/* Somebody who comes without a reservation is booked when the half hour runs already. */
Test(statistics, a_lead_is_of_those_that_were_made_before)
{
    struct order early = order_of(1, "a", 18), late = order_of(2, "a", 18);

    ledger_open(&ledger, HALL, "A", 1, "18=9");
    ledger.now_s += 33 * 3600 - 1;
    ledger_reserve(&ledger, &early, 1);
    ledger.now_s += 2;
    ledger_reserve(&ledger, &late, 1);
    expect_lines("c 18 9\n"
                 "r 18 a 2 0 0 0 0 1 1\n"
                 "l 18 a 0:1\n");
}
