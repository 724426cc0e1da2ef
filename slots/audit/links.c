/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/audit/parts.h"
#include "slots/catalogue/keys.h"

/* Records that name one another: both are read at one instant, for either may have changed since it
 * was met.
 *
 * KEYS  records of days: of each its reservations, its entries, its units
 * ARGV  of each link: of its one end and its other the key of the record, its field, the key of the
 *       units, 'HALL QUEUE swept' there
 * Reply of each link: of its one end and its other the head, nil without a record; the first half
 *       hour whose no-shows are not marked yet; and whether the other's key is there */
static const char links_script[] = AUDIT_LUA_HEAD
    "local rows = {}\n"
    "local function read(at)\n"
    "  local record = redis.call('HGET', KEYS[tonumber(ARGV[at])], ARGV[at + 1])\n"
    "  rows[#rows + 1] = record and (head(record))\n"
    "  rows[#rows + 1] = redis.call('HGET', KEYS[tonumber(ARGV[at + 2])], ARGV[at + 3])\n"
    "end\n"
    "for at = 1, #ARGV, 8 do\n"
    "  read(at)\n"
    "  read(at + 4)\n"
    "  rows[#rows + 1] = redis.call('EXISTS', KEYS[tonumber(ARGV[at + 4])])\n"
    "end\n"
    "return rows\n";

enum { ROW = 5, LINKS_A_CALL = 300, KEYS_A_DAY = 3 };

struct links_check {
    struct audit *audit;
    const struct audit_link *items;
    size_t count;
};

/* --- Noting them -------------------------------------------------------------------------------
 */

static void add_link(struct audit_links *links, struct audit_link link)
{
    if (links->count == links->capacity) {
        links->capacity = links->capacity ? links->capacity * 2 : 256;
        links->items = memory_resize(links->items, links->capacity * sizeof *links->items);
    }
    links->items[links->count++] = link;
}

/* What a record says is no place when it is damaged; that is told here. */
static bool is_place(struct audit *audit, const struct audit_link *link)
{
    struct reservation_id id;

    if (reservation_parse_place(link->to, &id))
        return true;
    audit_breach(audit, AUDIT_RECORD, audit->city, "the record of " TEXT_FMT " names no place",
                 TEXT_ARG(link->from));
    return false;
}

void audit_link(struct audit *audit, enum audit_link_kind kind, struct text from, struct text to)
{
    struct audit_link link = {kind, arena_copy(&audit->arena, from), arena_copy(&audit->arena, to)};

    if (!is_place(audit, &link))
        return;
    add_link(&audit->links, link);
    if (kind == AUDIT_LINK_MOVED)
        add_link(&audit->moves, link);
}

/* --- Judging -----------------------------------------------------------------------------------
 */

static const struct {
    const char *says;
    unsigned invariant;
} words[] = {
    [AUDIT_LINK_MOVED] = {"was moved to", AUDIT_RECORD},
    [AUDIT_LINK_OFFER] = {"is offered for", AUDIT_REMAINING},
    [AUDIT_LINK_OFFERED] = {"is offered", AUDIT_REMAINING},
    [AUDIT_LINK_FOLLOWER] = {"has the later step", AUDIT_RECORD},
    [AUDIT_LINK_LEAD] = {"has the first step", AUDIT_RECORD},
};

static void check_link(struct audit *audit, const struct audit_link *link,
                       const struct audit_end *from, const struct audit_end *to, bool has_key)
{
    struct reservation_id id;
    const char *fault = NULL;

    if (!from->is_there || from->is_malformed || to->is_malformed || !audit_still_names(from, link))
        return; /* said of the record, or it has changed since */
    if (to->is_there)
        fault = audit_link_fault(from, to, link->kind);
    else if (has_key || !reservation_parse_place(link->to, &id) || !audit_is_past(audit, id.day))
        fault = "which is missing";
    if (fault)
        audit_breach(audit, words[link->kind].invariant, audit->city,
                     TEXT_FMT " %s " TEXT_FMT ", %s", TEXT_ARG(link->from), words[link->kind].says,
                     TEXT_ARG(link->to), fault);
}

static struct audit_end read_end(struct text place, const struct store_reply *head,
                                 struct text swept)
{
    struct audit_end end = {.place = place};

    end.is_there = store_reply_kind(head) == STORE_REPLY_TEXT;
    end.is_malformed = end.is_there && !audit_parse_head(store_reply_text(head), &end.reservation);
    text_to_integer(swept, 0, SLOTS_A_DAY, &end.swept);
    return end;
}

static void links_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct links_check *check = owner;

    for (size_t i = 0; i < check->count && status == STORE_OK; i++) {
        const struct audit_link *link = &check->items[i];
        size_t at = ROW * i;
        struct audit_end from =
            read_end(link->from, store_reply_at(reply, at), store_reply_text_at(reply, at + 1));
        struct audit_end to =
            read_end(link->to, store_reply_at(reply, at + 2), store_reply_text_at(reply, at + 3));
        check_link(check->audit, link, &from, &to,
                   store_reply_integer(store_reply_at(reply, at + 4)) != 0);
    }
}

/* --- Reading -----------------------------------------------------------------------------------
 */

static void add_day(struct audit_days *days, struct text place)
{
    struct reservation_id id;

    if (reservation_parse_place(place, &id))
        audit_days_place(days, id.day);
}

static void push_keys(struct audit_call *call, const struct audit *audit,
                      const struct audit_days *days)
{
    for (size_t i = 0; i < days->count; i++) {
        audit_call_push(call, key_reservations(&call->arena, audit->city, days->items[i]));
        audit_call_push(call, key_entries(&call->arena, audit->city, days->items[i]));
        audit_call_push(call, key_units(&call->arena, audit->city, days->items[i]));
    }
}

static void push_end(struct audit_call *call, struct audit_days *days, struct text place)
{
    struct reservation_id id;
    struct buffer swept = {0};
    int64_t key;

    reservation_parse_place(place, &id);
    key = KEYS_A_DAY * (int64_t)audit_days_place(days, id.day) + 1;
    audit_call_push_integer(call, key + (id.kind != KIND_RESERVATION));
    audit_call_push(call, reservation_field(&call->arena, &id));
    audit_call_push_integer(call, key + 2);
    key_append_queue(&swept, id.hall, id.queue);
    buffer_append(&swept, TEXT("swept"));
    audit_call_push(call, arena_copy(&call->arena, buffer_text(&swept)));
    buffer_free(&swept);
}

static int check_some(struct audit *audit, const struct audit_link *items, size_t count)
{
    struct links_check check = {audit, items, count};
    struct audit_days days = {0};
    struct audit_call call;

    for (size_t i = 0; i < count; i++) {
        add_day(&days, items[i].from);
        add_day(&days, items[i].to);
    }
    audit_call_start(&call, links_script, KEYS_A_DAY * days.count);
    push_keys(&call, audit, &days);
    for (size_t i = 0; i < count; i++) {
        push_end(&call, &days, items[i].from);
        push_end(&call, &days, items[i].to);
    }
    free(days.items);
    return audit_call_end(&call, audit, links_read, &check);
}

int audit_links_check(struct audit *audit, bool all)
{
    struct audit_links *links = &audit->links;
    size_t done = 0;
    int status = 0;

    while (status == 0 && links->count - done >= (all ? 1 : LINKS_A_CALL)) {
        size_t left = links->count - done;
        size_t count = left < LINKS_A_CALL ? left : LINKS_A_CALL;
        status = check_some(audit, links->items + done, count);
        done += count;
    }
    if (done)
        memmove(links->items, links->items + done, (links->count - done) * sizeof *links->items);
    links->count -= done;
    return status;
}

/* --- Cycles ------------------------------------------------------------------------------------
 */

static int compare_links(const void *a, const void *b)
{
    return text_compare(((const struct audit_link *)a)->from, ((const struct audit_link *)b)->from);
}

static const struct audit_link *move_from(const struct audit_links *moves, struct text place)
{
    struct audit_link wanted = {.from = place};

    return bsearch(&wanted, moves->items, moves->count, sizeof *moves->items, compare_links);
}

/* Follows each chain until it ends or meets what was followed before; `seen` says by which. */
void audit_moves_check(struct audit *audit)
{
    struct audit_links *moves = &audit->moves;
    size_t *seen = memory_new((moves->count + 1) * sizeof *seen);

    if (moves->count)
        qsort(moves->items, moves->count, sizeof *moves->items, compare_links);
    for (size_t i = 0; i < moves->count; i++) {
        const struct audit_link *link = &moves->items[i];
        while (link && !seen[link - moves->items]) {
            seen[link - moves->items] = i + 1;
            link = move_from(moves, link->to);
        }
        if (link && seen[link - moves->items] == i + 1)
            audit_breach(audit, AUDIT_RECORD, audit->city, TEXT_FMT " was moved in a circle",
                         TEXT_ARG(link->from));
    }
    free(seen);
}
