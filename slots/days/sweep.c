/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/sweep.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/catalogue/keys.h"
#include "slots/days/health_codes.h"
#include "slots/ledger/library.h"

struct sweep {
    int64_t *cursor;
    void (*callback)(void *owner, int status);
    void *owner;
};

static void swept(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct sweep *sweep = owner;
    int64_t cursor;

    if (status == STORE_OK && text_to_integer(store_reply_text(reply), 0, INT64_MAX, &cursor))
        *sweep->cursor = cursor;
    sweep->callback(sweep->owner, status);
    free(sweep);
}

static void send_part(struct city *city, const struct text *args, size_t count, struct sweep by)
{
    struct sweep *sweep = memory_new(sizeof *sweep);

    *sweep = by;
    store_command(city->store, args, count, 0, swept, sweep);
}

static struct text date(struct arena *arena, day_number day)
{
    struct buffer words = {0};

    calendar_append_compact_date(&words, day);
    return buffer_to_arena(&words, arena);
}

/* Reservations of yesterday stay: who is late for one may come behind midnight. */
void sweep_persons(struct city *city, int64_t *cursor, void (*callback)(void *owner, int status),
                   void *owner)
{
    day_number today = city_today(city);
    day_number no_show_days = (day_number)city->edition->catalogue->no_show_days;
    struct arena arena = {0};

    send_part(city,
              STORE_ARGS(TEXT("FCALL"), slots_library.sweep, TEXT("2"),
                         key_persons(&arena, city->code), key_persons_from(&arena, city->code),
                         arena_integer(&arena, *cursor), date(&arena, today),
                         date(&arena, today - no_show_days),
                         arena_integer(&arena, clock_now_ms() / 1000), date(&arena, today - 1)),
              (struct sweep){cursor, callback, owner});
    arena_free(&arena);
}

void sweep_health_codes(struct city *city, int64_t *cursor,
                        void (*callback)(void *owner, int status), void *owner)
{
    int64_t now_ms = clock_now_ms();
    struct arena arena = {0};

    send_part(city,
              STORE_ARGS(TEXT("FCALL"), slots_library.expire_health, TEXT("1"),
                         key_health(&arena, city->code), arena_integer(&arena, *cursor),
                         arena_integer(&arena, now_ms / 1000),
                         arena_integer(&arena, (now_ms + HEALTH_LIFETIME_MS) / 1000)),
              (struct sweep){cursor, callback, owner});
    arena_free(&arena);
}
