/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "scheduler/floor.h"

/* Why a ticket was called, as scheduler/windows.lua says it. */

enum calling_rule {
    CALLED_BY_CREDIT, /* it had the largest */
    CALLED_PUT_BACK,  /* it had been put back and its turn had come */
    CALLED_CHOSEN,    /* the clerk named it */
    CALLED_ONLY_ONE,  /* nobody else waited for the window */
};

/* How a ticket stood then. */
struct calling_standing {
    struct text ticket; /* its key 'ISSUER/tN' */
    struct text class;  /* "walk_in", "appointment", "priority", "put_back"; empty: it does not say
                         */
    bool has_credit;
    double weight, waited_seconds, credit;
};

struct calling_reason {
    enum calling_rule rule;
    struct calling_standing own;
    struct calling_standing next; /* who would have been next without it; no ticket: nobody */
};

/* Reads a reason; its texts are in the arena. False for anything else. */
bool calling_reason_parse(struct arena *arena, struct text json, struct calling_reason *reason);

/* Appends it as JSON for clients: numbers instead of keys, as the floor (may be NULL) knows them,
 * and a sentence for the clerk. */
void calling_reason_append_json(struct buffer *json, const struct hall *hall,
                                const struct floor *floor, const struct calling_reason *reason,
                                bool english);
