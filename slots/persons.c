/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/persons.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/keys.h"
#include "slots/library.h"

struct sweep {
    struct city *city;
    void (*callback)(void *owner, int status);
    void *owner;
};

static void swept(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct sweep *sweep = owner;
    int64_t cursor;

    if (status == STORE_OK && text_to_integer(store_reply_text(reply), 0, INT64_MAX, &cursor))
        sweep->city->sweep_cursor = cursor;
    sweep->callback(sweep->owner, status);
    free(sweep);
}

/* Reservations of yesterday stay: who is late for one may come behind midnight. */
void persons_sweep(struct city *city, void (*callback)(void *owner, int status), void *owner)
{
    struct sweep *sweep = memory_new(sizeof *sweep);
    struct arena arena = {0};
    struct buffer cursor = {0}, today = {0}, first = {0}, now = {0}, yesterday = {0};
    day_number no_show_days = (day_number)city->edition->catalogue->no_show_days;

    *sweep = (struct sweep){city, callback, owner};
    buffer_append_integer(&cursor, city->sweep_cursor);
    calendar_append_compact_date(&today, city_today(city));
    calendar_append_compact_date(&first, city_today(city) - no_show_days);
    buffer_append_integer(&now, clock_now_ms() / 1000);
    calendar_append_compact_date(&yesterday, city_today(city) - 1);
    store_command(city->store,
                  STORE_ARGS(TEXT("FCALL"), slots_library.sweep, TEXT("2"),
                             key_persons(&arena, city->code), key_persons_from(&arena, city->code),
                             buffer_text(&cursor), buffer_text(&today), buffer_text(&first),
                             buffer_text(&now), buffer_text(&yesterday)),
                  0, swept, sweep);
    buffer_free(&cursor);
    buffer_free(&today);
    buffer_free(&first);
    buffer_free(&now);
    buffer_free(&yesterday);
    arena_free(&arena);
}
