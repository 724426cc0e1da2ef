/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* An admin's change of a queue's capacity: of a day, as an override in the plan, or of the weekly
 * template in the catalogue. Bookings stay; what is raised goes to the waitlist. Computed from the
 * plan as this worker knows it and refused by Redis when that is out of date, then computed again,
 * so that of changes at the same time none is lost. A worker makes those of a city one after
 * another. */

enum capacity_outcome {
    CAPACITY_CHANGED,
    CAPACITY_FAULTY,  /* weekly: `faults`, with pointers into `weekly` */
    CAPACITY_MISSING, /* the queue has left the catalogue */
};

/* What is asked for; the texts are copied. */
struct capacity_order {
    const struct queue *queue; /* of the city's present edition */
    struct text weekly;        /* JSON as the catalogue's `capacity`; empty: of a day */
    day_number day;
    uint64_t named, unnamed; /* half hours that get `units`; that follow the template again */
    uint32_t units[SLOTS_A_DAY];
    bool has_windows; /* else those that are closed stay so */
    const struct text *closed_windows;
    unsigned closed_window_count; /* OVERRIDE_WINDOWS_MAX at most */
};

/* Half hours of a day, bit by bit. */
struct day_slots {
    day_number day;
    uint64_t slots;
};

struct capacity_change;

/* Called once: negative store_status (whether it was made is unknown for STORE_TIMEOUT and
 * STORE_LOST) or enum capacity_outcome. `change` is freed after the call. */
typedef void capacity_done(struct capacity_change *change, int outcome);

struct capacity_change {
    struct city *city;
    void *owner; /* the caller's */
    capacity_done *on_done;
    struct capacity_order order; /* but its queue, of which it keeps the names */
    struct text hall, queue;

    /* The outcome's details, valid in on_done. */
    uint64_t hours;                 /* half hours in which the hall is open on the day */
    uint32_t capacity[SLOTS_A_DAY]; /* of the day */
    int32_t remaining[SLOTS_A_DAY]; /* below 0: overbooked by so many */
    struct day_slots *overbooked;   /* days with half hours whose bookings exceed the capacity */
    size_t overbooked_count;
    struct json_faults faults;

    /* Inside. */
    unsigned attempts;
    struct buffer present;       /* the catalogue that is stored */
    struct catalogue *catalogue; /* the one that is to be */
    struct list *changes;        /* in which it stands: the first is being made */
    struct list in_changes;
    struct arena arena;
};

/* Starts behind the other `changes` of the city; on_done is called once and never from inside. */
void capacity_change_start(struct city *city, struct list *changes,
                           const struct capacity_order *order, capacity_done *on_done, void *owner);
