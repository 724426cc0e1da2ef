/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/caller.h"
#include "api/call/pager.h"
#include "api/handlers/halls.h"
#include "api/handlers/handlers.h"
#include "api/json/reservation.h"
#include "slots/ledger/lookup.h"

/* Where people may be booked beyond the days that are released: an offer that was accepted may lie
 * there, or the hall may open later by now. */
enum { DAYS_BEYOND = 366 };

/* A list on its way: it walks the days, the halls of each day that the token reaches and their
 * queues, until its page is full. An item's name among the others is its reservation's place. */
struct reservation_list {
    struct call *call;
    struct edition *edition;
    struct pager pager;
    day_number *days; /* in order */
    unsigned day, day_count;
    size_t hall, queue;
    struct text only_hall; /* of the query; empty: all */
    enum reservation_status status;
    uint32_t after; /* sequence behind which the first queue goes on */
};

static void finish(struct reservation_list *list, int status)
{
    edition_release(list->edition);
    pager_answer(&list->pager, list->call, status);
}

static void next(struct reservation_list *list);

static void give(struct reservation_list *list, const struct reservation *reservation,
                 const struct applicant *applicant)
{
    struct buffer id = {0}, *json;

    reservation_append_id(&id, &reservation->id);
    json = pager_item(&list->pager, buffer_text(&id));
    if (json)
        reservation_append_json(json, list->call, reservation, applicant);
    buffer_free(&id);
}

static void listed(void *owner, int status, const struct reservation *reservation,
                   const struct applicant *applicant)
{
    struct reservation_list *list = owner;

    if (reservation) {
        give(list, reservation, applicant);
    } else if (status < 0 || list->pager.has_more) {
        finish(list, status < 0 ? status : 0);
    } else {
        list->queue++;
        list->after = 0;
        next(list);
    }
}

static bool is_wanted(const struct reservation_list *list, const struct hall *hall)
{
    return token_reaches(&list->call->token, hall->id) &&
           (!list->only_hall.length || text_equal(hall->id, list->only_hall));
}

/* Moves to the next queue that is wanted; NULL behind the last. */
static const struct queue *next_queue(struct reservation_list *list)
{
    const struct catalogue *catalogue = list->edition->catalogue;

    for (; list->day < list->day_count; list->day++, list->hall = 0)
        for (; list->hall < catalogue->hall_count; list->hall++, list->queue = 0) {
            const struct hall *hall = &catalogue->halls[list->hall];
            if (is_wanted(list, hall) && list->queue < hall->queue_count)
                return &hall->queues[list->queue];
        }
    return NULL;
}

/* Asks for the next queue's, and for one more than the page has room for: it tells that there is
 * more. Ends behind the last, or when the client has gone. */
static void next(struct reservation_list *list)
{
    const struct queue *queue = next_queue(list);

    if (!queue || !list->call->request) {
        finish(list, 0);
        return;
    }
    lookup_reservations(&(struct lookup_list){
        .city = list->call->city,
        .hall = queue->hall->id,
        .queue = queue->id,
        .day = list->days[list->day],
        .after = list->after,
        .limit = list->pager.limit - list->pager.given + 1,
        .status = list->status,
        .reach = caller_reach(list->call),
        .callback = listed,
        .owner = list,
    });
}

static void read_hall(struct call *call, struct faults *faults, struct reservation_list *list)
{
    if (list->only_hall.data && !catalogue_hall(list->edition->catalogue, list->only_hall))
        call_fault(call, faults, "/hall",
                   MESSAGE("没有这个大厅，请检查编号。", "There is no such hall."));
}

/* Where the page before ended. */
static void read_place(struct call *call, struct faults *faults, struct reservation_list *list,
                       bool is_day, day_number *day)
{
    const struct catalogue *catalogue = list->edition->catalogue;
    const struct hall *hall = NULL;
    const struct queue *queue = NULL;
    struct reservation_id id;

    if (!list->pager.after.data)
        return;
    if (reservation_parse_id(list->pager.after, &id) && id.kind == KIND_RESERVATION &&
        (hall = catalogue_hall(catalogue, id.hall)))
        queue = hall_queue(hall, id.queue);
    if (!queue || (is_day && id.day != *day)) {
        pager_fault(call, faults);
        return;
    }
    if (id.day < *day) /* of a day that has ended since: what follows begins with the first */
        return;
    *day = id.day;
    list->hall = (size_t)(hall - catalogue->halls);
    list->queue = (size_t)(queue - hall->queues);
    list->after = id.sequence;
}

static void read_status(struct call *call, struct faults *faults, struct reservation_list *list)
{
    struct text status = call_query(call, "status");

    if (status.data && !reservation_status_parse(status, &list->status))
        call_fault(call, faults, "/status",
                   MESSAGE("没有这个状态，例如 booked 或 cancelled。",
                           "There is no such status; such as booked or cancelled."));
}

static void add_days(struct reservation_list *list, day_number from, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        list->days[list->day_count++] = from + (day_number)i;
}

static void days_found(void *owner, int status, const day_number *days, unsigned count)
{
    struct reservation_list *list = owner;

    for (unsigned i = 0; i < count; i++)
        add_days(list, days[i], 1);
    if (status < 0 || !list->call->request)
        finish(list, status);
    else
        next(list);
}

/* All days from `first` on: those that are released, and what lies behind them. */
static void walk(struct reservation_list *list, day_number first)
{
    struct city *city = list->call->city;
    day_number beyond = city_today(city) + (day_number)list->edition->catalogue->days_ahead_max + 1;
    unsigned open = first < beyond ? (unsigned)(beyond - first) : 0;
    day_number from = first < beyond ? beyond : first;
    unsigned count = from < beyond + DAYS_BEYOND ? (unsigned)(beyond + DAYS_BEYOND - from) : 0;

    list->days = arena_new(&list->call->arena, (open + count + 1) * sizeof *list->days);
    add_days(list, first, open);
    if (count)
        lookup_days(city, from, count, days_found, list);
    else
        next(list);
}

static void walk_day(struct reservation_list *list, day_number day)
{
    list->days = arena_new(&list->call->arena, sizeof *list->days);
    add_days(list, day, 1);
    next(list);
}

/* True when the query is right: `*first` is then the first day, the only one with `*is_day`. Else
 * it was refused. */
static bool read_query(struct call *call, struct reservation_list *list, day_number *first,
                       bool *is_day)
{
    static const char *const filters[] = {"date", "status", "hall", NULL};
    struct faults faults = {0};

    pager_begin(&list->pager, call, &faults, "reservations", filters);
    *first = city_today(call->city);
    *is_day = halls_read_date(call, &faults, "date", first);
    read_hall(call, &faults, list);
    read_place(call, &faults, list, *is_day, first);
    read_status(call, &faults, list);
    if (!faults.count)
        return true;
    pager_free(&list->pager);
    edition_release(list->edition);
    call_refuse_faults(call, &faults);
    return false;
}

void handle_reservations(struct call *call)
{
    struct reservation_list *list = arena_new(&call->arena, sizeof *list);
    day_number first;
    bool is_day;

    list->only_hall = call_query(call, "hall");
    if (list->only_hall.data && halls_is_id(list->only_hall) &&
        !token_reaches(&call->token, list->only_hall)) {
        call_problem(call, PROBLEM_FORBIDDEN,
                     MESSAGE("该大厅不在您的权限范围内。",
                             "The hall lies outside the token's city or hall."),
                     TEXT_NONE);
        return;
    }
    list->call = call;
    list->edition = edition_hold(call->city->edition);
    if (!read_query(call, list, &first, &is_day))
        return;
    if (is_day)
        walk_day(list, first);
    else
        walk(list, first);
}
