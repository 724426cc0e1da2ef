/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/plan.h"

#include <stdlib.h>

#include "tests/leaks.h"
#include "tests/slots/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define HALL         "410400-01"

/* The fixture's queue A serves Monday to Friday 09:00-12:00 and (not on Friday) 13:30-17:00, 8
 * units a half hour and 12 at 09:00, with the windows w1 and w2 and a tenth kept. */
struct scene {
    struct catalogue *catalogue;
    const struct queue *a, *b;
    struct plan plan;
    unsigned strange;
};

static day_number day_of(const char *date)
{
    day_number day = 0;

    cr_assert(calendar_parse_compact_date(text_of(date), &day));
    return day;
}

/* `fields`: name, value, name, value, … NULL. */
static struct scene scene_of(const char *const *fields)
{
    struct scene scene = {.catalogue = fixture_parse(fixture_json, NULL)};
    const struct hall *hall = catalogue_hall(scene.catalogue, TEXT(HALL));

    scene.a = hall_queue(hall, TEXT("A"));
    scene.b = hall_queue(hall, TEXT("B"));
    for (; *fields; fields += 2)
        plan_take(&scene.plan, text_of(fields[0]), text_of(fields[1]), &scene.strange);
    plan_settle(&scene.plan);
    return scene;
}

#define SCENE(...) scene_of((const char *const[]){__VA_ARGS__, NULL})

static void end(struct scene *scene)
{
    plan_free(&scene->plan);
    catalogue_free(scene->catalogue);
    assert_no_leaks();
}

static struct day_capacity capacity_of(const struct scene *scene, const struct queue *queue,
                                       const char *date)
{
    struct day_capacity capacity;

    plan_capacity(&scene->plan, scene->catalogue, queue, day_of(date), NULL, &capacity);
    return capacity;
}

static void expect_written(const struct day_capacity *capacity, const char *expected)
{
    struct buffer written = {0};

    day_capacity_append(&written, capacity);
    cr_expect(text_is(buffer_text(&written), expected), "is " TEXT_FMT " instead of %s",
              TEXT_ARG(buffer_text(&written)), expected);
    buffer_free(&written);
}

static void expect_capacity(const struct scene *scene, const struct queue *queue, const char *date,
                            const char *expected)
{
    struct day_capacity capacity = capacity_of(scene, queue, date);

    expect_written(&capacity, expected);
}

#define FRIDAY "18=12/1 19=8/1 20=8/1 21=8/1 22=8/1 23=8/1"

Test(plan, an_empty_plan_leaves_the_template)
{
    struct scene scene = SCENE("version", "7", "closures", "3");

    cr_expect_eq(scene.plan.version, 7);
    cr_expect_eq(scene.strange, 0);
    expect_capacity(&scene, scene.a, "20261127", FRIDAY);
    expect_capacity(&scene, scene.a, "20261129", ""); /* Sunday */
    cr_expect_null(plan_override(&scene.plan, scene.a, day_of("20261127")));
    cr_expect_null(plan_closed(&scene.plan, scene.a, day_of("20261127"), 18));
    end(&scene);
}

Test(plan, an_override_names_half_hours_of_one_queue_and_day)
{
    struct scene scene = SCENE(HALL " A 20261127", "18=10 20=0 21=300");

    cr_expect_eq(scene.strange, 0);
    expect_capacity(&scene, scene.a, "20261127", "18=10/1 19=8/1 21=300/30 22=8/1 23=8/1");
    expect_capacity(&scene, scene.a, "20261120", FRIDAY);
    expect_capacity(&scene, scene.b, "20261127", "");
    end(&scene);
}

/* Half hours beyond the hall's hours of the day, and days on which it is closed, stay closed. */
Test(plan, an_override_opens_no_hall)
{
    struct scene scene = SCENE(HALL " A 20261127", "30=5 23=9", HALL " A 20261129", "18=5",
                               HALL " A 20261001", "18=5");

    expect_capacity(&scene, scene.a, "20261127", "18=12/1 19=8/1 20=8/1 21=8/1 22=8/1 23=9/1");
    expect_capacity(&scene, scene.a, "20261129", "");
    expect_capacity(&scene, scene.a, "20261001", "");
    end(&scene);
}

/* An unknown window, such as one that the catalogue lost since, closes nothing. */
Test(plan, closed_windows_leave_their_part_of_the_template)
{
    char *json = fixture_replaced(
        fixture_json, "{\"id\":\"w2\",\"name\":\"2号窗口\"}],\n",
        "{\"id\":\"w2\",\"name\":\"2号窗口\"},{\"id\":\"w3\",\"name\":\"3号窗口\"}],\n");
    struct scene scene = SCENE(HALL " A 20261127", "20=7 -w2", HALL " A 20261120", "-w1 -w2 -w3",
                               HALL " A 20261113", "-w1 -w3", HALL " A 20261106", "-gone");

    catalogue_free(scene.catalogue);
    scene.catalogue = fixture_parse(json, NULL);
    scene.a = hall_queue(catalogue_hall(scene.catalogue, TEXT(HALL)), TEXT("A"));
    expect_capacity(&scene, scene.a, "20261127", "18=8/1 19=5/1 20=7/1 21=5/1 22=5/1 23=5/1");
    expect_capacity(&scene, scene.a, "20261120", "");
    expect_capacity(&scene, scene.a, "20261113", "18=4/0 19=2/0 20=2/0 21=2/0 22=2/0 23=2/0");
    expect_capacity(&scene, scene.a, "20261106", FRIDAY);
    free(json);
    end(&scene);
}

Test(plan, closures_in_force_take_their_half_hours)
{
    struct scene scene = SCENE(
        HALL " 20261127 1", "+ 18 20 * offer 1764000000000 停电 检修", HALL " 20261127 2",
        "- 20 23 * none 1764000000001 雪", HALL " 20261127 3", "+ 23 24 A none 1764000000002 消防",
        "410402001-01 20261127 4", "+ 0 48 * none 1764000000003 雪", HALL " 20261126 5",
        "+ 0 48 * none 1764000000003 雪", HALL " A 20261127", "18=50 21=2");
    const struct closure *closure;

    cr_expect_eq(scene.strange, 0);
    expect_capacity(&scene, scene.a, "20261127", "20=8/1 21=2/0 22=8/1");
    expect_capacity(&scene, scene.a, "20261126", "");
    expect_capacity(&scene, scene.a, "20261120", FRIDAY);
    closure = plan_closed(&scene.plan, scene.a, day_of("20261127"), 19);
    cr_assert(closure);
    cr_expect(closure->number == 1 && closure->has_offers &&
              closure->created_at_ms == 1764000000000);
    cr_expect(text_is(closure->reason, "停电 检修"));
    cr_expect_null(plan_closed(&scene.plan, scene.a, day_of("20261127"), 20));
    cr_expect_eq(plan_closed(&scene.plan, scene.a, day_of("20261127"), 23)->number, 3);
    cr_expect_null(plan_closed(&scene.plan, scene.b, day_of("20261127"), 23));
    cr_expect_eq(plan_closed(&scene.plan, scene.b, day_of("20261127"), 18)->number, 1);
    end(&scene);
}

/* As if one closure were lifted, or all of them. */
Test(plan, capacity_without_closures)
{
    struct scene scene = SCENE(HALL " 20261127 1", "+ 18 20 * offer 1764000000000 停电",
                               HALL " 20261127 2", "+ 19 21 A none 1764000000000 消防");
    struct day_capacity capacity;

    plan_capacity(&scene.plan, scene.catalogue, scene.a, day_of("20261127"),
                  plan_closure(&scene.plan, TEXT(HALL), day_of("20261127"), 1), &capacity);
    expect_written(&capacity, "18=12/1 21=8/1 22=8/1 23=8/1");
    plan_capacity_unclosed(&scene.plan, scene.catalogue, scene.a, day_of("20261127"), &capacity);
    expect_written(&capacity, FRIDAY);
    cr_expect_null(plan_closure(&scene.plan, TEXT(HALL), day_of("20261127"), 3));
    cr_expect_null(plan_closure(&scene.plan, TEXT("410400-02"), day_of("20261127"), 1));
    end(&scene);
}

Test(plan, kept_units_are_rounded_half_up)
{
    static const struct {
        const char *share;
        uint32_t capacity, kept;
    } cases[] = {
        {"0.1", 4, 0},  {"0.1", 5, 1}, {"0.1", 15, 2}, {"0.29", 50, 15}, {"0.07", 50, 4},
        {"0.3", 5, 2},  {"0", 100, 0}, {"1", 7, 7},    {"0.99", 1, 1},   {"0.5", 1, 1},
        {"0.49", 1, 0}, {"0.1", 0, 0}, {"0.2", 12, 2}, {"0.15", 10, 2},  {"0.35", 10, 4},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer share = {0}, value = {0};
        struct scene scene = SCENE("version", "1");
        struct day_capacity capacity;
        char *json;

        buffer_printf(&share, "\"priority_share\":%s,%c", cases[i].share, 0);
        json = fixture_replaced(fixture_json, "\"priority_share\":0.1,", share.data);
        catalogue_free(scene.catalogue);
        scene.catalogue = fixture_parse(json, NULL);
        scene.a = hall_queue(catalogue_hall(scene.catalogue, TEXT(HALL)), TEXT("A"));
        buffer_printf(&value, "18=%u", cases[i].capacity);
        plan_take(&scene.plan, TEXT(HALL " A 20261127"), buffer_text(&value), &scene.strange);
        plan_settle(&scene.plan);
        capacity = capacity_of(&scene, scene.a, "20261127");
        cr_expect_eq(capacity.capacity[18], cases[i].capacity);
        cr_expect_eq(capacity.kept[18], cases[i].kept, "%s of %u: %u", cases[i].share,
                     cases[i].capacity, capacity.kept[18]);
        buffer_free(&share);
        buffer_free(&value);
        free(json);
        plan_free(&scene.plan);
        catalogue_free(scene.catalogue);
    }
    assert_no_leaks();
}

/* Queue A's kept units go to everyone two hours before the half hour. */
Test(plan, kept_units_go_to_everyone_at_their_time)
{
    static const struct {
        const char *now;
        unsigned from;
    } cases[] = {
        {"2026-11-26T21:59:59.999+08:00", 0},  {"2026-11-26T22:00:00+08:00", 1},
        {"2026-11-26T22:29:59+08:00", 1},      {"2026-11-26T22:30:00+08:00", 2},
        {"2026-11-27T06:59:59.999+08:00", 18}, {"2026-11-27T07:00:00+08:00", 19},
        {"2026-11-27T21:29:59+08:00", 47},     {"2026-11-27T21:30:00+08:00", 48},
        {"2026-11-28T12:00:00+08:00", 48},     {"2026-11-01T12:00:00+08:00", 0},
    };
    struct scene scene = SCENE("version", "1");

    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t now_ms = 0;
        cr_assert(calendar_parse_instant(text_of(cases[i].now), &now_ms));
        cr_expect_eq(queue_kept_from(scene.catalogue, scene.a, day_of("20261127"), now_ms),
                     cases[i].from, "%s", cases[i].now);
    }
    end(&scene);
}

/* What this version cannot read is left alone and counted. */
Test(plan, strange_fields_are_counted)
{
    static const char *const strange[][2] = {
        {"version", "x"},
        {"colour", "red"},
        {HALL " A", "18=1"},
        {HALL " A 2026112", "18=1"},
        {HALL " A 20261127", "18=1 48=1"},
        {HALL " A 20261127", "18=-1"},
        {HALL " A 20261127", "18=1 -"},
        {HALL " A 20261127", "18"},
        {HALL " A 20261127", "18=9999999999"},
        {HALL " 20261127 0", "+ 18 20 * none 1 x"},
        {HALL " 20261127 x", "+ 18 20 * none 1 x"},
        {HALL " 2026112 1", "+ 18 20 * none 1 x"},
        {HALL " 20261127 1", "+ 18 18 * none 1 x"},
        {HALL " 20261127 1", "+ 18 49 * none 1 x"},
        {HALL " 20261127 1", "+ 48 49 * none 1 x"},
        {HALL " 20261127 1", "+ 18 20 * later 1 x"},
        {HALL " 20261127 1", "+ 18 20 * none soon x"},
        {HALL " 20261127 1", "? 18 20 * none 1 x"},
    };

    for (size_t i = 0; i < COUNT(strange); i++) {
        struct scene scene = SCENE(strange[i][0], strange[i][1]);
        cr_expect_eq(scene.strange, 1, "%s: %s", strange[i][0], strange[i][1]);
        cr_expect_eq(scene.plan.override_count + scene.plan.closure_count, 0, "%s: %s",
                     strange[i][0], strange[i][1]);
        plan_free(&scene.plan);
        catalogue_free(scene.catalogue);
    }
    assert_no_leaks();
}

/* A queue may be named like a date; the value tells an override from a closure. */
Test(plan, a_queue_named_like_a_date)
{
    struct scene scene = SCENE(HALL " 20261127 20261128", "18=3", HALL " 20261127 1",
                               "+ 18 20 * none 1764000000000 雪");

    cr_expect_eq(scene.strange, 0);
    cr_expect_eq(scene.plan.override_count, 1);
    cr_expect_eq(scene.plan.closure_count, 1);
    cr_expect(text_is(scene.plan.overrides[0].queue, "20261127"));
    end(&scene);
}

Test(plan, many_fields_are_found_again)
{
    struct scene scene = SCENE("version", "1");
    struct buffer field = {0}, value = {0};

    for (unsigned i = 0; i < 300; i++) {
        day_number day = day_of("20261101") + (day_number)(i * 7 % 300);
        buffer_clear(&field);
        buffer_clear(&value);
        buffer_append(&field, TEXT(HALL " A "));
        calendar_append_compact_date(&field, day);
        buffer_printf(&value, "18=%u", i);
        plan_take(&scene.plan, buffer_text(&field), buffer_text(&value), &scene.strange);
    }
    plan_settle(&scene.plan);
    cr_expect_eq(scene.plan.override_count, 300);
    for (unsigned i = 0; i < 300; i++) {
        day_number day = day_of("20261101") + (day_number)(i * 7 % 300);
        const struct capacity_override *override = plan_override(&scene.plan, scene.a, day);
        cr_assert(override);
        cr_expect_eq(override->capacity[18], i);
        cr_expect_null(plan_override(&scene.plan, scene.b, day));
    }
    buffer_free(&field);
    buffer_free(&value);
    end(&scene);
}

Test(plan, an_override_is_written_as_it_was_read)
{
    static const char *const values[] = {"18=10 19=0 47=3 -2 -w1", "0=1", "-2", ""};

    for (size_t i = 0; i < COUNT(values); i++) {
        struct capacity_override override = {0};
        struct buffer written = {0};
        cr_expect(override_parse(&override, text_of(values[i])), "%s", values[i]);
        override_append(&written, &override);
        cr_expect(text_is(buffer_text(&written), values[i]), "%s", values[i]);
        buffer_free(&written);
    }
    assert_no_leaks();
}
