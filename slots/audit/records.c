/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/audit/parts.h"
#include "slots/catalogue/keys.h"
#include "slots/ledger/person_entry.h"

/* KEYS  1 reservations of a day  2 persons  3 what is due  4 tickets of the day
 * ARGV  1 the date  then fields
 * Reply for each field: head, sealed bytes, the person's entries, the second at which an offer or a
 *       delayed cancellation ends, the ticket that it names ('-' when the day's are gone before
 *       it); nil, 0, nil, nil, nil without a record */
static const char records_script[] = AUDIT_LUA_HEAD
    "local date, fields = ARGV[1], {}\n"
    "for i = 2, #ARGV do fields[i - 1] = ARGV[i] end\n"
    "local records, persons, rows = redis.call('HMGET', KEYS[1], unpack(fields)), {}, {}\n"
    "for i = 1, #fields do persons[i] = records[i] and records[i]:sub(6, 19) or '' end\n"
    "local entries = redis.call('HMGET', KEYS[2], unpack(persons))\n"
    "local items = { o = 'offer ', y = 'resale ' }\n"
    "local ttl = redis.call('TTL', KEYS[1])\n"
    "local is_expiring = ttl >= 0 and ttl <= 86400 and redis.call('EXISTS', KEYS[4]) == 0\n"
    "local function ticket_of(field, record)\n"
    "  local key = record and extra(record, 'i')\n"
    "  if not key or is_expiring then return is_expiring and '-' end\n"
    "  local hall = field:match('^[^ ]+')\n"
    "  return redis.call('HGET', KEYS[4], hall .. ' ' .. key:gsub('/', ' '))\n"
    "end\n"
    "for i = 1, #fields do\n"
    "  local at, item = 5 * (i - 1), records[i] and items[records[i]:sub(1, 1)]\n"
    "  rows[at + 1], rows[at + 2] = false, 0\n"
    "  if records[i] then rows[at + 1], rows[at + 2] = head(records[i]) end\n"
    "  rows[at + 3] = entries[i]\n"
    "  rows[at + 4] = item and redis.call('ZSCORE', KEYS[3], item .. date .. ' ' .. fields[i]) or "
    "false\n"
    "  rows[at + 5] = ticket_of(fields[i], records[i])\n"
    "end\n"
    "return rows\n";

enum {
    ROW = 5,
    RESERVATION_COLUMN = 19,
    NO_SHOW_DAYS = 30 /* while no catalogue says otherwise */
};

struct records_check {
    struct audit *audit;
    day_number day;
    const struct text *fields;
    size_t count;
    struct text key, persons_key, due_key;
};

/* A record, and what the script read beside it. */
struct seen {
    struct text field, place; /* "HALL QUEUE 12", "20261124 HALL QUEUE 12" */
    struct reservation reservation;
    struct text entries, due, ticket;
};

/* How often the index names the reservation among the person's entries. */
static unsigned count_entries(const struct seen *seen)
{
    struct text rest = seen->entries, text;
    struct person_entry entry;
    bool is_later = seen->reservation.extras.lead.length > 0;
    unsigned count = 0;

    text_split(&rest, ';', &text); /* the marks */
    while (text_split(&rest, ';', &text))
        count += person_entry_parse(text, &entry) && entry.is_later == is_later &&
                 text_equal(entry.service, seen->reservation.service) &&
                 text_equal(entry.place, seen->place);
    return count;
}

/* The policy may have changed since, so what any policy allows is good. */
static bool is_evidence(enum reservation_evidence evidence)
{
    return evidence == EVIDENCE_OFF || evidence == EVIDENCE_GREEN || evidence == EVIDENCE_ALLOWED ||
           evidence == EVIDENCE_DESK;
}

static void check_live(struct records_check *check, const struct seen *seen)
{
    struct audit *audit = check->audit;
    unsigned named = count_entries(seen);

    audit->counts->live++;
    if (!is_evidence(seen->reservation.evidence))
        audit_breach(audit, AUDIT_HEALTH, check->key,
                     TEXT_FMT " is live, but byte %u is no health code to book on",
                     TEXT_ARG(seen->field), (unsigned)seen->reservation.evidence);
    if (named != 1 && !audit_is_past(audit, check->day))
        audit_breach(audit, AUDIT_PERSON, check->persons_key,
                     "names the live reservation " TEXT_FMT " %u times, not once",
                     TEXT_ARG(seen->place), named);
    if (seen->reservation.extras.offer_place.length)
        audit_link(audit, AUDIT_LINK_OFFERED, seen->place, seen->reservation.extras.offer_place);
}

/* An offer ends at its own time; an offer and a delayed cancellation hold units until their end. */
static void check_due(struct records_check *check, const struct seen *seen)
{
    bool is_offer = seen->reservation.status == RESERVATION_OFFERED;
    int64_t second = -1;

    if (!text_to_integer(seen->due, 0, INT64_MAX, &second))
        audit_breach(check->audit, AUDIT_REMAINING, check->due_key,
                     "has no end of the %s " TEXT_FMT, is_offer ? "offer" : "delayed cancellation",
                     TEXT_ARG(seen->place));
    else if (is_offer && second != seen->reservation.extras.offer_until_s)
        audit_breach(check->audit, AUDIT_REMAINING, check->due_key,
                     "ends the offer " TEXT_FMT " at %lld, not at %lld", TEXT_ARG(seen->place),
                     (long long)second, (long long)seen->reservation.extras.offer_until_s);
}

/* Marks that are older than the city counts may be gone. A day that dawned since the sweep has
 * perhaps taken those of one day more. */
static bool is_counted(const struct audit *audit, day_number day)
{
    unsigned days = audit->catalogue ? audit->catalogue->no_show_days : NO_SHOW_DAYS;

    return (int64_t)day > (int64_t)audit->persons_from - (int64_t)days;
}

/* A visit is one no-show, that of its first step. */
static void check_no_show(struct records_check *check, const struct seen *seen)
{
    const struct reservation_extras *extras = &seen->reservation.extras;
    struct text rest = seen->entries, marks, mark, date = text_part(seen->place, 0, 8);

    if (extras->lead.length || extras->pardon.length || !is_counted(check->audit, check->day))
        return;
    text_split(&rest, ';', &marks);
    while (text_split(&marks, ',', &mark))
        if (mark.length && mark.data[0] == 'n' && text_equal(text_part(mark, 1, mark.length), date))
            return;
    audit_breach(check->audit, AUDIT_PERSON, check->persons_key,
                 "does not count the no-show " TEXT_FMT, TEXT_ARG(seen->place));
}

static void check_moved(struct records_check *check, const struct seen *seen)
{
    struct text to = seen->reservation.extras.moved_to;

    if (to.length)
        audit_link(check->audit, AUDIT_LINK_MOVED, seen->place, to);
    else
        audit_breach(check->audit, AUDIT_RECORD, check->key,
                     "the record of " TEXT_FMT " was moved, but does not say where",
                     TEXT_ARG(seen->field));
}

/* 'DATE/HALL/QUEUE/NUMBER' of the place. */
static bool is_for(struct text ticket, struct text place)
{
    struct text word = TEXT_NONE;

    for (unsigned column = 0; column < RESERVATION_COLUMN; column++)
        if (!text_split(&ticket, ' ', &word))
            return false;
    if (word.length != place.length)
        return false;
    for (size_t i = 0; i < word.length; i++)
        if (word.data[i] != (place.data[i] == ' ' ? '/' : place.data[i]))
            return false;
    return true;
}

/* Whoever has come has a ticket, the first step's that of its whole package. */
static void check_ticket(struct records_check *check, const struct seen *seen)
{
    const struct reservation_extras *extras = &seen->reservation.extras;

    if (extras->lead.length || text_is(seen->ticket, "-"))
        return;
    if (!extras->ticket.length)
        audit_breach(check->audit, AUDIT_TICKET, check->key,
                     TEXT_FMT " has come, but names no ticket", TEXT_ARG(seen->field));
    else if (!is_for(seen->ticket, seen->place))
        audit_breach(check->audit, AUDIT_TICKET, check->key,
                     TEXT_FMT " names the ticket " TEXT_FMT ", which is not for it",
                     TEXT_ARG(seen->field), TEXT_ARG(extras->ticket));
}

static void check_status(struct records_check *check, const struct seen *seen)
{
    switch (seen->reservation.status) {
    case RESERVATION_BOOKED:
        check_live(check, seen);
        break;
    case RESERVATION_CHECKED_IN:
    case RESERVATION_CALLED:
    case RESERVATION_SERVING:
        check_live(check, seen);
        check_ticket(check, seen);
        break;
    case RESERVATION_OFFERED:
        check->audit->counts->offered++;
        check_due(check, seen);
        if (seen->reservation.extras.offer_for.length)
            audit_link(check->audit, AUDIT_LINK_OFFER, seen->place,
                       seen->reservation.extras.offer_for);
        break;
    case RESERVATION_RETURNING:
        check_due(check, seen);
        break;
    case RESERVATION_NO_SHOW:
        check_no_show(check, seen);
        break;
    case RESERVATION_MOVED:
        check_moved(check, seen);
        break;
    case RESERVATION_DONE:
        check_ticket(check, seen);
        break;
    case RESERVATION_CANCELLED:
    case RESERVATION_LAPSED:
        break;
    case RESERVATION_IN_DRAW:
    case RESERVATION_NOT_DRAWN:
    case RESERVATION_WAITING:
        audit_breach(check->audit, AUDIT_RECORD, check->key,
                     TEXT_FMT " is an entry among the reservations", TEXT_ARG(seen->field));
        break;
    }
}

/* "DATE HALL " of the place, and then 'QUEUE NUMBER' as a package names its steps. */
static void link_step(struct audit *audit, enum audit_link_kind kind, const struct seen *seen,
                      struct text step)
{
    struct text rest = seen->place, date, hall;
    struct buffer to = {0};

    text_split(&rest, ' ', &date);
    text_split(&rest, ' ', &hall);
    buffer_append(&to, text_part(seen->place, 0, date.length + 1 + hall.length + 1));
    buffer_append(&to, step);
    audit_link(audit, kind, seen->place, buffer_text(&to));
    buffer_free(&to);
}

static void link_steps(struct audit *audit, const struct seen *seen)
{
    const struct reservation_extras *extras = &seen->reservation.extras;

    if (extras->lead.length)
        link_step(audit, AUDIT_LINK_LEAD, seen, extras->lead);
    for (unsigned i = 0; i < extras->follower_count; i++)
        link_step(audit, AUDIT_LINK_FOLLOWER, seen, extras->followers[i]);
}

static void check_record(struct records_check *check, struct seen *seen, struct text head,
                         int64_t sealed_bytes)
{
    check->audit->counts->reservations++;
    if (!audit_parse_head(head, &seen->reservation)) {
        audit_breach(check->audit, AUDIT_RECORD, check->key,
                     "the record of " TEXT_FMT " is malformed", TEXT_ARG(seen->field));
        return;
    }
    if (sealed_bytes <= VAULT_OVERHEAD_BYTES)
        audit_breach(check->audit, AUDIT_RECORD, check->key,
                     "the record of " TEXT_FMT " lacks its sealed applicant",
                     TEXT_ARG(seen->field));
    check_status(check, seen);
    link_steps(check->audit, seen);
}

static void check_row(struct records_check *check, size_t i, const struct store_reply *reply)
{
    const struct store_reply *head = store_reply_at(reply, ROW * i);
    struct buffer place = {0};
    struct seen seen = {.field = check->fields[i],
                        .entries = store_reply_text_at(reply, ROW * i + 2),
                        .due = store_reply_text_at(reply, ROW * i + 3),
                        .ticket = store_reply_text_at(reply, ROW * i + 4)};

    if (store_reply_kind(head) != STORE_REPLY_TEXT)
        return;
    calendar_append_compact_date(&place, check->day);
    buffer_append_byte(&place, ' ');
    buffer_append(&place, seen.field);
    seen.place = buffer_text(&place);
    check_record(check, &seen, store_reply_text(head),
                 store_reply_integer(store_reply_at(reply, ROW * i + 1)));
    buffer_free(&place);
}

static void records_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct records_check *check = owner;

    for (size_t i = 0; i < check->count && status == STORE_OK; i++)
        check_row(check, i, reply);
}

/* Looks at some reservations of a day: their records, whether the index of persons names those
 * that are live, whether what ends by itself is due. `fields` are theirs, at most
 * AUDIT_RECORDS_A_CALL; one without a record is passed over. */
static int check_records(struct audit *audit, day_number day, const struct text *fields,
                         size_t count)
{
    struct records_check check = {.audit = audit, .day = day, .fields = fields, .count = count};
    struct arena arena = {0};
    struct buffer date = {0};
    struct audit_call call;
    enum store_status status;

    if (!count)
        return 0;
    check.key = key_reservations(&arena, audit->city, day);
    check.persons_key = key_persons(&arena, audit->city);
    check.due_key = key_due(&arena, audit->city);
    calendar_append_compact_date(&date, day);
    audit_call_start(&call, records_script, 4);
    audit_call_push(&call, check.key);
    audit_call_push(&call, check.persons_key);
    audit_call_push(&call, check.due_key);
    audit_call_push(&call, key_tickets(&call.arena, audit->city, day));
    audit_call_push(&call, buffer_text(&date));
    for (size_t i = 0; i < count; i++)
        audit_call_push(&call, fields[i]);
    status = audit_call_end(&call, audit, records_read, &check);
    buffer_free(&date);
    arena_free(&arena);
    return status;
}

int audit_day_look_at_rest(struct audit_day *day)
{
    int status = check_records(day->audit, day->number, day->fields, day->field_count);

    day->field_count = 0;
    arena_free(&day->fields_arena);
    return status;
}

int audit_day_look_at(struct audit_day *day, struct text field)
{
    day->fields[day->field_count++] = arena_copy(&day->fields_arena, field);
    return day->field_count == AUDIT_RECORDS_A_CALL ? audit_day_look_at_rest(day) : 0;
}

int audit_day_look_at_all(struct audit_day *day, struct text queue, int64_t last)
{
    struct buffer field = {0};
    int status = 0;

    for (int64_t number = 1; number <= last && status == 0; number++) {
        buffer_clear(&field);
        buffer_append(&field, queue);
        buffer_append_integer(&field, number);
        status = audit_day_look_at(day, buffer_text(&field));
    }
    buffer_free(&field);
    return status;
}
