/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/catalogue.h"

#include "tests/leaks.h"
#include "tests/slots/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static day_number day_of(const char *date)
{
    day_number day = 0;

    cr_assert(calendar_parse_date(text_of(date), &day));
    return day;
}

static int64_t instant(const char *text)
{
    int64_t ms = 0;

    cr_assert(calendar_parse_instant(text_of(text), &ms));
    return ms;
}

Test(catalogue, look_ups)
{
    struct catalogue *catalogue = fixture_parse(fixture_json, NULL);
    const struct hall *hall = catalogue_hall(catalogue, TEXT("410400-01"));
    const struct service *a = catalogue_service(catalogue, TEXT("a"));
    const struct service *b = catalogue_service(catalogue, TEXT("b"));

    cr_assert(hall && a && b);
    cr_expect(text_is(b->name, "乙"));
    cr_expect_null(catalogue_service(catalogue, TEXT("c")));
    cr_expect_null(catalogue_service(catalogue, TEXT("")));
    cr_expect_null(catalogue_hall(catalogue, TEXT("410400-02")));
    cr_expect(text_is(catalogue_package(catalogue, TEXT("p"))->name, "开办餐馆"));
    cr_expect_null(catalogue_package(catalogue, TEXT("q")));
    cr_expect_eq(hall_queue(hall, TEXT("B")), &hall->queues[1]);
    cr_expect_null(hall_queue(hall, TEXT("C")));
    cr_expect_eq(hall_queue_for(hall, a), &hall->queues[0]);
    cr_expect_eq(hall_queue_for(hall, b), &hall->queues[1]);
    hall = catalogue_hall(catalogue, TEXT("410402001-01"));
    cr_expect_null(hall_queue_for(hall, a));
    catalogue_free(catalogue);
    assert_no_leaks();
}

Test(catalogue, levels_by_name)
{
    enum hall_level level;

    cr_expect(hall_level_parse(TEXT("outlet"), &level) && level == HALL_OUTLET);
    cr_expect(hall_level_parse(TEXT("city"), &level) && level == HALL_CITY);
    cr_expect_not(hall_level_parse(TEXT("village"), &level));
    cr_expect_str_eq(hall_level_name(HALL_TOWNSHIP), "township");
    cr_expect_str_eq(hall_level_name(HALL_COUNTY), "county");
}

/* The city hall (Monday to Thursday, Friday morning, Saturday 09:30-11:30) and a township hall that
 * knows weekdays only. */
Test(catalogue, hours_of_days)
{
    static const struct {
        const char *date, *city_reason, *township_reason; /* "" is open */
    } cases[] = {
        {"2026-11-23", "", ""},               /* Monday */
        {"2026-11-27", "", ""},               /* Friday */
        {"2026-11-28", "", "weekend"},        /* Saturday */
        {"2026-11-29", "weekend", "weekend"}, /* Sunday */
        {"2026-10-01", "国庆节", "国庆节"},   /* a holiday, Thursday */
        {"2026-10-10", "", ""},               /* a Saturday worked in exchange */
    };
    struct catalogue *catalogue = fixture_parse(fixture_json, NULL);
    const struct hall *city = catalogue_hall(catalogue, TEXT("410400-01"));
    const struct hall *township = catalogue_hall(catalogue, TEXT("410402001-01"));

    for (size_t i = 0; i < COUNT(cases); i++) {
        day_number day = day_of(cases[i].date);
        struct text reason = TEXT("?");
        const struct hours *hours = hall_hours_on(catalogue, city, day, &reason);
        cr_expect(text_is(reason, cases[i].city_reason), "%s", cases[i].date);
        cr_expect_eq(hours != NULL, reason.length == 0, "%s", cases[i].date);
        hours = hall_hours_on(catalogue, township, day, &reason);
        cr_expect(text_is(reason, cases[i].township_reason), "%s", cases[i].date);
        cr_expect_eq(hours != NULL, reason.length == 0, "%s", cases[i].date);
    }
    catalogue_free(catalogue);
    assert_no_leaks();
}

Test(catalogue, a_make_up_workday_has_mondays_hours)
{
    char *json =
        fixture_replaced(fixture_json, "\"make_up_workdays\":true", "\"make_up_workdays\":false");
    struct catalogue *works = fixture_parse(fixture_json, NULL);
    struct catalogue *rests = fixture_parse(json, NULL);
    const struct hall *hall = catalogue_hall(works, TEXT("410400-01"));
    day_number saturday = day_of("2026-10-10");
    uint32_t capacity[SLOTS_A_DAY];
    struct text reason;

    cr_expect_eq(hall_hours_on(works, hall, saturday, &reason), &hall->hours[0]);
    queue_capacity_on(works, &hall->queues[0], saturday, capacity);
    cr_expect_eq(capacity[18], 12);
    hall = catalogue_hall(rests, TEXT("410400-01"));
    cr_expect_eq(hall_hours_on(rests, hall, saturday, &reason), &hall->hours[5]);
    queue_capacity_on(rests, &hall->queues[0], saturday, capacity);
    cr_expect_eq(capacity[18], 0);
    cr_expect_eq(capacity[20], 5);
    catalogue_free(works);
    catalogue_free(rests);
    free(json);
    assert_no_leaks();
}

Test(catalogue, a_weekday_without_hours_is_closed)
{
    char *json = fixture_replaced(fixture_json, "\"fri\":[\"09:00-12:00\"]", "\"fri\":[]");
    struct catalogue *catalogue = fixture_parse(json, NULL);
    const struct hall *hall = catalogue_hall(catalogue, TEXT("410400-01"));
    struct text reason;

    cr_expect_null(hall_hours_on(catalogue, hall, day_of("2026-11-27"), &reason));
    cr_expect(text_is(reason, "closed"));
    catalogue_free(catalogue);
    free(json);
    assert_no_leaks();
}

/* The half hours wholly within 08:45-12:00 and 13:30-17:15 run from 09:00 and to 17:00. */
Test(catalogue, a_slot_lies_wholly_within_the_hours)
{
    struct catalogue *catalogue = fixture_parse(fixture_json, NULL);
    const struct hall *hall = catalogue_hall(catalogue, TEXT("410402001-01"));
    uint32_t capacity[SLOTS_A_DAY];

    queue_capacity_on(catalogue, &hall->queues[0], day_of("2026-11-23"), capacity);
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        bool is_open = (slot >= 18 && slot < 24) || (slot >= 27 && slot < 34);
        cr_expect_eq(hall->hours[0].slots >> slot & 1, (uint64_t)is_open, "slot %u", slot);
        cr_expect_eq(capacity[slot], is_open ? 4 : 0, "slot %u", slot);
    }
    queue_capacity_on(catalogue, &hall->queues[0], day_of("2026-11-24"), capacity);
    cr_expect_eq(capacity[18], 0, "the queue has units on Mondays only");
    catalogue_free(catalogue);
    assert_no_leaks();
}

Test(catalogue, capacity_by_weekday_and_slot)
{
    static const struct {
        const char *date;
        unsigned slot;
        uint32_t units;
    } cases[] = {
        {"2026-11-23", 18, 12}, {"2026-11-23", 19, 8}, {"2026-11-23", 24, 0}, /* the midday break */
        {"2026-11-23", 27, 8},  {"2026-11-23", 33, 8}, {"2026-11-23", 34, 0},
        {"2026-11-27", 18, 12}, {"2026-11-27", 27, 0}, /* Friday afternoon */
        {"2026-11-28", 20, 5},  {"2026-11-28", 19, 0}, {"2026-11-29", 20, 0},
        {"2026-10-01", 18, 0}, /* the holiday */
    };
    struct catalogue *catalogue = fixture_parse(fixture_json, NULL);
    const struct queue *queue = catalogue_hall(catalogue, TEXT("410400-01"))->queues;
    uint32_t capacity[SLOTS_A_DAY];

    for (size_t i = 0; i < COUNT(cases); i++) {
        memset(capacity, 0xff, sizeof capacity);
        queue_capacity_on(catalogue, queue, day_of(cases[i].date), capacity);
        cr_expect_eq(capacity[cases[i].slot], cases[i].units, "%s, slot %u: %u", cases[i].date,
                     cases[i].slot, capacity[cases[i].slot]);
    }
    catalogue_free(catalogue);
    assert_no_leaks();
}

Test(catalogue, release_and_cut_off)
{
    struct catalogue *catalogue = fixture_parse(fixture_json, NULL);
    const struct hall *city = catalogue_hall(catalogue, TEXT("410400-01"));
    const struct hall *township = catalogue_hall(catalogue, TEXT("410402001-01"));
    day_number day = day_of("2026-11-23");

    cr_expect_eq(hall_opens_at_ms(catalogue, city, day), instant("2026-11-20T08:30:00+08:00"));
    cr_expect_eq(hall_opens_at_ms(catalogue, township, day), instant("2026-11-22T00:00:00+08:00"));
    cr_expect_eq(hall_closes_at_ms(catalogue, city, day, 18), instant("2026-11-23T08:15:00+08:00"));
    cr_expect_eq(hall_closes_at_ms(catalogue, township, day, 0),
                 instant("2026-11-22T23:30:00+08:00"));
    catalogue_free(catalogue);
    assert_no_leaks();
}

Test(catalogue, open_now)
{
    static const struct {
        const char *now;
        bool is_open;
    } cases[] = {
        {"2026-11-23T08:59:59+08:00", false}, {"2026-11-23T09:00:00+08:00", true},
        {"2026-11-23T11:59:59+08:00", true},  {"2026-11-23T12:00:00+08:00", false},
        {"2026-11-23T05:30:00Z", true},       {"2026-11-28T10:00:00+08:00", true},
        {"2026-10-02T10:00:00+08:00", false}, {"2026-10-10T15:00:00+08:00", true},
    };
    struct catalogue *catalogue = fixture_parse(fixture_json, NULL);
    const struct hall *hall = catalogue_hall(catalogue, TEXT("410400-01"));

    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_eq(hall_is_open(catalogue, hall, instant(cases[i].now)), cases[i].is_open, "%s",
                     cases[i].now);
    catalogue_free(catalogue);
    assert_no_leaks();
}

Test(catalogue, distances)
{
    struct hall hall = {.longitude = 0, .latitude = 0};

    cr_expect_float_eq(hall_distance_m(&hall, 0, 0), 0, 1e-9);
    cr_expect_float_eq(hall_distance_m(&hall, 90, 0), 10007557.2, 1); /* a quarter of the earth */
    cr_expect_float_eq(hall_distance_m(&hall, 0, 1), 111195.1, 1);
    cr_expect_float_eq(hall_distance_m(&hall, 180, 0), 20015114.4, 1);
    hall.longitude = 113.19, hall.latitude = 33.77;
    cr_expect_float_eq(hall_distance_m(&hall, 113.29, 33.77), 9243.2, 1);
}
