/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"

/* Counters and gauges in the Prometheus text format (0.0.4). Each worker writes its own row of a
 * shared table, whoever is asked adds the rows up: any worker answers for all. */

#define METRICS(M)                                                                                 \
    M(BOOKED, "jiaohao_bookings_total", "outcome=\"booked\"", COUNTER,                             \
      "Booking requests by outcome.")                                                              \
    M(REPEATED, "jiaohao_bookings_total", "outcome=\"repeated\"", COUNTER, NULL)                   \
    M(MISMATCH, "jiaohao_bookings_total", "outcome=\"idempotency-mismatch\"", COUNTER, NULL)       \
    M(NOT_GREEN, "jiaohao_bookings_total", "outcome=\"health-code-not-green\"", COUNTER, NULL)     \
    M(ALREADY, "jiaohao_bookings_total", "outcome=\"already-reserved\"", COUNTER, NULL)            \
    M(OVERLAP, "jiaohao_bookings_total", "outcome=\"overlap\"", COUNTER, NULL)                     \
    M(LIMIT, "jiaohao_bookings_total", "outcome=\"limit-reached\"", COUNTER, NULL)                 \
    M(SUSPENDED, "jiaohao_bookings_total", "outcome=\"booking-suspended\"", COUNTER, NULL)         \
    M(CANCELLATIONS_USED_UP, "jiaohao_bookings_total", "outcome=\"cancellations-used-up\"",        \
      COUNTER, NULL)                                                                               \
    M(AGENT_LIMIT, "jiaohao_bookings_total", "outcome=\"agent-limit-reached\"", COUNTER, NULL)     \
    M(IN_DRAW, "jiaohao_bookings_total", "outcome=\"in-draw\"", COUNTER, NULL)                     \
    M(NOT_IN_DRAW, "jiaohao_bookings_total", "outcome=\"not-in-draw\"", COUNTER, NULL)             \
    M(CLOSED, "jiaohao_bookings_total", "outcome=\"slot-closed\"", COUNTER, NULL)                  \
    M(NOT_RELEASED, "jiaohao_bookings_total", "outcome=\"not-released\"", COUNTER, NULL)           \
    M(TOO_LATE, "jiaohao_bookings_total", "outcome=\"too-late\"", COUNTER, NULL)                   \
    M(FULL, "jiaohao_bookings_total", "outcome=\"slot-full\"", COUNTER, NULL)                      \
    M(BOOKING_UNAVAILABLE, "jiaohao_bookings_total", "outcome=\"store-unavailable\"", COUNTER,     \
      NULL)                                                                                        \
    M(CANCELLED, "jiaohao_cancellations_total", "", COUNTER, "Reservations cancelled.")            \
    M(RESCHEDULED, "jiaohao_reschedules_total", "", COUNTER, "Reservations moved.")                \
    M(PARDONED, "jiaohao_pardons_total", "", COUNTER, "No-shows pardoned.")                        \
    M(CHECK_INS, "jiaohao_check_ins_total", "", COUNTER, "Reservations checked in.")               \
    M(WALK_INS, "jiaohao_walk_ins_total", "", COUNTER, "Walk-in tickets issued.")                  \
    M(CALLS, "jiaohao_calls_total", "", COUNTER, "Tickets called to a window.")                    \
    M(INTERCEPTED_YELLOW, "jiaohao_health_interceptions_total", "code=\"yellow\"", COUNTER,        \
      "Bookings refused for a health code that is not green.")                                     \
    M(INTERCEPTED_RED, "jiaohao_health_interceptions_total", "code=\"red\"", COUNTER, NULL)        \
    M(INTERCEPTED_UNKNOWN, "jiaohao_health_interceptions_total", "code=\"unknown\"", COUNTER,      \
      NULL)                                                                                        \
    M(HEALTH_CODES, "jiaohao_health_codes_pushed_total", "", COUNTER,                              \
      "Health codes accepted from the authority.")                                                 \
    M(BATCHES, "jiaohao_booking_batches_total", "", COUNTER, "Calls of the reserve function.")     \
    M(BATCHED, "jiaohao_batched_bookings_total", "", COUNTER, "Bookings in those calls.")          \
    M(HTTP_2XX, "jiaohao_http_responses_total", "class=\"2xx\"", COUNTER,                          \
      "HTTP responses by class of status.")                                                        \
    M(HTTP_3XX, "jiaohao_http_responses_total", "class=\"3xx\"", COUNTER, NULL)                    \
    M(HTTP_4XX, "jiaohao_http_responses_total", "class=\"4xx\"", COUNTER, NULL)                    \
    M(HTTP_5XX, "jiaohao_http_responses_total", "class=\"5xx\"", COUNTER, NULL)                    \
    M(CONNECTIONS, "jiaohao_http_connections", "", GAUGE, "HTTP connections that are open.")       \
    M(CONNECTIONS_ACCEPTED, "jiaohao_http_connections_accepted_total", "", COUNTER,                \
      "HTTP connections accepted.")                                                                \
    M(STREAMS, "jiaohao_http_streams", "", GAUGE, "Streaming answers that are open: displays.")    \
    M(STREAMS_CUT_OFF, "jiaohao_http_streams_cut_off_total", "", COUNTER,                          \
      "Streaming answers whose readers were too slow.")                                            \
    M(HELD, "jiaohao_http_held_bytes", "", GAUGE,                                                  \
      "Requests and unsent answers that connections keep.")                                        \
    M(STREAMS_REFUSED, "jiaohao_http_streams_refused_total", "", COUNTER,                          \
      "Displays that were refused: too many of a hall, of an address or in all.")                  \
    M(BYTES_RECEIVED, "jiaohao_http_received_bytes_total", "", COUNTER, "Bytes received by HTTP.") \
    M(BYTES_SENT, "jiaohao_http_sent_bytes_total", "", COUNTER, "Bytes sent by HTTP.")             \
    M(STORE_CONNECTED, "jiaohao_store_connected", "", GAUGE, "Workers connected to Redis.")        \
    M(WORKERS, "jiaohao_workers", "", GAUGE, "Workers that serve.")                                \
    M(WORKERS_HUNG, "jiaohao_workers_ended_total", "reason=\"hung\"", COUNTER,                     \
      "Further workers that ended and were started again.")                                        \
    M(WORKERS_DIED, "jiaohao_workers_ended_total", "reason=\"died\"", COUNTER, NULL)

enum metric {
#define METRIC_ENUM(id, name, labels, kind, help) METRIC_##id,
    METRICS(METRIC_ENUM)
#undef METRIC_ENUM
        METRIC_COUNT
};

/* Upper bounds of the histogram of response times, in µs; the last bucket has none. */
enum { METRIC_BUCKETS = 14, METRIC_WORKERS_MAX = 64 };

struct metrics; /* one worker's row, and the way to the others' */

/* The table for all workers in an anonymous shared file; its descriptor in `*fd` goes to the other
 * workers by inheritance. Row 0. NULL when memory cannot be had. */
struct metrics *metrics_create(int *fd);
/* Row `row` of the table behind `fd`. */
struct metrics *metrics_attach(int fd, unsigned row);
/* The worker of a row has ended: its gauges and beats are 0, what it counted stays. */
void metrics_row_ended(struct metrics *metrics, unsigned row);

void metrics_add(struct metrics *metrics, enum metric metric, uint64_t count);
void metrics_set(struct metrics *metrics, enum metric metric, uint64_t value);
/* Time from a request to its answer. */
void metrics_observe(struct metrics *metrics, int64_t duration_us);

/* A worker's loop has turned (program/heartbeat.h); how often that of a row has. */
void metrics_beat(struct metrics *metrics);
uint64_t metrics_beats(const struct metrics *metrics, unsigned row);

/* Appends the whole page: sums over all workers. */
void metrics_append(const struct metrics *metrics, struct buffer *page);
