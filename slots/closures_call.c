/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/clock.h"
#include "slots/closure_candidates.h"
#include "slots/closures_flow.h"

/* The call of `close` or `reopen`: slots/functions/closures.lua says what stands where. */

enum { OFFER_SECONDS = 86400, AFFECTED_ROW = 4 };

/* Every queue of the hall on the day is a place of the call: a package has steps in several. */
static void add_places(struct closing *closing)
{
    for (size_t q = 0; q < closing->hall->queue_count; q++)
        ledger_call_place(&closing->call, closing->hall->id, closing->hall->queues[q].id,
                          closing->closure.day);
}

static void push_capacity(struct closing *closing, const struct queue *queue)
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
    ledger_call_push_place(&closing->call, closure->hall, queue->id, closure->day);
    ledger_call_push(&closing->call, buffer_text(&words));
    buffer_free(&words);
}

/* The number of the closure's inventories, then each with its capacity from now on. */
static void push_capacities(struct closing *closing)
{
    const struct hall *hall = closing->hall;
    unsigned count = 0;

    for (size_t q = 0; q < hall->queue_count; q++)
        count += closure_covers(&closing->closure, &hall->queues[q]);
    ledger_call_push_integer(&closing->call, count);
    for (size_t q = 0; q < hall->queue_count; q++)
        if (closure_covers(&closing->closure, &hall->queues[q]))
            push_capacity(closing, &hall->queues[q]);
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

static void push_lists(struct ledger_call *call, const struct text *lists, unsigned count)
{
    ledger_call_push_integer(call, count);
    for (unsigned i = 0; i < count; i++)
        ledger_call_push(call, lists[i]);
}

/* The lists of candidates for each service of the closed queues. */
static void push_candidates(struct closing *closing)
{
    const struct hall *hall = closing->hall;
    struct text *lists =
        memory_new((closing->edition->catalogue->service_count + 1) * sizeof *lists);
    struct candidate_search search;
    struct buffer list = {0};
    unsigned count = 0;

    candidate_search_init(&search, closing->edition, &closing->closure, clock_now_ms());
    for (size_t q = 0; q < hall->queue_count; q++) {
        const struct queue *queue = &hall->queues[q];
        if (!closure_covers(&closing->closure, queue))
            continue;
        for (size_t s = 0; s < queue->service_count; s++) {
            append_candidates(&closing->call, &search, queue, queue->services[s], &list);
            if (list.length)
                lists[count++] = arena_copy(&closing->arena, buffer_text(&list));
        }
    }
    push_lists(&closing->call, lists, count);
    candidate_search_free(&search);
    buffer_free(&list);
    free(lists);
}

/* 'FROM TO QUEUE|* offer|none CREATED_MS REASON' */
static void append_value(struct buffer *value, const struct closure *closure)
{
    buffer_printf(value, "%u %u " TEXT_FMT " %s %lld ", closure->from, closure->to,
                  TEXT_ARG(closure->queue.length ? closure->queue : TEXT("*")),
                  closure->has_offers ? "offer" : "none", (long long)closure->created_at_ms);
    buffer_append(value, closure->reason);
}

static void fill_close(struct closing *closing, struct buffer *words)
{
    const struct closure *closure = &closing->closure;
    struct ledger_call *call = &closing->call;

    ledger_call_push(call, buffer_text(words));
    buffer_clear(words);
    append_value(words, closure);
    ledger_call_push(call, buffer_text(words));
    ledger_call_push(call, closure->has_offers ? TEXT("offer") : TEXT("none"));
    ledger_call_push_integer(call, closure->from);
    ledger_call_push_integer(call, closure->to);
    ledger_call_push_integer(call, OFFER_SECONDS);
    push_capacities(closing);
    if (closure->has_offers)
        push_candidates(closing);
    else
        push_lists(call, NULL, 0);
}

void closing_fill_call(struct closing *closing)
{
    const struct closure *closure = &closing->closure;
    struct ledger_call *call = &closing->call;
    struct buffer words = {0};

    add_places(closing);
    if (!closing->is_lifting) {
        ledger_call_push(call, closing->has_tag ? text_bytes(closing->tag, TAG_BYTES) : TEXT(""));
        ledger_call_push(call, text_bytes(closing->digest, DIGEST_BYTES));
    }
    ledger_call_push_integer(call, closing->edition->plan.version);
    buffer_append(&words, closure->hall);
    buffer_append_byte(&words, ' ');
    calendar_append_compact_date(&words, closure->day);
    if (closing->is_lifting) {
        buffer_printf(&words, " %u", closure->number);
        ledger_call_push(call, buffer_text(&words));
        push_capacities(closing);
    } else {
        fill_close(closing, &words);
    }
    buffer_free(&words);
}

/* Takes the affected as the call itself saw them. */
static bool take_affected(struct closing *closing, const struct store_reply *rows)
{
    struct arena *arena = &closing->arena;

    closing->affected_count = (unsigned)(store_reply_count(rows) / AFFECTED_ROW);
    closing->affected = arena_new(arena, (closing->affected_count + 1) * sizeof *closing->affected);
    for (unsigned i = 0; i < closing->affected_count; i++) {
        struct text place = store_reply_text_at(rows, AFFECTED_ROW * i);
        struct text record = store_reply_text_at(rows, AFFECTED_ROW * i + 1);
        struct reservation *one = &closing->affected[i];
        if (!reservation_parse_place(arena_copy(arena, place), &one->id) ||
            !reservation_parse_record(arena_copy(arena, record), one))
            return false;
    }
    return true;
}

static bool take_restored(struct closing *closing, const struct store_reply *places)
{
    struct arena *arena = &closing->arena;

    closing->affected_count = (unsigned)store_reply_count(places);
    closing->places = arena_new(arena, (closing->affected_count + 1) * sizeof *closing->places);
    for (unsigned i = 0; i < closing->affected_count; i++)
        if (!reservation_parse_place(arena_copy(arena, store_reply_text_at(places, i)),
                                     &closing->places[i]))
            return false;
    return true;
}

void closing_take_reply(struct closing *closing, const struct store_reply *reply)
{
    bool is_understood;

    if (closing->is_lifting) {
        closing->closure.is_in_force = false;
        is_understood = take_restored(closing, store_reply_at(reply, LEDGER_DETAILS));
        closing->step = CLOSING_READ;
    } else {
        closing->closure.number =
            (uint32_t)store_reply_integer(store_reply_at(reply, LEDGER_DETAILS));
        is_understood = take_affected(closing, store_reply_at(reply, LEDGER_DETAILS + 1));
        closing->step = CLOSING_PARTS;
    }
    if (!is_understood)
        closing_fail(closing, STORE_ERROR);
}
