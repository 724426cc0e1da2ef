/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/reservation.h"

#include "base/random.h"
#include "slots/keys.h"

static const struct {
    const char *name;
    enum reservation_status status;
    bool live;
} statuses[] = {
    {"booked", RESERVATION_BOOKED, true},        {"checked_in", RESERVATION_CHECKED_IN, true},
    {"called", RESERVATION_CALLED, true},        {"serving", RESERVATION_SERVING, true},
    {"done", RESERVATION_DONE, false},           {"cancelled", RESERVATION_CANCELLED, false},
    {"no_show", RESERVATION_NO_SHOW, false},     {"in_draw", RESERVATION_IN_DRAW, false},
    {"not_drawn", RESERVATION_NOT_DRAWN, false},
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

void reservation_make_salt(char salt[SALT_BYTES])
{
    unsigned char random[SALT_BYTES];

    random_fill(random, sizeof random);
    for (size_t i = 0; i < SALT_BYTES; i++)
        salt[i] = alphabet[random[i] & 31];
}

void reservation_append_code(struct buffer *buffer, const struct reservation_id *id)
{
    buffer_append(buffer, id->queue);
    buffer_append_byte(buffer, '-');
    buffer_append_integer(buffer, id->sequence);
    buffer_append_byte(buffer, '-');
    buffer_append(buffer, text_bytes(id->salt, SALT_BYTES));
}

void reservation_append_id(struct buffer *buffer, const struct reservation_id *id)
{
    buffer_append(buffer, id->hall);
    buffer_append_byte(buffer, '.');
    calendar_append_compact_date(buffer, id->day);
    buffer_append_byte(buffer, '.');
    reservation_append_code(buffer, id);
}

static bool parse_salt(struct text text, char salt[SALT_BYTES])
{
    if (text.length != SALT_BYTES)
        return false;
    for (size_t i = 0; i < SALT_BYTES; i++) {
        char c = text.data[i];
        salt[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
        if (!salt[i] || !strchr(alphabet, salt[i]))
            return false;
    }
    return true;
}

bool reservation_parse_id(struct text text, struct reservation_id *id)
{
    struct text date, number;
    int64_t sequence;

    if (text.length > RESERVATION_TEXT_MAX || !text_split(&text, '.', &id->hall) ||
        !text_split(&text, '.', &date) || !calendar_parse_compact_date(date, &id->day) ||
        !text_split(&text, '-', &id->queue) || !text_split(&text, '-', &number) || !text.data)
        return false;
    if (!id->hall.length || !id->queue.length || !number.length || number.data[0] == '0' ||
        !text_to_integer(number, 1, INT32_MAX, &sequence))
        return false;
    id->sequence = (uint32_t)sequence;
    return parse_salt(text, id->salt);
}

bool reservation_parse_place(struct text place, struct reservation_id *id)
{
    struct text date;
    int64_t sequence;

    if (!text_split(&place, ' ', &date) || !calendar_parse_compact_date(date, &id->day) ||
        !text_split(&place, ' ', &id->hall) || !text_split(&place, ' ', &id->queue) ||
        !text_to_integer(place, 1, UINT32_MAX, &sequence))
        return false;
    id->sequence = (uint32_t)sequence;
    return true;
}

struct text reservation_field(struct arena *arena, const struct reservation_id *id)
{
    struct buffer field = {0};
    struct text result;

    key_append_queue(&field, id->hall, id->queue);
    buffer_append_integer(&field, id->sequence);
    result = arena_copy(arena, buffer_text(&field));
    buffer_free(&field);
    return result;
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

/* What the sealed part belongs to. The sequence is not known yet when it is sealed. */
static void append_context(struct buffer *context, const struct reservation_id *id)
{
    struct reservation_id unnumbered = *id;

    unnumbered.sequence = 0;
    reservation_append_id(context, &unnumbered);
}

static void append_sealed(struct buffer *buffer, const struct reservation *reservation,
                          const struct applicant *applicant, const struct vault_city *keys)
{
    struct buffer plain = {0}, context = {0};

    append_short_text(&plain, applicant->id_number);
    append_short_text(&plain, applicant->phone);
    append_short_text(&plain, applicant->name);
    append_context(&context, &reservation->id);
    vault_seal(keys, buffer_text(&plain), buffer_text(&context), buffer);
    sodium_memzero(plain.data, plain.length);
    buffer_free(&plain);
    buffer_free(&context);
}

void reservation_append_record(struct buffer *buffer, const struct reservation *reservation,
                               const struct applicant *applicant, const struct vault_city *keys)
{
    append_number(buffer, (uint64_t)reservation->status, 1);
    append_number(buffer, (uint64_t)reservation->evidence, 1);
    append_number(buffer, reservation->slot, 1);
    append_number(buffer, reservation->span, 1);
    append_number(buffer, reservation->units, 1);
    buffer_append(buffer, text_bytes(reservation->person, PERSON_KEY_BYTES));
    buffer_append(buffer, text_bytes(reservation->id.salt, SALT_BYTES));
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
    uint64_t status, evidence, slot, span, units, creator, created;
    struct text person, salt;

    if (!take_number(&record, 1, &status) || !take_number(&record, 1, &evidence) ||
        !take_number(&record, 1, &slot) || !take_number(&record, 1, &span) ||
        !take_number(&record, 1, &units) || !take(&record, PERSON_KEY_BYTES, &person) ||
        !take(&record, SALT_BYTES, &salt) || !take_short_text(&record, &reservation->service) ||
        !take_short_text(&record, &reservation->channel) || !take_number(&record, 1, &creator) ||
        !take_number(&record, 6, &created))
        return false;
    reservation->status = (enum reservation_status)status;
    reservation->evidence = (enum reservation_evidence)evidence;
    reservation->slot = (unsigned)slot;
    reservation->span = (unsigned)span;
    reservation->units = (unsigned)units;
    reservation->creator = (unsigned char)creator;
    reservation->created_at_ms = (int64_t)created;
    memcpy(reservation->person, person.data, PERSON_KEY_BYTES);
    memcpy(reservation->id.salt, salt.data, SALT_BYTES);
    reservation->sealed = record;
    return reservation_status_name(reservation->status) && slot + span <= SLOTS_A_DAY;
}

bool reservation_unseal(const struct reservation *reservation, const struct vault_city *keys,
                        struct buffer *plain, struct applicant *applicant)
{
    struct buffer context = {0};
    struct text rest;
    bool done;

    append_context(&context, &reservation->id);
    buffer_clear(plain);
    done = vault_unseal(keys, reservation->sealed, buffer_text(&context), plain);
    buffer_free(&context);
    rest = buffer_text(plain);
    return done && take_short_text(&rest, &applicant->id_number) &&
           take_short_text(&rest, &applicant->phone) && take_short_text(&rest, &applicant->name);
}
