/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/closing.h"

#include "slots/days/closure_candidates.h"

void closing_init(struct closing *closing, struct city *city, const struct closure *closure)
{
    *closing = (struct closing){.city = city};
    closing_take(closing, closure);
}

void closing_free(struct closing *closing)
{
    edition_release(closing->edition);
    arena_free(&closing->arena);
}

bool closing_look_up(struct closing *closing)
{
    const struct closure *closure = &closing->closure;
    struct edition *edition = edition_hold(closing->city->edition);

    edition_release(closing->edition);
    closing->edition = edition;
    closing->hall = catalogue_hall(edition->catalogue, closure->hall);
    return closing->hall && (!closure->queue.length || hall_queue(closing->hall, closure->queue));
}

void closing_take(struct closing *closing, const struct closure *closure)
{
    closing->closure = *closure;
    closing->closure.hall = arena_copy(&closing->arena, closure->hall);
    closing->closure.queue = arena_copy(&closing->arena, closure->queue);
    closing->closure.reason = arena_copy(&closing->arena, closure->reason);
}

/* The tag names the key and whose it is; the digest tells whether the request is the same. */
void closing_tag(struct closing *closing, struct text principal, struct text idempotency_key)
{
    const struct closure *closure = &closing->closure;
    const unsigned numbers[] = {(unsigned)closure->day, closure->from, closure->to,
                                closure->has_offers};
    const struct text key[] = {principal, idempotency_key};
    const struct text request[] = {TEXT("closure"), closure->hall, closure->queue,
                                   text_bytes(numbers, sizeof numbers), closure->reason};

    closing->has_tag = idempotency_key.length > 0;
    vault_digest(&closing->city->keys, key, sizeof key / sizeof *key, closing->tag, TAG_BYTES);
    vault_digest(&closing->city->keys, request, sizeof request / sizeof *request, closing->digest,
                 DIGEST_BYTES);
}

static void push_capacity(const struct closing *closing, struct ledger_call *call,
                          const struct queue *queue)
{
    const struct edition *edition = closing->edition;
    const struct closure *closure = &closing->closure;
    struct day_capacity capacity;

    if (closing->is_lifting)
        plan_capacity(&edition->plan, edition->catalogue, queue, closure->day, closure, &capacity);
    else
        closure_capacity(edition, closure, queue, closure->day, &capacity);
    ledger_call_push_place(call, closure->hall, queue->id, closure->day);
    ledger_call_push_capacity(call, &capacity);
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

/* 'FROM TO QUEUE|* offer|none CREATED_MS REASON' */
static void append_value(struct buffer *value, const struct closure *closure)
{
    buffer_printf(value, "%u %u " TEXT_FMT " %s %lld ", closure->from, closure->to,
                  TEXT_ARG(closure->queue.length ? closure->queue : TEXT("*")),
                  closure->has_offers ? "offer" : "none", (long long)closure->created_at_ms);
    buffer_append(value, closure->reason);
}

void closing_push_name(const struct closing *closing, struct ledger_call *call)
{
    const struct closure *closure = &closing->closure;
    struct buffer words = {0};

    buffer_append(&words, closure->hall);
    buffer_append_byte(&words, ' ');
    calendar_append_compact_date(&words, closure->day);
    if (closure->number)
        buffer_printf(&words, " %u", closure->number);
    ledger_call_push_words(call, &words);
}

void closing_push(struct closing *closing, struct ledger_call *call)
{
    struct buffer value = {0};

    if (!closing->is_lifting) {
        ledger_call_push(call, closing->has_tag ? text_bytes(closing->tag, TAG_BYTES) : TEXT(""));
        ledger_call_push(call, text_bytes(closing->digest, DIGEST_BYTES));
    }
    ledger_call_push_integer(call, closing->edition->plan.version);
    closing_push_name(closing, call);
    if (!closing->is_lifting) {
        append_value(&value, &closing->closure);
        ledger_call_push_words(call, &value);
    }
    push_capacities(closing, call);
}
