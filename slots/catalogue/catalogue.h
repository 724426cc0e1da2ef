/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "slots/catalogue/calendar.h"

/* A thing that left the catalogue stays in it as retired, for as long as there may be records of
 * it: look-ups, lists and statistics find it, what exists of it is served and ends as before, and
 * it is not offered: no new bookings and no new numbers (docs/decisions/0008). `retired` is then
 * the last day of which there may be records, else 0. */

/* What a city offers: its services, packages, halls, queues and windows, as its catalogue file says
 * (README). Immutable once parsed; everything in it lives as long as the catalogue. */

enum { WEEKDAY_RANGES_MAX = 6 };

/* An offer in place of what was closed may stand on a day that is not released yet: so many days
 * behind the last released one may be open. */
enum { DAYS_OPENED_EARLY = 14 };

enum { RELEASED_DAYS_MAX = 60 }; /* of any hall, ever */

struct service {
    struct text id, name;
    unsigned minutes, units, span;
    struct text *materials;
    size_t material_count;
    struct text audience; /* "personal" or "business" */
    day_number retired;
};

struct package {
    struct text id, name;
    const struct service **steps;
    size_t step_count;
    day_number retired;
};

struct window {
    struct text id, name;
    day_number retired;
};

/* A service that a queue handles no more. */
struct retired_service {
    const struct service *service;
    day_number retired;
};

enum allocation { ALLOCATION_FIRST_COME, ALLOCATION_LOTTERY };

struct queue {
    const struct hall *hall;
    unsigned index; /* in the whole catalogue, dense from 0 in order of halls and queues */
    struct text id, name, prefix;
    day_number retired;              /* its own, or its hall's */
    const struct service **services; /* sorted by id */
    size_t service_count;
    struct retired_service *retired_services; /* what it handled before */
    size_t retired_service_count;
    struct window *windows;
    size_t window_count;
    uint32_t capacity[WEEKDAYS][SLOTS_A_DAY]; /* units, by weekday; 0 outside the hall's hours */
    enum allocation allocation;               /* of new days; see queue_draws_on() */
    day_number lottery_until; /* it drew lots before, and does up to this day; 0: never */
    double priority_share;
    unsigned priority_until_minutes, lottery_minutes, resale_delay_minutes, waitlist_offer_minutes;
    unsigned walk_ins_per_slot; /* UINT_MAX: no limit */
    double weight_walk_in, weight_appointment, weight_priority;
    unsigned late_minutes, requeue_places;
};

struct opening {
    unsigned from_minute, to_minute;
};

struct hours {
    struct opening ranges[WEEKDAY_RANGES_MAX];
    unsigned count;
    uint64_t slots; /* bit s: the half hour s lies wholly within a range */
};

/* Whether whoever takes a number without a booking says who he is. */
enum walk_in_identity {
    WALK_IN_IDENTITY_NONE,
    WALK_IN_IDENTITY_OPTIONAL,
    WALK_IN_IDENTITY_REQUIRED
};

enum hall_level { HALL_CITY, HALL_COUNTY, HALL_TOWNSHIP, HALL_OUTLET };

struct hall {
    struct text id, name, region, address;
    enum hall_level level;
    bool has_location;
    double longitude, latitude;
    struct hours hours[WEEKDAYS];
    bool make_up_workdays;
    bool public_display; /* anyone may see the numbers that are called (true) */
    unsigned days_ahead, release_minute, closes_minutes_before;
    enum walk_in_identity walk_in_identity;
    unsigned walk_ins_per_person_day;
    bool walk_ins_one_open; /* a person may have one open number at a time */
    day_number retired;
    struct queue *queues;
    size_t queue_count;
};

enum eligibility_mode { ELIGIBILITY_OFF, ELIGIBILITY_REQUIRED };
/* Whether two live reservations of a person may share a half hour. */
enum overlap { OVERLAP_REFUSE, OVERLAP_ALLOW };
enum eligibility_answer { ELIGIBILITY_REFUSE, ELIGIBILITY_ALLOW, ELIGIBILITY_DESK };

struct catalogue {
    struct text city, city_name, time_zone;
    int utc_offset_minutes;
    struct calendar calendar;
    enum eligibility_mode eligibility_mode;
    enum eligibility_answer on_unknown, on_failure;
    unsigned eligibility_cache_seconds;
    unsigned live_per_person, cancellations_per_month, no_shows, no_show_days, suspend_days,
        agent_per_day;
    enum overlap overlap;
    struct service *services; /* sorted by id */
    size_t service_count;
    struct package *packages; /* sorted by id */
    size_t package_count;
    struct hall *halls; /* sorted by id */
    size_t hall_count;
    size_t queue_count;
    unsigned days_ahead_max;  /* of all halls */
    day_number first_retired; /* the earliest day of what is retired; 0: nothing is */
    unsigned references;      /* counted by those who keep it (slots/catalogue/city.h) */
    struct text json;         /* the whole catalogue as one JSON document, to be stored */
    struct arena arena;
};

/* Parses a catalogue file on a day on which the city works. `present` (may be NULL) is the loaded
 * catalogue of the same city: what the file does not name stays as it is there; what it names (a
 * hall, service or package by its id; a year of the calendar; city, eligibility, limits as a whole)
 * is replaced, and what a hall has no more, or the file itself retires, is retired as of `today`. A
 * city that gives only its code is the loaded one. All or nothing: NULL when anything is wrong, and
 * `faults` (may be NULL) then holds every fault: what is wrong and what is right, in English. */
struct catalogue *catalogue_merge(struct text json, const struct catalogue *present,
                                  day_number today, struct json_faults *faults);
/* The same of a whole catalogue, as it is stored. */
struct catalogue *catalogue_parse(struct text json, struct json_faults *faults);
void catalogue_free(struct catalogue *catalogue);

/* Look-ups by id; NULL when there is none. */
const struct service *catalogue_service(const struct catalogue *catalogue, struct text id);
const struct package *catalogue_package(const struct catalogue *catalogue, struct text id);
const struct hall *catalogue_hall(const struct catalogue *catalogue, struct text id);
const struct queue *hall_queue(const struct hall *hall, struct text id);
const struct queue *catalogue_queue(const struct catalogue *catalogue, struct text hall,
                                    struct text id);
/* Whether new bookings and numbers for the service may be had at the queue, which handles it. */
bool queue_offers(const struct queue *queue, const struct service *service);
/* Whether the units of the queue's day are, or were, drawn by lot. A queue that is changed to
 * another allocation keeps it for the days whose draw has been announced. */
bool queue_draws_on(const struct queue *queue, day_number day);
/* Windows of a hall by id, one that is not retired before one that is; NULL when there is none. */
const struct window *hall_window(const struct hall *hall, struct text id);

/* The queue of the hall that offers the service. */
const struct queue *hall_queue_for(const struct hall *hall, const struct service *service);

/* "city", "county", "township", "outlet". */
const char *hall_level_name(enum hall_level level);
bool hall_level_parse(struct text name, enum hall_level *level);

/* The hours that hold on a day: weekday, holiday (none, returns NULL), make-up workday (Monday's,
 * when the hall works on those). The reason why a closed day is closed: the holiday's name,
 * "weekend" or "closed"; empty when it is open. */
const struct hours *hall_hours_on(const struct catalogue *catalogue, const struct hall *hall,
                                  day_number day, struct text *reason);

/* The template's units of each slot of a queue on a day (SLOTS_A_DAY values; all 0 when the hall is
 * closed or the queue is retired).
 * A make-up workday takes Monday's template. */
void queue_capacity_on(const struct catalogue *catalogue, const struct queue *queue, day_number day,
                       uint32_t capacity[SLOTS_A_DAY]);

/* When the day can first be booked, and when a slot no longer can be, in Unix ms. */
int64_t hall_opens_at_ms(const struct catalogue *catalogue, const struct hall *hall,
                         day_number day);
int64_t hall_closes_at_ms(const struct catalogue *catalogue, const struct hall *hall,
                          day_number day, unsigned slot);

/* True at this instant by the hours of its day. */
bool hall_is_open(const struct catalogue *catalogue, const struct hall *hall, int64_t now_ms);

/* Great-circle distance in metres (haversine, mean earth radius 6,371,008.8 m). */
double hall_distance_m(const struct hall *hall, double longitude, double latitude);
