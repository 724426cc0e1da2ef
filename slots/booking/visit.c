/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/visit.h"

/* Details of the replies, behind LEDGER_DETAILS. */
enum { VISIT_SEQUENCES = 0, VISIT_EVIDENCE = 1, ENTRY_NUMBER = 0, ENTRY_EVIDENCE = 5 };

static void push_tag(struct ledger_call *call, const struct reserve *reserve)
{
    const struct booking *booking = &reserve->booking;

    ledger_call_push(call, booking->has_tag ? text_bytes(booking->tag, TAG_BYTES) : TEXT_NONE);
    ledger_call_push(call, text_bytes(booking->digest, DIGEST_BYTES));
    ledger_call_push(call, reserve->items[0].reservation.extras.agent);
}

static void push_place(struct ledger_call *call, const struct reservation_id *id)
{
    ledger_call_push_place(call, id->hall, id->queue, id->day);
}

static void push_record(struct ledger_call *call, const struct reserve_item *item)
{
    ledger_call_push(call, text_bytes(item->reservation.person, PERSON_KEY_BYTES));
    ledger_call_push(call, item->service->id);
    ledger_call_push(call, buffer_text(&item->record));
}

void visit_send(struct reserve *reserve, ledger_callback *callback)
{
    static const struct text kinds[] = {
        [RESERVE_SINGLE] = {"single", 6},
        [RESERVE_PARTY] = {"party", 5},
        [RESERVE_PACKAGE] = {"package", 7},
    };
    struct ledger_call call;

    ledger_call_start(&call, reserve->city, slots_library.visit);
    push_tag(&call, reserve);
    ledger_call_push(&call, kinds[reserve->kind]);
    ledger_call_push_integer(&call, reserve->item_count);
    for (unsigned i = 0; i < reserve->item_count; i++) {
        const struct reserve_item *item = &reserve->items[i];

        push_place(&call, &item->reservation.id);
        ledger_call_push_integer(&call, item->reservation.slot);
        ledger_call_push_integer(&call, item->reservation.span);
        ledger_call_push_integer(&call, item->reservation.units);
        push_record(&call, item);
    }
    ledger_call_send(&call, callback, reserve);
}

void visit_send_entry(struct reserve *reserve, ledger_callback *callback)
{
    struct ledger_call call;

    ledger_call_start(&call, reserve->city, slots_library.enter);
    ledger_call_push(&call, TEXT("d"));
    push_place(&call, &reserve->items[0].reservation.id);
    push_tag(&call, reserve);
    push_record(&call, &reserve->items[0]);
    ledger_call_send(&call, callback, reserve);
}

static void take_evidence(struct reservation *reservation, struct text letters, size_t i)
{
    if (i < letters.length)
        reservation->evidence = (enum reservation_evidence)letters.data[i];
}

void visit_take_sequences(struct reserve *reserve, const struct store_reply *reply)
{
    const struct store_reply *sequences = store_reply_at(reply, LEDGER_DETAILS + VISIT_SEQUENCES);
    struct text evidence = store_reply_text_at(reply, LEDGER_DETAILS + VISIT_EVIDENCE);

    for (unsigned i = 0; i < reserve->item_count; i++) {
        struct reservation *reservation = &reserve->items[i].reservation;

        reservation->id.sequence = (uint32_t)store_reply_integer(store_reply_at(sequences, i));
        take_evidence(reservation, evidence, i);
    }
}

void visit_take_entry(struct reserve *reserve, const struct store_reply *reply)
{
    struct reservation *reservation = &reserve->items[0].reservation;

    reservation->id.kind = KIND_DRAW;
    reservation->id.sequence =
        (uint32_t)store_reply_integer(store_reply_at(reply, LEDGER_DETAILS + ENTRY_NUMBER));
    take_evidence(reservation, store_reply_text_at(reply, LEDGER_DETAILS + ENTRY_EVIDENCE), 0);
}
