/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/calendar_warning.h"

#include <stdlib.h>

#include "base/log.h"
#include "slots/catalogue/keys.h"

#define WARNING_SECONDS TEXT("172800")

enum { WARNING_DAYS = 30 };

struct warning {
    struct city *city;
    int year;
    void (*callback)(void *owner, int status);
    void *owner;
};

int calendar_warning_year(const struct calendar *calendar, day_number today)
{
    day_number first, last;
    unsigned month, day;
    int year;

    calendar_split_day(today, &year, &month, &day);
    if (!calendar_make_day(++year, 1, 1, &first) || !calendar_make_day(year, 12, 31, &last) ||
        today < first - WARNING_DAYS)
        return 0;
    for (size_t i = 0; i < calendar->holiday_count; i++)
        if (calendar->holidays[i].day >= first && calendar->holidays[i].day <= last)
            return 0;
    return year;
}

/* Only one of all workers has written the day's key. */
static void marked(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct warning *warning = owner;

    if (status == STORE_OK && store_reply_kind(reply) != STORE_REPLY_NIL)
        log_warning("scheduler.calendar-missing-year", LOG_TEXT("city", warning->city->code),
                    LOG_INTEGER("year", warning->year),
                    LOG_STRING("do", "load a calendar file with this year's holidays"));
    warning->callback(warning->owner, status);
    free(warning);
}

void calendar_warning_pass(struct city *city, void (*callback)(void *owner, int status),
                           void *owner)
{
    day_number today = city_today(city);
    int year = calendar_warning_year(&city->edition->catalogue->calendar, today);
    struct warning *warning;
    struct arena arena = {0};

    if (!year) {
        callback(owner, 0);
        return;
    }
    warning = memory_new(sizeof *warning);
    *warning = (struct warning){city, year, callback, owner};
    store_command(city->store,
                  STORE_ARGS(TEXT("SET"), key_calendar_warning(&arena, city->code, today),
                             TEXT("1"), TEXT("NX"), TEXT("EX"), WARNING_SECONDS),
                  0, marked, warning);
    arena_free(&arena);
}
