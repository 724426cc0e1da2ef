/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "program/load_use.h"
#include "scheduler/ticket.h"
#include "slots/catalogue/keys.h"
#include "slots/ledger/reservation.h"

enum { RECORDS_AT_ONCE = 500 };

/* A walk through what is in use. */
struct reading {
    struct store *store;
    const struct catalogue *present, *merged;
    day_number today;
    struct load_uses *uses;
    bool zone_changes, loses_packages;
    enum store_status status;
};

/* A queue's day of which something may be pulled away. */
struct candidate {
    const struct queue *queue, *merged;
    uint64_t lost;    /* half hours in which its hall would not be open any more */
    uint32_t last[3]; /* of reservations, waiting ones, entries of the draw */
};

static struct load_use *use_at(struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static struct load_use *use_at(struct reading *reading, const char *format, ...)
{
    struct buffer path = {0};
    struct load_use *use;
    va_list args;

    va_start(args, format);
    buffer_vprintf(&path, format, args);
    va_end(args);
    use = load_use_of(reading->uses, buffer_text(&path));
    buffer_free(&path);
    return use;
}

static void note_person(struct reading *reading, struct load_use *use, const unsigned char *key)
{
    load_people_add(&use->people, key);
    load_people_add(&reading->uses->people, key);
}

/* --- What changes --------------------------------------------------------------------------------
 */

static const struct queue *merged_queue(const struct reading *reading, const struct queue *queue)
{
    const struct hall *hall = catalogue_hall(reading->merged, queue->hall->id);

    return hall ? hall_queue(hall, queue->id) : NULL;
}

static bool is_lost_queue(const struct queue *before, const struct queue *after)
{
    return !before->retired && (!after || after->retired);
}

/* One that the queue offered; a queue that goes as a whole is told as that. */
static bool is_lost_service(const struct reading *reading, const struct queue *before,
                            const struct queue *after, struct text id)
{
    const struct service *was = catalogue_service(reading->present, id);
    const struct service *is = catalogue_service(reading->merged, id);

    return was && queue_offers(before, was) && !is_lost_queue(before, after) &&
           !(is && queue_offers(after, is));
}

static bool loses_services(const struct reading *reading, const struct queue *before,
                           const struct queue *after)
{
    for (size_t i = 0; i < before->service_count; i++)
        if (is_lost_service(reading, before, after, before->services[i]->id))
            return true;
    return false;
}

static bool is_lost_package(const struct reading *reading, struct text id)
{
    const struct package *before = catalogue_package(reading->present, id);
    const struct package *after = catalogue_package(reading->merged, id);

    return before && !before->retired && (!after || after->retired);
}

static bool loses_packages(const struct reading *reading)
{
    for (size_t i = 0; i < reading->present->package_count; i++)
        if (is_lost_package(reading, reading->present->packages[i].id))
            return true;
    return false;
}

static uint64_t open_slots(const struct catalogue *catalogue, const struct hall *hall,
                           day_number day)
{
    struct text reason;
    const struct hours *hours = hall_hours_on(catalogue, hall, day, &reason);

    return hours ? hours->slots : 0;
}

static uint64_t lost_slots(const struct reading *reading, const struct hall *before, day_number day)
{
    const struct hall *after = catalogue_hall(reading->merged, before->id);

    return after ? open_slots(reading->present, before, day) &
                       ~open_slots(reading->merged, after, day)
                 : 0;
}

/* The place of the change that closes half hours of the day. */
static struct load_use *hours_use(struct reading *reading, struct text hall, day_number day)
{
    const struct calendar *before = &reading->present->calendar,
                          *after = &reading->merged->calendar;
    const char *list = NULL;
    struct buffer date = {0};
    struct load_use *use;

    if (!calendar_holiday(before, day) && calendar_holiday(after, day))
        list = "holidays";
    else if (calendar_workday(before, day) && !calendar_workday(after, day))
        list = "workdays";
    calendar_append_date(&date, day);
    use = list ? use_at(reading, "/calendar/%s/" TEXT_FMT, list, TEXT_ARG(buffer_text(&date)))
               : use_at(reading, "/halls/" TEXT_FMT "/hours", TEXT_ARG(hall));
    buffer_free(&date);
    return use;
}

#define QUEUE_FMT        "/halls/" TEXT_FMT "/queues/" TEXT_FMT
#define QUEUE_ARG(queue) TEXT_ARG((queue)->hall->id), TEXT_ARG((queue)->id)

static struct load_use *queue_use(struct reading *reading, const struct queue *queue)
{
    return use_at(reading, QUEUE_FMT, QUEUE_ARG(queue));
}

static struct load_use *service_use(struct reading *reading, const struct queue *queue,
                                    struct text service)
{
    return use_at(reading, QUEUE_FMT "/services/" TEXT_FMT, QUEUE_ARG(queue), TEXT_ARG(service));
}

static struct load_use *package_use(struct reading *reading, struct text package)
{
    return use_at(reading, "/packages/" TEXT_FMT, TEXT_ARG(package));
}

static struct load_use *zone_use(struct reading *reading)
{
    struct load_use *use = use_at(reading, "/city/time_zone");

    use->is_firm = true;
    return use;
}

/* --- Bookings and entries ------------------------------------------------------------------------
 */

static void count_record(struct reading *reading, struct load_use *use,
                         const struct reservation *record)
{
    use->bookings += reservation_is_live(record->status);
    use->offers += record->status == RESERVATION_OFFERED;
    use->waiting += record->status == RESERVATION_WAITING;
    use->in_draw += record->status == RESERVATION_IN_DRAW;
    note_person(reading, use, record->person);
}

static bool is_in_use(const struct reservation *record)
{
    return reservation_is_live(record->status) || record->status == RESERVATION_OFFERED ||
           record->status == RESERVATION_WAITING || record->status == RESERVATION_IN_DRAW;
}

/* Who only waits takes what there is: he loses nothing by hours. */
static bool loses_hours(const struct candidate *candidate, const struct reservation *record)
{
    uint64_t slots = ((UINT64_C(1) << record->span) - 1) << record->slot;

    return record->status != RESERVATION_WAITING && (candidate->lost & slots);
}

static void look_at_record(struct reading *reading, const struct candidate *candidate,
                           const struct reservation *record)
{
    const struct queue *queue = candidate->queue, *after = candidate->merged;

    if (!is_in_use(record))
        return;
    if (reading->zone_changes)
        count_record(reading, zone_use(reading), record);
    if (is_lost_queue(queue, after))
        count_record(reading, queue_use(reading, queue), record);
    else if (is_lost_service(reading, queue, after, record->service))
        count_record(reading, service_use(reading, queue, record->service), record);
    if (!record->extras.lead.length && is_lost_package(reading, record->extras.package))
        count_record(reading, package_use(reading, record->extras.package), record);
    if (loses_hours(candidate, record))
        count_record(reading, hours_use(reading, queue->hall->id, record->id.day), record);
}

/* Of a reading: which queue's day, and what kind of records come. */
struct records {
    struct reading *reading;
    const struct candidate *candidate;
    day_number day;
};

static void records_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct records *records = owner;

    for (size_t i = 0; status == STORE_OK && i < store_reply_count(reply); i++) {
        struct reservation record = {.id.day = records->day};
        if (store_reply_text_at(reply, i).data &&
            reservation_parse_record(store_reply_text_at(reply, i), &record))
            look_at_record(records->reading, records->candidate, &record);
    }
}

/* Numbers are without gaps from 1. */
static void read_records(struct reading *reading, const struct candidate *candidate, day_number day,
                         const char *letter, uint32_t last)
{
    struct records records = {reading, candidate, day};
    struct text args[2 + RECORDS_AT_ONCE];
    struct buffer field = {0};

    for (uint32_t number = 1; number <= last && reading->status == STORE_OK;) {
        struct arena arena = {0};
        size_t count = 0;
        args[count++] = TEXT("HMGET");
        args[count++] = *letter ? key_entries(&arena, reading->present->city, day)
                                : key_reservations(&arena, reading->present->city, day);
        for (; number <= last && count < sizeof args / sizeof *args; number++) {
            buffer_clear(&field);
            key_append_queue(&field, candidate->queue->hall->id, candidate->queue->id);
            buffer_printf(&field, "%s%u", letter, number);
            args[count++] = arena_copy(&arena, buffer_text(&field));
        }
        reading->status =
            store_command_wait(reading->store, args, count, 0, records_answered, &records);
        arena_free(&arena);
    }
    buffer_free(&field);
}

/* --- Days ----------------------------------------------------------------------------------------
 */

struct candidates {
    struct candidate *items;
    size_t count;
    unsigned first; /* of `last`, which the present answer fills */
    unsigned fields;
};

static void numbers_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct candidates *candidates = owner;
    int64_t number;

    for (size_t i = 0; status == STORE_OK && i < candidates->count; i++)
        for (unsigned f = 0; f < candidates->fields; f++) {
            struct text text = store_reply_text_at(reply, i * candidates->fields + f);
            if (text.data && text_to_integer(text, 0, UINT32_MAX, &number))
                candidates->items[i].last[candidates->first + f] = (uint32_t)number;
        }
}

/* The last numbers of all candidates with one command. */
static void read_numbers(struct reading *reading, struct candidates *candidates, struct text key,
                         const char *const names[], unsigned fields)
{
    struct arena arena = {0};
    struct text *args = arena_new(&arena, (2 + candidates->count * fields) * sizeof *args);
    struct buffer field = {0};
    size_t count = 0;

    args[count++] = TEXT("HMGET");
    args[count++] = key;
    for (size_t i = 0; i < candidates->count; i++)
        for (unsigned f = 0; f < fields; f++) {
            buffer_clear(&field);
            key_append_queue(&field, candidates->items[i].queue->hall->id,
                             candidates->items[i].queue->id);
            buffer_append(&field, text_of(names[f]));
            args[count++] = arena_copy(&arena, buffer_text(&field));
        }
    candidates->fields = fields;
    if (reading->status == STORE_OK)
        reading->status =
            store_command_wait(reading->store, args, count, 0, numbers_answered, candidates);
    buffer_free(&field);
    arena_free(&arena);
}

static void find_candidates(const struct reading *reading, day_number day,
                            struct candidates *candidates)
{
    for (size_t h = 0; h < reading->present->hall_count; h++) {
        const struct hall *hall = &reading->present->halls[h];
        uint64_t lost = lost_slots(reading, hall, day);
        for (size_t q = 0; q < hall->queue_count; q++) {
            const struct queue *queue = &hall->queues[q], *after = merged_queue(reading, queue);
            if (reading->zone_changes || reading->loses_packages || lost ||
                is_lost_queue(queue, after) || loses_services(reading, queue, after))
                candidates->items[candidates->count++] =
                    (struct candidate){.queue = queue, .merged = after, .lost = lost};
        }
    }
}

static void read_day(struct reading *reading, day_number day)
{
    static const char *const sequences[] = {"seq"}, *const entries[] = {"wseq", "dseq"};
    struct arena arena = {0};
    struct text city = reading->present->city;
    struct candidates candidates = {0};

    candidates.items =
        arena_new(&arena, (reading->present->queue_count + 1) * sizeof *candidates.items);
    find_candidates(reading, day, &candidates);
    if (candidates.count) {
        read_numbers(reading, &candidates, key_units(&arena, city, day), sequences, 1);
        candidates.first = 1;
        read_numbers(reading, &candidates, key_entries(&arena, city, day), entries, 2);
    }
    for (size_t i = 0; i < candidates.count; i++) {
        const struct candidate *candidate = &candidates.items[i];
        read_records(reading, candidate, day, "", candidate->last[0]);
        read_records(reading, candidate, day, "w", candidate->last[1]);
        read_records(reading, candidate, day, "d", candidate->last[2]);
    }
    arena_free(&arena);
}

/* --- Tickets and windows -------------------------------------------------------------------------
 */

static bool is_open_ticket(const struct ticket *ticket)
{
    return ticket->status != TICKET_DONE && ticket->status != TICKET_CANCELLED;
}

/* A ticket, and on which day it was issued. */
struct issued {
    const struct hall *hall;
    struct ticket ticket;
    bool is_of_yesterday;
};

static void count_ticket(struct reading *reading, struct load_use *use, const struct issued *issued)
{
    const struct ticket *ticket = &issued->ticket;
    unsigned char key[PERSON_KEY_BYTES];
    size_t length = 0;

    use->tickets += !issued->is_of_yesterday;
    use->former_tickets += issued->is_of_yesterday;
    if (sodium_hex2bin(key, sizeof key, ticket->person.data, ticket->person.length, NULL, &length,
                       NULL) == 0 &&
        length == sizeof key)
        note_person(reading, use, key);
}

static bool is_lost_window(const struct reading *reading, const struct hall *hall, struct text id)
{
    const struct hall *after = catalogue_hall(reading->merged, hall->id);
    const struct window *was = hall_window(hall, id), *is = after ? hall_window(after, id) : NULL;

    return was && !was->retired && (!is || is->retired);
}

/* Named in the queue that it belonged to. */
static struct load_use *window_use(struct reading *reading, const struct hall *hall, struct text id)
{
    const struct queue *queue = hall->queues;

    for (size_t q = 0; q < hall->queue_count; q++)
        for (size_t w = 0; w < hall->queues[q].window_count; w++)
            if (text_equal(hall->queues[q].windows[w].id, id))
                queue = &hall->queues[q];
    return use_at(reading, QUEUE_FMT "/windows/" TEXT_FMT, QUEUE_ARG(queue), TEXT_ARG(id));
}

static void look_at_ticket(struct reading *reading, const struct issued *issued)
{
    const struct hall *hall = issued->hall;
    const struct ticket *ticket = &issued->ticket;
    const struct queue *queue = hall_queue(hall, ticket->queue);
    const struct queue *after = queue ? merged_queue(reading, queue) : NULL;

    if (!is_open_ticket(ticket))
        return;
    if (reading->zone_changes)
        count_ticket(reading, zone_use(reading), issued);
    if (queue && is_lost_queue(queue, after))
        count_ticket(reading, queue_use(reading, queue), issued);
    else if (queue && is_lost_service(reading, queue, after, ticket->service))
        count_ticket(reading, service_use(reading, queue, ticket->service), issued);
    if (!issued->is_of_yesterday && lost_slots(reading, hall, reading->today))
        count_ticket(reading, hours_use(reading, hall->id, reading->today), issued);
    if (ticket->window.length && is_lost_window(reading, hall, ticket->window))
        count_ticket(reading, window_use(reading, hall, ticket->window), issued);
    else if (ticket->directed.length && is_lost_window(reading, hall, ticket->directed))
        count_ticket(reading, window_use(reading, hall, ticket->directed), issued);
}

/* The number was given out, whatever became of its ticket. */
static void look_at_number(struct reading *reading, const struct hall *hall, struct text issuer)
{
    const struct queue *queue = hall_queue(hall, issuer);
    const struct queue *after = queue ? merged_queue(reading, queue) : NULL;

    if (queue && after && !is_lost_queue(queue, after) && !text_equal(queue->prefix, after->prefix))
        use_at(reading, QUEUE_FMT "/prefix", QUEUE_ARG(queue))->numbers++;
}

static void tickets_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct reading *reading = owner;

    for (size_t i = 0; status == STORE_OK && i + 1 < store_reply_count(reply); i += 2) {
        struct text rest = store_reply_text_at(reply, i), hall_id, issuer;
        struct issued issued = {0};
        if (!text_split(&rest, ' ', &hall_id) || !text_split(&rest, ' ', &issuer) ||
            !(issued.hall = catalogue_hall(reading->present, hall_id)) ||
            !ticket_parse(store_reply_text_at(reply, i + 1), &issued.ticket))
            continue;
        look_at_ticket(reading, &issued);
        look_at_number(reading, issued.hall, issuer);
    }
}

static void windows_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct reading *reading = owner;

    for (size_t i = 0; status == STORE_OK && i + 1 < store_reply_count(reply); i += 2) {
        struct text id = store_reply_text_at(reply, i), hall_id;
        const struct hall *hall;
        if (text_split(&id, ' ', &hall_id) && (hall = catalogue_hall(reading->present, hall_id)) &&
            !text_starts_with(store_reply_text_at(reply, i + 1), TEXT("c")) &&
            is_lost_window(reading, hall, id))
            window_use(reading, hall, id)->is_open = true;
    }
}

static void read_today(struct reading *reading)
{
    struct arena arena = {0};
    struct text city = reading->present->city;

    if (reading->status == STORE_OK)
        reading->status = store_command_wait(
            reading->store, STORE_ARGS(TEXT("HGETALL"), key_tickets(&arena, city, reading->today)),
            0, tickets_answered, reading);
    if (reading->status == STORE_OK)
        reading->status = store_command_wait(
            reading->store, STORE_ARGS(TEXT("HGETALL"), key_windows(&arena, city, reading->today)),
            0, windows_answered, reading);
    arena_free(&arena);
}

/* Whoever was at a window when the day ended stays there. */
struct overnight {
    struct reading *reading;
    struct arena arena;
    struct text *args; /* HMGET, the tickets of yesterday, those that are at a window */
    const struct hall **halls;
    size_t count;
};

/* 'A/t12' of the hall, as the field that it is among the tickets. */
static void add_overnight(struct overnight *overnight, const struct hall *hall, struct text key)
{
    struct buffer field = {0};
    struct text issuer;

    text_split(&key, '/', &issuer);
    key_append_queue(&field, hall->id, issuer);
    buffer_append(&field, key);
    overnight->halls[overnight->count - 2] = hall;
    overnight->args[overnight->count++] = arena_copy(&overnight->arena, buffer_text(&field));
    buffer_free(&field);
}

static void former_windows_answered(void *owner, enum store_status status,
                                    const struct store_reply *reply)
{
    struct overnight *overnight = owner;
    struct reading *reading = overnight->reading;
    size_t most = store_reply_count(reply) / 2;

    if (status != STORE_OK)
        return;
    overnight->args = arena_new(&overnight->arena, (2 + most) * sizeof *overnight->args);
    overnight->halls = arena_new(&overnight->arena, (1 + most) * sizeof *overnight->halls);
    overnight->args[overnight->count++] = TEXT("HMGET");
    overnight->args[overnight->count++] =
        key_tickets(&overnight->arena, reading->present->city, reading->today - 1);
    for (size_t i = 0; i < most; i++) {
        struct text id = store_reply_text_at(reply, 2 * i), hall_id, state, queues, ticket;
        struct text window = store_reply_text_at(reply, 2 * i + 1);
        const struct hall *hall;
        if (text_split(&id, ' ', &hall_id) && (hall = catalogue_hall(reading->present, hall_id)) &&
            text_split(&window, ' ', &state) && text_split(&window, ' ', &queues) &&
            text_split(&window, ' ', &ticket) && !text_is(ticket, "-"))
            add_overnight(overnight, hall, ticket);
    }
}

static void former_tickets_answered(void *owner, enum store_status status,
                                    const struct store_reply *reply)
{
    struct overnight *overnight = owner;

    for (size_t i = 0; status == STORE_OK && i < store_reply_count(reply); i++) {
        struct issued issued = {.hall = overnight->halls[i], .is_of_yesterday = true};
        struct text record = store_reply_text_at(reply, i);
        if (record.data && ticket_parse(record, &issued.ticket))
            look_at_ticket(overnight->reading, &issued);
    }
}

static void read_overnight(struct reading *reading)
{
    struct overnight overnight = {.reading = reading};
    struct text windows = key_windows(&overnight.arena, reading->present->city, reading->today - 1);

    if (reading->status == STORE_OK)
        reading->status = store_command_wait(reading->store, STORE_ARGS(TEXT("HGETALL"), windows),
                                             0, former_windows_answered, &overnight);
    if (reading->status == STORE_OK && overnight.count > 2)
        reading->status = store_command_wait(reading->store, overnight.args, overnight.count, 0,
                                             former_tickets_answered, &overnight);
    arena_free(&overnight.arena);
}

enum store_status load_uses_read(struct store *store, const struct catalogue *present,
                                 const struct catalogue *merged, day_number today,
                                 struct load_uses *uses)
{
    struct reading reading = {.store = store,
                              .present = present,
                              .merged = merged,
                              .today = today,
                              .uses = uses,
                              .zone_changes =
                                  present->utc_offset_minutes != merged->utc_offset_minutes};
    day_number last = today + RELEASED_DAYS_MAX + DAYS_OPENED_EARLY;

    *uses = (struct load_uses){0};
    reading.loses_packages = loses_packages(&reading);
    for (day_number day = today; day <= last && reading.status == STORE_OK; day++)
        read_day(&reading, day);
    read_today(&reading);
    read_overnight(&reading);
    return reading.status;
}
