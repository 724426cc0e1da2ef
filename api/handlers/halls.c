/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/handlers/halls.h"

#include <math.h>
#include <stdlib.h>

#include "api/call/pager.h"
#include "api/handlers/handlers.h"
#include "base/clock.h"
#include "scheduler/floors.h"

void halls_append_location(struct buffer *json, const struct hall *hall)
{
    if (hall->has_location)
        buffer_printf(json, ",\"location\":[%.9g,%.9g]", hall->longitude, hall->latitude);
    else
        json_put_null(json, "location");
}

double halls_distance_m(const struct hall *hall, const double *near)
{
    if (!near)
        return 0;
    return hall->has_location ? hall_distance_m(hall, near[0], near[1]) : HUGE_VAL;
}

static size_t count_digits(struct text text)
{
    size_t count = 0;

    while (count < text.length && text.data[count] >= '0' && text.data[count] <= '9')
        count++;
    return count;
}

static bool is_region(struct text region)
{
    return (region.length == 6 || region.length == 9) && count_digits(region) == region.length;
}

bool halls_is_id(struct text id)
{
    struct text rest = id, region;

    return text_split(&rest, '-', &region) && is_region(region) && rest.length == 2 &&
           count_digits(rest) == 2;
}

/* Degrees, `whole` digits at most before the point and 9 behind it. */
static bool read_degrees(struct text text, size_t whole, double *degrees)
{
    struct text rest = text_part(text, text_starts_with(text, TEXT("-")), text.length), digits;

    if (!text_split(&rest, '.', &digits) || !digits.length || digits.length > whole ||
        count_digits(digits) < digits.length)
        return false;
    if (rest.data && (!rest.length || rest.length > 9 || count_digits(rest) < rest.length))
        return false;
    return text_to_number(text, degrees);
}

bool halls_read_near(struct call *call, struct faults *faults, double near[2])
{
    struct text rest = call_query(call, "near"), part;

    if (!rest.data)
        return false;
    if (text_split(&rest, ',', &part) && read_degrees(part, 3, &near[0]) && rest.data &&
        read_degrees(rest, 2, &near[1]) && near[0] >= -180 && near[0] <= 180 && near[1] >= -90 &&
        near[1] <= 90)
        return true;
    call_fault(call, faults, "/near",
               MESSAGE("须为“经度,纬度”，例如 113.19,33.77。",
                       "This must be LON,LAT in degrees, such as 113.19,33.77."));
    return false;
}

const struct service *halls_read_service(struct call *call, struct faults *faults, bool is_required)
{
    struct text id = call_query(call, "service");
    const struct service *service =
        id.data ? catalogue_service(call->city->edition->catalogue, id) : NULL;

    if (!id.data && is_required)
        call_fault(call, faults, "/service",
                   MESSAGE("缺少事项编号 service。", "The parameter service is required."));
    else if (id.data && !service)
        call_fault(call, faults, "/service",
                   MESSAGE("没有这个事项，请查询大厅的事项清单。",
                           "There is no such service; see the hall's services."));
    return service;
}

bool halls_read_date(struct call *call, struct faults *faults, const char *name, day_number *day)
{
    struct text text = call_query(call, name);
    char pointer[16] = "/";

    if (!text.data)
        return false;
    if (calendar_parse_date(text, day))
        return true;
    strncat(pointer, name, sizeof pointer - 2);
    call_fault(call, faults, pointer,
               MESSAGE("须为 0001-01-01 至 9999-12-31 之间真实存在的日期，格式 YYYY-MM-DD。",
                       "This must be an existing date from 0001-01-01 to 9999-12-31, YYYY-MM-DD."));
    return false;
}

struct hall_load halls_load(struct call *call, const struct hall *hall)
{
    const struct floor *floor = floors_hall(call->city, hall->id);

    return (struct hall_load){floor_waiting_all(floor),
                              floor_hall_estimate(floor, hall, clock_now_ms()).p50_seconds};
}

struct hall_load halls_queue_load(struct call *call, const struct queue *queue)
{
    const struct floor *floor = floors_hall(call->city, queue->hall->id);

    return (struct hall_load){floor_waiting(floor, queue->id),
                              floor_queue_estimate(floor, queue, clock_now_ms()).p50_seconds};
}

void halls_append_load(struct buffer *json, struct hall_load load)
{
    buffer_printf(json, ",\"waiting\":%u,\"wait_seconds\":%u", load.waiting, load.wait_seconds);
}

/* Inside its hours, and not closed for once: some queue's half hour is served now. */
static bool is_open_now(const struct edition *edition, const struct hall *hall)
{
    int64_t now_ms = clock_now_ms();
    int zone = edition->catalogue->utc_offset_minutes;
    day_number today = calendar_day_of(now_ms, zone);
    unsigned slot = calendar_minute_of(now_ms, zone) / SLOT_MINUTES;

    if (!hall_is_open(edition->catalogue, hall, now_ms))
        return false;
    for (size_t q = 0; q < hall->queue_count; q++)
        if (!plan_closed(&edition->plan, &hall->queues[q], today, slot))
            return true;
    return false;
}

/* The members that every view of a hall has, without the closing brace. */
static void append_hall(struct buffer *json, struct call *call, const struct hall *hall)
{
    json_open(json, NULL, '{');
    json_put(json, "id", hall->id);
    json_put(json, "name", hall->name);
    json_put(json, "level", text_of(hall_level_name(hall->level)));
    json_put(json, "region", hall->region);
    json_put(json, "address", hall->address);
    halls_append_location(json, hall);
    json_put_truth(json, "open_now", is_open_now(call->city->edition, hall));
    halls_append_load(json, halls_load(call, hall));
}

struct wanted {
    struct text region;
    bool has_level, has_near;
    enum hall_level level;
    const struct service *service;
    double near[2];
};

static void read_wanted(struct call *call, struct faults *faults, struct wanted *wanted)
{
    struct text level = call_query(call, "level");

    wanted->region = call_query(call, "region");
    if (wanted->region.data && !is_region(wanted->region))
        call_fault(call, faults, "/region",
                   MESSAGE("须为 6 位或 9 位行政区划代码，例如 410402。",
                           "This must be a division code of 6 or 9 digits, such as 410402."));
    wanted->has_level = level.data != NULL;
    if (level.data && !hall_level_parse(level, &wanted->level))
        call_fault(call, faults, "/level",
                   MESSAGE("须为 city、county、township 或 outlet。",
                           "This must be city, county, township or outlet."));
    wanted->service = halls_read_service(call, faults, false);
    wanted->has_near = halls_read_near(call, faults, wanted->near);
}

/* A region takes in all regions below it: their codes begin with its own. */
static bool is_wanted(const struct wanted *wanted, const struct hall *hall)
{
    struct text region = wanted->region;

    while (region.length == 6 && text_equal(text_part(region, region.length - 2, 2), TEXT("00")))
        region.length = 4;
    return !hall->retired && (!region.data || text_starts_with(hall->region, region)) &&
           (!wanted->has_level || hall->level == wanted->level) &&
           (!wanted->service || hall_queue_for(hall, wanted->service));
}

struct placed {
    const struct hall *hall;
    double distance_m;
};

static int compare_placed(const void *a, const void *b)
{
    const struct placed *left = a, *right = b;

    if (left->distance_m != right->distance_m)
        return left->distance_m < right->distance_m ? -1 : 1;
    return text_compare(left->hall->id, right->hall->id);
}

static size_t select_halls(const struct catalogue *catalogue, const struct wanted *wanted,
                           struct placed *placed)
{
    size_t count = 0;

    for (size_t i = 0; i < catalogue->hall_count; i++) {
        const struct hall *hall = &catalogue->halls[i];
        if (!is_wanted(wanted, hall))
            continue;
        placed[count].hall = hall;
        placed[count++].distance_m = halls_distance_m(hall, wanted->has_near ? wanted->near : NULL);
    }
    if (wanted->has_near)
        qsort(placed, count, sizeof *placed, compare_placed);
    return count;
}

/* Where the page begins; false when the hall of the cursor is none of these. */
static bool find_first(const struct pager *pager, const struct placed *placed, size_t count,
                       size_t *first)
{
    *first = 0;
    if (!pager->after.data)
        return true;
    while (*first < count && !text_equal(placed[*first].hall->id, pager->after))
        ++*first;
    return ++*first <= count;
}

static void append_placed(struct pager *pager, struct call *call, const struct placed *placed,
                          bool has_near)
{
    struct buffer *json = pager_item(pager, placed->hall->id);

    if (!json)
        return;
    append_hall(json, call, placed->hall);
    if (has_near && placed->hall->has_location)
        buffer_printf(json, ",\"distance_m\":%.0f", placed->distance_m);
    buffer_append_byte(json, '}');
}

void handle_halls(struct call *call)
{
    const struct catalogue *catalogue = call->city->edition->catalogue;
    static const char *const filters[] = {"region", "level", "service", "near", NULL};
    struct faults faults = {0};
    struct wanted wanted = {0};
    struct pager pager;
    struct placed *placed = arena_new(&call->arena, (catalogue->hall_count + 1) * sizeof *placed);
    size_t count, i;

    pager_begin(&pager, call, &faults, "halls", filters);
    read_wanted(call, &faults, &wanted);
    count = faults.count ? 0 : select_halls(catalogue, &wanted, placed);
    if (!faults.count && !find_first(&pager, placed, count, &i))
        pager_fault(call, &faults);
    if (faults.count) {
        pager_free(&pager);
        call_refuse_faults(call, &faults);
        return;
    }
    for (; i < count && !pager.has_more; i++)
        append_placed(&pager, call, &placed[i], wanted.has_near);
    pager_answer(&pager, call, 0);
}

static void append_hours(struct buffer *json, const struct hall *hall)
{
    static const char *const names[WEEKDAYS] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

    json_open(json, "hours", '{');
    for (unsigned day = 0; day < WEEKDAYS; day++) {
        const struct hours *hours = &hall->hours[day];
        json_open(json, names[day], '[');
        for (unsigned i = 0; i < hours->count; i++) {
            json_open(json, NULL, '"');
            buffer_printf(json, "%02u:%02u-%02u:%02u\"", hours->ranges[i].from_minute / 60,
                          hours->ranges[i].from_minute % 60, hours->ranges[i].to_minute / 60,
                          hours->ranges[i].to_minute % 60);
        }
        buffer_append_byte(json, ']');
    }
    json_put_truth(json, "make_up_workdays", hall->make_up_workdays);
    buffer_append_byte(json, '}');
    buffer_printf(json,
                  ",\"release\":{\"days_ahead\":%u,\"at\":\"%02u:%02u\","
                  "\"closes_minutes_before\":%u}",
                  hall->days_ahead, hall->release_minute / 60, hall->release_minute % 60,
                  hall->closes_minutes_before);
}

static void append_queue(struct buffer *json, struct call *call, const struct queue *queue)
{
    json_open(json, NULL, '{');
    json_put(json, "id", queue->id);
    json_put(json, "name", queue->name);
    json_put(json, "prefix", queue->prefix);
    json_open(json, "services", '[');
    for (size_t i = 0; i < queue->service_count; i++)
        if (queue_offers(queue, queue->services[i]))
            json_put(json, NULL, queue->services[i]->id);
    buffer_append_byte(json, ']');
    json_open(json, "windows", '[');
    for (size_t i = 0; i < queue->window_count; i++) {
        if (queue->windows[i].retired)
            continue;
        json_open(json, NULL, '{');
        json_put(json, "id", queue->windows[i].id);
        json_put(json, "name", queue->windows[i].name);
        buffer_append_byte(json, '}');
    }
    buffer_append_byte(json, ']');
    halls_append_load(json, halls_queue_load(call, queue));
    buffer_append_byte(json, '}');
}

static const struct hall *hall_of(const struct call *call)
{
    return catalogue_hall(call->city->edition->catalogue, call->parameters[0]);
}

void handle_hall(struct call *call)
{
    const struct hall *hall = hall_of(call);
    struct buffer body = {0};

    append_hall(&body, call, hall);
    append_hours(&body, hall);
    json_open(&body, "queues", '[');
    for (size_t i = 0; i < hall->queue_count; i++)
        if (!hall->queues[i].retired)
            append_queue(&body, call, &hall->queues[i]);
    buffer_append(&body, TEXT("]}"));
    call_answer(call, 200, &body, TEXT_NONE);
}

static void append_service(struct buffer *json, const struct queue *queue,
                           const struct service *service)
{
    json_open(json, NULL, '{');
    json_put(json, "id", service->id);
    json_put(json, "name", service->name);
    buffer_printf(json, ",\"minutes\":%u,\"units\":%u,\"span\":%u,\"materials\":[",
                  service->minutes, service->units, service->span);
    for (size_t i = 0; i < service->material_count; i++)
        json_put(json, NULL, service->materials[i]);
    buffer_append_byte(json, ']');
    json_put(json, "audience", service->audience);
    json_put(json, "queue", queue->id);
    buffer_append_byte(json, '}');
}

/* A package is offered where every step has a queue. */
static bool offers(const struct hall *hall, const struct package *package)
{
    for (size_t i = 0; i < package->step_count; i++)
        if (!hall_queue_for(hall, package->steps[i]))
            return false;
    return !package->retired;
}

static void append_package(struct buffer *json, const struct package *package)
{
    json_open(json, NULL, '{');
    json_put(json, "id", package->id);
    json_put(json, "name", package->name);
    json_open(json, "steps", '[');
    for (size_t i = 0; i < package->step_count; i++)
        json_put(json, NULL, package->steps[i]->id);
    buffer_append(json, TEXT("]}"));
}

void handle_services(struct call *call)
{
    const struct catalogue *catalogue = call->city->edition->catalogue;
    const struct hall *hall = hall_of(call);
    struct buffer body = {0};

    json_open(&body, NULL, '{');
    json_put(&body, "hall", hall->id);
    json_open(&body, "services", '[');
    for (size_t q = 0; q < hall->queue_count; q++)
        for (size_t s = 0; s < hall->queues[q].service_count; s++)
            if (queue_offers(&hall->queues[q], hall->queues[q].services[s]))
                append_service(&body, &hall->queues[q], hall->queues[q].services[s]);
    buffer_append_byte(&body, ']');
    json_open(&body, "packages", '[');
    for (size_t i = 0; i < catalogue->package_count; i++)
        if (offers(hall, &catalogue->packages[i]))
            append_package(&body, &catalogue->packages[i]);
    buffer_append(&body, TEXT("]}"));
    call_answer(call, 200, &body, TEXT_NONE);
}
