/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/accept.h"

#include "tests/leaks.h"

static bool prefers_csv(const char *accept)
{
    return accept_prefers(text_of(accept), TEXT("text/csv"), TEXT("application/json"));
}

/* RFC 9110, 12.5.1: the range that names a type most exactly says its weight. */
Test(accept, the_most_exact_range_counts)
{
    cr_expect(prefers_csv("text/csv"));
    cr_expect(prefers_csv("Text/CSV"));
    cr_expect(prefers_csv("text/*"));
    cr_expect(prefers_csv("text/csv;header=present;q=0.2"));
    cr_expect(prefers_csv("*/*;q=0.1, text/csv;q=0.2"));
    cr_expect(prefers_csv("*/*, application/json;q=0.9"));
    cr_expect_not(prefers_csv("*/*, text/csv;q=0.9"));
    cr_expect_not(prefers_csv("text/*, text/csv;q=0, application/json;q=0.1"));
}

Test(accept, equal_weights_go_to_what_is_named_more_exactly)
{
    cr_expect(prefers_csv("text/csv, */*"));
    cr_expect(prefers_csv("text/*, */*"));
    cr_expect(prefers_csv("text/csv, application/*"));
    cr_expect_not(prefers_csv("text/csv, application/json"));
    cr_expect_not(prefers_csv("*/*"));
    cr_expect_not(prefers_csv("text/*, application/json"));
}

Test(accept, what_is_not_named_is_not_preferred)
{
    cr_expect_not(prefers_csv(""));
    cr_expect_not(prefers_csv("text/csv;q=0"));
    cr_expect_not(prefers_csv("text/html"));
    cr_expect_not(prefers_csv("text/csvx, tex/csv, text"));
    cr_expect_not(prefers_csv("text/csv;q=0.4, application/json;Q=0.5"));
}

Test(accept, weights)
{
    cr_expect_eq(accept_weight(TEXT("")), 1);
    cr_expect_eq(accept_weight(TEXT("q=0.5")), 0.5);
    cr_expect_eq(accept_weight(TEXT(" level=1 ; Q=0.25 ")), 0.25);
    cr_expect_eq(accept_weight(TEXT("q=high")), 1);
}
