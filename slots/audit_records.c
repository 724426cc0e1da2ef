/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/audit_parts.h"
#include "slots/keys.h"

/* KEYS  1 reservations of a day  2 persons
 * ARGV  fields
 * Reply for each field: head, sealed bytes, the person's entries; nil, 0, nil without a record */
static const char records_script[] = AUDIT_LUA_HEAD
    "local records, persons, rows = redis.call('HMGET', KEYS[1], unpack(ARGV)), {}, {}\n"
    "for i = 1, #ARGV do persons[i] = records[i] and records[i]:sub(6, 19) or '' end\n"
    "local entries = redis.call('HMGET', KEYS[2], unpack(persons))\n"
    "for i = 1, #ARGV do\n"
    "  local at = 3 * (i - 1)\n"
    "  rows[at + 1], rows[at + 2] = false, 0\n"
    "  if records[i] then rows[at + 1], rows[at + 2] = head(records[i]) end\n"
    "  rows[at + 3] = entries[i]\n"
    "end\n"
    "return rows\n";

enum { ROW = 3 };

struct records_check {
    struct audit *audit;
    day_number day;
    const struct text *fields;
    size_t count;
    struct text key, persons_key;
};

/* How often the index names the reservation among the person's entries ";SERVICE DATE FIELD". */
static unsigned count_entries(struct text entries, struct text service, struct text place)
{
    struct text entry, its_service;
    unsigned count = 0;

    while (text_split(&entries, ';', &entry))
        count += text_split(&entry, ' ', &its_service) && text_equal(its_service, service) &&
                 text_equal(entry, place);
    return count;
}

/* The policy may have changed since, so what any policy allows is good. */
static bool is_evidence(enum reservation_evidence evidence)
{
    return evidence == EVIDENCE_OFF || evidence == EVIDENCE_GREEN || evidence == EVIDENCE_ALLOWED ||
           evidence == EVIDENCE_DESK;
}

static void check_live(struct records_check *check, struct text field,
                       const struct reservation *reservation, struct text entries)
{
    struct audit *audit = check->audit;
    struct buffer place = {0};
    unsigned named;

    calendar_append_compact_date(&place, check->day);
    buffer_append_byte(&place, ' ');
    buffer_append(&place, field);
    named = count_entries(entries, reservation->service, buffer_text(&place));
    audit->counts->live++;
    if (!is_evidence(reservation->evidence))
        audit_breach(audit, AUDIT_HEALTH, check->key,
                     TEXT_FMT " is live, but byte %u is no health code to book on", TEXT_ARG(field),
                     (unsigned)reservation->evidence);
    if (named != 1 && !audit_is_past(audit, check->day))
        audit_breach(audit, AUDIT_PERSON, check->persons_key,
                     "names the live reservation " TEXT_FMT " %u times, not once",
                     TEXT_ARG(buffer_text(&place)), named);
    buffer_free(&place);
}

static void check_record(struct records_check *check, struct text field, struct text head,
                         int64_t sealed_bytes, struct text entries)
{
    struct reservation reservation = {0};

    check->audit->counts->reservations++;
    if (!audit_parse_head(head, &reservation)) {
        audit_breach(check->audit, AUDIT_RECORD, check->key,
                     "the record of " TEXT_FMT " is malformed", TEXT_ARG(field));
        return;
    }
    if (sealed_bytes <= VAULT_OVERHEAD_BYTES)
        audit_breach(check->audit, AUDIT_RECORD, check->key,
                     "the record of " TEXT_FMT " lacks its sealed applicant", TEXT_ARG(field));
    if (reservation_is_live(reservation.status))
        check_live(check, field, &reservation, entries);
}

static void records_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct records_check *check = owner;

    for (size_t i = 0; i < check->count && status == STORE_OK; i++) {
        const struct store_reply *head = store_reply_at(reply, ROW * i);
        if (store_reply_kind(head) == STORE_REPLY_TEXT)
            check_record(check, check->fields[i], store_reply_text(head),
                         store_reply_integer(store_reply_at(reply, ROW * i + 1)),
                         store_reply_text_at(reply, ROW * i + 2));
    }
}

int audit_records(struct audit *audit, day_number day, const struct text *fields, size_t count)
{
    struct records_check check = {.audit = audit, .day = day, .fields = fields, .count = count};
    struct arena arena = {0};
    struct audit_call call;
    enum store_status status;

    if (!count)
        return 0;
    check.key = key_reservations(&arena, audit->city, day);
    check.persons_key = key_persons(&arena, audit->city);
    audit_call_start(&call, records_script, 2);
    audit_call_push(&call, check.key);
    audit_call_push(&call, check.persons_key);
    for (size_t i = 0; i < count; i++)
        audit_call_push(&call, fields[i]);
    status = audit_call_end(&call, audit, records_read, &check);
    arena_free(&arena);
    return status;
}
