/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/catalogue/keys.h"
#include "slots/ledger/lookup.h"

/* KEYS  of each day its reservations and its entries
 * Reply the places in KEYS of the days that have any, from 0, two a day */
#define SCRIPT                                                                                     \
    TEXT("local found = {}\n"                                                                      \
         "for i = 1, #KEYS, 2 do\n"                                                                \
         "  if redis.call('EXISTS', KEYS[i], KEYS[i + 1]) > 0 then\n"                              \
         "    found[#found + 1] = (i - 1) / 2\n"                                                   \
         "  end\n"                                                                                 \
         "end\n"                                                                                   \
         "return found\n")

struct reading {
    lookup_days_done *callback;
    void *owner;
    day_number from;
};

static void days_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct reading *reading = owner;
    size_t count = status == STORE_OK ? store_reply_count(reply) : 0;
    struct arena arena = {0};
    day_number *days = arena_new(&arena, (count + 1) * sizeof *days);

    for (size_t i = 0; i < count; i++)
        days[i] = reading->from + (day_number)store_reply_integer(store_reply_at(reply, i));
    reading->callback(reading->owner, status, days, (unsigned)count);
    arena_free(&arena);
    free(reading);
}

void lookup_days(struct city *city, day_number from, unsigned count, lookup_days_done *callback,
                 void *owner)
{
    struct reading *reading = memory_new(sizeof *reading);
    struct arena arena = {0};
    struct text *args = arena_new(&arena, (3 + 2 * (size_t)count) * sizeof *args);
    size_t used = 3;

    *reading = (struct reading){callback, owner, from};
    args[0] = TEXT("EVAL");
    args[1] = SCRIPT;
    args[2] = arena_integer(&arena, 2 * (int64_t)count);
    for (day_number day = from; day < from + (day_number)count; day++) {
        args[used++] = key_reservations(&arena, city->code, day);
        args[used++] = key_entries(&arena, city->code, day);
    }
    store_command(city->store, args, used, 0, days_read, reading);
    arena_free(&arena);
}
