/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "scheduler/ticket.h"
#include "slots/catalogue/city.h"

/* Counts and times of the tickets of some days, taken from the tickets themselves. Times are
 * differences of whole seconds, as the tickets tell their instants to people. */

/* How many took so many seconds. */
struct durations {
    uint64_t count, total_s;
    uint32_t *by_second; /* the last one is the longest */
    size_t seconds;
};

struct ticket_tally {
    uint64_t appointments, walk_ins; /* issued */
    uint64_t served, lapsed;         /* of those; who was not served lapses with the day */
    uint64_t missed, recalls;        /* how often */
    struct durations wait;           /* from arrival to the first call; of a later step of a package
                                      * from the end of the one before */
    struct durations walk;           /* from the last call to the start */
    struct durations service;        /* from the start to the finish, of who was served */
};

void ticket_tally_add(struct ticket_tally *tally, const struct ticket *ticket);
void ticket_tally_free(struct ticket_tally *tally);

/* In seconds; 0 without any. */
double durations_mean(const struct durations *durations);
/* The shortest that at least so many hundredths do not exceed. */
uint32_t durations_percentile(const struct durations *durations, unsigned percent);
uint32_t durations_max(const struct durations *durations);

/* A ticket, where it was given. Valid in the call. */
struct ticket_row {
    struct text hall, issuer;
    day_number day;
    unsigned slot; /* the half hour in which it was issued */
    struct ticket ticket;
};

/* One walk on its way. */
struct ticket_walk {
    struct city *city;
    struct text hall; /* empty: all halls of the city */
    day_number from, to;
    /* Each ticket once, in the order of days, then of nothing in particular. */
    void (*take)(void *owner, const struct ticket_row *row);
    /* Once, behind all: 0 or a negative store_status. */
    void (*done)(void *owner, int status);
    /* True when nobody waits for the rest any more. */
    bool (*is_gone)(void *owner);
    void *owner;
};

/* Copies `walk`; its hall must stay until `done`, which is never called from inside. Reads a day at
 * a time, a part of it at a call. */
void ticket_statistics_walk(const struct ticket_walk *walk);
