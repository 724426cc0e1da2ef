/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/audit_parts.h"
#include "slots/keys.h"

/* KEYS  1 reservations of the hall-day  2 persons of the day  then the inventories
 * Reply 1 seconds that the reservations live  2 whether there are persons
 *       3 the inventories, each as HGETALL gives it
 *       4 for each reservation: code, head, sealed bytes, the person's entries */
static const char snapshot_script[] = AUDIT_LUA_HEAD
    "local CHUNK = 1000\n"
    "local flat, inventories, rows, persons = redis.call('HGETALL', KEYS[1]), {}, {}, {}\n"
    "for i = 3, #KEYS do inventories[i - 2] = redis.call('HGETALL', KEYS[i]) end\n"
    "for i = 1, #flat, 2 do\n"
    "  local at = 2 * (i - 1)\n"
    "  rows[at + 1] = flat[i]\n"
    "  rows[at + 2], rows[at + 3] = head(flat[i + 1])\n"
    "  rows[at + 4] = false\n"
    "  persons[#persons + 1] = flat[i + 1]:sub(10, 23)\n"
    "end\n"
    "for first = 1, #persons, CHUNK do\n"
    "  local last = math.min(first + CHUNK - 1, #persons)\n"
    "  local entries = redis.call('HMGET', KEYS[2], unpack(persons, first, last))\n"
    "  for i = first, last do rows[4 * i] = entries[i - first + 1] end\n"
    "end\n"
    "return { redis.call('TTL', KEYS[1]), redis.call('EXISTS', KEYS[2]), inventories, rows }\n";

enum { ROW = 4, COUNT_MAX = INT32_MAX };

/* An inventory, and what its reservations say that it must be. */
struct tally {
    struct text queue;
    bool exists;
    int64_t sequence;
    int64_t remaining[SLOTS_A_DAY], capacity[SLOTS_A_DAY], peak[SLOTS_A_DAY], live[SLOTS_A_DAY];
    uint32_t *sequences;
    size_t reservations;
};

struct hall_day {
    struct audit *audit;
    struct text hall;
    day_number day;
    struct text reservations_key, persons_key;
    struct tally *tallies;
    size_t count, capacity;
    bool again;   /* a queue was booked whose inventory was not read */
    bool is_last; /* then it is new: it was not booked in the snapshot before */
    bool is_expiring, has_persons;
    struct arena arena;
};

static struct tally *find_tally(struct hall_day *day, struct text queue)
{
    for (size_t i = 0; i < day->count; i++)
        if (text_equal(day->tallies[i].queue, queue))
            return &day->tallies[i];
    return NULL;
}

static void add_tally(struct hall_day *day, struct text queue)
{
    if (day->count == day->capacity) {
        day->capacity = day->capacity ? day->capacity * 2 : 16;
        day->tallies = memory_resize(day->tallies, day->capacity * sizeof *day->tallies);
    }
    day->tallies[day->count++] = (struct tally){.queue = arena_copy(&day->arena, queue)};
}

static struct text tally_key(struct hall_day *day, const struct tally *tally)
{
    return key_units(&day->arena, day->audit->city, day->hall, tally->queue, day->day);
}

/* --- Reading -----------------------------------------------------------------------------------
 */

static bool parse_row(const struct store_reply *rows, size_t row, struct reservation *reservation)
{
    return store_reply_text_at(rows, row).length == CODE_BYTES &&
           audit_parse_head(store_reply_text_at(rows, row + 1), reservation);
}

/* Counts the reservations of each queue; a queue without a tally asks for another snapshot. */
static void count_reservations(struct hall_day *day, const struct store_reply *rows)
{
    struct reservation reservation;

    for (size_t row = 0; row + ROW <= store_reply_count(rows); row += ROW) {
        struct tally *tally;

        if (!parse_row(rows, row, &reservation))
            continue;
        tally = find_tally(day, reservation.queue);
        if (tally) {
            tally->reservations++;
        } else if (!day->is_last) {
            add_tally(day, reservation.queue);
            day->again = true;
        }
    }
}

/* "18", "c18", "p18" and "seq"; false for anything else, and for values that are no number. */
static bool read_field(struct tally *tally, struct text field, struct text value)
{
    char letter = field.length ? field.data[0] : 0;
    bool has_letter = letter == 'c' || letter == 'p';
    int64_t slot;

    if (text_is(field, "seq"))
        return text_to_integer(value, 0, UINT32_MAX, &tally->sequence);
    if (!text_to_integer(text_part(field, has_letter, field.length), 0, SLOTS_A_DAY - 1, &slot))
        return false;
    return text_to_integer(value, has_letter ? 0 : -COUNT_MAX, COUNT_MAX,
                           letter == 'c'   ? &tally->capacity[slot]
                           : letter == 'p' ? &tally->peak[slot]
                                           : &tally->remaining[slot]);
}

static void read_inventory(struct hall_day *day, struct tally *tally,
                           const struct store_reply *flat)
{
    tally->exists = store_reply_count(flat) > 0;
    day->audit->counts->inventories += tally->exists;
    for (size_t i = 0; i + 1 < store_reply_count(flat); i += 2) {
        struct text field = store_reply_text_at(flat, i);
        if (!read_field(tally, field, store_reply_text_at(flat, i + 1)))
            audit_breach(day->audit, AUDIT_RECORD, tally_key(day, tally),
                         "the field " TEXT_FMT " is malformed", TEXT_ARG(field));
    }
    tally->sequences = arena_new(&day->arena, (tally->reservations + 1) * sizeof(uint32_t));
    tally->reservations = 0;
}

/* --- Checking ----------------------------------------------------------------------------------
 */

/* How often the index names the reservation among the person's entries ";service hall.code". */
static unsigned count_entries(const struct hall_day *day, struct text entries,
                              const struct reservation *reservation)
{
    struct text wanted, entry;
    struct buffer text = {0};
    unsigned count = 0;

    buffer_printf(&text, TEXT_FMT " " TEXT_FMT ".", TEXT_ARG(reservation->service),
                  TEXT_ARG(day->hall));
    buffer_append(&text, text_bytes(reservation->code, CODE_BYTES));
    wanted = buffer_text(&text);
    while (text_split(&entries, ';', &entry))
        count += text_equal(entry, wanted);
    buffer_free(&text);
    return count;
}

/* The policy may have changed since, so what any policy allows is good. */
static bool is_evidence(enum reservation_evidence evidence)
{
    return evidence == EVIDENCE_OFF || evidence == EVIDENCE_GREEN || evidence == EVIDENCE_ALLOWED ||
           evidence == EVIDENCE_DESK;
}

static void check_live(struct hall_day *day, struct tally *tally,
                       const struct reservation *reservation, struct text entries)
{
    struct audit *audit = day->audit;
    struct text code = text_bytes(reservation->code, CODE_BYTES);
    unsigned named = count_entries(day, entries, reservation);

    audit->counts->live++;
    for (unsigned i = 0; i < reservation->span && tally; i++)
        tally->live[reservation->slot + i] += reservation->units;
    if (!is_evidence(reservation->evidence))
        audit_breach(audit, AUDIT_HEALTH, day->reservations_key,
                     TEXT_FMT " is live, but byte %u is no health code to book on", TEXT_ARG(code),
                     (unsigned)reservation->evidence);
    if (named != 1 && !(day->is_expiring && !day->has_persons))
        audit_breach(audit, AUDIT_PERSON, day->persons_key,
                     "names the live reservation " TEXT_FMT "." TEXT_FMT " %u times, not once",
                     TEXT_ARG(day->hall), TEXT_ARG(code), named);
}

static void check_reservation(struct hall_day *day, const struct store_reply *rows, size_t row)
{
    struct reservation reservation = {.hall = day->hall, .day = day->day};
    struct text code = store_reply_text_at(rows, row);
    struct tally *tally;

    day->audit->counts->reservations++;
    if (!parse_row(rows, row, &reservation)) {
        audit_breach(day->audit, AUDIT_RECORD, day->reservations_key,
                     "the record of " TEXT_FMT " is malformed",
                     TEXT_ARG(text_part(code, 0, CODE_BYTES)));
        return;
    }
    if (store_reply_integer(store_reply_at(rows, row + 2)) <= VAULT_OVERHEAD_BYTES)
        audit_breach(day->audit, AUDIT_RECORD, day->reservations_key,
                     "the record of " TEXT_FMT " lacks its sealed applicant", TEXT_ARG(code));
    memcpy(reservation.code, code.data, CODE_BYTES);
    tally = find_tally(day, reservation.queue);
    if (tally)
        tally->sequences[tally->reservations++] = reservation.sequence;
    if (reservation_is_live(reservation.status))
        check_live(day, tally, &reservation, store_reply_text_at(rows, row + 3));
}

static void check_slots(struct hall_day *day, const struct tally *tally)
{
    struct text key = tally_key(day, tally);

    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        int64_t capacity = tally->capacity[slot], live = tally->live[slot];
        int64_t peak = tally->peak[slot] > capacity ? tally->peak[slot] : capacity;

        if (live > peak)
            audit_breach(day->audit, AUDIT_CAPACITY, key,
                         "slot %u holds %lld units, its capacity was never above %lld", slot,
                         (long long)live, (long long)peak);
        if (tally->remaining[slot] != capacity - live)
            audit_breach(day->audit, AUDIT_REMAINING, key,
                         "slot %u has %lld remaining, not %lld = capacity %lld - live units %lld",
                         slot, (long long)tally->remaining[slot], (long long)(capacity - live),
                         (long long)capacity, (long long)live);
    }
}

static int compare_sequences(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

static void check_sequences(struct hall_day *day, const struct tally *tally)
{
    size_t at = 0;

    qsort(tally->sequences, tally->reservations, sizeof *tally->sequences, compare_sequences);
    while (at < tally->reservations && tally->sequences[at] == at + 1)
        at++;
    if (tally->sequence != (int64_t)tally->reservations)
        audit_breach(day->audit, AUDIT_SEQUENCE, tally_key(day, tally),
                     "seq is %lld, but %zu reservations stand", (long long)tally->sequence,
                     tally->reservations);
    else if (at < tally->reservations)
        audit_breach(day->audit, AUDIT_SEQUENCE, tally_key(day, tally),
                     "the sequence is not 1 to %zu: %u stands in the place of %zu",
                     tally->reservations, tally->sequences[at], at + 1);
}

static void check_tally(struct hall_day *day, struct tally *tally)
{
    if (tally->exists) {
        check_slots(day, tally);
        check_sequences(day, tally);
    } else if (tally->reservations && !day->is_expiring) {
        audit_breach(day->audit, AUDIT_REMAINING, tally_key(day, tally),
                     "is missing, but %zu reservations stand", tally->reservations);
    }
}

static void snapshot_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct hall_day *day = owner;
    const struct store_reply *inventories = store_reply_at(reply, 2);
    const struct store_reply *rows = store_reply_at(reply, 3);

    day->again = false;
    if (status != STORE_OK)
        return;
    for (size_t i = 0; i < day->count; i++)
        day->tallies[i].reservations = 0;
    count_reservations(day, rows);
    if (day->again)
        return;
    day->is_expiring = audit_is_expiring(store_reply_integer(store_reply_at(reply, 0)));
    day->has_persons = store_reply_integer(store_reply_at(reply, 1)) > 0;
    for (size_t i = 0; i < day->count; i++)
        read_inventory(day, &day->tallies[i], store_reply_at(inventories, i));
    for (size_t row = 0; row + ROW <= store_reply_count(rows); row += ROW)
        check_reservation(day, rows, row);
    for (size_t i = 0; i < day->count; i++)
        check_tally(day, &day->tallies[i]);
}

static enum store_status take_snapshot(struct hall_day *day)
{
    size_t count = 0;
    struct text *args = memory_new((5 + day->count) * sizeof *args);
    struct buffer number = {0};
    enum store_status status;

    buffer_append_integer(&number, (int64_t)day->count + 2);
    args[count++] = TEXT("EVAL_RO");
    args[count++] = text_of(snapshot_script);
    args[count++] = buffer_text(&number);
    args[count++] = day->reservations_key;
    args[count++] = day->persons_key;
    for (size_t i = 0; i < day->count; i++)
        args[count++] = tally_key(day, &day->tallies[i]);
    status =
        store_command_wait(day->audit->store, args, count, AUDIT_TIMEOUT_MS, snapshot_read, day);
    buffer_free(&number);
    free(args);
    return status;
}

int audit_hall_day(struct audit *audit, struct text hall, day_number number,
                   const struct text *queues, size_t queue_count)
{
    struct hall_day day = {.audit = audit, .hall = hall, .day = number};
    enum store_status status;

    day.reservations_key = key_reservations(&day.arena, audit->city, hall, number);
    day.persons_key = key_persons(&day.arena, audit->city, number);
    for (size_t i = 0; i < queue_count; i++)
        add_tally(&day, queues[i]);
    status = take_snapshot(&day);
    if (status == STORE_OK && day.again) {
        day.is_last = true;
        status = take_snapshot(&day);
    }
    free(day.tallies);
    arena_free(&day.arena);
    return status;
}
