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

static enum refusal_kind clock_refuses(const struct visit *visit, const struct visit_item *item,
                                       struct look *look)
{
    const struct catalogue *catalogue = visit->edition->catalogue;
    const struct reservation *reservation = &item->reservation;
    const struct hall *hall = visit->booking.hall;
    int64_t now_ms = clock_now_ms();

    if (reservation->slot + reservation->span > SLOTS_A_DAY)
        return REFUSAL_CLOSED;
    if (now_ms >= hall_closes_at_ms(catalogue, hall, reservation->id.day, reservation->slot))
        return REFUSAL_TOO_LATE;
    look->opens_at_ms = hall_opens_at_ms(catalogue, hall, reservation->id.day);
    if (now_ms < look->opens_at_ms)
        return REFUSAL_NOT_RELEASED;
    if (visit->kind != VISIT_SINGLE && look_is_in_draw(visit, item)) {
        look->draws_at_ms = draws_at_ms(catalogue, item->queue, reservation->id.day);
        return REFUSAL_NOT_IN_DRAW;
    }
    return REFUSAL_NONE;
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

static enum refusal_kind item_refused(const struct visit *visit, const struct visit_item *item,
                                      struct look *look)
{
    unsigned people = visit->kind == VISIT_PARTY ? visit->item_count : 1;
    enum refusal_kind kind;
    bool is_open;
    int fit = fit_of(visit, item, &is_open);

    if (fit < 0)
        return REFUSAL_CLOSED;
    kind = clock_refuses(visit, item, look);
    if (kind != REFUSAL_NONE)
        return kind;
    if (is_open && fit < (int)(people * item->service->units))
        return REFUSAL_FULL;
    return REFUSAL_NONE;
}

static enum refusal_kind first_refusal(const struct visit *visit, struct look *look,
                                       enum refusal_kind (*rule)(const struct visit *visit,
                                                                 const struct visit_item *item,
                                                                 struct look *look))
{
    for (unsigned i = 0; i < visit->item_count; i++) {
        enum refusal_kind kind = rule(visit, &visit->items[i], look);

        look->item = i;
        if (kind != REFUSAL_NONE)
            return kind;
        if (visit->kind == VISIT_PARTY)
            break; /* all of them want the same */
    }
    return REFUSAL_NONE;
}

enum refusal_kind look_at_clock(const struct visit *visit, struct look *look)
{
    return first_refusal(visit, look, clock_refuses);
}

enum refusal_kind look_at_rules(const struct visit *visit, struct look *look)
{
    return first_refusal(visit, look, item_refused);
}
