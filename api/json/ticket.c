/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/ticket.h"

#include "api/json/refusals.h"
#include "base/clock.h"
#include "scheduler/floor_wait.h"
#include "scheduler/floors.h"
#include "slots/days/health_codes.h"

/* Null for 0. */
static void put_instant(struct buffer *json, const struct call *call, const char *name,
                        int64_t instant_ms)
{
    if (instant_ms)
        calendar_put_instant(json, name, instant_ms,
                             call->city->edition->catalogue->utc_offset_minutes);
    else
        json_put_null(json, name);
}

static const struct hall *hall_of(const struct call *call, const struct ticket_found *found)
{
    return catalogue_hall(call->city->edition->catalogue, found->id.hall);
}

static void append_number(struct buffer *out, const struct hall *hall, struct text issuer,
                          uint32_t number, struct text prefix)
{
    const struct queue *queue = hall ? hall_queue(hall, issuer) : NULL;

    if (!prefix.length)
        prefix = queue ? queue->prefix : issuer;
    ticket_append_number(out, prefix, number);
}

void ticket_append_spoken_number(struct buffer *out, const struct hall *hall, struct text key,
                                 struct text prefix)
{
    struct text issuer;
    uint32_t number;

    if (ticket_parse_key(key, &issuer, &number))
        append_number(out, hall, issuer, number, prefix);
    else
        buffer_append(out, key);
}

struct text ticket_prefix_today(const struct floor *floor, struct text key)
{
    struct text issuer;
    uint32_t number;

    return floor && ticket_parse_key(key, &issuer, &number) ? floor_prefix(floor, issuer)
                                                            : TEXT_NONE;
}

void ticket_put_number(struct buffer *json, const char *name, const struct hall *hall,
                       struct text key, struct text prefix)
{
    struct buffer number = {0};

    ticket_append_spoken_number(&number, hall, key, prefix);
    json_put_or_null(json, name, buffer_text(&number));
    buffer_free(&number);
}

/* A ticket that another worker has just issued may not be on this one's floor yet: then as for
 * somebody who comes now. */
static struct estimate estimate_of(const struct call *call, const struct ticket_found *found)
{
    const struct hall *hall = hall_of(call, found);
    const struct floor *floor = hall ? floors_hall(call->city, hall->id) : NULL;
    const struct queue *queue = hall ? hall_queue(hall, found->ticket.queue) : NULL;
    const struct floor_ticket *known;
    struct buffer key = {0};

    if (found->ticket.status != TICKET_WAITING || !floor || floor->day != found->id.day)
        return (struct estimate){0};
    ticket_append_key(&key, found->id.queue, found->id.sequence);
    known = floor_ticket(floor, buffer_text(&key));
    buffer_free(&key);
    if (known && known->ticket.status == TICKET_WAITING)
        return floor_ticket_estimate(floor, hall, known, clock_now_ms());
    return queue ? floor_queue_estimate(floor, queue, clock_now_ms()) : (struct estimate){0};
}

static void append_times(struct buffer *json, const struct call *call, const struct ticket *ticket)
{
    bool has_ended = ticket->status == TICKET_DONE || ticket->status == TICKET_CANCELLED;

    put_instant(json, call, "issued_at", ticket->issued_ms);
    put_instant(json, call, "called_at", ticket->called_ms);
    put_instant(json, call, "started_at", ticket->started_ms);
    put_instant(json, call, "finished_at", has_ended ? ticket->finished_ms : 0);
}

static void append_wait(struct buffer *json, const struct call *call,
                        const struct ticket_found *found)
{
    struct estimate estimate = estimate_of(call, found);

    buffer_printf(json, ",\"ahead\":%u,\"wait_seconds\":{\"p50\":%u,\"p90\":%u},\"calls\":%u",
                  estimate.ahead, estimate.p50_seconds, estimate.p90_seconds, found->ticket.calls);
}

/* `ID` and "A012", as members. */
static void append_name(struct buffer *json, const struct call *call, const char *name,
                        const struct ticket_found *found)
{
    reservation_put_id(json, name, &found->id);
    json_open(json, "number", '"');
    append_number(json, hall_of(call, found), found->id.queue, found->id.sequence,
                  found->ticket.prefix);
    buffer_append_byte(json, '"');
}

void ticket_append_json(struct buffer *json, const struct call *call,
                        const struct ticket_found *found)
{
    const struct ticket *ticket = &found->ticket;

    json_open(json, NULL, '{');
    append_name(json, call, "id", found);
    json_put(json, "hall", found->id.hall);
    json_put(json, "queue", ticket->queue);
    json_put(json, "service", ticket->service);
    json_put(json, "kind", text_of(ticket_kind_name(ticket->kind)));
    json_put(json, "priority", text_of(ticket_priority_name(ticket->priority)));
    json_put(json, "status", text_of(ticket_status_name(ticket->status)));
    json_put_or_null(json, "window", ticket->window);
    append_wait(json, call, found);
    append_times(json, call, ticket);
    if (found->has_reservation)
        reservation_put_id(json, "reservation", &found->reservation);
    else
        json_put_null(json, "reservation");
    if (ticket->evidence == EVIDENCE_DESK)
        json_put_truth(json, "desk_check", true);
    buffer_append_byte(json, '}');
}

void ticket_append_name(struct buffer *json, const struct call *call,
                        const struct ticket_found *found)
{
    append_name(json, call, "ticket", found);
}

void ticket_answer(struct call *call, unsigned status, const struct ticket_found *found)
{
    struct buffer body = {0}, location = {0};

    ticket_append_json(&body, call, found);
    if (status == 201) {
        buffer_append(&location, TEXT("Location: /v1/tickets/"));
        reservation_append_id(&location, &found->id);
        buffer_append(&location, TEXT("\r\n"));
    }
    call_answer(call, status, &body, buffer_text(&location));
    buffer_free(&location);
}

void ticket_answer_not_green(struct call *call, char health)
{
    struct text code = text_of(health_code_name((enum health_code)health));

    refusal_count_interception(call, health);
    call_problem(call, PROBLEM_HEALTH_CODE_NOT_GREEN,
                 MESSAGE("健康码不是绿码，暂不能取号；转为绿码后即可取号，也可向大厅工作人员求助。",
                         "The health code is not green, so no number is given; come again once it "
                         "is, or ask the hall's staff."),
                 refusal_member(call, "code", code));
}

struct text ticket_instant_member(struct call *call, const char *name, int64_t instant_ms)
{
    struct buffer json = {0};
    struct text member;

    put_instant(&json, call, name, instant_ms);
    member = arena_copy(&call->arena, buffer_text(&json));
    buffer_free(&json);
    return member;
}
