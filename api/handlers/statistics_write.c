/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/handlers/statistics_report.h"

#include "api/call/call.h"
#include "api/handlers/csv.h"

/* --- As CSV ------------------------------------------------------------------------------------
 */

void statistics_begin_csv(struct buffer *csv)
{
    static const char *const columns[] = {
        "date",   "hall",      "queue",       "start",   "service",     "capacity",
        "booked", "cancelled", "rescheduled", "no_show", "intercepted", "lead_hours_mean",
    };

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        csv_append(csv, text_of(columns[i]));
    csv_end_row(csv);
}

static void append_where(struct buffer *csv, const struct statistics_row *row)
{
    struct buffer text = {0};

    calendar_append_date(&text, row->day);
    csv_append(csv, buffer_text(&text));
    csv_append(csv, row->queue->hall->id);
    csv_append(csv, row->queue->id);
    buffer_clear(&text);
    calendar_append_slot(&text, row->slot);
    csv_append(csv, buffer_text(&text));
    csv_append(csv, row->service);
    buffer_free(&text);
}

static void append_mean(struct buffer *buffer, const struct counts *counts)
{
    unsigned long long hundredths = counts_lead_hundredths(counts);

    buffer_printf(buffer, "%llu.%02llu", hundredths / 100, hundredths % 100);
}

static void append_csv_lead(struct buffer *csv, const struct counts *counts)
{
    struct buffer text = {0};

    if (counts->leads)
        append_mean(&text, counts);
    csv_append(csv, buffer_text(&text));
    buffer_free(&text);
}

/* A row tells a half hour's capacity or what was booked of a service; the rest of it is empty. */
void statistics_append_csv(struct buffer *csv, const struct statistics_row *row)
{
    const struct counts *counts = &row->counts;

    append_where(csv, row);
    if (row->service.length) {
        csv_append(csv, TEXT_NONE);
        csv_append_integer(csv, counts->booked);
        csv_append_integer(csv, counts->cancelled);
        csv_append_integer(csv, counts->rescheduled);
        csv_append_integer(csv, counts->no_show);
        csv_append_integer(csv, counts->intercepted);
        append_csv_lead(csv, counts);
    } else {
        csv_append_integer(csv, counts->capacity);
        for (unsigned i = 0; i < 6; i++)
            csv_append(csv, TEXT_NONE);
    }
    csv_end_row(csv);
}

/* --- As JSON -----------------------------------------------------------------------------------
 */

static bool is_empty(const struct tally *tally)
{
    static const struct counts nothing;

    return memcmp(&tally->counts, &nothing, sizeof nothing) == 0;
}

static void append_counts(struct buffer *json, const struct tally *tally)
{
    const struct counts *counts = &tally->counts;

    buffer_printf(json,
                  ",\"booked\":%llu,\"cancelled\":%llu,\"rescheduled\":%llu,\"no_show\":%llu,"
                  "\"intercepted\":%llu",
                  (unsigned long long)counts->booked, (unsigned long long)counts->cancelled,
                  (unsigned long long)counts->rescheduled, (unsigned long long)counts->no_show,
                  (unsigned long long)counts->intercepted);
    if (counts->leads) {
        json_put_name(json, "lead_hours_mean");
        append_mean(json, counts);
        buffer_printf(json, ",\"lead_hours_p50\":%llu",
                      (unsigned long long)tally_lead_hours_p50(tally));
    } else {
        json_put_null(json, "lead_hours_mean");
        json_put_null(json, "lead_hours_p50");
    }
}

static void append_tally(struct buffer *json, const struct tally *tally)
{
    json_put_integer(json, "capacity", (int64_t)tally->counts.capacity);
    append_counts(json, tally);
    buffer_append_byte(json, '}');
}

static void append_days(struct buffer *json, const struct statistics_report *report)
{
    json_open(json, "days", '[');
    for (day_number day = report->from; day <= report->to; day++) {
        json_open(json, NULL, '{');
        calendar_put_date(json, "date", day);
        append_tally(json, &report->days[day - report->from]);
    }
    buffer_append_byte(json, ']');
}

static void append_half_hours(struct buffer *json, const struct statistics_report *report)
{
    json_open(json, "half_hours", '[');
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        if (is_empty(&report->half_hours[slot]))
            continue;
        json_open(json, NULL, '{');
        calendar_put_slot(json, "start", slot);
        append_tally(json, &report->half_hours[slot]);
    }
    buffer_append_byte(json, ']');
}

static void append_queue(struct buffer *json, const struct queue *queue, const struct tally *tally)
{
    if (is_empty(tally))
        return;
    json_open(json, NULL, '{');
    json_put(json, "hall", queue->hall->id);
    json_put(json, "queue", queue->id);
    append_tally(json, tally);
}

static void append_queues(struct buffer *json, const struct statistics_report *report)
{
    const struct catalogue *catalogue = report->edition->catalogue;

    json_open(json, "queues", '[');
    for (size_t h = 0; h < catalogue->hall_count; h++)
        for (size_t q = 0; q < catalogue->halls[h].queue_count; q++) {
            const struct queue *queue = &catalogue->halls[h].queues[q];
            append_queue(json, queue, &report->queues[queue->index]);
        }
    buffer_append_byte(json, ']');
}

/* Capacity is no service's: queues have it. */
static void append_services(struct buffer *json, const struct statistics_report *report)
{
    json_open(json, "services", '[');
    for (size_t i = 0; i < report->service_count; i++) {
        json_open(json, NULL, '{');
        json_put(json, "service", report->services[i].service);
        append_counts(json, &report->services[i].tally);
        buffer_append_byte(json, '}');
    }
    buffer_append_byte(json, ']');
}

void statistics_append_json(struct buffer *json, const struct statistics_report *report)
{
    json_open(json, NULL, '{');
    json_put(json, report->hall ? "hall" : "city",
             report->hall ? report->hall->id : report->call->city->code);
    calendar_put_date(json, "from", report->from);
    calendar_put_date(json, "to", report->to);
    json_open(json, "totals", '{');
    append_tally(json, &report->totals);
    append_days(json, report);
    append_half_hours(json, report);
    append_queues(json, report);
    append_services(json, report);
    json_put_name(json, "tickets");
    ticket_report_append_json(json, &report->tickets);
    buffer_append_byte(json, '}');
}
