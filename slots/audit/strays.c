/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/audit/parts.h"

/* Reservations that no inventory counts: a part of the hash at a time, each with its inventory as
 * it is at that instant.
 *
 * KEYS  1 reservations of the day  2 its units
 * ARGV  1 cursor of HSCAN
 * Reply 1 the cursor to go on with  2 field and `seq` of each that is beyond it (-1 when there is
 * no seq, -2 when the field is malformed)  3 seconds that the reservations live  4 whether there
 *       are any units */
static const char strays_script[] =
    "local part = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', 500)\n"
    "local known, strays = {}, {}\n"
    "for i = 1, #part[2], 2 do\n"
    "  local name, number = part[2][i]:match('^([^ ]+ [^ ]+ )([1-9]%d*)$')\n"
    "  local seq = -2\n"
    "  if name then\n"
    "    known[name] = known[name] or\n"
    "      tonumber(redis.call('HGET', KEYS[2], name .. 'seq') or nil) or -1\n"
    "    seq = known[name]\n"
    "  end\n"
    "  if seq < 0 or tonumber(number) > seq then\n"
    "    strays[#strays + 1] = part[2][i]\n"
    "    strays[#strays + 1] = seq\n"
    "  end\n"
    "end\n"
    "return { part[1], strays, redis.call('TTL', KEYS[1]), redis.call('EXISTS', KEYS[2]) }\n";

enum { NO_FIELD = -2 };

/* A reservation outside its inventory. */
struct stray {
    struct text field, queue; /* "HALL QUEUE 12", its "HALL QUEUE " */
    int64_t sequence;         /* the inventory's, negative when there is none */
};

struct strays {
    struct audit_day *day;
    struct stray *items;
    size_t count, capacity;
    struct buffer cursor;
    bool is_expiring; /* the units are gone, the reservations will be */
};

static void add_stray(struct strays *strays, struct text field, int64_t sequence)
{
    if (sequence == NO_FIELD) {
        audit_names_add(&strays->day->malformed, field);
        return;
    }
    if (strays->count == strays->capacity) {
        strays->capacity = strays->capacity ? strays->capacity * 2 : 64;
        strays->items = memory_resize(strays->items, strays->capacity * sizeof *strays->items);
    }
    strays->items[strays->count++] =
        (struct stray){field, text_part(field, 0, audit_queue_length(field)), sequence};
}

static void strays_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct strays *strays = owner;
    const struct store_reply *items = store_reply_at(reply, 1);

    if (status != STORE_OK)
        return;
    buffer_clear(&strays->cursor);
    buffer_append(&strays->cursor, store_reply_text_at(reply, 0));
    strays->is_expiring = audit_is_expiring(store_reply_integer(store_reply_at(reply, 2))) &&
                          store_reply_integer(store_reply_at(reply, 3)) == 0;
    for (size_t i = 0; i + 1 < store_reply_count(items); i += 2)
        add_stray(strays, arena_copy(&strays->day->arena, store_reply_text_at(items, i)),
                  store_reply_integer(store_reply_at(items, i + 1)));
}

static int read_strays(struct strays *strays)
{
    struct audit_day *day = strays->day;
    int status;

    buffer_append_byte(&strays->cursor, '0');
    do {
        struct audit_call call;
        audit_call_start(&call, strays_script, 2);
        audit_call_push(&call, day->reservations_key);
        audit_call_push(&call, day->units_key);
        audit_call_push(&call, arena_copy(&call.arena, buffer_text(&strays->cursor)));
        status = audit_call_end(&call, day->audit, strays_read, strays);
    } while (status == STORE_OK && !text_is(buffer_text(&strays->cursor), "0"));
    return status;
}

static int compare_strays(const void *a, const void *b)
{
    return text_compare(((const struct stray *)a)->field, ((const struct stray *)b)->field);
}

/* `count` of one queue. An inventory that lacks its seq only has been told already. */
static void tell_strays(const struct strays *strays, const struct stray *stray, size_t count)
{
    struct audit_day *day = strays->day;

    if (stray->sequence >= 0)
        audit_breach(day->audit, AUDIT_SEQUENCE, day->units_key,
                     TEXT_FMT " seq is %lld, but %zu reservations stand beyond it",
                     AUDIT_QUEUE_ARG(stray->queue), (long long)stray->sequence, count);
    else if (!strays->is_expiring && !audit_names_have(&day->queues, stray->queue))
        audit_breach(day->audit, AUDIT_REMAINING, day->units_key,
                     TEXT_FMT " is missing, but %zu reservations stand",
                     AUDIT_QUEUE_ARG(stray->queue), count);
}

/* Queue by queue; HSCAN may have given a field twice. */
static int check_strays(const struct strays *strays)
{
    size_t of_queue = 0;
    int status = 0;

    for (size_t i = 0; i < strays->count && status == 0; i++) {
        const struct stray *stray = &strays->items[i];
        const struct stray *next = i + 1 < strays->count ? stray + 1 : NULL;

        if (next && text_equal(stray->field, next->field))
            continue;
        status = audit_day_look_at(strays->day, stray->field);
        of_queue++;
        if (!next || !text_equal(stray->queue, next->queue)) {
            tell_strays(strays, stray, of_queue);
            of_queue = 0;
        }
    }
    return status;
}

int audit_strays(struct audit_day *day)
{
    struct strays strays = {.day = day};
    int status = read_strays(&strays);

    if (strays.count)
        qsort(strays.items, strays.count, sizeof *strays.items, compare_strays);
    if (status == 0)
        status = check_strays(&strays);
    audit_day_tell_malformed(day, day->reservations_key);
    free(strays.items);
    buffer_free(&strays.cursor);
    return status;
}
