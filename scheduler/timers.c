/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/timers.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "scheduler/calendar_warning.h"
#include "scheduler/day_end.h"
#include "scheduler/floors.h"
#include "scheduler/lease.h"
#include "scheduler/retired_windows.h"
#include "slots/booking/due.h"
#include "slots/booking/promotion.h"
#include "slots/catalogue/drop.h"
#include "slots/days/openings.h"
#include "slots/days/plan_sweep.h"
#include "slots/days/sweep.h"

typedef void job(struct city *city, void (*callback)(void *owner, int status), void *owner);
typedef void sweeping_job(struct city *city, int64_t *cursor,
                          void (*callback)(void *owner, int status), void *owner);
typedef void fenced_job(struct city *city, int64_t token, void (*callback)(void *owner, int status),
                        void *owner);

enum period { EACH_MINUTE, EACH_SECOND, PERIOD_COUNT };
static const int64_t period_ms[PERIOD_COUNT] = {[EACH_MINUTE] = 60000, [EACH_SECOND] = 1000};

/* Which workers do it: each one; that which holds the city's lease; the same, but every worker that
 * has read a city anew sees at once to what is missing for its own sake. */
enum who { EVERYBODY, HOLDER, HOLDER_AND_READER };

/* clang-format off */
static const struct {
    const char *name;
    enum period period;
    enum who who;
    /* One of them. */
    job *run;
    fenced_job *run_fenced; /* its calls name the lease */
    sweeping_job *run_part; /* goes on where it ended */
} jobs[] = {
    {"openings", EACH_MINUTE, HOLDER_AND_READER, .run = openings_pass},
    {"persons",  EACH_MINUTE, HOLDER, .run_part = sweep_persons},
    {"health",   EACH_MINUTE, HOLDER, .run_part = sweep_health_codes},
    {"plan",     EACH_MINUTE, HOLDER, .run = plan_sweep},
    {"retired",  EACH_MINUTE, HOLDER, .run = catalogue_drop_pass},
    {"windows",  EACH_MINUTE, HOLDER_AND_READER, .run = retired_windows_pass},
    {"calendar", EACH_MINUTE, HOLDER, .run = calendar_warning_pass},
    {"promote",  EACH_MINUTE, HOLDER, .run_fenced = promotion_pass},
    {"day-end",  EACH_MINUTE, HOLDER, .run_fenced = day_end_pass},
    {"due",      EACH_SECOND, EVERYBODY, .run = due_pass},
    {"floors",   EACH_SECOND, EVERYBODY, .run = floors_pass},
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
    const char *worker;
    struct list watches; /* one for each city that was met */
    struct list turns;   /* that run */
    unsigned references; /* of its tickers, turns, rounds and open leases */
    unsigned stopping;   /* tickers and leases that are still to be closed */
    void (*on_stopped)(void *owner);
    void *stopped_owner;
};

/* A city's lease, and how far its sweeps have come. */
struct watch {
    struct list in_watches;
    const struct city *city;
    struct lease *lease;
    int64_t token; /* under which passes were begun last */
    int64_t cursors[JOB_COUNT];
};

/* A job that runs for a city since a ticker or a round began it. */
struct turn {
    struct list in_turns;
    struct timers *timers;
    struct city *city;
    unsigned job; /* its index */
    int64_t token;
    struct round *round; /* NULL: a ticker's */
};

/* All jobs of a city that was read anew. */
struct round {
    struct timers *timers;
    struct city *city;
    unsigned left;
    int status;
    void (*callback)(void *owner, int status);
    void *owner;
};

/* The last one to go takes the rest with it. */
static void release(struct timers *timers)
{
    struct list *item;

    if (--timers->references)
        return;
    while ((item = list_take_first(&timers->watches)))
        free(CONTAINER_OF(item, struct watch, in_watches));
    free(timers);
}

static struct watch *watch_of(struct timers *timers, struct city *city)
{
    struct watch *watch;

    LIST_FOREACH(&timers->watches, item)
    {
        watch = CONTAINER_OF(item, struct watch, in_watches);
        if (watch->city == city)
            return watch;
    }
    watch = memory_new(sizeof *watch);
    *watch = (struct watch){.city = city, .lease = lease_open(city, timers->worker)};
    list_append(&timers->watches, &watch->in_watches);
    return watch;
}

/* --- Turns -------------------------------------------------------------------------------------
 */

static void round_part_done(struct round *round, int status)
{
    if (status)
        round->status = status;
    if (--round->left)
        return;
    if (round->status)
        log_warning("scheduler.round-failed",
                    LOG_STRING("status", store_status_name((enum store_status)round->status)));
    if (round->callback)
        round->callback(round->owner, round->status);
    release(round->timers);
    free(round);
}

static void turn_done(void *owner, int status)
{
    struct turn *turn = owner;

    if (status)
        log_warning("scheduler.job-failed", LOG_STRING("job", jobs[turn->job].name),
                    LOG_STRING("status", store_status_name((enum store_status)status)));
    list_remove(&turn->in_turns);
    if (turn->round)
        round_part_done(turn->round, status);
    release(turn->timers);
    free(turn);
}

static void run(struct turn *turn)
{
    if (jobs[turn->job].run_fenced)
        jobs[turn->job].run_fenced(turn->city, turn->token, turn_done, turn);
    else if (jobs[turn->job].run_part)
        jobs[turn->job].run_part(
            turn->city, &watch_of(turn->timers, turn->city)->cursors[turn->job], turn_done, turn);
    else
        jobs[turn->job].run(turn->city, turn_done, turn);
}

static void on_begun(void *owner, bool may_go_on)
{
    struct turn *turn = owner;

    if (may_go_on)
        run(turn);
    else
        turn_done(turn, 0);
}

static struct turn *add_turn(struct timers *timers, struct city *city, unsigned index,
                             struct round *round)
{
    struct turn *turn = memory_new(sizeof *turn);

    *turn = (struct turn){.timers = timers, .city = city, .job = index, .round = round};
    list_append(&timers->turns, &turn->in_turns);
    timers->references++;
    if (round)
        round->left++;
    return turn;
}

/* A pass of the whole city, which Redis grants. A round's is none of the minute's. */
static void begin_pass(struct timers *timers, struct city *city, unsigned index, int64_t token,
                       struct round *round)
{
    struct turn *turn = add_turn(timers, city, index, round);
    int64_t minute = round ? -1 : clock_now_ms() / period_ms[EACH_MINUTE];

    turn->token = token;
    lease_begin_pass(city, token, jobs[index].name, minute, on_begun, turn);
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

/* --- Rounds ------------------------------------------------------------------------------------
 */

static void begin_passes_of_round(void *owner, int64_t token)
{
    struct round *round = owner;

    for (unsigned i = 0; i < JOB_COUNT && token; i++)
        if (jobs[i].who == HOLDER)
            begin_pass(round->timers, round->city, i, token, round);
    round_part_done(round, 0);
}

void timers_run(struct timers *timers, struct city *city, void (*callback)(void *owner, int status),
                void *owner)
{
    struct round *round = memory_new(sizeof *round);

    *round = (struct round){timers, city, 1, 0, callback, owner};
    timers->references++;
    for (unsigned i = 0; i < JOB_COUNT; i++)
        if (jobs[i].who != HOLDER)
            run(add_turn(timers, city, i, round));
    lease_ask(watch_of(timers, city)->lease, begin_passes_of_round, round);
}

/* --- Ticks -------------------------------------------------------------------------------------
 */

static bool is_due(struct timers *timers, const struct city *city, unsigned index,
                   enum period period)
{
    return jobs[index].period == period && !still_runs(timers, city, index);
}

static void tick_city(struct timers *timers, struct city *city, enum period period)
{
    struct watch *watch = watch_of(timers, city);
    int64_t token = lease_token(watch->lease);

    for (unsigned i = 0; i < JOB_COUNT; i++)
        if (!is_due(timers, city, i, period))
            continue;
        else if (jobs[i].who == EVERYBODY)
            run(add_turn(timers, city, i, NULL));
        else if (token)
            begin_pass(timers, city, i, token, NULL);
}

/* Who has just been given the lease does what the former holder has left of this minute. */
static void watch_lease(struct timers *timers, struct city *city)
{
    struct watch *watch = watch_of(timers, city);
    int64_t token = lease_token(watch->lease);

    lease_tick(watch->lease);
    if (token == watch->token)
        return;
    watch->token = token;
    for (unsigned i = 0; i < JOB_COUNT && token; i++)
        if (jobs[i].who != EVERYBODY && !still_runs(timers, city, i))
            begin_pass(timers, city, i, token, NULL);
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
        if (ticker->period == EACH_SECOND)
            watch_lease(timers, city);
        tick_city(timers, city, ticker->period);
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

struct timers *timers_start(uv_loop_t *loop, struct cities *cities, const char *worker)
{
    struct timers *timers = memory_new(sizeof *timers);

    timers->cities = cities;
    timers->worker = worker;
    timers->references = PERIOD_COUNT;
    list_init(&timers->watches);
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

/* What still runs ends by itself. */
static void closed(struct timers *timers)
{
    if (--timers->stopping == 0)
        timers->on_stopped(timers->stopped_owner);
    release(timers);
}

static void on_close(uv_handle_t *handle)
{
    const struct ticker *ticker = handle->data;

    closed(ticker->timers);
}

static void lease_closed(void *owner)
{
    closed(owner);
}

void timers_stop(struct timers *timers, void (*on_stopped)(void *owner), void *owner)
{
    timers->on_stopped = on_stopped;
    timers->stopped_owner = owner;
    timers->stopping = PERIOD_COUNT;
    for (unsigned p = 0; p < PERIOD_COUNT; p++)
        uv_close((uv_handle_t *)&timers->tickers[p].timer, on_close);
    LIST_FOREACH(&timers->watches, item)
    {
        timers->references++;
        timers->stopping++;
        lease_close(CONTAINER_OF(item, struct watch, in_watches)->lease, lease_closed, timers);
    }
}
