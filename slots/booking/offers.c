/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/offers.h"

#include <stdlib.h>

#include "slots/catalogue/keys.h"
#include "slots/ledger/ledger_call.h"

/* An offer that is being answered. */
struct answering {
    struct city *city;
    const char *verb; /* as the Function takes it */
    struct reservation_id id;
    struct reach reach;
    struct reservation offer; /* as it was read; its texts point into `record` */
    offers_callback *answered;
    void (*lapsed)(void *owner, int status); /* instead of it */
    void *owner;
    struct buffer record;
    struct arena arena;
};

static void finish(struct answering *answering, int status, const struct refusal *refusal,
                   const struct reservation *reservation, const struct applicant *applicant)
{
    if (answering->lapsed)
        answering->lapsed(answering->owner, status);
    else
        answering->answered(answering->owner, status, refusal, reservation, applicant);
    buffer_free(&answering->record);
    arena_free(&answering->arena);
    free(answering);
}

static void refuse(struct answering *answering, enum refusal_kind kind)
{
    struct refusal refusal = {.kind = kind, .has_other = kind == REFUSAL_STATE};

    refusal.other = answering->offer;
    finish(answering, 0, &refusal, NULL, NULL);
}

/* Its time is over, and it is about to lapse. */
static void refuse_lapsed(struct answering *answering)
{
    answering->offer.status = RESERVATION_LAPSED;
    refuse(answering, REFUSAL_STATE);
}

/* The reservation: detail 0 its record, detail 1 where it stands. */
static void give(struct answering *answering, const struct refusal *refusal,
                 const struct store_reply *reply)
{
    struct reservation reservation = {0};
    struct applicant applicant;
    struct buffer plain = {0};

    if (reservation_parse_place(store_reply_text_at(reply, LEDGER_DETAILS + 1), &reservation.id) &&
        reservation_parse_record(store_reply_text_at(reply, LEDGER_DETAILS), &reservation) &&
        reservation_unseal(&reservation, &answering->city->keys, &plain, &applicant))
        finish(answering, 0, refusal, &reservation, &applicant);
    else
        finish(answering, STORE_FOUND(STORE_STRANGE), NULL, NULL, NULL);
    if (plain.data)
        sodium_memzero(plain.data, plain.capacity);
    buffer_free(&plain);
}

static void offer_answered(void *owner, int status, struct text outcome,
                           const struct store_reply *reply)
{
    struct answering *answering = owner;
    struct refusal refusal;

    if (status) {
        finish(answering, status, NULL, NULL, NULL);
        return;
    }
    refusal = refusal_parse(outcome, store_reply_text_at(reply, LEDGER_DETAILS));
    if (answering->lapsed)
        finish(answering, refusal.kind == REFUSAL_MISSING, NULL, NULL, NULL);
    else if (refusal.kind == REFUSAL_NONE)
        give(answering, &refusal, reply);
    else if (refusal.kind == REFUSAL_TOO_LATE)
        refuse_lapsed(answering);
    else
        finish(answering, 0, &refusal, NULL, NULL);
}

static void add_place(struct ledger_call *call, struct text place)
{
    struct reservation_id id;

    if (place.length && reservation_parse_place(place, &id))
        ledger_call_place(call, id.hall, id.queue, id.day);
}

/* With the places of the offer and, if it is a closure's, of the reservation that it is for and of
 * where that one was first. */
static void send_offer(struct answering *answering)
{
    const struct reservation_id *id = &answering->id;
    struct ledger_call call;

    ledger_call_start(&call, answering->city, slots_library.offer);
    ledger_call_push(&call, text_of(answering->verb));
    ledger_call_push_place(&call, id->hall, id->queue, id->day);
    ledger_call_push_integer(&call, id->sequence);
    add_place(&call, answering->offer.extras.offer_for);
    add_place(&call, answering->offer.extras.origin);
    ledger_call_send(&call, offer_answered, answering);
}

/* Whether the caller may answer it: it is there, is his, and stands. */
static void judge(struct answering *answering, bool understood)
{
    const struct reservation *offer = &answering->offer;

    if (answering->record.length && !understood)
        finish(answering, STORE_FOUND(STORE_STRANGE), NULL, NULL, NULL);
    else if (!understood || memcmp(offer->id.salt, answering->id.salt, SALT_BYTES) != 0)
        refuse(answering, REFUSAL_MISSING);
    else if (!reach_covers(&answering->reach, offer))
        refuse(answering, REFUSAL_OUT_OF_REACH);
    else if (offer->status != RESERVATION_OFFERED)
        refuse(answering, REFUSAL_STATE);
    else
        send_offer(answering);
}

static void record_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct answering *answering = owner;
    bool understood;

    if (status != STORE_OK) {
        finish(answering, status, NULL, NULL, NULL);
        return;
    }
    buffer_append(&answering->record, store_reply_text(reply));
    answering->offer.id = answering->id;
    understood = reservation_parse_record(buffer_text(&answering->record), &answering->offer);
    if (answering->lapsed)
        send_offer(answering); /* also when it is gone: the Function forgets what was due */
    else
        judge(answering, understood);
}

static void start(struct answering *answering, const struct reservation_id *id)
{
    struct arena *arena = &answering->arena;
    struct city *city = answering->city;

    answering->id = *id;
    answering->id.hall = arena_copy(arena, id->hall);
    answering->id.queue = arena_copy(arena, id->queue);
    store_command(city->store,
                  STORE_ARGS(TEXT("HGET"), key_reservations(arena, city->code, id->day),
                             reservation_field(arena, &answering->id)),
                  0, record_answered, answering);
}

static void answer(struct city *city, const struct reservation_id *id, const struct reach *reach,
                   const char *verb, offers_callback *callback, void *owner)
{
    struct answering *answering = memory_new(sizeof *answering);

    answering->city = city;
    answering->verb = verb;
    answering->reach = reach_copy(&answering->arena, reach);
    answering->answered = callback;
    answering->owner = owner;
    start(answering, id);
}

void offers_accept(struct city *city, const struct reservation_id *id, const struct reach *reach,
                   offers_callback *callback, void *owner)
{
    answer(city, id, reach, "accept", callback, owner);
}

void offers_decline(struct city *city, const struct reservation_id *id, const struct reach *reach,
                    offers_callback *callback, void *owner)
{
    answer(city, id, reach, "decline", callback, owner);
}

void offers_lapse(struct city *city, const struct reservation_id *id,
                  void (*callback)(void *owner, int status), void *owner)
{
    struct answering *answering = memory_new(sizeof *answering);

    answering->city = city;
    answering->verb = "lapse";
    answering->lapsed = callback;
    answering->owner = owner;
    start(answering, id);
}
