/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/reservation.h"

#include "api/call/caller.h"
#include "api/json/ticket.h"
#include "slots/catalogue/identity.h"

#define SEES_ALL  (ROLE_BIT(ROLE_CLERK) | ROLE_BIT(ROLE_HALL_ADMIN) | ROLE_BIT(ROLE_CITY_ADMIN))
#define SEES_NAME (SEES_ALL | ROLE_BIT(ROLE_CITIZEN) | ROLE_BIT(ROLE_GATEWAY))

static void put_masked(struct buffer *json, const char *name, struct text value, bool is_seen,
                       void (*mask)(struct buffer *buffer, struct text text))
{
    struct buffer masked = {0};

    if (!is_seen)
        mask(&masked, value);
    json_put(json, name, is_seen ? value : buffer_text(&masked));
    buffer_free(&masked);
}

static void put_person(struct buffer *json, const char *name, unsigned role_bit,
                       const struct person *person)
{
    json_open(json, name, '{');
    put_masked(json, "name", person->name, role_bit & SEES_NAME, identity_mask_name);
    put_masked(json, "id_number", person->id_number, role_bit & SEES_ALL, identity_mask_id_number);
    put_masked(json, "phone", person->phone, role_bit & SEES_ALL, identity_mask_phone);
    if (person->id_type != ID_CARD)
        json_put(json, "id_type", text_of(id_type_name(person->id_type)));
    buffer_append_byte(json, '}');
}

static void append_time(struct buffer *json, const struct reservation *reservation)
{
    calendar_put_slot(json, "start", reservation->slot);
    calendar_put_slot(json, "end", reservation->slot + reservation->span);
}

/* Hall to end, which a reservation and an offer have in common. */
static void append_place(struct buffer *json, const struct reservation *reservation)
{
    json_put(json, "hall", reservation->id.hall);
    json_put(json, "queue", reservation->id.queue);
    json_put(json, "service", reservation->service);
    calendar_put_date(json, "date", reservation->id.day);
    append_time(json, reservation);
}

static void append_step(struct buffer *json, const struct reservation *step)
{
    json_open(json, NULL, '{');
    json_put(json, "service", step->service);
    json_put(json, "queue", step->id.queue);
    append_time(json, step);
    json_put_integer(json, "sequence", step->id.sequence);
    buffer_append_byte(json, '}');
}

static void append_parts(struct buffer *json, const struct call *call,
                         const struct reservation *reservation)
{
    const struct reservation_parts *parts = reservation->parts;

    if (parts->follower_count) {
        json_open(json, "steps", '[');
        append_step(json, reservation);
        for (unsigned i = 0; i < parts->follower_count; i++)
            append_step(json, &parts->followers[i]);
        buffer_append_byte(json, ']');
    }
    if (parts->offer)
        reservation_put_offer(json, "offer", call, parts->offer);
}

/* What only some reservations have; `role_bit` decides how much of the agent is shown. */
static void append_rest(struct buffer *json, const struct call *call, unsigned role_bit,
                        const struct reservation *reservation, const struct applicant *applicant)
{
    const struct reservation_extras *extras = &reservation->extras;

    if (reservation->evidence == EVIDENCE_DESK)
        json_put_truth(json, "desk_check", true);
    if (extras->priority)
        json_put(json, "priority", text_of(priority_name(extras->priority)));
    if (applicant->agent.id_number.length)
        put_person(json, "agent", role_bit, &applicant->agent);
    if (extras->package.length)
        json_put(json, "package", extras->package);
    if (reservation->parts)
        append_parts(json, call, reservation);
}

/* An offer is known by the place that it holds, whatever it is for. */
static void append_ids(struct buffer *json, const struct reservation *reservation)
{
    struct reservation_id id = reservation->id;

    if (reservation->status != RESERVATION_OFFERED && reservation->status != RESERVATION_LAPSED)
        reservation_public_id(reservation, &id);
    reservation_put_id(json, "id", &id);
    json_open(json, "code", '"');
    reservation_append_code(json, &reservation->id);
    buffer_append_byte(json, '"');
}

static void put_applicant(struct buffer *json, unsigned role_bit, const struct applicant *applicant)
{
    put_person(json, "applicant", role_bit,
               &(struct person){applicant->name, applicant->id_number, applicant->phone,
                                applicant->id_type});
}

void reservation_put_applicant(struct buffer *json, const struct call *call,
                               const struct applicant *applicant)
{
    put_applicant(json, ROLE_BIT(call->token.role), applicant);
}

void reservation_append_open_json(struct buffer *json, const struct call *call,
                                  const struct reservation *reservation,
                                  const struct applicant *applicant)
{
    const struct catalogue *catalogue = call->city->edition->catalogue;
    struct reach reach = caller_reach(call);
    unsigned role_bit = reach_covers(&reach, reservation) ? ROLE_BIT(call->token.role) : 0;

    json_open(json, NULL, '{');
    append_ids(json, reservation);
    append_place(json, reservation);
    json_put(json, "status", text_of(reservation_status_name(reservation->status)));
    put_applicant(json, role_bit, applicant);
    ticket_put_number(json, "number", catalogue_hall(catalogue, reservation->id.hall),
                      reservation->extras.ticket, reservation->extras.ticket_prefix);
    json_put(json, "channel", reservation->channel);
    calendar_put_instant(json, "created_at", reservation->created_at_ms,
                         catalogue->utc_offset_minutes);
    json_put_integer(json, "sequence", reservation->id.sequence);
    append_rest(json, call, role_bit, reservation, applicant);
}

void reservation_append_json(struct buffer *json, const struct call *call,
                             const struct reservation *reservation,
                             const struct applicant *applicant)
{
    reservation_append_open_json(json, call, reservation, applicant);
    buffer_append_byte(json, '}');
}

void reservation_put_offer(struct buffer *json, const char *name, const struct call *call,
                           const struct reservation *held)
{
    const struct reservation_extras *extras = &held->extras;

    json_open(json, name, '{');
    reservation_put_id(json, "id", &held->id);
    json_put(json, "kind", extras->offer_for.length ? TEXT("closure") : TEXT("waitlist"));
    append_place(json, held);
    calendar_put_instant(json, "until", extras->offer_until_s * 1000,
                         call->city->edition->catalogue->utc_offset_minutes);
    buffer_append_byte(json, '}');
}
