/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/visit.h"

#include "slots/days/draws.h"

/* Details of the replies, behind LEDGER_DETAILS. */
enum { VISIT_SEQUENCES = 0, VISIT_EVIDENCE = 1, ENTRY_NUMBER = 0, ENTRY_EVIDENCE = 5 };

void visit_init(struct visit *visit, struct city *city)
{
    visit->city = city;
    visit->edition = edition_hold(city->edition);
}

static void free_items(struct visit *visit)
{
    for (unsigned i = 0; i < visit->item_count; i++) {
        struct visit_item *item = &visit->items[i];

        if (item->plain.data)
            sodium_memzero(item->plain.data, item->plain.capacity);
        buffer_free(&item->plain);
        buffer_free(&item->record);
    }
}

void visit_free(struct visit *visit)
{
    edition_release(visit->edition);
    free_items(visit);
    arena_free(&visit->arena);
}

void visit_make_items(struct visit *visit, unsigned count)
{
    if (visit->item_count) {
        free_items(visit);
        visit->only = (struct visit_item){0};
    }
    visit->item_count = count;
    visit->items =
        count == 1 ? &visit->only : arena_new(&visit->arena, count * sizeof *visit->items);
}

static void seal_item(struct visit *visit, struct visit_item *item, struct text agent)
{
    struct reservation *reservation = &item->reservation;
    const struct vault_city *keys = &visit->city->keys;

    vault_person(keys, item->applicant.id_type, item->applicant.id_number, reservation->person);
    if (!reservation->id.salt[0])
        reservation_make_salt(reservation->id.salt);
    reservation->extras.agent = agent;
    buffer_clear(&item->record);
    reservation_append_record(&item->record, reservation, &item->applicant, keys);
}

static struct text agent_key(struct visit *visit)
{
    const struct person *agent = &visit->items[0].applicant.agent;
    unsigned char key[PERSON_KEY_BYTES];

    if (!agent->id_number.length)
        return TEXT_NONE;
    vault_person(&visit->city->keys, agent->id_type, agent->id_number, key);
    return arena_copy(&visit->arena, text_bytes(key, sizeof key));
}

void visit_seal(struct visit *visit, bool is_entry)
{
    struct reservation *first = &visit->items[0].reservation;
    struct booking *booking = &visit->booking;
    struct text agent = agent_key(visit);
    char entry[DRAW_ID_CHARS];

    first->status = is_entry ? RESERVATION_IN_DRAW : RESERVATION_BOOKED;
    first->extras.draw_entry = TEXT_NONE;
    if (is_entry) {
        draws_make_entry(entry);
        first->extras.draw_entry = arena_copy(&visit->arena, text_bytes(entry, sizeof entry));
    }
    for (unsigned i = 0; i < visit->item_count; i++)
        seal_item(visit, &visit->items[i], agent);
    memcpy(booking->person, first->person, PERSON_KEY_BYTES);
    booking->record = visit->items[0].record.data;
    booking->record_length = visit->items[0].record.length;
}

static void push_tag(struct ledger_call *call, const struct visit *visit)
{
    const struct booking *booking = &visit->booking;

    ledger_call_push(call, booking->has_tag ? text_bytes(booking->tag, TAG_BYTES) : TEXT_NONE);
    ledger_call_push(call, text_bytes(booking->digest, DIGEST_BYTES));
    ledger_call_push(call, visit->items[0].reservation.extras.agent);
}

static void push_place(struct ledger_call *call, const struct reservation_id *id)
{
    ledger_call_push_place(call, id->hall, id->queue, id->day);
}

static void push_record(struct ledger_call *call, const struct visit_item *item)
{
    ledger_call_push(call, text_bytes(item->reservation.person, PERSON_KEY_BYTES));
    ledger_call_push(call, item->service->id);
    ledger_call_push(call, buffer_text(&item->record));
}

void visit_send(struct visit *visit, ledger_callback *callback, void *owner)
{
    static const struct text kinds[] = {
        [VISIT_SINGLE] = {"single", 6},
        [VISIT_PARTY] = {"party", 5},
        [VISIT_PACKAGE] = {"package", 7},
    };
    struct ledger_call call;

    ledger_call_start(&call, visit->city, slots_library.visit);
    push_tag(&call, visit);
    ledger_call_push(&call, kinds[visit->kind]);
    ledger_call_push_integer(&call, visit->item_count);
    for (unsigned i = 0; i < visit->item_count; i++) {
        const struct visit_item *item = &visit->items[i];

        push_place(&call, &item->reservation.id);
        ledger_call_push_integer(&call, item->reservation.slot);
        ledger_call_push_integer(&call, item->reservation.span);
        ledger_call_push_integer(&call, item->reservation.units);
        push_record(&call, item);
    }
    ledger_call_send(&call, callback, owner);
}

void visit_send_entry(struct visit *visit, ledger_callback *callback, void *owner)
{
    struct ledger_call call;

    ledger_call_start(&call, visit->city, slots_library.enter);
    ledger_call_push(&call, TEXT("d"));
    push_place(&call, &visit->items[0].reservation.id);
    push_tag(&call, visit);
    push_record(&call, &visit->items[0]);
    ledger_call_send(&call, callback, owner);
}

static void take_evidence(struct reservation *reservation, struct text letters, size_t i)
{
    if (i < letters.length)
        reservation->evidence = (enum reservation_evidence)letters.data[i];
}

void visit_take_sequences(struct visit *visit, const struct store_reply *reply)
{
    const struct store_reply *sequences = store_reply_at(reply, LEDGER_DETAILS + VISIT_SEQUENCES);
    struct text evidence = store_reply_text_at(reply, LEDGER_DETAILS + VISIT_EVIDENCE);

    for (unsigned i = 0; i < visit->item_count; i++) {
        struct reservation *reservation = &visit->items[i].reservation;

        reservation->id.sequence = (uint32_t)store_reply_integer(store_reply_at(sequences, i));
        take_evidence(reservation, evidence, i);
    }
}

void visit_take_entry(struct visit *visit, const struct store_reply *reply)
{
    struct reservation *reservation = &visit->items[0].reservation;

    reservation->id.kind = KIND_DRAW;
    reservation->id.sequence =
        (uint32_t)store_reply_integer(store_reply_at(reply, LEDGER_DETAILS + ENTRY_NUMBER));
    take_evidence(reservation, store_reply_text_at(reply, LEDGER_DETAILS + ENTRY_EVIDENCE), 0);
}
