/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/day_end.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "scheduler/floors.h"
#include "slots/catalogue/keys.h"
#include "slots/ledger/ledger_call.h"

/* A queue of a hall whose day is to be ended; those of a hall stand together, perhaps twice. */
struct open_floor {
    struct text hall, queue;
};

/* First the days before today, from the last that was ended on, then today. */
enum step { STEP_READ_ENDED, STEP_LOOK, STEP_END, STEP_NOTE_ENDED, STEP_DONE };

struct floor_list {
    struct open_floor *items;
    size_t count, capacity;
};

struct pass {
    struct city *city;
    int64_t token;
    enum step step;
    day_number day, today;
    struct floor_list found; /* of a past day, as open_floors.lua tells part by part */
    struct floor_list open;  /* of `day` */
    size_t next;
    size_t first;       /* the hall's first queue among the open ones */
    struct text hall;   /* whose day is being ended */
    struct text behind; /* the ticket behind which it goes on, in the arena; empty at first */
    int64_t lapsed;     /* by the calls of the hall so far */
    bool is_incomplete; /* a day before today could not be ended everywhere */
    struct arena arena;
    int status;
    void (*callback)(void *owner, int status);
    void *owner;
};

static void go_on(struct pass *pass);

bool day_end_is_over(const struct catalogue *catalogue, const struct hall *hall, day_number day,
                     int64_t worked_ms, int64_t now_ms)
{
    struct text reason;
    const struct hours *hours = hall_hours_on(catalogue, hall, day, &reason);
    day_number today = calendar_day_of(now_ms, catalogue->utc_offset_minutes);
    unsigned last = 0;

    if (day != today || !hours || !hours->count)
        return day < today;
    for (unsigned r = 0; r < hours->count; r++)
        if (hours->ranges[r].to_minute > last)
            last = hours->ranges[r].to_minute;
    return calendar_minute_of(now_ms, catalogue->utc_offset_minutes) >= last + DAY_END_MINUTES &&
           now_ms - worked_ms >= DAY_END_MINUTES * INT64_C(60000);
}

/* --- What is open ------------------------------------------------------------------------------
 */

static void add_to(struct floor_list *list, struct arena *arena, struct text hall,
                   struct text queue)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 64;
        list->items = memory_resize(list->items, list->capacity * sizeof *list->items);
    }
    list->items[list->count++] =
        (struct open_floor){arena_copy(arena, hall), arena_copy(arena, queue)};
}

static void add_open(struct pass *pass, struct text hall, struct text queue)
{
    add_to(&pass->open, &pass->arena, hall, queue);
}

/* Those that the catalogue has: a reservation may be for one that issued no ticket. */
static void add_queues(struct pass *pass, struct text id)
{
    const struct hall *hall = catalogue_hall(pass->city->edition->catalogue, id);

    for (size_t q = 0; hall && q < hall->queue_count; q++)
        add_open(pass, id, hall->queues[q].id);
}

/* Whoever is called or served stays with the window. */
static bool ends_with_day(enum ticket_status status)
{
    switch (status) {
    case TICKET_WAITING:
    case TICKET_PARKED:
    case TICKET_MISSED:
        return true;
    case TICKET_CALLED:
    case TICKET_SERVING:
    case TICKET_DONE:
    case TICKET_CANCELLED:
        break;
    }
    return false;
}

static bool has_open(const struct floor *floor)
{
    if (floor->waiting_count)
        return true;
    LIST_FOREACH(&floor->tickets, item)
    if (ends_with_day(floor_ticket_at(item)->ticket.status))
        return true;
    FLOOR_EACH_WINDOW(floor, item)
    {
        const struct floor_window *window = floor_window_at(item);
        if (window->state != FLOOR_WINDOW_CLOSED && !window->ticket.length)
            return true;
    }
    return false;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* When something was done at a window last. */
static int64_t worked_ms(const struct floor *floor)
{
    int64_t last = 0;

    FLOOR_EACH_WINDOW(floor, item)
    last = later(last, floor_window_at(item)->since_ms);
    LIST_FOREACH(&floor->tickets, item)
    {
        const struct ticket *ticket = &floor_ticket_at(item)->ticket;
        last = later(last, later(ticket->last_called_ms, ticket->started_ms));
    }
    return last;
}

/* Hours that were shortened when somebody had booked are what they were for him: whether a half
 * hour that anybody holds has not been over for so long. */
static bool is_booked_later(const struct pass *pass, const struct hall *hall)
{
    const struct edition *edition = pass->city->edition;
    int zone = edition->catalogue->utc_offset_minutes;
    unsigned minute = calendar_minute_of(clock_now_ms(), zone);

    for (size_t q = 0; q < hall->queue_count; q++) {
        const struct inventory *inventory =
            view_find(&edition->view, &hall->queues[q], pass->today);
        for (unsigned slot = 0; inventory && slot < SLOTS_A_DAY; slot++)
            if (inventory->remaining[slot] < (int64_t)inventory->capacity[slot] &&
                minute < (slot + 1) * SLOT_MINUTES + DAY_END_MINUTES)
                return true;
    }
    return false;
}

static void look_at_today(struct pass *pass)
{
    const struct catalogue *catalogue = pass->city->edition->catalogue;

    for (size_t h = 0; h < catalogue->hall_count; h++) {
        const struct hall *hall = &catalogue->halls[h];
        const struct floor *floor = floors_hall(pass->city, hall->id);
        if (has_open(floor) && !is_booked_later(pass, hall) &&
            day_end_is_over(catalogue, hall, pass->today, worked_ms(floor), clock_now_ms()))
            add_queues(pass, hall->id);
    }
    pass->step = STEP_END;
}

static int compare_floors(const void *a, const void *b)
{
    const struct open_floor *left = a, *right = b;
    int order = text_compare(left->hall, right->hall);

    return order ? order : text_compare(left->queue, right->queue);
}

/* What was found stands hall by hall, first the '-' of one that is open. */
static void take_open(struct pass *pass)
{
    struct floor_list *found = &pass->found;
    struct text open = TEXT_NONE;

    if (found->count)
        qsort(found->items, found->count, sizeof *found->items, compare_floors);
    for (size_t i = 0; i < found->count; i++) {
        const struct open_floor *floor = &found->items[i];
        if (i && compare_floors(floor, floor - 1) == 0)
            continue;
        if (text_is(floor->queue, "-")) {
            open = floor->hall;
            add_queues(pass, open);
        }
        if (text_equal(open, floor->hall))
            add_open(pass, floor->hall, floor->queue);
    }
    found->count = 0;
    pass->step = STEP_END;
}

static void look_at_past(struct pass *pass, struct text cursor);

static void open_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct pass *pass = owner;
    struct text queue, hall;

    for (size_t i = 1; status == STORE_OK && i < store_reply_count(reply); i++) {
        queue = store_reply_text_at(reply, i);
        if (text_split(&queue, ' ', &hall))
            add_to(&pass->found, &pass->arena, hall, queue);
    }
    if (status == STORE_OK && !text_is(store_reply_text_at(reply, 0), "0")) {
        look_at_past(pass, store_reply_text_at(reply, 0));
        return;
    }
    take_open(pass);
    pass->status = status;
    go_on(pass);
}

/* A part of the day's tickets at a call. */
static void look_at_past(struct pass *pass, struct text cursor)
{
    struct text city = pass->city->code;
    bool is_last = pass->day < pass->today - 1;
    struct arena arena = {0};

    store_command(pass->city->store,
                  STORE_ARGS(TEXT("FCALL_RO"), slots_library.open_floors, TEXT("2"),
                             key_tickets(&arena, city, pass->day),
                             key_windows(&arena, city, pass->day), is_last ? TEXT("1") : TEXT("0"),
                             cursor),
                  0, open_read, pass);
    arena_free(&arena);
}

/* --- Ending a hall's day -----------------------------------------------------------------------
 */

static void log_end(const struct pass *pass, int64_t lapsed)
{
    struct buffer date = {0};

    calendar_append_date(&date, pass->day);
    log_info("scheduler.day-ended", LOG_TEXT("hall", pass->hall),
             LOG_TEXT("date", buffer_text(&date)), LOG_INTEGER("lapsed", lapsed));
    buffer_free(&date);
}

static void tell_refused(struct pass *pass, struct text outcome)
{
    log_warning("scheduler.day-not-ended", LOG_TEXT("hall", pass->hall),
                LOG_TEXT("outcome", outcome));
    pass->is_incomplete = true;
    pass->behind = TEXT_NONE;
    pass->lapsed = 0;
}

/* A call ends so many people's day; who is left is the next call's. */
static void take_ended(struct pass *pass, const struct store_reply *reply)
{
    struct text behind = store_reply_text_at(reply, LEDGER_DETAILS + 1);

    pass->lapsed += store_reply_integer(store_reply_at(reply, LEDGER_DETAILS));
    pass->behind = arena_copy(&pass->arena, behind);
    if (behind.length) {
        pass->next = pass->first;
        return;
    }
    log_end(pass, pass->lapsed);
    pass->lapsed = 0;
}

static void ended(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct pass *pass = owner;

    if (!status && text_is(outcome, "ok"))
        take_ended(pass, reply);
    else if (!status && text_is(outcome, "fenced")) /* what is left is the next holder's */
        pass->step = STEP_DONE;
    else if (!status)
        tell_refused(pass, outcome);
    pass->status = status;
    go_on(pass);
}

/* The hall of the next ones. */
static void end_next(struct pass *pass)
{
    struct ledger_call call;

    ledger_call_start(&call, pass->city, slots_library.end_day);
    ledger_call_fence(&call, pass->token);
    pass->first = pass->next;
    pass->hall = pass->open.items[pass->next].hall;
    ledger_call_hall(&call, pass->hall, pass->day);
    for (;
         pass->next < pass->open.count && text_equal(pass->open.items[pass->next].hall, pass->hall);
         pass->next++)
        ledger_call_place(&call, pass->hall, pass->open.items[pass->next].queue, pass->day);
    ledger_call_push(&call, pass->behind);
    ledger_call_send(&call, ended, pass);
}

/* --- Days --------------------------------------------------------------------------------------
 */

/* A day is ended when the next begins, and once more when that one is over: then also what was
 * still in progress. */
static void ended_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct pass *pass = owner;
    day_number first = pass->today - (day_number)pass->city->retention_days, last;

    if (!calendar_parse_compact_date(store_reply_text(reply), &last) || last < first)
        last = first;
    pass->day = last < pass->today - 1 ? last : pass->today;
    pass->status = status;
    pass->step = STEP_LOOK;
    go_on(pass);
}

static void read_ended(struct pass *pass)
{
    struct arena arena = {0};

    store_command(pass->city->store,
                  STORE_ARGS(TEXT("GET"), key_days_ended(&arena, pass->city->code)), 0, ended_read,
                  pass);
    arena_free(&arena);
}

static void ended_noted(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct pass *pass = owner;

    (void)reply;
    pass->status = status;
    pass->day++;
    pass->step = STEP_LOOK;
    go_on(pass);
}

static void note_ended(struct pass *pass)
{
    struct buffer date = {0};
    struct arena arena = {0};

    calendar_append_compact_date(&date, pass->day);
    store_command(
        pass->city->store,
        STORE_ARGS(TEXT("SET"), key_days_ended(&arena, pass->city->code), buffer_text(&date)), 0,
        ended_noted, pass);
    buffer_free(&date);
    arena_free(&arena);
}

static void finish(struct pass *pass)
{
    pass->callback(pass->owner, pass->status);
    free(pass->found.items);
    free(pass->open.items);
    arena_free(&pass->arena);
    free(pass);
}

/* A day of which something is left is looked at again, and so are those behind it. */
static void leave_day(struct pass *pass)
{
    if (pass->day >= pass->today) {
        pass->step = STEP_DONE;
    } else if (pass->is_incomplete) {
        pass->day++;
        pass->step = STEP_LOOK;
    } else {
        pass->step = STEP_NOTE_ENDED;
    }
}

/* True when the next step can be taken at once. */
static bool take_step(struct pass *pass)
{
    switch (pass->step) {
    case STEP_READ_ENDED:
        read_ended(pass);
        return false;
    case STEP_LOOK:
        pass->open.count = pass->next = 0;
        if (pass->day < pass->today) {
            look_at_past(pass, TEXT("0"));
            return false;
        }
        look_at_today(pass);
        return true;
    case STEP_END:
        if (pass->next < pass->open.count) {
            end_next(pass);
            return false;
        }
        leave_day(pass);
        return true;
    case STEP_NOTE_ENDED:
        note_ended(pass);
        return false;
    case STEP_DONE:
        break;
    }
    finish(pass);
    return false;
}

static void go_on(struct pass *pass)
{
    if (pass->status)
        pass->step = STEP_DONE;
    while (take_step(pass))
        ;
}

void day_end_pass(struct city *city, int64_t token, void (*callback)(void *owner, int status),
                  void *owner)
{
    struct pass *pass = memory_new(sizeof *pass);

    *pass = (struct pass){.city = city,
                          .token = token,
                          .today = city_today(city),
                          .callback = callback,
                          .owner = owner};
    go_on(pass);
}
