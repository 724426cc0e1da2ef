/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/audit.h"

#include <inttypes.h>
#include <stdlib.h>

#include "slots/audit_parts.h"

#define SCAN_COUNT TEXT("1000")

enum { LINES_MAX = 1000, PREFIX_BYTES = 9 /* "{410400}:" */ };

enum kind { KIND_UNITS, KIND_RESERVATIONS, KIND_PERSONS, KIND_IDEMPOTENCY, KIND_COUNT };

static const struct {
    const char *name;
    bool has_hall, has_queue;
} kinds[KIND_COUNT] = {
    [KIND_UNITS] = {"units", true, true},
    [KIND_RESERVATIONS] = {"reservations", true, false},
    [KIND_PERSONS] = {"persons", false, false},
    [KIND_IDEMPOTENCY] = {"idempotency", false, false},
};

/* A key of the ledger, taken apart. */
struct ledger_key {
    enum kind kind;
    day_number day;
    struct text hall, queue;
};

/* All of a city's, in the order in which they are looked at. */
struct ledger {
    struct ledger_key *keys;
    size_t count, capacity;
    struct buffer cursor;
    struct arena arena;
};

/* --- What is found -----------------------------------------------------------------------------
 */

void audit_breach(struct audit *audit, unsigned invariant, struct text key, const char *format, ...)
{
    struct buffer *lines = &audit->lines[invariant];
    va_list args;

    if (++audit->breaches[invariant] > LINES_MAX)
        return;
    buffer_printf(lines, "%u " TEXT_FMT ": ", invariant, TEXT_ARG(key));
    va_start(args, format);
    buffer_vprintf(lines, format, args);
    va_end(args);
    buffer_append_byte(lines, '\n');
}

/* Invariant by invariant. */
static int finish_report(struct audit *audit, struct buffer *report)
{
    uint64_t breaches = 0;

    for (unsigned i = 0; i < AUDIT_INVARIANTS; i++) {
        buffer_append(report, buffer_text(&audit->lines[i]));
        buffer_free(&audit->lines[i]);
        if (audit->breaches[i] > LINES_MAX)
            buffer_printf(report, "%u and %" PRIu64 " more\n", i, audit->breaches[i] - LINES_MAX);
        breaches += audit->breaches[i];
    }
    return breaches > INT32_MAX ? INT32_MAX : (int)breaches;
}

bool audit_parse_head(struct text head, struct reservation *reservation)
{
    return reservation_parse_record(head, reservation) && reservation->span > 0 &&
           reservation->units > 0 && reservation->sequence > 0;
}

/* --- The keys ----------------------------------------------------------------------------------
 */

/* "{410400}:units:410400-01:A:20261123" and the like; false for keys that are not the ledger's. */
static bool parse_key(struct text key, struct ledger_key *parsed)
{
    struct text rest = text_part(key, PREFIX_BYTES, key.length), name;

    if (!text_split(&rest, ':', &name))
        return false;
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        if (!text_is(name, kinds[kind].name))
            continue;
        *parsed = (struct ledger_key){.kind = (enum kind)kind};
        return (!kinds[kind].has_hall || text_split(&rest, ':', &parsed->hall)) &&
               (!kinds[kind].has_queue || text_split(&rest, ':', &parsed->queue)) &&
               calendar_parse_compact_date(rest, &parsed->day);
    }
    return false;
}

static void keys_scanned(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct ledger *ledger = owner;
    const struct store_reply *keys = store_reply_at(reply, 1);
    struct ledger_key key;

    if (status != STORE_OK)
        return;
    buffer_clear(&ledger->cursor);
    buffer_append(&ledger->cursor, store_reply_text_at(reply, 0));
    for (size_t i = 0; i < store_reply_count(keys); i++) {
        if (!parse_key(store_reply_text_at(keys, i), &key))
            continue;
        if (ledger->count == ledger->capacity) {
            ledger->capacity = ledger->capacity ? ledger->capacity * 2 : 1024;
            ledger->keys = memory_resize(ledger->keys, ledger->capacity * sizeof *ledger->keys);
        }
        key.hall = arena_copy(&ledger->arena, key.hall);
        key.queue = arena_copy(&ledger->arena, key.queue);
        ledger->keys[ledger->count++] = key;
    }
}

/* By kind of check, day and hall: an inventory stands with the reservations of its hall-day. */
static int compare_keys(const void *a, const void *b)
{
    const struct ledger_key *left = a, *right = b;
    int left_rank = left->kind == KIND_RESERVATIONS ? KIND_UNITS : (int)left->kind;
    int right_rank = right->kind == KIND_RESERVATIONS ? KIND_UNITS : (int)right->kind;
    int order = left_rank - right_rank;

    if (!order)
        order = left->day - right->day;
    if (!order)
        order = text_compare(left->hall, right->hall);
    return order ? order : text_compare(left->queue, right->queue);
}

static enum store_status read_keys(struct audit *audit, struct ledger *ledger)
{
    struct buffer pattern = {0};
    enum store_status status;

    buffer_printf(&pattern, "{" TEXT_FMT "}:*", TEXT_ARG(audit->city));
    buffer_append_byte(&ledger->cursor, '0');
    do {
        struct text cursor = arena_copy(&ledger->arena, buffer_text(&ledger->cursor));
        status = store_command_wait(audit->store,
                                    STORE_ARGS(TEXT("SCAN"), cursor, TEXT("MATCH"),
                                               buffer_text(&pattern), TEXT("COUNT"), SCAN_COUNT),
                                    AUDIT_TIMEOUT_MS, keys_scanned, ledger);
    } while (status == STORE_OK && !text_is(buffer_text(&ledger->cursor), "0"));
    buffer_free(&pattern);
    if (ledger->count)
        qsort(ledger->keys, ledger->count, sizeof *ledger->keys, compare_keys);
    return status;
}

/* --- The walk ----------------------------------------------------------------------------------
 */

/* The hall-day whose first key stands at `*at`; moves it on. SCAN may name a key twice. */
static int walk_hall_day(struct audit *audit, const struct ledger *ledger, size_t *at)
{
    const struct ledger_key *first = &ledger->keys[*at];
    struct text *queues = memory_new((ledger->count - *at) * sizeof *queues);
    size_t count = 0;
    int status;

    for (; *at < ledger->count; ++*at) {
        const struct ledger_key *key = &ledger->keys[*at];
        if (key->kind > KIND_RESERVATIONS || key->day != first->day ||
            !text_equal(key->hall, first->hall))
            break;
        if (key->kind == KIND_UNITS && !(count && text_equal(queues[count - 1], key->queue)))
            queues[count++] = key->queue;
    }
    status = audit_hall_day(audit, first->hall, first->day, queues, count);
    free(queues);
    return status;
}

/* The days of the keys of one kind from `*at` on, each once. */
static size_t take_days(const struct ledger *ledger, enum kind kind, size_t *at, day_number *days)
{
    size_t count = 0;

    for (; *at < ledger->count && ledger->keys[*at].kind == kind; ++*at)
        if (!count || days[count - 1] != ledger->keys[*at].day)
            days[count++] = ledger->keys[*at].day;
    return count;
}

static int walk(struct audit *audit, const struct ledger *ledger)
{
    day_number *days = memory_new((ledger->count + 1) * sizeof *days);
    size_t at = 0, count;
    int status = 0;

    while (status == 0 && at < ledger->count && ledger->keys[at].kind <= KIND_RESERVATIONS)
        status = walk_hall_day(audit, ledger, &at);
    if (status == 0) {
        count = take_days(ledger, KIND_PERSONS, &at, days);
        for (size_t i = 0; i < count && status == 0; i++)
            status = audit_persons(audit, days[i]);
    }
    if (status == 0) {
        count = take_days(ledger, KIND_IDEMPOTENCY, &at, days);
        status = audit_idempotency(audit, days, count);
    }
    free(days);
    return status;
}

int audit_city(struct store *store, struct text city, struct audit_counts *counts,
               struct buffer *report)
{
    struct audit audit = {.store = store, .city = city, .counts = counts};
    struct ledger ledger = {0};
    int status, breaches;

    *counts = (struct audit_counts){0};
    status = read_keys(&audit, &ledger);
    if (status == STORE_OK)
        status = walk(&audit, &ledger);
    breaches = finish_report(&audit, report);
    free(ledger.keys);
    buffer_free(&ledger.cursor);
    arena_free(&ledger.arena);
    return status ? status : breaches;
}
