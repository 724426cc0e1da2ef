/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/list.h"
#include "slots/ledger/reservation.h"

/* A plain booking on its way to Redis and what becomes of it there. */

/* It belongs to its owner and must stay until the callback. */
struct booking {
    struct list in_batch;
    const struct hall *hall;
    const struct queue *queue;
    const struct service *service;
    day_number day;
    unsigned slot;
    bool has_priority; /* it may have units that are kept for priority people */
    unsigned char person[PERSON_KEY_BYTES];
    unsigned char tag[TAG_BYTES]; /* of the idempotency key */
    bool has_tag;
    unsigned char digest[DIGEST_BYTES];
    char *record; /* its evidence is written when the booking leaves */
    size_t record_length;

    /* The answer: a negative store_status, or 0; `refused` is empty, or why
     * (slots/ledger/refusal.h), and valid in the call. */
    void (*on_answer)(struct booking *booking, int status, struct text refused);
    uint32_t sequence;
    bool desk_check;
};
