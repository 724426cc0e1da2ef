/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call/call.h"
#include "scheduler/floor_wait.h"
#include "slots/catalogue/catalogue.h"

/* What halls look like in JSON, shared by the calls that show them. */

/* ",\"location\":[113.19,33.77]" or null. */
void halls_append_location(struct buffer *json, const struct hall *hall);

/* True for what a hall's id looks like, 410402001-01; there need be no such hall. */
bool halls_is_id(struct text id);

/* The query's `near=LON,LAT`; false when it is missing or malformed (then noted). */
bool halls_read_near(struct call *call, struct faults *faults, double near[2]);

/* Metres from `near`; 0 when near is NULL, infinite when the hall's place is not known. */
double halls_distance_m(const struct hall *hall, const double *near);

/* The query's `service` as one of the catalogue; NULL when missing or unknown (noted when it is
 * required or unknown). */
const struct service *halls_read_service(struct call *call, struct faults *faults,
                                         bool is_required);

/* How busy a hall or one of its queues is at this moment (大厅忙不忙). */
struct hall_load {
    unsigned waiting, wait_seconds; /* people; p50 of who came now */
};
struct hall_load halls_load(struct call *call, const struct hall *hall);
struct hall_load halls_queue_load(struct call *call, const struct queue *queue);
/* ",\"waiting\":3,\"wait_seconds\":420" */
void halls_append_load(struct buffer *json, struct hall_load load);

/* A query parameter that is a date; false when missing or malformed (then noted). */
bool halls_read_date(struct call *call, struct faults *faults, const char *name, day_number *day);
