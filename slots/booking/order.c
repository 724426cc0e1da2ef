/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/order.h"

#include "base/clock.h"
#include "slots/catalogue/plan.h"

enum { DIGEST_PARTS_MAX = 64 }; /* 12, and 5 a person besides the applicant: agent, party of 9 */

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
static enum priority priority_in(const struct visit *visit, const struct visit_item *item,
                                 enum priority declared)
{
    const struct reservation *reservation = &item->reservation;
    enum priority priority = priority_of(declared, item->applicant.id_type,
                                         item->applicant.id_number, reservation->id.day);

    if (item->queue->priority_share <= 0 || !priority ||
        reservation->slot + reservation->span <= queue_kept_from(visit->edition->catalogue,
                                                                 item->queue, reservation->id.day,
                                                                 clock_now_ms()))
        return PRIORITY_NONE;
    return priority;
}

static void fill_item(struct visit *visit, struct visit_item *item,
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
    copy_applicant(&visit->arena, &item->applicant, applicant, &order->applicant.agent);
    reservation->extras.priority =
        priority_in(visit, item, applicant == &order->applicant ? order->priority : 0);
}

/* Each step begins at the half hour behind the last one's. */
static void fill_steps(struct visit *visit, const struct reserve_order *order)
{
    unsigned slot = order->slot;

    for (unsigned i = 0; i < visit->item_count; i++) {
        struct visit_item *item = &visit->items[i];

        item->service = order->package->steps[i];
        item->queue = hall_queue_for(order->hall, item->service);
        fill_item(visit, item, order, &order->applicant, slot);
        slot += item->service->span;
    }
}

static void fill_people(struct visit *visit, const struct reserve_order *order)
{
    for (unsigned i = 0; i < visit->item_count; i++) {
        struct visit_item *item = &visit->items[i];

        item->service = order->service;
        item->queue = order->queue;
        fill_item(visit, item, order, i ? &order->party[i - 1] : &order->applicant, order->slot);
    }
}

static void fill_booking(struct visit *visit, const struct reserve_order *order)
{
    struct booking *booking = &visit->booking;

    booking->hall = order->hall;
    booking->queue = visit->items[0].queue;
    booking->service = visit->items[0].service;
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
static void digest_order(struct visit *visit, const struct reserve_order *order)
{
    struct booking *booking = &visit->booking;
    const struct text key[] = {order->principal, order->idempotency_key};
    struct digest_parts digest = {0};

    if (!order->idempotency_key.length)
        return;
    add_request(&digest, order);
    booking->has_tag = true;
    vault_digest(&visit->city->keys, key, sizeof key / sizeof *key, booking->tag, TAG_BYTES);
    vault_digest(&visit->city->keys, digest.parts, digest.count, booking->digest, DIGEST_BYTES);
}

static bool has_priority(const struct visit *visit)
{
    for (unsigned i = 0; i < visit->item_count; i++)
        if (visit->items[i].reservation.extras.priority)
            return true;
    return false;
}

/* A batch's fields are half hours of one day: nothing that goes beyond may join it. */
static bool ends_in_day(const struct visit *visit)
{
    const struct reservation *reservation = &visit->items[0].reservation;

    return reservation->slot + reservation->span <= SLOTS_A_DAY;
}

static void share_texts(struct visit *visit, const struct reserve_order *order)
{
    struct text channel = arena_copy(&visit->arena, order->channel);
    struct text booker = arena_copy(&visit->arena, order->booker);

    for (unsigned i = 0; i < visit->item_count; i++) {
        struct reservation *reservation = &visit->items[i].reservation;

        reservation->channel = channel;
        reservation->extras.booker = booker;
        if (order->package)
            reservation->extras.package = order->package->id;
    }
}

void order_take(const struct reserve_order *order, struct visit *visit)
{
    visit->kind = order->package ? VISIT_PACKAGE : order->party_count ? VISIT_PARTY : VISIT_SINGLE;
    visit_make_items(visit, order->package ? (unsigned)order->package->step_count
                                           : 1 + order->party_count);
    if (order->package)
        fill_steps(visit, order);
    else
        fill_people(visit, order);
    share_texts(visit, order);
    fill_booking(visit, order);
    digest_order(visit, order);
    visit->has_priority = visit->booking.has_priority = has_priority(visit);
    visit->is_plain = visit->kind == VISIT_SINGLE && !order->applicant.agent.id_number.length &&
                      ends_in_day(visit);
}
