/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/halls.h"
#include "api/handlers.h"
#include "api/reservation_json.h"
#include "api/routes.h"
#include "slots/lookup.h"

enum { LIMIT_MAX = 1000 };

/* A list on its way: it walks the days, the halls of each day that the token reaches and their
 * queues, and stops when it has `limit` reservations. The cursor is the id of the last one given.
 */
struct reservation_list {
    struct call *call;
    struct edition *edition;
    day_number day, last_day;
    size_t hall, queue;
    struct text only_hall; /* of the query; empty: all */
    enum reservation_status status;
    uint32_t after; /* sequence behind which the first queue goes on */
    unsigned limit, given;
    struct buffer json, last_id;
};

static void finish(struct reservation_list *list, int status, bool has_more)
{
    struct call *call = list->call;
    struct buffer body = {0};

    if (status < 0) {
        buffer_free(&list->json);
    } else {
        body = list->json;
        buffer_append(&body, TEXT("],\"next\":"));
        if (has_more)
            buffer_append_json(&body, buffer_text(&list->last_id));
        else
            buffer_append(&body, TEXT("null"));
        buffer_append_byte(&body, '}');
    }
    buffer_free(&list->last_id);
    edition_release(list->edition);
    if (status < 0)
        call_store_problem(call, status);
    else
        call_answer(call, 200, &body, TEXT_NONE);
}

static void next(struct reservation_list *list);

static void listed(void *owner, int status, const struct reservation *reservation,
                   const struct applicant *applicant)
{
    struct reservation_list *list = owner;

    if (reservation) {
        if (list->given++)
            buffer_append_byte(&list->json, ',');
        reservation_append_json(&list->json, list->call, reservation, applicant);
        buffer_clear(&list->last_id);
        reservation_append_id(&list->last_id, &reservation->id);
    } else if (status < 0 || status == 1) {
        finish(list, status, status == 1);
    } else {
        list->queue++;
        list->after = 0;
        next(list);
    }
}

static bool is_wanted(const struct reservation_list *list, const struct hall *hall)
{
    return routes_token_reaches(&list->call->token, hall->id) &&
           (!list->only_hall.length || text_equal(hall->id, list->only_hall));
}

/* Moves to the next queue that is wanted; NULL behind the last. */
static const struct queue *next_queue(struct reservation_list *list)
{
    const struct catalogue *catalogue = list->edition->catalogue;

    for (; list->day <= list->last_day; list->day++, list->hall = 0)
        for (; list->hall < catalogue->hall_count; list->hall++, list->queue = 0) {
            const struct hall *hall = &catalogue->halls[list->hall];
            if (is_wanted(list, hall) && list->queue < hall->queue_count)
                return &hall->queues[list->queue];
        }
    return NULL;
}

/* Asks for the next queue's; ends behind the last, or when the client has gone. */
static void next(struct reservation_list *list)
{
    const struct queue *queue = next_queue(list);

    if (!queue || !list->call->request || list->given == list->limit) {
        finish(list, 0, queue != NULL);
        return;
    }
    lookup_reservations(&(struct lookup_list){
        .city = list->call->city,
        .hall = queue->hall->id,
        .queue = queue->id,
        .day = list->day,
        .after = list->after,
        .limit = list->limit - list->given,
        .status = list->status,
        .reach = routes_reach(list->call),
        .callback = listed,
        .owner = list,
    });
}

static void read_days(struct call *call, struct faults *faults, struct reservation_list *list)
{
    list->day = list->last_day = city_today(call->city);
    if (halls_read_date(call, faults, "date", &list->day))
        list->last_day = list->day;
    else
        list->last_day += (day_number)list->edition->catalogue->days_ahead_max;
}

static void read_hall(struct call *call, struct faults *faults, struct reservation_list *list)
{
    if (list->only_hall.data && !catalogue_hall(list->edition->catalogue, list->only_hall))
        call_fault(call, faults, "/hall",
                   MESSAGE("没有这个大厅，请检查编号。", "There is no such hall."));
}

static void read_cursor(struct call *call, struct faults *faults, struct reservation_list *list)
{
    const struct catalogue *catalogue = list->edition->catalogue;
    struct text cursor = call_query(call, "cursor");
    const struct hall *hall = NULL;
    const struct queue *queue = NULL;
    struct reservation_id id;

    if (!cursor.data)
        return;
    if (reservation_parse_id(cursor, &id) && (hall = catalogue_hall(catalogue, id.hall)))
        queue = hall_queue(hall, id.queue);
    if (!queue || (call_query(call, "date").data && id.day != list->day)) {
        call_fault(call, faults, "/cursor",
                   MESSAGE("须为上一页答复中的 next。", "This must be next of the page before."));
        return;
    }
    if (id.day < list->day) /* of a day that has ended since: what follows begins with the first */
        return;
    list->day = id.day;
    list->hall = (size_t)(hall - catalogue->halls);
    list->queue = (size_t)(queue - hall->queues);
    list->after = id.sequence;
}

static void read_rest(struct call *call, struct faults *faults, struct reservation_list *list)
{
    struct text status = call_query(call, "status"), limit = call_query(call, "limit");
    int64_t number = LIMIT_MAX;

    if (status.data && !reservation_status_parse(status, &list->status))
        call_fault(call, faults, "/status",
                   MESSAGE("没有这个状态，例如 booked 或 cancelled。",
                           "There is no such status; such as booked or cancelled."));
    if (limit.data && !text_to_integer(limit, 1, LIMIT_MAX, &number))
        call_fault(call, faults, "/limit",
                   MESSAGE("须为 1 至 1000 的整数。", "This must be an integer from 1 to 1000."));
    list->limit = (unsigned)number;
}

void handle_reservations(struct call *call)
{
    struct reservation_list *list = arena_new(&call->arena, sizeof *list);
    struct faults faults = {0};

    list->only_hall = call_query(call, "hall");
    if (list->only_hall.data && !routes_token_reaches(&call->token, list->only_hall)) {
        call_problem(call, PROBLEM_FORBIDDEN,
                     MESSAGE("该大厅不在您的权限范围内。",
                             "The hall lies outside the token's city or hall."),
                     TEXT_NONE);
        return;
    }
    list->call = call;
    list->edition = edition_hold(call->city->edition);
    read_days(call, &faults, list);
    read_hall(call, &faults, list);
    read_cursor(call, &faults, list);
    read_rest(call, &faults, list);
    if (faults.count) {
        edition_release(list->edition);
        call_refuse_faults(call, &faults);
        return;
    }
    buffer_append(&list->json, TEXT("{\"reservations\":["));
    next(list);
}
