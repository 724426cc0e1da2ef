/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/lease.h"

#include <stdlib.h>

#include "slots/ledger/library.h"
#include "tests/slots/harness.h"

/* Two workers and one lease, on a Redis of the test's own. */

#define HALL "410400-01"

static struct ledger ledger;
static struct city city;
static struct lease *first, *second;

static void set_up(void)
{
    ledger_start(&ledger);
    city = (struct city){.code = LEDGER_CITY, .store = ledger.store, .loop = &ledger.loop};
    first = lease_open(&city, "first");
    second = lease_open(&city, "second");
}

static void on_closed(void *owner)
{
    --*(int *)owner;
}

static void close_both(void)
{
    int left = 2;

    lease_close(first, on_closed, &left);
    lease_close(second, on_closed, &left);
    while (left)
        uv_run(&ledger.loop, UV_RUN_ONCE);
}

static void tear_down(void)
{
    ledger_stop(&ledger);
}

TestSuite(lease, .init = set_up, .fini = tear_down, .timeout = 60);

static void on_token(void *owner, int64_t token)
{
    *(int64_t *)owner = token;
}

static int64_t ask(struct lease *lease)
{
    int64_t token = -1;

    lease_ask(lease, on_token, &token);
    while (token < 0)
        uv_run(&ledger.loop, UV_RUN_ONCE);
    cr_expect_eq(token, lease_token(lease));
    return token;
}

static void on_begun(void *owner, bool may_go_on)
{
    *(int *)owner = may_go_on;
}

static bool begins(int64_t token, const char *job, int64_t minute)
{
    int result = -1;

    lease_begin_pass(&city, token, job, minute, on_begun, &result);
    while (result < 0)
        uv_run(&ledger.loop, UV_RUN_ONCE);
    return result;
}

static struct text lease_key(void)
{
    static char key[96];

    ledger_key(&ledger, "lease", 0, key);
    return text_of(key);
}

/* What Redis does when it was not renewed in time. */
static void let_expire(void)
{
    ledger_do(&ledger, NULL, TEXT("DEL"), lease_key());
}

Test(lease, is_one_workers_and_lasts_while_it_is_renewed)
{
    char left[256];

    cr_expect_eq(ask(first), 1);
    cr_expect_eq(ask(second), 0);
    ledger_do(&ledger, NULL, TEXT("PEXPIRE"), lease_key(), TEXT("500"));
    cr_expect_eq(ask(first), 1, "renewed under the same token");
    ledger_do(&ledger, left, TEXT("EVAL"), TEXT("return tostring(redis.call('PTTL', KEYS[1]))"),
              TEXT("1"), lease_key());
    cr_expect_gt(atoi(left), 5000, "%s ms are left", left);
    cr_expect_eq(ask(second), 0);
    close_both();
}

Test(lease, is_given_back_at_the_end)
{
    int left = 1;

    ask(first);
    lease_close(first, on_closed, &left);
    while (left)
        uv_run(&ledger.loop, UV_RUN_ONCE);
    cr_expect_eq(ask(second), 2);
    first = lease_open(&city, "first");
    close_both();
}

Test(lease, is_not_given_back_by_one_who_has_lost_it)
{
    int left = 1;

    ask(first);
    let_expire();
    ask(second);
    lease_close(first, on_closed, &left);
    while (left)
        uv_run(&ledger.loop, UV_RUN_ONCE);
    cr_expect_eq(ask(second), 2, "still the same");
    first = lease_open(&city, "first");
    close_both();
}

Test(lease, one_that_expired_has_another_token)
{
    ask(first);
    let_expire();
    cr_expect_eq(ask(second), 2);
    cr_expect_eq(ask(first), 0, "it knows now that it is lost");
    let_expire();
    cr_expect_eq(ask(first), 3);
    close_both();
}

Test(lease, a_pass_begins_once_a_minute)
{
    ask(first);
    cr_expect(begins(1, "openings", 100));
    cr_expect_not(begins(1, "openings", 100));
    cr_expect(begins(1, "promote", 100));
    cr_expect(begins(1, "openings", 101));
    cr_expect(begins(1, "openings", -1));
    cr_expect_not(begins(1, "openings", 101));
    close_both();
}

Test(lease, who_has_lost_it_begins_nothing)
{
    ask(first);
    let_expire();
    cr_expect_not(begins(1, "openings", 100));
    ask(second);
    cr_expect_not(begins(1, "openings", 100));
    cr_expect_not(begins(1, "openings", -1));
    cr_expect(begins(2, "openings", 100));
    close_both();
}

static void issue(void)
{
    struct asked asked;

    ledger_ask(&asked, &ledger, slots_library.issue);
    asked.is_of_floor = true;
    asked_push(&asked, TEXT(""));
    asked_push(&asked, TEXT(""));
    asked_push_place(&asked, HALL, "A", 0);
    asked_push(&asked, TEXT("a"));
    asked_push(&asked, TEXT("-"));
    asked_push(&asked, TEXT(""));
    asked_push_number(&asked, 18);
    asked_push(&asked, TEXT(""));
    asked_push(&asked, TEXT("SALT01"));
    asked_push_number(&asked, 3);
    cr_assert_str_eq(asked_end(&asked), "ok");
}

static const char *end_day(int64_t token)
{
    static struct asked asked;

    ledger_ask(&asked, &ledger, slots_library.end_day);
    asked.is_of_floor = true;
    asked.token = token;
    asked_place(&asked, HALL, "A", 0);
    return asked_end(&asked);
}

static const char *promote(int64_t token)
{
    static struct asked asked;

    ledger_ask(&asked, &ledger, slots_library.promote);
    asked.token = token;
    asked_place(&asked, HALL, "A", 0);
    return asked_end(&asked);
}

Test(lease, a_call_of_one_who_has_lost_it_changes_nothing)
{
    char tickets[96], record[256];

    ledger_key(&ledger, "tickets", 0, tickets);
    issue();
    ask(first);
    let_expire();
    ask(second);
    cr_expect_str_eq(end_day(1), "fenced");
    cr_expect_str_eq(promote(1), "fenced");
    ledger_do(&ledger, record, TEXT("HGET"), text_of(tickets), TEXT(HALL " A t1"));
    cr_expect_eq(record[0], 'w', "%s", record);
    cr_expect_str_eq(promote(2), "ok");
    cr_expect_str_eq(end_day(2), "ok");
    ledger_do(&ledger, record, TEXT("HGET"), text_of(tickets), TEXT(HALL " A t1"));
    cr_expect_eq(record[0], 'x', "%s", record);
    close_both();
}
