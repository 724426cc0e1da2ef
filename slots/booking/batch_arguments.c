/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/batch_arguments.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/catalogue/keys.h"
#include "slots/catalogue/plan.h"
#include "slots/ledger/ledger_call.h"
#include "slots/ledger/library.h"
#include "slots/ledger/person_entry.h"

enum { SECONDS_A_DAY = 86400, IDEMPOTENCY_DAYS = 2, SEQUENCE_FIELD = 1, ITEMS_AT_FIRST = 512 };

/* An inventory that bookings of a batch are for. */
struct planned_inventory {
    const struct booking *booking; /* one of them */
    unsigned day;                  /* index among the plan's days */
    uint64_t slots;                /* that the bookings take, bit by bit */
    uint64_t kept;                 /* of those: some of their units are kept for priority people */
    unsigned number, field;        /* place among the inventories, and of its sequence among the
                                    * unit fields; from 1 as Lua's */
};

/* The arguments of a batch in the making: reserve.lua says what stands where. */
struct batch_plan {
    struct city *city;
    const struct catalogue *catalogue;
    struct batch_arguments *arguments;
    struct booking *const *bookings;
    unsigned count;
    day_number today, days[BATCH_BOOKINGS_MAX];
    struct planned_inventory inventories[BATCH_BOOKINGS_MAX];
    struct planned_inventory *of_booking[BATCH_BOOKINGS_MAX];
    unsigned day_count, inventory_count, tag_count;
    int64_t now_ms;
    char evidence; /* what the records say of the health code, unless the function knows better */
};

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
    struct batch_arguments *arguments = plan->arguments;

    if (arguments->count == arguments->capacity) {
        arguments->capacity = arguments->capacity ? arguments->capacity * 2 : ITEMS_AT_FIRST;
        arguments->items =
            memory_resize(arguments->items, arguments->capacity * sizeof *arguments->items);
    }
    arguments->items[arguments->count++] = arg;
}

static void push_number(struct batch_plan *plan, int64_t value)
{
    push(plan, arena_integer(&plan->arguments->arena, value));
}

static void push_copy(struct batch_plan *plan, struct buffer *buffer)
{
    push(plan, arena_copy(&plan->arguments->arena, buffer_text(buffer)));
    buffer_clear(buffer);
}

static void push_keys(struct batch_plan *plan)
{
    struct text city = plan->city->code;
    struct arena *arena = &plan->arguments->arena;

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

static void push_header(struct batch_plan *plan)
{
    char eligibility = ledger_eligibility(plan->catalogue);
    struct buffer today = {0};

    push_number(plan, plan->count);
    push_number(plan, plan->day_count);
    push_number(plan, plan->inventory_count);
    push_number(plan, plan->tag_count);
    push_number(plan, plan->catalogue->live_per_person);
    calendar_append_compact_date(&today, plan->today);
    push_copy(plan, &today);
    push(plan, arena_copy(&plan->arguments->arena, text_bytes(&eligibility, 1)));
    push_number(plan, plan->now_ms / 1000);
    push_number(plan, IDEMPOTENCY_DAYS * SECONDS_A_DAY);
    push(plan, arena_copy(&plan->arguments->arena, text_bytes(&plan->evidence, 1)));
    push_number(plan, plan->catalogue->cancellations_per_month);
    push(plan, ledger_overlap(plan->catalogue));
    buffer_free(&today);
}

static unsigned slots_of(const struct planned_inventory *inventory)
{
    return (unsigned)__builtin_popcountll(inventory->slots);
}

static unsigned kept_fields_of(const struct planned_inventory *inventory)
{
    return inventory->kept ? slots_of(inventory) : 0;
}

static unsigned fields_of(const struct planned_inventory *inventory)
{
    return SEQUENCE_FIELD + slots_of(inventory) + kept_fields_of(inventory);
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
        push_number(plan, ledger_seconds_kept(plan->city, plan->days[d]));
    }
}

/* `field` holds the queue; a letter and the half hour are written behind it. */
static void push_slot_field(struct batch_plan *plan, struct buffer *field, struct text letter,
                            unsigned slot)
{
    size_t queue = field->length;

    buffer_append(field, letter);
    buffer_append_integer(field, slot);
    push(plan, arena_copy(&plan->arguments->arena, buffer_text(field)));
    field->length = queue;
}

/* A field that never exists stands for the kept units that anybody may have by now. */
static void push_kept_fields(struct batch_plan *plan, const struct planned_inventory *inventory,
                             struct buffer *field)
{
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        if (inventory->kept >> slot & 1)
            push_slot_field(plan, field, TEXT("k"), slot);
        else if (inventory->slots >> slot & 1)
            push(plan, TEXT("-"));
}

static void push_fields_of(struct batch_plan *plan, const struct planned_inventory *inventory)
{
    const struct booking *booking = inventory->booking;
    struct buffer field = {0};
    size_t queue;

    key_append_queue(&field, booking->hall->id, booking->queue->id);
    queue = field.length;
    buffer_append(&field, TEXT("seq"));
    push(plan, arena_copy(&plan->arguments->arena, buffer_text(&field)));
    field.length = queue;
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        if (inventory->slots >> slot & 1)
            push_slot_field(plan, &field, TEXT_NONE, slot);
    if (inventory->kept)
        push_kept_fields(plan, inventory, &field);
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
    buffer_append_byte(&words, (char)kept_fields_of(inventory));
    push_copy(plan, &words);
    key_append_queue(&words, booking->hall->id, booking->queue->id);
    push(plan, arena_copy(&plan->arguments->arena, buffer_text(&words)));
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
    const struct booking *booking = plan->bookings[b];
    const struct planned_inventory *inventory = plan->of_booking[b];
    uint64_t before = inventory->slots & ((1ULL << booking->slot) - 1);
    unsigned char head[] = {
        (unsigned char)inventory->number,
        (unsigned char)(SEQUENCE_FIELD + __builtin_popcountll(before)),
        (unsigned char)booking->service->span,
        (unsigned char)booking->service->units,
        (unsigned char)tag,
        booking->has_priority,
        '+',
        (unsigned char)(HALF_HOUR_BYTE + booking->slot),
        (unsigned char)(HALF_HOUR_BYTE + booking->slot + booking->service->span - 1),
    };

    return arena_copy(&plan->arguments->arena, text_bytes(head, sizeof head));
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
    struct booking *const *bookings = plan->bookings;
    unsigned count = plan->count, tag = 0;

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

static uint64_t slots_wanted(const struct booking *booking)
{
    return ((1ULL << booking->service->span) - 1) << booking->slot;
}

/* The half hours of a booking in which units may be kept for priority people; whoever is one takes
 * of them whatever the clock says by now. */
static uint64_t kept_slots(const struct batch_plan *plan, const struct booking *booking)
{
    uint64_t kept = 0;
    unsigned from;

    if (booking->has_priority)
        return slots_wanted(booking);
    if (booking->queue->priority_share <= 0)
        return 0;
    from = queue_kept_from(plan->catalogue, booking->queue, booking->day, plan->now_ms);
    for (unsigned slot = booking->slot; slot < booking->slot + booking->service->span; slot++)
        if (slot >= from)
            kept |= 1ULL << slot;
    return kept;
}

static void plan_batch(struct batch_plan *plan)
{
    for (unsigned b = 0; b < plan->count; b++) {
        const struct booking *booking = plan->bookings[b];
        struct planned_inventory *inventory = find_inventory(plan, booking);

        inventory->slots |= slots_wanted(booking);
        inventory->kept |= kept_slots(plan, booking);
        plan->of_booking[b] = inventory;
        plan->tag_count += booking->has_tag;
    }
}

void batch_arguments_init(struct batch_arguments *arguments, struct city *city,
                          struct booking *const *bookings, unsigned count)
{
    const struct catalogue *catalogue = city->edition->catalogue;
    struct batch_plan plan = {
        .city = city,
        .catalogue = catalogue,
        .arguments = arguments,
        .bookings = bookings,
        .count = count,
        .today = city_today(city),
        .now_ms = clock_now_ms(),
        .evidence = catalogue->eligibility_mode == ELIGIBILITY_OFF ? EVIDENCE_OFF : EVIDENCE_GREEN,
    };

    *arguments = (struct batch_arguments){0};
    plan_batch(&plan);
    push(&plan, TEXT("FCALL"));
    push(&plan, slots_library.reserve);
    push_keys(&plan);
    push_header(&plan);
    push_days(&plan);
    push_fields(&plan);
    push_inventories(&plan);
    push_columns(&plan);
}

void batch_arguments_free(struct batch_arguments *arguments)
{
    free(arguments->items);
    arena_free(&arguments->arena);
}
