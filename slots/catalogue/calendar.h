/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"

/* Dates, the half-hour grid and the holiday calendar: pure functions of their arguments. */

/* Days since 1970-01-01 in the city's local time. */
typedef int32_t day_number; /* the one typedef: a unit, not a struct */

/* A slot is one of the day's 48 half hours: 18 is 09:00, named by its start. */
enum { SLOTS_A_DAY = 48, SLOT_MINUTES = 30, WEEKDAYS = 7 };

/* The ends of the calendar, 0001-01-01 and 9999-12-31: dates of four digits. */
enum { CALENDAR_FIRST_DAY = -719162, CALENDAR_LAST_DAY = 2932896 };

/* Whether `count` days from `first` on (one at least) all lie in the calendar: whoever adds days to
 * a date that came from outside asks first. */
bool calendar_holds(day_number first, int64_t count);
/* The day, or the end of the calendar that it lies beyond. */
day_number calendar_nearest(int64_t day);

/* `YYYY-MM-DD` of an existing date, 0001 to 9999; false for anything else. */
bool calendar_parse_date(struct text text, day_number *day);
void calendar_append_date(struct buffer *buffer, day_number day);         /* 2026-11-23 */
void calendar_append_compact_date(struct buffer *buffer, day_number day); /* 20261123 */
bool calendar_parse_compact_date(struct text text, day_number *day);

/* The day of a date of the Gregorian calendar, years 1 to 9999 (a birth date may lie before 1970,
 * its number is negative then); false when there is no such date. */
bool calendar_make_day(int year, unsigned month, unsigned day, day_number *number);
void calendar_split_day(day_number number, int *year, unsigned *month, unsigned *day);

/* `HH:MM` from 00:00 to 24:00 as minutes of the day. */
bool calendar_parse_minute(struct text text, unsigned *minute);
/* `HH:00` or `HH:30` as a slot, 00:00 to 23:30. */
bool calendar_parse_slot(struct text text, unsigned *slot);
/* The start of slot 0 to 48 (48 is 24:00, the end of the last). */
void calendar_append_slot(struct buffer *buffer, unsigned slot);

/* 0 Monday to 6 Sunday. */
unsigned calendar_weekday(day_number day);
/* `mon` … `sun`, or a range such as `mon-fri` (not across the week's end), as a bit set of
 * weekdays. */
bool calendar_parse_weekdays(struct text text, unsigned *set);

/* Unix time of a local instant and back. */
int64_t calendar_instant_ms(day_number day, unsigned minute, int utc_offset_minutes);
day_number calendar_day_of(int64_t now_ms, int utc_offset_minutes);
unsigned calendar_minute_of(int64_t now_ms, int utc_offset_minutes);
/* RFC 3339 with the offset and whole seconds: 2026-11-23T09:00:00+08:00. */
void calendar_append_instant(struct buffer *buffer, int64_t instant_ms, int utc_offset_minutes);

/* The same as members of a JSON object, or elements of an array, as base/json.h puts them. */
void calendar_put_date(struct buffer *json, const char *name, day_number day);
void calendar_put_slot(struct buffer *json, const char *name, unsigned slot);
void calendar_put_instant(struct buffer *json, const char *name, int64_t instant_ms,
                          int utc_offset_minutes);
/* RFC 3339 / ISO 8601 with an offset or Z, its date from 1970 on and in UTC not beyond 9999;
 * fractions of a second are allowed. */
bool calendar_parse_instant(struct text text, int64_t *instant_ms);

/* The offset of an IANA zone that the halls of a Chinese city can be in (Asia/Shanghai, +480;
 * Asia/Urumqi, +360; Asia/Hong_Kong, Asia/Macau, Asia/Chongqing, Asia/Harbin, PRC); none of them
 * has summer time now. False for others. */
bool calendar_zone_offset(struct text zone, int *utc_offset_minutes);

/* A day that is not what its weekday says. */
struct calendar_exception {
    day_number day;
    struct text name; /* 国庆节 */
};

struct calendar {
    struct calendar_exception *holidays; /* sorted by day */
    size_t holiday_count;
    struct calendar_exception *workdays; /* make-up workdays 调休上班, sorted by day */
    size_t workday_count;
};

/* The entry of the day, or NULL. */
const struct calendar_exception *calendar_holiday(const struct calendar *calendar, day_number day);
const struct calendar_exception *calendar_workday(const struct calendar *calendar, day_number day);
