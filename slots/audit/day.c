/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/audit/parts.h"
#include "slots/catalogue/keys.h"

enum { STATUS_LETTERS = 128 };

/* --- The inventories' names --------------------------------------------------------------------
 */

static bool is_slot(struct text text)
{
    int64_t slot;

    return text_to_integer(text, 0, SLOTS_A_DAY - 1, &slot);
}

/* "seq", "swept", "18", "c18", "p18", "K18", "g18", "k18". */
static bool is_units_field(struct text tail)
{
    bool has_letter = tail.length && memchr("cpKgk", tail.data[0], 5);

    return text_is(tail, "seq") || text_is(tail, "swept") ||
           is_slot(text_part(tail, has_letter, tail.length));
}

/* "h18 SERVICE": interceptions are counted whether or not there is an inventory. */
static bool is_interceptions_field(struct text tail)
{
    struct text rest = text_part(tail, 1, tail.length), slot;

    return tail.length && tail.data[0] == 'h' && text_split(&rest, ' ', &slot) && is_slot(slot) &&
           rest.length;
}

static enum store_status take_fields(void *owner, const struct audit_page *page)
{
    struct audit_day *day = owner;

    for (size_t i = 0; i < page->count; i += 2) {
        struct text field = page->items[i];
        size_t length = audit_queue_length(field);
        struct text tail = text_part(field, length, field.length);
        if (length && is_interceptions_field(tail))
            continue;
        if (length && is_units_field(tail))
            audit_names_add(&day->queues, arena_copy(&day->arena, text_part(field, 0, length)));
        else
            audit_names_add(&day->malformed, arena_copy(&day->arena, field));
    }
    return STORE_OK;
}

static int read_queues(struct audit_day *day)
{
    int status = audit_scan(day->audit, day->units_key, take_fields, day);

    audit_names_settle(&day->queues);
    audit_day_tell_malformed(day, day->units_key);
    return status;
}

/* --- The day -----------------------------------------------------------------------------------
 */

static struct text holding_letters(struct arena *arena)
{
    char letters[STATUS_LETTERS];
    size_t count = 0;

    for (int letter = 0; letter < STATUS_LETTERS; letter++)
        if (reservation_holds_units((enum reservation_status)letter))
            letters[count++] = (char)letter;
    return arena_copy(arena, text_bytes(letters, count));
}

int audit_day(struct audit *audit, day_number number)
{
    struct audit_day *day = memory_new(sizeof *day);
    int status;

    day->audit = audit;
    day->number = number;
    day->units_key = key_units(&day->arena, audit->city, number);
    day->reservations_key = key_reservations(&day->arena, audit->city, number);
    day->holding_letters = holding_letters(&day->arena);
    status = read_queues(day);
    for (size_t i = 0; i < day->queues.count && status == 0; i++)
        status = audit_inventory(day, day->queues.items[i]);
    if (status == 0)
        status = audit_strays(day);
    if (status == 0)
        status = audit_day_look_at_rest(day);
    if (status == 0)
        status = audit_links_check(audit, false);
    free(day->queues.items);
    free(day->malformed.items);
    arena_free(&day->fields_arena);
    arena_free(&day->arena);
    free(day);
    return status;
}
