/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/calendar.h"

#include <stdio.h>

#include "tests/leaks.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Walks the days one by one with the school rule and compares every conversion. */
Test(calendar, every_day_from_1970_to_2100)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    day_number expected = 0;

    for (int year = 1970; year <= 2100; year++)
        for (int month = 1; month <= 12; month++)
            for (int date = 1; date <= lengths[month - 1] + (month == 2 && is_leap(year)); date++) {
                char dashed[40], compact[40];
                struct buffer out = {0};
                day_number day = -1;
                snprintf(dashed, sizeof dashed, "%04d-%02d-%02d", year, month, date);
                snprintf(compact, sizeof compact, "%04d%02d%02d", year, month, date);
                cr_assert(calendar_parse_date(text_of(dashed), &day));
                cr_assert_eq(day, expected, "%s", dashed);
                cr_assert(calendar_parse_compact_date(text_of(compact), &day));
                cr_assert_eq(day, expected, "%s", compact);
                calendar_append_date(&out, day);
                calendar_append_compact_date(&out, day);
                cr_assert(text_starts_with(buffer_text(&out), text_of(dashed)));
                cr_assert(text_is(text_part(buffer_text(&out), 10, 99), compact));
                cr_assert_eq(calendar_weekday(day), (unsigned)(expected + 3) % 7);
                buffer_free(&out);
                expected++;
            }
    assert_no_leaks();
}

Test(calendar, dates_that_do_not_exist)
{
    static const char *const bad[] = {
        "",           "2026-02-29", "2100-02-29", "2026-04-31",  "2026-13-01", "2026-00-10",
        "2026-01-00", "0000-12-31", "2026-1-01",  "2026-01-011", "2026/01/01", "2026-01-0a",
        "20260101",   "-026-01-01", "2026-01-",   " 2026-01-01", "10000-01-01"};
    static const char *const bad_compact[] = {"2026-01-01", "20260229", "2026010",  "202601011",
                                              "00001231",   "00000101", "00010229", ""};
    day_number day = 7;

    for (size_t i = 0; i < COUNT(bad); i++)
        cr_expect_not(calendar_parse_date(text_of(bad[i]), &day), "%s", bad[i]);
    for (size_t i = 0; i < COUNT(bad_compact); i++)
        cr_expect_not(calendar_parse_compact_date(text_of(bad_compact[i]), &day), "%s",
                      bad_compact[i]);
    cr_expect_eq(day, 7, "a refused date leaves the day alone");
    cr_expect(calendar_parse_date(TEXT("2000-02-29"), &day));
    cr_expect(calendar_parse_date(TEXT("2024-02-29"), &day));
    cr_expect(calendar_parse_date(TEXT("9999-12-31"), &day));
    cr_expect_eq(day, CALENDAR_LAST_DAY);
    cr_expect(calendar_parse_date(TEXT("0001-01-01"), &day));
    cr_expect_eq(day, CALENDAR_FIRST_DAY);
    cr_expect(calendar_parse_date(TEXT("1969-12-31"), &day));
    cr_expect_eq(day, -1);
    cr_expect(calendar_parse_compact_date(TEXT("00040229"), &day));
}

/* The first day and the last, each conversion both ways, and what lies beyond. */
Test(calendar, the_ends_of_the_calendar)
{
    static const struct {
        day_number day;
        const char *date;
    } ends[] = {
        {CALENDAR_FIRST_DAY, "0001-01-01"},
        {CALENDAR_FIRST_DAY + 1, "0001-01-02"},
        {CALENDAR_LAST_DAY - 1, "9999-12-30"},
        {CALENDAR_LAST_DAY, "9999-12-31"},
    };
    static const struct {
        day_number first;
        int64_t count;
        bool is_inside;
    } ranges[] = {
        {CALENDAR_FIRST_DAY, 1, true},
        {CALENDAR_FIRST_DAY - 1, 2, false},
        {CALENDAR_LAST_DAY, 1, true},
        {CALENDAR_LAST_DAY, 2, false},
        {CALENDAR_LAST_DAY + 1, 1, false},
        {CALENDAR_FIRST_DAY, CALENDAR_LAST_DAY - CALENDAR_FIRST_DAY + 1, true},
        {CALENDAR_FIRST_DAY, CALENDAR_LAST_DAY - CALENDAR_FIRST_DAY + 2, false},
        {0, INT64_MAX, false},
        {INT32_MAX, INT64_MAX, false},
    };

    for (size_t i = 0; i < COUNT(ends); i++) {
        struct buffer out = {0};
        day_number day = 0;
        calendar_append_date(&out, ends[i].day);
        cr_expect(text_is(buffer_text(&out), ends[i].date), "%s", ends[i].date);
        cr_expect(calendar_parse_date(buffer_text(&out), &day) && day == ends[i].day);
        buffer_free(&out);
    }
    for (size_t i = 0; i < COUNT(ranges); i++)
        cr_expect_eq(calendar_holds(ranges[i].first, ranges[i].count), ranges[i].is_inside,
                     "range %zu", i);
    cr_expect_eq(calendar_nearest(CALENDAR_FIRST_DAY - INT64_C(1)), CALENDAR_FIRST_DAY);
    cr_expect_eq(calendar_nearest(CALENDAR_LAST_DAY + INT64_C(1)), CALENDAR_LAST_DAY);
    cr_expect_eq(calendar_nearest(20000), 20000);
    assert_no_leaks();
}

Test(calendar, days_before_1970)
{
    day_number day;
    int year;
    unsigned month, date;

    cr_assert(calendar_make_day(1949, 12, 31, &day));
    cr_expect_eq(day, -7306);
    calendar_split_day(day, &year, &month, &date);
    cr_expect(year == 1949 && month == 12 && date == 31);
    cr_expect_eq(calendar_weekday(day), 5, "it was a Saturday");
    cr_expect_not(calendar_make_day(1900, 2, 29, &day));
    cr_expect_not(calendar_make_day(0, 1, 1, &day));
}

Test(calendar, minutes_and_slots)
{
    static const char *const bad_minutes[] = {"24:01", "25:00", "09:60", "9:00", "09:00:00", "0900",
                                              "",      "aa:bb", "-1:00", "09:0", "09-00"};
    static const char *const bad_slots[] = {"09:15", "24:00", "09:29", "9:30", ""};
    unsigned minute, slot;
    struct buffer out = {0};

    cr_expect(calendar_parse_minute(TEXT("00:00"), &minute) && minute == 0);
    cr_expect(calendar_parse_minute(TEXT("23:59"), &minute) && minute == 1439);
    cr_expect(calendar_parse_minute(TEXT("24:00"), &minute) && minute == 1440);
    for (size_t i = 0; i < COUNT(bad_minutes); i++)
        cr_expect_not(calendar_parse_minute(text_of(bad_minutes[i]), &minute), "%s",
                      bad_minutes[i]);
    for (size_t i = 0; i < COUNT(bad_slots); i++)
        cr_expect_not(calendar_parse_slot(text_of(bad_slots[i]), &slot), "%s", bad_slots[i]);
    for (unsigned i = 0; i < SLOTS_A_DAY; i++) {
        buffer_clear(&out);
        calendar_append_slot(&out, i);
        cr_expect(calendar_parse_slot(buffer_text(&out), &slot) && slot == i, "slot %u", i);
    }
    buffer_clear(&out);
    calendar_append_slot(&out, 18);
    calendar_append_slot(&out, SLOTS_A_DAY);
    cr_expect(text_is(buffer_text(&out), "09:0024:00"));
    buffer_free(&out);
    assert_no_leaks();
}

Test(calendar, weekdays)
{
    static const struct {
        const char *text;
        unsigned set;
    } good[] = {{"mon", 1},      {"sun", 64},      {"mon-fri", 31},
                {"sat-sun", 96}, {"mon-sun", 127}, {"wed-wed", 4}};
    static const char *const bad[] = {"",    "mo",      "monday",  "fri-mon", "mon-",
                                      "Mon", "mon_fri", "mon-frx", "-mon",    "mon-fri-"};
    unsigned set;

    for (size_t i = 0; i < COUNT(good); i++)
        cr_expect(calendar_parse_weekdays(text_of(good[i].text), &set) && set == good[i].set, "%s",
                  good[i].text);
    for (size_t i = 0; i < COUNT(bad); i++)
        cr_expect_not(calendar_parse_weekdays(text_of(bad[i]), &set), "%s", bad[i]);
}

Test(calendar, instants_both_ways)
{
    static const struct {
        const char *text, *canonical;
        int64_t ms;
        int offset_minutes;
    } good[] = {
        {"2026-11-23T09:00:00+08:00", "2026-11-23T09:00:00+08:00", 1795395600000, 480},
        {"2026-11-23T01:00:00Z", "2026-11-23T09:00:00+08:00", 1795395600000, 480},
        {"2026-11-22t20:00:00.000-05:00", "2026-11-22T20:00:00-05:00", 1795395600000, -300},
        {"2026-11-23 09:00:00.1239+08:00", "2026-11-23T09:00:00+08:00", 1795395600123, 480},
        {"2026-11-23T09:00+08:00", "2026-11-23T09:00:00+08:00", 1795395600000, 480},
        {"1970-01-01T00:00:00+08:00", "1970-01-01T00:00:00+08:00", -28800000, 480},
        {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00+00:00", 0, 0},
        {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59+00:00", 253402300799999, 0},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00", 1483228800000, 0},
    };

    for (size_t i = 0; i < COUNT(good); i++) {
        struct buffer out = {0};
        int64_t ms = -1;
        cr_expect(calendar_parse_instant(text_of(good[i].text), &ms), "%s", good[i].text);
        cr_expect_eq(ms, good[i].ms, "%s is %lld", good[i].text, (long long)ms);
        calendar_append_instant(&out, ms, good[i].offset_minutes);
        cr_expect(text_is(buffer_text(&out), good[i].canonical), "%s", good[i].text);
        buffer_free(&out);
    }
    assert_no_leaks();
}

Test(calendar, instants_that_are_none)
{
    static const char *const bad[] = {
        "",
        "2026-11-23",
        "2026-11-23T09:00:00",
        "2026-11-23T24:00:01Z",
        "2026-11-23T09:00:61Z",
        "2026-11-23T09:00:00.Z",
        "2026-11-23T09:00:00+0800",
        "2026-11-23T09:00:00+24:00",
        "2026-11-23T09:00:00Zx",
        "2026-02-30T09:00:00Z",
        "2026-11-23X09:00:00Z",
        "1969-12-31T23:59:59Z",
        "0000-12-31T23:59:59Z",
        "9999-12-31T24:00:00Z",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59-00:01",
    };
    int64_t ms;

    for (size_t i = 0; i < COUNT(bad); i++)
        cr_expect_not(calendar_parse_instant(text_of(bad[i]), &ms), "%s", bad[i]);
}

Test(calendar, the_day_begins_at_local_midnight)
{
    int64_t midnight = calendar_instant_ms(20780, 0, 480); /* 2026-11-23 */

    cr_expect_eq(midnight, 1795363200000);
    cr_expect_eq(calendar_day_of(midnight, 480), 20780);
    cr_expect_eq(calendar_day_of(midnight - 1, 480), 20779);
    cr_expect_eq(calendar_minute_of(midnight - 1, 480), 1439);
    cr_expect_eq(calendar_minute_of(midnight + 9 * 3600000 + 59999, 480), 540);
    cr_expect_eq(calendar_day_of(-1, 0), -1);
    cr_expect_eq(calendar_minute_of(-1, 0), 1439);
}

Test(calendar, zones)
{
    int offset = 0;

    cr_expect(calendar_zone_offset(TEXT("Asia/Shanghai"), &offset) && offset == 480);
    cr_expect(calendar_zone_offset(TEXT("Asia/Urumqi"), &offset) && offset == 360);
    cr_expect(calendar_zone_offset(TEXT("PRC"), &offset) && offset == 480);
    cr_expect_not(calendar_zone_offset(TEXT("Europe/Berlin"), &offset));
    cr_expect_not(calendar_zone_offset(TEXT(""), &offset));
}

Test(calendar, exceptions_are_found_by_day)
{
    struct calendar_exception holidays[] = {
        {10, TEXT("a")}, {12, TEXT("b")}, {13, TEXT("c")}, {40, TEXT("d")}, {41, TEXT("e")}};
    struct calendar calendar = {.holidays = holidays, .holiday_count = COUNT(holidays)};

    for (size_t i = 0; i < COUNT(holidays); i++)
        cr_expect_eq(calendar_holiday(&calendar, holidays[i].day), &holidays[i]);
    cr_expect_null(calendar_holiday(&calendar, 9));
    cr_expect_null(calendar_holiday(&calendar, 11));
    cr_expect_null(calendar_holiday(&calendar, 42));
    cr_expect_null(calendar_workday(&calendar, 10));
}
