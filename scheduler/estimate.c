/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/estimate.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* Of the standard normal distribution: P(Z < z) = 0.9. */
static const double NORMAL_90 = 1.2815515655446004;

bool estimate_is_before(const struct estimate_waiter *a, const struct estimate_waiter *b)
{
    if (a->credit != b->credit)
        return a->credit > b->credit;
    if (a->earns_ms != b->earns_ms)
        return a->earns_ms < b->earns_ms;
    return text_compare(a->key, b->key) < 0;
}

static bool is_same(const struct estimate_waiter *a, const struct estimate_waiter *b)
{
    return a->line == b->line && text_equal(a->key, b->key);
}

/* Of put back ones of a line: who is due earlier. */
static bool is_due_before(const struct estimate_waiter *a, const struct estimate_waiter *b)
{
    return a->calls_left != b->calls_left ? a->calls_left < b->calls_left
                                          : text_compare(a->key, b->key) < 0;
}

static int compare_due(const void *a, const void *b)
{
    const struct estimate_waiter *const *left = a, *const *right = b;

    return is_due_before(*left, *right) ? -1 : is_due_before(*right, *left);
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

/* The ordinary ones of a line in their order, the put back ones in theirs. */
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
    qsort(line->ordinary, line->ordinary_count, sizeof *line->ordinary, compare_ordinary);
    qsort(line->put_back, line->put_back_count, sizeof *line->put_back, compare_due);
}

static size_t count_due_before(const struct line *line, const struct estimate_waiter *target)
{
    size_t count = 0;

    while (count < line->put_back_count && is_due_before(line->put_back[count], target))
        count++;
    return count;
}

/* A put back one comes when his line has made calls_left calls, those of put back ones before him
 * among them; when too few ordinary ones are there to be called, behind all of them. */
static struct mark mark_of_put_back(const struct line *own, const struct estimate_waiter *target)
{
    int64_t needed = target->calls_left - (int64_t)count_due_before(own, target);

    if (needed <= 0)
        return (struct mark){.is_first = true};
    if ((size_t)needed > own->ordinary_count)
        return (struct mark){.is_last = true};
    return (struct mark){.behind = own->ordinary[needed - 1], .takes_equal = true};
}

static void add_one(struct estimate_ahead *ahead, const struct estimate_waiter *waiter,
                    double share)
{
    ahead->count += share;
    ahead->seconds += share * waiter->service_seconds;
}

static void add_line(struct estimate_ahead *ahead, const struct line *line, const struct mark *mark,
                     const struct estimate_waiter *own_put_back, double share)
{
    int64_t calls = 0;

    for (size_t i = 0; i < line->ordinary_count && is_before_mark(line->ordinary[i], mark); i++) {
        add_one(ahead, line->ordinary[i], share);
        calls++;
    }
    for (size_t i = 0; i < line->put_back_count; i++) {
        const struct estimate_waiter *waiter = line->put_back[i];
        if (own_put_back ? !is_due_before(waiter, own_put_back) : waiter->calls_left > calls)
            break;
        add_one(ahead, waiter, share);
        calls++;
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
    unsigned lines = target->line + 1;

    split_line(waiters, count, target->line, target, &line);
    if (target->is_put_back)
        mark = mark_of_put_back(&line, target);
    add_line(&ahead, &line, &mark, target->is_put_back ? target : NULL, 1);
    for (size_t i = 0; i < count; i++)
        lines = waiters[i].line >= lines ? waiters[i].line + 1 : lines;
    for (unsigned other = 0; other < lines; other++)
        if (other != target->line && shares[other] > 0) {
            split_line(waiters, count, other, target, &line);
            add_line(&ahead, &line, &mark, NULL, shares[other]);
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
