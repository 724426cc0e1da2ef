/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/slots/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "slots/catalogue/keys.h"
#include "slots/ledger/library.h"
#include "slots/ledger/person_entry.h"

#define SECONDS_KEPT TEXT("8640000")

enum { ORDERS_MAX = 64, SECONDS_A_DAY = 86400 };

/* A command in the making; what it points to lives in the arena. */
struct call {
    struct text args[2048];
    size_t count;
    struct arena arena;
};

static void set_clock(const struct ledger *ledger)
{
    clock_set_offset(0);
    clock_set_offset(ledger->now_s * 1000 - clock_now_ms());
}

void ledger_start(struct ledger *ledger)
{
    struct vault vault = {.master = "the key of these tests"};

    *ledger = (struct ledger){.eligibility = "o",
                              .expected = "o",
                              .live_max = 5,
                              .late_minutes = 30,
                              .now_s = 1795363200};
    cr_assert(calendar_parse_compact_date(TEXT("20261123"), &ledger->first));
    ledger->today = ledger->first;
    set_clock(ledger);
    cr_assert_geq(sodium_init(), 0);
    vault_city_keys(&vault, LEDGER_CITY, &ledger->keys);
    test_redis_make(&ledger->redis);
    test_redis_start(&ledger->redis, NULL);
    uv_loop_init(&ledger->loop);
    ledger->store = test_store_open(&ledger->loop, ledger->redis.url);
    ledger_do(ledger, NULL, TEXT("FUNCTION"), TEXT("LOAD"), slots_library.code);
}

void ledger_stop(struct ledger *ledger)
{
    test_store_close(&ledger->loop, ledger->store);
    cr_expect_eq(uv_loop_close(&ledger->loop), 0);
    test_redis_remove(&ledger->redis);
    assert_no_leaks();
}

void ledger_advance(struct ledger *ledger, int days)
{
    ledger->today += days;
    ledger->now_s += days * SECONDS_A_DAY;
    set_clock(ledger);
}

void ledger_reconnect(struct ledger *ledger)
{
    uv_loop_init(&ledger->loop);
    ledger->store = test_store_open(&ledger->loop, ledger->redis.url);
}

static void push(struct call *call, struct text text)
{
    cr_assert_lt(call->count, sizeof call->args / sizeof *call->args);
    call->args[call->count++] = arena_copy(&call->arena, text);
}

static void push_format(struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void push_format(struct call *call, const char *format, ...)
{
    struct buffer text = {0};
    va_list args;

    va_start(args, format);
    buffer_vprintf(&text, format, args);
    va_end(args);
    push(call, buffer_text(&text));
    buffer_free(&text);
}

static void call_free(struct call *call)
{
    arena_free(&call->arena);
    free(call);
}

const char *ledger_date(const struct ledger *ledger, int day, char bytes[16])
{
    struct buffer text = {0};

    calendar_append_compact_date(&text, ledger->first + day);
    memcpy(bytes, text.data, text.length);
    bytes[text.length] = 0;
    buffer_free(&text);
    return bytes;
}

struct text ledger_person(unsigned number, unsigned char person[PERSON_KEY_BYTES])
{
    char text[32];

    snprintf(text, sizeof text, "person-%07u", number);
    memcpy(person, text, PERSON_KEY_BYTES);
    return text_bytes(person, PERSON_KEY_BYTES);
}

void ledger_key(const struct ledger *ledger, const char *kind, int day, char key[96])
{
    struct arena arena = {0};
    day_number number = ledger->first + day;
    struct text text = TEXT_NONE;

    if (strcmp(kind, "units") == 0)
        text = key_units(&arena, LEDGER_CITY, number);
    else if (strcmp(kind, "reservations") == 0)
        text = key_reservations(&arena, LEDGER_CITY, number);
    else if (strcmp(kind, "persons") == 0)
        text = key_persons(&arena, LEDGER_CITY);
    else if (strcmp(kind, "idempotency") == 0)
        text = key_idempotency(&arena, LEDGER_CITY, number);
    else if (strcmp(kind, "tickets") == 0)
        text = key_tickets(&arena, LEDGER_CITY, number);
    else if (strcmp(kind, "windows") == 0)
        text = key_windows(&arena, LEDGER_CITY, number);
    else if (strcmp(kind, "line") == 0 || strcmp(kind, "calls") == 0)
        text = (*kind == 'l' ? key_line : key_calls)(&arena, LEDGER_CITY, number, LEDGER_HALL);
    else if (strcmp(kind, "lease") == 0)
        text = key_lease(&arena, LEDGER_CITY);
    else if (strcmp(kind, "health") == 0)
        text = key_health(&arena, LEDGER_CITY);
    else if (strcmp(kind, "events") == 0)
        text = key_events(&arena, LEDGER_CITY);
    else if (strcmp(kind, "entries") == 0)
        text = key_entries(&arena, LEDGER_CITY, number);
    else if (strcmp(kind, "waiting") == 0)
        text = key_waiting(&arena, LEDGER_CITY, number);
    else if (strcmp(kind, "due") == 0)
        text = key_due(&arena, LEDGER_CITY);
    else if (strcmp(kind, "plan") == 0)
        text = key_plan(&arena, LEDGER_CITY);
    else if (strcmp(kind, "agents") == 0)
        text = key_agents(&arena, LEDGER_CITY, number);
    cr_assert_gt(text.length, 0, "%s", kind);
    snprintf(key, 96, TEXT_FMT, TEXT_ARG(text));
    arena_free(&arena);
}

void ledger_field(const char *hall, const char *queue, const char *name, char field[96])
{
    snprintf(field, 96, "%s %s %s", hall, queue, name);
}

static void push_key(struct ledger *ledger, struct call *call, const char *kind, int day)
{
    char key[96];

    ledger_key(ledger, kind, day, key);
    push(call, text_of(key));
}

/* --- Booking -----------------------------------------------------------------------------------
 */

/* An inventory that some of the orders are for. */
struct place {
    const struct order *order; /* the first of them */
    uint64_t slots;
    unsigned field; /* of its sequence, from 1 */
};

/* Days and inventories in the order in which the function wants them: all of the first day, then
 * those of the next. */
struct plan {
    const struct order *orders;
    size_t count;
    int days[ORDERS_MAX];
    struct place places[ORDERS_MAX];
    unsigned day_count, place_count, tag_count;
};

static bool is_at(const struct place *place, const struct order *order)
{
    return place->order->day == order->day && strcmp(place->order->hall, order->hall) == 0 &&
           strcmp(place->order->queue, order->queue) == 0;
}

/* From 0. */
static unsigned place_of(const struct plan *plan, const struct order *order)
{
    unsigned place = 0;

    while (place < plan->place_count && !is_at(&plan->places[place], order))
        place++;
    return place;
}

static unsigned day_of(const struct plan *plan, int number)
{
    unsigned day = 0;

    while (day < plan->day_count && plan->days[day] != number)
        day++;
    return day;
}

static unsigned fields_of(const struct place *place)
{
    return 1 + (unsigned)__builtin_popcountll(place->slots);
}

static void add_day(struct plan *plan, int number)
{
    plan->days[plan->day_count++] = number;
    for (size_t i = 0; i < plan->count; i++) {
        const struct order *order = &plan->orders[i];
        unsigned place = place_of(plan, order);
        if (order->day != number)
            continue;
        if (place == plan->place_count)
            plan->places[plan->place_count++].order = order;
        plan->places[place].slots |= ((1ull << order->span) - 1) << order->slot;
    }
}

static struct plan make_plan(const struct order *orders, size_t count)
{
    struct plan plan = {.orders = orders, .count = count};
    unsigned field = 1;

    for (size_t i = 0; i < count; i++) {
        plan.tag_count += orders[i].tag != 0;
        if (day_of(&plan, orders[i].day) == plan.day_count)
            add_day(&plan, orders[i].day);
    }
    for (unsigned p = 0; p < plan.place_count; p++) {
        plan.places[p].field = field;
        field += fields_of(&plan.places[p]);
    }
    return plan;
}

static void push_keys(struct ledger *ledger, struct call *call, const struct plan *plan)
{
    push_format(call, "%u", 5 + 2 * plan->day_count);
    push_key(ledger, call, "events", 0);
    push_key(ledger, call, "health", 0);
    push_key(ledger, call, "persons", 0);
    push_key(ledger, call, "idempotency", ledger->today - ledger->first);
    push_key(ledger, call, "idempotency", ledger->today - ledger->first - 1);
    for (unsigned d = 0; d < plan->day_count; d++) {
        push_key(ledger, call, "units", plan->days[d]);
        push_key(ledger, call, "reservations", plan->days[d]);
    }
}

static void push_head(struct ledger *ledger, struct call *call, const struct plan *plan)
{
    char date[16];

    push_format(call, "%zu", plan->count);
    push_format(call, "%u", plan->day_count);
    push_format(call, "%u", plan->place_count);
    push_format(call, "%u", plan->tag_count);
    push_format(call, "%u", ledger->live_max);
    push(call, text_of(ledger_date(ledger, ledger->today - ledger->first, date)));
    push(call, text_of(ledger->eligibility));
    push_format(call, "%lld", (long long)ledger->now_s);
    push(call, SECONDS_KEPT);
    push(call, text_of(ledger->expected));
    push(call, TEXT("10"));
    push(call, ledger->refuses_overlap ? TEXT("r") : TEXT("a"));
    for (unsigned d = 0; d < plan->day_count; d++) {
        unsigned fields = 0;
        for (unsigned p = 0; p < plan->place_count; p++)
            if (plan->places[p].order->day == plan->days[d])
                fields += fields_of(&plan->places[p]);
        push_format(call, "%u", fields);
        push(call, SECONDS_KEPT);
    }
}

static void push_places(struct ledger *ledger, struct call *call, const struct plan *plan)
{
    char date[16];

    for (unsigned p = 0; p < plan->place_count; p++) {
        const struct order *order = plan->places[p].order;
        push_format(call, "%s %s seq", order->hall, order->queue);
        for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
            if (plan->places[p].slots >> slot & 1)
                push_format(call, "%s %s %u", order->hall, order->queue, slot);
    }
    for (unsigned p = 0; p < plan->place_count; p++) {
        const struct order *order = plan->places[p].order;
        unsigned char bytes[] = {
            (unsigned char)(day_of(plan, order->day) + 1),
            (unsigned char)(plan->places[p].field >> 8), (unsigned char)plan->places[p].field,
            0, /* no units are kept for priority people */
        };
        ledger_date(ledger, order->day, date);
        push(call, text_bytes(bytes, sizeof bytes));
        push_format(call, "%s %s ", order->hall, order->queue);
        push_format(call, "%s %s %s", order->hall, order->queue, date);
    }
}

static void push_order(struct call *call, const struct plan *plan, const struct order *order,
                       unsigned tag)
{
    unsigned p = place_of(plan, order);
    uint64_t before = plan->places[p].slots & ((1ull << order->slot) - 1);
    unsigned char head[] = {
        (unsigned char)(p + 1),
        (unsigned char)(1 + __builtin_popcountll(before)),
        (unsigned char)order->span,
        (unsigned char)order->units,
        (unsigned char)tag,
        0, /* nobody has priority */
        '+',
        (unsigned char)(HALF_HOUR_BYTE + order->slot),
        (unsigned char)(HALF_HOUR_BYTE + order->slot + order->span - 1),
    };

    push(call, text_bytes(head, sizeof head));
}

void ledger_record(struct ledger *ledger, const struct order *order, struct buffer *record)
{
    struct reservation reservation = {
        .id = {.hall = text_of(order->hall),
               .queue = text_of(order->queue),
               .day = ledger->first + order->day},
        .service = text_of(order->service),
        .channel = TEXT("gateway"),
        .slot = order->slot,
        .span = order->span,
        .units = order->units,
        .status = order->status ? order->status : RESERVATION_BOOKED,
        .evidence = (enum reservation_evidence) * ledger->expected,
        .creator = 2,
        .created_at_ms = ledger->now_s * 1000,
        .extras = {.priority = order->priority,
                   .package = text_of(order->package),
                   .starts = text_of(order->starts)},
    };
    struct applicant applicant = {.name = TEXT("张伟"),
                                  .id_number = TEXT("11010519491231002X"),
                                  .phone = TEXT("13800138000")};

    memcpy(reservation.id.salt, order->salt, SALT_BYTES);
    ledger_person(order->person, reservation.person);
    reservation_append_record(record, &reservation, &applicant, &ledger->keys);
}

static void push_record(struct ledger *ledger, struct call *call, const struct order *order)
{
    struct buffer record = {0};

    ledger_record(ledger, order, &record);
    push(call, buffer_text(&record));
    buffer_free(&record);
}

static void push_columns(struct ledger *ledger, struct call *call, const struct plan *plan)
{
    const struct order *orders = plan->orders;
    unsigned char person[PERSON_KEY_BYTES];
    char date[16];
    unsigned tag = 0;

    for (size_t i = 0; i < plan->count; i++)
        push_order(call, plan, &orders[i], orders[i].tag ? ++tag : 0);
    for (size_t i = 0; i < plan->count; i++)
        push(call, ledger_person(orders[i].person, person));
    for (size_t i = 0; i < plan->count; i++)
        push_format(call, ";%s %s ", orders[i].service, ledger_date(ledger, orders[i].day, date));
    for (size_t i = 0; i < plan->count; i++)
        push_record(ledger, call, &orders[i]);
    for (size_t i = 0; i < plan->count; i++)
        if (orders[i].tag)
            push_format(call, "tag-%010u", orders[i].tag);
    for (size_t i = 0; i < plan->count; i++)
        if (orders[i].tag)
            push_format(call, "%08u%s ", orders[i].request,
                        ledger_date(ledger, orders[i].day, date));
}

void ledger_note_booked(const struct ledger *ledger, struct order *order, int64_t sequence)
{
    char date[16];

    order->sequence = (unsigned)(sequence < 0 ? -sequence : sequence);
    snprintf(order->outcome, OUTCOME_BYTES, "%lld", (long long)sequence);
    snprintf(order->field, OUTCOME_BYTES, "%s %s %u", order->hall, order->queue, order->sequence);
    ledger_date(ledger, order->day, date);
    snprintf(order->place, OUTCOME_BYTES, "%s %s %s %u", date, order->hall, order->queue,
             order->sequence);
}

struct outcomes {
    const struct ledger *ledger;
    struct order *orders;
    size_t count;
    bool answered;
};

static void reserve_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct outcomes *outcomes = owner;
    size_t changed = (size_t)store_reply_integer(store_reply_at(reply, 1));

    cr_assert_eq(status, STORE_OK, TEXT_FMT, TEXT_ARG(store_reply_text(reply)));
    cr_assert_eq(store_reply_count(reply), 2 + changed + outcomes->count);
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct store_reply *item = store_reply_at(reply, 2 + changed + i);
        struct order *order = &outcomes->orders[i];
        order->sequence = 0;
        *order->field = *order->place = 0;
        if (store_reply_kind(item) == STORE_REPLY_INTEGER)
            ledger_note_booked(outcomes->ledger, order, store_reply_integer(item));
        else
            snprintf(order->outcome, OUTCOME_BYTES, TEXT_FMT, TEXT_ARG(store_reply_text(item)));
    }
    outcomes->answered = true;
}

void ledger_salt(struct order *order)
{
    if (!*order->salt)
        reservation_make_salt(order->salt);
}

void ledger_reserve(struct ledger *ledger, struct order *orders, size_t count)
{
    struct call *call = memory_new(sizeof *call);
    struct outcomes outcomes = {.ledger = ledger, .orders = orders, .count = count};
    struct plan plan;

    cr_assert_leq(count, ORDERS_MAX);
    for (size_t i = 0; i < count; i++)
        ledger_salt(&orders[i]);
    plan = make_plan(orders, count);
    push(call, TEXT("FCALL"));
    push(call, slots_library.reserve);
    push_keys(ledger, call, &plan);
    push_head(ledger, call, &plan);
    push_places(ledger, call, &plan);
    push_columns(ledger, call, &plan);
    store_command_wait(ledger->store, call->args, call->count, 0, reserve_answered, &outcomes);
    cr_assert(outcomes.answered);
    call_free(call);
}

/* --- The other functions -----------------------------------------------------------------------
 */

uint64_t ledger_sweep(struct ledger *ledger, uint64_t cursor)
{
    int today = ledger->today - ledger->first;
    char key[96], whole_from[112], date[16], counted[16], kept[16], from[32], now[32],
        answer[256] = "";

    ledger_key(ledger, "persons", 0, key);
    snprintf(whole_from, sizeof whole_from, "%s_from", key);
    snprintf(from, sizeof from, "%llu", (unsigned long long)cursor);
    snprintf(now, sizeof now, "%lld", (long long)ledger->now_s);
    ledger_do(ledger, answer, TEXT("FCALL"), slots_library.sweep, TEXT("2"), text_of(key),
              text_of(whole_from), text_of(from), text_of(ledger_date(ledger, today, date)),
              text_of(ledger_date(ledger, today - LEDGER_NO_SHOW_DAYS, counted)), text_of(now),
              text_of(ledger_date(ledger, today - 1, kept)));
    return strtoull(answer, NULL, 10);
}

/* --- Looking -----------------------------------------------------------------------------------
 */

int64_t ledger_units(struct ledger *ledger, const char *hall, const char *queue, int day,
                     const char *field)
{
    char key[96], full[96], answer[256] = "";
    int64_t value = INT64_MIN;

    ledger_key(ledger, "units", day, key);
    ledger_field(hall, queue, field, full);
    ledger_do(ledger, answer, TEXT("HGET"), text_of(key), text_of(full));
    text_to_integer(text_of(answer), INT32_MIN, INT32_MAX, &value);
    return value;
}

int ledger_audit(struct ledger *ledger, struct audit_counts *counts, struct buffer *report)
{
    struct audit_counts unused;
    struct buffer lines = {0};
    int breaches = audit_city(ledger->store, LEDGER_CITY, ledger->second_look_ms,
                              counts ? counts : &unused, &lines);

    if (report) {
        buffer_clear(report);
        buffer_append(report, buffer_text(&lines));
        buffer_append_byte(report, 0);
    }
    buffer_free(&lines);
    return breaches;
}

void ledger_expect_breach(struct ledger *ledger, unsigned number, const char *key,
                          const char *words)
{
    struct buffer report = {0};
    int breaches = ledger_audit(ledger, NULL, &report);

    cr_expect_eq(breaches, 1, "%d breaches:\n%s", breaches, report.data);
    cr_expect_eq(strtoul(report.data, NULL, 10), number, "%s", report.data);
    cr_expect_not_null(strstr(report.data, key), "%s", report.data);
    cr_expect_not_null(strstr(report.data, words), "%s", report.data);
    buffer_free(&report);
}
