/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/closures.h"
#include "api/call/body.h"
#include "api/call/pager.h"
#include "api/handlers/halls.h"
#include "api/handlers/handlers.h"
#include "api/json/refusals.h"
#include "api/json/reservation.h"
#include "base/clock.h"

enum { REASON_CHARS_MAX = 100 };

/* What a closure affects, as it is told. */
struct closing_answer {
    struct call *call;
    unsigned status; /* 201 or 200 */
    struct buffer affected;
};

/* `YYYYMMDD-N` */
static void append_id(struct buffer *json, const struct closure *closure)
{
    calendar_append_compact_date(json, closure->day);
    buffer_printf(json, "-%u", closure->number);
}

static bool parse_id(struct text id, day_number *day, uint32_t *number)
{
    struct text date;
    int64_t value;

    if (!text_split(&id, '-', &date) || !calendar_parse_compact_date(date, day) ||
        !text_to_integer(id, 1, UINT32_MAX, &value))
        return false;
    *number = (uint32_t)value;
    return true;
}

/* Without the closing brace. */
static void append_closure(struct buffer *json, const struct call *call,
                           const struct closure *closure)
{
    json_open(json, NULL, '{');
    json_open(json, "id", '"');
    append_id(json, closure);
    buffer_append_byte(json, '"');
    json_put(json, "hall", closure->hall);
    json_put_or_null(json, "queue", closure->queue);
    calendar_put_date(json, "date", closure->day);
    calendar_put_slot(json, "start", closure->from);
    calendar_put_slot(json, "end", closure->to);
    json_put(json, "reason", closure->reason);
    json_put(json, "rebook", closure->has_offers ? TEXT("offer") : TEXT("none"));
    calendar_put_instant(json, "created_at", closure->created_at_ms,
                         call->city->edition->catalogue->utc_offset_minutes);
    json_put(json, "status", closure->is_in_force ? TEXT("in_force") : TEXT("lifted"));
}

/* The offer stands beside its reservation, not in it. */
static void append_affected(void *owner, const struct reservation *reservation,
                            const struct applicant *applicant)
{
    struct closing_answer *answer = owner;
    struct reservation told = *reservation;
    struct reservation_parts parts = {0};
    struct buffer *json = &answer->affected;

    if (told.parts) {
        parts = *told.parts;
        parts.offer = NULL;
        told.parts = &parts;
    }
    json_open(json, NULL, '{');
    json_put_name(json, "reservation");
    reservation_append_json(json, answer->call, &told, applicant);
    if (reservation->parts && reservation->parts->offer)
        reservation_put_offer(json, "offer", answer->call, reservation->parts->offer);
    else
        json_put_null(json, "offer");
    buffer_append_byte(json, '}');
}

static void answer_missing(struct call *call)
{
    call_problem(call, PROBLEM_NOT_FOUND,
                 MESSAGE("没有这个停办安排，请用 GET 查询该日的停办。",
                         "There is no such closure; GET lists those of the day."),
                 TEXT_NONE);
}

static void answer_closure(const struct closing_answer *answer, const struct closure *closure)
{
    struct buffer body = {0}, location = {0};

    append_closure(&body, answer->call, closure);
    json_open(&body, "affected", '[');
    buffer_append(&body, buffer_text(&answer->affected));
    buffer_append(&body, TEXT("]}"));
    if (answer->status == 201) {
        buffer_printf(&location, "Location: /v1/halls/" TEXT_FMT "/closures/",
                      TEXT_ARG(closure->hall));
        append_id(&location, closure);
        buffer_append(&location, TEXT("\r\n"));
    }
    call_answer(answer->call, answer->status, &body, buffer_text(&location));
    buffer_free(&location);
}

static void answer_done(void *owner, int status, const struct refusal *refusal,
                        const struct closure *closure)
{
    struct closing_answer *answer = owner;
    struct buffer affected = answer->affected;

    if (status < 0)
        call_store_problem(answer->call, status);
    else if (refusal->kind == REFUSAL_MISSING)
        answer_missing(answer->call);
    else if (refusal->kind != REFUSAL_NONE)
        refusal_answer(answer->call, refusal);
    else
        answer_closure(answer, closure);
    buffer_free(&affected);
}

static struct closures_listener listener_of(struct call *call, unsigned status)
{
    struct closing_answer *answer = arena_new(&call->arena, sizeof *answer);

    answer->call = call;
    answer->status = status;
    return (struct closures_listener){append_affected, answer_done, answer};
}

static void read_queue(const struct body_reader *body, struct closure *closure)
{
    const struct hall *hall =
        catalogue_hall(body->call->city->edition->catalogue, body->call->parameters[0]);

    closure->hall = hall->id;
    if (body_text(body, "queue", false, &closure->queue) && !hall_queue(hall, closure->queue))
        body_fault(body, "queue",
                   MESSAGE("该大厅没有这个队列；不填则整个大厅停办。",
                           "The hall has no such queue; leave it out to close the whole hall."));
}

/* The end of a half hour, which may be 24:00. */
static bool read_end(const struct body_reader *body, unsigned *slot)
{
    struct text text;
    unsigned minute;

    if (!body_text(body, "end", true, &text))
        return false;
    if (calendar_parse_minute(text, &minute) && minute % SLOT_MINUTES == 0) {
        *slot = minute / SLOT_MINUTES;
        return true;
    }
    body_fault(
        body, "end",
        MESSAGE("须为半小时时段的结束时间，格式 HH:00 或 HH:30，最晚 24:00。",
                "This must be the end of a half hour, HH:00 or HH:30, 24:00 at the latest."));
    return false;
}

static void read_span(const struct body_reader *body, struct closure *closure)
{
    bool is_right = true;

    closure->to = SLOTS_A_DAY;
    if (json_has(body->object, "start"))
        is_right = body_slot(body, "start", &closure->from);
    if (json_has(body->object, "end"))
        is_right = read_end(body, &closure->to) && is_right;
    if (is_right && closure->to <= closure->from)
        body_fault(body, "end",
                   MESSAGE("结束时间须晚于开始时间。", "The end must be later than the start."));
}

/* A closure is for what is to come, or goes on. */
static void check_time(const struct body_reader *body, const struct closure *closure)
{
    int zone = body->call->city->edition->catalogue->utc_offset_minutes;

    if (calendar_instant_ms(closure->day, closure->to * SLOT_MINUTES, zone) > clock_now_ms())
        return;
    body_fault(body, closure->day < city_today(body->call->city) ? "date" : "end",
               MESSAGE("该时间已经过去，请选择尚未结束的时段。",
                       "That is over; choose a time that has not ended."));
}

static void read_reason(const struct body_reader *body, struct closure *closure)
{
    size_t length;

    if (!body_text(body, "reason", true, &closure->reason))
        return;
    length = text_rune_count(closure->reason);
    if (length < 1 || length > REASON_CHARS_MAX || !text_trim(closure->reason).length)
        body_fault(body, "reason",
                   MESSAGE("须为 1 至 100 个字的停办原因，会告知群众。",
                           "This must be the reason in 1 to 100 characters; people are told."));
}

static void read_rebook(const struct body_reader *body, struct closure *closure)
{
    struct text rebook;

    if (!body_text(body, "rebook", true, &rebook))
        return;
    closure->has_offers = text_is(rebook, "offer");
    if (!closure->has_offers && !text_is(rebook, "none"))
        body_fault(body, "rebook",
                   MESSAGE("须为 offer（另行预留号源）或 none（不预留）。",
                           "This must be \"offer\" (hold another place) or \"none\"."));
}

static void read_closure(const struct body_reader *body, struct closure *closure)
{
    body_only(body, "date", "start", "end", "queue", "reason", "rebook");
    read_queue(body, closure);
    read_span(body, closure);
    if (body_date(body, "date", &closure->day))
        check_time(body, closure);
    read_reason(body, closure);
    read_rebook(body, closure);
    call_idempotency_key(body->call, body->faults);
}

void handle_close(struct call *call)
{
    struct faults faults = {0};
    struct body_reader body = {.call = call, .faults = &faults};
    struct closure closure = {0};

    if (!body_parse(&body))
        return;
    read_closure(&body, &closure);
    if (!call_refuse_faults(call, &faults)) {
        struct closures_listener listener = listener_of(call, 201);
        closures_close(call->city, &closure, text_of(call->token.id),
                       call->request->idempotency_key, &listener);
    }
}

void handle_lift(struct call *call)
{
    struct closures_listener listener;
    day_number day;
    uint32_t number;

    if (!parse_id(call->parameters[1], &day, &number)) {
        answer_missing(call);
        return;
    }
    listener = listener_of(call, 200);
    closures_lift(call->city, call->parameters[0], day, number, &listener);
}

/* An item's name among the others is its id. */
struct closure_list {
    struct call *call;
    struct pager pager;
    uint32_t after; /* number behind which the page begins */
};

static void listed(void *owner, int status, const struct closure *closures, size_t count)
{
    struct closure_list *list = owner;

    for (size_t i = 0; i < count && !list->pager.has_more; i++) {
        struct buffer id = {0}, *json = NULL;
        append_id(&id, &closures[i]);
        if (closures[i].number > list->after)
            json = pager_item(&list->pager, buffer_text(&id));
        if (json) {
            append_closure(json, list->call, &closures[i]);
            buffer_append_byte(json, '}');
        }
        buffer_free(&id);
    }
    pager_answer(&list->pager, list->call, status);
}

void handle_closures(struct call *call)
{
    static const char *const filters[] = {"date", NULL};
    struct closure_list *list = arena_new(&call->arena, sizeof *list);
    struct faults faults = {0};
    day_number day = city_today(call->city);

    list->call = call;
    pager_begin(&list->pager, call, &faults, "closures", filters);
    if (list->pager.after.data && !parse_id(list->pager.after, &day, &list->after))
        pager_fault(call, &faults);
    halls_read_date(call, &faults, "date", &day);
    if (!faults.count) {
        closures_list(call->city, call->parameters[0], day, listed, list);
        return;
    }
    pager_free(&list->pager);
    call_refuse_faults(call, &faults);
}
