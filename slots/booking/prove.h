/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* Makes a refusal out of memory safe: before it is given, one read (for all of a turn's refusals
 * together) says whether the memory holds every event up to now, and whether the request repeats
 * one that was booked before. Without it a worker could answer slot-full after another one has
 * acknowledged a cancellation (docs/decisions/0002). */

enum proof_outcome {
    PROOF_CURRENT,  /* the view is as new as the request: look once more and answer */
    PROOF_ASK,      /* events are on their way: let Redis decide what the view cannot */
    PROOF_REPEATED, /* the idempotency key was used before: let Redis decide */
};

/* A refusal to be proven; belongs to its owner and must stay until the callback. */
struct proof {
    struct list in_gathering;
    unsigned char tag[TAG_BYTES];
    bool has_tag;
    /* Negative store_status or enum proof_outcome. */
    void (*on_answer)(struct proof *proof, int outcome);
};

struct prover;

struct prover *prover_new(struct city *city);
void prover_free(struct prover *prover);

/* Calls back exactly once, never from inside. */
void prove_submit(struct prover *prover, struct proof *proof);
