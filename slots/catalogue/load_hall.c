/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/load.h"

enum { QUEUES_MAX = 200, REGION_TAIL = 3 /* "-01" */ };

static bool all_digits(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return true;
}

static bool is_hall_id(struct text id)
{
    size_t code = id.length - REGION_TAIL;

    return (id.length == 6 + REGION_TAIL || id.length == 9 + REGION_TAIL) && id.data[code] == '-' &&
           all_digits(text_part(id, 0, code)) && all_digits(text_part(id, code + 1, 2));
}

/* `HH:MM-HH:MM` that begins no earlier than `after`. */
static bool parse_opening(struct text text, unsigned after, struct opening *opening)
{
    struct text from = text_part(text, 0, 5), to = text_part(text, 6, text.length);

    return text.length == 11 && text.data[5] == '-' &&
           calendar_parse_minute(from, &opening->from_minute) &&
           calendar_parse_minute(to, &opening->to_minute) && opening->from_minute >= after &&
           opening->from_minute < opening->to_minute;
}

/* The half hours wholly within the range. */
static uint64_t slots_within(const struct opening *opening)
{
    uint64_t slots = 0;

    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        if (slot * SLOT_MINUTES >= opening->from_minute &&
            (slot + 1) * SLOT_MINUTES <= opening->to_minute)
            slots |= UINT64_C(1) << slot;
    return slots;
}

static void load_ranges(struct loader *loader, const struct json_path *path,
                        const struct json *item, struct hours *hours)
{
    struct json_path at = {path, NULL, 0};
    unsigned after = 0;

    if (load_length(loader, path, item, 0, WEEKDAY_RANGES_MAX) == 0)
        return;
    JSON_EACH(item, range) {
        struct opening opening;
        if (json_kind(range) != JSON_TEXT || !parse_opening(json_text(range), after, &opening)) {
            load_refuse(loader, &at, range,
                        "HH:MM-HH:MM, the later time last, such as \"09:00-12:00\", no earlier "
                        "than the end of the range before");
        } else if (!slots_within(&opening)) {
            load_refuse(loader, &at, range,
                        "hours that can be booked: this holds no whole half hour HH:00 or HH:30");
        } else {
            after = opening.to_minute;
            hours->ranges[hours->count++] = opening;
            hours->slots |= slots_within(&opening);
        }
        at.index++;
    }
}

static void load_hours(struct loader *loader, const struct json_path *path, const struct json *item,
                       void *target)
{
    static const struct field make_up = {.kind = FIELD_TRUTH,
                                         .offset = offsetof(struct hall, make_up_workdays)};
    struct hall *hall = target;
    size_t faults_before = loader->faults->count;
    unsigned seen = 0;
    bool has_make_up = false;

    if (json_kind(item) != JSON_OBJECT) {
        load_refuse(loader, path, item, "an object of weekdays");
        return;
    }
    JSON_EACH(item, member) {
        struct json_path at = {path, json_name(member), 0};
        struct hours hours = {0};
        unsigned set;
        if (strcmp(json_name(member), "make_up_workdays") == 0) {
            if (has_make_up)
                json_fault(loader->faults, &at, "stands here twice; keep one of them");
            load_value(loader, &at, member, &make_up, hall);
            has_make_up = true;
            continue;
        }
        set = load_weekdays(loader, &at, &seen);
        load_ranges(loader, &at, member, &hours);
        for (unsigned weekday = 0; weekday < WEEKDAYS; weekday++)
            if (set & 1u << weekday)
                hall->hours[weekday] = hours;
    }
    loader->hours_known = loader->faults->count == faults_before;
}

static void load_location(struct loader *loader, const struct json_path *path,
                          const struct json *item, void *target)
{
    static const struct field longitude = {
        .kind = FIELD_NUMBER, .min = -180, .max = 180, .offset = offsetof(struct hall, longitude)};
    static const struct field latitude = {
        .kind = FIELD_NUMBER, .min = -90, .max = 90, .offset = offsetof(struct hall, latitude)};
    struct hall *hall = target;

    if (json_kind(item) != JSON_ARRAY || json_count(item) != 2) {
        load_refuse(loader, path, item, "an array of two numbers: longitude, latitude");
        return;
    }
    load_value(loader, &(struct json_path){path, NULL, 0}, json_first(item), &longitude, hall);
    load_value(loader, &(struct json_path){path, NULL, 1}, json_next(json_first(item)), &latitude,
               hall);
    hall->has_location = true;
}

/* What the queues of a hall may not share; what a retired one had may be another's by now. */
static void check_against_queues_before(struct loader *loader, const struct json_path *path,
                                        const struct hall *hall, const struct queue *queue)
{
    for (const struct queue *other = hall->queues; other < queue; other++) {
        if (queue->id.length && text_equal(queue->id, other->id))
            json_fault(loader->faults, &(struct json_path){path, "id", 0},
                       "\"" TEXT_FMT "\" is queue %zu's too; give each queue of a hall its own id",
                       TEXT_ARG(queue->id), (size_t)(other - hall->queues));
        if (!queue->retired && !other->retired && queue->prefix.length &&
            text_equal(queue->prefix, other->prefix))
            json_fault(loader->faults, &(struct json_path){path, "prefix", 0},
                       "\"" TEXT_FMT "\" is the prefix of queue %zu too; numbers of a hall must "
                       "differ, give another",
                       TEXT_ARG(queue->prefix), (size_t)(other - hall->queues));
    }
}

static void load_queues(struct loader *loader, const struct json_path *path,
                        const struct json *item, void *target)
{
    struct hall *hall = target;
    struct json_path at = {path, NULL, 0};
    size_t count = load_length(loader, path, item, 1, QUEUES_MAX);

    if (count == 0)
        return;
    hall->queues = arena_new(&loader->catalogue->arena, count * sizeof *hall->queues);
    JSON_EACH(item, element) {
        struct queue *queue = &hall->queues[hall->queue_count];
        at.index = hall->queue_count;
        queue->hall = hall;
        load_queue(loader, &at, element, queue);
        check_against_queues_before(loader, &at, hall, queue);
        hall->queue_count++;
    }
}

static bool is_release_time(struct text text)
{
    unsigned minute;

    return calendar_parse_minute(text, &minute) && minute < SLOTS_A_DAY * SLOT_MINUTES;
}

static void load_release_time(struct loader *loader, const struct json_path *path,
                              const struct json *item, void *target)
{
    struct hall *hall = target;

    if (is_release_time(json_text(item)))
        calendar_parse_minute(json_text(item), &hall->release_minute);
    else
        load_refuse(loader, path, item, "a time HH:MM from \"00:00\" to \"23:59\"");
}

#define HALL(member) .offset = offsetof(struct hall, member)

static const char *const levels[] = {"city", "county", "township", "outlet", NULL};

static const struct field release_fields[] = {
    {"days_ahead", FIELD_WHOLE, HALL(days_ahead), .max = RELEASED_DAYS_MAX},
    {"at", FIELD_OTHER, .load = load_release_time},
    {"closes_minutes_before", FIELD_WHOLE, HALL(closes_minutes_before), .max = 1440},
    {0},
};

/* In the order of enum walk_in_identity. */
static const char *const identities[] = {"none", "optional", "required", NULL};

static const struct field walk_in_fields[] = {
    {"identity", FIELD_CHOICE, HALL(walk_in_identity), .choices = identities},
    {"per_person_day", FIELD_WHOLE, HALL(walk_ins_per_person_day), .min = 1, .max = 100},
    {"one_open", FIELD_TRUTH, HALL(walk_ins_one_open)},
    {0},
};

/* Hours come before queues: capacity is checked against them. */
static const struct field hall_fields[] = {
    {"id", FIELD_TEXT, .required = true, HALL(id), .max = 12, .is_valid = is_hall_id,
     .rule = "a division code of 6 or 9 digits, \"-\" and two digits, such as \"410400-01\""},
    {"name", FIELD_TEXT, .required = true, HALL(name), .min = 1, .max = 60},
    {"level", FIELD_CHOICE, .required = true, HALL(level), .choices = levels},
    {"region", FIELD_TEXT, HALL(region), .max = 9, .is_valid = all_digits,
     .rule = "the division code that the hall's id begins with"},
    {"address", FIELD_TEXT, HALL(address), .max = 200},
    {"location", FIELD_OTHER, .load = load_location},
    {"hours", FIELD_OTHER, .required = true, .load = load_hours, .rule = "an object of weekdays"},
    {"release", FIELD_OBJECT, .members = release_fields},
    {"walk_ins", FIELD_OBJECT, .members = walk_in_fields},
    {"retired", FIELD_RETIRED, HALL(retired)},
    {"public_display", FIELD_TRUTH, HALL(public_display)},
    {"queues", FIELD_OTHER, .required = true, .load = load_queues, .rule = "an array of queues"},
    {0},
};

static void check_region(struct loader *loader, const struct json_path *path, struct hall *hall)
{
    struct text code = text_part(hall->id, 0, hall->id.length - REGION_TAIL);

    if (!text_equal(text_part(code, 0, 4), text_part(loader->catalogue->city, 0, 4)))
        json_fault(loader->faults, &(struct json_path){path, "id", 0},
                   "\"" TEXT_FMT "\" is no division of city " TEXT_FMT
                   "; the first four digits must be the city's",
                   TEXT_ARG(hall->id), TEXT_ARG(loader->catalogue->city));
    if (!hall->region.data)
        hall->region = arena_copy(&loader->catalogue->arena, code);
    else if (!text_equal(hall->region, code))
        json_fault(loader->faults, &(struct json_path){path, "region", 0},
                   "is \"" TEXT_FMT "\"; give \"" TEXT_FMT
                   "\", as in the hall's id, or leave it out",
                   TEXT_ARG(hall->region), TEXT_ARG(code));
}

void load_hall(struct loader *loader, const struct json_path *path, const struct json *item,
               void *target)
{
    struct hall *hall = target;

    hall->make_up_workdays = true;
    hall->public_display = true;
    hall->walk_in_identity = WALK_IN_IDENTITY_OPTIONAL;
    hall->walk_ins_per_person_day = 3;
    hall->walk_ins_one_open = true;
    hall->days_ahead = 1;
    hall->closes_minutes_before = 30;
    hall->address = TEXT("");
    loader->hours_known = false;
    load_object(loader, path, item, hall_fields, hall);
    if (hall->id.length && loader->catalogue->city.length)
        check_region(loader, path, hall);
}
