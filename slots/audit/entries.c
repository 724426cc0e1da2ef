/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/audit/parts.h"
#include "slots/catalogue/keys.h"

/* Entries of waitlists and draws: a part of the day's hash at a time.
 *
 * KEYS  1 entries of the day  2 who waits  3 reservations of the day
 * ARGV  1 cursor of HSCAN
 * Reply 1 the cursor to go on with  2 nine values a field: its name; its kind: 'w', 'd', '~' a
 *       person's entry, 'n' a last number, 's' the state of a draw, '' none of these; the head of
 *       the record (of '~' the one that is named); its sealed bytes; the value (of w and d: what
 *       the person's field names); whether it is among those who wait; the first letter of the
 *       draw's state; the last number of its queue and kind; the first number that is missing */
static const char entries_script[] = AUDIT_LUA_HEAD
    "local part = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', 200)\n"
    "local rows = {}\n"
    "local function add(...)\n"
    "  for _, value in ipairs({ ... }) do rows[#rows + 1] = value end\n"
    "end\n"
    "local function get(field) return redis.call('HGET', KEYS[1], field) end\n"
    "local function state_of(field, record)\n"
    "  local queue, kind = field:match('^([^ ~]+ [^ ]+ )([wd])')\n"
    "  if kind == 'd' then\n"
    "    return record:sub(1, 1) == 'w' and (get(queue .. 'draw') or ''):sub(1, 1) or ''\n"
    "  end\n"
    "  local given = kind and extra(record, 't')\n"
    "  given = given and redis.call('HGET', KEYS[3], (given:gsub('^%d+ ', '')))\n"
    "  return (given or ''):sub(1, 1)\n"
    "end\n"
    "local function add_entry(field, record, queue, kind, number)\n"
    "  local its_head, sealed = head(record)\n"
    "  local at = 26\n"
    "  local service = record:sub(at + 1, at + (record:byte(at) or 0))\n"
    "  local waits = kind == 'w' and\n"
    "    redis.call('ZSCORE', KEYS[2], string.format('%s%07d', queue, tonumber(number)))\n"
    "  add(field, kind, its_head, sealed, get('~' .. record:sub(6, 19) .. ' ' .. service),\n"
    "    waits and 1 or 0, state_of(field, record),\n"
    "    tonumber(get(queue .. kind .. 'seq') or nil) or 0, 0)\n"
    "end\n"
    "local function first_missing(queue, kind, last)\n"
    "  for number = 1, math.min(last, 100000) do\n"
    "    if redis.call('HEXISTS', KEYS[1], queue .. kind .. number) == 0 then return number end\n"
    "  end\n"
    "  return last > 100000 and 100001 or 0\n"
    "end\n"
    "for i = 1, #part[2], 2 do\n"
    "  local field, value = part[2][i], part[2][i + 1]\n"
    "  local queue, kind, number = field:match('^([^ ~]+ [^ ]+ )([wd])([1-9]%d*)$')\n"
    "  local its_queue, what = field:match('^([^ ~]+ [^ ]+ )([wd])seq$')\n"
    "  if field:sub(1, 1) == '~' then\n"
    "    local record = get(value)\n"
    "    add(field, '~', record and (head(record)), 0, value, 0,\n"
    "      record and state_of(value, record) or '', 0, 0)\n"
    "  elseif queue then\n"
    "    add_entry(field, value, queue, kind, number)\n"
    "  elseif its_queue then\n"
    "    local last = tonumber(value) or -1\n"
    "    add(field, 'n', false, 0, value, 0, '', last, first_missing(its_queue, what, last))\n"
    "  else\n"
    "    local is_state = field:match('^[^ ~]+ [^ ]+ draw$')\n"
    "    add(field, is_state and 's' or '', false, 0, value, 0, '', 0, 0)\n"
    "  end\n"
    "end\n"
    "return { part[1], rows }\n";

enum { ROW = 9, PERSON_FIELD_BYTES = 1 + PERSON_KEY_BYTES + 1 /* "~PERSON " */ };

struct entries_check {
    struct audit *audit;
    day_number day;
    struct text key;
    struct audit_names seen; /* fields that were looked at: HSCAN may give one twice */
    struct buffer cursor;
    struct arena arena;
};

/* A field of the hash and what the script says of it. */
struct row {
    struct text field, kind, value, state;
    const struct store_reply *head;
    int64_t sealed_bytes, last, missing;
    bool waits;
    struct reservation reservation;
};

static struct row read_row(const struct store_reply *rows, size_t at)
{
    return (struct row){
        .field = store_reply_text_at(rows, at),
        .kind = store_reply_text_at(rows, at + 1),
        .head = store_reply_at(rows, at + 2),
        .sealed_bytes = store_reply_integer(store_reply_at(rows, at + 3)),
        .value = store_reply_text_at(rows, at + 4),
        .waits = store_reply_integer(store_reply_at(rows, at + 5)) != 0,
        .state = store_reply_text_at(rows, at + 6),
        .last = store_reply_integer(store_reply_at(rows, at + 7)),
        .missing = store_reply_integer(store_reply_at(rows, at + 8)),
    };
}

static bool is_entry_status(struct text kind, enum reservation_status status)
{
    if (status == RESERVATION_MOVED || status == RESERVATION_CANCELLED)
        return true;
    return text_is(kind, "w") ? status == RESERVATION_WAITING || status == RESERVATION_LAPSED
                              : status == RESERVATION_IN_DRAW || status == RESERVATION_NOT_DRAWN;
}

/* Whether the entry is one that its person still has: he waits, what he was given is only offered,
 * or the draw is not done. */
static bool is_open(const struct row *row)
{
    enum reservation_status status = row->reservation.status;

    return status == RESERVATION_WAITING ||
           ((status == RESERVATION_MOVED || status == RESERVATION_IN_DRAW) &&
            text_is(row->state, "o"));
}

static struct text number_in(struct text field)
{
    size_t length = audit_queue_length(field);

    return text_part(field, length + 1, field.length);
}

static void link_entry(struct entries_check *check, const struct row *row)
{
    struct buffer place = {0};

    calendar_append_compact_date(&place, check->day);
    buffer_append_byte(&place, ' ');
    buffer_append(&place, row->field);
    audit_link(check->audit, AUDIT_LINK_MOVED, buffer_text(&place),
               row->reservation.extras.moved_to);
    buffer_free(&place);
}

static void check_waits(struct entries_check *check, const struct row *row)
{
    bool is_waiting = row->reservation.status == RESERVATION_WAITING;

    check->audit->counts->waiting += is_waiting;
    if (is_waiting && !row->waits)
        audit_breach(check->audit, AUDIT_WAITLIST, check->key,
                     TEXT_FMT " waits, but is not in the waitlist", TEXT_ARG(row->field));
    if (!is_waiting && row->waits)
        audit_breach(check->audit, AUDIT_WAITLIST, check->key,
                     TEXT_FMT " is in the waitlist, but does not wait", TEXT_ARG(row->field));
}

static void check_named(struct entries_check *check, const struct row *row)
{
    if (is_open(row) && !text_equal(row->value, row->field))
        audit_breach(check->audit, AUDIT_PERSON, check->key,
                     "the person of " TEXT_FMT " does not name it", TEXT_ARG(row->field));
}

static void check_entry(struct entries_check *check, struct row *row)
{
    struct audit *audit = check->audit;
    int64_t number;

    audit->counts->entries++;
    if (!audit_parse_head(store_reply_text(row->head), &row->reservation) ||
        row->sealed_bytes <= VAULT_OVERHEAD_BYTES ||
        !is_entry_status(row->kind, row->reservation.status) ||
        (row->reservation.status == RESERVATION_MOVED &&
         !row->reservation.extras.moved_to.length)) {
        audit_breach(audit, AUDIT_RECORD, check->key, "the entry " TEXT_FMT " is malformed",
                     TEXT_ARG(row->field));
        return;
    }
    if (!text_to_integer(number_in(row->field), 1, row->last, &number))
        audit_breach(audit, AUDIT_SEQUENCE, check->key,
                     TEXT_FMT " stands beyond the last number, %lld", TEXT_ARG(row->field),
                     (long long)row->last);
    if (row->reservation.status == RESERVATION_MOVED)
        link_entry(check, row);
    if (text_is(row->kind, "w"))
        check_waits(check, row);
    check_named(check, row);
}

/* A draw that is done may leave the persons of those who lost as they are. */
static const char *person_fault(const struct row *row)
{
    const struct reservation *reservation = &row->reservation;
    struct text person = text_bytes(reservation->person, PERSON_KEY_BYTES);

    if (!is_open(row) && reservation->status != RESERVATION_IN_DRAW)
        return "which is over";
    if (!text_equal(person, text_part(row->field, 1, PERSON_KEY_BYTES)))
        return "which is another person's";
    if (!text_equal(reservation->service,
                    text_part(row->field, PERSON_FIELD_BYTES, row->field.length)))
        return "which is for another service";
    return NULL;
}

static void check_person(struct entries_check *check, struct row *row)
{
    const char *fault = "which is missing";

    if (store_reply_kind(row->head) == STORE_REPLY_TEXT) {
        if (!audit_parse_head(store_reply_text(row->head), &row->reservation))
            return; /* said of the entry */
        fault = person_fault(row);
    }
    if (fault)
        audit_breach(check->audit, AUDIT_PERSON, check->key,
                     "a person has the entry " TEXT_FMT ", %s", TEXT_ARG(row->value), fault);
}

static void check_last(struct entries_check *check, const struct row *row)
{
    if (row->last < 0)
        audit_breach(check->audit, AUDIT_RECORD, check->key, "the field " TEXT_FMT " is malformed",
                     TEXT_ARG(row->field));
    else if (row->missing)
        audit_breach(check->audit, AUDIT_SEQUENCE, check->key,
                     TEXT_FMT " is %lld, but %lld is missing", TEXT_ARG(row->field),
                     (long long)row->last, (long long)row->missing);
}

static void check_row(struct entries_check *check, struct row *row)
{
    if (text_is(row->kind, "w") || text_is(row->kind, "d"))
        check_entry(check, row);
    else if (text_is(row->kind, "~"))
        check_person(check, row);
    else if (text_is(row->kind, "n"))
        check_last(check, row);
    else if (!text_is(row->kind, "s"))
        audit_breach(check->audit, AUDIT_RECORD, check->key, "the field " TEXT_FMT " is malformed",
                     TEXT_ARG(row->field));
}

static void entries_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct entries_check *check = owner;
    const struct store_reply *rows = store_reply_at(reply, 1);
    size_t first = check->seen.count;

    if (status != STORE_OK)
        return;
    buffer_clear(&check->cursor);
    buffer_append(&check->cursor, store_reply_text_at(reply, 0));
    for (size_t at = 0; at + ROW <= store_reply_count(rows); at += ROW) {
        struct row row = read_row(rows, at);
        struct audit_names before = {check->seen.items, first, first};
        if (audit_names_have(&before, row.field))
            continue;
        audit_names_add(&check->seen, arena_copy(&check->arena, row.field));
        check_row(check, &row);
    }
    audit_names_settle(&check->seen);
}

int audit_entries(struct audit *audit, day_number day)
{
    struct entries_check check = {.audit = audit, .day = day};
    struct text waiting_key, reservations_key;
    int status;

    check.key = key_entries(&check.arena, audit->city, day);
    waiting_key = key_waiting(&check.arena, audit->city, day);
    reservations_key = key_reservations(&check.arena, audit->city, day);
    buffer_append_byte(&check.cursor, '0');
    do {
        struct audit_call call;
        audit_call_start(&call, entries_script, 3);
        audit_call_push(&call, check.key);
        audit_call_push(&call, waiting_key);
        audit_call_push(&call, reservations_key);
        audit_call_push(&call, arena_copy(&call.arena, buffer_text(&check.cursor)));
        status = audit_call_end(&call, audit, entries_read, &check);
        if (status == STORE_OK)
            status = audit_links_check(audit, false);
    } while (status == STORE_OK && !text_is(buffer_text(&check.cursor), "0"));
    free(check.seen.items);
    buffer_free(&check.cursor);
    arena_free(&check.arena);
    return status;
}
