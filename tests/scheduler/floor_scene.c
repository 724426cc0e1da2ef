/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/scheduler/floor_scene.h"

#include <stdio.h>

struct floor_scene floor_scene_begin(void)
{
    struct floor_scene scene = {
        .catalogue = fixture_parse(fixture_json, NULL),
        .floor = floor_new(TEXT(FLOOR_HALL)),
    };
    day_number day;

    scene.hall = catalogue_hall(scene.catalogue, TEXT(FLOOR_HALL));
    scene.a = hall_queue(scene.hall, TEXT("A"));
    scene.b = hall_queue(scene.hall, TEXT("B"));
    calendar_parse_compact_date(TEXT(FLOOR_DATE), &day);
    floor_begin(scene.floor, day, (struct floor_position){0});
    return scene;
}

void floor_scene_end(struct floor_scene *scene)
{
    floor_free(scene->floor);
    catalogue_free(scene->catalogue);
    assert_no_leaks();
}

struct floor_change floor_scene_change(const char *kind, const char *event, uint64_t ms,
                                       unsigned index, struct arena *arena)
{
    struct buffer text = {0};
    struct floor_change change;

    buffer_printf(&text, FLOOR_HALL " " FLOOR_DATE " %s", event);
    cr_assert(floor_change_parse(text_of(kind), arena_copy(arena, buffer_text(&text)), &change),
              "%s %s", kind, event);
    change.position = (struct floor_position){{ms, 0}, index};
    buffer_free(&text);
    return change;
}

void floor_scene_tell(struct floor_scene *scene, const char *kind, const char *event)
{
    struct arena arena = {0};
    struct floor_change change = floor_scene_change(kind, event, ++scene->events, 0, &arena);

    cr_assert(floor_apply(scene->floor, &change), "%s", event);
    floor_count(scene->floor, &change);
    arena_free(&arena);
}

void floor_scene_wait(struct floor_scene *scene, const char *key, const char *queue, char class,
                      int earns_s)
{
    char event[256];

    snprintf(event, sizeof event,
             "%s issued w %c %c - %s %s - - 0 %d000 %d000 0 0 0 0 - K7Q9X2 - - 0 0 0 -", key,
             class == 'w' ? 'w' : 'a', class, queue[0] == 'A' ? "a" : "b", queue, earns_s, earns_s);
    floor_scene_tell(scene, "ticket", event);
}

void floor_scene_serve(struct floor_scene *scene, const char *key, const char *queue, int service_s)
{
    char event[256];

    snprintf(event, sizeof event,
             "%s finished d w w - %s %s w1 - 1 1000 1000 2000 3000 %d000 0 - K7Q9X2 - - 0 0 2000 -",
             key, queue[0] == 'A' ? "a" : "b", queue, 3 + service_s);
    floor_scene_tell(scene, "ticket", event);
}
