/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "slots/closure_candidates.h"
#include "slots/closures_flow.h"

/* The calls of a closure: slots/functions/closures.lua says what stands where. */

enum { OFFER_SECONDS = 86400, AFFECTED_ROW = 4 };

static void push_capacity(struct closing *closing, struct ledger_call *call,
                          const struct queue *queue)
{
    const struct edition *edition = closing->edition;
    const struct closure *closure = &closing->closure;
    struct day_capacity capacity;
    struct buffer words = {0};

    if (closing->is_lifting)
        plan_capacity(&edition->plan, edition->catalogue, queue, closure->day, closure, &capacity);
    else
        closure_capacity(edition, closure, queue, closure->day, &capacity);
    day_capacity_append(&words, &capacity);
    ledger_call_push_place(call, closure->hall, queue->id, closure->day);
    ledger_call_push(call, buffer_text(&words));
    buffer_free(&words);
}

/* The number of the closure's inventories, then each with its capacity from now on. Those that are
 * too many follow the plan behind it. */
static void push_capacities(struct closing *closing, struct ledger_call *call)
{
    const struct hall *hall = closing->hall;
    unsigned covered = 0, count;

    for (size_t q = 0; q < hall->queue_count; q++)
        covered += closure_covers(&closing->closure, &hall->queues[q]);
    count = covered < INVENTORIES_A_CLOSURE ? covered : INVENTORIES_A_CLOSURE;
    closing->is_left = count < covered;
    ledger_call_push_integer(call, count);
    for (size_t q = 0; count; q++)
        if (closure_covers(&closing->closure, &hall->queues[q])) {
            push_capacity(closing, call, &hall->queues[q]);
            count--;
        }
}

/* 'QUEUE SERVICE place place …'; empty when there is nowhere to go. */
static void append_candidates(struct ledger_call *call, const struct candidate_search *search,
                              const struct queue *queue, const struct service *service,
                              struct buffer *list)
{
    struct candidate candidates[CANDIDATES_MAX];
    unsigned count = candidate_search_run(search, service, candidates);

    buffer_clear(list);
    if (count)
        buffer_printf(list, TEXT_FMT " " TEXT_FMT, TEXT_ARG(queue->id), TEXT_ARG(service->id));
    for (unsigned i = 0; i < count; i++) {
        const struct queue *other = candidates[i].queue;
        buffer_printf(list, " %u",
                      ledger_call_place(call, other->hall->id, other->id, candidates[i].day));
    }
}

/* The first of those at the next call that are of the queue and service of one. */
static bool is_first_of_service(const struct scanned *scanned, unsigned at)
{
    for (unsigned i = 0; i < at; i++)
        if (text_equal(scanned[i].service, scanned[at].service) &&
            text_equal(scanned[i].id.queue, scanned[at].id.queue))
            return false;
    return true;
}

/* A list of candidates for each service of each queue of those that the call is about; of what left
 * the catalogue there is none. */
static void push_candidates(struct closing *closing, struct ledger_call *call)
{
    const struct catalogue *catalogue = closing->edition->catalogue;
    const struct scanned *scanned = closing->scanned + closing->dealt_count;
    struct text lists[AFFECTED_A_CALL];
    struct candidate_search search;
    struct buffer list = {0};
    unsigned count = 0;

    candidate_search_init(&search, closing->edition, &closing->closure, clock_now_ms());
    for (unsigned i = 0; i < closing_deal_count(closing); i++) {
        const struct queue *queue = hall_queue(closing->hall, scanned[i].id.queue);
        const struct service *service = catalogue_service(catalogue, scanned[i].service);
        if (!queue || !service || !is_first_of_service(scanned, i))
            continue;
        append_candidates(call, &search, queue, service, &list);
        if (list.length)
            lists[count++] = arena_copy(&call->arena, buffer_text(&list));
    }
    ledger_call_push_integer(call, count);
    for (unsigned i = 0; i < count; i++)
        ledger_call_push(call, lists[i]);
    candidate_search_free(&search);
    buffer_free(&list);
}

/* 'FROM TO QUEUE|* offer|none CREATED_MS REASON' */
static void append_value(struct buffer *value, const struct closure *closure)
{
    buffer_printf(value, "%u %u " TEXT_FMT " %s %lld ", closure->from, closure->to,
                  TEXT_ARG(closure->queue.length ? closure->queue : TEXT("*")),
                  closure->has_offers ? "offer" : "none", (long long)closure->created_at_ms);
    buffer_append(value, closure->reason);
}

/* 'HALL DATE', and the number of a closure that has one. */
static void push_name(struct ledger_call *call, const struct closure *closure)
{
    struct buffer words = {0};

    buffer_append(&words, closure->hall);
    buffer_append_byte(&words, ' ');
    calendar_append_compact_date(&words, closure->day);
    if (closure->number)
        buffer_printf(&words, " %u", closure->number);
    ledger_call_push(call, buffer_text(&words));
    buffer_free(&words);
}

void closing_fill_call(struct closing *closing, struct ledger_call *call)
{
    struct buffer value = {0};

    if (!closing->is_lifting) {
        ledger_call_push(call, closing->has_tag ? text_bytes(closing->tag, TAG_BYTES) : TEXT(""));
        ledger_call_push(call, text_bytes(closing->digest, DIGEST_BYTES));
    }
    ledger_call_push_integer(call, closing->edition->plan.version);
    push_name(call, &closing->closure);
    if (!closing->is_lifting) {
        append_value(&value, &closing->closure);
        ledger_call_push(call, buffer_text(&value));
        buffer_free(&value);
    }
    push_capacities(closing, call);
}

unsigned closing_deal_count(const struct closing *closing)
{
    unsigned left = closing->scanned_count - closing->dealt_count;

    return left < AFFECTED_A_CALL ? left : AFFECTED_A_CALL;
}

void closing_fill_deal(struct closing *closing, struct ledger_call *call)
{
    const struct scanned *scanned = closing->scanned + closing->dealt_count;
    unsigned count = closing_deal_count(closing);
    bool is_last = closing->dealt_count + count == closing->scanned_count;

    if (closing->is_lifting)
        ledger_call_push_integer(call, closing->edition->plan.version);
    push_name(call, &closing->closure);
    if (!closing->is_lifting) {
        ledger_call_push_integer(call, OFFER_SECONDS);
        ledger_call_push(call, is_last ? TEXT("last") : TEXT(""));
    }
    ledger_call_push_integer(call, count);
    for (unsigned i = 0; i < count; i++) {
        const struct reservation_id *id = &scanned[i].id;
        ledger_call_push_place(call, id->hall, id->queue, id->day);
        ledger_call_push_integer(call, id->sequence);
        parts_push_places(&scanned[i].places, call);
    }
    if (!closing->is_lifting && closing->closure.has_offers)
        push_candidates(closing, call);
    else if (!closing->is_lifting)
        ledger_call_push_integer(call, 0);
}

/* Takes the affected as the call itself saw them. */
static bool take_affected(struct closing *closing, const struct store_reply *rows)
{
    struct arena *arena = &closing->arena;

    for (size_t i = 0; i + 1 < store_reply_count(rows); i += AFFECTED_ROW) {
        struct text place = store_reply_text_at(rows, i);
        struct text record = store_reply_text_at(rows, i + 1);
        struct reservation *one = &closing->affected[closing->affected_count++];
        if (!reservation_parse_place(arena_copy(arena, place), &one->id) ||
            !reservation_parse_record(arena_copy(arena, record), one))
            return false;
    }
    return true;
}

static bool take_restored(struct closing *closing, const struct store_reply *places)
{
    struct arena *arena = &closing->arena;

    for (size_t i = 0; i < store_reply_count(places); i++)
        if (!reservation_parse_place(arena_copy(arena, store_reply_text_at(places, i)),
                                     &closing->places[closing->affected_count++]))
            return false;
    return true;
}

/* No more than the call was about. */
bool closing_take_dealt(struct closing *closing, const struct store_reply *reply)
{
    const struct store_reply *rows = store_reply_at(reply, LEDGER_DETAILS);
    size_t count = store_reply_count(rows) / (closing->is_lifting ? 1 : AFFECTED_ROW);

    if (count > closing_deal_count(closing))
        return false;
    return closing->is_lifting ? take_restored(closing, rows) : take_affected(closing, rows);
}
