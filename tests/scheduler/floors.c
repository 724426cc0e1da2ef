/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/floors.h"

#include <stdio.h>

#include "base/clock.h"
#include "scheduler/floor_history.h"
#include "scheduler/window_calls.h"
#include "slots/ledger/library.h"
#include "tests/leaks.h"
#include "tests/slots/fixture.h"
#include "tests/store/redis.h"

/* The floors of the fixture's city against a Redis of the test's own. The clock stands on
 * 2026-11-23, 10:00. */

#define CITY     TEXT("410400")
#define HALL     TEXT("410400-01")
#define TICKETS  TEXT("{410400}:tickets:20261123")
#define TOMORROW TEXT("{410400}:tickets:20261124")
#define WINDOWS  TEXT("{410400}:windows:20261123")
#define EVENTS   TEXT("{410400}:events")
#define ASIDE    TEXT("{410400}:aside") /* entries that the city's stream is yet to get */
#define FIELD    TEXT("410400-01 A t1")

#define WAITS   "w w w - a A - - 0 1000 1000 0 0 0 0 - K7Q9X2 - - 0 0 0 -"
#define CALLED  "c w w - a A w1 - 1 1000 1000 5000 0 0 0 - K7Q9X2 - - 0 0 5000 -"
#define SERVED  "s w w - a A w1 - 1 1000 1000 5000 6000 0 0 - K7Q9X2 - - 0 0 5000 -"
#define EVENT   "410400-01 20261123 A/t1 "
#define NEW_DAY "410400-01 20261124 A/t1 "

enum { WAIT_MS = 5000, TOLD_MAX = 16, CLOCK_S = 1795399200 };

struct scene {
    struct test_redis redis;
    uv_loop_t loop;
    struct store *store;
    struct city *city;
    struct floor_listener listener;
    char told[TOLD_MAX][16]; /* the operations, "window" or "reloaded" */
    unsigned told_count;
    int status;        /* of the last reading */
    bool is_read;      /* it has ended */
    bool reads_before; /* apply_read() begins a reading before it applies */
};

static void set_clock(int64_t now_s)
{
    clock_set_offset(0);
    clock_set_offset(now_s * 1000 - clock_now_ms());
}

static void on_told(struct floor_listener *listener, struct floor *floor,
                    const struct floor_change *change)
{
    struct scene *scene = CONTAINER_OF(listener, struct scene, listener);
    static const char *const kinds[] = {
        [FLOOR_TICKET] = "ticket", [FLOOR_WINDOW] = "window", [FLOOR_RELOADED] = "reloaded"};

    (void)floor;
    cr_assert_lt(scene->told_count, TOLD_MAX);
    if (change->kind == FLOOR_TICKET)
        snprintf(scene->told[scene->told_count++], 16, TEXT_FMT, TEXT_ARG(change->op));
    else
        snprintf(scene->told[scene->told_count++], 16, "%s", kinds[change->kind]);
}

static void on_read(void *owner, int status)
{
    struct scene *scene = owner;

    scene->status = status;
    scene->is_read = true;
}

static void refreshed(void *owner, int status)
{
    on_read(owner, status);
}

#define DO(scene, ...) test_ask((scene)->store, (char[256]){0}, STORE_ARGS(__VA_ARGS__))

static void begin(struct scene *scene)
{
    struct vault vault = {.master = "the key of these tests"};
    struct catalogue *catalogue = fixture_parse(fixture_json, NULL);

    *scene = (struct scene){.listener.on_change = on_told};
    set_clock(CLOCK_S);
    cr_assert_geq(sodium_init(), 0);
    list_init(&scene->listener.in_floor);
    test_redis_make(&scene->redis);
    test_redis_start(&scene->redis, NULL);
    uv_loop_init(&scene->loop);
    scene->store = test_store_open(&scene->loop, scene->redis.url);
    DO(scene, TEXT("SET"), TEXT("{410400}:catalogue"), catalogue->json);
    catalogue_free(catalogue);
    scene->city = city_new(&scene->loop, scene->store, CITY, &vault, 90);
    floors_open(scene->city);
    city_refresh(scene->city, refreshed, scene);
    run_until(&scene->loop, scene->is_read, WAIT_MS);
    cr_assert_eq(scene->status, 0);
}

static void end(struct scene *scene)
{
    floor_unlisten(&scene->listener);
    test_store_close(&scene->loop, scene->store);
    floors_close(scene->city);
    city_free(scene->city);
    cr_expect_eq(uv_loop_close(&scene->loop), 0);
    test_redis_remove(&scene->redis);
    assert_no_leaks();
}

static int read_floors(struct scene *scene)
{
    scene->is_read = false;
    floors_load(scene->city, on_read, scene);
    cr_expect_not(scene->is_read, "never from inside");
    run_until(&scene->loop, scene->is_read, WAIT_MS);
    return scene->status;
}

static struct floor *floor_here(struct scene *scene)
{
    struct floor *floor = floors_hall(scene->city, HALL);

    cr_assert(floor);
    return floor;
}

/* The status of the hall's ticket A/t1, or '-'. */
static char status(struct scene *scene)
{
    const struct floor_ticket *ticket = floor_ticket(floor_here(scene), TEXT("A/t1"));

    return ticket ? (char)ticket->ticket.status : '-';
}

/* The entries of a reply of XRANGE, as the worker's follower gives them. */
static void apply_read(void *owner, enum store_status answered, const struct store_reply *reply)
{
    struct scene *scene = owner;

    cr_assert_eq(answered, STORE_OK);
    if (scene->reads_before)
        floors_load(scene->city, on_read, scene);
    for (size_t i = 0; i < store_reply_count(reply); i++) {
        const struct store_reply *entry = store_reply_at(reply, i);
        city_apply_entry(scene->city, store_reply_text_at(entry, 0), store_reply_at(entry, 1));
        floors_apply_entry(scene->city, store_reply_text_at(entry, 0), store_reply_at(entry, 1));
    }
}

static void stream_brings(struct scene *scene, struct text stream)
{
    store_command_wait(scene->store, STORE_ARGS(TEXT("XRANGE"), stream, TEXT("-"), TEXT("+")), 0,
                       apply_read, scene);
}

/* What a call of this worker's own answered. */
static void call_answers(struct scene *scene, const char *event, const char *id, unsigned index)
{
    scene->city->watcher->on_event(scene->city->watcher, TEXT("ticket"), text_of(event),
                                   text_of(id), index);
}

static void expect_told(struct scene *scene, const char *const *expected)
{
    unsigned count = 0;

    for (; expected[count]; count++)
        if (count < scene->told_count)
            cr_expect_str_eq(scene->told[count], expected[count]);
    cr_expect_eq(scene->told_count, count);
}
#define EXPECT_TOLD(scene, ...) expect_told(scene, (const char *const[]){__VA_ARGS__, NULL})

Test(floors, are_read_as_of_the_streams_last_entry)
{
    struct scene scene;

    begin(&scene);
    DO(&scene, TEXT("HSET"), TICKETS, FIELD, TEXT(CALLED), TEXT("410400-01 A tseq"), TEXT("1"),
       TEXT("410400-01 A called"), TEXT("1"));
    DO(&scene, TEXT("HSET"), WINDOWS, TEXT("410400-01 w1"), TEXT("o A A/t1 5000"));
    DO(&scene, TEXT("XADD"), EVENTS, TEXT("5-0"), TEXT("ticket"), TEXT(EVENT "issued " WAITS));
    DO(&scene, TEXT("XADD"), EVENTS, TEXT("6-0"), TEXT("ticket"), TEXT(EVENT "called " CALLED));
    cr_expect_eq(read_floors(&scene), 0);
    cr_expect_eq(status(&scene), 'c');
    cr_expect(floor_window_serves(floor_window(floor_here(&scene), TEXT("w1")), TEXT("A")));
    floor_listen(floor_here(&scene), &scene.listener);
    stream_brings(&scene, EVENTS);
    cr_expect_eq(status(&scene), 'c', "what was read holds these already");
    cr_expect_eq(floor_calls(floor_here(&scene), TEXT("A")), 1, "no call is counted twice");
    EXPECT_TOLD(&scene, "issued", "called");
    cr_expect_eq(floors_hall(scene.city, TEXT("410400-99")), NULL);
    end(&scene);
}

Test(floors, the_stream_tells_each_change_once_and_in_its_order)
{
    struct scene scene;

    begin(&scene);
    read_floors(&scene);
    floor_listen(floor_here(&scene), &scene.listener);
    call_answers(&scene, EVENT "called " CALLED, "8-0", 1);
    cr_expect_eq(status(&scene), 'c', "the own call is known at once");
    cr_expect_eq(scene.told_count, 0, "and told by nobody but the stream");
    DO(&scene, TEXT("XADD"), EVENTS, TEXT("7-0"), TEXT("ticket"), TEXT(EVENT "issued " WAITS));
    DO(&scene, TEXT("XADD"), EVENTS, TEXT("8-0"), TEXT("window"),
       TEXT("410400-01 20261123 w1 o A A/t1 5000"), TEXT("ticket"), TEXT(EVENT "called " CALLED));
    stream_brings(&scene, EVENTS);
    cr_expect_eq(status(&scene), 'c', "the older entry takes nothing back");
    cr_expect_eq(floor_calls(floor_here(&scene), TEXT("A")), 1);
    EXPECT_TOLD(&scene, "issued", "window", "called");
    call_answers(&scene, EVENT "issued " WAITS, "7-0", 0);
    cr_expect_eq(status(&scene), 'c', "an answer that comes late, neither");
    end(&scene);
}

static void called(void *owner, int outcome, const struct window_result *result)
{
    struct scene *scene = owner;
    const struct floor_window *window = floor_window(floor_here(scene), TEXT("w1"));

    (void)result;
    cr_expect_eq(outcome, WINDOW_DONE);
    cr_expect(window && floor_window_serves(window, TEXT("A")), "before its clerk is answered");
    scene->is_read = true;
}

Test(floors, a_call_of_this_worker_shows_without_the_stream)
{
    struct scene scene;
    struct window_order order = {.operation = WINDOW_OPEN, .queues = TEXT("A")};

    begin(&scene);
    DO(&scene, TEXT("FUNCTION"), TEXT("LOAD"), slots_library.code);
    read_floors(&scene);
    order.hall = catalogue_hall(scene.city->edition->catalogue, HALL);
    order.window = hall_window(order.hall, TEXT("w1"));
    scene.is_read = false;
    window_call(scene.city, &order, called, &scene);
    run_until(&scene.loop, scene.is_read, WAIT_MS);
    floor_listen(floor_here(&scene), &scene.listener);
    stream_brings(&scene, EVENTS);
    EXPECT_TOLD(&scene, "window");
    end(&scene);
}

Test(floors, what_comes_while_they_are_read_is_not_lost)
{
    struct scene scene;

    begin(&scene);
    DO(&scene, TEXT("HSET"), TICKETS, FIELD, TEXT(WAITS));
    DO(&scene, TEXT("XADD"), EVENTS, TEXT("5-0"), TEXT("ticket"), TEXT(EVENT "issued " WAITS));
    DO(&scene, TEXT("XADD"), ASIDE, TEXT("5-0"), TEXT("ticket"), TEXT(EVENT "issued " WAITS));
    DO(&scene, TEXT("XADD"), ASIDE, TEXT("6-0"), TEXT("ticket"), TEXT(EVENT "called " CALLED));
    scene.is_read = false;
    scene.reads_before = true;
    stream_brings(&scene, ASIDE);
    call_answers(&scene, EVENT "started " SERVED, "7-0", 0);
    cr_expect_eq(status(&scene), 's', "it is known before the reading ends");
    run_until(&scene.loop, scene.is_read, WAIT_MS);
    cr_expect_eq(status(&scene), 's', "and behind it");
    cr_expect_eq(floor_calls(floor_here(&scene), TEXT("A")), 1);
    end(&scene);
}

Test(floors, what_is_gone_from_the_store_is_gone_when_read_anew)
{
    struct scene scene;

    begin(&scene);
    DO(&scene, TEXT("HSET"), TICKETS, FIELD, TEXT(WAITS));
    read_floors(&scene);
    floor_listen(floor_here(&scene), &scene.listener);
    DO(&scene, TEXT("DEL"), TICKETS);
    read_floors(&scene);
    cr_expect_eq(status(&scene), '-');
    EXPECT_TOLD(&scene, "reloaded");
    end(&scene);
}

Test(floors, a_day_begins_by_the_clock)
{
    struct scene scene;

    begin(&scene);
    DO(&scene, TEXT("HSET"), TICKETS, FIELD, TEXT(WAITS));
    DO(&scene, TEXT("HSET"), TOMORROW, FIELD, TEXT(CALLED));
    read_floors(&scene);
    floor_listen(floor_here(&scene), &scene.listener);
    set_clock(CLOCK_S + 14 * 3600 - 1);
    floors_pass(scene.city, on_read, &scene);
    cr_expect_eq(status(&scene), 'w', "until midnight");
    set_clock(CLOCK_S + 14 * 3600);
    floors_pass(scene.city, on_read, &scene);
    cr_expect_eq(status(&scene), '-', "a day begins with nobody");
    cr_expect_eq(scene.told_count, 0, "and is told once it is known");
    run_until(&scene.loop, status(&scene) == 'c', WAIT_MS);
    EXPECT_TOLD(&scene, "reloaded");
    DO(&scene, TEXT("XADD"), EVENTS, TEXT("9-0"), TEXT("ticket"), TEXT(EVENT "cancelled " WAITS));
    stream_brings(&scene, EVENTS);
    EXPECT_TOLD(&scene, "reloaded"); /* yesterday's end is none of today's changes */
    end(&scene);
}

Test(floors, a_day_begins_though_it_cannot_be_read)
{
    struct scene scene;

    begin(&scene);
    DO(&scene, TEXT("HSET"), TICKETS, FIELD, TEXT(WAITS));
    DO(&scene, TEXT("SET"), TOMORROW, TEXT("no hash"));
    read_floors(&scene);
    floor_listen(floor_here(&scene), &scene.listener);
    set_clock(CLOCK_S + 14 * 3600);
    floors_pass(scene.city, on_read, &scene);
    run_until(&scene.loop, scene.told_count == 1, WAIT_MS);
    EXPECT_TOLD(&scene, "reloaded");
    cr_expect_eq(status(&scene), '-', "nobody sees yesterday");
    DO(&scene, TEXT("DEL"), TOMORROW);
    DO(&scene, TEXT("HSET"), TOMORROW, FIELD, TEXT(CALLED));
    floors_pass(scene.city, on_read, &scene);
    run_until(&scene.loop, status(&scene) == 'c', WAIT_MS);
    EXPECT_TOLD(&scene, "reloaded", "reloaded");
    end(&scene);
}

Test(floors, a_day_begins_by_an_event_of_it)
{
    struct scene scene;

    begin(&scene);
    DO(&scene, TEXT("HSET"), TICKETS, FIELD, TEXT(WAITS));
    read_floors(&scene);
    floor_listen(floor_here(&scene), &scene.listener);
    DO(&scene, TEXT("HSET"), TOMORROW, FIELD, TEXT(CALLED));
    DO(&scene, TEXT("XADD"), EVENTS, TEXT("9-0"), TEXT("ticket"), TEXT(NEW_DAY "called " CALLED));
    stream_brings(&scene, EVENTS);
    cr_expect_eq(status(&scene), 'c');
    call_answers(&scene, EVENT "issued " WAITS, "10-0", 0);
    cr_expect_eq(status(&scene), 'c', "yesterday's changes nothing");
    run_until(&scene.loop, scene.told_count == 1, WAIT_MS);
    cr_expect_eq(status(&scene), 'c');
    read_floors(&scene);
    EXPECT_TOLD(&scene, "reloaded", "reloaded"); /* the call itself is in the first of them */
    end(&scene);
}

Test(floors, what_could_not_be_read_is_read_again)
{
    struct scene scene;

    begin(&scene);
    DO(&scene, TEXT("HSET"), TICKETS, FIELD, TEXT(WAITS));
    cr_expect_eq(read_floors(&scene), 0);
    DO(&scene, TEXT("RENAME"), TICKETS, ASIDE);
    DO(&scene, TEXT("SET"), TICKETS, TEXT("no hash"));
    cr_expect_lt(read_floors(&scene), 0);
    cr_expect_eq(status(&scene), 'w', "they are as they were");
    DO(&scene, TEXT("RENAME"), ASIDE, TICKETS);
    DO(&scene, TEXT("HSET"), TICKETS, FIELD, TEXT(CALLED));
    floors_pass(scene.city, on_read, &scene);
    run_until(&scene.loop, status(&scene) == 'c', WAIT_MS);
    end(&scene);
}

Test(floors, two_readings_at_once_both_end)
{
    struct scene scene, other;

    begin(&scene);
    other = (struct scene){0};
    DO(&scene, TEXT("HSET"), TICKETS, FIELD, TEXT(WAITS));
    scene.is_read = false;
    floors_load(scene.city, on_read, &scene);
    floors_load(scene.city, on_read, &other);
    run_until(&scene.loop, scene.is_read && other.is_read, WAIT_MS);
    cr_expect_eq(status(&scene), 'w');
    end(&scene);
}

/* --- Where few commands may still be sent --- */

enum { IN_FLIGHT_MAX = 8 };

struct readings {
    unsigned floors, cities, histories; /* that ended */
    unsigned pings;
};

static void floors_read(void *owner, int status_read)
{
    (void)status_read;
    ((struct readings *)owner)->floors++;
}

static void city_read(void *owner, int status_read)
{
    (void)status_read;
    ((struct readings *)owner)->cities++;
}

static void ping_answered(void *owner, enum store_status answered, const struct store_reply *reply)
{
    (void)answered, (void)reply;
    ((struct readings *)owner)->pings++;
}

static void no_change(void *owner, const struct floor_change *change)
{
    (void)owner, (void)change;
}

static void history_read(void *owner, int status_read, struct stream_position oldest,
                         struct stream_position first)
{
    (void)status_read, (void)oldest, (void)first;
    ((struct readings *)owner)->histories++;
}

/* All readings with `room` places left before each: they end, well or not, and leave nothing behind
 * that a later command would fall into. */
static void read_in(struct scene *scene, unsigned room)
{
    struct floor_history history = {.on_change = no_change, .on_end = history_read};
    struct readings readings = {0};
    char answer[256] = "";

    history.owner = &readings;
    for (unsigned reading = 0; reading < 3; reading++) {
        for (unsigned i = 0; i < IN_FLIGHT_MAX - room; i++)
            store_command(scene->store, STORE_ARGS(TEXT("PING")), 0, ping_answered, &readings);
        if (reading == 0)
            floors_load(scene->city, floors_read, &readings);
        else if (reading == 1)
            city_refresh(scene->city, city_read, &readings);
        else
            floor_history_read(scene->city, &history);
        run_until(&scene->loop,
                  readings.floors + readings.cities + readings.histories == reading + 1 &&
                      readings.pings == (reading + 1) * (IN_FLIGHT_MAX - room),
                  WAIT_MS);
        test_ask(scene->store, answer, STORE_ARGS(TEXT("SET"), TEXT("later"), TEXT("1")));
        cr_expect_str_eq(answer, "OK", "room %u, reading %u: %s", room, reading, answer);
    }
}

Test(floors, near_the_cap_of_commands_nothing_is_read_by_halves)
{
    const char *error;
    struct scene scene;

    begin(&scene);
    test_store_close(&scene.loop, scene.store);
    scene.store = store_open(
        &scene.loop,
        &(struct store_options){.url = scene.redis.url, .in_flight_max = IN_FLIGHT_MAX}, &error);
    run_until(&scene.loop, store_is_connected(scene.store), WAIT_MS);
    scene.city->store = scene.store;
    for (unsigned room = 0; room <= IN_FLIGHT_MAX; room++)
        read_in(&scene, room);
    end(&scene);
}
