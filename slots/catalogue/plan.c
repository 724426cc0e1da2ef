/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/plan.h"

#include <math.h>
#include <stdlib.h>

/* Shares are decimal fractions: 0.29 × 50 is 14.5, though the doubles say a little less. */
#define ROUNDING_SLACK 1e-9

enum { MINUTE_MS = 60000 };

static struct text next_word(struct text *rest)
{
    struct text word = TEXT_NONE;

    text_split(rest, ' ', &word);
    return word;
}

static bool parse_override_word(struct capacity_override *override, struct text word)
{
    struct text slot_text;
    int64_t slot, units;

    if (text_starts_with(word, TEXT("-"))) {
        if (word.length == 1 || override->closed_window_count == OVERRIDE_WINDOWS_MAX)
            return false;
        override->closed_windows[override->closed_window_count++] = text_part(word, 1, word.length);
        return true;
    }
    text_split(&word, '=', &slot_text);
    if (!text_to_integer(slot_text, 0, SLOTS_A_DAY - 1, &slot) ||
        !text_to_integer(word, 0, INT32_MAX, &units))
        return false;
    override->slots |= UINT64_C(1) << slot;
    override->capacity[slot] = (uint32_t)units;
    return true;
}

bool override_parse(struct capacity_override *override, struct text value)
{
    struct text word;

    while (value.length && text_split(&value, ' ', &word))
        if (!parse_override_word(override, word))
            return false;
    return true;
}

void override_append(struct buffer *value, const struct capacity_override *override)
{
    const char *blank = "";

    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        if (!(override->slots >> slot & 1))
            continue;
        buffer_printf(value, "%s%u=%u", blank, slot, override->capacity[slot]);
        blank = " ";
    }
    for (unsigned w = 0; w < override->closed_window_count; w++) {
        buffer_printf(value, "%s-" TEXT_FMT, blank, TEXT_ARG(override->closed_windows[w]));
        blank = " ";
    }
}

/* Room for one more behind `count` elements, whose number doubles. */
static void *grown(void *array, size_t count, size_t size)
{
    bool is_full = (count & (count - 1)) == 0; /* 0 and the powers of two */

    return is_full ? memory_resize(array, (count ? count * 2 : 1) * size) : array;
}

/* 'HALL QUEUE DATE' → '18=10 19=4 -2' */
static bool take_override(struct plan *plan, struct text field, struct text value)
{
    struct capacity_override override = {0};

    override.hall = next_word(&field);
    override.queue = next_word(&field);
    if (!override.queue.length || !calendar_parse_compact_date(field, &override.day) ||
        !override_parse(&override, value))
        return false;
    plan->overrides = grown(plan->overrides, plan->override_count, sizeof override);
    plan->overrides[plan->override_count++] = override;
    return true;
}

/* '+ 18 22 * offer 1764000000000 停电检修' */
static bool parse_closure_value(struct closure *closure, struct text value)
{
    struct text state = next_word(&value), rebook;
    int64_t from, to;

    closure->is_in_force = text_is(state, "+");
    if (!text_to_integer(next_word(&value), 0, SLOTS_A_DAY - 1, &from) ||
        !text_to_integer(next_word(&value), from + 1, SLOTS_A_DAY, &to))
        return false;
    closure->from = (unsigned)from;
    closure->to = (unsigned)to;
    closure->queue = next_word(&value);
    if (text_is(closure->queue, "*"))
        closure->queue = TEXT_NONE;
    rebook = next_word(&value);
    closure->has_offers = text_is(rebook, "offer");
    if (!closure->has_offers && !text_is(rebook, "none"))
        return false;
    if (!text_to_integer(next_word(&value), 0, INT64_MAX, &closure->created_at_ms))
        return false;
    closure->reason = value;
    return true;
}

/* 'HALL DATE NUMBER' */
static bool take_closure(struct plan *plan, struct text field, struct text value)
{
    struct closure closure = {.hall = next_word(&field)};
    int64_t number;

    if (!calendar_parse_compact_date(next_word(&field), &closure.day) ||
        !text_to_integer(field, 1, UINT32_MAX, &number) || !parse_closure_value(&closure, value))
        return false;
    closure.number = (uint32_t)number;
    plan->closures = grown(plan->closures, plan->closure_count, sizeof closure);
    plan->closures[plan->closure_count++] = closure;
    return true;
}

void plan_take(struct plan *plan, struct text field, struct text value, unsigned *strange)
{
    bool is_known;

    if (text_is(field, "version")) {
        is_known = text_to_integer(value, 0, INT64_MAX, &plan->version);
    } else if (text_is(field, "closures")) {
        is_known = true; /* the number of the last one: the Functions' own */
    } else {
        field = arena_copy(&plan->arena, field);
        value = arena_copy(&plan->arena, value);
        /* A closure begins with its state, which is no word of an override. */
        is_known = text_starts_with(value, TEXT("+ ")) || text_starts_with(value, TEXT("- "))
                       ? take_closure(plan, field, value)
                       : take_override(plan, field, value);
    }
    *strange += !is_known;
}

static int compare_overrides(const void *a, const void *b)
{
    const struct capacity_override *x = a, *y = b;
    int order = text_compare(x->hall, y->hall);

    if (!order)
        order = text_compare(x->queue, y->queue);
    return order ? order : (x->day > y->day) - (x->day < y->day);
}

static int compare_closures(const void *a, const void *b)
{
    const struct closure *x = a, *y = b;
    int order = text_compare(x->hall, y->hall);

    if (!order)
        order = (x->day > y->day) - (x->day < y->day);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

void plan_settle(struct plan *plan)
{
    if (plan->override_count)
        qsort(plan->overrides, plan->override_count, sizeof *plan->overrides, compare_overrides);
    if (plan->closure_count)
        qsort(plan->closures, plan->closure_count, sizeof *plan->closures, compare_closures);
}

void plan_free(struct plan *plan)
{
    free(plan->overrides);
    free(plan->closures);
    arena_free(&plan->arena);
    *plan = (struct plan){0};
}

const struct capacity_override *plan_override(const struct plan *plan, const struct queue *queue,
                                              day_number day)
{
    struct capacity_override wanted = {.hall = queue->hall->id, .queue = queue->id, .day = day};

    if (!plan->override_count)
        return NULL;
    return bsearch(&wanted, plan->overrides, plan->override_count, sizeof wanted,
                   compare_overrides);
}

/* The first closure that is not before `wanted`. */
static size_t lower_bound(const struct plan *plan, const struct closure *wanted)
{
    size_t low = 0, high = plan->closure_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_closures(&plan->closures[middle], wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct closure *plan_closure(const struct plan *plan, struct text hall, day_number day,
                                   uint32_t number)
{
    struct closure wanted = {.hall = hall, .day = day, .number = number};
    size_t i = lower_bound(plan, &wanted);

    return i < plan->closure_count && compare_closures(&plan->closures[i], &wanted) == 0
               ? &plan->closures[i]
               : NULL;
}

/* The closures of the queue's hall on a day, from `*i` on: the next that is in force for the queue,
 * or NULL; `*i` is then behind it. */
static const struct closure *next_closure(const struct plan *plan, const struct queue *queue,
                                          day_number day, size_t *i)
{
    while (*i < plan->closure_count) {
        const struct closure *closure = &plan->closures[(*i)++];
        if (closure->day != day || !text_equal(closure->hall, queue->hall->id))
            return NULL;
        if (closure->is_in_force &&
            (!closure->queue.length || text_equal(closure->queue, queue->id)))
            return closure;
    }
    return NULL;
}

static size_t first_closure(const struct plan *plan, const struct queue *queue, day_number day)
{
    return lower_bound(plan, &(struct closure){.hall = queue->hall->id, .day = day});
}

const struct closure *plan_closed(const struct plan *plan, const struct queue *queue,
                                  day_number day, unsigned slot)
{
    size_t i = first_closure(plan, queue, day);
    const struct closure *closure;

    while ((closure = next_closure(plan, queue, day, &i)))
        if (slot >= closure->from && slot < closure->to)
            return closure;
    return NULL;
}

bool plan_has_closures(const struct plan *plan, const struct queue *queue, day_number day)
{
    size_t i = first_closure(plan, queue, day);

    return next_closure(plan, queue, day, &i) != NULL;
}

static uint32_t count_open_windows(const struct queue *queue,
                                   const struct capacity_override *override)
{
    uint32_t open = 0;

    for (size_t w = 0; w < queue->window_count; w++) {
        unsigned c = 0;
        if (queue->windows[w].retired)
            continue;
        while (c < override->closed_window_count &&
               !text_equal(queue->windows[w].id, override->closed_windows[c]))
            c++;
        open += c == override->closed_window_count;
    }
    return open;
}

static uint64_t count_windows(const struct queue *queue)
{
    static const struct capacity_override none;

    return count_open_windows(queue, &none);
}

/* The hall's hours go before an override that was made when they were others. */
static void apply_override(const struct capacity_override *override, const struct queue *queue,
                           uint64_t hours, uint32_t capacity[SLOTS_A_DAY])
{
    uint64_t open = count_open_windows(queue, override), windows = count_windows(queue);

    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        if ((override->slots & hours) >> slot & 1)
            capacity[slot] = override->capacity[slot];
        else if (override->closed_window_count)
            capacity[slot] = windows ? (uint32_t)(capacity[slot] * open / windows) : 0;
}

static void keep_share(const struct queue *queue, struct day_capacity *result)
{
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        uint32_t capacity = result->capacity[slot];
        double kept = floor(capacity * queue->priority_share + 0.5 + ROUNDING_SLACK);
        result->kept[slot] = kept < capacity ? (uint32_t)kept : capacity;
    }
}

static void unclosed(const struct plan *plan, const struct catalogue *catalogue,
                     const struct queue *queue, day_number day, uint32_t capacity[SLOTS_A_DAY])
{
    const struct capacity_override *override = plan_override(plan, queue, day);
    struct text reason;
    const struct hours *hours = hall_hours_on(catalogue, queue->hall, day, &reason);

    queue_capacity_on(catalogue, queue, day, capacity);
    if (override && hours && !queue->retired)
        apply_override(override, queue, hours->slots, capacity);
}

void plan_capacity_unclosed(const struct plan *plan, const struct catalogue *catalogue,
                            const struct queue *queue, day_number day, struct day_capacity *result)
{
    unclosed(plan, catalogue, queue, day, result->capacity);
    keep_share(queue, result);
}

void plan_capacity(const struct plan *plan, const struct catalogue *catalogue,
                   const struct queue *queue, day_number day, const struct closure *except,
                   struct day_capacity *result)
{
    size_t i = first_closure(plan, queue, day);
    const struct closure *closure;

    unclosed(plan, catalogue, queue, day, result->capacity);
    while ((closure = next_closure(plan, queue, day, &i)))
        if (!except || closure->number != except->number)
            memset(&result->capacity[closure->from], 0,
                   (closure->to - closure->from) * sizeof *result->capacity);
    keep_share(queue, result);
}

unsigned queue_kept_from(const struct catalogue *catalogue, const struct queue *queue,
                         day_number day, int64_t now_ms)
{
    int64_t first_ms = calendar_instant_ms(day, 0, catalogue->utc_offset_minutes) -
                       (int64_t)queue->priority_until_minutes * MINUTE_MS;
    int64_t gone = now_ms < first_ms ? 0 : (now_ms - first_ms) / (SLOT_MINUTES * MINUTE_MS) + 1;

    return gone < SLOTS_A_DAY ? (unsigned)gone : SLOTS_A_DAY;
}

void day_capacity_append(struct buffer *buffer, const struct day_capacity *capacity)
{
    const char *blank = "";

    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        if (!capacity->capacity[slot])
            continue;
        buffer_printf(buffer, "%s%u=%u/%u", blank, slot, capacity->capacity[slot],
                      capacity->kept[slot]);
        blank = " ";
    }
}
