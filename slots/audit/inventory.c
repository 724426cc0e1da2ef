/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/audit/parts.h"

/* One inventory, and what its reservations say that it must be. Their numbers have no gaps, so they
 * are read by number, a few beyond what can stand there when `seq` is damaged.
 *
 * KEYS  1 units of the day  2 its reservations
 * ARGV  1 'HALL QUEUE '  2 letters of the statuses that hold units
 * Reply 1 the units: seq, then 48 each of what KINDS lists  2 the units held of each slot
 *       3 those of them that priority people hold  4 number of reservations  5 the first number
 *       that lacks its own, or 0  6 how far the numbers were looked at  7 seconds that the units
 *       live  8 whether there are any reservations */
static const char inventory_script[] = AUDIT_LUA_HEAD
    "local CHUNK, SPARE, name, letters = 1000, 10000, ARGV[1], ARGV[2]\n"
    "local fields = { name .. 'seq' }\n"
    "for _, kind in ipairs({ '', 'c', 'p', 'K', 'g', 'k' }) do\n"
    "  for slot = 0, 47 do fields[#fields + 1] = name .. kind .. slot end\n"
    "end\n"
    "local units = redis.call('HMGET', KEYS[1], unpack(fields))\n"
    "local seq = tonumber(units[1] or nil) or 0\n"
    "local last = math.min(seq, redis.call('HLEN', KEYS[2]) + SPARE)\n"
    "local held, by_priority, count, gap = {}, {}, 0, last < seq and last + 1 or 0\n"
    "for s = 1, 48 do held[s], by_priority[s] = 0, 0 end\n"
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
    "        local priority = extra(record, 'p')\n"
    "        for s = slot + 1, math.min(slot + span, 48) do\n"
    "          held[s] = held[s] + taken\n"
    "          if priority then by_priority[s] = by_priority[s] + taken end\n"
    "        end\n"
    "      end\n"
    "    end\n"
    "  end\n"
    "end\n"
    "return { units, held, by_priority, count, gap, last, redis.call('TTL', KEYS[1]),\n"
    "  redis.call('EXISTS', KEYS[2]) }\n";

enum { COUNT_MAX = INT32_MAX };

/* Fields of a half hour; the first letter as the script has them. */
enum kind { REMAINING, CAPACITY, PEAK, SHARE, PRIORITY, KEPT, KINDS };
static const struct {
    const char *letter;
    int64_t min;
} kinds[KINDS] = {
    [REMAINING] = {"", -COUNT_MAX}, [CAPACITY] = {"c", 0}, [PEAK] = {"p", 0}, [SHARE] = {"K", 0},
    [PRIORITY] = {"g", 0},          [KEPT] = {"k", 0},
};

struct inventory {
    struct audit_day *day;
    struct text queue; /* "HALL QUEUE " */
    int64_t sequence;
    int64_t values[KINDS][SLOTS_A_DAY];
    int64_t held[SLOTS_A_DAY], by_priority[SLOTS_A_DAY]; /* as the reservations say */
    int64_t last;                                        /* number of the records to be looked at */
};

/* One of the fields that may be missing; false for what is there and no number. */
static bool read_value(const struct store_reply *item, int64_t min, int64_t *value)
{
    return store_reply_kind(item) == STORE_REPLY_NIL ||
           text_to_integer(store_reply_text(item), min, COUNT_MAX, value);
}

static void read_values(struct inventory *inventory, const struct store_reply *units,
                        enum kind kind)
{
    struct audit_day *day = inventory->day;
    size_t first = 1 + (size_t)kind * SLOTS_A_DAY;

    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        if (!read_value(store_reply_at(units, first + slot), kinds[kind].min,
                        &inventory->values[kind][slot]))
            audit_breach(day->audit, AUDIT_RECORD, day->units_key,
                         "the field " TEXT_FMT "%s%u is malformed", TEXT_ARG(inventory->queue),
                         kinds[kind].letter, slot);
}

static bool has_any(const struct store_reply *units)
{
    for (size_t i = 0; i < store_reply_count(units); i++)
        if (store_reply_kind(store_reply_at(units, i)) != STORE_REPLY_NIL)
            return true;
    return false;
}

static void check_units(const struct inventory *inventory, unsigned slot)
{
    struct audit_day *day = inventory->day;
    int64_t capacity = inventory->values[CAPACITY][slot], held = inventory->held[slot];
    int64_t remaining = inventory->values[REMAINING][slot];
    int64_t peak = inventory->values[PEAK][slot];

    peak = peak > capacity ? peak : capacity;
    if (held > peak)
        audit_breach(day->audit, AUDIT_CAPACITY, day->units_key,
                     TEXT_FMT " slot %u holds %lld units, its capacity was never above %lld",
                     AUDIT_QUEUE_ARG(inventory->queue), slot, (long long)held, (long long)peak);
    if (remaining != capacity - held)
        audit_breach(day->audit, AUDIT_REMAINING, day->units_key,
                     TEXT_FMT " slot %u has %lld remaining, not %lld = capacity %lld - live "
                              "units %lld",
                     AUDIT_QUEUE_ARG(inventory->queue), slot, (long long)remaining,
                     (long long)(capacity - held), (long long)capacity, (long long)held);
}

static void check_kept(const struct inventory *inventory, unsigned slot)
{
    struct audit_day *day = inventory->day;
    int64_t share = inventory->values[SHARE][slot], kept = inventory->values[KEPT][slot];
    int64_t priority = inventory->values[PRIORITY][slot], held = inventory->by_priority[slot];
    int64_t left = share > priority ? share - priority : 0;

    if (priority != held)
        audit_breach(day->audit, AUDIT_REMAINING, day->units_key,
                     TEXT_FMT " slot %u counts %lld units of priority people, who hold %lld",
                     AUDIT_QUEUE_ARG(inventory->queue), slot, (long long)priority, (long long)held);
    if (kept != left)
        audit_breach(day->audit, AUDIT_REMAINING, day->units_key,
                     TEXT_FMT " slot %u keeps %lld units, not %lld: its share is %lld, priority "
                              "people hold %lld",
                     AUDIT_QUEUE_ARG(inventory->queue), slot, (long long)kept, (long long)left,
                     (long long)share, (long long)priority);
}

static void check_slots(const struct inventory *inventory)
{
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        check_units(inventory, slot);
        check_kept(inventory, slot);
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

static void read_all(struct inventory *inventory, const struct store_reply *reply)
{
    for (enum kind kind = 0; kind < KINDS; kind++)
        read_values(inventory, store_reply_at(reply, 0), kind);
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        inventory->held[slot] = store_reply_integer(store_reply_at(store_reply_at(reply, 1), slot));
        inventory->by_priority[slot] =
            store_reply_integer(store_reply_at(store_reply_at(reply, 2), slot));
    }
    inventory->last = store_reply_integer(store_reply_at(reply, 5));
}

static void inventory_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct inventory *inventory = owner;
    const struct store_reply *units = store_reply_at(reply, 0);
    bool is_expiring = audit_is_expiring(store_reply_integer(store_reply_at(reply, 6))) &&
                       store_reply_integer(store_reply_at(reply, 7)) == 0;

    if (status != STORE_OK || !has_any(units))
        return;
    inventory->day->audit->counts->inventories++;
    read_all(inventory, reply);
    if (!read_sequence(inventory, store_reply_at(units, 0)) || is_expiring)
        return;
    check_slots(inventory);
    check_sequence(inventory, store_reply_integer(store_reply_at(reply, 3)),
                   store_reply_integer(store_reply_at(reply, 4)));
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
    audit_call_push(&call, day->holding_letters);
    status = audit_call_end(&call, day->audit, inventory_read, &inventory);
    return status ? status : audit_day_look_at_all(day, queue, inventory.last);
}
