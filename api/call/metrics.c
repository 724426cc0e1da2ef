/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/metrics.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"

enum kind { COUNTER, GAUGE };

static const struct {
    const char *name, *labels, *help;
    enum kind kind;
} descriptions[METRIC_COUNT] = {
#define METRIC_ROW(id, name, labels, kind, help) [METRIC_##id] = {name, labels, help, kind},
    METRICS(METRIC_ROW)
#undef METRIC_ROW
};

static const int64_t bounds_us[METRIC_BUCKETS - 1] = {
    100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000};

struct row {
    uint64_t values[METRIC_COUNT];
    uint64_t buckets[METRIC_BUCKETS];
    uint64_t sum_us;
    uint64_t beats;
};

struct metrics {
    struct row *rows; /* METRIC_WORKERS_MAX, shared */
    struct row *own;
};

static struct metrics *map(int fd, unsigned row)
{
    struct metrics *metrics;
    struct row *rows =
        mmap(NULL, sizeof *rows * METRIC_WORKERS_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (rows == MAP_FAILED || row >= METRIC_WORKERS_MAX)
        return NULL;
    metrics = memory_new(sizeof *metrics);
    *metrics = (struct metrics){.rows = rows, .own = &rows[row]};
    return metrics;
}

struct metrics *metrics_create(int *fd)
{
    *fd = memfd_create("jiaohao-metrics", MFD_CLOEXEC);
    if (*fd < 0 || ftruncate(*fd, sizeof(struct row) * METRIC_WORKERS_MAX) < 0)
        return NULL;
    return map(*fd, 0);
}

struct metrics *metrics_attach(int fd, unsigned row)
{
    return map(fd, row);
}

void metrics_row_ended(struct metrics *metrics, unsigned row)
{
    struct row *ended = &metrics->rows[row];

    for (int i = 0; i < METRIC_COUNT; i++)
        if (descriptions[i].kind == GAUGE)
            __atomic_store_n(&ended->values[i], 0, __ATOMIC_RELAXED);
    __atomic_store_n(&ended->beats, 0, __ATOMIC_RELAXED);
}

void metrics_beat(struct metrics *metrics)
{
    __atomic_fetch_add(&metrics->own->beats, 1, __ATOMIC_RELAXED);
}

uint64_t metrics_beats(const struct metrics *metrics, unsigned row)
{
    return __atomic_load_n(&metrics->rows[row].beats, __ATOMIC_RELAXED);
}

/* A row has one writer; relaxed atomics keep readers from seeing half a number. */
void metrics_add(struct metrics *metrics, enum metric metric, uint64_t count)
{
    __atomic_fetch_add(&metrics->own->values[metric], count, __ATOMIC_RELAXED);
}

void metrics_set(struct metrics *metrics, enum metric metric, uint64_t value)
{
    __atomic_store_n(&metrics->own->values[metric], value, __ATOMIC_RELAXED);
}

void metrics_observe(struct metrics *metrics, int64_t duration_us)
{
    unsigned bucket = 0;

    while (bucket < METRIC_BUCKETS - 1 && duration_us > bounds_us[bucket])
        bucket++;
    __atomic_fetch_add(&metrics->own->buckets[bucket], 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&metrics->own->sum_us, (uint64_t)duration_us, __ATOMIC_RELAXED);
}

static struct row sum_rows(const struct metrics *metrics)
{
    struct row sum = {0};

    for (unsigned r = 0; r < METRIC_WORKERS_MAX; r++) {
        const struct row *row = &metrics->rows[r];
        for (int i = 0; i < METRIC_COUNT; i++)
            sum.values[i] += __atomic_load_n(&row->values[i], __ATOMIC_RELAXED);
        for (int i = 0; i < METRIC_BUCKETS; i++)
            sum.buckets[i] += __atomic_load_n(&row->buckets[i], __ATOMIC_RELAXED);
        sum.sum_us += __atomic_load_n(&row->sum_us, __ATOMIC_RELAXED);
    }
    return sum;
}

static void append_histogram(const struct row *sum, struct buffer *page)
{
    static const char name[] = "jiaohao_http_response_seconds";
    uint64_t count = 0;

    buffer_printf(page, "# HELP %s Time from a whole request to its answer.\n# TYPE %s histogram\n",
                  name, name);
    for (int i = 0; i < METRIC_BUCKETS - 1; i++) {
        count += sum->buckets[i];
        buffer_printf(page, "%s_bucket{le=\"%g\"} %llu\n", name, (double)bounds_us[i] / 1e6,
                      (unsigned long long)count);
    }
    count += sum->buckets[METRIC_BUCKETS - 1];
    buffer_printf(page, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.6f\n%s_count %llu\n", name,
                  (unsigned long long)count, name, (double)sum->sum_us / 1e6, name,
                  (unsigned long long)count);
}

void metrics_append(const struct metrics *metrics, struct buffer *page)
{
    struct row sum = sum_rows(metrics);

    for (int i = 0; i < METRIC_COUNT; i++) {
        const char *name = descriptions[i].name, *labels = descriptions[i].labels;
        if (descriptions[i].help)
            buffer_printf(page, "# HELP %s %s\n# TYPE %s %s\n", name, descriptions[i].help, name,
                          descriptions[i].kind == GAUGE ? "gauge" : "counter");
        buffer_printf(page, *labels ? "%s{%s} %llu\n" : "%s%s %llu\n", name, labels,
                      (unsigned long long)sum.values[i]);
    }
    append_histogram(&sum, page);
    buffer_printf(page,
                  "# HELP jiaohao_build_info The version that answers.\n"
                  "# TYPE jiaohao_build_info gauge\njiaohao_build_info{version=\"%s\"} 1\n",
                  JIAOHAO_VERSION);
}
