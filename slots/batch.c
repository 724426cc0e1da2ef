/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/batch.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/keys.h"
#include "slots/library.h"
#include "store/turn.h"

enum { SECONDS_A_DAY = 86400, BOOKING_ARGS = 7, HEADER_BYTES = 6 };

struct batch_gatherer {
    struct city *city;
    struct list bookings;
    unsigned gathered, in_flight;
    struct turn *turn; /* a batch leaves at the end of the loop's turn in which it gathered */
    struct batch_statistics statistics;
};

/* What was sent, until its answer. */
struct batch {
    struct batch_gatherer *gatherer;
    unsigned count;
    struct booking *bookings[BATCH_BOOKINGS_MAX];
};

/* The distinct keys of a batch; indexes count from 1 as Lua's do. */
struct batch_plan {
    struct city *city;
    const struct catalogue *catalogue;
    struct arena arena;
    day_number today, first_day; /* a booking from before midnight may be of yesterday */
    unsigned days, inventory_count, book_count;
    const struct booking *inventories[BATCH_BOOKINGS_MAX];
    const struct booking *books[BATCH_BOOKINGS_MAX]; /* hall-days */
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
    return gatherer;
}

void batch_gatherer_free(struct batch_gatherer *gatherer)
{
    turn_free(gatherer->turn);
    free(gatherer);
}

const struct batch_statistics *batch_statistics(const struct city *city)
{
    return &city->gatherer->statistics;
}

/* By their ids: a batch can hold bookings made under two editions of the catalogue. */
static bool same_hall_day(const struct booking *a, const struct booking *b)
{
    return a->day == b->day && (a->hall == b->hall || text_equal(a->hall->id, b->hall->id));
}

static bool same_inventory(const struct booking *a, const struct booking *b)
{
    return same_hall_day(a, b) && (a->queue == b->queue || text_equal(a->queue->id, b->queue->id));
}

static unsigned place_of_inventory(struct batch_plan *plan, const struct booking *booking)
{
    for (unsigned i = 0; i < plan->inventory_count; i++)
        if (same_inventory(plan->inventories[i], booking))
            return i + 1;
    plan->inventories[plan->inventory_count++] = booking;
    return plan->inventory_count;
}

static unsigned place_of_book(struct batch_plan *plan, const struct booking *booking)
{
    for (unsigned i = 0; i < plan->book_count; i++)
        if (same_hall_day(plan->books[i], booking))
            return i + 1;
    plan->books[plan->book_count++] = booking;
    return plan->book_count;
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

    push_number(plan, 4 + plan->days + plan->inventory_count + plan->book_count);
    push(plan, key_events(arena, city));
    push(plan, key_health(arena, city));
    push(plan, key_idempotency(arena, city, plan->today));
    push(plan, key_idempotency(arena, city, plan->today - 1));
    for (unsigned d = 0; d < plan->days; d++)
        push(plan, key_persons(arena, city, plan->first_day + (day_number)d));
    for (unsigned i = 0; i < plan->inventory_count; i++)
        push(plan, key_units(arena, city, plan->inventories[i]->hall->id,
                             plan->inventories[i]->queue->id, plan->inventories[i]->day));
    for (unsigned r = 0; r < plan->book_count; r++)
        push(plan, key_reservations(arena, city, plan->books[r]->hall->id, plan->books[r]->day));
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

/* 'hall queue date' as in events. */
static struct text inventory_name(struct batch_plan *plan, const struct booking *booking)
{
    struct buffer name = {0};
    struct text result;

    buffer_append(&name, booking->hall->id);
    buffer_append_byte(&name, ' ');
    buffer_append(&name, booking->queue->id);
    buffer_append_byte(&name, ' ');
    calendar_append_compact_date(&name, booking->day);
    result = arena_copy(&plan->arena, buffer_text(&name));
    buffer_free(&name);
    return result;
}

/* 'hall.date.', what stands before the code in an id. */
static struct text id_prefix(struct batch_plan *plan, const struct booking *booking)
{
    struct buffer id = {0};
    struct text result;

    reservation_append_id(&id, booking->hall->id, booking->day, booking->code);
    result = arena_copy(&plan->arena, text_part(buffer_text(&id), 0, id.length - CODE_BYTES));
    buffer_free(&id);
    return result;
}

static void push_header(struct batch_plan *plan, unsigned bookings)
{
    push_number(plan, bookings);
    push_number(plan, plan->days);
    push_number(plan, plan->inventory_count);
    push_number(plan, plan->book_count);
    push_number(plan, plan->catalogue->live_per_person);
    push(plan, eligibility_letter(plan->catalogue));
    push_number(plan, clock_now_ms() / 1000);
    push_number(plan, 2 * SECONDS_A_DAY);
    for (unsigned d = 0; d < plan->days; d++)
        push_number(plan, seconds_kept(plan, plan->first_day + (day_number)d));
    for (unsigned i = 0; i < plan->inventory_count; i++)
        push(plan, inventory_name(plan, plan->inventories[i]));
    for (unsigned r = 0; r < plan->book_count; r++) {
        push(plan, id_prefix(plan, plan->books[r]));
        push_number(plan, seconds_kept(plan, plan->books[r]->day));
    }
}

static void push_booking(struct batch_plan *plan, const struct booking *booking)
{
    unsigned char header[HEADER_BYTES] = {
        (unsigned char)(booking->day - plan->first_day + 1),
        (unsigned char)place_of_inventory(plan, booking),
        (unsigned char)place_of_book(plan, booking),
        (unsigned char)booking->slot,
        (unsigned char)booking->service->span,
        (unsigned char)booking->service->units,
    };

    push(plan, arena_copy(&plan->arena, text_bytes(header, sizeof header)));
    push(plan, text_bytes(booking->person, PERSON_KEY_BYTES));
    push(plan, booking->service->id);
    push(plan, text_bytes(booking->tag, booking->has_tag ? TAG_BYTES : 0));
    push(plan, text_bytes(booking->digest, DIGEST_BYTES));
    push(plan, text_bytes(booking->code, CODE_BYTES));
    push(plan, booking->record);
}

/* 'A410400-01.20261123.K7…' and the like. */
static int read_letter(struct booking *booking, struct text word)
{
    booking->reservation_id = text_part(word, 1, word.length);
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
    case 'C':
        return BATCH_CODE_TAKEN;
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

static void plan_batch(struct batch_plan *plan, struct batch *batch)
{
    day_number last = plan->today + (day_number)plan->catalogue->days_ahead_max;

    plan->first_day = plan->today;
    for (unsigned b = 0; b < batch->count; b++) {
        const struct booking *booking = batch->bookings[b];
        place_of_inventory(plan, booking);
        place_of_book(plan, booking);
        if (booking->day < plan->first_day)
            plan->first_day = booking->day;
        if (booking->day > last)
            last = booking->day;
    }
    plan->days = (unsigned)(last - plan->first_day) + 1;
}

static void send_batch(struct batch_gatherer *gatherer)
{
    struct city *city = gatherer->city;
    struct batch *batch = take_batch(gatherer);
    struct batch_plan plan = {
        .city = city, .catalogue = city->edition->catalogue, .today = city_today(city)};

    plan_batch(&plan, batch);
    push(&plan, TEXT("FCALL"));
    push(&plan, slots_library.reserve);
    push_keys(&plan);
    push_header(&plan, batch->count);
    for (unsigned b = 0; b < batch->count; b++)
        push_booking(&plan, batch->bookings[b]);
    gatherer->in_flight++;
    gatherer->statistics.batches++;
    gatherer->statistics.bookings += batch->count;
    store_command(city->store, plan.args, plan.count, 0, batch_answered, batch);
    free(plan.args);
    arena_free(&plan.arena);
}

static void flush(void *owner)
{
    struct batch_gatherer *gatherer = owner;

    while (gatherer->gathered && gatherer->in_flight < BATCHES_IN_FLIGHT_MAX)
        send_batch(gatherer);
}

void batch_submit(struct city *city, struct booking *booking)
{
    struct batch_gatherer *gatherer = city->gatherer;

    list_append(&gatherer->bookings, &booking->in_batch);
    gatherer->gathered++;
    turn_request(gatherer->turn);
}
