/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/catalogue/load.h"

/* What a file takes over of a section that it names: the city's name when it gives only the code,
 * and the calendar of the years of which it says nothing. So a yearly calendar file, which holds
 * these two, is a catalogue file like others. */

enum { YEARS = 10000 };

static const char *const day_lists[] = {"holidays", "workdays"};
enum { DAY_LISTS = sizeof day_lists / sizeof *day_lists };

static cJSON *copied(const cJSON *item)
{
    cJSON *copy = cJSON_Duplicate(item, true);

    if (!copy) /* only without memory */
        abort();
    return copy;
}

static void merge_city(cJSON *city, const cJSON *present)
{
    const cJSON *member;

    if (!cJSON_IsObject(city) || cJSON_GetArraySize(city) != 1 ||
        !cJSON_GetObjectItemCaseSensitive(city, "code"))
        return;
    cJSON_ArrayForEach(member, present)
    {
        if (!cJSON_GetObjectItemCaseSensitive(city, member->string))
            cJSON_AddItemToObject(city, member->string, copied(member));
    }
}

/* 0 when it is no date. */
static int year_of(const cJSON *member)
{
    day_number number;
    unsigned month, day;
    int year = 0;

    if (calendar_parse_date(text_of(member->string), &number))
        calendar_split_day(number, &year, &month, &day);
    return year;
}

/* Adds the present days of other years than those; a list of another type is a fault that the
 * loader will say. */
static void keep_days(cJSON *calendar, const cJSON *present, const char *name,
                      const bool named_years[YEARS])
{
    cJSON *days = cJSON_GetObjectItemCaseSensitive(calendar, name);
    const cJSON *member;

    if (!days)
        days = cJSON_AddObjectToObject(calendar, name);
    if (!cJSON_IsObject(days))
        return;
    cJSON_ArrayForEach(member, cJSON_GetObjectItemCaseSensitive(present, name))
    {
        if (!named_years[year_of(member)])
            cJSON_AddItemToObject(days, member->string, copied(member));
    }
}

static void merge_calendar(cJSON *calendar, const cJSON *present)
{
    bool named_years[YEARS] = {false};
    const cJSON *member;

    if (!cJSON_IsObject(calendar) || !present)
        return;
    for (int i = 0; i < DAY_LISTS; i++)
        cJSON_ArrayForEach(member, cJSON_GetObjectItemCaseSensitive(calendar, day_lists[i]))
        {
            if (member->string)
                named_years[year_of(member)] = true;
        }
    for (int i = 0; i < DAY_LISTS; i++)
        keep_days(calendar, present, day_lists[i], named_years);
}

void load_merge(cJSON *file, const cJSON *present)
{
    merge_city(cJSON_GetObjectItemCaseSensitive(file, "city"),
               cJSON_GetObjectItemCaseSensitive(present, "city"));
    merge_calendar(cJSON_GetObjectItemCaseSensitive(file, "calendar"),
                   cJSON_GetObjectItemCaseSensitive(present, "calendar"));
}
