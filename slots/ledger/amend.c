/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/ledger/amend.h"

#include <stdlib.h>

/* Something changed between look and call: once more, not for ever. */
enum { ATTEMPTS_MAX = 4 };

static void finish(struct amendment *amendment, int status, enum refusal_kind kind)
{
    struct refusal refusal = {.kind = kind, .has_other = kind == REFUSAL_STATE};

    refusal.other.status = amendment->state;
    amendment->callback(amendment->owner, status, &refusal, amendment);
    lookup_end(&amendment->lookup);
    free(amendment);
}

static void answered(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct amendment *amendment = owner;
    enum refusal_kind kind =
        status < 0 ? REFUSAL_UNKNOWN
                   : refusal_parse(outcome, store_reply_text_at(reply, LEDGER_DETAILS)).kind;

    if (status < 0)
        finish(amendment, status, REFUSAL_NONE);
    else if (kind == REFUSAL_STATE || kind == REFUSAL_MISSING || kind == REFUSAL_AGAIN)
        lookup_again(&amendment->lookup);
    else if (kind == REFUSAL_NONE &&
             lookup_take(&amendment->lookup, store_reply_text_at(reply, LEDGER_DETAILS)))
        finish(amendment, 0, REFUSAL_NONE);
    else
        finish(amendment, STORE_FOUND(STORE_STRANGE), REFUSAL_NONE);
}

static void change(struct amendment *amendment)
{
    struct ledger_call call = {.city = amendment->lookup.city};
    enum refusal_kind kind = amendment->prepare(amendment, &call);

    int status = kind == REFUSAL_UNKNOWN ? (int)STORE_FOUND(STORE_STRANGE) : 0;

    if (kind == REFUSAL_NONE && ++amendment->attempts > ATTEMPTS_MAX)
        status = STORE_FOUND(STORE_UNSETTLED);
    if (kind == REFUSAL_NONE && !status) {
        ledger_call_send(&call, answered, amendment);
    } else {
        ledger_call_drop(&call);
        finish(amendment, status, kind);
    }
}

static void found(struct lookup *lookup, int outcome)
{
    struct amendment *amendment = CONTAINER_OF(lookup, struct amendment, lookup);

    if (outcome < 0)
        finish(amendment, outcome, REFUSAL_NONE);
    else if (outcome == LOOKUP_MISSING)
        finish(amendment, 0, REFUSAL_MISSING);
    else if (!reach_covers(&amendment->reach, &lookup->reservation))
        finish(amendment, 0, REFUSAL_OUT_OF_REACH);
    else
        change(amendment);
}

void amend_start(struct city *city, const struct reservation_id *id, const struct reach *reach,
                 amend_prepare *prepare, struct text argument, amend_callback *callback,
                 void *owner)
{
    struct amendment *amendment = memory_new(sizeof *amendment);

    amendment->prepare = prepare;
    amendment->callback = callback;
    amendment->owner = owner;
    lookup_start(&amendment->lookup, city, id, found);
    amendment->reach = reach_copy(&amendment->lookup.arena, reach);
    amendment->argument = arena_copy(&amendment->lookup.arena, argument);
}
