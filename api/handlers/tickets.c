/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/handlers/handlers.h"
#include "api/json/applicant.h"
#include "api/json/refusals.h"
#include "api/json/ticket.h"

/* --- Walk-ins --- */

static struct message closed_message(const struct issue_result *result)
{
    if (result->closure)
        return MESSAGE("此时段停办（原因见 reason），暂不取号；请在 opens_at 之后再来，或预约其他时"
                       "间、其他大厅。",
                       "This half hour is closed (see reason): no numbers now. Come again from "
                       "opens_at on, or book another time or hall.");
    if (text_is(result->reason, "hours"))
        return MESSAGE("现在不在大厅的办理时间内，暂不取号；请在 opens_at 之后再来。",
                       "The hall is not open at this hour; come again from opens_at on.");
    if (text_is(result->reason, "queue"))
        return MESSAGE("该事项此时段不办理，暂不取号；请在 opens_at 之后再来，或预约其他时间。",
                       "This service is not handled in this half hour; come again from opens_at "
                       "on, or book another time.");
    return MESSAGE("大厅今日不对外办理（原因见 reason）；请在 opens_at 之后再来，或预约其他时间。",
                   "The hall is closed today (see reason); come again from opens_at on, or book "
                   "another time.");
}

static void answer_closed(struct call *call, const struct issue_result *result)
{
    struct text opens = ticket_instant_member(call, "opens_at", result->opens_at_ms);
    struct text reason = refusal_member(call, "reason", result->reason);
    struct buffer members = {0};

    buffer_append(&members, opens);
    buffer_append(&members, reason);
    call_problem(call, PROBLEM_SLOT_CLOSED, closed_message(result), buffer_text(&members));
    buffer_free(&members);
}

/* The number that there is, for a kiosk to print it again. */
static void answer_ticketed(struct call *call, const struct ticket_found *found)
{
    struct buffer members = {0};

    ticket_append_name(&members, call, found);
    call_problem(call, PROBLEM_ALREADY_TICKETED,
                 MESSAGE("您有一个号码尚未办理，编号见 number，请勿重复取号；号票遗失可重新打印。",
                         "You have an open number in this hall (see number and ticket); it can be "
                         "printed again."),
                 buffer_text(&members));
    buffer_free(&members);
}

static void answer_reserved(struct call *call, const struct reservation_id *reservation)
{
    struct buffer id = {0};

    reservation_append_id(&id, reservation);
    call_problem(call, PROBLEM_ALREADY_TICKETED,
                 MESSAGE("您今日在本大厅已有预约（见 reservation），请直接签到取号。",
                         "You have a reservation in this hall today (see reservation); check it in "
                         "instead of taking a walk-in number."),
                 refusal_member(call, "reservation", buffer_text(&id)));
    buffer_free(&id);
}

static void answer_day_limit(struct call *call, int64_t until_ms)
{
    struct buffer members = {0};

    json_put(&members, "limit", TEXT("per_person_day"));
    buffer_append(&members, ticket_instant_member(call, "until", until_ms));
    call_problem(
        call, PROBLEM_LIMIT_REACHED,
        MESSAGE("您今日在本大厅的现场取号次数已达上限，请在 until 之后再来，或预约其他时间。",
                "You have taken as many walk-in numbers as this hall gives a person in a "
                "day; come again from until on, or book a time."),
        buffer_text(&members));
    buffer_free(&members);
}

static void answer_outcome(struct call *call, enum issue_outcome outcome,
                           const struct issue_result *result)
{
    switch (outcome) {
    case ISSUE_DONE:
        metrics_add(call->api->metrics, METRIC_WALK_INS, 1);
        ticket_answer(call, 201, result->found);
        break;
    case ISSUE_REPEATED:
        ticket_answer(call, 201, result->found);
        break;
    case ISSUE_MISMATCH:
        refusal_answer(call, &(struct refusal){.kind = REFUSAL_MISMATCH});
        break;
    case ISSUE_CLOSED:
        answer_closed(call, result);
        break;
    case ISSUE_FULL:
        call_problem(call, PROBLEM_SLOT_FULL,
                     MESSAGE("本时段的现场号已取完；请在 opens_at 之后再来取号，或预约其他时间。",
                             "This half hour's walk-in numbers are used up; come again from "
                             "opens_at on, or book another time."),
                     ticket_instant_member(call, "opens_at", result->opens_at_ms));
        break;
    case ISSUE_NOT_GREEN:
        ticket_answer_not_green(call, result->health);
        break;
    case ISSUE_TICKETED:
        answer_ticketed(call, result->found);
        break;
    case ISSUE_RESERVED:
        answer_reserved(call, &result->reservation);
        break;
    case ISSUE_DAY_LIMIT:
        answer_day_limit(call, result->opens_at_ms);
        break;
    }
}

static void issued(void *owner, int outcome, const struct issue_result *result)
{
    struct call *call = owner;

    if (outcome < 0)
        call_store_problem(call, outcome);
    else
        answer_outcome(call, (enum issue_outcome)outcome, result);
}

/* An order with what it points to. */
struct issue_body {
    struct issue_order order;
    struct person applicant;
    struct id_number id_number;
};

static void read_service(const struct body_reader *body, struct issue_order *order)
{
    const struct catalogue *catalogue = body->call->city->edition->catalogue;
    struct text service;

    order->hall = catalogue_hall(catalogue, body->call->parameters[0]);
    if (!body_text(body, "service", true, &service))
        return;
    order->service = catalogue_service(catalogue, service);
    if (order->service)
        order->queue = hall_queue_for(order->hall, order->service);
    if (!order->queue)
        body_fault(body, "service",
                   MESSAGE("该大厅不办理此事项，请查询大厅的事项清单；“一件事”请逐项取号。",
                           "The hall does not offer this service; see its services. Take a number "
                           "for each step of a package."));
}

/* A hall may ask that all say who they are, or that nobody does. */
static void check_identity(const struct body_reader *body, const struct issue_order *order)
{
    enum walk_in_identity rule = order->hall->walk_in_identity;

    if (rule == WALK_IN_IDENTITY_REQUIRED && !order->applicant)
        body_fault(body, "applicant",
                   MESSAGE("本大厅实名取号，请提供取号人的姓名、证件号码和手机号。",
                           "This hall gives numbers to people who say who they are only; give the "
                           "applicant's name, ID number and phone."));
    if (rule == WALK_IN_IDENTITY_NONE && order->applicant)
        body_fault(body, "applicant",
                   MESSAGE("本大厅取号不登记身份，请删去此字段。",
                           "This hall takes no identities for walk-in numbers; leave this out."));
}

/* Whoever says to be elderly has an ID number that says so too, if he shows one. */
static void read_priority(const struct body_reader *body, struct issue_body *read, bool is_known)
{
    struct issue_order *order = &read->order;
    day_number today = city_today(body->call->city);
    struct text priority;

    if (!body_text(body, "priority", false, &priority) || text_is(priority, "normal"))
        return;
    if (!priority_parse(priority, &order->priority))
        body_fault(body, "priority",
                   MESSAGE("须为 normal、elderly、disabled、military 或 pregnant。",
                           "This must be normal, elderly, disabled, military or pregnant."));
    else if (is_known)
        elderly_check(body, order->priority, read->applicant.id_type, read->applicant.id_number,
                      today);
}

static void read_key(const struct body_reader *body, struct issue_order *order)
{
    struct call *call = body->call;

    order->principal = text_of(call->token.id);
    order->idempotency_key = call_idempotency_key(call, body->faults);
}

static void read_issue(const struct body_reader *body, struct issue_body *read)
{
    bool is_known = false;

    body_only(body, "service", "priority", "applicant");
    read_service(body, &read->order);
    if (json_has(body->object, "applicant")) {
        is_known = person_read(body, "applicant", city_today(body->call->city), &read->applicant,
                               &read->id_number);
        read->order.applicant = &read->applicant;
    }
    check_identity(body, &read->order);
    read_priority(body, read, is_known);
    read_key(body, &read->order);
}

void handle_issue(struct call *call)
{
    struct faults faults = {0};
    struct body_reader body = {.call = call, .faults = &faults};
    struct issue_body read = {0};

    if (!body_parse(&body))
        return;
    read_issue(&body, &read);
    if (!call_refuse_faults(call, &faults))
        tickets_issue(call->city, &read.order, issued, call);
    sodium_memzero(&read.id_number, sizeof read.id_number);
}

/* --- Reading --- */

static void answer_missing(struct call *call)
{
    call_problem(call, PROBLEM_NOT_FOUND,
                 MESSAGE("没有这张号票，请检查编号。", "There is no such ticket; check its id."),
                 TEXT_NONE);
}

static void ticket_read(void *owner, int status, const struct ticket_found *found)
{
    struct call *call = owner;

    if (status < 0)
        call_store_problem(call, status);
    else if (!found)
        answer_missing(call);
    else
        ticket_answer(call, 200, found);
}

void handle_ticket(struct call *call)
{
    struct reservation_id id;

    if (ticket_parse_id(call->parameters[0], &id))
        tickets_lookup(call->city, &id, ticket_read, call);
    else
        answer_missing(call);
}
