/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/reserve.h"

#include "slots/booking/intake.h"
#include "slots/catalogue/cities.h"
#include "slots/catalogue/keys.h"
#include "tests/slots/harness.h"

/* Bookings of a worker that follows no events and opens nothing by itself: so each inventory is
 * opened by the first order for it, and no refusal can be proven. It is Monday, 09:00. Queue L is
 * drawn until 08:40 each day, for the day after. */
static const char catalogue_json[] =
    "{\"city\":{\"code\":\"410400\",\"name\":\"平顶山市\",\"time_zone\":\"Asia/Shanghai\"},"
    "\"calendar\":{},\"eligibility\":{\"mode\":\"off\"},"
    "\"services\":[{\"id\":\"a\",\"name\":\"甲\",\"minutes\":10},"
    "{\"id\":\"b\",\"name\":\"乙\",\"minutes\":10},{\"id\":\"c\",\"name\":\"丙\",\"minutes\":10}],"
    "\"packages\":[{\"id\":\"p\",\"name\":\"开办餐馆\",\"steps\":[\"a\",\"b\"]},"
    "{\"id\":\"q\",\"name\":\"出生\",\"steps\":[\"a\",\"c\"]}],"
    "\"halls\":[{\"id\":\"410400-01\",\"name\":\"政务服务大厅\",\"level\":\"city\","
    "\"hours\":{\"mon-fri\":[\"09:00-12:00\"]},"
    "\"release\":{\"days_ahead\":1,\"at\":\"08:30\",\"closes_minutes_before\":30},\"queues\":["
    "{\"id\":\"A\",\"name\":\"甲窗\",\"prefix\":\"A\",\"services\":[\"a\"],"
    "\"windows\":[{\"id\":\"1\",\"name\":\"1号\"}],\"capacity\":{\"mon-fri\":{\"default\":3}}},"
    "{\"id\":\"B\",\"name\":\"乙窗\",\"prefix\":\"B\",\"services\":[\"b\"],"
    "\"windows\":[{\"id\":\"2\",\"name\":\"2号\"}],\"capacity\":{\"mon-fri\":{\"default\":2}}},"
    "{\"id\":\"L\",\"name\":\"丙窗\",\"prefix\":\"L\",\"services\":[\"c\"],"
    "\"windows\":[{\"id\":\"3\",\"name\":\"3号\"}],\"capacity\":{\"mon-fri\":{\"default\":2}},"
    "\"allocation\":\"lottery\",\"lottery_minutes\":10}]}]}";

#define HALL "410400-01"
enum { NINE = 18, SECONDS_UNTIL_NINE = 9 * 3600, PEOPLE_MAX = 3 };

static const struct applicant people[PEOPLE_MAX] = {
    {.name = TEXT("张伟"), .id_number = TEXT("11010519491231002X"), .phone = TEXT("13800138000")},
    {.name = TEXT("王芳"), .id_number = TEXT("410402198111260022"), .phone = TEXT("13800138001")},
    {.name = TEXT("李娜"), .id_number = TEXT("410402196001010023"), .phone = TEXT("13800138002")},
};

static struct ledger ledger;
static struct cities cities;
static struct city *city;

struct answer {
    bool done;
    int outcome;
    uint32_t sequences[PEOPLE_MAX];
    unsigned count;
    int64_t opens_at_ms;
};

static void refreshed(void *owner, int status)
{
    *(struct answer *)owner = (struct answer){.done = true, .outcome = status};
}

static void set_up(void)
{
    struct vault vault = {.master = "the key of these tests"};
    struct answer answer = {0};
    struct arena arena = {0};

    ledger_start(&ledger);
    ledger.now_s += SECONDS_UNTIL_NINE;
    ledger_advance(&ledger, 0);
    ledger_do(&ledger, NULL, TEXT("SET"), key_catalogue(&arena, LEDGER_CITY),
              text_of(catalogue_json));
    arena_free(&arena);
    cities_init(&cities);
    city = city_new(&ledger.loop, ledger.store, LEDGER_CITY, &vault, 90);
    cities_add(&cities, city);
    intake_open(city);
    city_refresh(city, refreshed, &answer);
    run_until(&ledger.loop, answer.done, 5000);
    cr_assert_eq(answer.outcome, 0);
}

static void tear_down(void)
{
    struct buffer report = {0};

    cr_expect_eq(ledger_audit(&ledger, NULL, &report), 0, "%s", report.data);
    buffer_free(&report);
    intake_close(city);
    cities_free(&cities);
    ledger_stop(&ledger);
}

TestSuite(visits, .init = set_up, .fini = tear_down, .timeout = 60);

/* A booking of tomorrow's 09:00 by the first of the people. */
static struct reserve_order order_for(const char *service, const char *package)
{
    const struct catalogue *catalogue = city->edition->catalogue;
    struct reserve_order order = {
        .hall = catalogue_hall(catalogue, TEXT(HALL)),
        .day = ledger.first + 1,
        .slot = NINE,
        .applicant = people[0],
        .channel = TEXT("gateway"),
    };

    if (package) {
        order.package = catalogue_package(catalogue, text_of(package));
    } else {
        order.service = catalogue_service(catalogue, text_of(service));
        order.queue = hall_queue_for(order.hall, order.service);
    }
    return order;
}

static void reserved(struct reserve *reserve, int status)
{
    struct answer *answer = reserve->owner;

    *answer = (struct answer){.done = true,
                              .outcome = status ? status : (int)reserve->refusal.kind,
                              .count = reserve->visit.item_count,
                              .opens_at_ms = reserve->look.opens_at_ms};
    for (unsigned i = 0; i < reserve->visit.item_count; i++)
        answer->sequences[i] = reserve->visit.items[i].reservation.id.sequence;
}

static struct answer reserve(const struct reserve_order *order)
{
    struct answer answer = {0};

    reserve_start(city, order, reserved, &answer);
    cr_expect_not(answer.done);
    run_until(&ledger.loop, answer.done, 5000);
    return answer;
}

static int64_t units(const char *queue, int day, const char *field)
{
    return ledger_units(&ledger, HALL, queue, day, field);
}

Test(visits, a_package_opens_all_its_queues)
{
    struct reserve_order order = order_for(NULL, "p");
    struct answer answer = reserve(&order);

    cr_assert_eq(answer.outcome, REFUSAL_NONE);
    cr_expect_eq(answer.count, 2);
    cr_expect_eq(answer.sequences[0], 1);
    cr_expect_eq(answer.sequences[1], 1);
    cr_expect_eq(units("A", 1, "18"), 2);
    cr_expect_eq(units("B", 1, "19"), 1);
}

Test(visits, a_package_opens_the_queue_that_is_not)
{
    struct reserve_order order = order_for("a", NULL), package = order_for(NULL, "p");

    cr_assert_eq(reserve(&order).outcome, REFUSAL_NONE);
    cr_expect_eq(units("B", 1, "seq"), INT64_MIN);
    package.applicant = people[1];
    cr_assert_eq(reserve(&package).outcome, REFUSAL_NONE);
    cr_expect_eq(units("A", 1, "seq"), 2);
    cr_expect_eq(units("B", 1, "seq"), 1);
}

Test(visits, a_party_opens_its_queue)
{
    struct reserve_order order = order_for("a", NULL);
    struct answer answer;

    order.party = people + 1;
    order.party_count = 2;
    answer = reserve(&order);
    cr_assert_eq(answer.outcome, REFUSAL_NONE);
    for (unsigned i = 0; i < 3; i++)
        cr_expect_eq(answer.sequences[i], i + 1);
    cr_expect_eq(units("A", 1, "18"), 0);
}

/* Opened without its draw, it would keep the entries waiting for ever. */
Test(visits, a_lottery_queue_is_opened_by_its_draw)
{
    struct reserve_order order = order_for("c", NULL), package = order_for(NULL, "q");
    char state[256];
    struct arena arena = {0};

    cr_assert_eq(reserve(&order).outcome, REFUSAL_NONE);
    ledger_do(&ledger, state, TEXT("HEXISTS"), key_entries(&arena, LEDGER_CITY, ledger.first + 1),
              TEXT(HALL " L draw"));
    cr_expect_str_eq(state, "1");
    arena_free(&arena);
    package.applicant = people[1];
    cr_expect_eq(reserve(&package).outcome, REFUSAL_NONE);
    cr_expect_eq(units("L", 1, "seq"), 2);
}

Test(visits, what_the_clock_refuses_is_not_asked_of_redis)
{
    struct reserve_order order = order_for("a", NULL), early = order, late = order;
    struct answer answer;

    cr_assert_eq(reserve(&order).outcome, REFUSAL_NONE); /* an event that is not followed */
    early.applicant = late.applicant = people[1];
    early.day = ledger.first + 2;
    answer = reserve(&early);
    cr_expect_eq(answer.outcome, REFUSAL_NOT_RELEASED);
    cr_expect_eq(answer.opens_at_ms, (ledger.now_s + 86400 - 1800) * 1000);
    cr_expect_eq(units("A", 2, "seq"), INT64_MIN);
    cr_assert(ledger_open(&ledger, HALL, "A", 0, "18=3"));
    late.day = ledger.first;
    cr_expect_eq(reserve(&late).outcome, REFUSAL_TOO_LATE);
    cr_expect_eq(units("A", 0, "seq"), 0);
}

/* The view of this worker is old: only Redis knows that the last unit was given back. */
Test(visits, what_is_full_in_an_old_view_is_asked_of_redis)
{
    struct reserve_order orders[PEOPLE_MAX];
    struct reserve_order package = order_for(NULL, "p");

    for (unsigned i = 0; i < 2; i++) {
        orders[i] = order_for("b", NULL);
        orders[i].slot = NINE + 1;
        orders[i].applicant = people[i];
        cr_assert_eq(reserve(&orders[i]).outcome, REFUSAL_NONE);
    }
    package.applicant = people[2];
    cr_expect_eq(reserve(&package).outcome, REFUSAL_FULL);
    cr_assert(ledger_adjust(&ledger, HALL, "B", 1, "18=2 19=3"));
    cr_expect_eq(reserve(&package).outcome, REFUSAL_NONE);
}
