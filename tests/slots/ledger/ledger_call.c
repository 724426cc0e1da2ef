/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/ledger/ledger_call.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/leaks.h"
#include "tests/slots/fixture.h"

/* Calls about any number of places and days. */

enum { DAYS = 400, QUEUES = 30 };

static unsigned place_of(struct ledger_call *call, day_number first, unsigned day, unsigned queue)
{
    char name[8];

    snprintf(name, sizeof name, "Q%u", queue);
    return ledger_call_place(call, TEXT("410400-01"), text_of(name), first + (day_number)day);
}

Test(ledger_call, takes_any_number_of_days_and_places)
{
    struct catalogue *catalogue = fixture_parse(fixture_json, NULL);
    struct edition edition = {.catalogue = catalogue};
    struct city city = {.edition = &edition};
    day_number first = city_today(&city);
    struct ledger_call call;

    ledger_call_start(&call, &city, TEXT("function"));
    for (unsigned round = 0; round < 2; round++)
        for (unsigned day = 0; day < DAYS; day++)
            for (unsigned queue = 0; queue < QUEUES; queue++)
                cr_assert_eq(place_of(&call, first, day, queue), day * QUEUES + queue + 1);
    cr_expect_eq(call.place_count, DAYS * QUEUES, "the same place has the same number");
    cr_expect_eq(call.day_count, DAYS);
    ledger_call_drop(&call);
    catalogue_free(catalogue);
    assert_no_leaks();
}
