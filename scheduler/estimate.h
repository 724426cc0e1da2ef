/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Who is called before whom, and how long a wait will be: pure functions of their arguments. */

/* What the catalogue says of a service's time weighs as much as so many services of today. */
enum { ESTIMATE_PRIOR_SERVICES = 5 };

/* Somebody who waits, as the calling order (scheduler/windows.lua) sees him. */
struct estimate_waiter {
    unsigned line;          /* number of the line in which he stands: a queue's, or one window's */
    struct text key;        /* 'ISSUER/tN' */
    double service_seconds; /* what his service takes on average */
    bool is_put_back;
    /* Who is not: */
    double credit;    /* weight of the class × seconds since it earns; below 0: not yet */
    int64_t earns_ms; /* since when; who earns longer is first among equals, then by key */
    /* Who is: */
    int64_t calls_left; /* of his queue until he is due; 0 or below: he is */
    int64_t issued_ms;  /* of those who are due who came first is first, then by key */
};

/* True when `a` is called before `b`, both of one line and not put back: accumulating priority
 * (L. Kleinrock, "A delay dependent queue discipline", Naval Research Logistics Quarterly 11,
 * 1964).
 */
bool estimate_is_before(const struct estimate_waiter *a, const struct estimate_waiter *b);

struct estimate_ahead {
    double count;   /* how many are called before him */
    double seconds; /* of service for them */
};

/* Who would be called before `target` if nobody else came: of each line those whose credit is
 * larger now, and put back ones once the calls of their line have come to their threshold.
 * `shares[line]`: which part of the line's people goes to the windows that call the target (1 for
 * his own line; of two queues that share one of two windows, a half). The target may be one of the
 * waiters. */
struct estimate_ahead estimate_ahead(const struct estimate_waiter *waiters, size_t count,
                                     const struct estimate_waiter *target, const double *shares);

/* Mean service time in seconds: the mean of today's with the catalogue's time as
 * ESTIMATE_PRIOR_SERVICES more of them, so that a day begins with the catalogue and learns. */
double estimate_service_seconds(double catalogue_seconds, unsigned count, int64_t total_ms);

struct estimate {
    unsigned ahead;
    double mean_seconds;
    unsigned p50_seconds, p90_seconds; /* whole seconds */
};

/* The wait of somebody with `ahead` before him and himself next behind them. Each of `windows`
 * ends a service after `service_seconds` on average, so the next end comes after service_seconds /
 * windows. `idle` of them have nobody and take the first ones at once; he waits for ahead + 1 -
 * idle ends. With exponential service times that is an Erlang distribution of so many stages, its
 * mean (ahead + 1 - idle) × service_seconds / windows (W. Whitt, "Predicting queueing delays",
 * Management Science 45, 1999; R. Ibrahim, W. Whitt, "Real-time delay estimation based on delay
 * history", M&SOM 11, 2009: the queue-length estimator). */
struct estimate estimate_wait(double ahead, double service_seconds, unsigned windows,
                              unsigned idle);

/* Quantile of the Erlang (gamma) distribution with `stages` > 0 and scale 1, `z` the same quantile
 * of the standard normal: k (1 - 1/(9k) + z/(3 √k))³ (E. B. Wilson, M. M. Hilferty, "The
 * distribution of chi-square", PNAS 17, 1931). Within 1.5 % from one stage on. */
double estimate_erlang_quantile(double stages, double z);
