/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/catalogue/load.h"

enum {
    SERVICES_MAX = 5000,
    PACKAGES_MAX = 2000,
    HALLS_MAX = 10000,
    STEPS_MAX = 40,
    MATERIALS_MAX = 100,
};

#define CATALOGUE(member) .offset = offsetof(struct catalogue, member)

static bool is_city_code(struct text text)
{
    int64_t code;

    return text.length == 6 && text_to_integer(text, 100000, 999999, &code) && code % 100 == 0;
}

static bool is_zone(struct text text)
{
    int offset;

    return calendar_zone_offset(text, &offset);
}

static const struct field city_fields[] = {
    {"code", FIELD_TEXT, .required = true, CATALOGUE(city), .max = 6, .is_valid = is_city_code,
     .rule = "the six digits of a city's division code, which end in 00, such as \"410400\""},
    {"name", FIELD_TEXT, .required = true, CATALOGUE(city_name), .min = 1, .max = 60},
    {"time_zone", FIELD_TEXT, CATALOGUE(time_zone), .max = 40, .is_valid = is_zone,
     .rule = "\"Asia/Shanghai\" or another zone of China"},
    {0},
};

static void load_exceptions(struct loader *loader, const struct json_path *path,
                            const struct json *item, struct calendar_exception **list,
                            size_t *count)
{
    static const struct field name = {.kind = FIELD_TEXT,
                                      .offset = offsetof(struct calendar_exception, name),
                                      .min = 1,
                                      .max = 60};

    if (json_kind(item) != JSON_OBJECT) {
        load_refuse(loader, path, item, "an object of dates and their names");
        return;
    }
    *list = arena_new(&loader->catalogue->arena, json_count(item) * sizeof **list);
    JSON_EACH(item, member) {
        struct json_path at = {path, json_name(member), 0};
        struct calendar_exception *exception = &(*list)[*count];
        load_value(loader, &at, member, &name, exception);
        if (calendar_parse_date(text_of(json_name(member)), &exception->day))
            ++*count;
        else
            json_fault(loader->faults, &at, "is no date; give YYYY-MM-DD from 1970 to 9999");
    }
}

static int compare_days(const void *a, const void *b)
{
    day_number x = ((const struct calendar_exception *)a)->day;
    day_number y = ((const struct calendar_exception *)b)->day;

    return (x > y) - (x < y);
}

static void fault_at_day(struct loader *loader, const struct json_path *path, day_number day,
                         const char *message)
{
    struct buffer date = {0};

    calendar_append_date(&date, day);
    buffer_append_byte(&date, 0);
    json_fault(loader->faults, &(struct json_path){path, date.data, 0}, "%s", message);
    buffer_free(&date);
}

static void sort_exceptions(struct loader *loader, const struct json_path *path,
                            struct calendar_exception *list, size_t count)
{
    if (count)
        qsort(list, count, sizeof *list, compare_days);
    for (size_t i = 1; i < count; i++)
        if (list[i].day == list[i - 1].day)
            fault_at_day(loader, path, list[i].day, "stands here twice; keep one of them");
}

static void load_holidays(struct loader *loader, const struct json_path *path,
                          const struct json *item, void *target)
{
    struct calendar *calendar = &((struct catalogue *)target)->calendar;

    load_exceptions(loader, path, item, &calendar->holidays, &calendar->holiday_count);
    sort_exceptions(loader, path, calendar->holidays, calendar->holiday_count);
}

static void load_workdays(struct loader *loader, const struct json_path *path,
                          const struct json *item, void *target)
{
    struct calendar *calendar = &((struct catalogue *)target)->calendar;

    load_exceptions(loader, path, item, &calendar->workdays, &calendar->workday_count);
    sort_exceptions(loader, path, calendar->workdays, calendar->workday_count);
    for (size_t i = 0; i < calendar->workday_count; i++)
        if (calendar_holiday(calendar, calendar->workdays[i].day))
            fault_at_day(loader, path, calendar->workdays[i].day,
                         "is a holiday too; keep it in one of the two");
}

/* Holidays come before workdays, which are checked against them. */
static const struct field calendar_fields[] = {
    {"holidays", FIELD_OTHER, .load = load_holidays},
    {"workdays", FIELD_OTHER, .load = load_workdays},
    {0},
};

static const char *const modes[] = {"off", "required", NULL};
static const char *const answers[] = {"refuse", "allow", "desk", NULL};

static const struct field eligibility_fields[] = {
    {"mode", FIELD_CHOICE, CATALOGUE(eligibility_mode), .choices = modes},
    {"on_unknown", FIELD_CHOICE, CATALOGUE(on_unknown), .choices = answers},
    {"on_failure", FIELD_CHOICE, CATALOGUE(on_failure), .choices = answers},
    {"cache_seconds", FIELD_WHOLE, CATALOGUE(eligibility_cache_seconds), .max = 86400},
    {0},
};

static const char *const overlaps[] = {"refuse", "allow", NULL};

static const struct field limits_fields[] = {
    {"overlap", FIELD_CHOICE, CATALOGUE(overlap), .choices = overlaps},
    {"live_per_person", FIELD_WHOLE, CATALOGUE(live_per_person), .min = 1, .max = 1000000},
    {"cancellations_per_month", FIELD_WHOLE, CATALOGUE(cancellations_per_month), .max = 1000000},
    {"no_shows", FIELD_WHOLE, CATALOGUE(no_shows), .min = 1, .max = 1000000},
    {"no_show_days", FIELD_WHOLE, CATALOGUE(no_show_days), .min = 1, .max = 366},
    {"suspend_days", FIELD_WHOLE, CATALOGUE(suspend_days), .max = 3660},
    {"agent_per_day", FIELD_WHOLE, CATALOGUE(agent_per_day), .max = 1000000},
    {0},
};

#define SERVICE(member) .offset = offsetof(struct service, member)
#define PACKAGE(member) .offset = offsetof(struct package, member)

static const char *const audiences[] = {"personal", "business", NULL};

static void load_materials(struct loader *loader, const struct json_path *path,
                           const struct json *item, void *target)
{
    static const struct field material = {.kind = FIELD_TEXT, .min = 1, .max = 200};
    struct service *service = target;
    struct json_path at = {path, NULL, 0};
    size_t count = load_length(loader, path, item, 0, MATERIALS_MAX);

    if (count == 0)
        return;
    service->materials = arena_new(&loader->catalogue->arena, count * sizeof *service->materials);
    JSON_EACH(item, element) {
        at.index = service->material_count++;
        load_value(loader, &at, element, &material, &service->materials[at.index]);
    }
}

static const struct field service_fields[] = {
    {"id", FIELD_TEXT, .required = true, SERVICE(id), .min = 1, .max = 40,
     .is_valid = load_is_item_id, .rule = load_item_id_rule},
    {"name", FIELD_TEXT, .required = true, SERVICE(name), .min = 1, .max = 60},
    {"minutes", FIELD_WHOLE, .required = true, SERVICE(minutes), .min = 1, .max = 480},
    {"units", FIELD_WHOLE, SERVICE(units), .min = 1, .max = 20},
    {"span", FIELD_WHOLE, SERVICE(span), .min = 1, .max = 8},
    {"materials", FIELD_OTHER, .load = load_materials},
    {"audience", FIELD_TEXT, SERVICE(audience), .max = 8, .choices = audiences},
    {"retired", FIELD_RETIRED, SERVICE(retired)},
    {0},
};

static void load_service(struct loader *loader, const struct json_path *path,
                         const struct json *item, void *target)
{
    struct service *service = target;

    service->units = service->span = 1;
    service->audience = TEXT("personal");
    load_object(loader, path, item, service_fields, service);
}

const struct service *load_service_reference(struct loader *loader, const struct json_path *path,
                                             const struct json *item)
{
    const struct service *service = NULL;

    if (json_kind(item) == JSON_TEXT && json_text(item).length)
        service = catalogue_service(loader->catalogue, json_text(item));
    if (!service)
        load_refuse(loader, path, item, "the id of a service of this catalogue");
    return service;
}

static void load_steps(struct loader *loader, const struct json_path *path, const struct json *item,
                       void *target)
{
    struct package *package = target;
    struct json_path at = {path, NULL, 0};
    size_t count = load_length(loader, path, item, 1, STEPS_MAX);

    if (count == 0)
        return;
    package->steps = arena_new(&loader->catalogue->arena, count * sizeof *package->steps);
    JSON_EACH(item, element) {
        const struct service *step = load_service_reference(loader, &at, element);
        for (size_t i = 0; step && i < package->step_count; i++)
            if (package->steps[i] == step)
                json_fault(loader->faults, &at,
                           "\"" TEXT_FMT "\" stands here twice; keep one of them",
                           TEXT_ARG(step->id));
        if (step)
            package->steps[package->step_count++] = step;
        at.index++;
    }
}

static const struct field package_fields[] = {
    {"id", FIELD_TEXT, .required = true, PACKAGE(id), .min = 1, .max = 40,
     .is_valid = load_is_item_id, .rule = load_item_id_rule},
    {"name", FIELD_TEXT, .required = true, PACKAGE(name), .min = 1, .max = 60},
    {"steps", FIELD_OTHER, .required = true, .load = load_steps,
     .rule = "an array of the ids of services"},
    {"retired", FIELD_RETIRED, PACKAGE(retired)},
    {0},
};

static void load_package(struct loader *loader, const struct json_path *path,
                         const struct json *item, void *target)
{
    load_object(loader, path, item, package_fields, target);
}

void load_defaults(struct catalogue *catalogue)
{
    catalogue->time_zone = TEXT("Asia/Shanghai");
    catalogue->eligibility_mode = ELIGIBILITY_REQUIRED;
    catalogue->on_unknown = catalogue->on_failure = ELIGIBILITY_REFUSE;
    catalogue->eligibility_cache_seconds = 600;
    catalogue->live_per_person = 5;
    catalogue->cancellations_per_month = 10;
    catalogue->no_shows = 2;
    catalogue->no_show_days = catalogue->suspend_days = 30;
    catalogue->agent_per_day = 5;
}

const struct field load_sections[] = {
    {"city", FIELD_OBJECT, .required = true, .members = city_fields},
    {"calendar", FIELD_OBJECT, .members = calendar_fields},
    {"eligibility", FIELD_OBJECT, .members = eligibility_fields},
    {"limits", FIELD_OBJECT, .members = limits_fields},
    {0},
};

/* Services come first: packages and queues refer to them. */
const struct load_list load_lists[] = {
    {"services", true, SERVICES_MAX, sizeof(struct service), offsetof(struct catalogue, services),
     offsetof(struct catalogue, service_count), load_service},
    {"packages", false, PACKAGES_MAX, sizeof(struct package), offsetof(struct catalogue, packages),
     offsetof(struct catalogue, package_count), load_package},
    {"halls", true, HALLS_MAX, sizeof(struct hall), offsetof(struct catalogue, halls),
     offsetof(struct catalogue, hall_count), load_hall},
    {0},
};
