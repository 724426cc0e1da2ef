/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/catalogue.h"

#include <math.h>
#include <stdlib.h>

#define EARTH_RADIUS_M 6371008.8

enum { MONDAY, SATURDAY = 5 };

static const char *const level_names[] = {
    [HALL_CITY] = "city",
    [HALL_COUNTY] = "county",
    [HALL_TOWNSHIP] = "township",
    [HALL_OUTLET] = "outlet",
};

/* Binary search in an array of structs that begin with their id and are sorted by it. */
static const void *find_by_id(const void *array, size_t count, size_t size, struct text id)
{
    size_t low = 0;

    while (low < count) {
        size_t middle = low + (count - low) / 2;
        const void *candidate = (const char *)array + middle * size;
        int order = text_compare(id, *(const struct text *)candidate);
        if (order == 0)
            return candidate;
        if (order > 0)
            low = middle + 1;
        else
            count = middle;
    }
    return NULL;
}

const struct service *catalogue_service(const struct catalogue *catalogue, struct text id)
{
    return find_by_id(catalogue->services, catalogue->service_count, sizeof(struct service), id);
}

const struct package *catalogue_package(const struct catalogue *catalogue, struct text id)
{
    return find_by_id(catalogue->packages, catalogue->package_count, sizeof(struct package), id);
}

const struct hall *catalogue_hall(const struct catalogue *catalogue, struct text id)
{
    return find_by_id(catalogue->halls, catalogue->hall_count, sizeof(struct hall), id);
}

const struct queue *hall_queue(const struct hall *hall, struct text id)
{
    for (size_t i = 0; i < hall->queue_count; i++)
        if (text_equal(hall->queues[i].id, id))
            return &hall->queues[i];
    return NULL;
}

const struct queue *catalogue_queue(const struct catalogue *catalogue, struct text hall,
                                    struct text id)
{
    const struct hall *found = catalogue_hall(catalogue, hall);

    return found ? hall_queue(found, id) : NULL;
}

/* By id, not by address: the service may be of an older catalogue than the hall. */
static bool queue_serves(const struct queue *queue, struct text service)
{
    size_t low = 0, count = queue->service_count;

    while (low < count) {
        size_t middle = low + (count - low) / 2;
        int order = text_compare(service, queue->services[middle]->id);
        if (order == 0)
            return true;
        if (order > 0)
            low = middle + 1;
        else
            count = middle;
    }
    return false;
}

bool queue_offers(const struct queue *queue, const struct service *service)
{
    return !queue->retired && !service->retired && queue_serves(queue, service->id);
}

bool queue_draws_on(const struct queue *queue, day_number day)
{
    return queue->allocation == ALLOCATION_LOTTERY ||
           (queue->lottery_until && day <= queue->lottery_until);
}

const struct window *hall_window(const struct hall *hall, struct text id)
{
    const struct window *retired = NULL;

    for (size_t q = 0; q < hall->queue_count; q++)
        for (size_t w = 0; w < hall->queues[q].window_count; w++) {
            const struct window *window = &hall->queues[q].windows[w];
            if (!text_equal(window->id, id))
                continue;
            if (!window->retired)
                return window;
            retired = window;
        }
    return retired;
}

const struct queue *hall_queue_for(const struct hall *hall, const struct service *service)
{
    for (size_t i = 0; i < hall->queue_count; i++)
        if (queue_offers(&hall->queues[i], service))
            return &hall->queues[i];
    return NULL;
}

const char *hall_level_name(enum hall_level level)
{
    return level_names[level];
}

bool hall_level_parse(struct text name, enum hall_level *level)
{
    for (unsigned i = 0; i < sizeof level_names / sizeof *level_names; i++)
        if (text_is(name, level_names[i])) {
            *level = i;
            return true;
        }
    return false;
}

/* The weekday whose hours and capacity hold on a day that is no holiday. */
static unsigned template_weekday(const struct catalogue *catalogue, const struct hall *hall,
                                 day_number day)
{
    if (hall->make_up_workdays && calendar_workday(&catalogue->calendar, day))
        return MONDAY;
    return calendar_weekday(day);
}

const struct hours *hall_hours_on(const struct catalogue *catalogue, const struct hall *hall,
                                  day_number day, struct text *reason)
{
    const struct calendar_exception *holiday = calendar_holiday(&catalogue->calendar, day);
    unsigned weekday = template_weekday(catalogue, hall, day);

    *reason = TEXT_NONE;
    if (holiday) {
        *reason = holiday->name;
        return NULL;
    }
    if (hall->hours[weekday].count == 0) {
        *reason = weekday >= SATURDAY ? TEXT("weekend") : TEXT("closed");
        return NULL;
    }
    return &hall->hours[weekday];
}

void queue_capacity_on(const struct catalogue *catalogue, const struct queue *queue, day_number day,
                       uint32_t capacity[SLOTS_A_DAY])
{
    unsigned weekday = template_weekday(catalogue, queue->hall, day);
    struct text reason;

    if (!queue->retired && hall_hours_on(catalogue, queue->hall, day, &reason))
        memcpy(capacity, queue->capacity[weekday], sizeof queue->capacity[weekday]);
    else
        memset(capacity, 0, sizeof queue->capacity[weekday]);
}

int64_t hall_opens_at_ms(const struct catalogue *catalogue, const struct hall *hall, day_number day)
{
    day_number opens = calendar_nearest((int64_t)day - hall->days_ahead);

    return calendar_instant_ms(opens, hall->release_minute, catalogue->utc_offset_minutes);
}

int64_t hall_closes_at_ms(const struct catalogue *catalogue, const struct hall *hall,
                          day_number day, unsigned slot)
{
    return calendar_instant_ms(day, slot * SLOT_MINUTES, catalogue->utc_offset_minutes) -
           hall->closes_minutes_before * INT64_C(60000);
}

bool hall_is_open(const struct catalogue *catalogue, const struct hall *hall, int64_t now_ms)
{
    day_number day = calendar_day_of(now_ms, catalogue->utc_offset_minutes);
    unsigned minute = calendar_minute_of(now_ms, catalogue->utc_offset_minutes);
    struct text reason;
    const struct hours *hours = hall_hours_on(catalogue, hall, day, &reason);

    for (unsigned i = 0; hours && i < hours->count; i++)
        if (minute >= hours->ranges[i].from_minute && minute < hours->ranges[i].to_minute)
            return true;
    return false;
}

static double radians(double degrees)
{
    return degrees * (M_PI / 180);
}

double hall_distance_m(const struct hall *hall, double longitude, double latitude)
{
    double south_north = sin(radians(latitude - hall->latitude) / 2);
    double west_east = sin(radians(longitude - hall->longitude) / 2);
    double haversine = south_north * south_north + cos(radians(latitude)) *
                                                       cos(radians(hall->latitude)) * west_east *
                                                       west_east;

    return 2 * EARTH_RADIUS_M * asin(sqrt(fmin(haversine, 1)));
}

void catalogue_free(struct catalogue *catalogue)
{
    if (!catalogue)
        return;
    arena_free(&catalogue->arena);
    free(catalogue);
}
