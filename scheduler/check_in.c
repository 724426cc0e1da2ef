/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "scheduler/tickets.h"
#include "slots/ledger/ledger_call.h"
#include "slots/ledger/lookup.h"
#include "slots/ledger/parts.h"
#include "slots/ledger/refusal.h"

/* Something changed between look and call: once more, not for ever. */
enum { ATTEMPTS_MAX = 4, REQUEUE_PLACES_DEFAULT = 3 };

enum step { STEP_LOOK, STEP_SEND, STEP_EXCUSE, STEP_COMPLETE, STEP_DONE };
enum flow { WAIT, MORE };

/* A check-in from the reservation's id to the ticket: find it, look at what needs no call, ask,
 * read the ticket's reservation. */
struct check_in {
    struct lookup lookup;
    struct check_in_result result;
    struct reach reach;
    struct text key, record; /* of the ticket, as the Function answered it */
    enum step step;
    int outcome;
    unsigned attempts;
    check_in_callback *callback;
    void *owner;
};

static void run(struct check_in *check_in);

static enum flow end(struct check_in *check_in, int outcome)
{
    check_in->outcome = outcome;
    check_in->step = STEP_DONE;
    return MORE;
}

/* What the Function need not be asked for; a day that has passed has no line to join, but its late
 * minutes may not be over. */
static enum flow step_look(struct check_in *check_in)
{
    const struct reservation *reservation = &check_in->lookup.reservation;

    check_in->result.state = reservation->status;
    if (reservation->id.kind == KIND_WAITING)
        return end(check_in, CHECK_IN_MISSING); /* it is no reservation yet */
    if (!reach_covers(&check_in->reach, reservation))
        return end(check_in, CHECK_IN_OUT_OF_REACH);
    if (reservation->id.kind != KIND_RESERVATION)
        return end(check_in, CHECK_IN_WRONG_STATE);
    check_in->step = STEP_SEND;
    if (reservation->id.day < city_today(check_in->lookup.city)) {
        if (reservation->status != RESERVATION_BOOKED)
            return end(check_in, CHECK_IN_WRONG_STATE);
        check_in->step = STEP_EXCUSE;
    }
    return MORE;
}

static void found(struct lookup *lookup, int outcome)
{
    struct check_in *check_in = CONTAINER_OF(lookup, struct check_in, lookup);

    check_in->step = STEP_LOOK;
    if (outcome < 0)
        end(check_in, outcome);
    else if (outcome == LOOKUP_MISSING)
        end(check_in, CHECK_IN_MISSING);
    run(check_in);
}

static enum flow again(struct check_in *check_in)
{
    if (++check_in->attempts > ATTEMPTS_MAX)
        return end(check_in, STORE_FOUND(STORE_UNSETTLED));
    lookup_again(&check_in->lookup);
    return WAIT;
}

/* Refusals that all Functions share; too early is this one's own. */
static enum flow take_refusal(struct check_in *check_in, struct text outcome,
                              const struct store_reply *reply)
{
    struct refusal refusal = refusal_parse(outcome, store_reply_text_at(reply, LEDGER_DETAILS));
    struct check_in_result *result = &check_in->result;
    int64_t opens_s;

    if (outcome.length > 1 && outcome.data[0] == 'E' &&
        text_to_integer(text_part(outcome, 1, outcome.length), 0, INT64_MAX / 1000, &opens_s)) {
        result->opens_at_ms = opens_s * 1000;
        return end(check_in, CHECK_IN_TOO_EARLY);
    }
    result->health = refusal.health;
    if (refusal.kind == REFUSAL_TOO_LATE)
        return end(check_in, CHECK_IN_LAPSED);
    if (refusal.kind == REFUSAL_NOT_GREEN)
        return end(check_in, CHECK_IN_NOT_GREEN);
    if (refusal.kind == REFUSAL_MISSING || refusal.kind == REFUSAL_AGAIN ||
        (refusal.kind == REFUSAL_STATE && refusal.other.status == RESERVATION_MOVED))
        return again(check_in);
    if (refusal.kind != REFUSAL_STATE || !refusal.has_other)
        return end(check_in, STORE_FOUND(STORE_STRANGE));
    result->state = refusal.other.status;
    return end(check_in, CHECK_IN_WRONG_STATE);
}

static void answered(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct check_in *check_in = owner;
    struct arena *arena = &check_in->lookup.arena;
    enum flow flow = MORE;

    if (status < 0) {
        end(check_in, status);
    } else if (text_is(outcome, "ok")) {
        check_in->key = arena_copy(arena, store_reply_text_at(reply, LEDGER_DETAILS));
        check_in->record = arena_copy(arena, store_reply_text_at(reply, LEDGER_DETAILS + 1));
        check_in->step = STEP_COMPLETE;
    } else {
        flow = take_refusal(check_in, outcome, reply);
    }
    if (flow == MORE)
        run(check_in);
}

static unsigned requeue_places(const struct check_in *check_in)
{
    const struct reservation_id *id = &check_in->lookup.reservation.id;
    const struct catalogue *catalogue = check_in->lookup.city->edition->catalogue;
    const struct queue *queue = catalogue_queue(catalogue, id->hall, id->queue);

    return queue ? queue->requeue_places : REQUEUE_PLACES_DEFAULT;
}

static enum flow step_send(struct check_in *check_in)
{
    const struct reservation *reservation = &check_in->lookup.reservation;
    const struct reservation_id *id = &reservation->id;
    struct ledger_call call;
    char salt[SALT_BYTES];

    reservation_make_salt(salt);
    ledger_call_start(&call, check_in->lookup.city, slots_library.check_in);
    ledger_call_hall(&call, id->hall, id->day);
    ledger_call_push_place(&call, id->hall, id->queue, id->day);
    ledger_call_push_integer(&call, id->sequence);
    ledger_call_push(&call, text_bytes(salt, sizeof salt));
    ledger_call_push_integer(&call, requeue_places(check_in));
    if (!parts_add_places(reservation, &call)) {
        ledger_call_drop(&call);
        return end(check_in, STORE_FOUND(STORE_STRANGE));
    }
    ledger_call_send(&call, answered, check_in);
    return WAIT;
}

static void excused(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct check_in *check_in = owner;
    enum flow flow = MORE;

    if (status < 0)
        end(check_in, status);
    else if (text_is(outcome, "ok"))
        end(check_in, CHECK_IN_DAY_OVER);
    else
        flow = take_refusal(check_in, outcome, reply);
    if (flow == MORE)
        run(check_in);
}

static enum flow step_excuse(struct check_in *check_in)
{
    const struct reservation_id *id = &check_in->lookup.reservation.id;
    struct ledger_call call;

    ledger_call_start(&call, check_in->lookup.city, slots_library.excuse);
    ledger_call_push_place(&call, id->hall, id->queue, id->day);
    ledger_call_push_integer(&call, id->sequence);
    ledger_call_send(&call, excused, check_in);
    return WAIT;
}

static void completed(void *owner, int status, const struct ticket_found *ticket)
{
    struct check_in *check_in = owner;

    check_in->result.found = ticket;
    check_in->callback(check_in->owner, status < 0 ? status : CHECK_IN_DONE, &check_in->result);
    lookup_end(&check_in->lookup);
    free(check_in);
}

static enum flow step_complete(struct check_in *check_in)
{
    const struct reservation_id *id = &check_in->lookup.reservation.id;

    tickets_complete(check_in->lookup.city, id->hall, id->day, check_in->key, check_in->record,
                     completed, check_in);
    return WAIT;
}

static void step_done(struct check_in *check_in)
{
    check_in->callback(check_in->owner, check_in->outcome, &check_in->result);
    lookup_end(&check_in->lookup);
    free(check_in);
}

static void run(struct check_in *check_in)
{
    enum flow flow = MORE;

    while (flow == MORE)
        switch (check_in->step) {
        case STEP_LOOK:
            flow = step_look(check_in);
            break;
        case STEP_SEND:
            flow = step_send(check_in);
            break;
        case STEP_EXCUSE:
            flow = step_excuse(check_in);
            break;
        case STEP_COMPLETE:
            flow = step_complete(check_in);
            break;
        case STEP_DONE:
            step_done(check_in);
            return;
        }
}

void tickets_check_in(struct city *city, const struct reservation_id *id, const struct reach *reach,
                      check_in_callback *callback, void *owner)
{
    struct check_in *check_in = memory_new(sizeof *check_in);

    check_in->callback = callback;
    check_in->owner = owner;
    lookup_start(&check_in->lookup, city, id, found);
    check_in->reach = reach_copy(&check_in->lookup.arena, reach);
}
