/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/body.h"
#include "api/handlers/handlers.h"
#include "api/json/calling_reason.h"
#include "api/json/refusals.h"
#include "api/json/ticket.h"
#include "api/json/waiting_elsewhere.h"
#include "scheduler/floors.h"
#include "scheduler/window_calls.h"
#include "slots/ledger/shown.h"

enum {
    WINDOW_PARAMETER = 1,
    OPERATION_PARAMETER = 2,
    QUEUES_MAX = 200, /* of a hall: slots/catalogue/load_hall.c */
};

/* What each operation needs, for who tried it in another state. */
static const struct message needs[] = {
    [WINDOW_OPEN] = {"窗口随时可以开启。", "A window can be opened at any time."},
    [WINDOW_PAUSE] = {"只有开启中的窗口可以暂停；请先开启窗口。",
                      "Only an open window can be paused; open it first."},
    [WINDOW_CLOSE] = {"窗口还有号票在办，或已经关闭；请先办结、过号或转出当前号票。",
                      "The window has a ticket, or is closed already; finish, miss or transfer the "
                      "ticket first."},
    [WINDOW_CALL_NEXT] = {"窗口须已开启且没有在办的号票；请先开启窗口，或办结、过号当前号票。",
                          "The window must be open and without a ticket; open it, or finish or "
                          "miss its ticket first."},
    [WINDOW_CALL] = {"窗口须已开启且没有在办的号票，被叫的号票须在等候中。",
                     "The window must be open and without a ticket, and the ticket to call must be "
                     "waiting."},
    [WINDOW_RECALL] = {"只有已叫到本窗口、尚未开始办理的号票可以重呼；请先叫号。",
                       "Only a ticket that was called here and not started can be recalled; call "
                       "one first."},
    [WINDOW_START] = {"只有已叫到本窗口的号票可以开始办理；请先叫号。",
                      "Only a ticket that was called here can be started; call one first."},
    [WINDOW_FINISH] = {"只有正在本窗口办理的号票可以办结；请先开始办理。",
                       "Only a ticket that is being served here can be finished; start it first."},
    [WINDOW_MISS] = {"只有已叫到本窗口、尚未开始办理的号票可以过号；请先叫号。",
                     "Only a ticket that was called here and not started can be missed; call one "
                     "first."},
    [WINDOW_PARK] = {"只有已叫到或正在本窗口办理的号票可以挂起；请先叫号。",
                     "Only a ticket at this window can be parked; call one first."},
    [WINDOW_RESUME] = {"只有挂起或过号的号票可以恢复；恢复挂起的号票时，窗口须已开启且没有在办的"
                       "号票。",
                       "Only a parked or missed ticket can be resumed; for a parked one the window "
                       "must be open and without a ticket."},
    [WINDOW_TRANSFER] = {"只有已叫到或正在本窗口办理的号票可以转号；请先叫号。",
                         "Only a ticket at this window can be transferred; call one first."},
    [WINDOW_REQUEUE] = {"只有已叫到本窗口、尚未开始办理的号票可以回队；请先叫号。",
                        "Only a ticket that was called here and not started can be put back; call "
                        "one first."},
};

/* --- The answer --- */

static const struct hall *hall_of(const struct call *call)
{
    return catalogue_hall(call->city->edition->catalogue, call->parameters[0]);
}

static const struct floor *floor_of(const struct call *call)
{
    return floors_hall(call->city, call->parameters[0]);
}

static void append_queues(struct buffer *json, struct text queues)
{
    struct text queue;

    json_open(json, "queues", '[');
    while (queues.length && text_split(&queues, ',', &queue))
        json_put(json, NULL, queue);
    buffer_append_byte(json, ']');
}

static void append_window(struct buffer *json, struct call *call, const struct window_state *state)
{
    const struct hall *hall = hall_of(call);
    struct text id = call->parameters[WINDOW_PARAMETER];
    const struct window *window = hall ? hall_window(hall, id) : NULL;

    json_open(json, "window", '{');
    json_put(json, "id", id);
    json_put(json, "name", window ? window->name : id);
    json_put(json, "state", text_of(window_status_name(state->status)));
    append_queues(json, state->queues);
    ticket_put_number(json, "ticket", hall, state->ticket,
                      ticket_prefix_today(floor_of(call), state->ticket));
    buffer_append(json, ticket_instant_member(call, "since", state->since_ms));
    buffer_append_byte(json, '}');
}

/* `"window":{…},"ticket":{…}|null` */
static void append_result(struct buffer *json, struct call *call,
                          const struct window_result *result)
{
    append_window(json, call, &result->window);
    json_put_name(json, "ticket");
    if (result->found)
        ticket_append_json(json, call, result->found);
    else
        buffer_append(json, TEXT("null"));
}

static void answer_done(struct call *call, const struct window_result *result)
{
    struct calling_reason reason;
    struct buffer body = {0};

    buffer_append_byte(&body, '{');
    append_result(&body, call, result);
    if (calling_reason_parse(&call->arena, result->reason, &reason)) {
        json_put_name(&body, "reason");
        calling_reason_append_json(&body, hall_of(call), floor_of(call), &reason, call->english);
    }
    if (result->other_count) {
        json_put_name(&body, "waiting");
        waiting_elsewhere_append_json(&body, hall_of(call), floor_of(call), result, call->english);
    }
    buffer_append_byte(&body, '}');
    call_answer(call, 200, &body, TEXT_NONE);
}

/* The state that is in the way: the ticket's, unless the window itself is in a wrong one. */
static void answer_state(struct call *call, enum window_operation operation, struct message detail,
                         const struct window_result *result)
{
    bool needs_open = operation == WINDOW_CALL_NEXT || operation == WINDOW_CALL ||
                      operation == WINDOW_RESUME || operation == WINDOW_PAUSE;
    bool is_closed = result->window.status == WINDOW_IS_CLOSED;
    bool is_windows =
        !result->found || is_closed || (needs_open && result->window.status != WINDOW_IS_OPEN);
    struct buffer members = {0};

    buffer_append(
        &members,
        refusal_member(call, "state",
                       text_of(is_windows ? window_status_name(result->window.status)
                                          : ticket_status_name(result->found->ticket.status))));
    append_result(&members, call, result);
    call_problem(call, PROBLEM_WRONG_STATE, detail, buffer_text(&members));
    buffer_free(&members);
}

static void answer_outcome(struct call *call, enum window_outcome outcome,
                           enum window_operation operation, const struct window_result *result)
{
    switch (outcome) {
    case WINDOW_DONE:
        if (operation == WINDOW_CALL || operation == WINDOW_CALL_NEXT)
            metrics_add(call->api->metrics, METRIC_CALLS, result->found != NULL);
        answer_done(call, result);
        break;
    case WINDOW_REPEATED:
        answer_done(call, result);
        break;
    case WINDOW_MISMATCH:
        refusal_answer(call, &(struct refusal){.kind = REFUSAL_MISMATCH});
        break;
    case WINDOW_NO_TICKET:
        call_problem(call, PROBLEM_NOT_FOUND,
                     MESSAGE("今日没有这张号票（ticket），请核对号码。",
                             "There is no such ticket today; check its number."),
                     TEXT_NONE);
        break;
    case WINDOW_WRONG_STATE:
        answer_state(call, operation, needs[operation], result);
        break;
    case WINDOW_OF_FORMER_DAY:
        answer_state(
            call, operation,
            MESSAGE("这张号票是前一天叫的，那天的队列已结束，不能再转出、挂起或回队；请办结"
                    "或过号，需要继续办理的请重新取号。",
                    "This ticket was called on a day that is over, whose queues have "
                    "ended: finish or miss it, and take a new number for what is left."),
            result);
        break;
    case WINDOW_FULL:
        call_problem(call, PROBLEM_LIMIT_REACHED,
                     MESSAGE("等候该窗口的人数已达上限（100 人），请转到其他窗口，或只转到队列。",
                             "As many wait for that window as may (100); transfer to another "
                             "window, or to a queue alone."),
                     TEXT(",\"limit\":\"window\""));
        break;
    }
}

static void answered(void *owner, int outcome, const struct window_result *result)
{
    struct call *call = owner;
    enum window_operation operation;

    if (outcome < 0)
        call_store_problem(call, outcome);
    else if (window_operation_parse(call->parameters[OPERATION_PARAMETER], &operation))
        answer_outcome(call, (enum window_outcome)outcome, operation, result);
}

/* --- The body --- */

/* The ids of `queues` as one text, separated by commas. */
static void read_queues(const struct body_reader *body, struct window_order *order)
{
    const struct json_path path = {&body->path, "queues", 0};
    struct buffer list = {0};
    const struct json *array;
    size_t i = 0;

    if (!json_has(body->object, "queues") ||
        !(array =
              body_list(body, "queues", 1, QUEUES_MAX,
                        MESSAGE("须为 1 至 200 个队列；不填则为该窗口平时的队列。",
                                "Name 1 to 200 queues, or leave this out for the window's own."))))
        return;
    JSON_EACH(array, item) {
        struct body_reader at = body_at(body, &(struct json_path){&path, NULL, i++}, item);
        struct text id = json_text(item);
        if (body_is_repeated(array, item)) {
            body_fault(&at, NULL,
                       MESSAGE("该队列重复，每个队列只写一次。",
                               "This queue stands here already; name each once."));
            continue;
        }
        if (!hall_queue(order->hall, id)) {
            body_fault(&at, NULL,
                       MESSAGE("大厅没有这个队列，请检查编号。", "The hall has no such queue."));
            continue;
        }
        if (list.length)
            buffer_append_byte(&list, ',');
        buffer_append(&list, id);
    }
    order->queues = arena_copy(&body->call->arena, buffer_text(&list));
    buffer_free(&list);
}

/* The queue whose numbers begin so today. One whose first number this worker has not heard of yet
 * has its own prefix. */
static const struct queue *queue_by_prefix(const struct call *call, const struct hall *hall,
                                           struct text prefix)
{
    const struct floor *floor = floor_of(call);

    for (size_t q = 0; q < hall->queue_count; q++) {
        struct text today = floor ? floor_prefix(floor, hall->queues[q].id) : TEXT_NONE;
        if (text_equal_folded(today.length ? today : hall->queues[q].prefix, prefix))
            return &hall->queues[q];
    }
    return NULL;
}

/* "A012", "a012": the queue by its prefix, and the number. */
static bool parse_number(const struct call *call, const struct hall *hall, struct text text,
                         struct buffer *key)
{
    const struct queue *queue;
    int64_t number;
    size_t digits = 0;

    text = text_strip(text);
    while (digits < text.length && (text.data[digits] | 0x20) >= 'a' &&
           (text.data[digits] | 0x20) <= 'z')
        digits++;
    if (!text_to_integer(text_part(text, digits, text.length), 1, UINT32_MAX, &number) ||
        !(queue = queue_by_prefix(call, hall, text_part(text, 0, digits))))
        return false;
    ticket_append_key(key, queue->id, (uint32_t)number);
    return true;
}

/* An id of this hall and day; its salt may be left out of account, for a number does without. */
static bool parse_id(const struct call *call, struct text text, struct buffer *key)
{
    struct reservation_id id;

    if (!shown_id(call->city->edition->catalogue, text, &id) || id.kind != KIND_TICKET ||
        !text_equal(id.hall, call->parameters[0]) || id.day != city_today(call->city))
        return false;
    ticket_append_key(key, id.queue, id.sequence);
    return true;
}

static void read_ticket(const struct body_reader *body, struct window_order *order)
{
    struct buffer key = {0};
    struct text ticket;

    if (!body_text(body, "ticket", true, &ticket))
        return;
    if (!parse_number(body->call, order->hall, ticket, &key) && !parse_id(body->call, ticket, &key))
        body_fault(body, "ticket",
                   MESSAGE("须为本厅今日的号码（如 A012）或号票编号。",
                           "This must be a number of today in this hall, such as A012, or a "
                           "ticket's id."));
    order->ticket = arena_copy(&body->call->arena, buffer_text(&key));
    buffer_free(&key);
}

/* Nobody is sent to what is retired. */
static bool is_open_to(const struct queue *queue)
{
    return queue && !queue->retired;
}

static bool is_at_work(const struct window *window)
{
    return window && !window->retired;
}

static void read_target(const struct body_reader *body, struct window_order *order)
{
    bool has_queue = json_has(body->object, "queue");
    bool has_window = json_has(body->object, "window");

    if (!has_queue && !has_window)
        body_fault(body, NULL,
                   MESSAGE("请提供 queue（转到的队列）、window（转到的窗口）或两者。",
                           "Give queue, window or both, where the ticket goes."));
    if (has_queue && body_text(body, "queue", true, &order->to_queue) &&
        !is_open_to(hall_queue(order->hall, order->to_queue)))
        body_fault(body, "queue",
                   MESSAGE("大厅没有这个队列，请检查编号。", "The hall has no such queue."));
    if (has_window && body_text(body, "window", true, &order->to_window) &&
        !is_at_work(hall_window(order->hall, order->to_window)))
        body_fault(body, "window",
                   MESSAGE("大厅没有这个窗口，请检查编号。", "The hall has no such window."));
}

static void read_body(const struct body_reader *body, struct window_order *order)
{
    if (order->operation == WINDOW_OPEN) {
        body_only(body, "queues");
        read_queues(body, order);
    } else if (order->operation == WINDOW_CALL || order->operation == WINDOW_RESUME) {
        body_only(body, "ticket");
        read_ticket(body, order);
    } else if (order->operation == WINDOW_TRANSFER) {
        body_only(body, "queue", "window");
        read_target(body, order);
    } else {
        body_only(body, NULL);
    }
}

/* A window that left the catalogue ends what it has; it begins nothing new. */
static bool is_beginning(enum window_operation operation)
{
    return operation == WINDOW_OPEN || operation == WINDOW_CALL_NEXT || operation == WINDOW_CALL ||
           operation == WINDOW_RESUME;
}

/* The window as this worker knows it: the store need not be asked. */
static void answer_retired(struct call *call)
{
    const struct floor *floor = floor_of(call);
    const struct floor_window *known =
        floor ? floor_window(floor, call->parameters[WINDOW_PARAMETER]) : NULL;
    struct window_result result = {0};
    struct buffer members = {0};

    window_state_parse(known ? known->record : TEXT_NONE, &result.window);
    buffer_append(&members, refusal_member(call, "state", TEXT("retired")));
    append_result(&members, call, &result);
    call_problem(
        call, PROBLEM_WRONG_STATE,
        MESSAGE("该窗口已停用：可以办结、过号、挂起、转出当前号票并关闭窗口，不能再叫新号。",
                "This window is retired: it can finish, miss, park or transfer the ticket "
                "that it has, and close, but calls nobody new."),
        buffer_text(&members));
    buffer_free(&members);
}

/* Most operations need no body; none is read as an empty object. */
static void read_and_start(struct call *call, struct window_order *order)
{
    struct faults faults = {0};
    struct body_reader body = {.call = call, .faults = &faults};

    if (call->request->body.length && !body_parse(&body))
        return;
    read_body(&body, order);
    order->principal = text_of(call->token.id);
    order->idempotency_key = call_idempotency_key(call, &faults);
    if (!call_refuse_faults(call, &faults))
        window_call(call->city, order, answered, call);
}

void handle_window(struct call *call)
{
    struct text id = call->parameters[WINDOW_PARAMETER];
    struct window_order order = {.hall = hall_of(call)};

    if (call->token.window[0] && !text_is(id, call->token.window)) {
        call_problem(call, PROBLEM_FORBIDDEN,
                     MESSAGE("只能操作自己的窗口。", "The token is for another window only."),
                     TEXT_NONE);
        return;
    }
    order.window = hall_window(order.hall, id);
    if (!order.window)
        call_problem(call, PROBLEM_NOT_FOUND,
                     MESSAGE("大厅没有这个窗口，请检查编号。", "The hall has no such window."),
                     TEXT_NONE);
    else if (!window_operation_parse(call->parameters[OPERATION_PARAMETER], &order.operation))
        call_problem(call, PROBLEM_NOT_FOUND,
                     MESSAGE("窗口没有这个操作，可用的操作见接口文档。",
                             "A window has no such operation; see the interface's document."),
                     TEXT_NONE);
    else if (order.window->retired && is_beginning(order.operation))
        answer_retired(call);
    else
        read_and_start(call, &order);
}
