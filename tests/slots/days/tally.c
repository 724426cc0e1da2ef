/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/tally.h"

#include "tests/leaks.h"

Test(tally, counts_are_summed)
{
    struct counts counts = {1, 2, 3, 4, 5, 6, 7, 8};
    struct tally tally = {0};

    tally_add(&tally, &counts);
    tally_add(&tally, &counts);
    cr_expect_eq(tally.counts.capacity, 2 * counts.capacity);
    cr_expect_eq(tally.counts.booked, 2 * counts.booked);
    cr_expect_eq(tally.counts.cancelled, 2 * counts.cancelled);
    cr_expect_eq(tally.counts.no_show, 2 * counts.no_show);
    cr_expect_eq(tally.counts.rescheduled, 2 * counts.rescheduled);
    cr_expect_eq(tally.counts.intercepted, 2 * counts.intercepted);
    cr_expect_eq(tally.counts.leads, 2 * counts.leads);
    cr_expect_eq(tally.counts.lead_seconds, 2 * counts.lead_seconds);
    tally_free(&tally);
}

/* In hundredths of an hour, which are 36 seconds. */
Test(tally, the_mean_lead_is_of_those_that_were_made_before)
{
    static const struct {
        uint64_t leads, seconds, hundredths;
    } cases[] = {
        {0, 0, 0},  {2, 9000, 125}, {1, 17, 0}, {1, 18, 1},
        {1, 53, 1}, {1, 54, 2},     {3, 53, 0}, {3, 54, 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct counts counts = {
            .booked = 5, .leads = cases[i].leads, .lead_seconds = cases[i].seconds};
        cr_expect_eq(counts_lead_hundredths(&counts), cases[i].hundredths, "case %zu", i);
    }
}

/* Nearest rank: the first value that half of them, rounded up, do not exceed. */
Test(tally, the_median_lead)
{
    static const struct {
        struct {
            unsigned hours, count;
        } leads[4];
        unsigned median;
    } cases[] = {
        {{{0, 0}}, 0},
        {{{7, 1}}, 7},
        {{{7, 1}, {9, 1}}, 7},
        {{{7, 1}, {9, 2}}, 9},
        {{{9, 2}, {7, 1}, {100, 1}}, 9},
        {{{0, 5}, {1, 4}}, 0},
        {{{0, 4}, {1, 5}}, 1},
        {{{1000000, 3}}, 366 * 24},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tally tally = {0};
        for (unsigned k = 0; k < 4; k++)
            tally_add_lead(&tally, cases[i].leads[k].hours, cases[i].leads[k].count);
        cr_expect_eq(tally_lead_hours_p50(&tally), cases[i].median, "case %zu: %llu", i,
                     (unsigned long long)tally_lead_hours_p50(&tally));
        tally_free(&tally);
    }
    assert_no_leaks();
}
