/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "tests/slots_store/ledger.h"

/* Thousands of random calls of the Functions against a plain model of the same rules: every
 * outcome, every sequence and every remaining count must be the same. */

enum {
    OPERATIONS = 8000,
    HALLS = 2,
    QUEUES = 2,
    SLOTS = 5,
    FIRST_SLOT = 18,
    PERSONS = 200,
    SERVICES = 4,
    TAGS = 400,
    BATCH = 12,
    BOOKED_MAX = 20000,
    LIVE_MAX = 3,
    DAYS = 8,       /* from the first on */
    DAYS_AHEAD = 3, /* open at a time */
};

static const char *const hall_names[HALLS] = {"410400-01", "410402001-01"};
static const char *const queue_names[QUEUES] = {"A", "B2"};
static const struct {
    const char *id;
    unsigned span, units;
} services[SERVICES] = {{"a", 1, 1}, {"a.b", 2, 1}, {"tax.vat", 1, 3}, {"tax", 3, 2}};

struct inventory {
    bool is_open;
    bool has_slot[SLOTS + 3]; /* spans may reach beyond */
    int remaining[SLOTS + 3], capacity[SLOTS + 3];
    unsigned sequence;
};

struct booked {
    struct order order;
    unsigned hall, queue, service;
    bool live;
    int booked_on; /* day */
};

static struct {
    struct inventory inventories[DAYS][HALLS][QUEUES];
    int today;
    struct booked booked[BOOKED_MAX];
    size_t count;
    int tags[TAGS + 1]; /* the booking it led to, -1 for none */
    char health[PERSONS];
    uint64_t outcomes[128], sweeps;
} model;

static struct ledger ledger;
static uint64_t random_state;

static void set_up(void)
{
    ledger_start(&ledger);
    ledger.live_max = LIVE_MAX;
}

static void tear_down(void)
{
    ledger_stop(&ledger);
}

TestSuite(model, .init = set_up, .fini = tear_down, .timeout = 120);

/* xorshift64* (Vigna, 2016): the same run for the same seed. */
static unsigned pick(unsigned below)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (unsigned)((random_state * 0x2545f4914f6cdd1dull) >> 33) % below;
}

static void name_place(struct order *order)
{
    snprintf(order->place, OUTCOME_BYTES, "202611%d %s %s %u", 23 + order->day, order->hall,
             order->queue, order->sequence);
}

/* The person's live reservation of the service and day; none of a past day is booked again. */
static const struct booked *find_same(const struct booked *wanted)
{
    for (size_t i = 0; i < model.count; i++)
        if (model.booked[i].live && model.booked[i].order.person == wanted->order.person &&
            model.booked[i].service == wanted->service &&
            model.booked[i].order.day == wanted->order.day)
            return &model.booked[i];
    return NULL;
}

/* Those of days before the first do not count. */
static unsigned count_live(unsigned person, int first)
{
    unsigned live = 0;

    for (size_t i = 0; i < model.count; i++)
        live += model.booked[i].live && model.booked[i].order.person == person &&
                model.booked[i].order.day >= first;
    return live;
}

/* The booking that a key led to today or yesterday, or -1. */
static int find_tagged(unsigned tag)
{
    int first = tag ? model.tags[tag] : -1;

    return first >= 0 && model.booked[first].booked_on >= model.today - 1 ? first : -1;
}

/* Not served, or not any more; or too few units. */
static char refusal_of(const struct inventory *inventory, const struct order *order)
{
    unsigned first = order->slot - FIRST_SLOT;
    bool is_closed = false, is_full = false;

    for (unsigned s = first; s < first + order->span; s++) {
        if (!inventory->has_slot[s])
            return 'S';
        is_full |= inventory->remaining[s] < (int)order->units;
        is_closed |= inventory->capacity[s] == 0;
    }
    return !is_full ? 0 : is_closed ? 'S' : 'F';
}

static void book(const struct booked *wanted, struct inventory *inventory, char *outcome)
{
    const struct order *order = &wanted->order;
    struct booked *booked = &model.booked[model.count];

    cr_assert_lt(model.count, BOOKED_MAX);
    for (unsigned i = 0; i < order->span; i++)
        inventory->remaining[order->slot - FIRST_SLOT + i] -= (int)order->units;
    inventory->sequence++;
    if (order->tag)
        model.tags[order->tag] = (int)model.count;
    *booked = *wanted;
    booked->live = true;
    booked->booked_on = model.today;
    booked->order.sequence = inventory->sequence;
    name_place(&booked->order);
    model.count++;
    snprintf(outcome, OUTCOME_BYTES, "%s%u", model.health[order->person] == 'u' ? "-" : "",
             inventory->sequence);
}

/* What the function must answer, by the rules of slots/functions/reserve.lua in their order. */
static void decide(const struct booked *wanted, char *outcome)
{
    const struct order *order = &wanted->order;
    struct inventory *inventory = &model.inventories[order->day][wanted->hall][wanted->queue];
    const struct booked *same;
    int first = find_tagged(order->tag);
    char health = model.health[order->person], refusal;

    *outcome = 0;
    if (first >= 0 && model.booked[first].order.request != order->request)
        strcpy(outcome, "M");
    else if (first >= 0)
        snprintf(outcome, OUTCOME_BYTES, "R%.60s", model.booked[first].order.place);
    else if (!inventory->is_open)
        strcpy(outcome, "N");
    else if (health == 'y' || health == 'r')
        snprintf(outcome, OUTCOME_BYTES, "H%c", health);
    else if ((same = find_same(wanted)))
        snprintf(outcome, OUTCOME_BYTES, "A%.60s", same->order.place);
    else if (count_live(order->person, model.today) >= LIVE_MAX)
        strcpy(outcome, "L");
    else if ((refusal = refusal_of(inventory, order)))
        snprintf(outcome, OUTCOME_BYTES, "%c", refusal);
    else
        book(wanted, inventory, outcome);
}

static struct booked random_order(void)
{
    struct booked wanted = {.hall = pick(HALLS), .queue = pick(QUEUES), .service = pick(SERVICES)};

    wanted.order = (struct order){
        .hall = hall_names[wanted.hall],
        .queue = queue_names[wanted.queue],
        .service = services[wanted.service].id,
        .span = services[wanted.service].span,
        .units = services[wanted.service].units,
        .day = model.today + (int)pick(DAYS_AHEAD),
        .slot = FIRST_SLOT + pick(SLOTS),
        .person = pick(PERSONS),
        .tag = pick(3) ? 0 : 1 + pick(TAGS),
    };
    wanted.order.request = wanted.order.tag ? wanted.order.tag + (pick(8) == 0) : 0;
    reservation_make_salt(wanted.order.salt);
    return wanted;
}

static size_t try_batch(void)
{
    size_t count = 1 + pick(BATCH);
    struct order orders[BATCH];
    char expected[BATCH][OUTCOME_BYTES];

    for (size_t i = 0; i < count; i++) {
        struct booked wanted = random_order();
        orders[i] = wanted.order;
        decide(&wanted, expected[i]);
        model.outcomes[*expected[i] >= '0' && *expected[i] <= '9' ? '1' : (int)*expected[i]]++;
    }
    ledger_reserve(&ledger, orders, count);
    for (size_t i = 0; i < count; i++)
        cr_assert_str_eq(orders[i].outcome, expected[i], "booking %zu of %zu: %s, not %s", i, count,
                         orders[i].outcome, expected[i]);
    return count;
}

static size_t try_cancel(void)
{
    struct booked *booked = model.count ? &model.booked[pick((unsigned)model.count)] : NULL;
    char answer[256];

    if (!booked)
        return 0;
    ledger_cancel(&ledger, &booked->order, answer);
    cr_assert_str_eq(answer, booked->live ? "ok" : "state");
    for (unsigned i = 0; i < booked->order.span && booked->live; i++)
        model.inventories[booked->order.day][booked->hall][booked->queue]
            .remaining[booked->order.slot - FIRST_SLOT + i] += (int)booked->order.units;
    booked->live = false;
    return 1;
}

static void set_capacity(unsigned day, unsigned hall, unsigned queue, bool opens)
{
    struct inventory *inventory = &model.inventories[day][hall][queue];
    int capacity[SLOTS];
    char text[128] = "";

    for (unsigned s = 0; s < SLOTS; s++) {
        capacity[s] = pick(5) ? (int)pick(25) : 0;
        if (capacity[s])
            snprintf(text + strlen(text), sizeof text - strlen(text), "%u=%d ", FIRST_SLOT + s,
                     capacity[s]);
    }
    if (opens)
        ledger_open(&ledger, hall_names[hall], queue_names[queue], (int)day, text);
    else
        ledger_adjust(&ledger, hall_names[hall], queue_names[queue], (int)day, text);
    if (opens == inventory->is_open)
        return;
    inventory->is_open = true;
    for (unsigned s = 0; s < SLOTS; s++) {
        inventory->has_slot[s] |= capacity[s] > 0;
        inventory->remaining[s] += capacity[s] - inventory->capacity[s];
        inventory->capacity[s] = capacity[s];
    }
}

static size_t try_capacity(void)
{
    set_capacity((unsigned)model.today + pick(DAYS_AHEAD), pick(HALLS), pick(QUEUES), pick(3) == 0);
    return 1;
}

/* Most inventories open by themselves, some are left to the random operations. */
static void open_day(unsigned day)
{
    for (unsigned hall = 0; hall < HALLS; hall++)
        for (unsigned queue = 0; queue < QUEUES; queue++)
            if (pick(4))
                set_capacity(day, hall, queue, true);
}

static size_t try_health(void)
{
    static const char codes[] = "gggyr";
    unsigned person = pick(PERSONS);
    unsigned char bytes[PERSON_KEY_BYTES];
    char key[96], value[2] = {codes[pick(5)], 0};

    ledger_key(&ledger, "health", 0, key);
    ledger_do(&ledger, NULL, TEXT("HSET"), text_of(key), ledger_person(person, bytes),
              text_of(value));
    model.health[person] = *value;
    return 1;
}

static void advance(void)
{
    if (model.today + DAYS_AHEAD == DAYS)
        return;
    model.today++;
    ledger_advance(&ledger, 1);
    open_day((unsigned)model.today + DAYS_AHEAD - 1);
}

static size_t try_sweep(void)
{
    static uint64_t cursor;

    cursor = ledger_sweep(&ledger, cursor);
    model.sweeps++;
    return 1;
}

static void compare_inventory(unsigned day, unsigned hall, unsigned queue)
{
    const struct inventory *inventory = &model.inventories[day][hall][queue];

    for (unsigned s = 0; s < SLOTS && inventory->is_open; s++) {
        char field[8];
        int64_t remaining;

        snprintf(field, sizeof field, "%u", FIRST_SLOT + s);
        remaining = ledger_units(&ledger, hall_names[hall], queue_names[queue], (int)day, field);
        cr_assert_eq(remaining, inventory->has_slot[s] ? inventory->remaining[s] : INT64_MIN,
                     "%s %s day %u slot %s: %" PRId64 ", not %d", hall_names[hall],
                     queue_names[queue], day, field, remaining, inventory->remaining[s]);
    }
}

static void compare_all(void)
{
    struct audit_counts counts;
    struct buffer report = {0};
    uint64_t live = 0;

    for (unsigned day = 0; day < DAYS; day++)
        for (unsigned hall = 0; hall < HALLS; hall++)
            for (unsigned queue = 0; queue < QUEUES; queue++)
                compare_inventory(day, hall, queue);
    for (size_t i = 0; i < model.count; i++)
        live += model.booked[i].live;
    cr_assert_eq(ledger_audit(&ledger, &counts, &report), 0, "%s", report.data);
    cr_assert_eq(counts.live, live);
    cr_assert_eq(counts.reservations, model.count);
    buffer_free(&report);
}

/* When all that is past was swept, the index has those who have something before them, or had it
 * yesterday. */
static void compare_persons(void)
{
    struct audit_counts counts;
    uint64_t persons = 0, cursor = 0;
    char key[96], entries[256];

    do {
        cursor = ledger_sweep(&ledger, cursor);
    } while (cursor);
    ledger_key(&ledger, "persons", 0, key);
    for (unsigned person = 0; person < PERSONS; person++) {
        unsigned char bytes[PERSON_KEY_BYTES];
        unsigned count = 0;
        *entries = 0;
        ledger_do(&ledger, entries, TEXT("HGET"), text_of(key), ledger_person(person, bytes));
        for (const char *at = entries; (at = strchr(at, ';')); at++)
            count++;
        cr_assert_eq(count, count_live(person, model.today - 1), "person %u: %s", person, entries);
        persons += count > 0;
    }
    cr_assert_eq(ledger_audit(&ledger, &counts, NULL), 0);
    cr_assert_eq(counts.persons, persons);
}

Test(model, random_operations_agree_with_the_model)
{
    size_t done = 0, audited = 0;

    random_state = 20261123;
    memset(model.tags, 0xff, sizeof model.tags);
    memset(model.health, 'u', sizeof model.health);
    ledger.eligibility = "d";
    ledger.expected = "g";
    for (unsigned day = 0; day < DAYS_AHEAD; day++)
        open_day(day);
    while (done < OPERATIONS) {
        unsigned kind = pick(21);

        if (kind < 11)
            done += try_batch();
        else if (kind < 18)
            done += try_cancel();
        else if (kind < 19)
            done += try_capacity();
        else if (kind < 20)
            done += try_health();
        else
            done += try_sweep();
        if (done >= audited + OPERATIONS / 10) {
            audited = done;
            compare_all();
            advance();
        }
    }
    compare_all();
    compare_persons();
    cr_expect_eq(model.today + DAYS_AHEAD, DAYS, "the days did not pass");
    cr_expect_gt(model.sweeps, 0);
    /* The run is worth its name only when it met everything. */
    for (const char *letter = "1-RMHALNSF"; *letter; letter++)
        cr_expect_gt(model.outcomes[(int)*letter], 0, "no outcome %c", *letter);
}
