/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/ledger/reservation.h"

#include <stddef.h>

#include "base/random.h"
#include "slots/catalogue/id_document.h"
#include "slots/catalogue/keys.h"

static const struct {
    const char *name;
    enum reservation_status status;
    bool live, holds_units;
} statuses[] = {
    {"booked", RESERVATION_BOOKED, true, true},
    {"checked_in", RESERVATION_CHECKED_IN, true, true},
    {"called", RESERVATION_CALLED, true, true},
    {"serving", RESERVATION_SERVING, true, true},
    {"done", RESERVATION_DONE, false, false},
    {"cancelled", RESERVATION_CANCELLED, false, false},
    {"no_show", RESERVATION_NO_SHOW, false, false},
    {"in_draw", RESERVATION_IN_DRAW, false, false},
    {"not_drawn", RESERVATION_NOT_DRAWN, false, false},
    {"moved", RESERVATION_MOVED, false, false},
    {"offered", RESERVATION_OFFERED, false, true},
    {"lapsed", RESERVATION_LAPSED, false, false},
    {"cancelled", RESERVATION_RETURNING, false, true},
    {"waiting", RESERVATION_WAITING, false, false},
};
#define STATUS_COUNT (sizeof statuses / sizeof *statuses)

static const struct {
    const char *name;
    enum priority priority;
} priorities[] = {
    {"elderly", PRIORITY_ELDERLY},
    {"disabled", PRIORITY_DISABLED},
    {"military", PRIORITY_MILITARY},
    {"pregnant", PRIORITY_PREGNANT},
};
#define PRIORITY_COUNT (sizeof priorities / sizeof *priorities)

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

bool reservation_holds_units(enum reservation_status status)
{
    for (size_t i = 0; i < STATUS_COUNT; i++)
        if (statuses[i].status == status)
            return statuses[i].holds_units;
    return false;
}

const char *priority_name(enum priority priority)
{
    for (size_t i = 0; i < PRIORITY_COUNT; i++)
        if (priorities[i].priority == priority)
            return priorities[i].name;
    return NULL;
}

bool priority_parse(struct text name, enum priority *priority)
{
    for (size_t i = 0; i < PRIORITY_COUNT; i++)
        if (text_is(name, priorities[i].name))
            return *priority = priorities[i].priority, true;
    return false;
}

enum priority priority_of(enum priority declared, enum id_type type, struct text id_number,
                          day_number day)
{
    if (declared || id_document_elderly(type, id_number, day) != ID_AGE_ELDERLY)
        return declared;
    return PRIORITY_ELDERLY;
}

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void reservation_make_salt(char salt[SALT_BYTES])
{
    unsigned char random[SALT_BYTES];

    random_fill(random, sizeof random);
    for (size_t i = 0; i < SALT_BYTES; i++)
        salt[i] = alphabet[random[i] & 31];
}

/* 12, w3, d7 */
static void append_number_of(struct buffer *buffer, const struct reservation_id *id)
{
    if (id->kind)
        buffer_append_byte(buffer, (char)id->kind);
    buffer_append_integer(buffer, id->sequence);
}

static bool parse_number(struct text number, struct reservation_id *id)
{
    char letter = number.length ? (char)(number.data[0] | 0x20) : 0; /* a small one */
    int64_t sequence;

    id->kind = KIND_RESERVATION;
    if (letter == KIND_WAITING || letter == KIND_DRAW || letter == KIND_TICKET) {
        id->kind = (enum reservation_kind)letter;
        number = text_part(number, 1, number.length);
    }
    if (!number.length || number.data[0] == '0' ||
        !text_to_integer(number, 1, INT32_MAX, &sequence))
        return false;
    id->sequence = (uint32_t)sequence;
    return true;
}

void reservation_append_code(struct buffer *buffer, const struct reservation_id *id)
{
    buffer_append(buffer, id->queue);
    buffer_append_byte(buffer, '-');
    append_number_of(buffer, id);
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

void reservation_put_id(struct buffer *json, const char *name, const struct reservation_id *id)
{
    json_open(json, name, '"');
    reservation_append_id(json, id);
    buffer_append_byte(json, '"');
}

static bool parse_salt(struct text text, char salt[SALT_BYTES])
{
    if (text.length != SALT_BYTES)
        return false;
    for (size_t i = 0; i < SALT_BYTES; i++) {
        char c = text.data[i];
        salt[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
        if (salt[i] == 'I' || salt[i] == 'L')
            salt[i] = '1';
        else if (salt[i] == 'O')
            salt[i] = '0';
        if (!salt[i] || !strchr(alphabet, salt[i]))
            return false;
    }
    return true;
}

bool reservation_parse_id(struct text text, struct reservation_id *id)
{
    struct text date, number;

    if (text.length > RESERVATION_TEXT_MAX || !text_split(&text, '.', &id->hall) ||
        !text_split(&text, '.', &date) || !calendar_parse_compact_date(date, &id->day) ||
        !text_split(&text, '-', &id->queue) || !text_split(&text, '-', &number) || !text.data)
        return false;
    return id->hall.length && id->queue.length && parse_number(number, id) &&
           parse_salt(text, id->salt);
}

void reservation_append_place(struct buffer *buffer, const struct reservation_id *id)
{
    calendar_append_compact_date(buffer, id->day);
    buffer_append_byte(buffer, ' ');
    key_append_queue(buffer, id->hall, id->queue);
    append_number_of(buffer, id);
}

bool reservation_parse_place(struct text place, struct reservation_id *id)
{
    struct text date;

    return text_split(&place, ' ', &date) && calendar_parse_compact_date(date, &id->day) &&
           text_split(&place, ' ', &id->hall) && text_split(&place, ' ', &id->queue) &&
           parse_number(place, id);
}

struct text reservation_field(struct arena *arena, const struct reservation_id *id)
{
    struct buffer field = {0};

    key_append_queue(&field, id->hall, id->queue);
    append_number_of(&field, id);
    return buffer_to_arena(&field, arena);
}

struct text reservation_key(struct arena *arena, struct text city, const struct reservation_id *id)
{
    return id->kind == KIND_RESERVATION ? key_reservations(arena, city, id->day)
                                        : key_entries(arena, city, id->day);
}

bool reservation_public_id(const struct reservation *reservation, struct reservation_id *id)
{
    *id = reservation->id;
    return !reservation->extras.origin.length ||
           reservation_parse_place(reservation->extras.origin, id);
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

/* Extras stand in a record only when this bit of the creator's byte is set. */
enum { HAS_EXTRAS = 0x80 };

/* Where a text of the extras stands in the struct, by its tag in the record. */
static const struct {
    char tag;
    size_t offset;
} extra_texts[] = {
    {'o', offsetof(struct reservation_extras, origin)},
    {'t', offsetof(struct reservation_extras, moved_to)},
    {'a', offsetof(struct reservation_extras, agent)},
    {'k', offsetof(struct reservation_extras, package)},
    {'l', offsetof(struct reservation_extras, lead)},
    {'r', offsetof(struct reservation_extras, offer_for)},
    {'f', offsetof(struct reservation_extras, offer_place)},
    {'g', offsetof(struct reservation_extras, starts)},
    {'e', offsetof(struct reservation_extras, draw_entry)},
    {'i', offsetof(struct reservation_extras, ticket)},
    {'n', offsetof(struct reservation_extras, ticket_prefix)},
    {'x', offsetof(struct reservation_extras, pardon)},
    {'v', offsetof(struct reservation_extras, refused)},
    {'b', offsetof(struct reservation_extras, booker)},
};
#define EXTRA_TEXT_COUNT (sizeof extra_texts / sizeof *extra_texts)

static void append_extra(struct buffer *buffer, char tag, struct text value)
{
    if (!value.length)
        return;
    buffer_append_byte(buffer, tag);
    append_short_text(buffer, value);
}

/* What a new record may say of itself; the rest is written by the functions. */
static void append_extras(struct buffer *buffer, const struct reservation_extras *extras)
{
    char priority = (char)extras->priority;

    for (size_t i = 0; i < EXTRA_TEXT_COUNT; i++)
        append_extra(buffer, extra_texts[i].tag,
                     *(const struct text *)((const char *)extras + extra_texts[i].offset));
    append_extra(buffer, 'p', text_bytes(&priority, priority != 0));
    for (unsigned i = 0; i < extras->follower_count; i++)
        append_extra(buffer, 's', extras->followers[i]);
}

/* What the sealed part belongs to: the place that the id names. The sequence is not known yet when
 * it is sealed, and the kind is not told: an entry's seal holds for the reservation it becomes. */
static void append_context(struct buffer *context, const struct reservation *reservation)
{
    struct reservation_id id;

    reservation_public_id(reservation, &id);
    id.sequence = 0;
    id.kind = KIND_RESERVATION;
    memcpy(id.salt, reservation->id.salt, SALT_BYTES);
    reservation_append_id(context, &id);
}

/* The letters of the applicant's document and of his agent's. Records of ID cards alone do without,
 * as all did before there were others. */
static void append_types(struct buffer *plain, const struct applicant *applicant)
{
    const char letters[] = {id_type_letter(applicant->id_type),
                            id_type_letter(applicant->agent.id_type)};

    append_short_text(plain, text_bytes(letters, sizeof letters));
}

static void append_sealed(struct buffer *buffer, const struct reservation *reservation,
                          const struct applicant *applicant, const struct vault_city *keys)
{
    struct buffer plain = {0}, context = {0};
    bool has_types = applicant->id_type != ID_CARD || applicant->agent.id_type != ID_CARD;

    append_short_text(&plain, applicant->id_number);
    append_short_text(&plain, applicant->phone);
    append_short_text(&plain, applicant->name);
    if (applicant->agent.id_number.length || has_types) {
        append_short_text(&plain, applicant->agent.id_number);
        append_short_text(&plain, applicant->agent.phone);
        append_short_text(&plain, applicant->agent.name);
    }
    if (has_types)
        append_types(&plain, applicant);
    append_context(&context, reservation);
    vault_seal(keys, buffer_text(&plain), buffer_text(&context), buffer);
    sodium_memzero(plain.data, plain.length);
    buffer_free(&plain);
    buffer_free(&context);
}

void reservation_append_record(struct buffer *buffer, const struct reservation *reservation,
                               const struct applicant *applicant, const struct vault_city *keys)
{
    struct buffer extras = {0};

    append_extras(&extras, &reservation->extras);
    append_number(buffer, (uint64_t)reservation->status, 1);
    append_number(buffer, (uint64_t)reservation->evidence, 1);
    append_number(buffer, reservation->slot, 1);
    append_number(buffer, reservation->span, 1);
    append_number(buffer, reservation->units, 1);
    buffer_append(buffer, text_bytes(reservation->person, PERSON_KEY_BYTES));
    buffer_append(buffer, text_bytes(reservation->id.salt, SALT_BYTES));
    append_short_text(buffer, reservation->service);
    append_short_text(buffer, reservation->channel);
    append_number(buffer, reservation->creator | (extras.length ? HAS_EXTRAS : 0u), 1);
    append_number(buffer, (uint64_t)reservation->created_at_ms, 6);
    if (extras.length) {
        append_number(buffer, extras.length, 2);
        buffer_append(buffer, buffer_text(&extras));
    }
    buffer_free(&extras);
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

/* Tags of a later version are passed over. */
static bool keep_extra(struct reservation_extras *extras, char tag, struct text value)
{
    for (size_t i = 0; i < EXTRA_TEXT_COUNT; i++)
        if (extra_texts[i].tag == tag) {
            *(struct text *)((char *)extras + extra_texts[i].offset) = value;
            return true;
        }
    if (tag == 'p' && value.length == 1)
        extras->priority = (enum priority)value.data[0];
    else if (tag == 'u')
        return text_to_integer(value, 0, INT64_MAX, &extras->offer_until_s);
    else if (tag == 's' && extras->follower_count < PACKAGE_STEPS_MAX)
        extras->followers[extras->follower_count++] = value;
    return true;
}

static bool take_extras(struct text *rest, struct reservation_extras *extras)
{
    uint64_t length, tag;
    struct text all, value;

    if (!take_number(rest, 2, &length) || !take(rest, length, &all))
        return false;
    while (all.length)
        if (!take_number(&all, 1, &tag) || !take_short_text(&all, &value) ||
            !keep_extra(extras, (char)tag, value))
            return false;
    return true;
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
    reservation->extras = (struct reservation_extras){0};
    reservation->parts = NULL;
    if ((creator & HAS_EXTRAS) && !take_extras(&record, &reservation->extras))
        return false;
    reservation->status = (enum reservation_status)status;
    reservation->evidence = (enum reservation_evidence)evidence;
    reservation->slot = (unsigned)slot;
    reservation->span = (unsigned)span;
    reservation->units = (unsigned)units;
    reservation->creator = (unsigned char)(creator & ~(uint64_t)HAS_EXTRAS);
    reservation->created_at_ms = (int64_t)created;
    memcpy(reservation->person, person.data, PERSON_KEY_BYTES);
    memcpy(reservation->id.salt, salt.data, SALT_BYTES);
    reservation->sealed = record;
    return reservation_status_name(reservation->status) && slot + span <= SLOTS_A_DAY;
}

static bool take_types(struct text *rest, struct applicant *applicant)
{
    struct text letters;

    return take_short_text(rest, &letters) && letters.length == 2 &&
           id_type_of_letter(letters.data[0], &applicant->id_type) &&
           id_type_of_letter(letters.data[1], &applicant->agent.id_type);
}

bool reservation_unseal(const struct reservation *reservation, const struct vault_city *keys,
                        struct buffer *plain, struct applicant *applicant)
{
    struct buffer context = {0};
    struct text rest;
    bool done;

    append_context(&context, reservation);
    buffer_clear(plain);
    done = vault_unseal(keys, reservation->sealed, buffer_text(&context), plain);
    buffer_free(&context);
    rest = buffer_text(plain);
    *applicant = (struct applicant){0};
    return done && take_short_text(&rest, &applicant->id_number) &&
           take_short_text(&rest, &applicant->phone) && take_short_text(&rest, &applicant->name) &&
           (!rest.length || (take_short_text(&rest, &applicant->agent.id_number) &&
                             take_short_text(&rest, &applicant->agent.phone) &&
                             take_short_text(&rest, &applicant->agent.name))) &&
           (!rest.length || take_types(&rest, applicant));
}
