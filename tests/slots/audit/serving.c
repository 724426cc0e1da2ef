/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/slots/harness.h"

#define HALL "410400-01"

/* The audit runs beside a service at work: what is on its way from one place to another is no
 * breach. */

enum { QUEUES = 200, AUDITS_MIN = 10, BOOKED_MIN = 1500, WITHIN_MS = 60000 };

static struct ledger ledger;

static void set_up(void)
{
    ledger_start(&ledger);
    ledger_sweep(&ledger, 0);
}

static void tear_down(void)
{
    ledger_stop(&ledger);
}

TestSuite(serving, .init = set_up, .fini = tear_down, .timeout = 120);

/* Nobody comes twice, so that no rule stands between a unit and whoever waits for it. */
static struct order order_of(const char *queue, unsigned slot)
{
    static unsigned person;

    person++;
    return (struct order){.hall = HALL,
                          .queue = queue,
                          .service = "a",
                          .day = 1,
                          .first_day = 1,
                          .slot = slot,
                          .span = 1,
                          .units = 1,
                          .person = person,
                          .tag = person,
                          .request = person};
}

/* The place that was given last. */
static struct order last_of(struct ledger *own, const char *queue)
{
    struct order order = order_of(queue, 18);

    order.sequence = (unsigned)ledger_units(own, HALL, queue, 1, "seq");
    return order;
}

/* Units that are given up go to those who wait, at once or as an offer. */
static void wait_for_units(struct ledger *own, const char *queue, unsigned round)
{
    static const char *const answers[] = {"accept", "decline"};
    struct order holders[2] = {order_of(queue, 18), order_of(queue, 18)}, waiter, offer;
    char answer[256];

    own->offer_minutes = round % 2 * 30;
    ledger_reserve(own, holders, 2);
    for (unsigned i = 0; i < 3; i++) {
        waiter = order_of(queue, 18);
        waiter.starts = "\x12";
        ledger_enter(own, "w", &waiter);
    }
    if (holders[0].sequence)
        ledger_cancel(own, &holders[0], answer);
    offer = last_of(own, queue);
    if (own->offer_minutes)
        ledger_answer(own, answers[round / 2 % 2], &offer);
    if (holders[1].sequence)
        ledger_cancel(own, &holders[1], answer);
}

/* Visits that are booked whole, moved, cancelled whole. */
static void make_visits(struct ledger *own, const char *queue, const char *beside, unsigned round)
{
    struct order mover = order_of(queue, 19), party[2], steps[2], slow;
    char answer[256];

    ledger_reserve(own, &mover, 1);
    if (mover.sequence) {
        ledger_move(own, &mover, 2, 18);
        ledger_move(own, &mover, 1, 20);
        ledger_move(own, &mover, 2, 19);
    }
    party[0] = order_of(queue, 20);
    party[1] = order_of(queue, 20);
    party[0].priority = PRIORITY_ELDERLY;
    ledger_visit(own, "party", party, 2, "");
    steps[0] = order_of(queue, 19);
    steps[1] = order_of(beside, 20);
    steps[1].service = "b";
    steps[1].person = steps[0].person;
    steps[0].package = steps[1].package = "p";
    if (strcmp(ledger_visit(own, "package", steps, 2, ""), "ok") == 0 && round % 3 == 0)
        ledger_cancel_slowly(own, &steps[0], &steps[1], 600);
    slow = order_of(queue, 20);
    ledger_reserve(own, &slow, 1);
    if (!slow.sequence)
        return;
    ledger_cancel_slowly(own, &slow, NULL, 600);
    ledger_release(own, &slow);
    ledger_cancel(own, &party[0], answer);
}

static _Noreturn void serve_for_ever(void)
{
    struct ledger own = ledger;
    char queue[8], beside[8];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ledger_reconnect(&own);
    for (unsigned round = 0;; round++) {
        snprintf(queue, sizeof queue, "q%u", round % QUEUES);
        snprintf(beside, sizeof beside, "b%u", round % QUEUES);
        for (int day = 1; day < 3; day++)
            ledger_open(&own, HALL, queue, day, "18=2 19=6/1 20=6/2");
        ledger_open(&own, HALL, beside, 1, "20=9");
        wait_for_units(&own, queue, round);
        make_visits(&own, queue, beside, round);
        if (round % 8 == 0)
            ledger_adjust(&own, HALL, queue, 1, round % 16 ? "18=3 19=1" : "18=2 19=6/2 20=9/1");
        ledger_sweep(&own, 0);
    }
}

/* The letters of all statuses there are, and 'k' for a package that was given up. */
static void letters_of(const char *kind, char letters[256])
{
    char key[96];

    ledger_key(&ledger, kind, 1, key);
    ledger_do(&ledger, letters, TEXT("EVAL"),
              TEXT("local seen, all = {}, {}\n"
                   "for _, v in ipairs(redis.call('HVALS', KEYS[1])) do\n"
                   "  seen[v:sub(1, 1)] = true\n"
                   "  if v:find('^[xy].*k\1p') then seen.k = true end\n"
                   "end\n"
                   "for letter in pairs(seen) do all[#all + 1] = letter end\n"
                   "table.sort(all)\n"
                   "return table.concat(all)"),
              TEXT("1"), text_of(key));
}

Test(serving, a_store_that_serves_is_not_in_breach)
{
    struct audit_counts first, counts;
    struct buffer report = {0};
    int64_t deadline = clock_monotonic_ms() + WITHIN_MS;
    unsigned audits = 0, offered = 0, waiting = 0;
    int breaches = 0;
    char letters[256] = "";
    pid_t child = fork();

    if (child == 0)
        serve_for_ever();
    cr_expect_eq(ledger_audit(&ledger, &first, NULL), 0);
    do {
        breaches = ledger_audit(&ledger, &counts, &report);
        offered += counts.offered > 0;
        waiting += counts.waiting > 0;
        audits++;
    } while (breaches == 0 && clock_monotonic_ms() < deadline &&
             (audits < AUDITS_MIN || counts.reservations < first.reservations + BOOKED_MIN));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    cr_expect_eq(breaches, 0, "%d breaches:\n%.2000s", breaches, report.data);
    cr_expect_geq(audits, AUDITS_MIN);
    cr_expect_geq(counts.reservations, first.reservations + BOOKED_MIN, "little was booked");
    cr_expect_gt(offered, 0);
    cr_expect_gt(waiting, 0);
    cr_expect_eq(ledger_audit(&ledger, &counts, &report), 0, "%s", report.data);
    buffer_free(&report);
    letters_of("reservations", letters);
    for (const char *letter = "bxymozk"; *letter; letter++)
        cr_expect_not_null(strchr(letters, *letter), "no %c among %s", *letter, letters);
}
