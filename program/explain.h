/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/list.h"
#include "scheduler/ticket.h"
#include "slots/catalogue/catalogue.h"

/* Why a ticket was called when it was: a replay of its hall's ledger of calls (docs/keys.md), in
 * lines for operators. What a credit was at an instant is computed from the catalogue's weights and
 * the ledger's times, as scheduler/windows.lua did. */

struct explanation {
    const struct catalogue *catalogue;
    const struct hall *hall;
    struct text key;      /* of the ticket, 'ISSUER/tN' */
    struct text prefixes; /* 'QUEUE=PREFIX …' of that day's numbers; empty: not recorded */
    struct buffer *out;
    bool is_known; /* it was issued */
    bool waits;
    struct text queue, directed; /* where it waits; `directed`: the only window that may call it */
    enum ticket_class class;
    int64_t arrived_ms, earns_ms;
    bool is_early; /* it waits as a walk-in until it earns */
    bool is_put_back;
    int64_t back;        /* due once its queue has made so many calls */
    struct list queues;  /* calls made by each */
    struct list windows; /* which queues each serves */
    struct arena arena;
};

/* Lines are appended to `out`. Texts of the arguments, and of the lines below, must live until
 * explain_end(). */
void explain_begin(struct explanation *explanation, const struct catalogue *catalogue,
                   const struct hall *hall, struct text key, struct text prefixes,
                   struct buffer *out);

/* The next line of the ledger. */
void explain_line(struct explanation *explanation, struct text line);

/* After the last one: says where the ticket stands, as `ticket` has it, and frees what it holds. */
void explain_end(struct explanation *explanation, const struct ticket *ticket);
