/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/tally.h"

#include <stdlib.h>

#include "base/memory.h"

enum { LEAD_HOURS_MAX = 366 * 24, SECONDS_AN_HOUR = 3600 };

void counts_add(struct counts *counts, const struct counts *more)
{
    counts->capacity += more->capacity;
    counts->booked += more->booked;
    counts->cancelled += more->cancelled;
    counts->no_show += more->no_show;
    counts->rescheduled += more->rescheduled;
    counts->intercepted += more->intercepted;
    counts->leads += more->leads;
    counts->lead_seconds += more->lead_seconds;
}

void tally_add(struct tally *tally, const struct counts *counts)
{
    counts_add(&tally->counts, counts);
}

void tally_add_lead(struct tally *tally, uint64_t hours, uint64_t count)
{
    size_t hour = hours > LEAD_HOURS_MAX ? LEAD_HOURS_MAX : (size_t)hours;

    if (hour >= tally->lead_hours) {
        tally->leads = memory_resize(tally->leads, (hour + 1) * sizeof *tally->leads);
        while (tally->lead_hours <= hour)
            tally->leads[tally->lead_hours++] = 0;
    }
    tally->leads[hour] += count;
}

void tally_free(struct tally *tally)
{
    free(tally->leads);
    *tally = (struct tally){0};
}

uint64_t counts_lead_hundredths(const struct counts *counts)
{
    uint64_t divisor = SECONDS_AN_HOUR * counts->leads;

    return divisor ? (100 * counts->lead_seconds + divisor / 2) / divisor : 0;
}

uint64_t tally_lead_hours_p50(const struct tally *tally)
{
    uint64_t count = 0, below = 0;
    size_t hour = 0;

    for (size_t i = 0; i < tally->lead_hours; i++)
        count += tally->leads[i];
    while (hour < tally->lead_hours && 2 * (below += tally->leads[hour]) < count)
        hour++;
    return hour < tally->lead_hours ? hour : 0;
}
