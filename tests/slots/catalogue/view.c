/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/view.h"

#include "tests/leaks.h"
#include "tests/slots/fixture.h"

#define INVENTORY "410400-01 A 20261124"
#define QUEUE     "410400-01 A "

struct scene {
    struct catalogue *catalogue;
    const struct queue *queue;
    struct view view;
    day_number today, day;
};

static struct scene begin(void)
{
    struct scene scene = {.catalogue = fixture_parse(fixture_json, NULL)};

    scene.queue = hall_queue(catalogue_hall(scene.catalogue, TEXT("410400-01")), TEXT("A"));
    view_init(&scene.view, scene.catalogue);
    calendar_parse_compact_date(TEXT("20261123"), &scene.today);
    scene.day = scene.today + 1;
    return scene;
}

static void end(struct scene *scene)
{
    view_free(&scene->view);
    catalogue_free(scene->catalogue);
    assert_no_leaks();
}

static void apply(struct scene *scene, const char *event, const char *id, bool is_whole)
{
    view_apply(&scene->view, text_of(event), text_of(id), is_whole, scene->today);
}

static void fill(struct scene *scene, const char *field, const char *value)
{
    view_fill(&scene->view, scene->day, scene->today, text_of(field), text_of(value));
}

static const struct inventory *found(const struct scene *scene)
{
    const struct inventory *inventory = view_find(&scene->view, scene->queue, scene->day);

    cr_assert(inventory);
    return inventory;
}

Test(view, kept_units_by_events)
{
    struct scene scene = begin();

    apply(&scene, INVENTORY " 18=12/12 k18=1 19=8/8", "5-0", true);
    cr_expect_eq(found(&scene)->kept[18], 1);
    cr_expect_eq(found(&scene)->kept[19], 0);
    apply(&scene, INVENTORY " 18=11 k18=0 +1", "6-0", false);
    cr_expect_eq(found(&scene)->kept[18], 0);
    cr_expect_eq(found(&scene)->remaining[18], 11);
    cr_expect_eq(found(&scene)->capacity[18], 12);
    apply(&scene, INVENTORY " 18=12 k18=1 -1", "5-9", false); /* older news */
    cr_expect_eq(found(&scene)->remaining[18], 11);
    apply(&scene, INVENTORY " 18=11/12", "7-0", true);
    cr_expect_eq(found(&scene)->capacity[19], 0);
    end(&scene);
}

/* One entry of the stream may tell of an inventory twice; and it comes twice, by the answer to the
 * worker's own call and by the stream. */
Test(view, all_that_one_entry_says_applies)
{
    struct scene scene = begin();

    apply(&scene, INVENTORY " 18=12/12 19=8/8", "5-0", true);
    for (int i = 0; i < 2; i++) {
        apply(&scene, INVENTORY " 18=13 -1", "6-0", false);
        apply(&scene, INVENTORY " 18=12 19=7 +2", "6-0", false);
        cr_expect_eq(found(&scene)->remaining[18], 12);
        cr_expect_eq(found(&scene)->remaining[19], 7);
    }
    end(&scene);
}

Test(view, strange_words_change_nothing)
{
    struct scene scene = begin();

    apply(&scene, INVENTORY " 18=12/12 k18=1", "5-0", true);
    apply(&scene, INVENTORY " k48=1 k18=x k=1 k18 kx=1 z12 o12 w3 48=2 x=2", "6-0", false);
    cr_expect_eq(found(&scene)->kept[18], 1);
    cr_expect_eq(found(&scene)->remaining[18], 12);
    apply(&scene, "7", "7-0", false);
    apply(&scene, "", "7-0", false);
    apply(&scene, "410400-01 Z 20261124 18=1", "7-0", false);
    cr_expect_eq(found(&scene)->remaining[18], 12);
    end(&scene);
}

Test(view, filled_from_a_days_units)
{
    struct scene scene = begin();

    fill(&scene, QUEUE "18", "11");
    fill(&scene, QUEUE "c18", "12");
    fill(&scene, QUEUE "k18", "1");
    fill(&scene, QUEUE "K18", "3");
    fill(&scene, QUEUE "g18", "2");
    fill(&scene, QUEUE "p18", "40");
    fill(&scene, QUEUE "swept", "20");
    fill(&scene, QUEUE "h18 a", "5");
    cr_expect_null(view_find(&scene.view, scene.queue, scene.day));
    fill(&scene, QUEUE "seq", "0");
    cr_expect_eq(found(&scene)->remaining[18], 11);
    cr_expect_eq(found(&scene)->capacity[18], 12);
    cr_expect_eq(found(&scene)->kept[18], 1);
    cr_expect_eq(found(&scene)->remaining[20], 0);
    end(&scene);
}

/* Events that come between a read and its answer stand. */
Test(view, events_go_before_what_was_read)
{
    struct scene scene = begin();

    apply(&scene, INVENTORY " 18=9 k18=0", "5-0", false);
    fill(&scene, QUEUE "seq", "3");
    fill(&scene, QUEUE "18", "10");
    fill(&scene, QUEUE "k18", "1");
    fill(&scene, QUEUE "19", "8");
    fill(&scene, QUEUE "k19", "2");
    cr_expect_eq(found(&scene)->remaining[18], 9);
    cr_expect_eq(found(&scene)->kept[18], 0);
    cr_expect_eq(found(&scene)->remaining[19], 8);
    cr_expect_eq(found(&scene)->kept[19], 2);
    end(&scene);
}

Test(view, units_that_somebody_may_have)
{
    struct inventory inventory = {.remaining = {[18] = 3, [19] = 2, [20] = 1, [21] = -2},
                                  .capacity = {[18] = 9, [19] = 9, [20] = 9, [21] = 9},
                                  .kept = {[18] = 1, [19] = 2, [20] = 2}};

    cr_expect_eq(inventory_fit(&inventory, 18, 1, false, 0), 2);
    cr_expect_eq(inventory_fit(&inventory, 18, 1, true, 0), 3);
    cr_expect_eq(inventory_fit(&inventory, 18, 1, false, 18), 2);
    cr_expect_eq(inventory_fit(&inventory, 18, 1, false, 19), 3);
    cr_expect_eq(inventory_fit(&inventory, 18, 2, false, 0), 0);
    cr_expect_eq(inventory_fit(&inventory, 18, 2, false, 20), 2);
    cr_expect_eq(inventory_fit(&inventory, 18, 2, false, 19), 0);
    cr_expect_eq(inventory_fit(&inventory, 20, 1, false, 0), 0);
    cr_expect_eq(inventory_fit(&inventory, 21, 1, true, 0), 0);
    cr_expect_eq(inventory_fit(&inventory, 21, 2, true, 0), -1);
    cr_expect_eq(inventory_fit(&inventory, 47, 2, true, 0), -1);
}

/* The fixture's halls release 3 days ahead; 14 more may be open early, and yesterday is kept. */
Test(view, the_ring_of_days)
{
    struct scene scene = begin();

    cr_expect_eq(view_last_day(&scene.view, scene.today), scene.today + 18);
    cr_expect(view_inventory(&scene.view, scene.queue, scene.today + 18, scene.today));
    cr_expect_null(view_inventory(&scene.view, scene.queue, scene.today + 19, scene.today));
    cr_expect(view_inventory(&scene.view, scene.queue, scene.today - 1, scene.today));
    cr_expect_null(view_inventory(&scene.view, scene.queue, scene.today - 2, scene.today));
    for (day_number day = scene.today - 1; day <= scene.today + 18; day++)
        view_inventory(&scene.view, scene.queue, day, scene.today)->is_open = true;
    for (day_number day = scene.today - 1; day <= scene.today + 18; day++)
        cr_expect(view_find(&scene.view, scene.queue, day));
    end(&scene);
}

Test(view, a_copy_knows_the_same_and_goes_its_own_way)
{
    struct scene scene = begin();
    struct view copy;

    apply(&scene, INVENTORY " 18=12/12 k18=1", "5-0", true);
    scene.view.position = stream_position_parse(TEXT("5-0"));
    view_copy(&copy, &scene.view);
    apply(&scene, INVENTORY " 18=11", "6-0", false);
    cr_expect_eq(view_find(&copy, scene.queue, scene.day)->remaining[18], 12);
    cr_expect_eq(view_find(&copy, scene.queue, scene.day)->kept[18], 1);
    cr_expect_eq(copy.position.ms, 5);
    view_free(&copy);
    end(&scene);
}
