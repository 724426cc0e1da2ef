/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "api/handlers/csv.h"
#include "api/handlers/statistics_report.h"

/* The tickets' part of the statistics: groups of them, as JSON and as CSV. */

/* Groups are told in these lists, and in these columns of the CSV. */
enum column {
    COLUMN_HALL,
    COLUMN_WINDOW,
    COLUMN_QUEUE,
    COLUMN_SERVICE,
    COLUMN_START,
    COLUMN_COUNT
};
static const struct {
    const char *list, *row; /* in JSON, in CSV */
    enum column column;
} kinds[TICKET_GROUPS] = {
    [TICKETS_BY_WINDOW] = {"windows", "window", COLUMN_WINDOW},
    [TICKETS_BY_QUEUE] = {"queues", "queue", COLUMN_QUEUE},
    [TICKETS_BY_SERVICE] = {"services", "service", COLUMN_SERVICE},
    [TICKETS_BY_HALF_HOUR] = {"half_hours", "half_hour", COLUMN_START},
};
static const char *const column_names[COLUMN_COUNT] = {"hall", "window", "queue", "service",
                                                       "start"};

/* --- Counting ----------------------------------------------------------------------------------
 */

static int compare_group(const struct ticket_group *group, struct text hall, struct text name)
{
    int order = text_compare(group->hall, hall);

    return order ? order : text_compare(group->name, name);
}

/* The group's tally, which is added when it is new. */
static struct ticket_tally *tally_of(struct ticket_report *report, enum ticket_grouping kind,
                                     struct text hall, struct text name)
{
    struct ticket_groups *groups = &report->groups[kind];
    size_t low = 0, high = groups->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_group(&groups->items[middle], hall, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < groups->count && compare_group(&groups->items[low], hall, name) == 0)
        return &groups->items[low].tally;
    if (groups->count == groups->capacity) {
        groups->capacity = groups->capacity ? groups->capacity * 2 : 64;
        groups->items = memory_resize(groups->items, groups->capacity * sizeof *groups->items);
    }
    memmove(&groups->items[low + 1], &groups->items[low],
            (groups->count++ - low) * sizeof *groups->items);
    groups->items[low] = (struct ticket_group){.hall = arena_copy(&report->arena, hall),
                                               .name = arena_copy(&report->arena, name)};
    return &groups->items[low].tally;
}

void ticket_report_add(struct ticket_report *report, const struct ticket_row *row)
{
    const struct ticket *ticket = &row->ticket;
    struct buffer start = {0};

    calendar_append_slot(&start, row->slot);
    ticket_tally_add(&report->totals, ticket);
    if (ticket->window.length)
        ticket_tally_add(tally_of(report, TICKETS_BY_WINDOW, row->hall, ticket->window), ticket);
    ticket_tally_add(tally_of(report, TICKETS_BY_QUEUE, row->hall, ticket->queue), ticket);
    ticket_tally_add(tally_of(report, TICKETS_BY_SERVICE, TEXT_NONE, ticket->service), ticket);
    ticket_tally_add(tally_of(report, TICKETS_BY_HALF_HOUR, TEXT_NONE, buffer_text(&start)),
                     ticket);
    buffer_free(&start);
}

void ticket_report_free(struct ticket_report *report)
{
    for (unsigned kind = 0; kind < TICKET_GROUPS; kind++) {
        for (size_t i = 0; i < report->groups[kind].count; i++)
            ticket_tally_free(&report->groups[kind].items[i].tally);
        free(report->groups[kind].items);
    }
    ticket_tally_free(&report->totals);
    arena_free(&report->arena);
}

/* --- As JSON -----------------------------------------------------------------------------------
 */

static void append_durations(struct buffer *json, const char *name,
                             const struct durations *durations)
{
    json_put_name(json, name);
    if (durations->count)
        buffer_printf(json, "{\"count\":%llu,\"mean\":%.1f,\"p50\":%u,\"p90\":%u,\"max\":%u}",
                      (unsigned long long)durations->count, durations_mean(durations),
                      durations_percentile(durations, 50), durations_percentile(durations, 90),
                      durations_max(durations));
    else
        buffer_append(json, TEXT("null"));
}

static void append_tally(struct buffer *json, const struct ticket_tally *tally)
{
    json_open(json, "issued", '{');
    buffer_printf(json,
                  "\"appointment\":%llu,\"walk_in\":%llu},\"served\":%llu,"
                  "\"missed\":%llu,\"lapsed\":%llu,\"recalls\":%llu",
                  (unsigned long long)tally->appointments, (unsigned long long)tally->walk_ins,
                  (unsigned long long)tally->served, (unsigned long long)tally->missed,
                  (unsigned long long)tally->lapsed, (unsigned long long)tally->recalls);
    append_durations(json, "wait_seconds", &tally->wait);
    append_durations(json, "walk_seconds", &tally->walk);
    append_durations(json, "service_seconds", &tally->service);
    buffer_append_byte(json, '}');
}

static void append_group(struct buffer *json, enum column column, const struct ticket_group *group)
{
    json_open(json, NULL, '{');
    if (group->hall.length)
        json_put(json, "hall", group->hall);
    json_put(json, column_names[column], group->name);
    append_tally(json, &group->tally);
}

void ticket_report_append_json(struct buffer *json, const struct ticket_report *report)
{
    json_open(json, NULL, '{');
    json_open(json, "totals", '{');
    append_tally(json, &report->totals);
    for (unsigned kind = 0; kind < TICKET_GROUPS; kind++) {
        const struct ticket_groups *groups = &report->groups[kind];
        json_open(json, kinds[kind].list, '[');
        for (size_t i = 0; i < groups->count; i++)
            append_group(json, kinds[kind].column, &groups->items[i]);
        buffer_append_byte(json, ']');
    }
    buffer_append_byte(json, '}');
}

/* --- As CSV ------------------------------------------------------------------------------------
 */

static void begin_csv(struct buffer *csv)
{
    static const char *const counts[] = {
        "issued_appointment", "issued_walk_in", "served", "missed", "lapsed", "recalls"};
    static const char *const times[] = {"wait", "walk", "service"};
    static const char *const measures[] = {"count", "mean", "p50", "p90", "max"};
    char name[32];

    csv_append(csv, TEXT("group"));
    for (unsigned i = 0; i < COLUMN_COUNT; i++)
        csv_append(csv, text_of(column_names[i]));
    for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++)
        csv_append(csv, text_of(counts[i]));
    for (unsigned t = 0; t < sizeof times / sizeof *times; t++)
        for (unsigned m = 0; m < sizeof measures / sizeof *measures; m++) {
            snprintf(name, sizeof name, "%s_seconds_%s", times[t], measures[m]);
            csv_append(csv, text_of(name));
        }
    csv_end_row(csv);
}

static void append_csv_durations(struct buffer *csv, const struct durations *durations)
{
    struct buffer mean = {0};

    csv_append_integer(csv, durations->count);
    if (!durations->count) {
        for (unsigned i = 0; i < 4; i++)
            csv_append(csv, TEXT_NONE);
        return;
    }
    buffer_printf(&mean, "%.1f", durations_mean(durations));
    csv_append(csv, buffer_text(&mean));
    csv_append_integer(csv, durations_percentile(durations, 50));
    csv_append_integer(csv, durations_percentile(durations, 90));
    csv_append_integer(csv, durations_max(durations));
    buffer_free(&mean);
}

static void append_csv_tally(struct buffer *csv, const struct ticket_tally *tally)
{
    csv_append_integer(csv, tally->appointments);
    csv_append_integer(csv, tally->walk_ins);
    csv_append_integer(csv, tally->served);
    csv_append_integer(csv, tally->missed);
    csv_append_integer(csv, tally->lapsed);
    csv_append_integer(csv, tally->recalls);
    append_csv_durations(csv, &tally->wait);
    append_csv_durations(csv, &tally->walk);
    append_csv_durations(csv, &tally->service);
    csv_end_row(csv);
}

static void append_csv_row(struct buffer *csv, const char *row, const struct text *columns,
                           const struct ticket_tally *tally)
{
    csv_append(csv, text_of(row));
    for (unsigned i = 0; i < COLUMN_COUNT; i++)
        csv_append(csv, columns[i]);
    append_csv_tally(csv, tally);
}

void ticket_report_append_csv(struct buffer *csv, const struct ticket_report *report)
{
    struct text none[COLUMN_COUNT] = {0};

    begin_csv(csv);
    append_csv_row(csv, "total", none, &report->totals);
    for (unsigned kind = 0; kind < TICKET_GROUPS; kind++)
        for (size_t i = 0; i < report->groups[kind].count; i++) {
            const struct ticket_group *group = &report->groups[kind].items[i];
            struct text columns[COLUMN_COUNT] = {0};
            columns[COLUMN_HALL] = group->hall;
            columns[kinds[kind].column] = group->name;
            append_csv_row(csv, kinds[kind].row, columns, &group->tally);
        }
}
