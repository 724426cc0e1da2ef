/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/waitlist_enter.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/booking/intake.h"
#include "slots/days/draws.h"
#include "slots/days/openings.h"
#include "slots/ledger/ledger_call.h"

enum step { STEP_LOOK, STEP_SEND, STEP_OPEN, STEP_READ_FIRST, STEP_DONE };
enum flow { WAIT, MORE };

enum {
    ATTEMPTS_MAX = 4, /* opening an inventory sends an entry round again, not for ever */
};

struct enter {
    struct city *city;
    struct edition *edition;
    enum step step;
    unsigned attempts;
    int status;
    struct refusal refusal;
    const struct hall *hall;
    const struct queue *queue;
    const struct service *service;
    struct waitlist_entry made;
    struct reservation_id first; /* the entry of the first request with this key */
    unsigned char tag[TAG_BYTES], digest[DIGEST_BYTES], agent[PERSON_KEY_BYTES];
    bool has_tag, has_agent;
    struct proof proof;
    waitlist_entered *callback;
    void *owner;
    struct buffer record;
    struct arena arena;
};

static void run(struct enter *enter);

static void fail(struct enter *enter, int status)
{
    enter->status = status;
    enter->step = STEP_DONE;
}

/* Why a half hour cannot be waited for, or REFUSAL_NONE. */
static enum refusal_kind look_at(struct enter *enter, const struct inventory *inventory,
                                 unsigned slot)
{
    if (inventory_fit(inventory, slot, enter->service->span, true, SLOTS_A_DAY) < 0)
        return REFUSAL_CLOSED;
    if (clock_now_ms() >=
        hall_closes_at_ms(enter->edition->catalogue, enter->hall, enter->made.entry.id.day, slot))
        return REFUSAL_TOO_LATE;
    return REFUSAL_NONE;
}

/* The day of a lottery queue is open to the waitlist once it is drawn. */
static int64_t opens_at_ms(const struct enter *enter)
{
    const struct catalogue *catalogue = enter->edition->catalogue;
    day_number day = enter->made.entry.id.day;

    return queue_draws_on(enter->queue, day) ? draws_at_ms(catalogue, enter->queue, day)
                                             : hall_opens_at_ms(catalogue, enter->hall, day);
}

/* The rules that need no store; REFUSAL_NONE when nothing speaks against it. */
static enum refusal_kind look(struct enter *enter)
{
    day_number day = enter->made.entry.id.day;
    struct text starts = enter->made.entry.extras.starts;
    const struct inventory *open = view_find(&enter->edition->view, enter->queue, day);
    struct inventory planned = {.day = day};
    struct day_capacity capacity;
    enum refusal_kind kind = REFUSAL_NONE;

    plan_capacity(&enter->edition->plan, enter->edition->catalogue, enter->queue, day, NULL,
                  &capacity);
    memcpy(planned.capacity, capacity.capacity, sizeof planned.capacity);
    for (size_t i = 0; i < starts.length && kind == REFUSAL_NONE; i++)
        kind = look_at(enter, open ? open : &planned, (unsigned char)starts.data[i]);
    if (kind == REFUSAL_NONE && clock_now_ms() < opens_at_ms(enter)) {
        enter->refusal.opens_at_ms = opens_at_ms(enter);
        kind = REFUSAL_NOT_RELEASED;
    }
    return kind;
}

/* Whether a half hour is served now is Redis's to say when the view is behind; the other rules are
 * the clock's. */
static bool is_sure(const struct enter *enter, enum refusal_kind kind, int proof)
{
    return proof != PROOF_REPEATED &&
           (kind != REFUSAL_CLOSED ||
            (proof == PROOF_CURRENT && enter->edition == enter->city->edition));
}

static void proof_answered(struct proof *proof, int outcome)
{
    struct enter *enter = CONTAINER_OF(proof, struct enter, proof);
    enum refusal_kind kind = look(enter);

    enter->step = STEP_SEND;
    if (outcome < 0) {
        fail(enter, outcome);
    } else if (kind != REFUSAL_NONE && is_sure(enter, kind, outcome)) {
        enter->refusal.kind = kind;
        enter->step = STEP_DONE;
    }
    run(enter);
}

/* Every refusal goes through the proof: it may be of a repeated request, and it keeps the promise
 * that nothing is answered from inside waitlist_enter(). */
static enum flow step_look(struct enter *enter)
{
    if (look(enter) == REFUSAL_NONE) {
        enter->step = STEP_SEND;
        return MORE;
    }
    prove_submit(enter->city->intake->prover, &enter->proof);
    return WAIT;
}

/* It was made: number, position, and the place that was given at once with its record. */
static bool understand(struct enter *enter, const struct store_reply *reply)
{
    struct waitlist_entry *made = &enter->made;
    struct reservation *place = &made->place;
    struct text given = arena_copy(&enter->arena, store_reply_text_at(reply, LEDGER_DETAILS + 2));
    struct text record = arena_copy(&enter->arena, store_reply_text_at(reply, LEDGER_DETAILS + 4));

    made->entry.id.sequence = (uint32_t)store_reply_integer(store_reply_at(reply, LEDGER_DETAILS));
    made->position = (unsigned)store_reply_integer(store_reply_at(reply, LEDGER_DETAILS + 1));
    made->status = WAITLIST_WAITING;
    if (!given.length)
        return made->entry.id.sequence > 0;
    if (!reservation_parse_place(given, &place->id) || !reservation_parse_record(record, place))
        return false;
    made->status = place->status == RESERVATION_OFFERED ? WAITLIST_OFFERED : WAITLIST_PROMOTED;
    return true;
}

static void entered(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct enter *enter = owner;

    enter->refusal = refusal_parse(outcome, store_reply_text_at(reply, LEDGER_DETAILS));
    enter->step = STEP_DONE;
    if (status || (enter->refusal.kind == REFUSAL_NONE && !understand(enter, reply))) {
        fail(enter, status ? status : STORE_FOUND(STORE_STRANGE));
    } else if (enter->refusal.kind == REFUSAL_NOT_OPEN && enter->attempts < ATTEMPTS_MAX) {
        enter->step = STEP_OPEN;
    } else if (enter->refusal.kind == REFUSAL_REPEATED && enter->refusal.has_other) {
        enter->first = enter->refusal.other.id;
        enter->first.hall = arena_copy(&enter->arena, enter->first.hall);
        enter->first.queue = arena_copy(&enter->arena, enter->first.queue);
        enter->step = STEP_READ_FIRST;
    }
    run(enter);
}

static enum flow step_send(struct enter *enter)
{
    const struct reservation *entry = &enter->made.entry;
    struct ledger_call call;

    enter->attempts++;
    ledger_call_start(&call, enter->city, slots_library.enter);
    ledger_call_push(&call, TEXT("w"));
    ledger_call_push_place(&call, entry->id.hall, entry->id.queue, entry->id.day);
    ledger_call_push(&call, text_bytes(enter->tag, enter->has_tag ? TAG_BYTES : 0));
    ledger_call_push(&call, text_bytes(enter->digest, DIGEST_BYTES));
    ledger_call_push(&call, entry->extras.agent);
    ledger_call_push(&call, text_bytes(entry->person, PERSON_KEY_BYTES));
    ledger_call_push(&call, entry->service);
    ledger_call_push(&call, buffer_text(&enter->record));
    ledger_call_send(&call, entered, enter);
    return WAIT;
}

static void opened(void *owner, int status)
{
    struct enter *enter = owner;

    enter->step = STEP_SEND;
    if (status < 0)
        fail(enter, status);
    run(enter);
}

/* The inventory of a lottery queue is opened by its draw. */
static enum flow step_open(struct enter *enter)
{
    day_number day = enter->made.entry.id.day;

    if (queue_draws_on(enter->queue, day))
        draws_run(enter->city, enter->queue, day, opened, enter);
    else
        openings_open(enter->city, enter->queue, day, opened, enter);
    return WAIT;
}

static void finish(struct enter *enter)
{
    enter->callback(enter->owner, enter->status, &enter->refusal, &enter->made);
    edition_release(enter->edition);
    buffer_free(&enter->record);
    arena_free(&enter->arena);
    free(enter);
}

/* Its texts live in the call: the flow ends in it. */
static void first_read(void *owner, int status, const struct refusal *refusal,
                       const struct waitlist_entry *entry)
{
    struct enter *enter = owner;

    enter->status = status;
    enter->refusal = *refusal;
    enter->made = *entry;
    enter->step = STEP_DONE;
    run(enter);
}

static enum flow step_read_first(struct enter *enter)
{
    waitlist_read(enter->city, &enter->first, &(struct reach){0}, first_read, enter);
    return WAIT;
}

static void run(struct enter *enter)
{
    static enum flow (*const steps[])(struct enter *) = {
        [STEP_LOOK] = step_look,
        [STEP_SEND] = step_send,
        [STEP_OPEN] = step_open,
        [STEP_READ_FIRST] = step_read_first,
    };

    while (enter->step != STEP_DONE)
        if (steps[enter->step](enter) == WAIT)
            return;
    finish(enter);
}

static struct person copy_person(struct arena *arena, struct text name, struct text id_number,
                                 struct text phone, enum id_type id_type)
{
    return (struct person){arena_copy(arena, name), arena_copy(arena, id_number),
                           arena_copy(arena, phone), id_type};
}

static void copy_applicant(struct enter *enter, const struct applicant *applicant)
{
    struct arena *arena = &enter->arena;
    struct reservation *entry = &enter->made.entry;
    struct person person = copy_person(arena, applicant->name, applicant->id_number,
                                       applicant->phone, applicant->id_type);
    const struct person *agent = &applicant->agent;

    enter->made.applicant = (struct applicant){
        .name = person.name,
        .id_number = person.id_number,
        .phone = person.phone,
        .id_type = person.id_type,
        .agent = copy_person(arena, agent->name, agent->id_number, agent->phone, agent->id_type)};
    vault_person(&enter->city->keys, person.id_type, person.id_number, entry->person);
    if (!agent->id_number.length)
        return;
    vault_person(&enter->city->keys, agent->id_type, agent->id_number, enter->agent);
    entry->extras.agent = text_bytes(enter->agent, PERSON_KEY_BYTES);
}

static void copy_order(struct enter *enter, const struct waitlist_order *order)
{
    struct reservation *entry = &enter->made.entry;
    struct arena *arena = &enter->arena;

    enter->hall = order->hall;
    enter->queue = order->queue;
    enter->service = order->service;
    entry->id = (struct reservation_id){.hall = order->hall->id,
                                        .queue = order->queue->id,
                                        .day = order->day,
                                        .kind = KIND_WAITING};
    reservation_make_salt(entry->id.salt);
    entry->service = order->service->id;
    entry->channel = arena_copy(arena, order->channel);
    entry->slot = order->starts[0];
    entry->span = order->service->span;
    entry->units = order->service->units;
    entry->status = RESERVATION_WAITING;
    entry->evidence = EVIDENCE_OFF;
    entry->created_at_ms = clock_now_ms();
    entry->creator = order->creator;
    entry->extras.booker = arena_copy(&enter->arena, order->booker);
    entry->extras.priority = priority_of(order->priority, order->applicant.id_type,
                                         order->applicant.id_number, order->day);
    entry->extras.starts = arena_copy(arena, text_bytes(order->starts, order->start_count));
    copy_applicant(enter, &order->applicant);
    reservation_append_record(&enter->record, entry, &enter->made.applicant, &enter->city->keys);
}

/* The tag names the key and whose it is; the digest tells whether the request is the same. */
static void digest_order(struct enter *enter, const struct waitlist_order *order)
{
    const struct applicant *applicant = &order->applicant;
    char priority = (char)order->priority;
    const char types[] = {id_type_letter(applicant->id_type),
                          id_type_letter(applicant->agent.id_type)};
    bool has_types = applicant->id_type != ID_CARD || applicant->agent.id_type != ID_CARD;
    const struct text key[] = {order->principal, order->idempotency_key};
    const struct text request[] = {
        TEXT("waitlist"),
        order->hall->id,
        order->service->id,
        text_bytes(&order->day, sizeof order->day),
        text_bytes(order->starts, order->start_count),
        applicant->name,
        applicant->id_number,
        applicant->phone,
        applicant->agent.name,
        applicant->agent.id_number,
        applicant->agent.phone,
        text_bytes(&priority, 1),
        text_bytes(types, sizeof types), /* ID cards alone go without saying */
    };
    size_t count = sizeof request / sizeof *request - !has_types;

    vault_digest(&enter->city->keys, request, count, enter->digest, DIGEST_BYTES);
    if (!order->idempotency_key.length)
        return;
    enter->has_tag = enter->proof.has_tag = true;
    vault_digest(&enter->city->keys, key, sizeof key / sizeof *key, enter->tag, TAG_BYTES);
    memcpy(enter->proof.tag, enter->tag, TAG_BYTES);
}

void waitlist_enter(struct city *city, const struct waitlist_order *order,
                    waitlist_entered *callback, void *owner)
{
    struct enter *enter = memory_new(sizeof *enter);

    enter->city = city;
    enter->edition = edition_hold(city->edition);
    enter->callback = callback;
    enter->owner = owner;
    enter->proof.on_answer = proof_answered;
    copy_order(enter, order);
    digest_order(enter, order);
    run(enter);
}
