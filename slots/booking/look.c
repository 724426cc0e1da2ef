/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/look.h"

#include "base/clock.h"
#include "slots/catalogue/plan.h"
#include "slots/days/draws.h"

bool look_is_in_draw(const struct visit *visit, const struct visit_item *item)
{
    const struct edition *edition = visit->edition;
    day_number day = item->reservation.id.day;

    return queue_draws_on(item->queue, day) &&
           draws_window(edition->catalogue, item->queue, day, clock_now_ms()) == DRAWS_IN &&
           !view_find(&edition->view, item->queue, day);
}

static enum reserve_outcome clock_refuses(const struct visit *visit, const struct visit_item *item,
                                          struct look *look)
{
    const struct catalogue *catalogue = visit->edition->catalogue;
    const struct reservation *reservation = &item->reservation;
    const struct hall *hall = visit->booking.hall;
    int64_t now_ms = clock_now_ms();

    if (reservation->slot + reservation->span > SLOTS_A_DAY)
        return RESERVE_CLOSED;
    if (now_ms >= hall_closes_at_ms(catalogue, hall, reservation->id.day, reservation->slot))
        return RESERVE_TOO_LATE;
    look->opens_at_ms = hall_opens_at_ms(catalogue, hall, reservation->id.day);
    if (now_ms < look->opens_at_ms)
        return RESERVE_NOT_RELEASED;
    if (visit->kind != VISIT_SINGLE && look_is_in_draw(visit, item)) {
        look->draws_at_ms = draws_at_ms(catalogue, item->queue, reservation->id.day);
        return RESERVE_NOT_IN_DRAW;
    }
    return RESERVE_BOOKED;
}

/* Fewest units that anybody of the order may have in one of its half hours; -1 when one of them is
 * not served. `*is_open` tells whether the inventory is known, not only what the day would hold. */
static int fit_of(const struct visit *visit, const struct visit_item *item, bool *is_open)
{
    const struct edition *edition = visit->edition;
    const struct reservation *reservation = &item->reservation;
    day_number day = reservation->id.day;
    const struct inventory *inventory = view_find(&edition->view, item->queue, day);
    struct inventory template = {.day = day};
    struct day_capacity planned;

    *is_open = inventory != NULL;
    if (!inventory) {
        plan_capacity(&edition->plan, edition->catalogue, item->queue, day, NULL, &planned);
        memcpy(template.capacity, planned.capacity, sizeof template.capacity);
        inventory = &template;
    }
    return inventory_fit(inventory, reservation->slot, reservation->span, visit->has_priority,
                         queue_kept_from(edition->catalogue, item->queue, day, clock_now_ms()));
}

static enum reserve_outcome item_refused(const struct visit *visit, const struct visit_item *item,
                                         struct look *look)
{
    unsigned people = visit->kind == VISIT_PARTY ? visit->item_count : 1;
    enum reserve_outcome outcome;
    bool is_open;
    int fit = fit_of(visit, item, &is_open);

    if (fit < 0)
        return RESERVE_CLOSED;
    outcome = clock_refuses(visit, item, look);
    if (outcome != RESERVE_BOOKED)
        return outcome;
    if (is_open && fit < (int)(people * item->service->units))
        return RESERVE_FULL;
    return RESERVE_BOOKED;
}

static enum reserve_outcome
first_refusal(const struct visit *visit, struct look *look,
              enum reserve_outcome (*rule)(const struct visit *visit, const struct visit_item *item,
                                           struct look *look))
{
    for (unsigned i = 0; i < visit->item_count; i++) {
        enum reserve_outcome outcome = rule(visit, &visit->items[i], look);

        look->item = i;
        if (outcome != RESERVE_BOOKED)
            return outcome;
        if (visit->kind == VISIT_PARTY)
            break; /* all of them want the same */
    }
    return RESERVE_BOOKED;
}

enum reserve_outcome look_at_clock(const struct visit *visit, struct look *look)
{
    return first_refusal(visit, look, clock_refuses);
}

enum reserve_outcome look_at_rules(const struct visit *visit, struct look *look)
{
    return first_refusal(visit, look, item_refused);
}
