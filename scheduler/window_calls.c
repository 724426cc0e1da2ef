/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/window_calls.h"

#include <stdlib.h>

#include "slots/ledger/ledger_call.h"

/* Each turn between today and the day before is a step of the window, or of the clock. */
enum { DAYS_ASKED_MAX = 4 };

static const char *const operation_names[] = {
    [WINDOW_OPEN] = "open",           [WINDOW_PAUSE] = "pause",   [WINDOW_CLOSE] = "close",
    [WINDOW_CALL_NEXT] = "call-next", [WINDOW_CALL] = "call",     [WINDOW_RECALL] = "recall",
    [WINDOW_START] = "start",         [WINDOW_FINISH] = "finish", [WINDOW_MISS] = "miss",
    [WINDOW_PARK] = "park",           [WINDOW_RESUME] = "resume", [WINDOW_TRANSFER] = "transfer",
    [WINDOW_REQUEUE] = "requeue",
};

const char *window_operation_name(enum window_operation operation)
{
    return operation_names[operation];
}

bool window_operation_parse(struct text name, enum window_operation *operation)
{
    for (unsigned i = 0; i < sizeof operation_names / sizeof *operation_names; i++)
        if (text_is(name, operation_names[i]))
            return *operation = (enum window_operation)i, true;
    return false;
}

const char *window_status_name(enum window_status status)
{
    switch (status) {
    case WINDOW_IS_OPEN:
        return "open";
    case WINDOW_IS_PAUSED:
        return "paused";
    case WINDOW_IS_CLOSED:
        return "closed";
    }
    return NULL;
}

static struct text none_if_dash(struct text text)
{
    return text_is(text, "-") ? TEXT_NONE : text;
}

bool window_state_parse(struct text record, struct window_state *state)
{
    struct text status;

    *state = (struct window_state){.status = WINDOW_IS_CLOSED};
    if (!record.length)
        return true;
    if (!text_split(&record, ' ', &status) || status.length != 1 ||
        !text_split(&record, ' ', &state->queues) || !text_split(&record, ' ', &state->ticket) ||
        !text_to_integer(record, 0, INT64_MAX, &state->since_ms))
        return false;
    state->status = (enum window_status)status.data[0];
    state->queues = none_if_dash(state->queues);
    state->ticket = none_if_dash(state->ticket);
    return window_status_name(state->status) != NULL;
}

static bool has_window(const struct queue *queue, struct text id)
{
    for (size_t w = 0; w < queue->window_count; w++)
        if (text_equal(queue->windows[w].id, id) && !queue->windows[w].retired)
            return true;
    return false;
}

/* A clerk's request on its way. */
struct calling {
    struct city *city;
    struct edition *edition; /* of the order */
    struct window_order order;
    day_number day; /* on which it is asked */
    unsigned days_asked;
    int outcome;
    struct window_result result;
    struct arena arena;
    window_callback *callback;
    void *owner;
};

static void finish(struct calling *calling, int outcome)
{
    calling->callback(calling->owner, outcome, &calling->result);
    edition_release(calling->edition);
    arena_free(&calling->arena);
    free(calling);
}

static void completed(void *owner, int status, const struct ticket_found *found)
{
    struct calling *calling = owner;

    calling->result.found = found;
    finish(calling, status < 0 ? status : calling->outcome);
}

/* 'KEY QUEUE WINDOW WHY' */
static bool parse_waiter(struct text row, struct window_waiter *waiter)
{
    if (!text_split(&row, ' ', &waiter->key) || !text_split(&row, ' ', &waiter->queue) ||
        !text_split(&row, ' ', &waiter->window) || row.length != 1 ||
        !memchr("opcsu", row.data[0], 5))
        return false;
    waiter->window = none_if_dash(waiter->window);
    waiter->why = (enum window_other)row.data[0];
    return true;
}

static void take_others(struct calling *calling, const struct store_reply *rows)
{
    size_t count = store_reply_count(rows);
    struct window_waiter *others = arena_new(&calling->arena, (count + 1) * sizeof *others);

    for (size_t i = 0; i < count; i++)
        calling->result.other_count +=
            parse_waiter(arena_copy(&calling->arena, store_reply_text_at(rows, i)),
                         &others[calling->result.other_count]);
    calling->result.others = others;
}

/* Window, key and record of the ticket, reason: the same details whatever the outcome. */
static void take_details(struct calling *calling, int outcome, const struct store_reply *reply)
{
    struct arena *arena = &calling->arena;
    struct text key = store_reply_text_at(reply, LEDGER_DETAILS + 1);
    struct text ticket = store_reply_text_at(reply, LEDGER_DETAILS + 2);

    calling->outcome = outcome;
    calling->result.reason = arena_copy(arena, store_reply_text_at(reply, LEDGER_DETAILS + 3));
    take_others(calling, store_reply_at(reply, LEDGER_DETAILS + 4));
    if (!window_state_parse(arena_copy(arena, store_reply_text_at(reply, LEDGER_DETAILS)),
                            &calling->result.window))
        finish(calling, STORE_FOUND(STORE_STRANGE));
    else if (ticket.length)
        tickets_complete(calling->city, calling->order.hall->id, calling->day, key, ticket,
                         completed, calling);
    else
        finish(calling, outcome);
}

static void ask_on(struct calling *calling, day_number day);

static void answered(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct calling *calling = owner;

    if (status < 0)
        finish(calling, status);
    else if (text_is(outcome, "before"))
        ask_on(calling, city_today(calling->city) - 1);
    else if (text_is(outcome, "after"))
        ask_on(calling, city_today(calling->city));
    else if (text_is(outcome, "ok"))
        take_details(calling, WINDOW_DONE, reply);
    else if (text_starts_with(outcome, TEXT("R")))
        take_details(calling, WINDOW_REPEATED, reply);
    else if (text_is(outcome, "state"))
        take_details(calling, WINDOW_WRONG_STATE, reply);
    else if (text_is(outcome, "former"))
        take_details(calling, WINDOW_OF_FORMER_DAY, reply);
    else if (text_is(outcome, "full"))
        take_details(calling, WINDOW_FULL, reply);
    else if (text_is(outcome, "M"))
        finish(calling, WINDOW_MISMATCH);
    else if (text_is(outcome, "missing"))
        finish(calling, WINDOW_NO_TICKET);
    else
        finish(calling, STORE_FOUND(STORE_STRANGE));
}

/* --- The call --- */

/* The queues that the window belongs to, behind '?': they hold unless it served others before. */
static void append_own_queues(struct buffer *argument, const struct window_order *order)
{
    const char *separator = "?";

    for (size_t q = 0; q < order->hall->queue_count; q++) {
        const struct queue *queue = &order->hall->queues[q];
        if (!has_window(queue, order->window->id))
            continue;
        buffer_printf(argument, "%s" TEXT_FMT, separator, TEXT_ARG(queue->id));
        separator = ",";
    }
}

/* 'QUEUE WINDOW', '-' for the one that is not said. */
static void append_target(struct buffer *argument, const struct window_order *order)
{
    buffer_append(argument, order->to_queue.length ? order->to_queue : TEXT("-"));
    buffer_append_byte(argument, ' ');
    buffer_append(argument, order->to_window.length ? order->to_window : TEXT("-"));
}

static void append_argument(struct buffer *argument, const struct window_order *order)
{
    if (order->operation == WINDOW_OPEN && !order->queues.length)
        append_own_queues(argument, order);
    else if (order->operation == WINDOW_OPEN)
        buffer_append(argument, order->queues);
    else if (order->operation == WINDOW_TRANSFER)
        append_target(argument, order);
    else
        buffer_append(argument, order->ticket);
}

/* A retired one calls nobody any more: who was sent to it is anybody's who serves his queue. */
static void append_windows(struct buffer *row, const struct queue *queue)
{
    size_t before = row->length;

    for (size_t w = 0; w < queue->window_count; w++) {
        if (queue->windows[w].retired)
            continue;
        if (row->length > before)
            buffer_append_byte(row, ',');
        buffer_append(row, queue->windows[w].id);
    }
    if (row->length == before)
        buffer_append_byte(row, '-');
}

/* 'QUEUE WALK_IN APPOINTMENT PRIORITY REQUEUE_PLACES WINDOWS' of all queues of the hall. */
static void push_queues(struct ledger_call *call, const struct hall *hall)
{
    struct buffer row = {0};

    ledger_call_push_integer(call, (int64_t)hall->queue_count);
    for (size_t q = 0; q < hall->queue_count; q++) {
        const struct queue *queue = &hall->queues[q];
        buffer_clear(&row);
        buffer_printf(&row, TEXT_FMT " %.15g %.15g %.15g %u ", TEXT_ARG(queue->id),
                      queue->weight_walk_in, queue->weight_appointment, queue->weight_priority,
                      queue->requeue_places);
        append_windows(&row, queue);
        ledger_call_push(call, buffer_text(&row));
    }
    buffer_free(&row);
}

/* The tag names the key and whose it is; the digest tells whether the request is the same. */
static void push_tag(struct ledger_call *call, const struct window_order *order,
                     struct text argument)
{
    const struct vault_city *keys = &call->city->keys;
    const struct text key[] = {order->principal, order->idempotency_key};
    const struct text parts[] = {TEXT("window"), order->hall->id, order->window->id,
                                 text_of(window_operation_name(order->operation)), argument};
    unsigned char tag[TAG_BYTES], digest[DIGEST_BYTES];

    vault_digest(keys, key, sizeof key / sizeof *key, tag, sizeof tag);
    vault_digest(keys, parts, sizeof parts / sizeof *parts, digest, sizeof digest);
    ledger_call_push(call, order->idempotency_key.length ? text_bytes(tag, sizeof tag) : TEXT_NONE);
    ledger_call_push(call, text_bytes(digest, sizeof digest));
}

/* Every queue of the hall is a place of the call: a package goes on in another one, and what it
 * gives back may be waited for. */
static void ask(struct calling *calling)
{
    const struct window_order *order = &calling->order;
    struct buffer argument = {0};
    struct ledger_call call;

    append_argument(&argument, order);
    ledger_call_start(&call, calling->city, slots_library.window);
    ledger_call_hall(&call, order->hall->id, calling->day);
    for (size_t q = 0; q < order->hall->queue_count; q++)
        ledger_call_place(&call, order->hall->id, order->hall->queues[q].id, calling->day);
    push_tag(&call, order, buffer_text(&argument));
    ledger_call_push(&call, order->window->id);
    ledger_call_push(&call, text_of(window_operation_name(order->operation)));
    ledger_call_push(&call, buffer_text(&argument));
    push_queues(&call, order->hall);
    ledger_call_push_integer(&call, order->hall->walk_ins_one_open);
    ledger_call_send(&call, answered, calling);
    buffer_free(&argument);
}

static void ask_on(struct calling *calling, day_number day)
{
    calling->day = day;
    if (calling->days_asked++ < DAYS_ASKED_MAX)
        ask(calling);
    else
        finish(calling, STORE_FOUND(STORE_UNSETTLED));
}

static void copy_order(struct calling *calling, const struct window_order *order)
{
    struct window_order *own = &calling->order;
    struct text *texts[] = {&own->queues,    &own->ticket,    &own->to_queue,
                            &own->to_window, &own->principal, &own->idempotency_key};

    *own = *order;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = arena_copy(&calling->arena, *texts[i]);
}

void window_call(struct city *city, const struct window_order *order, window_callback *callback,
                 void *owner)
{
    struct calling *calling = memory_new(sizeof *calling);

    calling->city = city;
    calling->edition = edition_hold(city->edition);
    copy_order(calling, order);
    calling->callback = callback;
    calling->owner = owner;
    ask_on(calling, city_today(city));
}
