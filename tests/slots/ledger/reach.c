/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/ledger/reach.h"

#include "tests/leaks.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { CLERK = 5, GATEWAY = 2 };

#define HALL  "410400-01"
#define OTHER "410402-01"

/* Whose affair a record is, by its status and the places that it names. */
Test(reach, halls)
{
    static const struct {
        enum reservation_status status;
        const char *offer_for, *moved_to, *hall;
    } cases[] = {
        {RESERVATION_BOOKED, "", "", HALL},
        {RESERVATION_BOOKED, "20261124 " OTHER " A 1", "20261124 " OTHER " A 2", HALL},
        {RESERVATION_OFFERED, "20261124 " OTHER " A 1", "", OTHER},
        {RESERVATION_LAPSED, "20261124 " OTHER " A 1", "", OTHER},
        {RESERVATION_OFFERED, "", "", HALL}, /* a waitlist's */
        {RESERVATION_MOVED, "", "20261124 " OTHER " A 1", OTHER},
        {RESERVATION_MOVED, "", "20261124 " HALL " B 1", HALL},
        {RESERVATION_MOVED, "", "", HALL},
        {RESERVATION_OFFERED, "nonsense", "", HALL},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reservation reservation = {
            .id = {.hall = TEXT(HALL)},
            .status = cases[i].status,
            .extras = {.offer_for = text_of(cases[i].offer_for),
                       .moved_to = text_of(cases[i].moved_to)},
        };
        cr_expect(text_is(reservation_hall(&reservation), cases[i].hall), "case %zu", i);
    }
}

Test(reach, who_may_touch_it)
{
    static const struct {
        const char *hall;
        unsigned char creator;
        const char *booker;
        unsigned char made_by;
        const char *recorded;
        bool covered;
    } cases[] = {
        {"", 0, "", CLERK, "", true},
        {HALL, 0, "", CLERK, "", true},
        {HALL, 0, "", GATEWAY, "12345678", true},
        {OTHER, 0, "", CLERK, "", false},
        {"", GATEWAY, "12345678", GATEWAY, "12345678", true},
        {"", GATEWAY, "12345678", GATEWAY, "87654321", false},
        {"", GATEWAY, "12345678", GATEWAY, "", true}, /* an older version's record */
        {"", GATEWAY, "12345678", CLERK, "", false},
        {OTHER, GATEWAY, "12345678", GATEWAY, "12345678", false},
        {HALL, GATEWAY, "12345678", GATEWAY, "12345678", true},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reach reach = {text_of(cases[i].hall), cases[i].creator, text_of(cases[i].booker)};
        struct reservation reservation = {
            .id = {.hall = TEXT(HALL)},
            .status = RESERVATION_BOOKED,
            .creator = cases[i].made_by,
            .extras = {.booker = text_of(cases[i].recorded)},
        };
        cr_expect_eq(reach_covers(&reach, &reservation), cases[i].covered, "case %zu", i);
    }
}
