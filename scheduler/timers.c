/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/timers.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "scheduler/calendar_warning.h"
#include "scheduler/floors.h"
#include "slots/due.h"
#include "slots/openings.h"
#include "slots/persons.h"
#include "slots/plan_sweep.h"
#include "slots/promotion.h"

typedef void job(struct city *city, void (*callback)(void *owner, int status), void *owner);

enum period { EACH_MINUTE, EACH_SECOND, PERIOD_COUNT };
static const int64_t period_ms[PERIOD_COUNT] = {[EACH_MINUTE] = 60000, [EACH_SECOND] = 1000};

/* clang-format off */
static const struct {
    const char *name;
    enum period period;
    job *run;
} jobs[] = {
    {"openings", EACH_MINUTE, openings_pass}, {"persons", EACH_MINUTE, persons_sweep},
    {"plan", EACH_MINUTE, plan_sweep},        {"calendar", EACH_MINUTE, calendar_warning_pass},
    {"promote", EACH_MINUTE, promotion_pass}, {"due", EACH_SECOND, due_pass},
    {"floors", EACH_SECOND, floors_pass},
};
/* clang-format on */
enum { JOB_COUNT = sizeof jobs / sizeof *jobs };

/* The clock of one period. */
struct ticker {
    uv_timer_t timer;
    enum period period;
    struct timers *timers;
};

struct timers {
    struct ticker tickers[PERIOD_COUNT];
    struct cities *cities;
    struct list turns;   /* that run */
    unsigned references; /* of its tickers and turns */
};

/* A job that runs for a city since a ticker began it. */
struct turn {
    struct list in_turns;
    struct timers *timers;
    const struct city *city;
    unsigned job; /* its index */
};

/* One round of all jobs for a city. */
struct round {
    unsigned left;
    int status;
    void (*callback)(void *owner, int status);
    void *owner;
};

static void round_job_done(void *owner, int status)
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
        jobs[i].run(city, round_job_done, round);
}

static void release(struct timers *timers)
{
    if (--timers->references == 0)
        free(timers);
}

static void turn_done(void *owner, int status)
{
    struct turn *turn = owner;

    if (status)
        log_warning("scheduler.job-failed", LOG_STRING("job", jobs[turn->job].name),
                    LOG_STRING("status", store_status_name((enum store_status)status)));
    list_remove(&turn->in_turns);
    release(turn->timers);
    free(turn);
}

static bool still_runs(const struct timers *timers, const struct city *city, unsigned index)
{
    LIST_FOREACH(&timers->turns, item)
    {
        const struct turn *turn = CONTAINER_OF(item, struct turn, in_turns);
        if (turn->city == city && turn->job == index)
            return true;
    }
    return false;
}

static void begin(struct timers *timers, struct city *city, unsigned index)
{
    struct turn *turn = memory_new(sizeof *turn);

    *turn = (struct turn){.timers = timers, .city = city, .job = index};
    list_append(&timers->turns, &turn->in_turns);
    timers->references++;
    jobs[index].run(city, turn_done, turn);
}

static void wait_for_tick(struct ticker *ticker);

static void on_tick(uv_timer_t *timer)
{
    struct ticker *ticker = timer->data;
    struct timers *timers = ticker->timers;

    LIST_FOREACH(&timers->cities->list, item)
    {
        struct city *city = cities_at(item);
        if (!city->edition || !store_is_connected(city->store))
            continue;
        for (unsigned i = 0; i < JOB_COUNT; i++)
            if (jobs[i].period == ticker->period && !still_runs(timers, city, i))
                begin(timers, city, i);
    }
    wait_for_tick(ticker);
}

/* The loop's time is as old as its turn, and without its fraction of a millisecond: without the
 * update and one millisecond more a tick would come early, find nothing due, and perhaps still run
 * when it is. */
static void wait_for_tick(struct ticker *ticker)
{
    int64_t period = period_ms[ticker->period];

    uv_update_time(ticker->timer.loop);
    uv_timer_start(&ticker->timer, on_tick, (uint64_t)(period - clock_now_ms() % period) + 1, 0);
}

struct timers *timers_start(uv_loop_t *loop, struct cities *cities)
{
    struct timers *timers = memory_new(sizeof *timers);

    timers->cities = cities;
    timers->references = PERIOD_COUNT;
    list_init(&timers->turns);
    for (unsigned p = 0; p < PERIOD_COUNT; p++) {
        struct ticker *ticker = &timers->tickers[p];
        ticker->period = (enum period)p;
        ticker->timers = timers;
        uv_timer_init(loop, &ticker->timer);
        ticker->timer.data = ticker;
        wait_for_tick(ticker);
    }
    return timers;
}

static void on_close(uv_handle_t *handle)
{
    const struct ticker *ticker = handle->data;

    release(ticker->timers);
}

void timers_stop(struct timers *timers)
{
    for (unsigned p = 0; p < PERIOD_COUNT; p++)
        uv_close((uv_handle_t *)&timers->tickers[p].timer, on_close);
}
