/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* Asks scheduler/estimate.h for waits. A line of stdin is somebody who has just come and has to
 * wait:
 *
 *     NOW_MS WINDOWS CATALOGUE_SECONDS SERVICES TOTAL_MS EARNS_MS…
 *
 * windows that serve the queue, all of them busy; what the catalogue says of a service's time;
 * services of today and what they took together; since when those who wait already earn. A line of
 * stdout is the answer: `AHEAD MEAN_SECONDS P50_SECONDS P90_SECONDS`. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "scheduler/estimate.h"

enum { WAITERS_MAX = 4096, KEY_BYTES = 32 };

struct line {
    struct estimate_waiter waiters[WAITERS_MAX];
    char keys[WAITERS_MAX][KEY_BYTES];
    size_t count;
};

static void join(struct line *line, int64_t earns_ms, int64_t now_ms)
{
    size_t n = line->count++;
    int length = snprintf(line->keys[n], KEY_BYTES, "A/t%zu", n + 1);

    line->waiters[n] = (struct estimate_waiter){
        .credit = (double)(now_ms - earns_ms) / 1000,
        .earns_ms = earns_ms,
        .key = {line->keys[n], (size_t)length},
    };
}

static int answer(const char *text, struct line *line)
{
    const double shares[] = {1};
    int64_t now_ms, total_ms;
    unsigned windows, services;
    double catalogue_seconds;
    int used, step;

    if (sscanf(text, "%" SCNd64 " %u %lf %u %" SCNd64 "%n", &now_ms, &windows, &catalogue_seconds,
               &services, &total_ms, &used) != 5)
        return -1;
    line->count = 0;
    for (int64_t earns_ms; sscanf(text + used, "%" SCNd64 "%n", &earns_ms, &step) == 1;
         used += step) {
        if (line->count == WAITERS_MAX - 1)
            return -1;
        join(line, earns_ms, now_ms);
    }
    join(line, now_ms, now_ms);

    struct estimate_ahead ahead =
        estimate_ahead(line->waiters, line->count, &line->waiters[line->count - 1], shares);
    struct estimate wait = estimate_wait(
        ahead.count, estimate_service_seconds(catalogue_seconds, services, total_ms), windows, 0);
    printf("%u %.6f %u %u\n", wait.ahead, wait.mean_seconds, wait.p50_seconds, wait.p90_seconds);
    return 0;
}

int main(void)
{
    struct line *line = memory_new(sizeof *line);
    char *text = NULL;
    size_t size = 0;
    int status = 0;

    while (!status && getline(&text, &size, stdin) > 0)
        status = answer(text, line);
    if (status)
        fprintf(stderr, "bench_estimate: no such line: %s", text);
    free(text);
    free(line);
    return status ? 1 : 0;
}
