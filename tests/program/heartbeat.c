/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "program/heartbeat.h"

#include <criterion/criterion.h>

/* How many of so many looks find it hung. */
static unsigned looks(struct heartbeat *heartbeat, unsigned count, uint64_t beats, unsigned step)
{
    unsigned lost = 0;

    for (unsigned i = 0; i < count; i++, beats += step)
        lost += heartbeat_is_lost(heartbeat, beats);
    return lost;
}

Test(heartbeat, one_that_moves_on_is_never_hung)
{
    struct heartbeat heartbeat = {0};

    cr_expect_eq(looks(&heartbeat, 1000, 1, 1), 0);
    cr_expect_eq(looks(&heartbeat, 1000, UINT64_MAX - 500, 1), 0, "also over the counter's end");
}

Test(heartbeat, one_that_starts_has_all_the_time)
{
    struct heartbeat heartbeat = {0};

    cr_expect_eq(looks(&heartbeat, 1000, 0, 0), 0);
}

Test(heartbeat, one_that_stands_still_for_ten_beats_of_ours_is_hung)
{
    struct heartbeat heartbeat = {0};

    heartbeat_is_lost(&heartbeat, 7);
    cr_expect_eq(looks(&heartbeat, HEARTBEATS_MISSED_MAX - 1, 7, 0), 0);
    cr_expect(heartbeat_is_lost(&heartbeat, 7));
    cr_expect_eq(looks(&heartbeat, HEARTBEATS_MISSED_MAX - 1, 7, 0), 0, "it is told once");
    cr_expect(heartbeat_is_lost(&heartbeat, 7), "and again when it does not end");
}

/* As when the machine slept, or the first worker was stopped with the others: one look, however
 * long ago the last one was, and then each moves on. */
Test(heartbeat, a_beat_in_between_gives_all_its_time_again)
{
    struct heartbeat heartbeat = {0};

    for (uint64_t beats = 1; beats < 50; beats++)
        cr_expect_eq(looks(&heartbeat, HEARTBEATS_MISSED_MAX, beats, 0), 0);
    heartbeat_is_lost(&heartbeat, 0); /* another process in its place */
    cr_expect_eq(looks(&heartbeat, HEARTBEATS_MISSED_MAX, 1, 0), 0);
}
