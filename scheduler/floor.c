/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/floor.h"

#include <stdlib.h>

enum { BUCKETS_AT_FIRST = 64 };

int floor_position_compare(struct floor_position a, struct floor_position b)
{
    int order = stream_position_compare(a.entry, b.entry);

    return order ? order : (a.index > b.index) - (a.index < b.index);
}

/* --- Events --- */

/* 'STATE QUEUES TICKET SINCE_MS' */
static bool parse_window(struct text record, struct floor_window *window)
{
    struct text state, queues, ticket;

    if (!text_split(&record, ' ', &state) || !text_split(&record, ' ', &queues) ||
        !text_split(&record, ' ', &ticket) || state.length != 1 || !queues.length ||
        !ticket.length || !strchr("opc", state.data[0]))
        return false;
    window->state = (enum floor_window_state)state.data[0];
    window->queues = text_is(queues, "-") ? TEXT_NONE : queues;
    window->ticket = text_is(ticket, "-") ? TEXT_NONE : ticket;
    return text_to_integer(record, 0, INT64_MAX, &window->since_ms);
}

bool floor_change_parse(struct text kind, struct text event, struct floor_change *change)
{
    struct text date;

    *change = (struct floor_change){0};
    if (!text_split(&event, ' ', &change->hall) || !text_split(&event, ' ', &date) ||
        !calendar_parse_compact_date(date, &change->day) ||
        !text_split(&event, ' ', &change->key) || !change->key.length)
        return false;
    if (text_is(kind, "ticket")) {
        change->kind = FLOOR_TICKET;
        return text_split(&event, ' ', &change->op) && (change->record = event).data &&
               ticket_parse(event, &change->ticket);
    }
    change->kind = FLOOR_WINDOW;
    change->record = change->window.record = event;
    change->window.id = change->key;
    return text_is(kind, "window") && event.data && parse_window(event, &change->window);
}

/* --- Service times and calls --- */

static struct floor_service *service_at(struct floor *floor, struct text queue, struct text service)
{
    struct floor_service *found;

    LIST_FOREACH(&floor->services, item)
    {
        found = CONTAINER_OF(item, struct floor_service, in_floor);
        if (text_equal(found->queue, queue) && text_equal(found->service, service))
            return found;
    }
    found = memory_new(sizeof *found);
    found->queue = text_of(memory_copy_text(queue));
    found->service = text_of(memory_copy_text(service));
    list_append(&floor->services, &found->in_floor);
    return found;
}

/* Adds what the ticket's service took, or takes it away again (`sign` -1). */
static void count_service(struct floor *floor, const struct ticket *ticket, int sign)
{
    struct floor_service *service;

    if (ticket->status != TICKET_DONE || !ticket->started_ms ||
        ticket->finished_ms < ticket->started_ms)
        return;
    service = service_at(floor, ticket->queue, ticket->service);
    service->count += (unsigned)sign;
    service->total_ms += sign * (ticket->finished_ms - ticket->started_ms);
}

static struct floor_calls *calls_at(struct floor *floor, struct text queue)
{
    struct floor_calls *found;

    LIST_FOREACH(&floor->calls, item)
    {
        found = CONTAINER_OF(item, struct floor_calls, in_floor);
        if (text_equal(found->queue, queue))
            return found;
    }
    found = memory_new(sizeof *found);
    found->queue = text_of(memory_copy_text(queue));
    list_append(&floor->calls, &found->in_floor);
    return found;
}

unsigned floor_service_times(const struct floor *floor, struct text queue, struct text service,
                             int64_t *total_ms)
{
    unsigned count = 0;

    *total_ms = 0;
    LIST_FOREACH(&floor->services, item)
    {
        const struct floor_service *one = CONTAINER_OF(item, struct floor_service, in_floor);
        if (!text_equal(one->queue, queue) ||
            (service.length && !text_equal(one->service, service)))
            continue;
        count += one->count;
        *total_ms += one->total_ms;
    }
    return count;
}

static const struct floor_calls *find_calls(const struct floor *floor, struct text queue)
{
    LIST_FOREACH(&floor->calls, item)
    {
        const struct floor_calls *one = CONTAINER_OF(item, struct floor_calls, in_floor);
        if (text_equal(one->queue, queue))
            return one;
    }
    return NULL;
}

int64_t floor_calls(const struct floor *floor, struct text queue)
{
    const struct floor_calls *calls = find_calls(floor, queue);

    return calls ? calls->count : 0;
}

int64_t floor_told_waiting(const struct floor *floor, struct text queue)
{
    const struct floor_calls *calls = find_calls(floor, queue);

    return calls ? calls->waiting : 0;
}

/* --- Tickets --- */

static struct floor_ticket **bucket_of(const struct floor *floor, struct text key)
{
    return &floor->buckets[text_hash(key) & (floor->bucket_count - 1)];
}

static struct floor_ticket *find_ticket(const struct floor *floor, struct text key)
{
    struct floor_ticket *ticket = floor->bucket_count ? *bucket_of(floor, key) : NULL;

    while (ticket && !text_equal(ticket->key, key))
        ticket = ticket->next_in_bucket;
    return ticket;
}

const struct floor_ticket *floor_ticket(const struct floor *floor, struct text key)
{
    return find_ticket(floor, key);
}

/* All numbers of a queue's day have the same, and they begin with 1. */
struct text floor_prefix(const struct floor *floor, struct text issuer)
{
    const struct floor_ticket *first;
    struct buffer key = {0};

    ticket_append_key(&key, issuer, 1);
    first = find_ticket(floor, buffer_text(&key));
    buffer_free(&key);
    return first ? first->ticket.prefix : TEXT_NONE;
}

static void put_in_bucket(struct floor *floor, struct floor_ticket *ticket)
{
    struct floor_ticket **bucket = bucket_of(floor, ticket->key);

    ticket->next_in_bucket = *bucket;
    *bucket = ticket;
}

static void grow_buckets(struct floor *floor)
{
    struct list *lists[] = {&floor->tickets, &floor->waiting};

    free(floor->buckets);
    floor->bucket_count = floor->bucket_count ? floor->bucket_count * 2 : BUCKETS_AT_FIRST;
    floor->buckets = memory_new(floor->bucket_count * sizeof(struct floor_ticket *));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        LIST_FOREACH(lists[i], item)
    put_in_bucket(floor, floor_ticket_at(item));
}

static struct floor_ticket *add_ticket(struct floor *floor, struct text key)
{
    struct floor_ticket *ticket = memory_new(sizeof *ticket);

    if (floor->ticket_count++ == floor->bucket_count)
        grow_buckets(floor);
    list_init(&ticket->in_floor);
    ticket->key = text_of(memory_copy_text(key));
    put_in_bucket(floor, ticket);
    return ticket;
}

/* Takes a record over and puts the ticket where its status says. */
static void set_ticket(struct floor *floor, struct text key, struct text record,
                       struct floor_position position)
{
    struct floor_ticket *ticket = find_ticket(floor, key);

    if (!ticket)
        ticket = add_ticket(floor, key);
    count_service(floor, &ticket->ticket, -1);
    floor->waiting_count -= ticket->ticket.status == TICKET_WAITING;
    free((char *)ticket->record.data);
    ticket->record = text_of(memory_copy_text(record));
    ticket_parse(ticket->record, &ticket->ticket);
    ticket->position = position;
    count_service(floor, &ticket->ticket, 1);
    floor->waiting_count += ticket->ticket.status == TICKET_WAITING;
    list_remove(&ticket->in_floor);
    list_append(ticket->ticket.status == TICKET_WAITING ? &floor->waiting : &floor->tickets,
                &ticket->in_floor);
}

unsigned floor_waiting(const struct floor *floor, struct text queue)
{
    unsigned count = 0;

    FLOOR_EACH_WAITING(floor, item)
    count += text_equal(floor_ticket_at(item)->ticket.queue, queue);
    return count;
}

/* --- Windows --- */

static struct floor_window *find_window(const struct floor *floor, struct text id)
{
    FLOOR_EACH_WINDOW(floor, item)
    if (text_equal(floor_window_at(item)->id, id))
        return floor_window_at(item);
    return NULL;
}

const struct floor_window *floor_window(const struct floor *floor, struct text id)
{
    return find_window(floor, id);
}

bool floor_window_serves(const struct floor_window *window, struct text queue)
{
    struct text rest = window->queues, one;

    if (window->state != FLOOR_WINDOW_OPEN)
        return false;
    while (text_split(&rest, ',', &one))
        if (text_equal(one, queue))
            return true;
    return false;
}

static void set_window(struct floor *floor, struct text id, struct text record,
                       struct floor_position position)
{
    struct floor_window *window = find_window(floor, id);

    if (!window) {
        window = memory_new(sizeof *window);
        window->id = text_of(memory_copy_text(id));
        list_append(&floor->windows, &window->in_floor);
    }
    free((char *)window->record.data);
    window->record = text_of(memory_copy_text(record));
    parse_window(window->record, window);
    window->position = position;
}

/* --- The floor --- */

struct floor *floor_new(struct text hall)
{
    struct floor *floor = memory_new(sizeof *floor);

    floor->hall = text_of(memory_copy_text(hall));
    floor->estimates = memory_new(sizeof *floor->estimates);
    list_init(&floor->tickets);
    list_init(&floor->waiting);
    list_init(&floor->windows);
    list_init(&floor->services);
    list_init(&floor->calls);
    list_init(&floor->listeners);
    return floor;
}

static void free_tickets(struct list *tickets)
{
    struct list *item;

    while ((item = list_take_first(tickets))) {
        struct floor_ticket *ticket = floor_ticket_at(item);
        free((char *)ticket->key.data);
        free((char *)ticket->record.data);
        free(ticket);
    }
}

static void free_windows(struct list *windows)
{
    struct list *item;

    while ((item = list_take_first(windows))) {
        struct floor_window *window = floor_window_at(item);
        free((char *)window->id.data);
        free((char *)window->record.data);
        free(window);
    }
}

static void free_counts(struct floor *floor)
{
    struct list *item;

    while ((item = list_take_first(&floor->services))) {
        struct floor_service *service = CONTAINER_OF(item, struct floor_service, in_floor);
        free((char *)service->queue.data);
        free((char *)service->service.data);
        free(service);
    }
    while ((item = list_take_first(&floor->calls))) {
        struct floor_calls *calls = CONTAINER_OF(item, struct floor_calls, in_floor);
        free((char *)calls->queue.data);
        free(calls);
    }
}

void floor_begin(struct floor *floor, day_number day, struct floor_position read_at)
{
    free_tickets(&floor->tickets);
    free_tickets(&floor->waiting);
    free_windows(&floor->windows);
    free_counts(floor);
    free(floor->buckets);
    floor->buckets = NULL;
    floor->bucket_count = floor->ticket_count = floor->waiting_count = 0;
    floor->estimates->count = 0;
    floor->day = day;
    floor->read_at = read_at;
}

void floor_free(struct floor *floor)
{
    floor_begin(floor, 0, (struct floor_position){0});
    while (list_take_first(&floor->listeners))
        ;
    free((char *)floor->hall.data);
    free(floor->estimates->items);
    free(floor->estimates);
    free(floor);
}

void floor_fill_ticket(struct floor *floor, struct text field, struct text value)
{
    struct buffer key = {0};
    struct text queue, name = field;
    struct ticket ticket;
    int64_t count;

    if (!text_split(&name, ' ', &queue) || !name.length)
        return;
    if (text_is(name, "called") && text_to_integer(value, 0, INT64_MAX, &count)) {
        calls_at(floor, queue)->count = count;
    } else if (ticket_parse(value, &ticket)) {
        buffer_append(&key, queue);
        buffer_append_byte(&key, '/');
        buffer_append(&key, name);
        set_ticket(floor, buffer_text(&key), value, floor->read_at);
        if (ticket.status == TICKET_WAITING)
            calls_at(floor, ticket.queue)->waiting++;
        buffer_free(&key);
    }
}

void floor_fill_window(struct floor *floor, struct text field, struct text value)
{
    struct floor_window window;

    if (parse_window(value, &window))
        set_window(floor, field, value, floor->read_at);
}

static bool is_news(const struct floor *floor, const struct floor_change *change,
                    const struct floor_position *shown)
{
    return change->day == floor->day &&
           floor_position_compare(change->position, shown ? *shown : floor->read_at) > 0;
}

bool floor_apply(struct floor *floor, const struct floor_change *change)
{
    const struct floor_ticket *ticket;
    const struct floor_window *window;

    switch (change->kind) {
    case FLOOR_TICKET:
        ticket = find_ticket(floor, change->key);
        if (!is_news(floor, change, ticket ? &ticket->position : NULL))
            return false;
        set_ticket(floor, change->key, change->record, change->position);
        return true;
    case FLOOR_WINDOW:
        window = find_window(floor, change->key);
        if (!is_news(floor, change, window ? &window->position : NULL))
            return false;
        set_window(floor, change->key, change->record, change->position);
        return true;
    case FLOOR_RELOADED:
        break;
    }
    return false;
}

bool floor_tells_of(const struct floor *floor, const struct floor_change *change)
{
    return change->day == floor->day || text_is(change->op, "recalled") ||
           text_is(change->op, "missed");
}

/* Who waits has no window, whoever was called once has one. */
int floor_waiting_change(const struct floor_change *change)
{
    if (change->kind != FLOOR_TICKET)
        return 0;
    if (text_is(change->op, "issued") || text_is(change->op, "requeued") ||
        text_is(change->op, "transferred"))
        return 1;
    if (text_is(change->op, "called"))
        return -1;
    return text_is(change->op, "cancelled") && !change->ticket.window.length ? -1 : 0;
}

void floor_count(struct floor *floor, const struct floor_change *change)
{
    struct floor_calls *calls;

    if (change->kind != FLOOR_TICKET || !is_news(floor, change, NULL))
        return;
    calls = calls_at(floor, change->ticket.queue);
    calls->count += text_is(change->op, "called");
    calls->waiting += floor_waiting_change(change);
}

void floor_listen(struct floor *floor, struct floor_listener *listener)
{
    list_append(&floor->listeners, &listener->in_floor);
}

void floor_unlisten(struct floor_listener *listener)
{
    list_remove(&listener->in_floor);
}

void floor_tell(struct floor *floor, const struct floor_change *change)
{
    LIST_FOREACH_CHANGING(&floor->listeners, item)
    {
        struct floor_listener *listener = CONTAINER_OF(item, struct floor_listener, in_floor);
        listener->on_change(listener, floor, change);
    }
}
