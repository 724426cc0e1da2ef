/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/floor.h"

#include <stdio.h>

#include "tests/scheduler/floor_scene.h"

#define WAITS  "w w w - a A - - 0 1000 1000 0 0 0 0 - K7Q9X2 - - 0 0 0 -"
#define CALLED "c w w - a A w1 - 1 1000 1000 5000 0 0 0 - K7Q9X2 - - 0 0 5000 -"

static bool applies(struct floor_scene *scene, const char *kind, const char *event, uint64_t ms,
                    unsigned index)
{
    struct arena arena = {0};
    struct floor_change change = floor_scene_change(kind, event, ms, index, &arena);
    bool is_news = floor_apply(scene->floor, &change);

    arena_free(&arena);
    return is_news;
}

static enum ticket_status status_of(const struct floor_scene *scene, const char *key)
{
    const struct floor_ticket *ticket = floor_ticket(scene->floor, text_of(key));

    cr_assert(ticket, "%s", key);
    return ticket->ticket.status;
}

Test(floor, events_of_other_kinds_and_shapes_are_none)
{
    static const struct {
        const char *kind, *event;
    } none[] = {
        {"changed", FLOOR_HALL " A 20261123 18=8"},
        {"changed", FLOOR_HALL " 20261123 w1 o A - 1000"},
        {"ticket", FLOOR_HALL " 20261123 A/t1 issued"},
        {"ticket", FLOOR_HALL " 20261123 A/t1 issued q" /* and no more */},
        {"ticket", FLOOR_HALL " 20261131 A/t1 issued " WAITS},
        {"window", FLOOR_HALL " 20261123 w1"},
        {"window", FLOOR_HALL " 20261123 w1 x A - 1000"},
        {"window", FLOOR_HALL " 20261123 w1 o A -"},
        {"window", FLOOR_HALL " 20261123 w1 o A - 1000 more"},
    };
    struct floor_change change;

    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        cr_expect_not(floor_change_parse(text_of(none[i].kind), text_of(none[i].event), &change),
                      "%s", none[i].event);
}

Test(floor, shows_windows_as_told)
{
    struct floor_scene scene = floor_scene_begin();
    const struct floor_window *window;

    cr_expect_null(floor_window(scene.floor, TEXT("w1")));
    floor_scene_tell(&scene, "window", "w1 o A,B A/t1 7000");
    window = floor_window(scene.floor, TEXT("w1"));
    cr_assert(window);
    cr_expect(text_is(window->ticket, "A/t1"));
    cr_expect_eq(window->since_ms, 7000);
    cr_expect(floor_window_serves(window, TEXT("A")));
    cr_expect(floor_window_serves(window, TEXT("B")));
    cr_expect_not(floor_window_serves(window, TEXT("A,B")));
    floor_scene_tell(&scene, "window", "w1 p A,B - 8000");
    cr_expect_eq(window->state, FLOOR_WINDOW_PAUSED);
    cr_expect_not(floor_window_serves(window, TEXT("A")), "a paused one calls nobody");
    cr_expect_eq(window->ticket.length, 0);
    floor_scene_end(&scene);
}

Test(floor, what_is_not_newer_changes_nothing)
{
    struct floor_scene scene = floor_scene_begin();

    cr_expect(applies(&scene, "ticket", "A/t1 called " CALLED, 20, 1));
    cr_expect_not(applies(&scene, "ticket", "A/t1 issued " WAITS, 19, 5), "an older entry");
    cr_expect_not(applies(&scene, "ticket", "A/t1 issued " WAITS, 20, 0), "before it in its entry");
    cr_expect_not(applies(&scene, "ticket", "A/t1 issued " WAITS, 20, 1), "the same again");
    cr_expect_eq(status_of(&scene, "A/t1"), TICKET_CALLED);
    cr_expect(applies(&scene, "ticket", "A/t1 requeued " WAITS, 20, 2), "behind it in its entry");
    cr_expect(applies(&scene, "ticket", "A/t2 issued " WAITS, 5, 0), "others have their own");
    cr_expect(applies(&scene, "window", "w1 o A - 1000", 7, 1));
    cr_expect_not(applies(&scene, "window", "w1 c - - 900", 7, 0));
    cr_expect(floor_window_serves(floor_window(scene.floor, TEXT("w1")), TEXT("A")));
    floor_scene_end(&scene);
}

Test(floor, what_is_of_another_day_changes_nothing)
{
    struct floor_scene scene = floor_scene_begin();
    struct floor_change change;

    cr_assert(floor_change_parse(TEXT("ticket"), TEXT(FLOOR_HALL " 20261122 A/t1 issued " WAITS),
                                 &change));
    change.position.entry.ms = 30;
    cr_expect_not(floor_apply(scene.floor, &change));
    cr_expect_null(floor_ticket(scene.floor, TEXT("A/t1")));
    floor_scene_end(&scene);
}

Test(floor, what_was_read_stands_against_what_it_holds_already)
{
    struct floor_scene scene = floor_scene_begin();
    const struct floor_position read_at = {{50, 0}, UINT_MAX};

    floor_scene_wait(&scene, "A/t7", "A", 'w', 1);
    floor_begin(scene.floor, scene.floor->day, read_at);
    cr_expect_null(floor_ticket(scene.floor, TEXT("A/t7")), "it was not read");
    floor_fill_ticket(scene.floor, TEXT("A t1"), TEXT(CALLED));
    floor_fill_ticket(scene.floor, TEXT("A tseq"), TEXT("1"));
    floor_fill_ticket(scene.floor, TEXT("A q18"), TEXT("1"));
    floor_fill_ticket(scene.floor, TEXT("A called"), TEXT("4"));
    floor_fill_window(scene.floor, TEXT("w1"), TEXT("o A A/t1 5000"));
    cr_expect_eq(scene.floor->ticket_count, 1);
    cr_expect_eq(floor_calls(scene.floor, TEXT("A")), 4);
    cr_expect_not(applies(&scene, "ticket", "A/t1 issued " WAITS, 50, 9), "it was read behind it");
    cr_expect_not(applies(&scene, "ticket", "A/t2 issued " WAITS, 49, 0));
    cr_expect_not(applies(&scene, "window", "w1 c - - 1", 50, 0));
    cr_expect(applies(&scene, "ticket", "A/t1 requeued " WAITS, 50 + 1, 0));
    floor_scene_end(&scene);
}

Test(floor, counts_who_waits)
{
    struct floor_scene scene = floor_scene_begin();

    floor_scene_wait(&scene, "A/t1", "A", 'w', 1);
    floor_scene_wait(&scene, "A/t2", "A", 'w', 1);
    floor_scene_wait(&scene, "B/t1", "B", 'w', 1);
    cr_expect_eq(floor_waiting(scene.floor, TEXT("A")), 2);
    cr_expect_eq(floor_waiting_all(scene.floor), 3);
    floor_scene_tell(&scene, "ticket", "A/t1 called " CALLED);
    cr_expect_eq(floor_waiting(scene.floor, TEXT("A")), 1);
    floor_scene_tell(&scene, "ticket", "A/t1 called " CALLED);
    cr_expect_eq(floor_waiting_all(scene.floor), 2);
    floor_scene_wait(&scene, "A/t2", "B", 'w', 1);
    cr_expect_eq(floor_waiting(scene.floor, TEXT("B")), 2, "transferred: it waits there now");
    floor_scene_end(&scene);
}

Test(floor, knows_what_service_took_today)
{
    struct floor_scene scene = floor_scene_begin();
    int64_t total_ms;

    floor_scene_serve(&scene, "A/t1", "A", 600);
    floor_scene_serve(&scene, "A/t2", "A", 300);
    floor_scene_serve(&scene, "B/t1", "B", 60);
    floor_scene_serve(&scene, "A/t2", "A", 300);
    cr_expect_eq(floor_service_times(scene.floor, TEXT("A"), TEXT("a"), &total_ms), 2,
                 "told twice");
    cr_expect_eq(total_ms, 900000);
    cr_expect_eq(floor_service_times(scene.floor, TEXT("A"), TEXT("b"), &total_ms), 0);
    cr_expect_eq(floor_service_times(scene.floor, TEXT("B"), TEXT_NONE, &total_ms), 1);
    cr_expect_eq(total_ms, 60000);
    floor_scene_tell(
        &scene, "ticket",
        "A/t3 missed m w w - a A w1 - 3 1000 1000 2000 0 9000 2 - K7Q9X2 - - 1 0 4000 -");
    floor_scene_tell(
        &scene, "ticket",
        "A/t4 cancelled x w w - a A - - 0 1000 1000 2000 3000 9000 2 - K7Q9X2 - - 1 0 4000 -");
    cr_expect_eq(floor_service_times(scene.floor, TEXT("A"), TEXT("a"), &total_ms), 2,
                 "who was missed or sent home was not served");
    floor_scene_end(&scene);
}

Test(floor, counts_calls_of_the_line_and_not_recalls)
{
    struct floor_scene scene = floor_scene_begin();

    floor_scene_wait(&scene, "A/t1", "A", 'w', 1);
    floor_scene_tell(&scene, "ticket", "A/t1 called " CALLED);
    floor_scene_tell(&scene, "ticket", "A/t1 recalled " CALLED);
    cr_expect_eq(floor_calls(scene.floor, TEXT("A")), 1);
    cr_expect_eq(floor_calls(scene.floor, TEXT("B")), 0);
    floor_scene_end(&scene);
}

Test(floor, finds_each_of_many_tickets)
{
    struct floor_scene scene = floor_scene_begin();
    char key[32];

    for (int n = 1; n <= 1500; n++) {
        snprintf(key, sizeof key, "A/t%d", n);
        floor_scene_wait(&scene, key, "A", 'w', n);
    }
    for (int n = 1; n <= 1500; n++) {
        snprintf(key, sizeof key, "A/t%d", n);
        cr_assert(floor_ticket(scene.floor, text_of(key)), "%s", key);
        cr_assert_eq(floor_ticket(scene.floor, text_of(key))->ticket.earns_ms, n * 1000);
    }
    cr_expect_null(floor_ticket(scene.floor, TEXT("A/t1501")));
    floor_scene_end(&scene);
}

struct heard {
    struct floor_listener listener;
    unsigned count;
    char last[32];
    bool leaves;
};

static void hear(struct floor_listener *listener, struct floor *floor,
                 const struct floor_change *change)
{
    struct heard *heard = CONTAINER_OF(listener, struct heard, listener);

    cr_expect(text_is(floor->hall, FLOOR_HALL));
    heard->count++;
    snprintf(heard->last, sizeof heard->last, TEXT_FMT, TEXT_ARG(change->op));
    if (heard->leaves)
        floor_unlisten(listener);
}

Test(floor, tells_everybody_who_listens_until_he_leaves)
{
    struct floor_scene scene = floor_scene_begin();
    struct heard leaves = {.listener.on_change = hear, .leaves = true};
    struct heard stays = {.listener.on_change = hear};
    struct arena arena = {0};
    struct floor_change change = floor_scene_change("ticket", "A/t1 called " CALLED, 1, 0, &arena);

    floor_listen(scene.floor, &leaves.listener);
    floor_listen(scene.floor, &stays.listener);
    floor_tell(scene.floor, &change);
    floor_tell(scene.floor, &change);
    cr_expect_eq(leaves.count, 1);
    cr_expect_eq(stays.count, 2);
    cr_expect_str_eq(stays.last, "called");
    floor_begin(scene.floor, scene.floor->day + 1, (struct floor_position){0});
    floor_tell(scene.floor, &change);
    cr_expect_eq(stays.count, 3, "through the night");
    floor_unlisten(&stays.listener);
    arena_free(&arena);
    floor_scene_end(&scene);
}

/* As the stream tells it, whatever this worker's own calls have shown already. */
Test(floor, counts_who_waits_as_told)
{
    static const struct {
        const char *event;
        int64_t waiting;
    } told[] = {
        {"A/t2 issued " WAITS, 2},      {"A/t1 called " CALLED, 1},   {"A/t1 recalled " CALLED, 1},
        {"A/t1 missed " CALLED, 1},     {"A/t1 requeued " WAITS, 2},  {"A/t1 called " CALLED, 1},
        {"A/t1 parked " CALLED, 1},     {"A/t1 resumed " CALLED, 1},  {"A/t1 started " CALLED, 1},
        {"A/t1 transferred " WAITS, 2}, {"A/t2 cancelled " WAITS, 1}, {"A/t1 called " CALLED, 0},
        {"A/t1 cancelled " CALLED, 0},
    };
    struct floor_scene scene = floor_scene_begin();

    floor_begin(scene.floor, scene.floor->day, (struct floor_position){{50, 0}, UINT_MAX});
    floor_fill_ticket(scene.floor, TEXT("A t1"), TEXT(WAITS));
    floor_fill_ticket(scene.floor, TEXT("A t3"), TEXT(CALLED));
    cr_expect_eq(floor_told_waiting(scene.floor, TEXT("A")), 1);
    cr_expect_eq(floor_told_waiting(scene.floor, TEXT("B")), 0);
    cr_expect(applies(&scene, "ticket", "A/t2 issued " WAITS, 60, 0));
    cr_expect_eq(floor_waiting(scene.floor, TEXT("A")), 2);
    cr_expect_eq(floor_told_waiting(scene.floor, TEXT("A")), 1, "its answer came before its event");
    for (unsigned i = 0; i < sizeof told / sizeof *told; i++) {
        struct arena arena = {0};
        struct floor_change change = floor_scene_change("ticket", told[i].event, 60 + i, 0, &arena);
        floor_count(scene.floor, &change);
        cr_expect_eq(floor_told_waiting(scene.floor, TEXT("A")), told[i].waiting, "%s",
                     told[i].event);
        change.position.entry.ms = 50;
        floor_count(scene.floor, &change);
        cr_expect_eq(floor_told_waiting(scene.floor, TEXT("A")), told[i].waiting, "read already");
        arena_free(&arena);
    }
    floor_scene_end(&scene);
}
