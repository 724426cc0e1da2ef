/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/reservation.h"

#include "base/random.h"

static const struct {
    enum reservation_status status;
    const char *name;
    bool live;
} statuses[] = {
    {RESERVATION_BOOKED, "booked", true},        {RESERVATION_CHECKED_IN, "checked_in", true},
    {RESERVATION_CALLED, "called", true},        {RESERVATION_SERVING, "serving", true},
    {RESERVATION_DONE, "done", false},           {RESERVATION_CANCELLED, "cancelled", false},
    {RESERVATION_NO_SHOW, "no_show", false},     {RESERVATION_IN_DRAW, "in_draw", false},
    {RESERVATION_NOT_DRAWN, "not_drawn", false},
};
#define STATUS_COUNT (sizeof statuses / sizeof *statuses)

const char *reservation_status_name(enum reservation_status status)
{
    for (size_t i = 0; i < STATUS_COUNT; i++)
        if (statuses[i].status == status)
            return statuses[i].name;
    return NULL;
}

bool reservation_status_parse(struct text name, enum reservation_status *status)
{
    for (size_t i = 0; i < STATUS_COUNT; i++)
        if (text_is(name, statuses[i].name))
            return *status = statuses[i].status, true;
    return false;
}

bool reservation_is_live(enum reservation_status status)
{
    for (size_t i = 0; i < STATUS_COUNT; i++)
        if (statuses[i].status == status)
            return statuses[i].live;
    return false;
}

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void reservation_make_code(char code[CODE_BYTES])
{
    unsigned char random[CODE_BYTES];

    random_fill(random, sizeof random);
    for (size_t i = 0; i < CODE_BYTES; i++)
        code[i] = alphabet[random[i] & 31];
}

void reservation_append_id(struct buffer *buffer, struct text hall, day_number day,
                           const char code[CODE_BYTES])
{
    buffer_append(buffer, hall);
    buffer_append_byte(buffer, '.');
    calendar_append_compact_date(buffer, day);
    buffer_append_byte(buffer, '.');
    buffer_append(buffer, text_bytes(code, CODE_BYTES));
}

bool reservation_parse_id(struct text id, struct text *hall, day_number *day, char code[CODE_BYTES])
{
    struct text date, tail;

    if (id.length > RESERVATION_TEXT_MAX || !text_split(&id, '.', hall) ||
        !text_split(&id, '.', &date) || !text_split(&id, '.', &tail) || id.data)
        return false;
    if (!hall->length || !calendar_parse_compact_date(date, day) || tail.length != CODE_BYTES)
        return false;
    for (size_t i = 0; i < CODE_BYTES; i++) {
        char c = tail.data[i];
        code[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
        if (!code[i] || !strchr(alphabet, code[i]))
            return false;
    }
    return true;
}

static void append_number(struct buffer *buffer, uint64_t value, unsigned bytes)
{
    while (bytes--)
        buffer_append_byte(buffer, (char)(value >> (8 * bytes)));
}

static void append_short_text(struct buffer *buffer, struct text text)
{
    buffer_append_byte(buffer, (char)text.length);
    buffer_append(buffer, text);
}

static void append_sealed(struct buffer *buffer, const struct reservation *reservation,
                          const struct applicant *applicant, const struct vault_city *keys)
{
    struct buffer plain = {0}, context = {0};

    append_short_text(&plain, applicant->id_number);
    append_short_text(&plain, applicant->phone);
    append_short_text(&plain, applicant->name);
    reservation_append_id(&context, reservation->hall, reservation->day, reservation->code);
    vault_seal(keys, buffer_text(&plain), buffer_text(&context), buffer);
    sodium_memzero(plain.data, plain.length);
    buffer_free(&plain);
    buffer_free(&context);
}

void reservation_append_record(struct buffer *buffer, const struct reservation *reservation,
                               const struct applicant *applicant, const struct vault_city *keys)
{
    append_number(buffer, reservation->slot, 1);
    append_number(buffer, reservation->span, 1);
    append_number(buffer, reservation->units, 1);
    buffer_append(buffer, text_bytes(reservation->person, PERSON_KEY_BYTES));
    append_short_text(buffer, reservation->queue);
    append_short_text(buffer, reservation->service);
    append_short_text(buffer, reservation->channel);
    append_number(buffer, reservation->creator, 1);
    append_number(buffer, (uint64_t)reservation->created_at_ms, 6);
    append_sealed(buffer, reservation, applicant, keys);
}

/* Takes `length` bytes from the front; false when there are fewer. */
static bool take(struct text *rest, size_t length, struct text *part)
{
    if (rest->length < length)
        return false;
    *part = text_part(*rest, 0, length);
    *rest = text_part(*rest, length, rest->length);
    return true;
}

static bool take_number(struct text *rest, unsigned bytes, uint64_t *value)
{
    struct text part;

    if (!take(rest, bytes, &part))
        return false;
    *value = 0;
    for (unsigned i = 0; i < bytes; i++)
        *value = *value << 8 | (unsigned char)part.data[i];
    return true;
}

static bool take_short_text(struct text *rest, struct text *part)
{
    uint64_t length;

    return take_number(rest, 1, &length) && take(rest, length, part);
}

bool reservation_parse_record(struct text record, struct reservation *reservation)
{
    uint64_t status, evidence, sequence, slot, span, units, creator, created;
    struct text person;

    if (!take_number(&record, 1, &status) || !take_number(&record, 1, &evidence) ||
        !take_number(&record, 4, &sequence) || !take_number(&record, 1, &slot) ||
        !take_number(&record, 1, &span) || !take_number(&record, 1, &units) ||
        !take(&record, PERSON_KEY_BYTES, &person) ||
        !take_short_text(&record, &reservation->queue) ||
        !take_short_text(&record, &reservation->service) ||
        !take_short_text(&record, &reservation->channel) || !take_number(&record, 1, &creator) ||
        !take_number(&record, 6, &created))
        return false;
    reservation->status = (enum reservation_status)status;
    reservation->evidence = (enum reservation_evidence)evidence;
    reservation->sequence = (uint32_t)sequence;
    reservation->slot = (unsigned)slot;
    reservation->span = (unsigned)span;
    reservation->units = (unsigned)units;
    reservation->creator = (unsigned char)creator;
    reservation->created_at_ms = (int64_t)created;
    memcpy(reservation->person, person.data, PERSON_KEY_BYTES);
    reservation->sealed = record;
    return reservation_status_name(reservation->status) && slot + span <= SLOTS_A_DAY;
}

bool reservation_unseal(const struct reservation *reservation, const struct vault_city *keys,
                        struct buffer *plain, struct applicant *applicant)
{
    struct buffer context = {0};
    struct text rest;
    bool done;

    reservation_append_id(&context, reservation->hall, reservation->day, reservation->code);
    buffer_clear(plain);
    done = vault_unseal(keys, reservation->sealed, buffer_text(&context), plain);
    buffer_free(&context);
    rest = buffer_text(plain);
    return done && take_short_text(&rest, &applicant->id_number) &&
           take_short_text(&rest, &applicant->phone) && take_short_text(&rest, &applicant->name);
}
