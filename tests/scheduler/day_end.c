/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/day_end.h"

#include <criterion/criterion.h>

#include "tests/leaks.h"

/* When the day of a hall is over. 2026-11-23 is a Monday. */

static const char file[] =
    "{\"city\":{\"code\":\"410400\",\"name\":\"平顶山市\",\"time_zone\":\"Asia/Shanghai\"},"
    "\"calendar\":{\"holidays\":{\"2026-11-24\":\"节\"},\"workdays\":{\"2026-11-28\":\"节\"}},"
    "\"services\":[{\"id\":\"a\",\"name\":\"甲\",\"minutes\":10,\"units\":1,\"span\":1,"
    "\"materials\":[\"身份证\"],\"audience\":\"personal\"}],"
    "\"halls\":[{\"id\":\"410400-01\",\"name\":\"大厅\",\"level\":\"city\",\"region\":\"410400\","
    "\"address\":\"路\",\"location\":[113,33],"
    "\"hours\":{\"mon-fri\":[\"09:00-12:00\",\"13:30-17:00\"],\"sat\":[\"00:00-23:30\"],"
    "\"sun\":[],\"make_up_workdays\":true},"
    "\"release\":{\"days_ahead\":1,\"at\":\"00:00\",\"closes_minutes_before\":30},"
    "\"queues\":[{\"id\":\"A\",\"name\":\"窗\",\"prefix\":\"A\",\"services\":[\"a\"],"
    "\"windows\":[{\"id\":\"1\",\"name\":\"1号\"}],\"capacity\":{\"mon-fri\":{\"default\":1}}}]}]}";

/* `worked`: when something was done at a window last. */
static bool is_over_since(const char *date, const char *worked, const char *now)
{
    struct catalogue *catalogue = catalogue_parse(text_of(file), NULL);
    day_number day;
    int64_t now_ms, worked_ms = 0;
    bool result;

    cr_assert_not_null(catalogue);
    cr_assert(calendar_parse_date(text_of(date), &day));
    cr_assert(calendar_parse_instant(text_of(now), &now_ms));
    cr_assert(!worked || calendar_parse_instant(text_of(worked), &worked_ms));
    result = day_end_is_over(catalogue, &catalogue->halls[0], day, worked_ms, now_ms);
    catalogue_free(catalogue);
    return result;
}

static bool is_over(const char *date, const char *now)
{
    return is_over_since(date, NULL, now);
}

Test(day_end, an_hour_after_the_last_work)
{
    const char *day = "2026-11-23", *worked = "2026-11-23T17:40:00+08:00";

    cr_expect_not(is_over_since(day, worked, "2026-11-23T18:39:59+08:00"));
    cr_expect(is_over_since(day, worked, "2026-11-23T18:40:00+08:00"));
    cr_expect_not(is_over_since(day, "2026-11-23T16:00:00+08:00", "2026-11-23T17:59:59+08:00"));
    cr_expect(is_over_since(day, "2026-11-23T23:50:00+08:00", "2026-11-24T00:00:00+08:00"),
              "by midnight");
}

Test(day_end, an_hour_after_the_last_range)
{
    cr_expect_not(is_over("2026-11-23", "2026-11-23T13:10:00+08:00"), "at noon");
    cr_expect_not(is_over("2026-11-23", "2026-11-23T17:59:59+08:00"));
    cr_expect(is_over("2026-11-23", "2026-11-23T18:00:00+08:00"));
}

Test(day_end, by_midnight_at_the_latest)
{
    cr_expect_not(is_over("2026-12-05", "2026-12-05T23:59:59+08:00"), "a Saturday until 23:30");
    cr_expect(is_over("2026-12-05", "2026-12-06T00:00:00+08:00"));
}

Test(day_end, of_a_day_without_hours_when_the_next_begins)
{
    cr_expect_not(is_over("2026-11-24", "2026-11-24T23:00:00+08:00"), "a holiday");
    cr_expect(is_over("2026-11-24", "2026-11-25T00:00:00+08:00"));
    cr_expect_not(is_over("2026-11-29", "2026-11-29T23:00:00+08:00"), "a Sunday");
}

Test(day_end, of_a_make_up_workday_by_mondays_hours)
{
    cr_expect_not(is_over("2026-11-28", "2026-11-28T17:59:00+08:00"));
    cr_expect(is_over("2026-11-28", "2026-11-28T18:00:00+08:00"));
}

Test(day_end, not_of_a_day_to_come)
{
    cr_expect_not(is_over("2026-11-24", "2026-11-23T20:00:00+08:00"));
}
