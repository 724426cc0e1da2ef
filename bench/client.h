/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "bench/requests.h"

/* Sends requests over keep-alive connections and takes the time of each answer. */

struct client_plan {
    uint16_t port; /* of 127.0.0.1 */
    unsigned connections;
    unsigned depth; /* requests under way on a connection */
    size_t count;   /* answers to wait for */
    /* 0: closed loop, the next request leaves when an answer has come. Otherwise open loop: request
     * i is due at i / rate, whatever came back, and its time counts from when it was due. */
    double rate_per_second;
    unsigned expected_status;
};

enum { CLIENT_STATUS_MAX = 600 };

struct client_result {
    double seconds;
    uint32_t *times_us; /* of each answer, in the order in which they came */
    size_t answered;
    size_t bodies_bytes;
    size_t statuses[CLIENT_STATUS_MAX];
    struct buffer unexpected; /* the first answer with another status */
};

/* Runs the plan. False after an explanation on stderr, when a connection failed or an answer could
 * not be understood; answers with other statuses are for the caller to judge. */
bool client_run(const struct client_plan *plan, const struct requests *requests,
                struct client_result *result);
