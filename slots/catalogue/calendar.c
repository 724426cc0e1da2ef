/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/calendar.h"

#define DAY_MS    86400000LL
#define MINUTE_MS 60000LL

enum { YEAR_MAX = 9999, DAY_MINUTES = 1440 };

bool calendar_holds(day_number first, int64_t count)
{
    return first >= CALENDAR_FIRST_DAY && first <= CALENDAR_LAST_DAY &&
           count <= CALENDAR_LAST_DAY - (int64_t)first + 1;
}

day_number calendar_nearest(int64_t day)
{
    if (day < CALENDAR_FIRST_DAY)
        return CALENDAR_FIRST_DAY;
    return day > CALENDAR_LAST_DAY ? CALENDAR_LAST_DAY : (day_number)day;
}

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

/* The civil-date algorithms `days_from_civil` and `civil_from_days` of Howard Hinnant
 * (https://howardhinnant.github.io/date_algorithms.html, public domain): years begin in March, so
 * that the leap day is the last; an era is the 400 years after which the calendar repeats. */
static day_number days_from_civil(int year, unsigned month, unsigned day)
{
    int y = year - (month <= 2);
    int era = (y >= 0 ? y : y - 399) / 400;
    unsigned year_of_era = (unsigned)(y - era * 400);
    unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + (int)day_of_era - 719468;
}

void calendar_split_day(day_number number, int *year, unsigned *month, unsigned *day)
{
    int64_t shifted = (int64_t)number + 719468;
    int64_t era = floor_divide(shifted, 146097);
    unsigned day_of_era = (unsigned)(shifted - era * 146097);
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned march_month = (5 * day_of_year + 2) / 153;

    *day = day_of_year - (153 * march_month + 2) / 5 + 1;
    *month = march_month < 10 ? march_month + 3 : march_month - 9;
    *year = (int)(year_of_era + era * 400) + (*month <= 2);
}

bool calendar_make_day(int year, unsigned month, unsigned day, day_number *number)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    if (year < 1 || year > YEAR_MAX || month < 1 || month > 12)
        return false;
    if (day < 1 || day > days[month - 1] + (unsigned)(month == 2 && leap))
        return false;
    *number = days_from_civil(year, month, day);
    return true;
}

/* Takes exactly `count` digits (nine at most) from the front of `*rest`. */
static bool take_digits(struct text *rest, size_t count, unsigned *value)
{
    unsigned result = 0;

    if (rest->length < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (rest->data[i] < '0' || rest->data[i] > '9')
            return false;
        result = result * 10 + (unsigned)(rest->data[i] - '0');
    }
    *rest = text_part(*rest, count, rest->length);
    *value = result;
    return true;
}

/* Takes one byte that is in `set`; 0 if the front is none of them. */
static char take_one_of(struct text *rest, const char *set)
{
    char byte = rest->length ? rest->data[0] : 0;

    if (!byte || !strchr(set, byte))
        return 0;
    *rest = text_part(*rest, 1, rest->length);
    return byte;
}

static bool take_date(struct text *rest, const char *separator, day_number *number)
{
    unsigned year, month, day;

    if (!take_digits(rest, 4, &year) || (*separator && !take_one_of(rest, separator)))
        return false;
    if (!take_digits(rest, 2, &month) || (*separator && !take_one_of(rest, separator)))
        return false;
    return take_digits(rest, 2, &day) && calendar_make_day((int)year, month, day, number);
}

static bool take_minute(struct text *rest, unsigned *minute)
{
    unsigned hours, minutes;

    if (!take_digits(rest, 2, &hours) || !take_one_of(rest, ":") || !take_digits(rest, 2, &minutes))
        return false;
    if (minutes > 59 || hours * 60 + minutes > DAY_MINUTES)
        return false;
    *minute = hours * 60 + minutes;
    return true;
}

bool calendar_parse_date(struct text text, day_number *day)
{
    day_number parsed;

    if (!take_date(&text, "-", &parsed) || text.length)
        return false;
    *day = parsed;
    return true;
}

bool calendar_parse_compact_date(struct text text, day_number *day)
{
    day_number parsed;

    if (!take_date(&text, "", &parsed) || text.length)
        return false;
    *day = parsed;
    return true;
}

/* The last `digits` (four at most) decimal digits, with leading zeros. */
static void append_padded(struct buffer *buffer, unsigned value, size_t digits)
{
    char text[4];

    for (size_t i = digits; i-- > 0; value /= 10)
        text[i] = (char)('0' + value % 10);
    buffer_append(buffer, text_bytes(text, digits));
}

static void append_civil(struct buffer *buffer, day_number number, struct text separator)
{
    int year;
    unsigned month, day;

    calendar_split_day(number, &year, &month, &day);
    append_padded(buffer, (unsigned)year, 4);
    buffer_append(buffer, separator);
    append_padded(buffer, month, 2);
    buffer_append(buffer, separator);
    append_padded(buffer, day, 2);
}

void calendar_append_date(struct buffer *buffer, day_number day)
{
    append_civil(buffer, day, TEXT("-"));
}

void calendar_append_compact_date(struct buffer *buffer, day_number day)
{
    append_civil(buffer, day, TEXT(""));
}

bool calendar_parse_minute(struct text text, unsigned *minute)
{
    unsigned parsed;

    if (!take_minute(&text, &parsed) || text.length)
        return false;
    *minute = parsed;
    return true;
}

bool calendar_parse_slot(struct text text, unsigned *slot)
{
    unsigned minute;

    if (!calendar_parse_minute(text, &minute) || minute % SLOT_MINUTES || minute == DAY_MINUTES)
        return false;
    *slot = minute / SLOT_MINUTES;
    return true;
}

static void append_minute(struct buffer *buffer, unsigned minute)
{
    append_padded(buffer, minute / 60, 2);
    buffer_append_byte(buffer, ':');
    append_padded(buffer, minute % 60, 2);
}

void calendar_append_slot(struct buffer *buffer, unsigned slot)
{
    append_minute(buffer, slot * SLOT_MINUTES);
}

unsigned calendar_weekday(day_number day)
{
    int64_t since_monday = (int64_t)day + 3; /* 1970-01-01 was a Thursday */

    return (unsigned)(since_monday - floor_divide(since_monday, WEEKDAYS) * WEEKDAYS);
}

static bool parse_weekday(struct text text, unsigned *weekday)
{
    static const char names[WEEKDAYS][4] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

    for (unsigned i = 0; i < WEEKDAYS; i++)
        if (text_is(text, names[i])) {
            *weekday = i;
            return true;
        }
    return false;
}

bool calendar_parse_weekdays(struct text text, unsigned *set)
{
    struct text first = text_part(text, 0, 3);
    unsigned from, to;

    if (!parse_weekday(first, &from))
        return false;
    if (text.length == 3)
        to = from;
    else if (text.data[3] != '-' || !parse_weekday(text_part(text, 4, text.length), &to))
        return false;
    if (to < from)
        return false;
    *set = (2u << to) - (1u << from);
    return true;
}

int64_t calendar_instant_ms(day_number day, unsigned minute, int utc_offset_minutes)
{
    return day * DAY_MS + ((int64_t)minute - utc_offset_minutes) * MINUTE_MS;
}

day_number calendar_day_of(int64_t now_ms, int utc_offset_minutes)
{
    return (day_number)floor_divide(now_ms + utc_offset_minutes * MINUTE_MS, DAY_MS);
}

unsigned calendar_minute_of(int64_t now_ms, int utc_offset_minutes)
{
    int64_t local = now_ms + utc_offset_minutes * MINUTE_MS;

    return (unsigned)((local - floor_divide(local, DAY_MS) * DAY_MS) / MINUTE_MS);
}

void calendar_append_instant(struct buffer *buffer, int64_t instant_ms, int utc_offset_minutes)
{
    unsigned offset = (unsigned)(utc_offset_minutes < 0 ? -utc_offset_minutes : utc_offset_minutes);
    int64_t second = floor_divide(instant_ms, 1000);

    calendar_append_date(buffer, calendar_day_of(instant_ms, utc_offset_minutes));
    buffer_append_byte(buffer, 'T');
    append_minute(buffer, calendar_minute_of(instant_ms, utc_offset_minutes));
    buffer_append_byte(buffer, ':');
    append_padded(buffer, (unsigned)(second - floor_divide(second, 60) * 60), 2);
    buffer_append_byte(buffer, utc_offset_minutes < 0 ? '-' : '+');
    append_minute(buffer, offset);
}

void calendar_put_date(struct buffer *json, const char *name, day_number day)
{
    json_open(json, name, '"');
    calendar_append_date(json, day);
    buffer_append_byte(json, '"');
}

void calendar_put_slot(struct buffer *json, const char *name, unsigned slot)
{
    json_open(json, name, '"');
    calendar_append_slot(json, slot);
    buffer_append_byte(json, '"');
}

void calendar_put_instant(struct buffer *json, const char *name, int64_t instant_ms,
                          int utc_offset_minutes)
{
    json_open(json, name, '"');
    calendar_append_instant(json, instant_ms, utc_offset_minutes);
    buffer_append_byte(json, '"');
}

/* `.123456` as milliseconds, the rest cut off; nothing there is 0. */
static bool take_fraction(struct text *rest, unsigned *ms)
{
    unsigned digit, scale = 100;

    *ms = 0;
    if (!take_one_of(rest, "."))
        return true;
    if (!take_digits(rest, 1, &digit))
        return false;
    do {
        *ms += digit * scale;
        scale /= 10;
    } while (take_digits(rest, 1, &digit));
    return true;
}

static bool take_offset(struct text *rest, int *offset_minutes)
{
    char sign = take_one_of(rest, "Zz+-");
    unsigned minutes = 0;

    if (!sign)
        return false;
    if (sign == '+' || sign == '-') {
        if (!take_minute(rest, &minutes) || minutes >= DAY_MINUTES)
            return false;
    }
    *offset_minutes = sign == '-' ? -(int)minutes : (int)minutes;
    return true;
}

bool calendar_parse_instant(struct text text, int64_t *instant_ms)
{
    day_number day;
    unsigned minute, second = 0, ms = 0;
    int64_t instant;
    int offset;

    if (!take_date(&text, "-", &day) || day < 0 || !take_one_of(&text, "Tt ") ||
        !take_minute(&text, &minute))
        return false;
    if (take_one_of(&text, ":")) {
        /* 60 is a leap second, which Unix time counts as the next minute's first. */
        if (!take_digits(&text, 2, &second) || second > 60 || !take_fraction(&text, &ms))
            return false;
    }
    if (minute == DAY_MINUTES && (second || ms))
        return false;
    if (!take_offset(&text, &offset) || text.length)
        return false;
    instant = calendar_instant_ms(day, minute, offset) + second * 1000LL + ms;
    if (calendar_day_of(instant, 0) > CALENDAR_LAST_DAY)
        return false;
    *instant_ms = instant;
    return true;
}

bool calendar_zone_offset(struct text zone, int *utc_offset_minutes)
{
    static const struct {
        const char *name;
        int offset_minutes;
    } zones[] = {
        {"Asia/Shanghai", 480}, {"Asia/Urumqi", 360}, {"Asia/Hong_Kong", 480},
        {"Asia/Macau", 480},    {"Asia/Harbin", 480}, {"Asia/Chongqing", 480},
        {"PRC", 480},
    };

    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (text_is(zone, zones[i].name)) {
            *utc_offset_minutes = zones[i].offset_minutes;
            return true;
        }
    return false;
}

static const struct calendar_exception *find_day(const struct calendar_exception *list,
                                                 size_t count, day_number day)
{
    size_t low = 0;

    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (list[middle].day == day)
            return &list[middle];
        if (list[middle].day < day)
            low = middle + 1;
        else
            count = middle;
    }
    return NULL;
}

const struct calendar_exception *calendar_holiday(const struct calendar *calendar, day_number day)
{
    return find_day(calendar->holidays, calendar->holiday_count, day);
}

const struct calendar_exception *calendar_workday(const struct calendar *calendar, day_number day)
{
    return find_day(calendar->workdays, calendar->workday_count, day);
}
