/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/draw_reading.h"

#include <stdlib.h>

#include "base/log.h"
#include "slots/catalogue/keys.h"
#include "slots/ledger/reservation.h"

enum { ENTRIES_A_PART = 500 };

void draw_reading_start(struct draw_reading *reading, struct city *city, struct text hall,
                        struct text queue, day_number day)
{
    *reading = (struct draw_reading){.city = city};
    reading->list.hall = arena_copy(&reading->arena, hall);
    reading->list.queue = arena_copy(&reading->arena, queue);
    reading->list.day = day;
}

void draw_reading_free(struct draw_reading *reading)
{
    free(reading->list.entries);
    arena_free(&reading->arena);
    sodium_memzero(reading->list.seed, sizeof reading->list.seed);
}

static void finish(struct draw_reading *reading, int status)
{
    if (store_status_is_lasting(status))
        log_error("slots.draw-unreadable", LOG_TEXT("city", reading->city->code),
                  LOG_TEXT("hall", reading->list.hall), LOG_TEXT("queue", reading->list.queue),
                  LOG_INTEGER("day", reading->list.day));
    reading->callback(reading->owner, status);
}

/* --- The state -----------------------------------------------------------------------------------
 */

/* What the seed is sealed for. */
static void append_context(struct buffer *context, const struct draw_list *list)
{
    buffer_append(context, TEXT("draw "));
    key_append_queue(context, list->hall, list->queue);
    calendar_append_compact_date(context, list->day);
}

void draw_append_open(struct buffer *state, const struct draw_list *list,
                      const struct vault_city *keys)
{
    char commitment[DRAW_HEX_CHARS + 1];
    struct buffer context = {0};

    draw_commitment(list, commitment);
    append_context(&context, list);
    buffer_append_byte(state, 'o');
    buffer_append(state, text_of(commitment));
    vault_seal(keys, text_bytes(list->seed, DRAW_SEED_BYTES), buffer_text(&context), state);
    buffer_free(&context);
}

void draw_append_drawn(struct buffer *state, const struct draw_list *list)
{
    char commitment[DRAW_HEX_CHARS + 1], seed[DRAW_HEX_CHARS + 1];

    draw_commitment(list, commitment);
    sodium_bin2hex(seed, sizeof seed, list->seed, DRAW_SEED_BYTES);
    buffer_printf(state, "d%s%s", commitment, seed);
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        if (list->places[slot])
            buffer_printf(state, " %u=%u", slot, list->places[slot]);
}

bool draw_reading_unseal(struct draw_reading *reading)
{
    struct text sealed = text_part(reading->stored, 1 + DRAW_HEX_CHARS, reading->stored.length);
    struct buffer context = {0}, plain = {0};
    bool done;

    append_context(&context, &reading->list);
    done = vault_unseal(&reading->city->keys, sealed, buffer_text(&context), &plain) &&
           plain.length == DRAW_SEED_BYTES;
    if (done)
        memcpy(reading->list.seed, plain.data, DRAW_SEED_BYTES);
    if (plain.data)
        sodium_memzero(plain.data, plain.capacity);
    buffer_free(&plain);
    buffer_free(&context);
    return done;
}

static bool read_seed(struct draw_reading *reading, struct text hex)
{
    size_t length;

    return hex.length == DRAW_HEX_CHARS &&
           sodium_hex2bin(reading->list.seed, DRAW_SEED_BYTES, hex.data, hex.length, NULL, &length,
                          NULL) == 0 &&
           length == DRAW_SEED_BYTES;
}

static bool read_places(struct draw_reading *reading, struct text places)
{
    struct text word, slot;
    int64_t number, units;

    memset(reading->list.places, 0, sizeof reading->list.places);
    while (places.length && text_split(&places, ' ', &word)) {
        if (!word.length)
            continue;
        if (!text_split(&word, '=', &slot) || !text_to_integer(slot, 0, SLOTS_A_DAY - 1, &number) ||
            !text_to_integer(word, 0, UINT32_MAX, &units))
            return false;
        reading->list.places[number] = (uint32_t)units;
    }
    return true;
}

static bool understand_state(struct draw_reading *reading)
{
    struct text stored = reading->stored;
    struct text commitment = text_part(stored, 1, DRAW_HEX_CHARS);
    struct text rest = text_part(stored, 1 + DRAW_HEX_CHARS, stored.length);

    reading->state = DRAWS_PENDING;
    *reading->commitment = '\0';
    if (!stored.length)
        return true;
    if (commitment.length != DRAW_HEX_CHARS)
        return false;
    memcpy(reading->commitment, commitment.data, DRAW_HEX_CHARS);
    reading->commitment[DRAW_HEX_CHARS] = '\0';
    reading->state = stored.data[0] == 'o' ? DRAWS_OPEN : DRAWS_DRAWN;
    if (stored.data[0] == 'o')
        return true;
    return stored.data[0] == 'd' && read_seed(reading, text_part(rest, 0, DRAW_HEX_CHARS)) &&
           read_places(reading, text_part(rest, DRAW_HEX_CHARS, rest.length));
}

static void state_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct draw_reading *reading = owner;
    int64_t last = 0;

    if (status == STORE_OK) {
        reading->stored = arena_copy(&reading->arena, store_reply_text_at(reply, 0));
        text_to_integer(store_reply_text_at(reply, 1), 0, INT32_MAX, &last);
        reading->last = (uint32_t)last;
        if (!understand_state(reading))
            status = STORE_FOUND(STORE_STRANGE);
    }
    finish(reading, status);
}

static struct text field_of(struct arena *arena, const struct draw_reading *reading,
                            const char *name)
{
    struct buffer field = {0};

    key_append_queue(&field, reading->list.hall, reading->list.queue);
    buffer_append(&field, text_of(name));
    return buffer_to_arena(&field, arena);
}

void draw_reading_state(struct draw_reading *reading, draw_reading_callback *callback, void *owner)
{
    struct arena arena = {0};

    reading->callback = callback;
    reading->owner = owner;
    store_command(reading->city->store,
                  STORE_ARGS(TEXT("HMGET"),
                             key_entries(&arena, reading->city->code, reading->list.day),
                             field_of(&arena, reading, "draw"), field_of(&arena, reading, "dseq")),
                  0, state_read, reading);
    arena_free(&arena);
}

/* --- The entries ---------------------------------------------------------------------------------
 */

static void read_part(struct draw_reading *reading, uint32_t after);

/* Room for one more, zeroed. */
static struct draw_entry *add_entry(struct draw_reading *reading)
{
    struct draw_list *list = &reading->list;

    if (list->count == reading->entry_capacity) {
        reading->entry_capacity = reading->entry_capacity ? reading->entry_capacity * 2 : 64;
        list->entries =
            memory_resize(list->entries, reading->entry_capacity * sizeof *list->entries);
    }
    list->entries[list->count] = (struct draw_entry){0};
    return &list->entries[list->count++];
}

/* True for an entry that belongs to the list; one that left before the draw does not. Those that
 * found no place stay in_draw, those that a rule refused are not_drawn. */
static bool is_listed(enum reservation_status status)
{
    return status == RESERVATION_IN_DRAW || status == RESERVATION_MOVED ||
           status == RESERVATION_NOT_DRAWN;
}

static bool take_record(struct draw_reading *reading, uint32_t number, struct text record)
{
    struct reservation reservation = {0};
    struct draw_entry *entry;

    if (!reservation_parse_record(record, &reservation))
        return false;
    if (!is_listed(reservation.status))
        return true;
    if (!draw_is_id(reservation.extras.draw_entry))
        return false;
    entry = add_entry(reading);
    memcpy(entry->id, reservation.extras.draw_entry.data, DRAW_ID_CHARS);
    entry->number = number;
    entry->slot = reservation.slot;
    entry->units = reservation.units;
    entry->span = reservation.span;
    entry->is_placed = reservation.status == RESERVATION_MOVED;
    if (reservation.extras.refused.length)
        entry->refused = draw_refusal(reservation.extras.refused.data[0]);
    return true;
}

/* A part on its way. */
struct part {
    struct draw_reading *reading;
    uint32_t after;
    unsigned count;
};

static void part_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct part part = *(struct part *)owner;

    free(owner);
    for (unsigned i = 0; i < part.count && status == STORE_OK; i++)
        if (!take_record(part.reading, part.after + i + 1, store_reply_text_at(reply, i)))
            status = STORE_FOUND(STORE_STRANGE);
    if (status == STORE_OK && part.after + part.count < part.reading->last)
        read_part(part.reading, part.after + part.count);
    else
        finish(part.reading, status);
}

static void read_part(struct draw_reading *reading, uint32_t after)
{
    struct text args[2 + ENTRIES_A_PART];
    struct arena arena = {0};
    struct part *part = memory_new(sizeof *part);
    struct reservation_id id = {.hall = reading->list.hall,
                                .queue = reading->list.queue,
                                .day = reading->list.day,
                                .kind = KIND_DRAW};
    uint32_t left = reading->last - after;
    unsigned fields;

    *part = (struct part){reading, after, left < ENTRIES_A_PART ? left : ENTRIES_A_PART};
    fields = part->count ? part->count : 1; /* the command wants one even when there is none */
    args[0] = TEXT("HMGET");
    args[1] = key_entries(&arena, reading->city->code, reading->list.day);
    for (unsigned i = 0; i < fields; i++) {
        id.sequence = after + i + 1;
        args[2 + i] = reservation_field(&arena, &id);
    }
    store_command(reading->city->store, args, 2 + fields, 0, part_read, part);
    arena_free(&arena);
}

void draw_reading_entries(struct draw_reading *reading, draw_reading_callback *callback,
                          void *owner)
{
    reading->callback = callback;
    reading->owner = owner;
    reading->list.count = 0;
    read_part(reading, 0);
}
