/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/reserve_parts.h"

#include "base/clock.h"
#include "slots/catalogue/plan.h"

enum { DIGEST_PARTS_MAX = 64 }; /* 12, and 5 a person besides the applicant: agent, party of 9 */

void reserve_make_items(struct reserve *reserve, unsigned count)
{
    reserve->item_count = count;
    reserve->items =
        count == 1 ? &reserve->only : arena_new(&reserve->arena, count * sizeof *reserve->items);
}

void reserve_free_items(struct reserve *reserve)
{
    for (unsigned i = 0; i < reserve->item_count; i++) {
        struct reserve_item *item = &reserve->items[i];

        if (item->plain.data)
            sodium_memzero(item->plain.data, item->plain.capacity);
        buffer_free(&item->plain);
        buffer_free(&item->record);
    }
}

static void copy_applicant(struct arena *arena, struct applicant *to, const struct applicant *from,
                           const struct person *agent)
{
    to->name = arena_copy(arena, from->name);
    to->id_number = arena_copy(arena, from->id_number);
    to->phone = arena_copy(arena, from->phone);
    to->id_type = from->id_type;
    if (!agent->id_number.length)
        return;
    to->agent.name = arena_copy(arena, agent->name);
    to->agent.id_number = arena_copy(arena, agent->id_number);
    to->agent.phone = arena_copy(arena, agent->phone);
    to->agent.id_type = agent->id_type;
}

/* The priority counts where units are kept and not yet everybody's. */
static enum priority priority_of(const struct reserve *reserve, const struct reserve_item *item,
                                 enum priority declared)
{
    const struct reservation *reservation = &item->reservation;
    enum priority priority = declared;

    if (item->queue->priority_share <= 0)
        return PRIORITY_NONE;
    if (!priority && id_document_elderly(item->applicant.id_type, item->applicant.id_number,
                                         reservation->id.day) == ID_AGE_ELDERLY)
        priority = PRIORITY_ELDERLY;
    if (!priority || reservation->slot + reservation->span <=
                         queue_kept_from(reserve->edition->catalogue, item->queue,
                                         reservation->id.day, clock_now_ms()))
        return PRIORITY_NONE;
    return priority;
}

static void fill_item(struct reserve *reserve, struct reserve_item *item,
                      const struct reserve_order *order, const struct applicant *applicant,
                      unsigned slot)
{
    struct reservation *reservation = &item->reservation;

    reservation->id.hall = order->hall->id;
    reservation->id.queue = item->queue->id;
    reservation->id.day = order->day;
    reservation->service = item->service->id;
    reservation->slot = slot;
    reservation->span = item->service->span;
    reservation->units = item->service->units;
    reservation->status = RESERVATION_BOOKED;
    reservation->evidence = EVIDENCE_OFF;
    reservation->created_at_ms = clock_now_ms();
    reservation->creator = order->creator;
    copy_applicant(&reserve->arena, &item->applicant, applicant, &order->applicant.agent);
    reservation->extras.priority =
        priority_of(reserve, item, applicant == &order->applicant ? order->priority : 0);
}

/* Each step begins at the half hour behind the last one's. */
static void fill_steps(struct reserve *reserve, const struct reserve_order *order)
{
    unsigned slot = order->slot;

    for (unsigned i = 0; i < reserve->item_count; i++) {
        struct reserve_item *item = &reserve->items[i];

        item->service = order->package->steps[i];
        item->queue = hall_queue_for(order->hall, item->service);
        fill_item(reserve, item, order, &order->applicant, slot);
        slot += item->service->span;
    }
}

static void fill_people(struct reserve *reserve, const struct reserve_order *order)
{
    for (unsigned i = 0; i < reserve->item_count; i++) {
        struct reserve_item *item = &reserve->items[i];

        item->service = order->service;
        item->queue = order->queue;
        fill_item(reserve, item, order, i ? &order->party[i - 1] : &order->applicant, order->slot);
    }
}

static void fill_booking(struct reserve *reserve, const struct reserve_order *order)
{
    struct booking *booking = &reserve->booking;

    booking->hall = order->hall;
    booking->queue = reserve->items[0].queue;
    booking->service = reserve->items[0].service;
    booking->day = order->day;
    booking->slot = order->slot;
}

/* What tells one request from another: a plain one's parts first. */
struct digest_parts {
    struct text parts[DIGEST_PARTS_MAX];
    size_t count;
};

static void add_part(struct digest_parts *digest, struct text part)
{
    digest->parts[digest->count++] = part;
}

/* An ID card goes without saying, as it did before there were other documents. */
static void add_id_type(struct digest_parts *digest, enum id_type type)
{
    if (type != ID_CARD)
        add_part(digest, text_of(id_type_name(type)));
}

static void add_person(struct digest_parts *digest, struct text what, struct text name,
                       struct text id_number, struct text phone)
{
    add_part(digest, what);
    add_part(digest, name);
    add_part(digest, id_number);
    add_part(digest, phone);
}

static void add_request(struct digest_parts *digest, const struct reserve_order *order)
{
    const struct applicant *applicant = &order->applicant;

    add_part(digest, order->hall->id);
    add_part(digest, order->package ? order->package->id : order->service->id);
    add_part(digest, text_bytes(&order->day, sizeof order->day));
    add_part(digest, text_bytes(&order->slot, sizeof order->slot));
    add_part(digest, applicant->name);
    add_part(digest, applicant->id_number);
    add_part(digest, applicant->phone);
    add_part(digest, order->channel);
    add_id_type(digest, applicant->id_type);
    if (order->package)
        add_part(digest, TEXT("package"));
    if (order->priority)
        add_part(digest, text_of(priority_name(order->priority)));
    if (applicant->agent.id_number.length) {
        add_person(digest, TEXT("agent"), applicant->agent.name, applicant->agent.id_number,
                   applicant->agent.phone);
        add_id_type(digest, applicant->agent.id_type);
    }
    for (unsigned i = 0; i < order->party_count; i++) {
        add_person(digest, TEXT("party"), order->party[i].name, order->party[i].id_number,
                   order->party[i].phone);
        add_id_type(digest, order->party[i].id_type);
    }
}

/* The tag names the key and whose it is; the digest tells whether the request is the same. */
static void digest_order(struct reserve *reserve, const struct reserve_order *order)
{
    struct booking *booking = &reserve->booking;
    const struct text key[] = {order->principal, order->idempotency_key};
    struct digest_parts digest = {0};

    if (!order->idempotency_key.length)
        return;
    add_request(&digest, order);
    booking->has_tag = reserve->proof.has_tag = true;
    vault_digest(&reserve->city->keys, key, sizeof key / sizeof *key, booking->tag, TAG_BYTES);
    vault_digest(&reserve->city->keys, digest.parts, digest.count, booking->digest, DIGEST_BYTES);
    memcpy(reserve->proof.tag, booking->tag, TAG_BYTES);
}

static bool has_priority(const struct reserve *reserve)
{
    for (unsigned i = 0; i < reserve->item_count; i++)
        if (reserve->items[i].reservation.extras.priority)
            return true;
    return false;
}

/* A batch's fields are half hours of one day: nothing that goes beyond may join it. */
static bool ends_in_day(const struct reserve *reserve)
{
    const struct reservation *reservation = &reserve->items[0].reservation;

    return reservation->slot + reservation->span <= SLOTS_A_DAY;
}

static void share_texts(struct reserve *reserve, const struct reserve_order *order)
{
    struct text channel = arena_copy(&reserve->arena, order->channel);
    struct text booker = arena_copy(&reserve->arena, order->booker);

    for (unsigned i = 0; i < reserve->item_count; i++) {
        struct reservation *reservation = &reserve->items[i].reservation;

        reservation->channel = channel;
        reservation->extras.booker = booker;
        if (order->package)
            reservation->extras.package = order->package->id;
    }
}

void reserve_take_order(struct reserve *reserve, const struct reserve_order *order)
{
    reserve->kind = order->package       ? RESERVE_PACKAGE
                    : order->party_count ? RESERVE_PARTY
                                         : RESERVE_SINGLE;
    reserve_make_items(reserve, order->package ? (unsigned)order->package->step_count
                                               : 1 + order->party_count);
    if (order->package)
        fill_steps(reserve, order);
    else
        fill_people(reserve, order);
    share_texts(reserve, order);
    fill_booking(reserve, order);
    digest_order(reserve, order);
    reserve->has_priority = reserve->booking.has_priority = has_priority(reserve);
    reserve->is_visit = reserve->kind != RESERVE_SINGLE ||
                        order->applicant.agent.id_number.length || !ends_in_day(reserve);
}

static void seal_item(struct reserve *reserve, struct reserve_item *item, struct text agent)
{
    struct reservation *reservation = &item->reservation;
    const struct vault_city *keys = &reserve->city->keys;

    vault_person(keys, item->applicant.id_type, item->applicant.id_number, reservation->person);
    if (!reservation->id.salt[0])
        reservation_make_salt(reservation->id.salt);
    reservation->extras.agent = agent;
    buffer_clear(&item->record);
    reservation_append_record(&item->record, reservation, &item->applicant, keys);
}

static struct text agent_key(struct reserve *reserve)
{
    const struct person *agent = &reserve->items[0].applicant.agent;
    unsigned char key[PERSON_KEY_BYTES];

    if (!agent->id_number.length)
        return TEXT_NONE;
    vault_person(&reserve->city->keys, agent->id_type, agent->id_number, key);
    return arena_copy(&reserve->arena, text_bytes(key, sizeof key));
}

void reserve_seal(struct reserve *reserve, bool is_entry)
{
    struct reservation *first = &reserve->items[0].reservation;
    struct booking *booking = &reserve->booking;
    struct text agent = agent_key(reserve);
    char entry[DRAW_ID_CHARS];

    first->status = is_entry ? RESERVATION_IN_DRAW : RESERVATION_BOOKED;
    first->extras.draw_entry = TEXT_NONE;
    if (is_entry) {
        draws_make_entry(entry);
        first->extras.draw_entry = arena_copy(&reserve->arena, text_bytes(entry, sizeof entry));
    }
    for (unsigned i = 0; i < reserve->item_count; i++)
        seal_item(reserve, &reserve->items[i], agent);
    memcpy(booking->person, first->person, PERSON_KEY_BYTES);
    booking->record = reserve->items[0].record.data;
    booking->record_length = reserve->items[0].record.length;
}
