/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/estimate.h"

#include <criterion/criterion.h>
#include <math.h>

enum { LINES = 3 };

/* Only the first line matters, the second's people go to these windows by a half, the third's not.
 */
static const double shares[LINES] = {1, 0.5, 0};

static struct estimate_waiter ordinary(const char *key, double credit)
{
    return (struct estimate_waiter){.credit = credit, .key = text_of(key), .service_seconds = 60};
}

static struct estimate_waiter put_back(const char *key, int64_t calls_left)
{
    return (struct estimate_waiter){
        .is_put_back = true, .calls_left = calls_left, .key = text_of(key), .service_seconds = 60};
}

static struct estimate_waiter in_line(struct estimate_waiter waiter, unsigned line)
{
    waiter.line = line;
    return waiter;
}

#define AHEAD(target, ...)                                                                         \
    ahead_of(target, (const struct estimate_waiter[]){__VA_ARGS__},                                \
             sizeof((const struct estimate_waiter[]){__VA_ARGS__}) /                               \
                 sizeof(struct estimate_waiter))

static double ahead_of(struct estimate_waiter target, const struct estimate_waiter *waiters,
                       size_t count)
{
    struct estimate_ahead ahead = estimate_ahead(waiters, count, &target, shares);

    cr_expect_float_eq(ahead.seconds, ahead.count * 60, 1e-9);
    return ahead.count;
}

Test(estimate, the_larger_credit_is_first_then_who_earns_earlier_then_the_key)
{
    struct estimate_waiter a = ordinary("A/t10", 5), b = ordinary("A/t9", 4);

    cr_expect(estimate_is_before(&a, &b));
    cr_expect_not(estimate_is_before(&b, &a));
    b.credit = 5;
    b.earns_ms = 1;
    cr_expect(estimate_is_before(&a, &b), "earlier");
    a.earns_ms = 1;
    cr_expect(estimate_is_before(&b, &a), "9 is before 10");
    cr_expect_not(estimate_is_before(&a, &a));
}

Test(estimate, who_has_more_credit_is_ahead)
{
    struct estimate_waiter first = ordinary("A/t1", 30), second = ordinary("A/t2", 20),
                           third = ordinary("A/t3", 10), not_yet = ordinary("A/t4", -1);

    cr_expect_eq(AHEAD(first, first, second, third, not_yet), 0);
    cr_expect_eq(AHEAD(third, first, second, third, not_yet), 2);
    cr_expect_eq(AHEAD(not_yet, first, second, third, not_yet), 3);
    cr_expect_eq(AHEAD(ordinary("~", 0), first, second, third, not_yet), 3,
                 "a newcomer is before who earns nothing yet");
}

Test(estimate, put_back_ones_come_when_their_line_has_called_enough)
{
    struct estimate_waiter first = ordinary("A/t1", 30), second = ordinary("A/t2", 20),
                           third = ordinary("A/t3", 10);

    cr_expect_eq(AHEAD(first, first, second, third, put_back("A/t9", 0)), 1, "he is due now");
    cr_expect_eq(AHEAD(first, first, second, third, put_back("A/t9", 1)), 0);
    cr_expect_eq(AHEAD(second, first, second, third, put_back("A/t9", 1)), 2);
    cr_expect_eq(AHEAD(second, first, second, third, put_back("A/t9", 2)), 1);
    cr_expect_eq(AHEAD(third, first, second, third, put_back("A/t9", 2)), 3);
    cr_expect_eq(AHEAD(second, first, second, put_back("A/t8", 1), put_back("A/t9", 2)), 3,
                 "the first one's call counts for the second");
}

Test(estimate, what_is_ahead_of_a_put_back_one)
{
    struct estimate_waiter first = ordinary("A/t1", 30), second = ordinary("A/t2", 20),
                           third = ordinary("A/t3", 10);

    cr_expect_eq(AHEAD(put_back("A/t9", -2), first, second, third, put_back("A/t9", -2)), 0);
    cr_expect_eq(AHEAD(put_back("A/t9", 2), first, second, third, put_back("A/t9", 2)), 2);
    cr_expect_eq(AHEAD(put_back("A/t9", 7), first, second, third, put_back("A/t9", 7)), 3,
                 "when nobody else is there he comes at once");
    cr_expect_eq(AHEAD(put_back("A/t9", 2), first, second, third, put_back("A/t8", 1)), 2,
                 "one ordinary one and the one before him");
    cr_expect_eq(AHEAD(put_back("A/t9", 0), first, put_back("A/t8", 0), put_back("A/t7", -1)), 2);
}

Test(estimate, of_put_back_ones_who_are_due_who_came_first_is_first)
{
    struct estimate_waiter early = put_back("A/t9", 0), late = put_back("A/t8", -3);
    struct estimate_waiter first = ordinary("A/t1", 30), soon = put_back("A/t7", 1);

    early.issued_ms = 10;
    late.issued_ms = 20;
    cr_expect_eq(AHEAD(early, first, early, late), 0);
    cr_expect_eq(AHEAD(late, first, early, late), 1);
    cr_expect_eq(AHEAD(late, early, late, soon), 2, "who came earlier is due when it is his turn");
    soon.issued_ms = 30;
    cr_expect_eq(AHEAD(late, early, late, soon), 1);
    soon.calls_left = 9;
    cr_expect_eq(AHEAD(put_back("A/t6", 8), first, early, soon), 2, "both of them, and he is next");
    cr_expect_eq(AHEAD(put_back("A/t6", 10), first, early, soon), 3, "nobody else: who is nearer");
}

Test(estimate, other_lines_count_as_far_as_their_windows_are_shared)
{
    struct estimate_waiter mine = ordinary("A/t1", 20);
    struct estimate_waiter larger = in_line(ordinary("B/t1", 30), 1);
    struct estimate_waiter smaller = in_line(ordinary("B/t2", 10), 1);
    struct estimate_waiter elsewhere = in_line(ordinary("C/t1", 99), 2);

    cr_expect_float_eq(AHEAD(mine, mine, larger, smaller, elsewhere), 0.5, 1e-9);
    cr_expect_float_eq(AHEAD(mine, mine, larger, in_line(put_back("B/t9", 1), 1)), 1, 1e-9);
    cr_expect_float_eq(AHEAD(mine, mine, larger, in_line(put_back("B/t9", 2), 1)), 0.5, 1e-9);
    cr_expect_float_eq(AHEAD(put_back("A/t9", 1), mine, larger, smaller), 1.5, 1e-9,
                       "behind one of his own line, so behind who has more credit than that one");
    cr_expect_float_eq(AHEAD(put_back("A/t9", 0), mine, larger, smaller), 0, 1e-9);
    cr_expect_float_eq(AHEAD(put_back("A/t9", 9), mine, larger, smaller), 2, 1e-9);
}

Test(estimate, the_day_begins_with_the_catalogue_and_learns)
{
    cr_expect_float_eq(estimate_service_seconds(600, 0, 0), 600, 1e-9);
    cr_expect_float_eq(estimate_service_seconds(600, 5, 5 * 300000), 450, 1e-9);
    cr_expect_float_eq(estimate_service_seconds(600, 995, 995 * 300000LL), 301.5, 1e-9);
}

/* Quantiles of the Erlang distribution of k stages. Computed with 50 decimal digits, by bisection,
 * from its distribution function 1 - e^-x Σ x^i / i! (i from 0 below k), in Python's decimal. */
static const struct {
    double stages, p50, p90;
} known[] = {
    {1, 0.693147, 2.302585},   {2, 1.678347, 3.889720},    {5, 4.670909, 7.993590},
    {10, 9.668715, 14.205990}, {50, 49.667065, 59.249002},
};

Test(estimate, quantiles_are_those_of_the_erlang_distribution)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double p50 = estimate_erlang_quantile(known[i].stages, 0);
        double p90 = estimate_erlang_quantile(known[i].stages, 1.2815515655446004);
        double allowed = known[i].stages < 2 ? 0.015 : known[i].stages < 5 ? 0.005 : 0.002;

        cr_expect_float_eq(p50 / known[i].p50, 1, allowed, "k %g: %g", known[i].stages, p50);
        cr_expect_float_eq(p90 / known[i].p90, 1, allowed, "k %g: %g", known[i].stages, p90);
    }
}

static void expect_wait(struct estimate estimate, double stages_p50, double stages_p90,
                        double stage_seconds)
{
    cr_expect_float_eq(estimate.p50_seconds, stages_p50 * stage_seconds,
                       stages_p50 * stage_seconds * 0.005 + 0.5);
    cr_expect_float_eq(estimate.p90_seconds, stages_p90 * stage_seconds,
                       stages_p90 * stage_seconds * 0.005 + 0.5);
}

Test(estimate, a_wait_is_an_erlang_distribution)
{
    struct estimate nine = estimate_wait(9, 600, 4, 0);

    cr_expect_eq(nine.ahead, 9);
    cr_expect_float_eq(nine.mean_seconds, 1500, 1e-9, "(9 + 1) × 600 s ÷ 4 windows");
    expect_wait(nine, known[3].p50, known[3].p90, 150);
    expect_wait(estimate_wait(4, 600, 1, 0), known[2].p50, known[2].p90, 600);
}

Test(estimate, idle_windows_take_the_first_ones_at_once)
{
    struct estimate served = estimate_wait(1, 600, 4, 2);

    cr_expect_eq(served.ahead, 1);
    cr_expect_eq(served.p50_seconds, 0);
    cr_expect_eq(served.p90_seconds, 0);
    expect_wait(estimate_wait(6, 600, 4, 2), known[2].p50, known[2].p90, 150);
}

Test(estimate, without_any_window_it_is_as_if_there_were_one)
{
    cr_expect_eq(estimate_wait(4, 600, 0, 0).p50_seconds, estimate_wait(4, 600, 1, 0).p50_seconds);
}
