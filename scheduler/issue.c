/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>

#include "base/clock.h"
#include "scheduler/tickets.h"
#include "slots/ledger/ledger_call.h"
#include "slots/ledger/refusal.h"

enum { DAYS_LOOKED_AHEAD = 14, MS_A_MINUTE = 60000, DIGEST_PARTS = 8 };

/* A walk-in's way to his number. */
struct issue {
    struct city *city;
    struct edition *edition;
    const struct queue *queue;
    struct text service;
    enum priority priority;
    bool has_person, has_tag;
    unsigned char person[PERSON_KEY_BYTES], tag[TAG_BYTES], digest[DIGEST_BYTES];
    day_number today;
    unsigned minute; /* of now */
    bool is_closed;
    int outcome;
    struct issue_result result;
    issue_callback *callback;
    void *owner;
};

static void finish(struct issue *issue, int outcome)
{
    issue->callback(issue->owner, outcome, &issue->result);
    edition_release(issue->edition);
    free(issue);
}

/* --- Hours --- */

/* A queue's day as a walk-in finds it. */
struct walk_in_day {
    const struct queue *queue;
    const struct plan *plan;
    const struct hours *hours; /* NULL: closed for `reason` */
    day_number day;
    struct text reason;
    struct day_capacity capacity;
    bool has_capacity;
};

static void look_at_day(const struct issue *issue, day_number day, struct walk_in_day *found)
{
    const struct edition *edition = issue->edition;

    *found = (struct walk_in_day){.queue = issue->queue, .plan = &edition->plan, .day = day};
    found->hours = hall_hours_on(edition->catalogue, issue->queue->hall, day, &found->reason);
    plan_capacity_unclosed(&edition->plan, edition->catalogue, issue->queue, day, &found->capacity);
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        found->has_capacity |= found->capacity.capacity[slot] > 0;
}

static bool is_in_hours(const struct hours *hours, unsigned minute)
{
    for (unsigned i = 0; i < hours->count; i++)
        if (minute >= hours->ranges[i].from_minute && minute < hours->ranges[i].to_minute)
            return true;
    return false;
}

/* A half hour that the hours cut has no units of its own: there the queue's day counts. */
static bool is_served(const struct walk_in_day *day, unsigned slot)
{
    bool is_whole = day->hours->slots >> slot & 1;

    return is_whole ? day->capacity.capacity[slot] > 0 : day->has_capacity;
}

/* Why nobody gets a ticket then; true and nothing noted when one can be had. */
static bool is_open_at(const struct walk_in_day *day, unsigned minute, struct issue_result *result)
{
    unsigned slot = minute / SLOT_MINUTES;

    result->closure = NULL;
    result->reason = TEXT_NONE;
    if (!day->hours)
        result->reason = day->reason;
    else if (!is_in_hours(day->hours, minute))
        result->reason = TEXT("hours");
    else if ((result->closure = plan_closed(day->plan, day->queue, day->day, slot)))
        result->reason = result->closure->reason;
    else if (!is_served(day, slot))
        result->reason = TEXT("queue");
    return !result->reason.length && !result->closure;
}

/* The first instant of the day, from `minute` on, at which a ticket can be had; beyond its end when
 * there is none. Openings are beginnings of hours and of half hours. */
static unsigned opens_on(const struct walk_in_day *day, unsigned minute)
{
    struct issue_result ignored;

    for (; day->hours && minute < SLOTS_A_DAY * SLOT_MINUTES; minute++) {
        bool may_begin = minute % SLOT_MINUTES == 0;

        for (unsigned i = 0; i < day->hours->count; i++)
            may_begin |= minute == day->hours->ranges[i].from_minute;
        if (may_begin && is_open_at(day, minute, &ignored))
            return minute;
    }
    return SLOTS_A_DAY * SLOT_MINUTES;
}

static int64_t next_opening_ms(const struct issue *issue, unsigned minute)
{
    int zone = issue->edition->catalogue->utc_offset_minutes;
    struct walk_in_day day;

    for (day_number d = issue->today; d <= issue->today + DAYS_LOOKED_AHEAD; d++, minute = 0) {
        look_at_day(issue, d, &day);
        minute = opens_on(&day, minute);
        if (minute < SLOTS_A_DAY * SLOT_MINUTES)
            return calendar_instant_ms(d, minute, zone);
    }
    return 0;
}

static void look_at_clock(struct issue *issue)
{
    int zone = issue->edition->catalogue->utc_offset_minutes;
    int64_t now_ms = clock_now_ms();
    struct walk_in_day day;

    issue->today = calendar_day_of(now_ms, zone);
    issue->minute = calendar_minute_of(now_ms, zone);
    look_at_day(issue, issue->today, &day);
    issue->is_closed = !is_open_at(&day, issue->minute, &issue->result);
}

/* --- The call --- */

static void completed(void *owner, int status, const struct ticket_found *found)
{
    struct issue *issue = owner;

    issue->result.found = found;
    finish(issue, status < 0 ? status : issue->outcome);
}

/* Key and record stand at the same place whether it is the first request or a repeated one. */
static void give_ticket(struct issue *issue, int outcome, const struct store_reply *reply)
{
    issue->outcome = outcome;
    tickets_complete(issue->city, issue->queue->hall->id, issue->today,
                     store_reply_text_at(reply, LEDGER_DETAILS),
                     store_reply_text_at(reply, LEDGER_DETAILS + 1), completed, issue);
}

static void refuse_for_now(struct issue *issue)
{
    unsigned next_half_hour = (issue->minute / SLOT_MINUTES + 1) * SLOT_MINUTES;

    if (issue->queue->walk_ins_per_slot)
        issue->result.opens_at_ms =
            next_opening_ms(issue, issue->is_closed ? issue->minute : next_half_hour);
    finish(issue, issue->is_closed ? ISSUE_CLOSED : ISSUE_FULL);
}

/* The reservation that is to be checked in instead, as its person knows it. */
static int reservation_named(struct issue *issue, struct text place,
                             const struct store_reply *reply)
{
    struct reservation reservation = {0};

    if (!reservation_parse_place(place, &reservation.id) ||
        !reservation_parse_record(store_reply_text_at(reply, LEDGER_DETAILS), &reservation) ||
        !reservation_public_id(&reservation, &issue->result.reservation))
        return STORE_FOUND(STORE_STRANGE);
    return ISSUE_RESERVED;
}

/* Refusals that are this Function's own; false when it is none of them. */
static bool take_own_refusal(struct issue *issue, struct text outcome,
                             const struct store_reply *reply)
{
    int zone = issue->edition->catalogue->utc_offset_minutes;

    if (text_is(outcome, "T")) {
        give_ticket(issue, ISSUE_TICKETED, reply);
    } else if (text_is(outcome, "D")) {
        issue->result.opens_at_ms = calendar_instant_ms(issue->today + 1, 0, zone);
        finish(issue, ISSUE_DAY_LIMIT);
    } else if (outcome.length > 1 && outcome.data[0] == 'V') {
        finish(issue, reservation_named(issue, text_part(outcome, 1, outcome.length), reply));
    } else {
        return false;
    }
    return true;
}

static void answered(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct issue *issue = owner;
    struct refusal refusal;

    if (status < 0) {
        finish(issue, status);
        return;
    }
    if (take_own_refusal(issue, outcome, reply))
        return;
    refusal = refusal_parse(outcome, store_reply_text_at(reply, LEDGER_DETAILS));
    issue->result.health = refusal.health;
    if (refusal.kind == REFUSAL_NONE)
        give_ticket(issue, ISSUE_DONE, reply);
    else if (refusal.kind == REFUSAL_REPEATED)
        give_ticket(issue, ISSUE_REPEATED, reply);
    else if (refusal.kind == REFUSAL_MISMATCH)
        finish(issue, ISSUE_MISMATCH);
    else if (refusal.kind == REFUSAL_NOT_GREEN)
        finish(issue, ISSUE_NOT_GREEN);
    else if (refusal.kind == REFUSAL_FULL)
        refuse_for_now(issue);
    else
        finish(issue, STORE_FOUND(STORE_STRANGE));
}

/* Walk-ins that the half hour may have; empty: as many as come. While it is closed the call asks
 * for nothing but whether there is a number already. */
static void push_quota(struct ledger_call *call, const struct issue *issue)
{
    if (issue->is_closed)
        ledger_call_push(call, TEXT("closed"));
    else if (issue->queue->walk_ins_per_slot == UINT_MAX)
        ledger_call_push(call, TEXT_NONE);
    else
        ledger_call_push_integer(call, issue->queue->walk_ins_per_slot);
}

/* The queues of the hall are places of the call: the person may have booked any of them. */
static void add_places(struct ledger_call *call, const struct hall *hall, day_number day)
{
    for (size_t q = 0; q < hall->queue_count; q++)
        ledger_call_place(call, hall->id, hall->queues[q].id, day);
}

static void ask(struct issue *issue)
{
    int other_day = check_in_other_day(issue->queue->hall, issue->minute);
    const struct queue *queue = issue->queue;
    struct text hall = queue->hall->id;
    char priority = (char)(issue->priority ? issue->priority : '-');
    struct ledger_call call;
    char salt[SALT_BYTES];

    reservation_make_salt(salt);
    ledger_call_start(&call, issue->city, slots_library.issue);
    ledger_call_hall(&call, hall, issue->today);
    ledger_call_push(&call, issue->has_tag ? text_bytes(issue->tag, TAG_BYTES) : TEXT_NONE);
    ledger_call_push(&call, text_bytes(issue->digest, DIGEST_BYTES));
    ledger_call_push_place(&call, hall, queue->id, issue->today);
    ledger_call_push(&call, issue->service);
    ledger_call_push(&call, text_bytes(&priority, 1));
    ledger_call_push(&call,
                     issue->has_person ? text_bytes(issue->person, PERSON_KEY_BYTES) : TEXT_NONE);
    ledger_call_push_integer(&call, issue->minute / SLOT_MINUTES);
    push_quota(&call, issue);
    ledger_call_push(&call, text_bytes(salt, sizeof salt));
    ledger_call_push_integer(&call, queue->requeue_places);
    ledger_call_push_integer(&call, queue->hall->walk_ins_one_open);
    ledger_call_push_integer(&call, queue->hall->walk_ins_per_person_day);
    add_places(&call, queue->hall, issue->today);
    if (issue->has_person && other_day)
        add_places(&call, queue->hall, issue->today + other_day);
    ledger_call_send(&call, answered, issue);
}

/* --- The order --- */

static enum priority priority_on(const struct issue *issue, const struct issue_order *order)
{
    const struct person *applicant = order->applicant;

    return applicant ? priority_of(order->priority, applicant->id_type, applicant->id_number,
                                   issue->today)
                     : order->priority;
}

static void digest_order(struct issue *issue, const struct issue_order *order)
{
    static const struct person nobody;
    const struct person *applicant = order->applicant ? order->applicant : &nobody;
    const struct text key[] = {order->principal, order->idempotency_key};
    const struct text parts[DIGEST_PARTS] = {
        TEXT("ticket"),
        order->hall->id,
        order->service->id,
        text_of(ticket_priority_name(order->priority)),
        applicant->name,
        applicant->id_number,
        applicant->phone,
        text_of(id_type_name(applicant->id_type)), /* an ID card goes without saying */
    };
    size_t count = DIGEST_PARTS - (applicant->id_type == ID_CARD);

    issue->has_tag = order->idempotency_key.length > 0;
    vault_digest(&issue->city->keys, key, sizeof key / sizeof *key, issue->tag, TAG_BYTES);
    vault_digest(&issue->city->keys, parts, count, issue->digest, DIGEST_BYTES);
}

void tickets_issue(struct city *city, const struct issue_order *order, issue_callback *callback,
                   void *owner)
{
    struct issue *issue = memory_new(sizeof *issue);

    issue->city = city;
    issue->edition = edition_hold(city->edition);
    issue->queue = order->queue;
    issue->service = order->service->id;
    issue->callback = callback;
    issue->owner = owner;
    look_at_clock(issue);
    issue->priority = priority_on(issue, order);
    digest_order(issue, order);
    issue->has_person = order->applicant != NULL;
    if (issue->has_person)
        vault_person(&city->keys, order->applicant->id_type, order->applicant->id_number,
                     issue->person);
    ask(issue);
}
