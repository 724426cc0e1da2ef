/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/audit/parts.h"
#include "slots/catalogue/keys.h"

/* KEYS  1 idempotency keys  2 the plan  then of each day its reservations, its entries, its tickets
 * ARGV  of each reservation, entry, ticket or closure: which of these keys (from 1), field
 * Reply 1 seconds that the idempotency keys live, then for each 1 when it is there, 0 when it is
 *       not, 2 when its day has none at all */
static const char exists_script[] =
    "local reply = { redis.call('TTL', KEYS[1]) }\n"
    "for i = 1, #ARGV, 2 do\n"
    "  local key = KEYS[tonumber(ARGV[i])]\n"
    "  local found = redis.call('HEXISTS', key, ARGV[i + 1])\n"
    "  if found == 0 and redis.call('EXISTS', key) == 0 then found = 2 end\n"
    "  reply[#reply + 1] = found\n"
    "end\n"
    "return reply\n";

#define CLOSURE TEXT("closure ")
#define TICKET  TEXT("ticket ")
#define WINDOW  TEXT("window ")

enum { PLAN_KEY = 2, KEYS_A_DAY = 3, TICKETS_OF_DAY = 2 };

struct tag {
    struct text place, name;  /* 'DATE HALL QUEUE NUMBER', and the tag that led to it */
    struct text closure;      /* or 'HALL DATE NUMBER' of a closure, at the end of the place */
    struct text ticket;       /* or 'HALL QUEUE t12', a ticket's field */
    struct reservation_id id; /* points into the place; of a ticket: its day */
    day_number day;           /* of the request */
};

/* Those of the two days for which they are kept: some tens of bytes for each booking. */
struct tags {
    struct audit *audit;
    day_number day;
    struct text key;
    struct tag *items;
    size_t count, capacity;
    struct arena arena; /* of what the items hold */
};

static bool parse_ticket(struct tags *tags, struct text value, struct tag *tag)
{
    struct text rest = text_part(value, TICKET.length, value.length), hall, date, issuer;
    struct buffer field = {0};
    bool is_whole = text_split(&rest, ' ', &hall) && text_split(&rest, ' ', &date) &&
                    text_split(&rest, '/', &issuer) && rest.length &&
                    calendar_parse_compact_date(date, &tag->id.day);

    if (is_whole) {
        key_append_queue(&field, hall, issuer);
        buffer_append(&field, rest);
        tag->ticket = arena_copy(&tags->arena, buffer_text(&field));
    } else {
        audit_breach(tags->audit, AUDIT_RECORD, tags->key, "an entry is malformed");
    }
    buffer_free(&field);
    return is_whole;
}

static void add_tag(struct tags *tags, struct text name, struct text place)
{
    struct tag tag = {.day = tags->day};

    tag.place = arena_copy(&tags->arena, place);
    tag.name = arena_copy(&tags->arena, name);
    if (text_starts_with(place, TICKET)) {
        if (!parse_ticket(tags, tag.place, &tag))
            return;
    } else if (text_starts_with(place, CLOSURE))
        tag.closure = text_part(tag.place, CLOSURE.length, place.length);
    else if (!reservation_parse_place(tag.place, &tag.id)) {
        audit_breach(tags->audit, AUDIT_RECORD, tags->key, "an entry is malformed");
        return;
    }
    if (tags->count == tags->capacity) {
        tags->capacity = tags->capacity ? tags->capacity * 2 : 1024;
        tags->items = memory_resize(tags->items, tags->capacity * sizeof *tags->items);
    }
    tags->items[tags->count++] = tag;
}

/* 'DATE HALL QUEUE NUMBER', and the sequences of a party's others in the same queue. */
static void add_tags(struct tags *tags, struct text name, struct text value)
{
    struct text rest = text_part(value, DIGEST_BYTES, value.length), part = TEXT_NONE;
    struct buffer place = {0};
    size_t queue = 0;

    if (text_starts_with(rest, WINDOW)) /* many of them may be about one ticket */
        return;
    if (text_starts_with(rest, CLOSURE) || text_starts_with(rest, TICKET)) {
        add_tag(tags, name, rest);
        return;
    }
    for (unsigned i = 0; i < 3 && text_split(&rest, ' ', &part); i++)
        queue += part.length + 1;
    buffer_append(&place, text_part(value, DIGEST_BYTES, queue));
    do {
        part = TEXT_NONE;
        text_split(&rest, ' ', &part);
        place.length = place.length < queue ? place.length : queue;
        buffer_append(&place, part);
        add_tag(tags, name, buffer_text(&place));
    } while (rest.data);
    buffer_free(&place);
}

static void tags_checked(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct tags *tags = owner;
    bool is_expiring = audit_is_expiring(store_reply_integer(store_reply_at(reply, 0)));
    size_t first = tags->count - (store_reply_count(reply) ? store_reply_count(reply) - 1 : 0);

    if (status != STORE_OK)
        return;
    for (size_t i = 1; i < store_reply_count(reply); i++) {
        int64_t found = store_reply_integer(store_reply_at(reply, i));
        if (found == 0 || (found == 2 && !is_expiring))
            audit_breach(tags->audit, AUDIT_IDEMPOTENCY, tags->key,
                         "an entry names " TEXT_FMT ", which is missing",
                         TEXT_ARG(tags->items[first + i - 1].place));
    }
}

static void push_tag(struct audit_call *call, struct audit_days *days, const struct tag *tag)
{
    int64_t key = PLAN_KEY;

    if (!tag->closure.length)
        key += KEYS_A_DAY * (int64_t)audit_days_place(days, tag->id.day) + 1;
    if (tag->ticket.length)
        key += TICKETS_OF_DAY;
    else if (!tag->closure.length)
        key += tag->id.kind != KIND_RESERVATION;
    audit_call_push_integer(call, key);
    if (tag->ticket.length) {
        audit_call_push(call, tag->ticket);
        return;
    }
    audit_call_push(call,
                    tag->closure.length ? tag->closure : reservation_field(&call->arena, &tag->id));
}

/* Entry and reservation are written at once and the reservation stays, so it must be there now. */
static enum store_status take_tags(void *owner, const struct audit_page *page)
{
    struct tags *tags = owner;
    size_t first = tags->count;
    struct audit_days days = {0};
    struct audit_call call;

    for (size_t i = 0; i < page->count; i += 2)
        add_tags(tags, page->items[i], page->items[i + 1]);
    for (size_t i = first; i < tags->count; i++)
        if (!tags->items[i].closure.length)
            audit_days_place(&days, tags->items[i].id.day);
    audit_call_start(&call, exists_script, PLAN_KEY + KEYS_A_DAY * days.count);
    audit_call_push(&call, tags->key);
    audit_call_push(&call, key_plan(&call.arena, tags->audit->city));
    for (size_t i = 0; i < days.count; i++) {
        audit_call_push(&call, key_reservations(&call.arena, tags->audit->city, days.items[i]));
        audit_call_push(&call, key_entries(&call.arena, tags->audit->city, days.items[i]));
        audit_call_push(&call, key_tickets(&call.arena, tags->audit->city, days.items[i]));
    }
    for (size_t i = first; i < tags->count; i++)
        push_tag(&call, &days, &tags->items[i]);
    free(days.items);
    return audit_call_end(&call, tags->audit, tags_checked, tags);
}

static int compare_tags(const void *a, const void *b)
{
    const struct tag *left = a, *right = b;
    int order = text_compare(left->place, right->place);

    if (!order)
        order = text_compare(left->name, right->name);
    return order ? order : left->day - right->day;
}

/* The same entry twice is HSCAN's doing; another entry for the same reservation is a breach. */
static void check_shared(struct tags *tags)
{
    struct arena arena = {0};

    if (tags->count)
        qsort(tags->items, tags->count, sizeof *tags->items, compare_tags);
    for (size_t i = 1; i < tags->count; i++) {
        const struct tag *tag = &tags->items[i], *before = tag - 1;
        if (text_equal(tag->place, before->place) && compare_tags(tag, before) != 0)
            audit_breach(tags->audit, AUDIT_IDEMPOTENCY,
                         key_idempotency(&arena, tags->audit->city, tag->day),
                         "two entries name " TEXT_FMT, TEXT_ARG(tag->place));
    }
    arena_free(&arena);
}

int audit_idempotency(struct audit *audit, const struct audit_days *days)
{
    struct tags tags = {.audit = audit};
    struct arena arena = {0};
    enum store_status status = STORE_OK;

    for (size_t i = 0; i < days->count && status == STORE_OK; i++) {
        tags.day = days->items[i];
        tags.key = key_idempotency(&arena, audit->city, days->items[i]);
        status = audit_count_fields(audit, tags.key, &audit->counts->idempotency_keys);
        if (status == STORE_OK)
            status = audit_scan(audit, tags.key, take_tags, &tags);
    }
    if (status == STORE_OK)
        check_shared(&tags);
    free(tags.items);
    arena_free(&tags.arena);
    arena_free(&arena);
    return status;
}
