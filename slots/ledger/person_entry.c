/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/ledger/person_entry.h"

/* What stands behind the first '+' of an entry: "FL" or "FL+"; nothing, of a later step by an older
 * version. */
static bool parse_tail(struct text tail, struct person_entry *entry)
{
    entry->is_later = tail.length != 2;
    entry->has_half_hours = tail.length > 0;
    if (!tail.length)
        return true;
    if (tail.length < 2 || tail.length > 3 || (tail.length == 3 && tail.data[2] != '+'))
        return false;
    entry->first = (unsigned)(unsigned char)tail.data[0] - HALF_HOUR_BYTE;
    entry->last = (unsigned)(unsigned char)tail.data[1] - HALF_HOUR_BYTE;
    return entry->first <= entry->last && entry->last < SLOTS_A_DAY;
}

bool person_entry_parse(struct text text, struct person_entry *entry)
{
    struct text rest = text;

    *entry = (struct person_entry){0};
    if (!text_split(&rest, '+', &text) || (rest.data && !parse_tail(rest, entry)))
        return false;
    entry->place = text;
    return text_split(&entry->place, ' ', &entry->service) && entry->service.length &&
           reservation_parse_place(entry->place, &entry->id) && entry->id.kind == KIND_RESERVATION;
}
