/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "api/call/accept.h"
#include "api/handlers/halls.h"
#include "api/handlers/handlers.h"
#include "api/handlers/statistics_report.h"

/* Counts of a hall's or a city's reservations by day, half hour, queue and service, and of its
 * tickets, as JSON or as CSV. */

enum { DAYS_MAX = 92, DAYS_DEFAULT = 7 };

#define TYPE_CSV "text/csv; charset=utf-8; header=present"

/* --- Counting ----------------------------------------------------------------------------------
 */

static void count_row(struct tally *tally, const struct statistics_row *row)
{
    tally_add(tally, &row->counts);
    for (size_t i = 0; i < row->lead_count; i++)
        tally_add_lead(tally, row->leads[i].hours, row->leads[i].count);
}

/* The service's tally, which is added when it is new. */
static struct tally *tally_of_service(struct statistics_report *report, struct text service)
{
    size_t at = 0;

    while (at < report->service_count && text_compare(report->services[at].service, service) < 0)
        at++;
    if (at < report->service_count && text_equal(report->services[at].service, service))
        return &report->services[at].tally;
    if (report->service_count == report->service_capacity) {
        report->service_capacity = report->service_capacity ? report->service_capacity * 2 : 64;
        report->services =
            memory_resize(report->services, report->service_capacity * sizeof *report->services);
    }
    memmove(&report->services[at + 1], &report->services[at],
            (report->service_count - at) * sizeof *report->services);
    report->service_count++;
    report->services[at] =
        (struct statistics_service){.service = arena_copy(&report->arena, service)};
    return &report->services[at].tally;
}

static void take(void *owner, const struct statistics_row *row)
{
    struct statistics_report *report = owner;

    if (report->is_csv) {
        statistics_append_csv(&report->csv, row);
        return;
    }
    count_row(&report->totals, row);
    count_row(&report->days[row->day - report->from], row);
    count_row(&report->half_hours[row->slot], row);
    count_row(&report->queues[row->queue->index], row);
    if (row->service.length)
        count_row(tally_of_service(report, row->service), row);
}

/* --- The call ----------------------------------------------------------------------------------
 */

static void free_report(struct statistics_report *report)
{
    for (day_number day = report->from; day <= report->to; day++)
        tally_free(&report->days[day - report->from]);
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        tally_free(&report->half_hours[slot]);
    for (size_t i = 0; i < report->edition->catalogue->queue_count; i++)
        tally_free(&report->queues[i]);
    for (size_t i = 0; i < report->service_count; i++)
        tally_free(&report->services[i].tally);
    tally_free(&report->totals);
    ticket_report_free(&report->tickets);
    buffer_free(&report->csv);
    free(report->services);
    edition_release(report->edition);
    arena_free(&report->arena);
    free(report);
}

/* The file's name says what it holds; the answer depends on Accept. */
static void answer_csv(struct statistics_report *report)
{
    struct call *call = report->call;
    struct buffer body = report->csv, headers = {0};
    struct text name = report->hall ? report->hall->id : call->city->code;

    report->csv = (struct buffer){0};
    buffer_printf(&headers,
                  "Vary: Accept\r\nContent-Disposition: attachment; filename=\"%s-" TEXT_FMT "-",
                  report->is_of_tickets ? "tickets" : "statistics", TEXT_ARG(name));
    calendar_append_compact_date(&headers, report->from);
    buffer_append_byte(&headers, '-');
    calendar_append_compact_date(&headers, report->to);
    buffer_append(&headers, TEXT(".csv\"\r\n"));
    call_answer_as(call, 200, TYPE_CSV, &body, buffer_text(&headers));
    buffer_free(&headers);
}

static void answer_json(struct statistics_report *report)
{
    struct buffer body = {0};

    statistics_append_json(&body, report);
    call_answer(report->call, 200, &body, TEXT("Vary: Accept\r\n"));
}

static void all_done(void *owner, int status)
{
    struct statistics_report *report = owner;

    if (status < 0)
        call_store_problem(report->call, status);
    else if (report->is_csv)
        answer_csv(report);
    else
        answer_json(report);
    free_report(report);
}

static bool is_gone(void *owner)
{
    const struct statistics_report *report = owner;

    return report->call->request == NULL;
}

static void take_ticket(void *owner, const struct ticket_row *row)
{
    struct statistics_report *report = owner;

    ticket_report_add(&report->tickets, row);
}

static void tickets_done(void *owner, int status)
{
    struct statistics_report *report = owner;

    if (status == 0 && report->is_csv)
        ticket_report_append_csv(&report->csv, &report->tickets);
    all_done(report, status);
}

static void count_tickets(struct statistics_report *report)
{
    ticket_statistics_walk(&(struct ticket_walk){
        .city = report->call->city,
        .hall = report->hall ? report->hall->id : TEXT_NONE,
        .from = report->from,
        .to = report->to,
        .take = take_ticket,
        .done = tickets_done,
        .is_gone = is_gone,
        .owner = report,
    });
}

static void reservations_done(void *owner, int status)
{
    struct statistics_report *report = owner;

    if (status == 0 && !report->is_csv)
        count_tickets(report);
    else
        all_done(report, status);
}

static void count_reservations(struct statistics_report *report)
{
    if (report->is_csv)
        statistics_begin_csv(&report->csv);
    statistics_walk(&(struct statistics_walk){
        .city = report->call->city,
        .hall = report->hall,
        .from = report->from,
        .to = report->to,
        .take = take,
        .done = reservations_done,
        .is_gone = is_gone,
        .owner = report,
    });
}

/* Which table the CSV has; false for the reservations', which is also the default. */
static bool read_table(struct call *call, struct faults *faults)
{
    struct text table = call_query(call, "table");

    if (table.data && !text_is(table, "reservations") && !text_is(table, "tickets"))
        call_fault(call, faults, "/table",
                   MESSAGE("统计表只有 reservations（预约）和 tickets（号票）。",
                           "The tables are reservations and tickets."));
    return text_is(table, "tickets");
}

/* Without `to` up to today, or to `from` if that is later; without `from` a week. */
static void read_days(struct call *call, struct faults *faults, day_number *from, day_number *to)
{
    bool has_from, has_to;

    *to = *from = city_today(call->city);
    has_to = halls_read_date(call, faults, "to", to);
    has_from = halls_read_date(call, faults, "from", from);
    if (faults->count)
        return;
    if (!has_from)
        *from = calendar_nearest((int64_t)*to - (DAYS_DEFAULT - 1));
    else if (!has_to && *to < *from)
        *to = *from;
    if (*to < *from)
        call_fault(call, faults, "/to",
                   MESSAGE("截止日期不能早于起始日期 from。", "This must not lie before from."));
    else if (*to - *from >= DAYS_MAX)
        call_fault(call, faults, "/to",
                   MESSAGE("一次最多统计 92 天，请缩短区间或分次查询。",
                           "At most 92 days at a time; ask for less, or in parts."));
}

static void answer_statistics(struct call *call, const struct hall *hall)
{
    struct statistics_report *report = memory_new(sizeof *report);
    struct faults faults = {0};

    read_days(call, &faults, &report->from, &report->to);
    report->is_of_tickets = read_table(call, &faults);
    if (call_refuse_faults(call, &faults)) {
        free(report);
        return;
    }
    report->call = call;
    report->edition = edition_hold(call->city->edition);
    report->hall = hall;
    report->is_csv =
        accept_prefers(call->request->accept, TEXT("text/csv"), TEXT("application/json"));
    report->days =
        arena_new(&report->arena, (size_t)(report->to - report->from + 1) * sizeof *report->days);
    report->queues = arena_new(&report->arena, (report->edition->catalogue->queue_count + 1) *
                                                   sizeof *report->queues);
    if (report->is_csv && report->is_of_tickets)
        count_tickets(report);
    else
        count_reservations(report);
}

void handle_hall_statistics(struct call *call)
{
    answer_statistics(call, catalogue_hall(call->city->edition->catalogue, call->parameters[0]));
}

void handle_city_statistics(struct call *call)
{
    answer_statistics(call, NULL);
}
