/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/slots_store/ledger.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "slots/keys.h"
#include "slots/library.h"

#define SECONDS_KEPT TEXT("8640000")

enum { ORDERS_MAX = 64, BOOKING_ARGS = 7, HEADER_BYTES = 6 };

/* A command in the making; what it points to lives in the arena. */
struct call {
    struct text args[1024];
    size_t count;
    struct arena arena;
};

void ledger_start(struct ledger *ledger)
{
    struct vault vault = {.master = "the key of these tests"};

    *ledger = (struct ledger){.eligibility = "o", .live_max = 5, .now_s = 1795363200};
    cr_assert(calendar_parse_compact_date(TEXT("20261123"), &ledger->today));
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

static struct text date_of(const struct ledger *ledger, int day, char bytes[16])
{
    struct buffer text = {0};

    calendar_append_compact_date(&text, ledger->today + day);
    memcpy(bytes, text.data, text.length);
    bytes[text.length] = 0;
    buffer_free(&text);
    return text_of(bytes);
}

struct text ledger_person(unsigned number, unsigned char person[PERSON_KEY_BYTES])
{
    char text[32];

    snprintf(text, sizeof text, "person-%07u", number);
    memcpy(person, text, PERSON_KEY_BYTES);
    return text_bytes(person, PERSON_KEY_BYTES);
}

void ledger_key(const struct ledger *ledger, const char *kind, const char *hall, const char *queue,
                int day, char key[96])
{
    struct arena arena = {0};
    day_number number = ledger->today + day;
    struct text text = TEXT_NONE;

    if (strcmp(kind, "units") == 0)
        text = key_units(&arena, LEDGER_CITY, text_of(hall), text_of(queue), number);
    else if (strcmp(kind, "reservations") == 0)
        text = key_reservations(&arena, LEDGER_CITY, text_of(hall), number);
    else if (strcmp(kind, "persons") == 0)
        text = key_persons(&arena, LEDGER_CITY, number);
    else if (strcmp(kind, "idempotency") == 0)
        text = key_idempotency(&arena, LEDGER_CITY, number);
    else if (strcmp(kind, "health") == 0)
        text = key_health(&arena, LEDGER_CITY);
    else if (strcmp(kind, "events") == 0)
        text = key_events(&arena, LEDGER_CITY);
    cr_assert_gt(text.length, 0, "%s", kind);
    snprintf(key, 96, TEXT_FMT, TEXT_ARG(text));
    arena_free(&arena);
}

static void push_key(struct ledger *ledger, struct call *call, const char *kind, const char *hall,
                     const char *queue, int day)
{
    char key[96];

    ledger_key(ledger, kind, hall, queue, day, key);
    push(call, text_of(key));
}

/* --- Booking -----------------------------------------------------------------------------------
 */

static bool is_same(const struct order *a, const struct order *b, bool by_queue)
{
    return a->day == b->day && strcmp(a->hall, b->hall) == 0 &&
           (!by_queue || strcmp(a->queue, b->queue) == 0);
}

/* Whether no earlier order has the same inventory, or else the same hall-day. */
static bool is_first_of(const struct order *orders, size_t index, bool by_queue)
{
    for (size_t i = 0; i < index; i++)
        if (is_same(&orders[i], &orders[index], by_queue))
            return false;
    return true;
}

/* The place of an order's inventory or hall-day among the distinct ones, from 1. */
static unsigned place_of(const struct order *orders, size_t index, bool by_queue)
{
    unsigned place = 0;

    for (size_t i = 0; i <= index; i++) {
        place += is_first_of(orders, i, by_queue);
        if (is_same(&orders[i], &orders[index], by_queue))
            break;
    }
    return place;
}

static unsigned count_places(const struct order *orders, size_t count, bool by_queue)
{
    unsigned places = 0;

    for (size_t i = 0; i < count; i++)
        places += is_first_of(orders, i, by_queue);
    return places;
}

static void push_keys(struct ledger *ledger, struct call *call, const struct order *orders,
                      size_t count)
{
    push_format(call, "%u",
                4 + LEDGER_DAYS + count_places(orders, count, true) +
                    count_places(orders, count, false));
    push_key(ledger, call, "events", NULL, NULL, 0);
    push_key(ledger, call, "health", NULL, NULL, 0);
    push_key(ledger, call, "idempotency", NULL, NULL, 0);
    push_key(ledger, call, "idempotency", NULL, NULL, -1);
    for (int day = 0; day < LEDGER_DAYS; day++)
        push_key(ledger, call, "persons", NULL, NULL, day);
    for (size_t i = 0; i < count; i++)
        if (is_first_of(orders, i, true))
            push_key(ledger, call, "units", orders[i].hall, orders[i].queue, orders[i].day);
    for (size_t i = 0; i < count; i++)
        if (is_first_of(orders, i, false))
            push_key(ledger, call, "reservations", orders[i].hall, NULL, orders[i].day);
}

static void push_head(struct ledger *ledger, struct call *call, const struct order *orders,
                      size_t count)
{
    char date[16];

    push_format(call, "%zu", count);
    push_format(call, "%d", LEDGER_DAYS);
    push_format(call, "%u", count_places(orders, count, true));
    push_format(call, "%u", count_places(orders, count, false));
    push_format(call, "%u", ledger->live_max);
    push(call, text_of(ledger->eligibility));
    push_format(call, "%lld", (long long)ledger->now_s);
    push(call, SECONDS_KEPT);
    for (int day = 0; day < LEDGER_DAYS; day++)
        push(call, SECONDS_KEPT);
    for (size_t i = 0; i < count; i++)
        if (is_first_of(orders, i, true))
            push_format(call, "%s %s %s", orders[i].hall, orders[i].queue,
                        date_of(ledger, orders[i].day, date).data);
    for (size_t i = 0; i < count; i++)
        if (is_first_of(orders, i, false)) {
            push_format(call, "%s.%s.", orders[i].hall, date_of(ledger, orders[i].day, date).data);
            push(call, SECONDS_KEPT);
        }
}

static void push_record(struct ledger *ledger, struct call *call, const struct order *order)
{
    struct reservation reservation = {
        .hall = text_of(order->hall),
        .queue = text_of(order->queue),
        .service = text_of(order->service),
        .channel = TEXT("gateway"),
        .day = ledger->today + order->day,
        .slot = order->slot,
        .span = order->span,
        .units = order->units,
        .creator = 2,
        .created_at_ms = ledger->now_s * 1000,
    };
    struct applicant applicant = {TEXT("张伟"), TEXT("11010519491231002X"), TEXT("13800138000")};
    struct buffer record = {0};

    memcpy(reservation.code, order->code, CODE_BYTES);
    ledger_person(order->person, reservation.person);
    reservation_append_record(&record, &reservation, &applicant, &ledger->keys);
    push(call, buffer_text(&record));
    buffer_free(&record);
}

static void push_order(struct ledger *ledger, struct call *call, struct order *orders, size_t index)
{
    struct order *order = &orders[index];
    unsigned char head[HEADER_BYTES] = {
        (unsigned char)(order->day + 1),
        (unsigned char)place_of(orders, index, true),
        (unsigned char)place_of(orders, index, false),
        (unsigned char)order->slot,
        (unsigned char)order->span,
        (unsigned char)order->units,
    };
    unsigned char person[PERSON_KEY_BYTES];

    if (!*order->code)
        reservation_make_code(order->code);
    push(call, text_bytes(head, sizeof head));
    push(call, ledger_person(order->person, person));
    push(call, text_of(order->service));
    if (order->tag)
        push_format(call, "tag-%010u", order->tag);
    else
        push(call, TEXT(""));
    push_format(call, "%08u", order->request);
    push(call, text_bytes(order->code, CODE_BYTES));
    push_record(ledger, call, order);
}

struct outcomes {
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
        char *outcome = outcomes->orders[i].outcome;
        if (store_reply_kind(item) == STORE_REPLY_INTEGER)
            snprintf(outcome, OUTCOME_BYTES, "%lld", (long long)store_reply_integer(item));
        else
            snprintf(outcome, OUTCOME_BYTES, TEXT_FMT, TEXT_ARG(store_reply_text(item)));
    }
    outcomes->answered = true;
}

void ledger_reserve(struct ledger *ledger, struct order *orders, size_t count)
{
    struct call *call = memory_new(sizeof *call);
    struct outcomes outcomes = {.orders = orders, .count = count};

    cr_assert_leq(count, ORDERS_MAX);
    push(call, TEXT("FCALL"));
    push(call, slots_library.reserve);
    push_keys(ledger, call, orders, count);
    push_head(ledger, call, orders, count);
    for (size_t i = 0; i < count; i++)
        push_order(ledger, call, orders, i);
    store_command_wait(ledger->store, call->args, call->count, 0, reserve_answered, &outcomes);
    cr_assert(outcomes.answered);
    call_free(call);
}

/* --- The other functions -----------------------------------------------------------------------
 */

static void changes_counted(void *owner, enum store_status status, const struct store_reply *reply)
{
    cr_assert_eq(status, STORE_OK, TEXT_FMT, TEXT_ARG(store_reply_text(reply)));
    *(size_t *)owner = store_reply_count(reply) - 1;
}

static bool set_capacity(struct ledger *ledger, const char *mode, const char *hall,
                         const char *queue, int day, const char *capacity)
{
    struct call *call = memory_new(sizeof *call);
    char date[16];
    size_t changed = 0;

    push(call, TEXT("FCALL"));
    push(call, slots_library.set_capacity);
    push(call, TEXT("2"));
    push_key(ledger, call, "events", NULL, NULL, 0);
    push_key(ledger, call, "units", hall, queue, day);
    push(call, text_of(mode));
    push_format(call, "%s %s %s", hall, queue, date_of(ledger, day, date).data);
    push(call, SECONDS_KEPT);
    push(call, text_of(capacity));
    store_command_wait(ledger->store, call->args, call->count, 0, changes_counted, &changed);
    call_free(call);
    return changed > 0;
}

bool ledger_open(struct ledger *ledger, const char *hall, const char *queue, int day,
                 const char *capacity)
{
    return set_capacity(ledger, "open", hall, queue, day, capacity);
}

bool ledger_adjust(struct ledger *ledger, const char *hall, const char *queue, int day,
                   const char *capacity)
{
    return set_capacity(ledger, "adjust", hall, queue, day, capacity);
}

static void word_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    cr_assert_eq(status, STORE_OK, TEXT_FMT, TEXT_ARG(store_reply_text(reply)));
    snprintf(owner, 256, TEXT_FMT, TEXT_ARG(store_reply_text_at(reply, 0)));
}

void ledger_cancel(struct ledger *ledger, const struct order *order, char answer[256])
{
    struct call *call = memory_new(sizeof *call);
    char date[16];

    date_of(ledger, order->day, date);
    push(call, TEXT("FCALL"));
    push(call, slots_library.cancel);
    push(call, TEXT("4"));
    push_key(ledger, call, "events", NULL, NULL, 0);
    push_key(ledger, call, "reservations", order->hall, NULL, order->day);
    push_key(ledger, call, "units", order->hall, order->queue, order->day);
    push_key(ledger, call, "persons", NULL, NULL, order->day);
    push(call, text_bytes(order->code, CODE_BYTES));
    push_format(call, "%s.%s.", order->hall, date);
    push_format(call, "%s %s %s", order->hall, order->queue, date);
    store_command_wait(ledger->store, call->args, call->count, 0, word_read, answer);
    call_free(call);
}

/* --- Looking -----------------------------------------------------------------------------------
 */

int64_t ledger_units(struct ledger *ledger, const char *hall, const char *queue, int day,
                     const char *field)
{
    char key[96], answer[256] = "";
    int64_t value = INT64_MIN;

    ledger_key(ledger, "units", hall, queue, day, key);
    ledger_do(ledger, answer, TEXT("HGET"), text_of(key), text_of(field));
    text_to_integer(text_of(answer), INT32_MIN, INT32_MAX, &value);
    return value;
}

int ledger_audit(struct ledger *ledger, struct audit_counts *counts, struct buffer *report)
{
    struct audit_counts unused;
    struct buffer lines = {0};
    int breaches = audit_city(ledger->store, LEDGER_CITY, counts ? counts : &unused, &lines);

    if (report) {
        buffer_clear(report);
        buffer_append(report, buffer_text(&lines));
        buffer_append_byte(report, 0);
    }
    buffer_free(&lines);
    return breaches;
}
