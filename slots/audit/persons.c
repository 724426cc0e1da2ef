/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/audit/parts.h"
#include "slots/catalogue/keys.h"
#include "slots/ledger/person_entry.h"

/* KEYS  1 persons  then the reservations of days
 * ARGV  persons
 * Reply for each person his entries as they are now and what each names: the record's head, nil
 * when there is none, 1 when its day is not among the keys */
static const char persons_script[] = AUDIT_LUA_HEAD
    "local books, reply = {}, {}\n"
    "for i = 2, #KEYS do books[KEYS[i]:match('(%d+)$')] = KEYS[i] end\n"
    "local function named(entry)\n"
    "  local date, field = entry:match('^[^ ]+ (%d+) ([^+]+)')\n"
    "  if not date then return false end\n"
    "  if not books[date] then return 1 end\n"
    "  local record = redis.call('HGET', books[date], field)\n"
    "  return record and (head(record))\n"
    "end\n"
    "for _, person in ipairs(ARGV) do\n"
    "  local entries, heads = redis.call('HGET', KEYS[1], person) or '', {}\n"
    "  for entry in entries:gmatch(';([^;]*)') do heads[#heads + 1] = named(entry) end\n"
    "  reply[#reply + 1] = entries\n"
    "  reply[#reply + 1] = heads\n"
    "end\n"
    "return reply\n";

enum { ENTRIES_MAX = 64 /* of a person, far above any limit on live reservations */ };

struct persons_check {
    struct audit *audit;
    struct text key;
    const struct audit_page *page;
};

/* "n20261123", "x202611=3", "u1798675200". */
static bool is_mark(struct text mark)
{
    struct text value = text_part(mark, 1, mark.length), month;
    day_number day;
    int64_t number;

    switch (mark.length ? mark.data[0] : 0) {
    case 'n':
        return calendar_parse_compact_date(value, &day);
    case 'x':
        return text_split(&value, '=', &month) && month.length == 6 &&
               text_to_integer(month, 0, INT32_MAX, &number) &&
               text_to_integer(value, 1, INT32_MAX, &number);
    case 'u':
        return text_to_integer(value, 0, INT64_MAX, &number);
    default:
        return false;
    }
}

static void check_marks(struct persons_check *check, struct text marks)
{
    struct text mark;

    while (marks.length && text_split(&marks, ',', &mark))
        if (!is_mark(mark))
            audit_breach(check->audit, AUDIT_RECORD, check->key,
                         "the mark " TEXT_FMT " of a person is malformed", TEXT_ARG(mark));
}

/* An older version's entry does not say its half hours. */
static bool has_half_hours_of(const struct person_entry *entry,
                              const struct reservation *reservation)
{
    return !entry->has_half_hours || (entry->first == reservation->slot &&
                                      entry->last == reservation->slot + reservation->span - 1);
}

static void check_entry(struct persons_check *check, struct text person,
                        const struct person_entry *entry, const struct store_reply *named)
{
    struct reservation reservation = {0};
    const char *fault = NULL;

    if (store_reply_kind(named) == STORE_REPLY_INTEGER)
        return; /* booked since the page was read */
    if (store_reply_kind(named) != STORE_REPLY_TEXT)
        fault = "which is missing";
    else if (!audit_parse_head(store_reply_text(named), &reservation))
        return; /* said of the day */
    else if (!reservation_is_live(reservation.status))
        fault = "which is not live";
    else if (!text_equal(person, text_bytes(reservation.person, PERSON_KEY_BYTES)))
        fault = "which is another person's";
    else if (!text_equal(entry->service, reservation.service))
        fault = "which is for another service";
    else if (entry->is_later != (reservation.extras.lead.length > 0))
        fault = "which is wrong about its package";
    else if (!has_half_hours_of(entry, &reservation))
        fault = "which has other half hours";
    if (fault)
        audit_breach(check->audit, AUDIT_PERSON, check->key,
                     "a person has the reservation " TEXT_FMT ", %s", TEXT_ARG(entry->place),
                     fault);
}

/* One live reservation for a service and day; the first that repeats an earlier one is told. */
static void check_repeated(struct persons_check *check, const struct person_entry *entries,
                           size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (entries[i].id.day == entries[k].id.day &&
                text_equal(entries[i].service, entries[k].service)) {
                audit_breach(check->audit, AUDIT_PERSON, check->key,
                             "a person has two reservations for " TEXT_FMT ", " TEXT_FMT
                             " and " TEXT_FMT,
                             TEXT_ARG(entries[i].service), TEXT_ARG(entries[k].place),
                             TEXT_ARG(entries[i].place));
                return;
            }
}

static void check_person(struct persons_check *check, struct text person, struct text rest,
                         const struct store_reply *heads)
{
    struct person_entry entries[ENTRIES_MAX];
    size_t count = 0, at = 0;
    struct text text;

    if (text_split(&rest, ';', &text))
        check_marks(check, text);
    while (text_split(&rest, ';', &text)) {
        struct person_entry *entry = &entries[count];
        if (!person_entry_parse(text, entry)) {
            audit_breach(check->audit, AUDIT_RECORD, check->key,
                         "an entry of a person is malformed");
        } else if (!audit_is_past(check->audit, entry->id.day)) {
            check_entry(check, person, entry, store_reply_at(heads, at));
            count += count + 1 < ENTRIES_MAX;
        }
        at++;
    }
    check_repeated(check, entries, count);
}

static void persons_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct persons_check *check = owner;

    if (status != STORE_OK)
        return;
    for (size_t i = 0; i < check->page->count; i += 2)
        check_person(check, check->page->items[i], store_reply_text_at(reply, i),
                     store_reply_at(reply, i + 1));
}

/* The days that the entries name, but for those that are past. */
static void add_days(const struct audit *audit, struct text entries, struct audit_days *days)
{
    struct text text;
    struct person_entry entry;

    text_split(&entries, ';', &text); /* the marks */
    while (text_split(&entries, ';', &text))
        if (person_entry_parse(text, &entry) && !audit_is_past(audit, entry.id.day))
            audit_days_place(days, entry.id.day);
}

static enum store_status take_persons(void *owner, const struct audit_page *page)
{
    struct persons_check *check = owner;
    struct audit_days days = {0};
    struct audit_call call;

    check->page = page;
    for (size_t i = 1; i < page->count; i += 2)
        add_days(check->audit, page->items[i], &days);
    audit_call_start(&call, persons_script, 1 + days.count);
    audit_call_push(&call, check->key);
    for (size_t i = 0; i < days.count; i++)
        audit_call_push(&call, key_reservations(&call.arena, check->audit->city, days.items[i]));
    for (size_t i = 0; i < page->count; i += 2)
        audit_call_push(&call, page->items[i]);
    free(days.items);
    return audit_call_end(&call, check->audit, persons_read, check);
}

int audit_persons(struct audit *audit)
{
    struct arena arena = {0};
    struct persons_check check = {.audit = audit, .key = key_persons(&arena, audit->city)};
    enum store_status status = audit_count_fields(audit, check.key, &audit->counts->persons);

    if (status == STORE_OK)
        status = audit_scan(audit, check.key, take_persons, &check);
    arena_free(&arena);
    return status;
}
