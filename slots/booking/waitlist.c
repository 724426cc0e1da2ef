/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/waitlist.h"

#include <stdlib.h>

#include "slots/catalogue/keys.h"
#include "slots/ledger/ledger_call.h"
#include "slots/ledger/lookup.h"

enum step { STEP_READ, STEP_LEAVE, STEP_FOLLOW, STEP_DONE };
enum flow { WAIT, MORE };

/* One look at an entry; its texts point into the arena. */
struct look {
    struct city *city;
    enum step step;
    bool is_leaving;
    struct reach reach;
    unsigned in_flight;
    int status;
    struct refusal refusal;
    struct waitlist_entry found;
    struct lookup became; /* what the entry became, wherever that stands now */
    bool has_become;
    waitlist_callback *callback;
    void *owner;
    struct buffer plain;
    struct arena arena;
};

const char *waitlist_status_name(enum waitlist_status status)
{
    static const char *const names[] = {
        [WAITLIST_WAITING] = "waiting", [WAITLIST_PROMOTED] = "promoted",
        [WAITLIST_OFFERED] = "offered", [WAITLIST_LEFT] = "left",
        [WAITLIST_LAPSED] = "lapsed",
    };

    return names[status];
}

static void run(struct look *look);

static void fail(struct look *look, int status)
{
    look->status = status;
    look->step = STEP_DONE;
}

static void refuse(struct look *look, enum refusal_kind kind)
{
    look->refusal = (struct refusal){.kind = kind, .has_other = true, .other = look->found.entry};
    look->step = STEP_DONE;
}

/* What became of the entry, by its own record alone. */
static void judge_entry(struct look *look)
{
    const struct reservation *entry = &look->found.entry;

    look->step = STEP_DONE;
    if (entry->status == RESERVATION_WAITING) {
        look->found.status = WAITLIST_WAITING;
    } else if (entry->status != RESERVATION_MOVED) {
        look->found.status = entry->status == RESERVATION_LAPSED ? WAITLIST_LAPSED : WAITLIST_LEFT;
    } else {
        look->step = STEP_FOLLOW;
    }
}

/* Reads the entry's record; false when it is malformed. */
static bool take_entry(struct look *look, struct text record)
{
    struct reservation *entry = &look->found.entry;

    return reservation_parse_record(arena_copy(&look->arena, record), entry) &&
           reservation_unseal(entry, &look->city->keys, &look->plain, &look->found.applicant);
}

/* An entry that is to leave, and is not one that has left. */
static void judge_leaving(struct look *look)
{
    if (look->found.entry.status == RESERVATION_WAITING)
        look->step = STEP_LEAVE;
    else if (look->found.entry.status == RESERVATION_CANCELLED)
        judge_entry(look);
    else
        refuse(look, REFUSAL_STATE);
}

/* One of the two answers to step_read(). */
static void arrived(struct look *look)
{
    if (--look->in_flight)
        return;
    if (look->status)
        look->step = STEP_DONE;
    run(look);
}

/* What an entry became is looked at where that stands now. */
static void judge(struct look *look, const char asked_salt[SALT_BYTES])
{
    bool is_followed = !look->is_leaving && look->found.entry.status == RESERVATION_MOVED;

    if (memcmp(asked_salt, look->found.entry.id.salt, SALT_BYTES) != 0)
        refuse(look, REFUSAL_MISSING);
    else if (!is_followed && !reach_covers(&look->reach, &look->found.entry))
        refuse(look, REFUSAL_OUT_OF_REACH);
    else if (look->is_leaving)
        judge_leaving(look);
    else
        judge_entry(look);
}

static void entry_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct look *look = owner;
    struct reservation_id asked = look->found.entry.id;

    if (status != STORE_OK)
        fail(look, status);
    else if (store_reply_kind(reply) == STORE_REPLY_NIL)
        refuse(look, REFUSAL_MISSING);
    else if (take_entry(look, store_reply_text(reply)))
        judge(look, asked.salt);
    else
        fail(look, STORE_FOUND(STORE_STRANGE));
    arrived(look);
}

static void rank_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct look *look = owner;

    look->found.position = (unsigned)store_reply_integer(reply) + 1;
    if (status != STORE_OK)
        look->status = status;
    arrived(look);
}

/* How many of its queue stand before it. */
static void ask_rank(struct look *look)
{
    const struct reservation_id *id = &look->found.entry.id;
    struct buffer from = {0}, until = {0};
    struct arena *arena = &look->arena;

    buffer_append_byte(&from, '[');
    key_append_queue(&from, id->hall, id->queue);
    buffer_append_byte(&until, '(');
    key_append_queue(&until, id->hall, id->queue);
    buffer_printf(&until, "%07u", id->sequence);
    store_command(look->city->store,
                  STORE_ARGS(TEXT("ZLEXCOUNT"), key_waiting(arena, look->city->code, id->day),
                             buffer_text(&from), buffer_text(&until)),
                  0, rank_answered, look);
    buffer_free(&from);
    buffer_free(&until);
}

static enum flow step_read(struct look *look)
{
    const struct reservation_id *id = &look->found.entry.id;
    struct arena *arena = &look->arena;

    look->in_flight = 2;
    ask_rank(look);
    store_command(look->city->store,
                  STORE_ARGS(TEXT("HGET"), reservation_key(arena, look->city->code, id),
                             reservation_field(arena, id)),
                  0, entry_answered, look);
    return WAIT;
}

static void left(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct look *look = owner;

    look->refusal = refusal_parse(outcome, store_reply_text_at(reply, LEDGER_DETAILS));
    look->step = STEP_DONE;
    if (status)
        fail(look, status);
    else if (look->refusal.kind == REFUSAL_NONE &&
             !take_entry(look, store_reply_text_at(reply, LEDGER_DETAILS)))
        fail(look, STORE_FOUND(STORE_STRANGE));
    else if (look->refusal.kind == REFUSAL_NONE)
        judge_entry(look);
    run(look);
}

static enum flow step_leave(struct look *look)
{
    const struct reservation_id *id = &look->found.entry.id;
    struct ledger_call call;
    struct buffer number = {0};

    buffer_printf(&number, "%c%u", (char)id->kind, id->sequence);
    ledger_call_start(&call, look->city, slots_library.leave);
    ledger_call_push_place(&call, id->hall, id->queue, id->day);
    ledger_call_push(&call, buffer_text(&number));
    ledger_call_send(&call, left, look);
    buffer_free(&number);
    return WAIT;
}

static void place_found(struct lookup *lookup, int outcome)
{
    struct look *look = CONTAINER_OF(lookup, struct look, became);
    const struct reservation *place = &lookup->reservation;

    look->step = STEP_DONE;
    look->has_become = true;
    look->found.place = *place;
    look->found.status = place->status == RESERVATION_OFFERED  ? WAITLIST_OFFERED
                         : place->status == RESERVATION_LAPSED ? WAITLIST_LAPSED
                                                               : WAITLIST_PROMOTED;
    if (outcome != LOOKUP_FOUND)
        fail(look, outcome < 0 ? outcome : STORE_FOUND(STORE_STRANGE));
    else if (!reach_covers(&look->reach, place))
        refuse(look, REFUSAL_OUT_OF_REACH);
    run(look);
}

/* What an entry becomes keeps its salt. */
static enum flow step_follow(struct look *look)
{
    const struct reservation *entry = &look->found.entry;
    struct reservation_id id = entry->id;

    if (reservation_parse_place(entry->extras.moved_to, &id)) {
        lookup_start(&look->became, look->city, &id, place_found);
        return WAIT;
    }
    fail(look, STORE_FOUND(STORE_STRANGE));
    return MORE;
}

static void finish(struct look *look)
{
    if (look->found.status != WAITLIST_WAITING)
        look->found.position = 0;
    look->callback(look->owner, look->status, &look->refusal, &look->found);
    if (look->plain.data)
        sodium_memzero(look->plain.data, look->plain.capacity);
    buffer_free(&look->plain);
    if (look->has_become)
        lookup_end(&look->became);
    arena_free(&look->arena);
    free(look);
}

static void run(struct look *look)
{
    static enum flow (*const steps[])(struct look *) = {
        [STEP_READ] = step_read,
        [STEP_LEAVE] = step_leave,
        [STEP_FOLLOW] = step_follow,
    };

    while (look->step != STEP_DONE)
        if (steps[look->step](look) == WAIT)
            return;
    finish(look);
}

static void start(struct city *city, const struct reservation_id *id, const struct reach *reach,
                  bool is_leaving, waitlist_callback *callback, void *owner)
{
    struct look *look = memory_new(sizeof *look);
    struct reservation_id *copy = &look->found.entry.id;

    look->city = city;
    look->is_leaving = is_leaving;
    look->reach = reach_copy(&look->arena, reach);
    look->callback = callback;
    look->owner = owner;
    *copy = *id;
    copy->hall = arena_copy(&look->arena, id->hall);
    copy->queue = arena_copy(&look->arena, id->queue);
    run(look);
}

void waitlist_read(struct city *city, const struct reservation_id *id, const struct reach *reach,
                   waitlist_callback *callback, void *owner)
{
    start(city, id, reach, false, callback, owner);
}

void waitlist_leave(struct city *city, const struct reservation_id *id, const struct reach *reach,
                    waitlist_callback *callback, void *owner)
{
    start(city, id, reach, true, callback, owner);
}
