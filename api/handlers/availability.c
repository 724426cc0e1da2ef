/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "api/handlers/halls.h"
#include "api/handlers/handlers.h"
#include "base/clock.h"

/* Both availability queries are answered from the worker's memory. */

enum { DAYS_MAX = 62 };

/* A service's half hours in a queue on one day. */
struct offer {
    const struct catalogue *catalogue;
    const struct plan *plan;
    const struct queue *queue;
    const struct service *service;
    struct inventory planned; /* stands in while the day is not open in Redis */
    const struct inventory *inventory;
    day_number day;
    unsigned kept_from; /* the first half hour of which some units are not for everyone */
    int64_t now_ms, opens_at_ms;
};

/* What the day would hold if it were open. */
static void plan_day(struct offer *offer)
{
    struct day_capacity capacity;

    plan_capacity(offer->plan, offer->catalogue, offer->queue, offer->day, NULL, &capacity);
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        offer->planned.capacity[slot] = capacity.capacity[slot];
        offer->planned.kept[slot] = capacity.kept[slot];
        offer->planned.remaining[slot] = (int32_t)capacity.capacity[slot];
    }
}

static struct offer offer_of(const struct edition *edition, const struct queue *queue,
                             const struct service *service, day_number day)
{
    struct offer offer = {
        .catalogue = edition->catalogue,
        .plan = &edition->plan,
        .queue = queue,
        .service = service,
        .inventory = view_find(&edition->view, queue, day),
        .day = day,
        .now_ms = clock_now_ms(),
        .opens_at_ms = hall_opens_at_ms(edition->catalogue, queue->hall, day),
    };

    offer.kept_from = queue_kept_from(offer.catalogue, queue, day, offer.now_ms);
    if (!offer.inventory)
        plan_day(&offer);
    return offer;
}

static const struct inventory *stock(const struct offer *offer)
{
    return offer->inventory ? offer->inventory : &offer->planned;
}

/* By an ordinary person. */
static bool is_bookable(const struct offer *offer, unsigned slot)
{
    return offer->now_ms >= offer->opens_at_ms &&
           offer->now_ms <
               hall_closes_at_ms(offer->catalogue, offer->queue->hall, offer->day, slot) &&
           inventory_fit(stock(offer), slot, offer->service->span, false, offer->kept_from) >=
               (int)offer->service->units;
}

static void append_times(struct buffer *json, unsigned slot)
{
    json_put_name(json, NULL);
    buffer_append(json, TEXT("{\"start\":\""));
    calendar_append_slot(json, slot);
    buffer_append(json, TEXT("\",\"end\":\""));
    calendar_append_slot(json, slot + 1);
    buffer_append(json, TEXT("\",\""));
}

static int free_units(const struct offer *offer, unsigned slot)
{
    return inventory_fit(stock(offer), slot, 1, true, 0);
}

/* Without those that only priority people may have. */
static int ordinary_units(const struct offer *offer, unsigned slot)
{
    return inventory_fit(stock(offer), slot, 1, false, offer->kept_from);
}

static void append_slot(struct buffer *json, const struct offer *offer, unsigned slot)
{
    append_times(json, slot);
    buffer_append(json, TEXT("capacity\":"));
    buffer_append_integer(json, stock(offer)->capacity[slot]);
    buffer_append(json, TEXT(",\"remaining\":"));
    buffer_append_integer(json, free_units(offer, slot));
    buffer_append(json, is_bookable(offer, slot) ? TEXT(",\"bookable\":true")
                                                 : TEXT(",\"bookable\":false"));
    if (offer->queue->priority_share > 0) {
        buffer_append(json, TEXT(",\"priority_remaining\":"));
        buffer_append_integer(json, free_units(offer, slot) - ordinary_units(offer, slot));
    }
    buffer_append_byte(json, '}');
}

static void append_closed_slot(struct buffer *json, const struct closure *closure, unsigned slot)
{
    append_times(json, slot);
    buffer_append(json, TEXT("capacity\":0,\"remaining\":0,\"bookable\":false,\"closed\":"));
    buffer_append_json(json, closure->reason);
    buffer_append_byte(json, '}');
}

/* The closure of a half hour that would be served without it; `unclosed` is empty when the day has
 * no closures. */
static const struct closure *closed_at(const struct offer *offer,
                                       const struct day_capacity *unclosed, unsigned slot)
{
    return unclosed->capacity[slot] ? plan_closed(offer->plan, offer->queue, offer->day, slot)
                                    : NULL;
}

static void append_slots(struct buffer *json, const struct offer *offer,
                         const struct day_capacity *unclosed)
{
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        const struct closure *closure = closed_at(offer, unclosed, slot);
        if (closure)
            append_closed_slot(json, closure, slot);
        else if (stock(offer)->capacity[slot])
            append_slot(json, offer, slot);
    }
}

/* The first of the closures that together leave nothing of what the day would serve, or NULL. */
static const struct closure *closed_all_day(const struct offer *offer,
                                            const struct day_capacity *unclosed)
{
    const struct closure *first = NULL;

    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        const struct closure *closure = closed_at(offer, unclosed, slot);
        if (unclosed->capacity[slot] && !closure)
            return NULL;
        if (!first)
            first = closure;
    }
    return first;
}

static void append_day(struct buffer *json, const struct offer *offer, day_number today)
{
    struct text reason = TEXT_NONE;
    bool open = hall_hours_on(offer->catalogue, offer->queue->hall, offer->day, &reason) != NULL;
    const struct closure *closure;
    struct day_capacity unclosed = {0};

    if (plan_has_closures(offer->plan, offer->queue, offer->day))
        plan_capacity_unclosed(offer->plan, offer->catalogue, offer->queue, offer->day, &unclosed);
    closure = closed_all_day(offer, &unclosed);
    if (offer->day < today) {
        open = false;
        reason = TEXT("past");
    } else if (closure) {
        open = false;
        reason = closure->reason;
    } else if (open && offer->now_ms < offer->opens_at_ms) {
        reason = TEXT("not-released");
    }
    json_open(json, NULL, '{');
    calendar_put_date(json, "date", offer->day);
    json_put_truth(json, "open", open);
    if (reason.length)
        json_put(json, "reason", reason);
    calendar_put_instant(json, "opens_at", offer->opens_at_ms,
                         offer->catalogue->utc_offset_minutes);
    json_open(json, "slots", '[');
    if (open)
        append_slots(json, offer, &unclosed);
    buffer_append(json, TEXT("]}"));
}

/* The query's `days`, 1 to DAYS_MAX; without it the days that are released, up to the calendar's
 * end. */
static int64_t read_days(struct call *call, struct faults *faults, const struct hall *hall,
                         day_number from)
{
    struct text text = call_query(call, "days");
    int64_t days = calendar_nearest((int64_t)from + hall->days_ahead) - from + 1;

    if (text.data && !text_to_integer(text, 1, DAYS_MAX, &days))
        call_fault(call, faults, "/days",
                   MESSAGE("须为 1 至 62 的整数。", "This must be an integer from 1 to 62."));
    else if (!calendar_holds(from, days))
        call_fault(call, faults, "/days",
                   MESSAGE("日期须在 0001-01-01 至 9999-12-31 之间，请减少天数或提前 from。",
                           "The days must lie within 0001-01-01 to 9999-12-31; ask for fewer, or "
                           "from an earlier date."));
    return days;
}

void handle_availability(struct call *call)
{
    struct edition *edition = call->city->edition;
    const struct hall *hall = catalogue_hall(edition->catalogue, call->parameters[0]);
    struct faults faults = {0};
    struct buffer body = {0};
    day_number today = city_today(call->city), from = today;
    const struct service *service = halls_read_service(call, &faults, true);
    const struct queue *queue = service ? hall_queue_for(hall, service) : NULL;
    int64_t days;

    halls_read_date(call, &faults, "from", &from);
    days = read_days(call, &faults, hall, from);
    if (service && !queue)
        call_fault(call, &faults, "/service",
                   MESSAGE("该大厅不办理此事项，请换一个大厅。",
                           "This hall does not offer the service; choose another hall."));
    if (call_refuse_faults(call, &faults) || !queue) /* no queue is a fault that was noted */
        return;
    json_open(&body, NULL, '{');
    json_put(&body, "hall", hall->id);
    json_put(&body, "service", service->id);
    json_put(&body, "queue", queue->id);
    json_open(&body, "days", '[');
    for (int64_t d = 0; d < days; d++) {
        struct offer offer = offer_of(edition, queue, service, from + (day_number)d);
        append_day(&body, &offer, today);
    }
    buffer_append(&body, TEXT("]}"));
    call_answer(call, 200, &body, TEXT_NONE);
}

/* A hall among those that have something free. */
struct candidate {
    struct offer offer;
    double distance_m; /* 0 without `near` */
    int remaining;
    struct hall_load load; /* of the service's queue */
};

static int compare_load(const struct hall_load *left, const struct hall_load *right)
{
    if (left->wait_seconds != right->wait_seconds)
        return left->wait_seconds < right->wait_seconds ? -1 : 1;
    return (left->waiting > right->waiting) - (left->waiting < right->waiting);
}

/* Nearest first by whole kilometres, then the most free units, then the shortest wait, then by id.
 */
static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *left = a, *right = b;
    double left_km = floor(left->distance_m / 1000), right_km = floor(right->distance_m / 1000);

    if (left_km != right_km)
        return left_km < right_km ? -1 : 1;
    if (left->remaining != right->remaining)
        return left->remaining > right->remaining ? -1 : 1;
    if (compare_load(&left->load, &right->load))
        return compare_load(&left->load, &right->load);
    return text_compare(left->offer.queue->hall->id, right->offer.queue->hall->id);
}

static int count_bookable(const struct offer *offer)
{
    int remaining = 0;

    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        if (is_bookable(offer, slot))
            remaining += ordinary_units(offer, slot);
    return remaining;
}

static size_t find_candidates(struct call *call, const struct service *service, day_number day,
                              const double *near, struct candidate *candidates)
{
    const struct catalogue *catalogue = call->city->edition->catalogue;
    size_t count = 0;

    for (size_t h = 0; h < catalogue->hall_count; h++) {
        const struct hall *hall = &catalogue->halls[h];
        const struct queue *queue = hall_queue_for(hall, service);
        struct candidate *candidate = &candidates[count];
        if (!queue)
            continue;
        candidate->offer = offer_of(call->city->edition, queue, service, day);
        candidate->remaining = count_bookable(&candidate->offer);
        candidate->distance_m = halls_distance_m(hall, near);
        candidate->load = halls_queue_load(call, queue);
        count += candidate->remaining > 0;
    }
    qsort(candidates, count, sizeof *candidates, compare_candidates);
    return count;
}

static void append_load_words(struct buffer *reason, struct hall_load load, bool english)
{
    unsigned minutes = (load.wait_seconds + 59) / 60;

    if (load.waiting)
        buffer_printf(reason, english ? "%u waiting" : "当前 %u 人等候", load.waiting);
    else
        buffer_append(reason, english ? TEXT("nobody waiting") : TEXT("当前无人等候"));
    if (minutes)
        buffer_printf(reason, english ? ", a wait of about %u min" : "，约等 %u 分钟", minutes);
}

/* Why the hall stands where it stands, for people. */
static void append_reason(struct buffer *json, const struct candidate *candidate, bool near,
                          bool english)
{
    struct buffer reason = {0};
    double km = candidate->distance_m / 1000;

    if (near)
        buffer_printf(&reason, english ? "%.1f km away, " : "距您 %.1f 公里，", km);
    buffer_printf(&reason, english ? "%d places left, " : "余号 %d 个，", candidate->remaining);
    append_load_words(&reason, candidate->load, english);
    json_put(json, "reason", buffer_text(&reason));
    buffer_free(&reason);
}

static void append_candidate(struct buffer *json, const struct candidate *candidate, bool near,
                             bool english)
{
    const struct offer *offer = &candidate->offer;
    const struct hall *hall = offer->queue->hall;

    json_open(json, NULL, '{');
    json_put(json, "hall", hall->id);
    json_put(json, "name", hall->name);
    json_put(json, "level", text_of(hall_level_name(hall->level)));
    halls_append_location(json, hall);
    if (near && hall->has_location)
        buffer_printf(json, ",\"distance_m\":%.0f", candidate->distance_m);
    json_put_integer(json, "remaining", candidate->remaining);
    halls_append_load(json, candidate->load);
    append_reason(json, candidate, near && hall->has_location, english);
    json_open(json, "slots", '[');
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        if (!is_bookable(offer, slot))
            continue;
        append_times(json, slot);
        buffer_printf(json, "remaining\":%d}", ordinary_units(offer, slot));
    }
    buffer_append(json, TEXT("]}"));
}

void handle_city_availability(struct call *call)
{
    struct faults faults = {0};
    struct buffer body = {0};
    double near[2];
    day_number day = city_today(call->city) + 1; /* people book at least a day ahead */
    const struct service *service = halls_read_service(call, &faults, true);
    bool has_near = halls_read_near(call, &faults, near);
    struct candidate *candidates;
    size_t count;

    halls_read_date(call, &faults, "date", &day);
    if (call_refuse_faults(call, &faults))
        return;
    candidates = memory_new((call->city->edition->catalogue->hall_count + 1) * sizeof *candidates);
    count = find_candidates(call, service, day, has_near ? near : NULL, candidates);
    json_open(&body, NULL, '{');
    json_put(&body, "city", call->city->code);
    json_put(&body, "service", service->id);
    calendar_put_date(&body, "date", day);
    json_open(&body, "halls", '[');
    for (size_t i = 0; i < count; i++)
        append_candidate(&body, &candidates[i], has_near, call->english);
    buffer_append(&body, TEXT("]}"));
    free(candidates);
    call_answer(call, 200, &body, TEXT_NONE);
}
