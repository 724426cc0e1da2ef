/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/audit_parts.h"

/* One inventory, and what its reservations say that it must be. Their numbers have no gaps, so they
 * are read by number, a few beyond what can stand there when `seq` is damaged.
 *
 * KEYS  1 units of the day  2 its reservations
 * ARGV  1 'HALL QUEUE '  2 letters of the statuses that are live
 * Reply 1 the units: seq, then 48 each of remaining, capacity, former peak
 *       2 the live units of each slot  3 number of reservations  4 the first number that lacks its
 *       own, or 0  5 how far the numbers were looked at  6 seconds that the units live  7 whether
 *       there are any reservations */
static const char inventory_script[] =
    "local CHUNK, SPARE, name, letters = 1000, 10000, ARGV[1], ARGV[2]\n"
    "local fields = { name .. 'seq' }\n"
    "for _, kind in ipairs({ '', 'c', 'p' }) do\n"
    "  for slot = 0, 47 do fields[#fields + 1] = name .. kind .. slot end\n"
    "end\n"
    "local units = redis.call('HMGET', KEYS[1], unpack(fields))\n"
    "local seq = tonumber(units[1] or nil) or 0\n"
    "local last = math.min(seq, redis.call('HLEN', KEYS[2]) + SPARE)\n"
    "local live, count, gap = {}, 0, last < seq and last + 1 or 0\n"
    "for s = 1, 48 do live[s] = 0 end\n"
    "for first = 1, last, CHUNK do\n"
    "  local numbers = {}\n"
    "  for n = first, math.min(first + CHUNK - 1, last) do numbers[#numbers + 1] = name .. n end\n"
    "  local records = redis.call('HMGET', KEYS[2], unpack(numbers))\n"
    "  for i = 1, #numbers do\n"
    "    local record = records[i]\n"
    "    if not record then\n"
    "      if gap == 0 or gap > first + i - 1 then gap = first + i - 1 end\n"
    "    else\n"
    "      count = count + 1\n"
    "      local status, _, slot, span, taken = record:byte(1, 5)\n"
    "      if taken and letters:find(string.char(status), 1, true) then\n"
    "        for s = slot + 1, math.min(slot + span, 48) do live[s] = live[s] + taken end\n"
    "      end\n"
    "    end\n"
    "  end\n"
    "end\n"
    "return { units, live, count, gap, last, redis.call('TTL', KEYS[1]),\n"
    "  redis.call('EXISTS', KEYS[2]) }\n";

enum { COUNT_MAX = INT32_MAX };

struct inventory {
    struct audit_day *day;
    struct text queue; /* "HALL QUEUE " */
    int64_t sequence;
    int64_t remaining[SLOTS_A_DAY], capacity[SLOTS_A_DAY], peak[SLOTS_A_DAY], live[SLOTS_A_DAY];
    int64_t last; /* number of the records to be looked at */
};

/* One of the fields that may be missing; false for what is there and no number. */
static bool read_value(const struct store_reply *item, int64_t min, int64_t *value)
{
    return store_reply_kind(item) == STORE_REPLY_NIL ||
           text_to_integer(store_reply_text(item), min, COUNT_MAX, value);
}

static void read_values(struct inventory *inventory, const struct store_reply *units,
                        const char *kind, size_t first, int64_t min, int64_t *values)
{
    struct audit_day *day = inventory->day;

    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        if (!read_value(store_reply_at(units, first + slot), min, &values[slot]))
            audit_breach(day->audit, AUDIT_RECORD, day->units_key,
                         "the field " TEXT_FMT "%s%u is malformed", TEXT_ARG(inventory->queue),
                         kind, slot);
}

static bool has_any(const struct store_reply *units)
{
    for (size_t i = 0; i < store_reply_count(units); i++)
        if (store_reply_kind(store_reply_at(units, i)) != STORE_REPLY_NIL)
            return true;
    return false;
}

static void check_slots(const struct inventory *inventory)
{
    struct audit_day *day = inventory->day;

    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        int64_t capacity = inventory->capacity[slot], live = inventory->live[slot];
        int64_t peak = inventory->peak[slot] > capacity ? inventory->peak[slot] : capacity;

        if (live > peak)
            audit_breach(day->audit, AUDIT_CAPACITY, day->units_key,
                         TEXT_FMT " slot %u holds %lld units, its capacity was never above %lld",
                         AUDIT_QUEUE_ARG(inventory->queue), slot, (long long)live, (long long)peak);
        if (inventory->remaining[slot] != capacity - live)
            audit_breach(day->audit, AUDIT_REMAINING, day->units_key,
                         TEXT_FMT " slot %u has %lld remaining, not %lld = capacity %lld - live "
                                  "units %lld",
                         AUDIT_QUEUE_ARG(inventory->queue), slot,
                         (long long)inventory->remaining[slot], (long long)(capacity - live),
                         (long long)capacity, (long long)live);
    }
}

static void check_sequence(const struct inventory *inventory, int64_t count, int64_t gap)
{
    struct audit_day *day = inventory->day;

    if (gap)
        audit_breach(day->audit, AUDIT_SEQUENCE, day->units_key,
                     TEXT_FMT " seq is %lld, but %lld reservations stand: %lld is missing",
                     AUDIT_QUEUE_ARG(inventory->queue), (long long)inventory->sequence,
                     (long long)count, (long long)gap);
}

/* What a damaged seq counts cannot be said, so nothing more is. */
static bool read_sequence(struct inventory *inventory, const struct store_reply *item)
{
    struct audit_day *day = inventory->day;
    bool is_missing = store_reply_kind(item) == STORE_REPLY_NIL;

    if (is_missing)
        audit_breach(day->audit, AUDIT_SEQUENCE, day->units_key, TEXT_FMT " has no seq",
                     AUDIT_QUEUE_ARG(inventory->queue));
    else if (!text_to_integer(store_reply_text(item), 0, UINT32_MAX, &inventory->sequence))
        audit_breach(day->audit, AUDIT_RECORD, day->units_key,
                     "the field " TEXT_FMT "seq is malformed", TEXT_ARG(inventory->queue));
    else
        return true;
    return false;
}

static void inventory_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct inventory *inventory = owner;
    const struct store_reply *units = store_reply_at(reply, 0);
    bool is_expiring = audit_is_expiring(store_reply_integer(store_reply_at(reply, 5))) &&
                       store_reply_integer(store_reply_at(reply, 6)) == 0;

    if (status != STORE_OK || !has_any(units))
        return;
    inventory->day->audit->counts->inventories++;
    inventory->last = store_reply_integer(store_reply_at(reply, 4));
    read_values(inventory, units, "", 1, -COUNT_MAX, inventory->remaining);
    read_values(inventory, units, "c", 1 + SLOTS_A_DAY, 0, inventory->capacity);
    read_values(inventory, units, "p", 1 + 2 * SLOTS_A_DAY, 0, inventory->peak);
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        inventory->live[slot] = store_reply_integer(store_reply_at(store_reply_at(reply, 1), slot));
    if (!read_sequence(inventory, store_reply_at(units, 0)) || is_expiring)
        return;
    check_slots(inventory);
    check_sequence(inventory, store_reply_integer(store_reply_at(reply, 2)),
                   store_reply_integer(store_reply_at(reply, 3)));
}

int audit_inventory(struct audit_day *day, struct text queue)
{
    struct inventory inventory = {.day = day, .queue = queue};
    struct audit_call call;
    int status;

    audit_call_start(&call, inventory_script, 2);
    audit_call_push(&call, day->units_key);
    audit_call_push(&call, day->reservations_key);
    audit_call_push(&call, queue);
    audit_call_push(&call, day->live_letters);
    status = audit_call_end(&call, day->audit, inventory_read, &inventory);
    return status ? status : audit_day_look_at_all(day, queue, inventory.last);
}
