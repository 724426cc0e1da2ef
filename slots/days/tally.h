/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What is counted of the reservations of a group: a queue, a half hour, a service, a day. Pure. */

struct counts {
    uint64_t capacity;    /* units that there were */
    uint64_t booked;      /* reservations whose last place is here, whatever became of them since */
    uint64_t cancelled;   /* of those */
    uint64_t no_show;     /* of those */
    uint64_t rescheduled; /* moved away from here */
    uint64_t intercepted; /* bookings that were refused for the health code */
    uint64_t leads;       /* of those booked: made before their half hour */
    uint64_t
        lead_seconds; /* of those: from when they were made to their half hour's start, summed */
};

struct tally {
    struct counts counts;
    uint64_t *leads; /* how many were made so many whole hours ahead */
    size_t lead_hours;
};

void counts_add(struct counts *counts, const struct counts *more);
void tally_add(struct tally *tally, const struct counts *counts);
/* `count` were made `hours` ahead; beyond a year is counted as a year. */
void tally_add_lead(struct tally *tally, uint64_t hours, uint64_t count);
void tally_free(struct tally *tally);

/* Mean lead in hundredths of an hour, halves rounded up; 0 without any. */
uint64_t counts_lead_hundredths(const struct counts *counts);
/* The median lead in whole hours, rounded down: at least half were made with no more of them.
 * 0 without any. */
uint64_t tally_lead_hours_p50(const struct tally *tally);
