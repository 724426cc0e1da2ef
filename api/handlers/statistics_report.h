/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "scheduler/ticket_statistics.h"
#include "slots/days/statistics.h"

/* Statistics on their way to a client, shared by the call and by what writes them down. */

struct statistics_service {
    struct text service; /* in the arena: it may have left the catalogue */
    struct tally tally;
};

/* Tickets by where they were called last, by the queue and service that they were last for, by the
 * half hour of their arrival. */
enum ticket_grouping {
    TICKETS_BY_WINDOW,
    TICKETS_BY_QUEUE,
    TICKETS_BY_SERVICE,
    TICKETS_BY_HALF_HOUR,
    TICKET_GROUPS
};

struct ticket_group {
    struct text hall, name; /* in the arena; services and half hours have no hall */
    struct ticket_tally tally;
};

struct ticket_groups {
    struct ticket_group *items; /* in order of hall and name */
    size_t count, capacity;
};

struct ticket_report {
    struct ticket_tally totals;
    struct ticket_groups groups[TICKET_GROUPS];
    struct arena arena;
};

void ticket_report_add(struct ticket_report *report, const struct ticket_row *row);
void ticket_report_free(struct ticket_report *report);
/* The member `tickets` of the JSON; all of the CSV. */
void ticket_report_append_json(struct buffer *json, const struct ticket_report *report);
void ticket_report_append_csv(struct buffer *csv, const struct ticket_report *report);

struct statistics_report {
    struct call *call;
    struct edition *edition;
    const struct hall *hall; /* NULL: the whole city */
    day_number from, to;
    bool is_csv, is_of_tickets; /* which table of the CSV */
    struct ticket_report tickets;
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
