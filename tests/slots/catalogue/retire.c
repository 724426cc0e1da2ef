/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/difference.h"
#include "slots/catalogue/drop.h"
#include "tests/leaks.h"
#include "tests/slots/fixture.h"

/* The last day of which there may be records of what is retired on 2026-11-23. */
#define UNTIL "2027-02-05"

#define QUEUE_A_BEGINS "{\"id\":\"A\",\"name\":\"综合窗口\",\"prefix\":\"A\",\"services\":[\"a\"],"
#define QUEUE_A_OF_B   "{\"id\":\"A\",\"name\":\"综合窗口\",\"prefix\":\"A\",\"services\":[\"b\"],"
#define FIRST_WINDOW   "\"windows\":[{\"id\":\"w1\",\"name\":\"1号窗口\"}"
#define WINDOW_2       ",{\"id\":\"w2\",\"name\":\"2号窗口\"}"

static struct {
    struct catalogue *before, *after;
    char *file;
} scene;

/* The fixture, and over it the same with another text. */
static void change(const char *old, const char *new)
{
    scene.before = fixture_parse(fixture_json, NULL);
    scene.file = fixture_replaced(fixture_json, old, new);
    scene.after = fixture_parse(scene.file, scene.before);
}

static void done(void)
{
    catalogue_free(scene.before);
    catalogue_free(scene.after);
    free(scene.file);
    assert_no_leaks();
}

static const struct queue *queue_after(const char *id)
{
    const struct hall *hall = catalogue_hall(scene.after, TEXT("410400-01"));
    const struct queue *queue = hall_queue(hall, text_of(id));

    cr_assert(queue, "%s is gone", id);
    return queue;
}

static day_number day_of(const char *date)
{
    day_number day = 0;

    cr_assert(calendar_parse_date(text_of(date), &day));
    return day;
}

Test(catalogue_retire, a_queue_that_the_hall_has_no_more)
{
    uint32_t capacity[SLOTS_A_DAY];
    const struct service *a, *b;
    const struct hall *hall;

    change("{\"id\":\"B\",\"name\":\"登记窗口\",\"prefix\":\"B\",\"services\":[\"b\"],",
           "{\"id\":\"C\",\"name\":\"登记窗口\",\"prefix\":\"B\",\"services\":[\"b\"],");
    hall = catalogue_hall(scene.after, TEXT("410400-01"));
    a = catalogue_service(scene.after, TEXT("a"));
    b = catalogue_service(scene.after, TEXT("b"));
    cr_expect_eq(queue_after("B")->retired, day_of(UNTIL));
    cr_expect_eq(hall_queue_for(hall, b), queue_after("C"));
    cr_expect_eq(hall_queue_for(hall, a), queue_after("A"));
    cr_expect_not(queue_offers(queue_after("B"), b));
    queue_capacity_on(scene.after, queue_after("B"), day_of("2026-11-24"), capacity);
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        cr_expect_eq(capacity[slot], 0);
    done();
}

Test(catalogue_retire, the_same_file_twice_and_the_queue_named_again)
{
    struct catalogue *again;

    change("\"id\":\"B\"", "\"id\":\"C\"");
    again = fixture_parse(scene.file, scene.after);
    cr_expect(text_equal(again->json, scene.after->json));
    catalogue_free(again);
    again = fixture_parse(fixture_json, scene.after);
    cr_expect_eq(hall_queue(catalogue_hall(again, TEXT("410400-01")), TEXT("B"))->retired, 0);
    cr_expect_eq(hall_queue(catalogue_hall(again, TEXT("410400-01")), TEXT("C"))->retired,
                 day_of(UNTIL));
    catalogue_free(again);
    done();
}

Test(catalogue_retire, a_window_and_a_service_of_a_queue)
{
    const struct queue *queue;

    char *moved = fixture_replaced(fixture_json, "\"services\":[\"b\"],\"windows\":[{\"id\":\"w1\"",
                                   "\"services\":[\"a\"],\"windows\":[{\"id\":\"w1\"");

    scene.before = fixture_parse(fixture_json, NULL);
    scene.file =
        fixture_replaced(moved, QUEUE_A_BEGINS FIRST_WINDOW WINDOW_2, QUEUE_A_OF_B FIRST_WINDOW);
    scene.after = fixture_parse(scene.file, scene.before);
    free(moved);
    queue = queue_after("A");
    cr_assert_eq(queue->window_count, 2);
    cr_expect_eq(queue->windows[0].retired, 0);
    cr_expect_eq(queue->windows[1].retired, day_of(UNTIL));
    cr_expect_eq(hall_window(queue->hall, TEXT("w2")), &queue->windows[1]);
    cr_assert_eq(queue->retired_service_count, 1);
    cr_expect(text_is(queue->retired_services[0].service->id, "a"));
    done();
}

Test(catalogue_retire, what_the_file_retires_itself)
{
    const struct hall *hall;

    change("\"name\":\"政务服务大厅\",", "\"name\":\"政务服务大厅\",\"retired\":true,");
    hall = catalogue_hall(scene.after, TEXT("410400-01"));
    cr_expect_eq(hall->retired, day_of(UNTIL));
    cr_expect_eq(queue_after("A")->retired, day_of(UNTIL), "and all of its queues");
    cr_expect_eq(scene.after->first_retired, day_of(UNTIL));
    done();
}

Test(catalogue_retire, draws_that_are_announced_are_made)
{
    change("\"allocation\":\"lottery\",\"lottery_minutes\":15", "\"lottery_minutes\":15");
    /* Three days are open; the fourth's draw is announced a day before. */
    cr_expect(queue_draws_on(queue_after("A"), day_of("2026-11-27")));
    cr_expect_not(queue_draws_on(queue_after("A"), day_of("2026-11-28")));
    done();
}

Test(catalogue_retire, it_leaves_when_its_last_day_is_over)
{
    struct buffer dropped = {0};
    struct catalogue *left;

    change("\"id\":\"B\"", "\"id\":\"C\"");
    cr_expect_not(catalogue_drop(scene.after->json, day_of(UNTIL), &dropped));
    cr_assert(catalogue_drop(scene.after->json, day_of(UNTIL) + 1, &dropped));
    left = fixture_parse((buffer_append_byte(&dropped, 0), dropped.data), NULL);
    cr_expect_null(hall_queue(catalogue_hall(left, TEXT("410400-01")), TEXT("B")));
    cr_expect_eq(left->first_retired, 0);
    catalogue_free(left);
    buffer_free(&dropped);
    done();
}

static void expect_lines(const char *expected)
{
    struct buffer lines = {0};

    catalogue_difference(scene.before->json, scene.after->json, &lines);
    buffer_append_byte(&lines, 0);
    cr_expect_str_eq(lines.data, expected);
    buffer_free(&lines);
}

Test(catalogue_retire, differences_are_told_by_ids)
{
    change("\"id\":\"B\"", "\"id\":\"C\"");
    expect_lines("- /halls/410400-01/queues/B\n+ /halls/410400-01/queues/C\n");
    done();
}

Test(catalogue_retire, a_changed_value_is_told_with_both)
{
    change("\"live_per_person\":6", "\"live_per_person\":7");
    expect_lines("~ /limits/live_per_person: 6 → 7\n");
    done();
}

Test(catalogue_retire, nothing_is_different)
{
    change("\"live_per_person\":6", "\"live_per_person\":6");
    expect_lines("");
    done();
}
