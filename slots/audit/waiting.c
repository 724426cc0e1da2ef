/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/audit/parts.h"
#include "slots/catalogue/keys.h"
#include "slots/days/health_codes.h"
#include "slots/ledger/person_entry.h"

/* Who waits, and whether he need not: a part of the waitlist at a time, with the inventories, the
 * persons and the health codes as they are at that instant.
 *
 * KEYS  1 who waits  2 entries  3 units  4 persons  5 health codes
 * ARGV  1 where the part begins, as ZRANGEBYLEX takes it
 * Reply 1 five values for each: the member; the entry's head, nil without one; what the index says
 *       of the person, nil for nothing; his health code, nil for none; the number of his inventory
 *       below  2 of each inventory 48 each of remaining, kept units, capacity, nil for none */
static const char waiting_script[] = AUDIT_LUA_HEAD
    "local rows, inventories, numbers = {}, {}, {}\n"
    "local function inventory_of(queue)\n"
    "  if not numbers[queue] then\n"
    "    local fields = {}\n"
    "    for _, kind in ipairs({ '', 'k', 'c' }) do\n"
    "      for slot = 0, 47 do fields[#fields + 1] = queue .. kind .. slot end\n"
    "    end\n"
    "    inventories[#inventories + 1] = redis.call('HMGET', KEYS[3], unpack(fields))\n"
    "    numbers[queue] = #inventories\n"
    "  end\n"
    "  return numbers[queue]\n"
    "end\n"
    "for _, member in ipairs(redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], '+', 'LIMIT', 0, 200)) do\n"
    "  local queue, number = member:match('^([^ ]+ [^ ]+ )(%d%d%d%d%d%d%d)$')\n"
    "  local entry = queue and redis.call('HGET', KEYS[2], queue .. 'w' .. tonumber(number))\n"
    "  local person = entry and entry:sub(6, 19) or ''\n"
    "  for _, value in ipairs({ member, entry and head(entry) or false,\n"
    "    redis.call('HGET', KEYS[4], person), redis.call('HGET', KEYS[5], person),\n"
    "    queue and inventory_of(queue) or 0 }) do rows[#rows + 1] = value end\n"
    "end\n"
    "return { rows, inventories }\n";

enum {
    ROW = 5,
    SECONDS_A_DAY = 86400,
    SLOT_SECONDS = SLOT_MINUTES * 60,
    /* The sweep that says which day it is comes a minute late at most; more for the rest. */
    SWEEP_DELAY_SECONDS = 3600,
    LIVE_MAX = 5, /* while no catalogue says otherwise */
    CANCELLATIONS_MAX = 10,
};

struct waiting_check {
    struct audit *audit;
    day_number day;
    bool is_first;
    struct audit_names *found;
    struct text key;
    struct buffer last; /* member of the part before */
    size_t count;       /* of the part */
};

/* Somebody who waits. */
struct waiter {
    struct text member, queue, entries, health; /* `queue`: "HALL QUEUE " */
    int64_t number;
    const struct store_reply *units;
    struct reservation entry;
};

/* --- Whether a rule stands against it ----------------------------------------------------------
 * What cannot be told for sure counts as a rule that does.
 */

static char eligibility_of(const struct catalogue *catalogue)
{
    if (!catalogue || catalogue->eligibility_mode == ELIGIBILITY_OFF)
        return 'o';
    return catalogue->on_unknown == ELIGIBILITY_REFUSE ? 'r' : 'a';
}

/* A code that ends has perhaps ended. */
static bool may_be_ill(const struct waiting_check *check, const struct waiter *waiter)
{
    char eligibility = eligibility_of(check->audit->catalogue);

    if (eligibility == 'o')
        return false;
    if (!waiter->health.length)
        return eligibility == 'r';
    return waiter->health.length > 1 || waiter->health.data[0] != HEALTH_GREEN;
}

/* "x202611=3"; of whichever month. */
static bool has_cancelled_all(struct text mark, int64_t most)
{
    struct text month;
    int64_t count;

    return text_split(&mark, '=', &month) && text_to_integer(mark, 0, INT64_MAX, &count) &&
           count >= most;
}

static bool may_be_refused_by_marks(const struct waiting_check *check, struct text marks)
{
    const struct catalogue *catalogue = check->audit->catalogue;
    unsigned most = catalogue ? catalogue->cancellations_per_month : CANCELLATIONS_MAX;
    struct text mark;

    while (text_split(&marks, ',', &mark))
        if (mark.length &&
            (mark.data[0] == 'u' || (mark.data[0] == 'x' && has_cancelled_all(mark, most))))
            return true;
    return most == 0;
}

/* The reservations that he has: as many as he may, or one for the same service and day. */
static bool may_be_refused_by_reservations(const struct waiting_check *check,
                                           const struct waiter *waiter, struct text entries)
{
    const struct catalogue *catalogue = check->audit->catalogue;
    unsigned most = catalogue ? catalogue->live_per_person : LIVE_MAX, count = 0;
    struct person_entry entry;
    struct text text;

    while (text_split(&entries, ';', &text)) {
        if (!person_entry_parse(text, &entry))
            continue;
        if (entry.id.day == check->day && text_equal(entry.service, waiter->entry.service))
            return true;
        count += !entry.is_later;
    }
    return count >= most;
}

static bool may_be_refused(const struct waiting_check *check, const struct waiter *waiter)
{
    struct text rest = waiter->entries, marks = TEXT_NONE;

    text_split(&rest, ';', &marks);
    return may_be_ill(check, waiter) || may_be_refused_by_marks(check, marks) ||
           may_be_refused_by_reservations(check, waiter, rest);
}

/* --- Whether units are free --------------------------------------------------------------------
 */

static int64_t units_at(const struct waiter *waiter, size_t kind, unsigned slot)
{
    int64_t value = 0;

    text_to_integer(store_reply_text_at(waiter->units, kind * SLOTS_A_DAY + slot), INT32_MIN,
                    INT32_MAX, &value);
    return value;
}

/* Kept units are left alone, though they may be free for everyone by now. */
static bool fits_at(const struct waiter *waiter, unsigned start)
{
    bool has_priority = waiter->entry.extras.priority != PRIORITY_NONE;

    if (start + waiter->entry.span > SLOTS_A_DAY)
        return false;
    for (unsigned slot = start; slot < start + waiter->entry.span; slot++) {
        int64_t kept = has_priority ? 0 : units_at(waiter, 1, slot);
        if (units_at(waiter, 2, slot) == 0 ||
            units_at(waiter, 0, slot) - kept < (int64_t)waiter->entry.units)
            return false;
    }
    return true;
}

static unsigned closes_minutes_of(const struct waiting_check *check, const struct waiter *waiter)
{
    struct text rest = waiter->queue, id;
    const struct hall *hall = NULL;

    text_split(&rest, ' ', &id);
    if (check->audit->catalogue)
        hall = catalogue_hall(check->audit->catalogue, id);
    return hall ? hall->closes_minutes_before : 0;
}

/* Surely not behind the cut-off: it lies behind the end of the day that the sweep has told last. */
static bool is_open_at(const struct waiting_check *check, const struct waiter *waiter,
                       unsigned start)
{
    int64_t days = (int64_t)check->day - (int64_t)check->audit->persons_from - 1;

    if (!check->audit->persons_from)
        return false; /* nothing was swept yet */
    return days * SECONDS_A_DAY + (int64_t)start * SLOT_SECONDS -
               (int64_t)closes_minutes_of(check, waiter) * 60 >
           SWEEP_DELAY_SECONDS;
}

/* One whose half hours the index does not say may share one with any. */
static bool may_be_elsewhere(const struct waiting_check *check, const struct waiter *waiter,
                             unsigned start)
{
    const struct catalogue *catalogue = check->audit->catalogue;
    struct text rest = waiter->entries, text;
    struct person_entry entry;

    if (catalogue && catalogue->overlap == OVERLAP_ALLOW)
        return false;
    text_split(&rest, ';', &text); /* the marks */
    while (text_split(&rest, ';', &text))
        if (person_entry_parse(text, &entry) && entry.id.day == check->day &&
            (!entry.has_half_hours ||
             (entry.first < start + waiter->entry.span && entry.last >= start)))
            return true;
    return false;
}

static bool fits(const struct waiting_check *check, const struct waiter *waiter)
{
    struct text starts = waiter->entry.extras.starts;

    for (size_t i = 0; i < starts.length; i++) {
        unsigned start = (unsigned char)starts.data[i];
        if (fits_at(waiter, start) && is_open_at(check, waiter, start) &&
            !may_be_elsewhere(check, waiter, start))
            return true;
    }
    return false;
}

/* --- The walk ----------------------------------------------------------------------------------
 */

static void note_found(struct waiting_check *check, const struct waiter *waiter)
{
    struct buffer place = {0};

    calendar_append_compact_date(&place, check->day);
    buffer_append_byte(&place, ' ');
    buffer_append(&place, waiter->queue);
    buffer_append_byte(&place, KIND_WAITING);
    buffer_append_integer(&place, waiter->number);
    audit_names_add(check->found, arena_copy(&check->audit->arena, buffer_text(&place)));
    buffer_free(&place);
}

static void tell(const struct waiting_check *check, struct text member, const char *words)
{
    if (check->is_first)
        audit_breach(check->audit, AUDIT_WAITLIST, check->key, TEXT_FMT " %s", TEXT_ARG(member),
                     words);
}

static void check_waiter(struct waiting_check *check, const struct store_reply *rows, size_t at,
                         const struct store_reply *inventories)
{
    struct waiter waiter = {.member = store_reply_text_at(rows, at),
                            .entries = store_reply_text_at(rows, at + 2),
                            .health = store_reply_text_at(rows, at + 3)};
    const struct store_reply *head = store_reply_at(rows, at + 1);
    int64_t inventory = store_reply_integer(store_reply_at(rows, at + 4));
    size_t length = audit_queue_length(waiter.member);

    waiter.queue = text_part(waiter.member, 0, length);
    if (!inventory || !text_to_integer(text_part(waiter.member, length, waiter.member.length), 0,
                                       INT32_MAX, &waiter.number)) {
        tell(check, waiter.member, "is no entry's name");
        return;
    }
    waiter.units = store_reply_at(inventories, (size_t)inventory - 1);
    if (store_reply_kind(head) != STORE_REPLY_TEXT)
        tell(check, waiter.member, "waits, but has no entry");
    else if (audit_parse_head(store_reply_text(head), &waiter.entry) && fits(check, &waiter) &&
             !may_be_refused(check, &waiter))
        note_found(check, &waiter);
}

static void waiting_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct waiting_check *check = owner;
    const struct store_reply *rows = store_reply_at(reply, 0);

    check->count = store_reply_count(rows) / ROW;
    if (status != STORE_OK || !check->count)
        return;
    for (size_t i = 0; i < check->count; i++)
        check_waiter(check, rows, ROW * i, store_reply_at(reply, 1));
    buffer_clear(&check->last);
    buffer_append_byte(&check->last, '(');
    buffer_append(&check->last, store_reply_text_at(rows, ROW * (check->count - 1)));
}

int audit_waiting(struct audit *audit, day_number day, bool is_first, struct audit_names *found)
{
    struct waiting_check check = {.audit = audit, .day = day, .is_first = is_first, .found = found};
    struct arena arena = {0};
    int status;

    check.key = key_waiting(&arena, audit->city, day);
    buffer_append_byte(&check.last, '-');
    do {
        struct audit_call call;
        audit_call_start(&call, waiting_script, 5);
        audit_call_push(&call, check.key);
        audit_call_push(&call, key_entries(&arena, audit->city, day));
        audit_call_push(&call, key_units(&arena, audit->city, day));
        audit_call_push(&call, key_persons(&arena, audit->city));
        audit_call_push(&call, key_health(&arena, audit->city));
        audit_call_push(&call, arena_copy(&call.arena, buffer_text(&check.last)));
        check.count = 0;
        status = audit_call_end(&call, audit, waiting_read, &check);
    } while (status == STORE_OK && check.count);
    buffer_free(&check.last);
    arena_free(&arena);
    return status;
}
