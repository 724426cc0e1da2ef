/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/load.h"

/* What a file takes over of a section that it names: the city's name when it gives only the code,
 * and the calendar of the years of which it says nothing. So a yearly calendar file, which holds
 * these two, is a catalogue file like others. */

enum { YEARS = 10000 };

static const char *const day_lists[] = {"holidays", "workdays"};
enum { DAY_LISTS = sizeof day_lists / sizeof *day_lists };

static void merge_city(struct arena *arena, struct json *city, const struct json *present)
{
    if (json_kind(city) != JSON_OBJECT || json_count(city) != 1 || !json_member(city, "code"))
        return;
    JSON_EACH(present, member) {
        if (!json_member(city, json_name(member)))
            json_add(arena, city, json_name(member), json_copy(arena, member));
    }
}

/* 0 when it is no date. */
static int year_of(const struct json *member)
{
    day_number number;
    unsigned month, day;
    int year = 0;

    if (calendar_parse_date(text_of(json_name(member)), &number))
        calendar_split_day(number, &year, &month, &day);
    return year;
}

/* Adds the present days of other years than those; a list of another type is a fault that the
 * loader will say. */
static void keep_days(struct arena *arena, struct json *calendar, const struct json *present,
                      const char *name, const bool named_years[YEARS])
{
    struct json *days = json_member(calendar, name);

    if (!days)
        days = json_add_object(arena, calendar, name);
    if (json_kind(days) != JSON_OBJECT)
        return;
    JSON_EACH(json_member(present, name), member) {
        if (!named_years[year_of(member)])
            json_add(arena, days, json_name(member), json_copy(arena, member));
    }
}

static void merge_calendar(struct arena *arena, struct json *calendar, const struct json *present)
{
    bool named_years[YEARS] = {false};

    if (json_kind(calendar) != JSON_OBJECT || !present)
        return;
    for (int i = 0; i < DAY_LISTS; i++)
        JSON_EACH(json_member(calendar, day_lists[i]), member) {
            if (json_name(member))
                named_years[year_of(member)] = true;
        }
    for (int i = 0; i < DAY_LISTS; i++)
        keep_days(arena, calendar, present, day_lists[i], named_years);
}

void load_merge(struct arena *arena, struct json *file, const struct json *present)
{
    merge_city(arena, json_member(file, "city"), json_member(present, "city"));
    merge_calendar(arena, json_member(file, "calendar"), json_member(present, "calendar"));
}
