/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/prove.h"

#include <stdlib.h>

#include "slots/catalogue/keys.h"
#include "slots/ledger/library.h"
#include "store/turn.h"

enum { PROOFS_MAX = 256, PROOF_ARGS_BEFORE_TAGS = 6 };

struct prover {
    struct city *city;
    struct list gathering;
    bool in_flight;
    struct turn *turn;
};

/* The proofs of one call; those with a tag come in the order of the tags. */
struct proof_call {
    struct prover *prover;
    unsigned count;
    struct proof *proofs[PROOFS_MAX];
};

static void flush(void *owner);

struct prover *prover_new(struct city *city)
{
    struct prover *prover = memory_new(sizeof *prover);

    prover->city = city;
    list_init(&prover->gathering);
    prover->turn = turn_new(city->loop, flush, prover);
    return prover;
}

void prover_free(struct prover *prover)
{
    turn_free(prover->turn);
    free(prover);
}

static bool is_current(const struct city *city, struct text last_id)
{
    return stream_position_compare(city->edition->view.position, stream_position_parse(last_id)) >=
           0;
}

static void proofs_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct proof_call *call = owner;
    struct prover *prover = call->prover;
    bool current = status == STORE_OK && is_current(prover->city, store_reply_text_at(reply, 0));
    size_t tag = 1;

    prover->in_flight = false;
    for (unsigned i = 0; i < call->count; i++) {
        struct proof *proof = call->proofs[i];
        bool repeated = proof->has_tag && store_reply_integer(store_reply_at(reply, tag++)) == 1;

        if (status != STORE_OK)
            proof->on_answer(proof, status);
        else
            proof->on_answer(proof, repeated  ? PROOF_REPEATED
                                    : current ? PROOF_CURRENT
                                              : PROOF_ASK);
    }
    free(call);
    if (!list_is_empty(&prover->gathering))
        turn_request(prover->turn);
}

static void flush(void *owner)
{
    struct prover *prover = owner;
    struct text args[PROOF_ARGS_BEFORE_TAGS + PROOFS_MAX], city = prover->city->code;
    struct arena arena = {0};
    struct proof_call *call;
    struct list *item;
    size_t count = 0;

    if (prover->in_flight || list_is_empty(&prover->gathering))
        return;
    call = memory_new(sizeof *call);
    call->prover = prover;
    args[count++] = TEXT("FCALL_RO");
    args[count++] = slots_library.prove;
    args[count++] = TEXT("3");
    args[count++] = key_events(&arena, city);
    args[count++] = key_idempotency(&arena, city, city_today(prover->city));
    args[count++] = key_idempotency(&arena, city, city_today(prover->city) - 1);
    while (call->count < PROOFS_MAX && (item = list_take_first(&prover->gathering))) {
        struct proof *proof = CONTAINER_OF(item, struct proof, in_gathering);
        call->proofs[call->count++] = proof;
        if (proof->has_tag)
            args[count++] = text_bytes(proof->tag, TAG_BYTES);
    }
    prover->in_flight = true;
    store_command(prover->city->store, args, count, 0, proofs_answered, call);
    arena_free(&arena);
}

void prove_submit(struct prover *prover, struct proof *proof)
{
    list_append(&prover->gathering, &proof->in_gathering);
    turn_request(prover->turn);
}
