/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/slots/audit/scene.h"

#include <stdio.h>

#include "slots/ledger/library.h"

struct scene scene;

static void must(const char *outcome)
{
    cr_assert_str_eq(outcome, "ok", "%s", outcome);
}

static void name_place(char place[OUTCOME_BYTES], const char *queue, int day, int number)
{
    char date[16];

    snprintf(place, OUTCOME_BYTES, "%s %s %s %d", ledger_date(&scene.ledger, day, date), SCENE_HALL,
             queue, number);
}

/* The order goes on telling where it was made. */
static void move_first(void)
{
    struct order moved = scene.orders[MOVED];

    must(ledger_move(&scene.ledger, &moved, 2, 18));
    memcpy(scene.moved_to, moved.place, OUTCOME_BYTES);
}

/* F's half hour is closed, and A has another on the day after. */
static void close_f(void)
{
    char date[16], where[64];
    struct asked asked;

    snprintf(where, sizeof where, SCENE_HALL " %s", ledger_date(&scene.ledger, 1, date));
    ledger_ask(&asked, &scene.ledger, slots_library.close);
    asked_push(&asked, TEXT("tag-0000000002"));
    asked_push(&asked, TEXT("00000002"));
    asked_push(&asked, TEXT(""));
    asked_push(&asked, text_of(where));
    asked_push(&asked, TEXT("18 19 F offer 1795363200000 snow"));
    asked_push_number(&asked, 1);
    asked_push_place(&asked, SCENE_HALL, "F", 1);
    asked_push(&asked, TEXT("18=0/0"));
    cr_assert_str_eq(asked_end(&asked), "ok", "%s", asked.outcome);
    snprintf(where, sizeof where, SCENE_HALL " %s 1", date);
    ledger_ask(&asked, &scene.ledger, slots_library.rebook);
    asked_push(&asked, text_of(where));
    asked_push_number(&asked, 3600);
    asked_push(&asked, TEXT("last"));
    asked_push_number(&asked, 1);
    asked_push_place(&asked, SCENE_HALL, "F", 1);
    asked_push_number(&asked, 1);
    asked_push_number(&asked, 1);
    snprintf(where, sizeof where, "F a %u", asked_place(&asked, SCENE_HALL, "A", 2));
    asked_push(&asked, text_of(where));
    cr_assert_str_eq(asked_end(&asked), "ok", "%s", asked.outcome);
    name_place(scene.closure_offer, "A", 2, 2);
}

static void set_up_orders(void)
{
    static const struct {
        const char *queue, *service;
        unsigned slot;
    } made[ORDERS] = {
        [MOVED] = {"A", "a", 18},    [PRIORITY] = {"A", "a", 18}, [FIRST] = {"A", "a", 19},
        [LATER] = {"B", "b", 20},    [PARTY] = {"A", "a", 20},    [COMPANION] = {"A", "a", 20},
        [HOLDER] = {"C", "a", 18},   [WAITER] = {"C", "a", 18},   [SECOND] = {"C", "a", 18},
        [LEAVER] = {"D", "a", 18},   [OFFERED] = {"D", "a", 18},  [RETURNING] = {"E", "a", 18},
        [AFFECTED] = {"F", "a", 18},
    };

    for (unsigned i = 0; i < ORDERS; i++)
        scene.orders[i] = (struct order){.hall = SCENE_HALL,
                                         .queue = made[i].queue,
                                         .service = made[i].service,
                                         .day = 1,
                                         .slot = made[i].slot,
                                         .span = 1,
                                         .units = 1,
                                         .person = i + 1,
                                         .request = i + 1};
    scene.orders[PRIORITY].priority = PRIORITY_ELDERLY;
    scene.orders[FIRST].package = scene.orders[LATER].package = "p";
    scene.orders[LATER].person = scene.orders[FIRST].person;
    scene.orders[WAITER].starts = scene.orders[SECOND].starts = scene.orders[OFFERED].starts =
        "\x12";
}

void scene_set_up(void)
{
    static const unsigned plain[] = {MOVED, HOLDER, LEAVER, RETURNING, AFFECTED};
    static const char *const single[] = {"C", "D", "E", "F"};
    char answer[256];

    ledger_start(&scene.ledger);
    set_up_orders();
    ledger_sweep(&scene.ledger, 0);
    ledger_open(&scene.ledger, SCENE_HALL, "A", 1, "18=6/2 19=6 20=6");
    ledger_open(&scene.ledger, SCENE_HALL, "A", 2, "18=6 19=6");
    ledger_open(&scene.ledger, SCENE_HALL, "B", 1, "20=6");
    for (unsigned i = 0; i < 4; i++)
        ledger_open(&scene.ledger, SCENE_HALL, single[i], 1, "18=1");
    for (unsigned i = 0; i < sizeof plain / sizeof *plain; i++) {
        ledger_reserve(&scene.ledger, &scene.orders[plain[i]], 1);
        cr_assert_gt(scene.orders[plain[i]].sequence, 0, "%s", scene.orders[plain[i]].outcome);
    }
    must(ledger_visit(&scene.ledger, "single", &scene.orders[PRIORITY], 1, ""));
    must(ledger_visit(&scene.ledger, "package", &scene.orders[FIRST], 2, ""));
    must(ledger_visit(&scene.ledger, "party", &scene.orders[PARTY], 2, "tag-0000000001"));
    must(ledger_enter(&scene.ledger, "w", &scene.orders[WAITER]));
    must(ledger_enter(&scene.ledger, "w", &scene.orders[SECOND]));
    move_first();
    scene.ledger.offer_minutes = 30;
    must(ledger_enter(&scene.ledger, "w", &scene.orders[OFFERED]));
    ledger_cancel(&scene.ledger, &scene.orders[LEAVER], answer);
    cr_assert_str_eq(answer, "ok");
    name_place(scene.offer, "D", 1, 2);
    must(ledger_cancel_slowly(&scene.ledger, &scene.orders[RETURNING], NULL, 600));
    close_f();
}

void scene_tear_down(void)
{
    ledger_stop(&scene.ledger);
}

/* --- Breaking it -------------------------------------------------------------------------------
 */

struct text scene_key(const char *kind, int day)
{
    static char key[96];

    ledger_key(&scene.ledger, kind, day, key);
    return text_of(key);
}

const char *scene_field(const char *place)
{
    return strchr(place, ' ') + 1;
}

void scene_change(const char *kind, int day, const char *field, const char *lua)
{
    char script[512];

    snprintf(script, sizeof script,
             "local v = redis.call('HGET', KEYS[1], ARGV[1])\n"
             "assert(v)\n"
             "redis.call('HSET', KEYS[1], ARGV[1], %s)\n"
             "return 1",
             lua);
    ledger_do(&scene.ledger, NULL, TEXT("EVAL"), text_of(script), TEXT("1"), scene_key(kind, day),
              text_of(field));
}

void scene_expect_breach(unsigned number, const char *words)
{
    ledger_expect_breach(&scene.ledger, number, "410400", words);
}

void scene_expect_clean(void)
{
    struct buffer report = {0};

    cr_expect_eq(ledger_audit(&scene.ledger, NULL, &report), 0, "%s", report.data);
    buffer_free(&report);
}
