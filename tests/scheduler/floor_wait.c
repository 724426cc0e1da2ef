/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/floor_wait.h"
#include "scheduler/floor_lines.h"

#include <stdlib.h>

#include "tests/scheduler/floor_scene.h"

#define NOW 3600000

static struct estimate estimate_of(const struct floor_scene *scene, const char *key)
{
    const struct floor_ticket *ticket = floor_ticket(scene->floor, text_of(key));

    cr_assert(ticket, "%s", key);
    return floor_ticket_estimate(scene->floor, scene->hall, ticket, NOW);
}

/* "A/t2 A/t1" */
static void expect_order(const struct floor_scene *scene, const struct queue *queue, int64_t now_ms,
                         const char *expected)
{
    const struct floor_ticket *tickets[16];
    size_t count = floor_order(scene->floor, queue, now_ms, tickets, 16);
    struct buffer order = {0};

    for (size_t i = 0; i < count; i++)
        buffer_printf(&order, i ? " " TEXT_FMT : TEXT_FMT, TEXT_ARG(tickets[i]->key));
    buffer_append_byte(&order, 0);
    cr_expect_str_eq(order.data, expected);
    buffer_free(&order);
}

Test(floor_wait, order_by_weight_and_time)
{
    struct floor_scene scene = floor_scene_begin();

    /* At 3,600 s: 0.25 × 3,500 = 875; 1.5 × 600 = 900; 3 × 290 = 870; 1.5 × 580 = 870, earlier. */
    floor_scene_wait(&scene, "A/t1", "A", 'w', 100);
    floor_scene_wait(&scene, "A/t2", "A", 'a', 3000);
    floor_scene_wait(&scene, "A/t3", "A", 'p', 3310);
    floor_scene_wait(&scene, "A/t4", "A", 'a', 3020);
    floor_scene_wait(&scene, "B/t1", "B", 'w', 0);
    expect_order(&scene, scene.a, NOW, "A/t2 A/t1 A/t4 A/t3");
    expect_order(&scene, scene.b, NOW, "B/t1");
    expect_order(&scene, scene.a, 3311000, "A/t1 A/t2 A/t4 A/t3");
    floor_scene_end(&scene);
}

Test(floor_wait, an_early_appointment_waits_as_a_walk_in_until_its_half_hour)
{
    struct floor_scene scene = floor_scene_begin();

    floor_scene_tell(&scene, "ticket",
                     "A/t1 issued w a a - a A - - 0 1000000 3400000 0 0 0 0 - K7Q9X2 - - 0 0 0 -");
    floor_scene_wait(&scene, "A/t2", "A", 'w', 900);
    floor_scene_wait(&scene, "A/t3", "A", 'w', 1100);
    expect_order(&scene, scene.a, 3000000, "A/t2 A/t1 A/t3");
    /* 0.25 × 3,000 = 750 as the walk-in that came at 1,000 s, 1.5 × 600 = 900 as an appointment. */
    expect_order(&scene, scene.a, 4000000, "A/t1 A/t2 A/t3");
    floor_scene_end(&scene);
}

Test(floor_wait, put_back_by_the_calls_of_the_queue)
{
    struct floor_scene scene = floor_scene_begin();

    floor_scene_wait(&scene, "A/t1", "A", 'w', 100);
    floor_scene_wait(&scene, "A/t2", "A", 'w', 200);
    floor_scene_wait(&scene, "A/t3", "A", 'w', 300);
    floor_scene_tell(
        &scene, "ticket",
        "A/t9 requeued w w w - a A - - 0 1000 1000 1000 0 0 0 2 K7Q9X2 - - 0 0 1000 -");
    expect_order(&scene, scene.a, NOW, "A/t1 A/t2 A/t9 A/t3");
    floor_scene_tell(&scene, "ticket",
                     "A/t1 called c w w - a A w1 - 1 1000 1000 5000 0 0 0 - K7Q9X2 - - 0 0 5000 -");
    expect_order(&scene, scene.a, NOW, "A/t2 A/t9 A/t3");
    cr_expect_eq(estimate_of(&scene, "A/t9").ahead, 1);
    cr_expect_eq(estimate_of(&scene, "A/t3").ahead, 2);
    floor_scene_end(&scene);
}

Test(floor_wait, one_window_more_and_the_wait_is_half)
{
    struct floor_scene scene = floor_scene_begin();
    struct estimate one, two;

    for (int n = 1; n <= 9; n++) {
        char key[] = "A/t1";
        key[3] = (char)('0' + n);
        floor_scene_wait(&scene, key, "A", 'w', n);
    }
    floor_scene_tell(&scene, "window", "w1 o A A/t20 1");
    one = estimate_of(&scene, "A/t9");
    cr_expect_eq(one.ahead, 8);
    cr_expect_float_eq(one.mean_seconds, 9 * 1500, 1e-6, "25 minutes each, the catalogue's");
    floor_scene_tell(&scene, "window", "w2 o A A/t21 1");
    two = estimate_of(&scene, "A/t9");
    cr_expect_float_eq(two.mean_seconds, one.mean_seconds / 2, 1e-6);
    cr_expect_lt(two.p50_seconds, two.p90_seconds);
    cr_expect_float_eq(floor_queue_estimate(scene.floor, scene.a, NOW).mean_seconds, 10 * 750, 1e-6,
                       "who comes now is behind all of them");
    floor_scene_tell(&scene, "window", "w2 p A A/t21 1");
    cr_expect_float_eq(estimate_of(&scene, "A/t9").mean_seconds, one.mean_seconds, 1e-6,
                       "a paused window does not count");
    floor_scene_end(&scene);
}

Test(floor_wait, learns_from_the_day)
{
    struct floor_scene scene = floor_scene_begin();

    cr_expect_float_eq(floor_service_seconds(scene.floor, scene.a, TEXT("a")), 1500, 1e-9);
    for (int n = 0; n < 5; n++) {
        char key[] = "A/t1";
        key[3] = (char)('1' + n);
        floor_scene_serve(&scene, key, "A", 500);
    }
    cr_expect_float_eq(floor_service_seconds(scene.floor, scene.a, TEXT("a")), 1000, 1e-9);
    cr_expect_float_eq(floor_service_seconds(scene.floor, scene.a, TEXT("gone")), 1000, 1e-9,
                       "one that the catalogue does not know takes the queue's mean");
    cr_expect_float_eq(floor_service_seconds(scene.floor, scene.b, TEXT("b")), 600, 1e-9);
    floor_scene_end(&scene);
}

Test(floor_wait, cold_starts)
{
    struct floor_scene scene = floor_scene_begin();
    struct estimate nothing = floor_hall_estimate(scene.floor, scene.hall, NOW);

    cr_expect_eq(nothing.p50_seconds, 0);
    cr_expect_eq(nothing.p90_seconds, 0);
    floor_scene_wait(&scene, "A/t1", "A", 'w', 1);
    cr_expect_float_eq(estimate_of(&scene, "A/t1").mean_seconds, 750, 1e-6,
                       "no window is open: by the catalogue's two");
    cr_expect_float_eq(floor_queue_estimate(scene.floor, scene.a, NOW).mean_seconds, 1500, 1e-6);
    floor_scene_tell(&scene, "window", "w1 o A - 1");
    cr_expect_eq(estimate_of(&scene, "A/t1").p50_seconds, 0, "a window is there with nobody");
    floor_scene_tell(&scene, "ticket",
                     "A/t1 called c w w - a A w1 - 1 1000 1000 5000 0 0 0 - K7Q9X2 - - 0 0 5000 -");
    cr_expect_eq(floor_queue_estimate(scene.floor, scene.a, NOW).p50_seconds, 0);
    floor_scene_tell(&scene, "window", "w1 o A A/t1 5000");
    cr_expect_float_eq(floor_queue_estimate(scene.floor, scene.a, NOW).mean_seconds, 1500, 1e-6,
                       "the only window has somebody");
    cr_expect_eq(estimate_of(&scene, "A/t1").p90_seconds, 0, "who is called waits no more");
    floor_scene_end(&scene);
}

Test(floor_wait, queues_that_share_a_window)
{
    struct floor_scene scene = floor_scene_begin();

    floor_scene_wait(&scene, "A/t1", "A", 'w', 3000); /* 150 */
    floor_scene_wait(&scene, "B/t1", "B", 'w', 100);  /* 1,750 */
    floor_scene_wait(&scene, "B/t2", "B", 'w', 3500); /* 50 */
    floor_scene_tell(&scene, "window", "w1 o A,B A/t20 1");
    cr_expect_eq(estimate_of(&scene, "A/t1").ahead, 1);
    cr_expect_float_eq(estimate_of(&scene, "A/t1").mean_seconds, 600 + 1500, 1e-6,
                       "the other's service, then one of the queue's own");
    cr_expect_eq(estimate_of(&scene, "B/t2").ahead, 2);
    floor_scene_tell(&scene, "window", "w2 o B B/t20 1");
    cr_expect_float_eq(estimate_of(&scene, "A/t1").mean_seconds, 300 + 1500, 1e-6,
                       "a half of B's people goes to the window that B has alone");
    floor_scene_tell(&scene, "window", "w1 o A A/t20 1");
    cr_expect_eq(estimate_of(&scene, "A/t1").ahead, 0, "they share nothing any more");
    cr_expect_eq(floor_hall_estimate(scene.floor, scene.hall, NOW).p50_seconds,
                 floor_queue_estimate(scene.floor, scene.a, NOW).p50_seconds,
                 "the longest of the queues");
    floor_scene_end(&scene);
}

Test(floor_wait, who_must_go_to_one_window)
{
    struct floor_scene scene = floor_scene_begin();

    floor_scene_wait(&scene, "A/t1", "A", 'w', 100);
    floor_scene_tell(
        &scene, "ticket",
        "A/t2 transferred w w w - a A - w1 0 200000 200000 1000 0 0 0 - K7Q9X2 - - 0 0 1000 -");
    floor_scene_wait(&scene, "A/t3", "A", 'w', 300);
    floor_scene_tell(&scene, "window", "w1 o A A/t20 1");
    floor_scene_tell(&scene, "window", "w2 o A A/t21 1");
    cr_expect_float_eq(estimate_of(&scene, "A/t2").mean_seconds, (0.5 + 1) * 1500, 1e-6,
                       "a half of the line's people goes to the window that must call him");
    cr_expect_eq(estimate_of(&scene, "A/t3").ahead, 2);
    expect_order(&scene, scene.a, NOW, "A/t1 A/t2 A/t3");
    floor_scene_end(&scene);
}

Test(floor_wait, of_a_crowd_the_queues_estimates_are_made_once_a_second)
{
    struct floor_scene scene = floor_scene_begin();
    char key[16];

    floor_scene_tell(&scene, "window", "w1 o A,B A/t9999 1");
    for (int n = 1; n < 600; n++) {
        snprintf(key, sizeof key, "A/t%d", n);
        floor_scene_wait(&scene, key, "A", 'w', n);
    }
    cr_expect_eq(floor_queue_estimate(scene.floor, scene.a, NOW).ahead, 599);
    cr_expect_eq(floor_hall_estimate(scene.floor, scene.hall, NOW).ahead, 599, "the longest");
    floor_scene_wait(&scene, "A/t600", "A", 'w', 600);
    cr_expect_eq(floor_queue_estimate(scene.floor, scene.a, NOW + 999).ahead, 599);
    cr_expect_eq(floor_hall_estimate(scene.floor, scene.hall, NOW + 999).ahead, 599);
    cr_expect_eq(estimate_of(&scene, "A/t600").ahead, 599, "of a ticket as it is");
    cr_expect_eq(floor_queue_estimate(scene.floor, scene.a, NOW + 1000).ahead, 600);
    cr_expect_eq(floor_queue_estimate(scene.floor, scene.a, NOW).ahead, 600, "a clock set back");
    floor_begin(scene.floor, scene.floor->day + 1, (struct floor_position){0});
    cr_expect_eq(floor_queue_estimate(scene.floor, scene.a, NOW + 1).ahead, 0, "of a new day");
    floor_scene_end(&scene);
}

/* What all of a queue and service have in common is worked out once: many of both, one by one. */
Test(floor_wait, each_waits_with_the_service_of_his_queue)
{
    struct floor_scene scene = floor_scene_begin();
    struct estimate last;

    floor_scene_tell(&scene, "window", "w1 o A,B A/t99 1");
    floor_scene_wait(&scene, "A/t1", "A", 'w', 1);
    floor_scene_wait(&scene, "B/t1", "B", 'w', 2);
    floor_scene_wait(&scene, "A/t2", "A", 'w', 3);
    floor_scene_wait(&scene, "B/t2", "B", 'w', 4);
    last = estimate_of(&scene, "B/t2");
    cr_expect_eq(last.ahead, 1);
    last = estimate_of(&scene, "A/t2");
    cr_expect_eq(last.ahead, 3, "both of B have more credit");
    cr_expect_float_eq(last.mean_seconds, 1500 + 600 + 1500 + 600, 1e-6);
    floor_scene_end(&scene);
}
