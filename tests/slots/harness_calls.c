/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "slots/ledger/library.h"
#include "tests/slots/harness.h"

/* The common keys and arguments of the ledger call, as slots/ledger/ledger.lua says them. */

enum {
    SECONDS_A_DAY = 86400,
    SECONDS_KEPT = 8640000,
    KEYS_FIXED = 8,
    KEYS_A_DAY = 4,
    KEYS_OF_HALL = 5,
    ARGS_OF_FENCE = 3,
};

struct words {
    struct text args[3 + KEYS_FIXED + KEYS_OF_HALL + ARGS_OF_FENCE +
                     (KEYS_A_DAY + 1) * ASKED_PLACES_MAX + 2 + ASKED_ARGS_MAX];
    size_t count;
    struct arena *arena;
};

void ledger_ask(struct asked *asked, struct ledger *ledger, struct text function)
{
    *asked = (struct asked){.ledger = ledger, .function = function};
}

unsigned asked_place(struct asked *asked, const char *hall, const char *queue, int day)
{
    size_t p = 0;

    while (p < asked->place_count &&
           (asked->places[p].day != day || strcmp(asked->places[p].hall, hall) != 0 ||
            strcmp(asked->places[p].queue, queue) != 0))
        p++;
    cr_assert_lt(p, ASKED_PLACES_MAX);
    if (p == asked->place_count) {
        asked->places[p].hall = hall;
        asked->places[p].queue = queue;
        asked->places[p].day = day;
        asked->place_count++;
    }
    return (unsigned)p + 1;
}

void asked_push(struct asked *asked, struct text arg)
{
    cr_assert_lt(asked->arg_count, ASKED_ARGS_MAX);
    asked->args[asked->arg_count++] = arena_copy(&asked->arena, arg);
}

void asked_push_number(struct asked *asked, int64_t arg)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%" PRId64, arg);
    asked_push(asked, text_of(digits));
}

void asked_push_place(struct asked *asked, const char *hall, const char *queue, int day)
{
    asked_push_number(asked, asked_place(asked, hall, queue, day));
}

static void push(struct words *words, const char *text)
{
    words->args[words->count++] = arena_copy(words->arena, text_of(text));
}

static void push_key(struct words *words, const struct ledger *ledger, const char *kind, int day)
{
    char key[96];

    ledger_key(ledger, kind, day, key);
    push(words, key);
}

static int compare_days(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* Each day once, in order. */
static size_t days_of(const struct asked *asked, int days[ASKED_PLACES_MAX])
{
    size_t count = 0;

    for (size_t p = 0; p < asked->place_count; p++)
        days[p] = asked->places[p].day;
    if (asked->place_count)
        qsort(days, asked->place_count, sizeof *days, compare_days);
    for (size_t p = 0; p < asked->place_count; p++)
        if (p == 0 || days[p] != days[p - 1])
            days[count++] = days[p];
    return count;
}

static void push_floor_keys(struct words *words, const struct asked *asked)
{
    static const char *const kinds[] = {"tickets", "windows", "line", "calls"};
    int today = asked->ledger->today - asked->ledger->first;

    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        push_key(words, asked->ledger, kinds[i], today);
    push_key(words, asked->ledger, "windows", today - 1);
}

static void push_keys(struct words *words, const struct asked *asked)
{
    const struct ledger *ledger = asked->ledger;
    int today = ledger->today - ledger->first, days[ASKED_PLACES_MAX];
    size_t count = days_of(asked, days);
    char number[16];

    snprintf(number, sizeof number, "%zu",
             KEYS_FIXED + KEYS_A_DAY * count + (asked->is_of_floor ? KEYS_OF_HALL : 0) +
                 (asked->token != 0));
    push(words, number);
    if (asked->token)
        push_key(words, ledger, "lease", 0);
    push_key(words, ledger, "events", 0);
    push_key(words, ledger, "health", 0);
    push_key(words, ledger, "persons", 0);
    push_key(words, ledger, "idempotency", today);
    push_key(words, ledger, "idempotency", today - 1);
    push_key(words, ledger, "due", 0);
    push_key(words, ledger, "plan", 0);
    push_key(words, ledger, "agents", today);
    for (size_t d = 0; d < count; d++) {
        push_key(words, ledger, "units", days[d]);
        push_key(words, ledger, "reservations", days[d]);
        push_key(words, ledger, "entries", days[d]);
        push_key(words, ledger, "waiting", days[d]);
    }
    if (asked->is_of_floor)
        push_floor_keys(words, asked);
}

/* Local midnight is at 16:00 UTC of the day before. */
static int64_t midnight_of(const struct ledger *ledger, int day)
{
    return ((int64_t)ledger->first + day) * SECONDS_A_DAY - 8 * 3600;
}

static void push_facts(struct words *words, const struct asked *asked)
{
    const struct ledger *ledger = asked->ledger;
    char text[256], date[16];

    snprintf(text, sizeof text, "%" PRId64 " %s %u %s 10 2 %d 30 5 %" PRId64 "000 %s",
             ledger->now_s, ledger_date(ledger, ledger->today - ledger->first, date),
             ledger->live_max, ledger->eligibility, LEDGER_NO_SHOW_DAYS, ledger->now_s,
             ledger->refuses_overlap ? "r" : "a");
    push(words, text);
    snprintf(text, sizeof text, "%zu", asked->place_count);
    push(words, text);
    for (size_t p = 0; p < asked->place_count; p++) {
        int day = asked->places[p].day;
        snprintf(text, sizeof text, "%s %s %s %" PRId64 " %u %u %u %u %u %d", asked->places[p].hall,
                 asked->places[p].queue, ledger_date(ledger, day, date), midnight_of(ledger, day),
                 ledger->closes_minutes, ledger->offer_minutes, ledger->resale_minutes,
                 ledger->until_minutes, ledger->late_minutes, SECONDS_KEPT);
        push(words, text);
    }
}

/* Its text, or its number as one. */
static void copy_word(char word[256], const struct store_reply *reply)
{
    if (store_reply_kind(reply) == STORE_REPLY_INTEGER)
        snprintf(word, 256, "%lld", (long long)store_reply_integer(reply));
    else
        snprintf(word, 256, TEXT_FMT, TEXT_ARG(store_reply_text(reply)));
}

static void answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct asked *asked = owner;

    cr_assert_eq(status, STORE_OK, TEXT_FMT, TEXT_ARG(store_reply_text(reply)));
    asked->events = store_reply_count(store_reply_at(reply, 1)) / 2;
    copy_word(asked->outcome, store_reply_at(reply, 2));
    for (size_t i = 0; i < ASKED_DETAILS; i++) {
        const struct store_reply *detail = store_reply_at(reply, 3 + i);
        copy_word(asked->details[i], detail);
        for (size_t n = 0; n < store_reply_count(detail) && n < 8 && !asked->list[n]; n++)
            asked->list[n] = (int)store_reply_integer(store_reply_at(detail, n));
    }
}

static void push_fence(struct words *words, const struct asked *asked)
{
    char token[24];

    if (!asked->token)
        return;
    snprintf(token, sizeof token, "%" PRId64, asked->token);
    push(words, token);
    words->args[words->count++] = asked->function;
}

const char *asked_end(struct asked *asked)
{
    struct words *words = memory_new(sizeof *words);

    words->arena = &asked->arena;
    push(words, "FCALL");
    words->args[words->count++] = asked->token ? slots_library.fenced : asked->function;
    push_keys(words, asked);
    push_fence(words, asked);
    push_facts(words, asked);
    for (size_t i = 0; i < asked->arg_count; i++)
        words->args[words->count++] = asked->args[i];
    store_command_wait(asked->ledger->store, words->args, words->count, 0, answered, asked);
    free(words);
    arena_free(&asked->arena);
    return asked->outcome;
}

/* "18=10 19=4/1", of which nothing is kept where it does not say so. */
static void push_capacity(struct asked *asked, const char *capacity)
{
    struct text rest = text_of(capacity), word;
    struct buffer words = {0};

    while (text_split(&rest, ' ', &word)) {
        if (!word.length)
            continue;
        buffer_append(&words, word);
        buffer_append(&words, memchr(word.data, '/', word.length) ? TEXT(" ") : TEXT("/0 "));
    }
    asked_push(asked, buffer_text(&words));
    buffer_free(&words);
}

static bool set_capacity(struct ledger *ledger, const char *mode, const char *hall,
                         const char *queue, int day, const char *capacity)
{
    struct asked asked;

    ledger_ask(&asked, ledger, slots_library.set_capacity);
    asked_push(&asked, text_of(mode));
    asked_push(&asked, TEXT("")); /* whatever the plan's version */
    asked_push(&asked, TEXT("")); /* and nothing of the plan is changed */
    asked_push(&asked, TEXT(""));
    asked_push(&asked, TEXT("1"));
    asked_push_place(&asked, hall, queue, day);
    push_capacity(&asked, capacity);
    cr_assert_str_eq(asked_end(&asked), "ok");
    return asked.events > 0;
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

void ledger_cancel(struct ledger *ledger, const struct order *order, char answer[256])
{
    struct asked asked;

    ledger_ask(&asked, ledger, slots_library.cancel);
    asked_push_place(&asked, order->hall, order->queue, order->day);
    asked_push_number(&asked, order->sequence);
    asked_push(&asked, TEXT("s"));
    asked_push(&asked, TEXT("0"));
    snprintf(answer, 256, "%s", asked_end(&asked));
}

/* What the answer tells of a call; `asked` may be asked anew. */
static const char *end_of(struct ledger *ledger, struct asked *asked)
{
    snprintf(ledger->outcome, sizeof ledger->outcome, "%s", asked_end(asked));
    return ledger->outcome;
}

const char *ledger_visit(struct ledger *ledger, const char *kind, struct order *parts, size_t count,
                         const char *tag)
{
    unsigned char person[PERSON_KEY_BYTES];
    struct buffer record = {0};
    struct asked asked;

    ledger_ask(&asked, ledger, slots_library.visit);
    asked_push(&asked, text_of(tag));
    asked_push(&asked, TEXT("00000001"));
    asked_push(&asked, TEXT(""));
    asked_push(&asked, text_of(kind));
    asked_push_number(&asked, (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        ledger_salt(&parts[i]);
        buffer_clear(&record);
        ledger_record(ledger, &parts[i], &record);
        asked_push_place(&asked, parts[i].hall, parts[i].queue, parts[i].day);
        asked_push_number(&asked, parts[i].slot);
        asked_push_number(&asked, parts[i].span);
        asked_push_number(&asked, parts[i].units);
        asked_push(&asked, ledger_person(parts[i].person, person));
        asked_push(&asked, text_of(parts[i].service));
        asked_push(&asked, buffer_text(&record));
    }
    buffer_free(&record);
    if (strcmp(end_of(ledger, &asked), "ok") == 0)
        for (size_t i = 0; i < count; i++)
            ledger_note_booked(ledger, &parts[i], asked.list[i]);
    return ledger->outcome;
}

const char *ledger_enter(struct ledger *ledger, const char *kind, struct order *order)
{
    unsigned char person[PERSON_KEY_BYTES];
    struct buffer record = {0};
    struct asked asked;

    ledger_salt(order);
    order->status = *kind == 'w' ? RESERVATION_WAITING : RESERVATION_IN_DRAW;
    ledger_record(ledger, order, &record);
    ledger_ask(&asked, ledger, slots_library.enter);
    asked_push(&asked, text_of(kind));
    asked_push_place(&asked, order->hall, order->queue, order->day);
    asked_push(&asked, TEXT(""));
    asked_push(&asked, TEXT(""));
    asked_push(&asked, TEXT(""));
    asked_push(&asked, ledger_person(order->person, person));
    asked_push(&asked, text_of(order->service));
    asked_push(&asked, buffer_text(&record));
    buffer_free(&record);
    end_of(ledger, &asked);
    order->sequence = (unsigned)atoi(asked.details[0]);
    return ledger->outcome;
}

const char *ledger_move(struct ledger *ledger, struct order *order, int day, unsigned slot)
{
    struct asked asked;

    ledger_ask(&asked, ledger, slots_library.reschedule);
    asked_push_place(&asked, order->hall, order->queue, order->day);
    asked_push_number(&asked, order->sequence);
    asked_push_number(&asked, 1);
    asked_push_place(&asked, order->hall, order->queue, day);
    asked_push_number(&asked, slot);
    asked_place(&asked, order->hall, order->queue, order->first_day);
    if (strcmp(end_of(ledger, &asked), "ok") == 0) {
        order->day = day;
        order->slot = slot;
        ledger_note_booked(ledger, order, asked.list[0]);
    }
    return ledger->outcome;
}

const char *ledger_cancel_slowly(struct ledger *ledger, const struct order *order,
                                 const struct order *later, unsigned seconds)
{
    struct asked asked;

    ledger_ask(&asked, ledger, slots_library.cancel);
    asked_push_place(&asked, order->hall, order->queue, order->day);
    asked_push_number(&asked, order->sequence);
    asked_push(&asked, TEXT("p"));
    asked_push_number(&asked, seconds);
    if (later)
        asked_place(&asked, later->hall, later->queue, later->day);
    return end_of(ledger, &asked);
}

const char *ledger_release(struct ledger *ledger, const struct order *order)
{
    struct asked asked;

    ledger_ask(&asked, ledger, slots_library.release);
    asked_push_place(&asked, order->hall, order->queue, order->day);
    asked_push_number(&asked, order->sequence);
    return end_of(ledger, &asked);
}

const char *ledger_answer(struct ledger *ledger, const char *mode, const struct order *offer)
{
    struct asked asked;

    ledger_ask(&asked, ledger, slots_library.offer);
    asked_push(&asked, text_of(mode));
    asked_push_place(&asked, offer->hall, offer->queue, offer->day);
    asked_push_number(&asked, offer->sequence);
    return end_of(ledger, &asked);
}
