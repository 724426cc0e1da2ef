/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "slots/statistics.h"

/* Statistics on their way to a client, shared by the call and by what writes them down. */

struct statistics_service {
    struct text service; /* in the arena: it may have left the catalogue */
    struct tally tally;
};

struct statistics_report {
    struct call *call;
    struct edition *edition;
    const struct hall *hall; /* NULL: the whole city */
    day_number from, to;
    bool is_csv;
    struct buffer csv;
    struct tally totals, half_hours[SLOTS_A_DAY];
    struct tally *days;                  /* from `from` on */
    struct tally *queues;                /* by the catalogue's index */
    struct statistics_service *services; /* in order of their ids */
    size_t service_count, service_capacity;
    struct arena arena;
};

/* The header row of the CSV, and a row of it: a half hour's capacity, or what was booked of a
 * service. */
void statistics_begin_csv(struct buffer *csv);
void statistics_append_csv(struct buffer *csv, const struct statistics_row *row);

/* The whole JSON object. */
void statistics_append_json(struct buffer *json, const struct statistics_report *report);
