/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/batch.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/keys.h"
#include "slots/library.h"
#include "store/turn.h"

enum { SECONDS_A_DAY = 86400, IDEMPOTENCY_DAYS = 2, SEQUENCE_FIELD = 1 };

/* A batch of so many bookings is a rush; the next one then waits at most so long for as many. */
enum { RUSH_BOOKINGS_MIN = 8, RUSH_DELAY_MS = 1 };

struct batch_gatherer {
    struct city *city;
    struct list bookings;
    unsigned gathered, in_flight;
    struct turn *turn; /* a batch leaves at the end of the loop's turn in which it gathered */
    uv_timer_t delay;  /* … or, in a rush, a moment later and fuller */
    bool is_due;
    unsigned last_count;
    struct batch_statistics statistics;
};

/* What was sent, until its answer. */
struct batch {
    struct batch_gatherer *gatherer;
    unsigned count;
    struct booking *bookings[BATCH_BOOKINGS_MAX];
};

/* An inventory that bookings of a batch are for. */
struct planned_inventory {
    const struct booking *booking; /* one of them */
    unsigned day;                  /* index among the plan's days */
    uint64_t slots;                /* that the bookings take, bit by bit */
    unsigned number, field;        /* place among the inventories, and of its sequence among the
                                    * unit fields; from 1 as Lua's */
};

/* The arguments of a batch in the making: reserve.lua says what stands where. */
struct batch_plan {
    struct city *city;
    const struct catalogue *catalogue;
    struct batch *batch;
    struct arena arena;
    day_number today, days[BATCH_BOOKINGS_MAX];
    struct planned_inventory inventories[BATCH_BOOKINGS_MAX];
    struct planned_inventory *of_booking[BATCH_BOOKINGS_MAX];
    unsigned day_count, inventory_count, tag_count;
    char evidence; /* what the records say of the health code, unless the function knows better */
    struct text *args;
    size_t count, capacity;
};

static void flush(void *owner);

struct batch_gatherer *batch_gatherer_new(struct city *city)
{
    struct batch_gatherer *gatherer = memory_new(sizeof *gatherer);

    gatherer->city = city;
    list_init(&gatherer->bookings);
    gatherer->turn = turn_new(city->loop, flush, gatherer);
    uv_timer_init(city->loop, &gatherer->delay);
    gatherer->delay.data = gatherer;
    return gatherer;
}

static void on_close(uv_handle_t *handle)
{
    free(handle->data);
}

void batch_gatherer_free(struct batch_gatherer *gatherer)
{
    turn_free(gatherer->turn);
    uv_close((uv_handle_t *)&gatherer->delay, on_close);
}

const struct batch_statistics *batch_statistics(const struct city *city)
{
    return &city->gatherer->statistics;
}

/* By their ids: a batch can hold bookings made under two editions of the catalogue. */
static bool same_inventory(const struct booking *a, const struct booking *b)
{
    return a->day == b->day && (a->queue == b->queue || (text_equal(a->hall->id, b->hall->id) &&
                                                         text_equal(a->queue->id, b->queue->id)));
}

static unsigned find_day(struct batch_plan *plan, day_number day)
{
    for (unsigned d = 0; d < plan->day_count; d++)
        if (plan->days[d] == day)
            return d;
    plan->days[plan->day_count] = day;
    return plan->day_count++;
}

static struct planned_inventory *find_inventory(struct batch_plan *plan,
                                                const struct booking *booking)
{
    struct planned_inventory *inventory = plan->inventories;

    for (unsigned i = 0; i < plan->inventory_count; i++, inventory++)
        if (same_inventory(inventory->booking, booking))
            return inventory;
    plan->inventory_count++;
    inventory->booking = booking;
    inventory->day = find_day(plan, booking->day);
    return inventory;
}

static void push(struct batch_plan *plan, struct text arg)
{
    if (plan->count == plan->capacity) {
        plan->capacity = plan->capacity ? plan->capacity * 2 : 512;
        plan->args = memory_resize(plan->args, plan->capacity * sizeof *plan->args);
    }
    plan->args[plan->count++] = arg;
}

static void push_number(struct batch_plan *plan, int64_t value)
{
    struct buffer digits = {0};

    buffer_append_integer(&digits, value);
    push(plan, arena_copy(&plan->arena, buffer_text(&digits)));
    buffer_free(&digits);
}

static void push_copy(struct batch_plan *plan, struct buffer *buffer)
{
    push(plan, arena_copy(&plan->arena, buffer_text(buffer)));
    buffer_clear(buffer);
}

/* Seconds until the keys of a day may go. */
static int64_t seconds_kept(const struct batch_plan *plan, day_number day)
{
    int64_t days = day - plan->today + 1 + (int64_t)plan->city->retention_days;

    return days * SECONDS_A_DAY;
}

static void push_keys(struct batch_plan *plan)
{
    struct text city = plan->city->code;
    struct arena *arena = &plan->arena;

    push_number(plan, 5 + 2 * plan->day_count);
    push(plan, key_events(arena, city));
    push(plan, key_health(arena, city));
    push(plan, key_persons(arena, city));
    push(plan, key_idempotency(arena, city, plan->today));
    push(plan, key_idempotency(arena, city, plan->today - 1));
    for (unsigned d = 0; d < plan->day_count; d++) {
        push(plan, key_units(arena, city, plan->days[d]));
        push(plan, key_reservations(arena, city, plan->days[d]));
    }
}

static struct text eligibility_letter(const struct catalogue *catalogue)
{
    if (catalogue->eligibility_mode == ELIGIBILITY_OFF)
        return TEXT("o");
    switch (catalogue->on_unknown) {
    case ELIGIBILITY_ALLOW:
        return TEXT("a");
    case ELIGIBILITY_DESK:
        return TEXT("d");
    case ELIGIBILITY_REFUSE:
        break;
    }
    return TEXT("r");
}

static void push_header(struct batch_plan *plan)
{
    struct buffer today = {0};

    push_number(plan, plan->batch->count);
    push_number(plan, plan->day_count);
    push_number(plan, plan->inventory_count);
    push_number(plan, plan->tag_count);
    push_number(plan, plan->catalogue->live_per_person);
    calendar_append_compact_date(&today, plan->today);
    push_copy(plan, &today);
    push(plan, eligibility_letter(plan->catalogue));
    push_number(plan, clock_now_ms() / 1000);
    push_number(plan, IDEMPOTENCY_DAYS * SECONDS_A_DAY);
    push(plan, text_bytes(&plan->evidence, 1));
    buffer_free(&today);
}

static unsigned fields_of(const struct planned_inventory *inventory)
{
    return SEQUENCE_FIELD + (unsigned)__builtin_popcountll(inventory->slots);
}

/* For each day the count of its unit fields and the seconds that its reservations live. */
static void push_days(struct batch_plan *plan)
{
    for (unsigned d = 0; d < plan->day_count; d++) {
        unsigned fields = 0;
        for (unsigned i = 0; i < plan->inventory_count; i++)
            if (plan->inventories[i].day == d)
                fields += fields_of(&plan->inventories[i]);
        push_number(plan, fields);
        push_number(plan, seconds_kept(plan, plan->days[d]));
    }
}

static void push_fields_of(struct batch_plan *plan, const struct planned_inventory *inventory)
{
    const struct booking *booking = inventory->booking;
    struct buffer field = {0};
    size_t queue;

    key_append_queue(&field, booking->hall->id, booking->queue->id);
    queue = field.length;
    buffer_append(&field, TEXT("seq"));
    push(plan, arena_copy(&plan->arena, buffer_text(&field)));
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        if (!(inventory->slots >> slot & 1))
            continue;
        field.length = queue;
        buffer_append_integer(&field, slot);
        push(plan, arena_copy(&plan->arena, buffer_text(&field)));
    }
    buffer_free(&field);
}

/* The fields of units day by day; numbers the inventories on the way. */
static void push_fields(struct batch_plan *plan)
{
    unsigned number = 0, field = 1;

    for (unsigned d = 0; d < plan->day_count; d++)
        for (unsigned i = 0; i < plan->inventory_count; i++) {
            struct planned_inventory *inventory = &plan->inventories[i];
            if (inventory->day != d)
                continue;
            inventory->number = ++number;
            inventory->field = field;
            field += fields_of(inventory);
            push_fields_of(plan, inventory);
        }
}

static void push_inventory(struct batch_plan *plan, const struct planned_inventory *inventory)
{
    const struct booking *booking = inventory->booking;
    struct buffer words = {0};

    buffer_append_byte(&words, (char)(inventory->day + 1));
    buffer_append_byte(&words, (char)(inventory->field >> 8));
    buffer_append_byte(&words, (char)inventory->field);
    push_copy(plan, &words);
    key_append_queue(&words, booking->hall->id, booking->queue->id);
    push(plan, arena_copy(&plan->arena, buffer_text(&words)));
    calendar_append_compact_date(&words, booking->day);
    push_copy(plan, &words);
    buffer_free(&words);
}

/* In the order of their numbers, which is that of their days. */
static void push_inventories(struct batch_plan *plan)
{
    for (unsigned d = 0; d < plan->day_count; d++)
        for (unsigned i = 0; i < plan->inventory_count; i++)
            if (plan->inventories[i].day == d)
                push_inventory(plan, &plan->inventories[i]);
}

static struct text booking_head(struct batch_plan *plan, unsigned b, unsigned tag)
{
    const struct booking *booking = plan->batch->bookings[b];
    const struct planned_inventory *inventory = plan->of_booking[b];
    uint64_t before = inventory->slots & ((1ULL << booking->slot) - 1);
    unsigned char head[] = {
        (unsigned char)inventory->number,
        (unsigned char)(SEQUENCE_FIELD + __builtin_popcountll(before)),
        (unsigned char)booking->service->span,
        (unsigned char)booking->service->units,
        (unsigned char)tag,
    };

    return arena_copy(&plan->arena, text_bytes(head, sizeof head));
}

/* ';SERVICE DATE ', how a person's entry begins. */
static void push_service(struct batch_plan *plan, const struct booking *booking)
{
    struct buffer words = {0};

    buffer_append_byte(&words, ';');
    buffer_append(&words, booking->service->id);
    buffer_append_byte(&words, ' ');
    calendar_append_compact_date(&words, booking->day);
    buffer_append_byte(&words, ' ');
    push_copy(plan, &words);
    buffer_free(&words);
}

/* The digest and 'DATE ', how an idempotency key's value begins. */
static void push_digest(struct batch_plan *plan, const struct booking *booking)
{
    struct buffer words = {0};

    buffer_append(&words, text_bytes(booking->digest, DIGEST_BYTES));
    calendar_append_compact_date(&words, booking->day);
    buffer_append_byte(&words, ' ');
    push_copy(plan, &words);
    buffer_free(&words);
}

static void push_columns(struct batch_plan *plan)
{
    struct booking *const *bookings = plan->batch->bookings;
    unsigned count = plan->batch->count, tag = 0;

    for (unsigned b = 0; b < count; b++)
        push(plan, booking_head(plan, b, bookings[b]->has_tag ? ++tag : 0));
    for (unsigned b = 0; b < count; b++)
        push(plan, text_bytes(bookings[b]->person, PERSON_KEY_BYTES));
    for (unsigned b = 0; b < count; b++)
        push_service(plan, bookings[b]);
    for (unsigned b = 0; b < count; b++) {
        bookings[b]->record[EVIDENCE_BYTE] = plan->evidence;
        push(plan, text_bytes(bookings[b]->record, bookings[b]->record_length));
    }
    for (unsigned b = 0; b < count; b++)
        if (bookings[b]->has_tag)
            push(plan, text_bytes(bookings[b]->tag, TAG_BYTES));
    for (unsigned b = 0; b < count; b++)
        if (bookings[b]->has_tag)
            push_digest(plan, bookings[b]);
}

/* 'A410400-01.20261123.A-12-K7Q9X2' and the like. */
static int read_letter(struct booking *booking, struct text word)
{
    booking->other = text_part(word, 1, word.length);
    booking->health = word.length > 1 ? word.data[1] : 0;
    switch (word.length ? word.data[0] : 0) {
    case 'R':
        return BATCH_REPEATED;
    case 'M':
        return BATCH_MISMATCH;
    case 'H':
        return BATCH_NOT_GREEN;
    case 'A':
        return BATCH_ALREADY;
    case 'L':
        return BATCH_LIMIT;
    case 'N':
        return BATCH_NOT_OPEN;
    case 'S':
        return BATCH_CLOSED;
    case 'F':
        return BATCH_FULL;
    default:
        return STORE_ERROR;
    }
}

static int read_outcome(struct booking *booking, const struct store_reply *reply)
{
    int64_t sequence;

    if (store_reply_kind(reply) != STORE_REPLY_INTEGER)
        return read_letter(booking, store_reply_text(reply));
    sequence = store_reply_integer(reply);
    booking->desk_check = sequence < 0;
    booking->sequence = (uint32_t)(sequence < 0 ? -sequence : sequence);
    return BATCH_BOOKED;
}

static void batch_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct batch *batch = owner;
    struct batch_gatherer *gatherer = batch->gatherer;
    size_t changed = (size_t)store_reply_integer(store_reply_at(reply, 1));

    gatherer->in_flight--;
    if (status == STORE_OK)
        for (size_t i = 0; i < changed; i++)
            city_apply(gatherer->city, store_reply_text_at(reply, 2 + i),
                       store_reply_text_at(reply, 0), false);
    for (unsigned b = 0; b < batch->count; b++) {
        struct booking *booking = batch->bookings[b];
        int outcome = status == STORE_OK
                          ? read_outcome(booking, store_reply_at(reply, 2 + changed + b))
                          : (int)status;
        booking->on_answer(booking, outcome);
    }
    free(batch);
    if (gatherer->gathered)
        turn_request(gatherer->turn);
}

static struct batch *take_batch(struct batch_gatherer *gatherer)
{
    struct batch *batch = memory_new(sizeof *batch);
    struct list *item;

    batch->gatherer = gatherer;
    while (batch->count < BATCH_BOOKINGS_MAX && (item = list_take_first(&gatherer->bookings)))
        batch->bookings[batch->count++] = CONTAINER_OF(item, struct booking, in_batch);
    gatherer->gathered -= batch->count;
    return batch;
}

static void plan_batch(struct batch_plan *plan)
{
    for (unsigned b = 0; b < plan->batch->count; b++) {
        const struct booking *booking = plan->batch->bookings[b];
        struct planned_inventory *inventory = find_inventory(plan, booking);

        inventory->slots |= ((1ULL << booking->service->span) - 1) << booking->slot;
        plan->of_booking[b] = inventory;
        plan->tag_count += booking->has_tag;
    }
}

/* Sends what was gathered, at most a batch; returns how many bookings left. */
static unsigned send_batch(struct batch_gatherer *gatherer)
{
    struct city *city = gatherer->city;
    struct batch_plan plan = {
        .city = city,
        .catalogue = city->edition->catalogue,
        .batch = take_batch(gatherer),
        .today = city_today(city),
        .evidence = city->edition->catalogue->eligibility_mode == ELIGIBILITY_OFF ? EVIDENCE_OFF
                                                                                  : EVIDENCE_GREEN,
    };

    plan_batch(&plan);
    push(&plan, TEXT("FCALL"));
    push(&plan, slots_library.reserve);
    push_keys(&plan);
    push_header(&plan);
    push_days(&plan);
    push_fields(&plan);
    push_inventories(&plan);
    push_columns(&plan);
    gatherer->in_flight++;
    gatherer->statistics.batches++;
    gatherer->statistics.bookings += plan.batch->count;
    store_command(city->store, plan.args, plan.count, 0, batch_answered, plan.batch);
    free(plan.args);
    arena_free(&plan.arena);
    return plan.batch->count;
}

static void on_delay(uv_timer_t *timer)
{
    struct batch_gatherer *gatherer = timer->data;

    gatherer->is_due = true;
    flush(gatherer);
}

/* A call's fixed cost, an fsync above all, is shared by its bookings. When the last batch shows a
 * rush, as many as it had are awaited, but no longer than a moment (PostgreSQL's commit_delay and
 * commit_siblings). */
static bool awaits_more(struct batch_gatherer *gatherer)
{
    if (gatherer->is_due || gatherer->last_count < RUSH_BOOKINGS_MIN ||
        gatherer->gathered >= gatherer->last_count)
        return false;
    if (!uv_is_active((uv_handle_t *)&gatherer->delay))
        uv_timer_start(&gatherer->delay, on_delay, RUSH_DELAY_MS, 0);
    return true;
}

static void flush(void *owner)
{
    struct batch_gatherer *gatherer = owner;

    if (!gatherer->gathered || gatherer->in_flight == BATCHES_IN_FLIGHT_MAX ||
        awaits_more(gatherer))
        return;
    uv_timer_stop(&gatherer->delay);
    gatherer->is_due = false;
    gatherer->last_count = send_batch(gatherer);
}

void batch_submit(struct city *city, struct booking *booking)
{
    struct batch_gatherer *gatherer = city->gatherer;

    list_append(&gatherer->bookings, &booking->in_batch);
    gatherer->gathered++;
    turn_request(gatherer->turn);
}
