/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/estimate.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "scheduler/ticket.h"

/* Of the standard normal distribution: P(Z < z) = 0.9. */
static const double NORMAL_90 = 1.2815515655446004;

bool estimate_is_before(const struct estimate_waiter *a, const struct estimate_waiter *b)
{
    if (a->credit != b->credit)
        return a->credit > b->credit;
    if (a->earns_ms != b->earns_ms)
        return a->earns_ms < b->earns_ms;
    return ticket_key_is_before(a->key, b->key);
}

static bool is_same(const struct estimate_waiter *a, const struct estimate_waiter *b)
{
    return a->line == b->line && text_equal(a->key, b->key);
}

static bool is_due_before(const struct estimate_waiter *a, const struct estimate_waiter *b)
{
    return a->calls_left != b->calls_left ? a->calls_left < b->calls_left
                                          : ticket_key_is_before(a->key, b->key);
}

static int compare_due(const void *a, const void *b)
{
    const struct estimate_waiter *const *left = a, *const *right = b;

    return is_due_before(*left, *right) ? -1 : is_due_before(*right, *left);
}

static bool came_before(const struct estimate_waiter *a, const struct estimate_waiter *b)
{
    return a->issued_ms != b->issued_ms ? a->issued_ms < b->issued_ms
                                        : ticket_key_is_before(a->key, b->key);
}

/* Where the target stands: behind every ordinary one whose credit is larger than this one's. */
struct mark {
    bool is_first;                        /* before every ordinary one */
    bool is_last;                         /* behind every ordinary one */
    const struct estimate_waiter *behind; /* else: these before it and … */
    bool takes_equal;                     /* … this one too */
};

static bool is_before_mark(const struct estimate_waiter *waiter, const struct mark *mark)
{
    if (mark->is_first || mark->is_last)
        return mark->is_last;
    return estimate_is_before(waiter, mark->behind) ||
           (mark->takes_equal && is_same(waiter, mark->behind));
}

/* The ordinary ones of a line as they come, until sort_ordinary(); the put back ones by the calls
 * until they are due. */
struct line {
    const struct estimate_waiter **ordinary, **put_back;
    size_t ordinary_count, put_back_count;
};

static int compare_ordinary(const void *a, const void *b)
{
    const struct estimate_waiter *const *left = a, *const *right = b;

    return estimate_is_before(*left, *right) ? -1 : estimate_is_before(*right, *left);
}

static void split_line(const struct estimate_waiter *waiters, size_t count, unsigned number,
                       const struct estimate_waiter *without, struct line *line)
{
    line->ordinary_count = line->put_back_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (waiters[i].line != number || is_same(&waiters[i], without))
            continue;
        if (waiters[i].is_put_back)
            line->put_back[line->put_back_count++] = &waiters[i];
        else
            line->ordinary[line->ordinary_count++] = &waiters[i];
    }
    qsort(line->put_back, line->put_back_count, sizeof *line->put_back, compare_due);
}

static void sort_ordinary(struct line *line)
{
    qsort(line->ordinary, line->ordinary_count, sizeof *line->ordinary, compare_ordinary);
}

static void add_one(struct estimate_ahead *ahead, const struct estimate_waiter *waiter,
                    double share)
{
    ahead->count += share;
    ahead->seconds += share * waiter->service_seconds;
}

/* Those of a line who are called before the mark: each of its calls brings the put back ones
 * nearer, and who is due comes before all others. How many they are tells no order: thousands are
 * not sorted for each who asks. */
static void add_line(struct estimate_ahead *ahead, const struct line *line, const struct mark *mark,
                     double share)
{
    int64_t calls = 0;

    for (size_t i = 0; i < line->ordinary_count; i++) {
        if (!is_before_mark(line->ordinary[i], mark))
            continue;
        add_one(ahead, line->ordinary[i], share);
        calls++;
    }
    for (size_t i = 0; i < line->put_back_count && line->put_back[i]->calls_left <= calls; i++) {
        add_one(ahead, line->put_back[i], share);
        calls++;
    }
}

/* Takes the put back one out that is called next after `calls`: who is due and came first; else,
 * when nobody else is left, who is due soonest. NULL: somebody else is next, or the target. */
static const struct estimate_waiter *take_put_back(struct line *line, int64_t calls, bool are_alone,
                                                   const struct estimate_waiter *target)
{
    const struct estimate_waiter *next = target;
    size_t at = line->put_back_count;
    bool is_due = target->calls_left <= calls;

    for (size_t i = 0; i < line->put_back_count; i++) {
        const struct estimate_waiter *one = line->put_back[i];
        bool one_is_due = one->calls_left <= calls;
        if (one_is_due == is_due ? (is_due ? came_before(one, next) : is_due_before(one, next))
                                 : one_is_due) {
            next = one;
            at = i;
            is_due = one_is_due;
        }
    }
    if (at == line->put_back_count || (!is_due && !are_alone))
        return NULL;
    line->put_back[at] = line->put_back[--line->put_back_count];
    return next;
}

/* His own line calls on until he is due, or nobody else is left. Returns where he stands among
 * those of other lines: behind the last ordinary one of his own that was called. */
static struct mark add_own_line(struct estimate_ahead *ahead, struct line *line,
                                const struct estimate_waiter *target)
{
    struct mark mark = {.is_first = true};
    int64_t calls = 0;

    sort_ordinary(line);
    for (size_t i = 0;; calls++) {
        bool are_alone = i == line->ordinary_count;
        const struct estimate_waiter *next = take_put_back(line, calls, are_alone, target);
        if (!next && (are_alone || target->calls_left <= calls))
            return target->calls_left <= calls ? mark : (struct mark){.is_last = true};
        if (!next) {
            next = line->ordinary[i++];
            mark = (struct mark){.behind = next, .takes_equal = true};
        }
        add_one(ahead, next, 1);
    }
}

struct estimate_ahead estimate_ahead(const struct estimate_waiter *waiters, size_t count,
                                     const struct estimate_waiter *target, const double *shares)
{
    struct estimate_ahead ahead = {0};
    struct line line = {
        .ordinary = memory_new((count + 1) * sizeof *line.ordinary),
        .put_back = memory_new((count + 1) * sizeof *line.put_back),
    };
    struct mark mark = {.behind = target};
    unsigned lines = 0;

    split_line(waiters, count, target->line, target, &line);
    if (target->is_put_back)
        mark = add_own_line(&ahead, &line, target);
    else
        add_line(&ahead, &line, &mark, 1);
    for (size_t i = 0; i < count; i++)
        lines = waiters[i].line >= lines ? waiters[i].line + 1 : lines;
    for (unsigned other = 0; other < lines; other++)
        if (other != target->line && shares[other] > 0) {
            split_line(waiters, count, other, target, &line);
            add_line(&ahead, &line, &mark, shares[other]);
        }
    free(line.ordinary);
    free(line.put_back);
    return ahead;
}

double estimate_service_seconds(double catalogue_seconds, unsigned count, int64_t total_ms)
{
    return (catalogue_seconds * ESTIMATE_PRIOR_SERVICES + (double)total_ms / 1000) /
           (ESTIMATE_PRIOR_SERVICES + count);
}

double estimate_erlang_quantile(double stages, double z)
{
    double root = 1 - 1 / (9 * stages) + z / (3 * sqrt(stages));

    return root > 0 ? stages * root * root * root : 0;
}

struct estimate estimate_wait(double ahead, double service_seconds, unsigned windows, unsigned idle)
{
    double stages = ahead + 1 - idle;
    double stage_seconds = windows ? service_seconds / windows : service_seconds;
    struct estimate estimate = {.ahead = (unsigned)lround(ahead)};

    if (stages <= 0)
        return estimate;
    estimate.mean_seconds = stages * stage_seconds;
    estimate.p50_seconds = (unsigned)lround(estimate_erlang_quantile(stages, 0) * stage_seconds);
    estimate.p90_seconds =
        (unsigned)lround(estimate_erlang_quantile(stages, NORMAL_90) * stage_seconds);
    return estimate;
}
