/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/tickets.h"

#include <stdlib.h>

#include "slots/catalogue/keys.h"
#include "slots/ledger/records.h"

/* A ticket on its way to whom it is for. */
struct reading {
    struct city *city;
    struct ticket_found found;
    struct arena arena;
    ticket_callback *callback;
    void *owner;
};

static struct reading *reading_new(struct city *city, ticket_callback *callback, void *owner)
{
    struct reading *reading = memory_new(sizeof *reading);

    reading->city = city;
    reading->callback = callback;
    reading->owner = owner;
    return reading;
}

static void finish(struct reading *reading, int status, bool is_found)
{
    reading->callback(reading->owner, status, is_found ? &reading->found : NULL);
    arena_free(&reading->arena);
    free(reading);
}

static void reservation_read(void *owner, int status, const struct reservation *reservation)
{
    struct reading *reading = owner;
    struct ticket_found *found = &reading->found;

    if (status == 0 && reservation->status) {
        found->has_reservation = true;
        if (!reservation_public_id(reservation, &found->reservation))
            status = STORE_FOUND(STORE_STRANGE);
    }
    finish(reading, status, status == 0);
}

/* 'DATE/HALL/QUEUE/NUMBER', as a ticket has it. */
static bool parse_reservation(struct arena *arena, struct text text, struct reservation_id *id)
{
    char *place = arena_new(arena, text.length + 1);

    for (size_t i = 0; i < text.length; i++)
        place[i] = (char)(text.data[i] == '/' ? ' ' : text.data[i]);
    return reservation_parse_place(text_bytes(place, text.length), id);
}

static void complete(struct reading *reading)
{
    struct text reservation = reading->found.ticket.reservation;
    struct reservation_id place = {0};

    if (!reservation.length)
        finish(reading, 0, true);
    else if (!parse_reservation(&reading->arena, reservation, &place))
        finish(reading, STORE_FOUND(STORE_STRANGE), false);
    else
        records_read(reading->city, &reading->arena, &place, 1, reservation_read, reading);
}

static void ticket_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct reading *reading = owner;
    struct ticket_found *found = &reading->found;
    struct text record = store_reply_text(reply);

    if (status != STORE_OK)
        finish(reading, status, false);
    else if (record.data && !ticket_parse(arena_copy(&reading->arena, record), &found->ticket))
        finish(reading, STORE_FOUND(STORE_STRANGE), false);
    else if (!record.data || !ticket_is_known_by(&found->ticket, &found->id))
        finish(reading, 0, false);
    else
        complete(reading);
}

void tickets_lookup(struct city *city, const struct reservation_id *id, ticket_callback *callback,
                    void *owner)
{
    struct reading *reading = reading_new(city, callback, owner);
    struct reservation_id *own = &reading->found.id;

    *own = *id;
    own->hall = arena_copy(&reading->arena, id->hall);
    own->queue = arena_copy(&reading->arena, id->queue);
    store_command(city->store,
                  STORE_ARGS(TEXT("HGET"), key_tickets(&reading->arena, city->code, id->day),
                             reservation_field(&reading->arena, own)),
                  0, ticket_read, reading);
}

void tickets_complete(struct city *city, struct text hall, day_number day, struct text key,
                      struct text record, ticket_callback *callback, void *owner)
{
    struct reading *reading = reading_new(city, callback, owner);
    struct ticket_found *found = &reading->found;
    struct arena *arena = &reading->arena;

    if (ticket_parse(arena_copy(arena, record), &found->ticket) &&
        ticket_id(arena_copy(arena, hall), day, arena_copy(arena, key), &found->ticket, &found->id))
        complete(reading);
    else
        finish(reading, STORE_FOUND(STORE_STRANGE), false);
}
