/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/ledger/records.h"

#include <stdlib.h>

enum { RECORDS_A_COMMAND = 500 };

/* A reading on its way. */
struct records {
    struct arena *arena;
    struct reservation *found;
    unsigned in_flight;
    int status;
    records_callback *callback;
    void *owner;
};

/* Those of one key; in the arena. */
struct key_records {
    struct records *records;
    struct reservation **found;
    unsigned count;
};

static bool understand(struct arena *arena, struct text record, struct reservation *reservation)
{
    return !record.data || reservation_parse_record(arena_copy(arena, record), reservation);
}

static void key_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct key_records *part = owner;
    struct records *records = part->records;

    if (status != STORE_OK)
        records->status = status;
    for (unsigned i = 0; i < part->count && status == STORE_OK; i++)
        if (!understand(records->arena, store_reply_text_at(reply, i), part->found[i]))
            records->status = STORE_FOUND(STORE_STRANGE);
    if (--records->in_flight)
        return;
    records->callback(records->owner, records->status, records->found);
    free(records);
}

static bool is_same_key(const struct reservation_id *a, const struct reservation_id *b)
{
    return a->day == b->day && (a->kind == KIND_RESERVATION) == (b->kind == KIND_RESERVATION);
}

/* Asks for those that stand under the key of `place` and have not been asked for, so many at most.
 */
static void read_key(struct records *records, struct city *city, const struct reservation_id *place,
                     bool *is_asked, unsigned count)
{
    struct arena *arena = records->arena;
    struct key_records *part = arena_new(arena, sizeof *part);
    unsigned most = count < RECORDS_A_COMMAND ? count : RECORDS_A_COMMAND;
    struct text *args = arena_new(arena, (2 + most) * sizeof *args);

    part->records = records;
    part->found = arena_new(arena, most * sizeof(struct reservation *));
    args[0] = TEXT("HMGET");
    args[1] = reservation_key(arena, city->code, place);
    for (unsigned i = 0; i < count && part->count < most; i++) {
        struct reservation *one = &records->found[i];
        if (is_asked[i] || !is_same_key(place, &one->id))
            continue;
        is_asked[i] = true;
        args[2 + part->count] = reservation_field(arena, &one->id);
        part->found[part->count++] = one;
    }
    records->in_flight++;
    store_command(city->store, args, 2 + part->count, 0, key_answered, part);
}

void records_read(struct city *city, struct arena *arena, const struct reservation_id *places,
                  unsigned count, records_callback *callback, void *owner)
{
    struct records *records = memory_new(sizeof *records);
    bool *is_asked = arena_new(arena, count * sizeof *is_asked);

    *records = (struct records){.arena = arena, .callback = callback, .owner = owner};
    records->found = arena_new(arena, count * sizeof *records->found);
    for (unsigned i = 0; i < count; i++) {
        records->found[i].id = places[i];
        records->found[i].id.hall = arena_copy(arena, places[i].hall);
        records->found[i].id.queue = arena_copy(arena, places[i].queue);
    }
    for (unsigned i = 0; i < count; i++)
        if (!is_asked[i])
            read_key(records, city, &records->found[i].id, is_asked, count);
}
