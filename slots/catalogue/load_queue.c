/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>

#include "slots/catalogue/load.h"

enum { WINDOWS_MAX = 500, QUEUE_SERVICES_MAX = 1000, UNITS_MAX = 1000000 };

static bool consists_of(struct text text, const char *letters)
{
    for (size_t i = 0; i < text.length; i++)
        if (!text.data[i] || !strchr(letters, text.data[i]))
            return false;
    return true;
}

#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

bool load_is_item_id(struct text text)
{
    return consists_of(text, LOWER DIGITS ".-");
}

const char load_item_id_rule[] = "1 to 40 of a-z, 0-9, \".\" and \"-\"";

static bool is_short_id(struct text text)
{
    return consists_of(text, UPPER LOWER DIGITS);
}

static bool is_prefix(struct text text)
{
    return consists_of(text, UPPER);
}

static int compare_services(const void *a, const void *b)
{
    return text_compare((*(const struct service *const *)a)->id,
                        (*(const struct service *const *)b)->id);
}

/* One queue of a hall serves a service, and names it once. */
static void check_service_is_new(struct loader *loader, const struct json_path *path,
                                 const struct queue *queue, const struct service *service)
{
    const struct queue *other = queue->hall->queues;

    for (; other < queue; other++)
        for (size_t i = 0; i < other->service_count; i++)
            if (other->services[i] == service && !other->retired && !queue->retired)
                json_fault(loader->faults, path,
                           "\"" TEXT_FMT "\" is served by queue \"" TEXT_FMT
                           "\" of this hall too; keep it in one queue",
                           TEXT_ARG(service->id), TEXT_ARG(other->id));
    for (size_t i = 0; i < queue->service_count; i++)
        if (queue->services[i] == service)
            json_fault(loader->faults, path, "\"" TEXT_FMT "\" stands here twice; keep one of them",
                       TEXT_ARG(service->id));
}

static void load_services(struct loader *loader, const struct json_path *path,
                          const struct json *item, void *target)
{
    struct queue *queue = target;
    struct json_path at = {path, NULL, 0};
    size_t count = load_length(loader, path, item, 1, QUEUE_SERVICES_MAX);

    if (count == 0)
        return;
    queue->services = arena_new(&loader->catalogue->arena, count * sizeof *queue->services);
    JSON_EACH(item, element) {
        const struct service *service = load_service_reference(loader, &at, element);
        if (service) {
            check_service_is_new(loader, &at, queue, service);
            queue->services[queue->service_count++] = service;
        }
        at.index++;
    }
    if (queue->service_count)
        qsort(queue->services, queue->service_count, sizeof *queue->services, compare_services);
}

/* {"SERVICE":"2026-12-24"}: what the queue handled before, and until when there may be records. */
static void load_retired_services(struct loader *loader, const struct json_path *path,
                                  const struct json *item, void *target)
{
    static const struct field retired = {.kind = FIELD_RETIRED,
                                         .offset = offsetof(struct retired_service, retired)};
    struct queue *queue = target;

    if (json_kind(item) != JSON_OBJECT) {
        load_refuse(loader, path, item, "an object of services and days");
        return;
    }
    queue->retired_services =
        arena_new(&loader->catalogue->arena, json_count(item) * sizeof *queue->retired_services);
    JSON_EACH(item, member) {
        struct json_path at = {path, json_name(member), 0};
        struct retired_service *one = &queue->retired_services[queue->retired_service_count];
        load_value(loader, &at, member, &retired, one);
        one->service = catalogue_service(loader->catalogue, text_of(json_name(member)));
        if (one->service)
            queue->retired_service_count++;
        else
            json_fault(loader->faults, &at, "is no service of this catalogue; take it out");
    }
}

#define WINDOW(member) .offset = offsetof(struct window, member)

static const char short_id_rule[] = "1 to 8 of A-Z, a-z and 0-9";

static const struct field window_fields[] = {
    {"id", FIELD_TEXT, .required = true, WINDOW(id), .min = 1, .max = 8, .is_valid = is_short_id,
     .rule = short_id_rule},
    {"name", FIELD_TEXT, .required = true, WINDOW(name), .min = 1, .max = 60},
    {"retired", FIELD_RETIRED, WINDOW(retired)},
    {0},
};

/* The first of the queue's first `count` windows that has the id, or NULL. */
static const struct window *find_window(const struct queue *queue, size_t count, struct text id)
{
    for (size_t i = 0; id.length && i < count; i++)
        if (text_equal(queue->windows[i].id, id))
            return &queue->windows[i];
    return NULL;
}

/* A window may work for several queues of its hall: then it is the same one, under one name. */
static void check_window(struct loader *loader, const struct json_path *path,
                         const struct queue *queue, const struct window *window)
{
    if (find_window(queue, (size_t)(window - queue->windows), window->id))
        json_fault(loader->faults, &(struct json_path){path, "id", 0},
                   "\"" TEXT_FMT "\" stands in this queue twice; keep one of them",
                   TEXT_ARG(window->id));
    for (const struct queue *other = queue->hall->queues; other < queue; other++) {
        const struct window *same = find_window(other, other->window_count, window->id);
        bool may_differ =
            queue->retired || other->retired || window->retired || (same && same->retired);
        if (same && !may_differ && window->name.length && !text_equal(same->name, window->name))
            json_fault(loader->faults, &(struct json_path){path, "name", 0},
                       "window \"" TEXT_FMT "\" is \"" TEXT_FMT "\" in queue \"" TEXT_FMT
                       "\"; give one name in both, or another id",
                       TEXT_ARG(window->id), TEXT_ARG(same->name), TEXT_ARG(other->id));
    }
}

static void load_windows(struct loader *loader, const struct json_path *path,
                         const struct json *item, void *target)
{
    struct queue *queue = target;
    struct json_path at = {path, NULL, 0};
    size_t count = load_length(loader, path, item, 1, WINDOWS_MAX);

    if (count == 0)
        return;
    queue->windows = arena_new(&loader->catalogue->arena, count * sizeof *queue->windows);
    JSON_EACH(item, element) {
        struct window *window = &queue->windows[queue->window_count];
        at.index = queue->window_count;
        load_object(loader, &at, element, window_fields, window);
        check_window(loader, &at, queue, window);
        queue->window_count++;
    }
}

/* The units of one group of weekdays. */
struct group {
    unsigned weekdays;
    uint64_t named; /* bit s: slot s has its own units */
    unsigned units[SLOTS_A_DAY], rest;
    bool has_rest;
};

static const struct field units_field = {.kind = FIELD_WHOLE, .max = UNITS_MAX};

/* A named slot must be one in which the hall is open on a weekday of the group; the hours of a
 * retired queue may have been others. */
static void load_slot_units(struct loader *loader, const struct json_path *path,
                            const struct json *item, const struct queue *queue, struct group *group)
{
    uint64_t open = loader->hours_known && group->weekdays ? 0 : UINT64_MAX;
    unsigned slot;

    if (!calendar_parse_slot(text_of(path->name), &slot)) {
        json_fault(loader->faults, path,
                   "is not known here; give \"default\" or a half hour HH:00 or HH:30");
        return;
    }
    for (unsigned weekday = 0; weekday < WEEKDAYS; weekday++)
        if (group->weekdays & 1u << weekday)
            open |= queue->hall->hours[weekday].slots;
    if (!(open >> slot & 1) && !queue->retired)
        json_fault(
            loader->faults, path,
            "lies outside the hall's hours of these weekdays; take it out or change the hours");
    if (group->named >> slot & 1)
        json_fault(loader->faults, path, "stands here twice; keep one of them");
    load_value(loader, path, item, &units_field, &group->units[slot]);
    group->named |= UINT64_C(1) << slot;
}

static void load_group(struct loader *loader, const struct json_path *path, const struct json *item,
                       const struct queue *queue, struct group *group)
{
    if (json_kind(item) != JSON_OBJECT) {
        load_refuse(loader, path, item, "an object of half hours, such as {\"default\":8}");
        return;
    }
    JSON_EACH(item, member) {
        struct json_path at = {path, json_name(member), 0};
        if (strcmp(json_name(member), "default") != 0) {
            load_slot_units(loader, &at, member, queue, group);
            continue;
        }
        if (group->has_rest)
            json_fault(loader->faults, &at, "stands here twice; keep one of them");
        load_value(loader, &at, member, &units_field, &group->rest);
        group->has_rest = true;
    }
}

static void apply_group(struct queue *queue, const struct group *group)
{
    for (unsigned weekday = 0; weekday < WEEKDAYS; weekday++) {
        uint64_t open = queue->hall->hours[weekday].slots;
        if (!(group->weekdays & 1u << weekday))
            continue;
        for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
            if (open >> slot & 1)
                queue->capacity[weekday][slot] =
                    (uint32_t)(group->named >> slot & 1 ? group->units[slot] : group->rest);
    }
}

static void load_capacity(struct loader *loader, const struct json_path *path,
                          const struct json *item, void *target)
{
    struct queue *queue = target;
    unsigned seen = 0;

    if (json_kind(item) != JSON_OBJECT) {
        load_refuse(loader, path, item, "an object of weekdays");
        return;
    }
    JSON_EACH(item, member) {
        struct json_path at = {path, json_name(member), 0};
        struct group group = {.weekdays = load_weekdays(loader, &at, &seen)};
        load_group(loader, &at, member, queue, &group);
        apply_group(queue, &group);
    }
}

#define QUEUE(member) .offset = offsetof(struct queue, member)
#define WEIGHT(member)                                                                             \
    QUEUE(weight_##member), .min = 1e-6, .max = 1000, .rule = "a number above 0, at most 1000"

static const char *const allocations[] = {"first_come", "lottery", NULL};

static const struct field weight_fields[] = {
    {"walk_in", FIELD_NUMBER, WEIGHT(walk_in)},
    {"appointment", FIELD_NUMBER, WEIGHT(appointment)},
    {"priority", FIELD_NUMBER, WEIGHT(priority)},
    {0},
};

static const struct field queue_fields[] = {
    {"id", FIELD_TEXT, .required = true, QUEUE(id), .min = 1, .max = 8, .is_valid = is_short_id,
     .rule = short_id_rule},
    {"name", FIELD_TEXT, .required = true, QUEUE(name), .min = 1, .max = 60},
    {"prefix", FIELD_TEXT, .required = true, QUEUE(prefix), .min = 1, .max = 3,
     .is_valid = is_prefix, .rule = "1 to 3 of A-Z"},
    {"retired", FIELD_RETIRED, QUEUE(retired)},
    {"services", FIELD_OTHER, .required = true, .load = load_services,
     .rule = "an array of the ids of its services"},
    {"retired_services", FIELD_OTHER, .load = load_retired_services,
     .rule = "an object of services and days"},
    {"windows", FIELD_OTHER, .required = true, .load = load_windows, .rule = "an array of windows"},
    {"capacity", FIELD_OTHER, .required = true, .load = load_capacity,
     .rule = "an object of weekdays, such as {\"mon-fri\":{\"default\":8}}"},
    {"priority_share", FIELD_NUMBER, QUEUE(priority_share), .max = 1},
    {"priority_until_minutes", FIELD_WHOLE, QUEUE(priority_until_minutes), .max = 1440},
    {"allocation", FIELD_CHOICE, QUEUE(allocation), .choices = allocations},
    {"lottery_until", FIELD_RETIRED, QUEUE(lottery_until), .rule = "a day, YYYY-MM-DD"},
    {"lottery_minutes", FIELD_WHOLE, QUEUE(lottery_minutes), .max = 1440},
    {"resale_delay_minutes", FIELD_WHOLE, QUEUE(resale_delay_minutes), .max = 1440},
    {"waitlist_offer_minutes", FIELD_WHOLE, QUEUE(waitlist_offer_minutes), .max = 1440},
    {"walk_ins_per_slot", FIELD_WHOLE, QUEUE(walk_ins_per_slot), .max = UNITS_MAX},
    {"weights", FIELD_OBJECT, .members = weight_fields},
    {"late_minutes", FIELD_WHOLE, QUEUE(late_minutes), .max = 1440},
    {"requeue_places", FIELD_WHOLE, QUEUE(requeue_places), .max = 1000},
    {0},
};

void load_queue(struct loader *loader, const struct json_path *path, const struct json *item,
                struct queue *queue)
{
    queue->walk_ins_per_slot = UINT_MAX;
    queue->lottery_minutes = 10;
    queue->weight_walk_in = 0.5;
    queue->weight_appointment = 1;
    queue->weight_priority = 2;
    queue->late_minutes = 30;
    queue->requeue_places = 3;
    load_object(loader, path, item, queue_fields, queue);
    if (queue->allocation == ALLOCATION_LOTTERY && queue->lottery_minutes == 0)
        json_fault(loader->faults, &(struct json_path){path, "lottery_minutes", 0},
                   "is 0, but the queue draws lots; give at least 1 or \"first_come\"");
}
