/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/timers.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "scheduler/calendar_warning.h"
#include "slots/openings.h"
#include "slots/persons.h"

enum { MINUTE_MS = 60000 };

struct timers {
    uv_timer_t timer;
    struct cities *cities;
};

typedef void job(struct city *city, void (*callback)(void *owner, int status), void *owner);

/* The jobs of every minute. */
static const struct {
    const char *name;
    job *run;
} jobs[] = {
    {"openings", openings_pass},
    {"persons", persons_sweep},
    {"calendar", calendar_warning_pass},
};
enum { JOB_COUNT = sizeof jobs / sizeof *jobs };

/* One round of jobs for a city. */
struct round {
    unsigned left;
    int status;
    void (*callback)(void *owner, int status);
    void *owner;
};

static void job_done(void *owner, int status)
{
    struct round *round = owner;

    if (status)
        round->status = status;
    if (--round->left)
        return;
    if (round->status)
        log_warning("scheduler.round-failed",
                    LOG_STRING("status", store_status_name((enum store_status)round->status)));
    if (round->callback)
        round->callback(round->owner, round->status);
    free(round);
}

void timers_run(struct city *city, void (*callback)(void *owner, int status), void *owner)
{
    struct round *round = memory_new(sizeof *round);

    *round = (struct round){.left = JOB_COUNT, .callback = callback, .owner = owner};
    for (unsigned i = 0; i < JOB_COUNT; i++)
        jobs[i].run(city, job_done, round);
}

static void wait_for_minute(struct timers *timers);

static void on_minute(uv_timer_t *timer)
{
    struct timers *timers = timer->data;

    LIST_FOREACH(&timers->cities->list, item)
    if (cities_at(item)->edition)
        timers_run(cities_at(item), NULL, NULL);
    wait_for_minute(timers);
}

static void wait_for_minute(struct timers *timers)
{
    int64_t into_minute = clock_now_ms() % MINUTE_MS;

    uv_timer_start(&timers->timer, on_minute, (uint64_t)(MINUTE_MS - into_minute), 0);
}

struct timers *timers_start(uv_loop_t *loop, struct cities *cities)
{
    struct timers *timers = memory_new(sizeof *timers);

    timers->cities = cities;
    uv_timer_init(loop, &timers->timer);
    timers->timer.data = timers;
    wait_for_minute(timers);
    return timers;
}

static void on_close(uv_handle_t *handle)
{
    free(handle->data);
}

void timers_stop(struct timers *timers)
{
    uv_close((uv_handle_t *)&timers->timer, on_close);
}
