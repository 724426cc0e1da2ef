/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/booking/booking.h"
#include "slots/ledger/ledger_call.h"

/* What one order books, all of it or nothing: the reservation of one person, those of a party, the
 * steps of a package. A plain one joins the next batch; what names an agent, a party or a package,
 * or goes beyond the day, is a call of its own, and so is an entry of a draw. */

enum visit_kind { VISIT_SINGLE, VISIT_PARTY, VISIT_PACKAGE };

/* A reservation of it: each person's of a party, each step of a package, else the only one. The
 * first is the order's own. */
struct visit_item {
    const struct queue *queue;
    const struct service *service;
    struct reservation reservation;
    struct applicant applicant;
    struct buffer record, plain;
};

struct visit {
    struct city *city;
    struct edition *edition;
    enum visit_kind kind;
    struct visit_item *items;
    unsigned item_count;
    bool is_plain;
    bool has_priority;      /* somebody may have units that are kept */
    struct booking booking; /* of the first; tag and digest are the order's */
    struct visit_item only;
    struct arena arena;
};

/* Begins a zeroed one under the city's present edition, which it holds. */
void visit_init(struct visit *visit, struct city *city);
/* Personal data are overwritten. */
void visit_free(struct visit *visit);

/* Room for `count` items; those that there were are freed. */
void visit_make_items(struct visit *visit, unsigned count);
/* Makes or remakes the items' records: entries of a draw, or bookings. */
void visit_seal(struct visit *visit, bool is_entry);

/* The calls for what is no plain booking. The records must have been made. */

/* All its reservations or none (visit.lua). */
void visit_send(struct visit *visit, ledger_callback *callback, void *owner);
/* Its only one as an entry of its queue's draw (entries.lua). */
void visit_send_entry(struct visit *visit, ledger_callback *callback, void *owner);

/* Takes over what the functions answered when they did it: sequences and evidence. */
void visit_take_sequences(struct visit *visit, const struct store_reply *reply);
void visit_take_entry(struct visit *visit, const struct store_reply *reply);
