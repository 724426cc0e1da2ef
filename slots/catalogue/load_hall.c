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

static void load_ranges(struct loader *loader, const struct place *place, const cJSON *item,
                        struct hours *hours)
{
    struct place at = {place, NULL, 0};
    unsigned after = 0;
    const cJSON *range;

    if (load_length(loader, place, item, 0, WEEKDAY_RANGES_MAX) == 0)
        return;
    cJSON_ArrayForEach(range, item)
    {
        struct opening opening;
        if (!cJSON_IsString(range) || !parse_opening(load_text(range), after, &opening)) {
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

static void load_hours(struct loader *loader, const struct place *place, const cJSON *item,
                       void *target)
{
    static const struct field make_up = {.kind = FIELD_TRUTH,
                                         .offset = offsetof(struct hall, make_up_workdays)};
    struct hall *hall = target;
    size_t faults_before = loader->fault_count;
    unsigned seen = 0;
    bool has_make_up = false;
    const cJSON *member;

    if (!cJSON_IsObject(item)) {
        load_refuse(loader, place, item, "an object of weekdays");
        return;
    }
    cJSON_ArrayForEach(member, item)
    {
        struct place at = {place, member->string, 0};
        struct hours hours = {0};
        unsigned set;
        if (strcmp(member->string, "make_up_workdays") == 0) {
            if (has_make_up)
                load_fault(loader, &at, "stands here twice; keep one of them");
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
    loader->hours_known = loader->fault_count == faults_before;
}

static void load_location(struct loader *loader, const struct place *place, const cJSON *item,
                          void *target)
{
    static const struct field longitude = {
        .kind = FIELD_NUMBER, .min = -180, .max = 180, .offset = offsetof(struct hall, longitude)};
    static const struct field latitude = {
        .kind = FIELD_NUMBER, .min = -90, .max = 90, .offset = offsetof(struct hall, latitude)};
    struct hall *hall = target;

    if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) != 2) {
        load_refuse(loader, place, item, "an array of two numbers: longitude, latitude");
        return;
    }
    load_value(loader, &(struct place){place, NULL, 0}, item->child, &longitude, hall);
    load_value(loader, &(struct place){place, NULL, 1}, item->child->next, &latitude, hall);
    hall->has_location = true;
}

/* What the queues of a hall may not share; what a retired one had may be another's by now. */
static void check_against_queues_before(struct loader *loader, const struct place *place,
                                        const struct hall *hall, const struct queue *queue)
{
    for (const struct queue *other = hall->queues; other < queue; other++) {
        if (queue->id.length && text_equal(queue->id, other->id))
            load_fault(loader, &(struct place){place, "id", 0},
                       "\"" TEXT_FMT "\" is queue %zu's too; give each queue of a hall its own id",
                       TEXT_ARG(queue->id), (size_t)(other - hall->queues));
        if (!queue->retired && !other->retired && queue->prefix.length &&
            text_equal(queue->prefix, other->prefix))
            load_fault(loader, &(struct place){place, "prefix", 0},
                       "\"" TEXT_FMT "\" is the prefix of queue %zu too; numbers of a hall must "
                       "differ, give another",
                       TEXT_ARG(queue->prefix), (size_t)(other - hall->queues));
    }
}

static void load_queues(struct loader *loader, const struct place *place, const cJSON *item,
                        void *target)
{
    struct hall *hall = target;
    struct place at = {place, NULL, 0};
    size_t count = load_length(loader, place, item, 1, QUEUES_MAX);
    const cJSON *element;

    if (count == 0)
        return;
    hall->queues = arena_new(&loader->catalogue->arena, count * sizeof *hall->queues);
    cJSON_ArrayForEach(element, item)
    {
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

static void load_release_time(struct loader *loader, const struct place *place, const cJSON *item,
                              void *target)
{
    struct hall *hall = target;

    if (is_release_time(load_text(item)))
        calendar_parse_minute(load_text(item), &hall->release_minute);
    else
        load_refuse(loader, place, item, "a time HH:MM from \"00:00\" to \"23:59\"");
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

static void check_region(struct loader *loader, const struct place *place, struct hall *hall)
{
    struct text code = text_part(hall->id, 0, hall->id.length - REGION_TAIL);

    if (!text_equal(text_part(code, 0, 4), text_part(loader->catalogue->city, 0, 4)))
        load_fault(loader, &(struct place){place, "id", 0},
                   "\"" TEXT_FMT "\" is no division of city " TEXT_FMT
                   "; the first four digits must be the city's",
                   TEXT_ARG(hall->id), TEXT_ARG(loader->catalogue->city));
    if (!hall->region.data)
        hall->region = arena_copy(&loader->catalogue->arena, code);
    else if (!text_equal(hall->region, code))
        load_fault(loader, &(struct place){place, "region", 0},
                   "is \"" TEXT_FMT "\"; give \"" TEXT_FMT
                   "\", as in the hall's id, or leave it out",
                   TEXT_ARG(hall->region), TEXT_ARG(code));
}

void load_hall(struct loader *loader, const struct place *place, const cJSON *item, void *target)
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
    load_object(loader, place, item, hall_fields, hall);
    if (hall->id.length && loader->catalogue->city.length)
        check_region(loader, place, hall);
}
