/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/reservation_json.h"

#include "api/call/caller.h"
#include "api/json/ticket_json.h"
#include "slots/catalogue/identity.h"

#define SEES_ALL  (ROLE_BIT(ROLE_CLERK) | ROLE_BIT(ROLE_HALL_ADMIN) | ROLE_BIT(ROLE_CITY_ADMIN))
#define SEES_NAME (SEES_ALL | ROLE_BIT(ROLE_CITIZEN) | ROLE_BIT(ROLE_GATEWAY))

static void append_masked(struct buffer *json, struct text name, struct text value, bool is_seen,
                          void (*mask)(struct buffer *buffer, struct text text))
{
    struct buffer masked = {0};

    buffer_append(json, name);
    if (!is_seen)
        mask(&masked, value);
    buffer_append_json(json, is_seen ? value : buffer_text(&masked));
    buffer_free(&masked);
}

static void append_person(struct buffer *json, unsigned role_bit, const struct person *person)
{
    append_masked(json, TEXT("{\"name\":"), person->name, role_bit & SEES_NAME, identity_mask_name);
    append_masked(json, TEXT(",\"id_number\":"), person->id_number, role_bit & SEES_ALL,
                  identity_mask_id_number);
    append_masked(json, TEXT(",\"phone\":"), person->phone, role_bit & SEES_ALL,
                  identity_mask_phone);
    if (person->id_type != ID_CARD)
        buffer_printf(json, ",\"id_type\":\"%s\"", id_type_name(person->id_type));
    buffer_append_byte(json, '}');
}

static void append_text(struct buffer *json, struct text name, struct text value)
{
    buffer_append(json, name);
    buffer_append_json(json, value);
}

static void append_time(struct buffer *json, const struct reservation *reservation)
{
    buffer_append(json, TEXT(",\"start\":\""));
    calendar_append_slot(json, reservation->slot);
    buffer_append(json, TEXT("\",\"end\":\""));
    calendar_append_slot(json, reservation->slot + reservation->span);
    buffer_append_byte(json, '"');
}

/* Hall to end, which a reservation and an offer have in common. */
static void append_place(struct buffer *json, const struct reservation *reservation)
{
    append_text(json, TEXT("\"hall\":"), reservation->id.hall);
    append_text(json, TEXT(",\"queue\":"), reservation->id.queue);
    append_text(json, TEXT(",\"service\":"), reservation->service);
    buffer_append(json, TEXT(",\"date\":\""));
    calendar_append_date(json, reservation->id.day);
    buffer_append_byte(json, '"');
    append_time(json, reservation);
}

static void append_step(struct buffer *json, const struct reservation *step)
{
    append_text(json, TEXT("{\"service\":"), step->service);
    append_text(json, TEXT(",\"queue\":"), step->id.queue);
    append_time(json, step);
    buffer_printf(json, ",\"sequence\":%u}", step->id.sequence);
}

static void append_parts(struct buffer *json, const struct call *call,
                         const struct reservation *reservation)
{
    const struct reservation_parts *parts = reservation->parts;

    if (parts->follower_count) {
        buffer_append(json, TEXT(",\"steps\":["));
        append_step(json, reservation);
        for (unsigned i = 0; i < parts->follower_count; i++) {
            buffer_append_byte(json, ',');
            append_step(json, &parts->followers[i]);
        }
        buffer_append_byte(json, ']');
    }
    if (parts->offer) {
        buffer_append(json, TEXT(",\"offer\":"));
        reservation_append_offer(json, call, parts->offer);
    }
}

/* What only some reservations have; `role_bit` decides how much of the agent is shown. */
static void append_rest(struct buffer *json, const struct call *call, unsigned role_bit,
                        const struct reservation *reservation, const struct applicant *applicant)
{
    const struct reservation_extras *extras = &reservation->extras;
    const struct person *agent = &applicant->agent;

    if (reservation->evidence == EVIDENCE_DESK)
        buffer_append(json, TEXT(",\"desk_check\":true"));
    if (extras->priority)
        append_text(json, TEXT(",\"priority\":"), text_of(priority_name(extras->priority)));
    if (agent->id_number.length) {
        buffer_append(json, TEXT(",\"agent\":"));
        append_person(json, role_bit, agent);
    }
    if (extras->package.length)
        append_text(json, TEXT(",\"package\":"), extras->package);
    if (reservation->parts)
        append_parts(json, call, reservation);
}

/* An offer is known by the place that it holds, whatever it is for. */
static void append_ids(struct buffer *json, const struct reservation *reservation)
{
    struct reservation_id id = reservation->id;

    if (reservation->status != RESERVATION_OFFERED && reservation->status != RESERVATION_LAPSED)
        reservation_public_id(reservation, &id);
    buffer_append(json, TEXT("{\"id\":\""));
    reservation_append_id(json, &id);
    buffer_append(json, TEXT("\",\"code\":\""));
    reservation_append_code(json, &reservation->id);
    buffer_append(json, TEXT("\","));
}

static void append_applicant(struct buffer *json, unsigned role_bit,
                             const struct applicant *applicant)
{
    append_person(json, role_bit,
                  &(struct person){applicant->name, applicant->id_number, applicant->phone,
                                   applicant->id_type});
}

void reservation_append_applicant(struct buffer *json, const struct call *call,
                                  const struct applicant *applicant)
{
    append_applicant(json, ROLE_BIT(call->token.role), applicant);
}

void reservation_append_open_json(struct buffer *json, const struct call *call,
                                  const struct reservation *reservation,
                                  const struct applicant *applicant)
{
    int zone = call->city->edition->catalogue->utc_offset_minutes;
    struct reach reach = caller_reach(call);
    unsigned role_bit = reach_covers(&reach, reservation) ? ROLE_BIT(call->token.role) : 0;

    append_ids(json, reservation);
    append_place(json, reservation);
    append_text(json, TEXT(",\"status\":"), text_of(reservation_status_name(reservation->status)));
    buffer_append(json, TEXT(",\"applicant\":"));
    append_applicant(json, role_bit, applicant);
    buffer_append(json, TEXT(",\"number\":"));
    ticket_append_number_json(json,
                              catalogue_hall(call->city->edition->catalogue, reservation->id.hall),
                              reservation->extras.ticket, reservation->extras.ticket_prefix);
    append_text(json, TEXT(",\"channel\":"), reservation->channel);
    buffer_append(json, TEXT(",\"created_at\":\""));
    calendar_append_instant(json, reservation->created_at_ms, zone);
    buffer_append(json, TEXT("\",\"sequence\":"));
    buffer_append_integer(json, reservation->id.sequence);
    append_rest(json, call, role_bit, reservation, applicant);
}

void reservation_append_json(struct buffer *json, const struct call *call,
                             const struct reservation *reservation,
                             const struct applicant *applicant)
{
    reservation_append_open_json(json, call, reservation, applicant);
    buffer_append_byte(json, '}');
}

void reservation_append_offer(struct buffer *json, const struct call *call,
                              const struct reservation *held)
{
    const struct reservation_extras *extras = &held->extras;

    buffer_append(json, TEXT("{\"id\":\""));
    reservation_append_id(json, &held->id);
    append_text(json, TEXT("\",\"kind\":"),
                extras->offer_for.length ? TEXT("closure") : TEXT("waitlist"));
    buffer_append_byte(json, ',');
    append_place(json, held);
    buffer_append(json, TEXT(",\"until\":\""));
    calendar_append_instant(json, extras->offer_until_s * 1000,
                            call->city->edition->catalogue->utc_offset_minutes);
    buffer_append(json, TEXT("\"}"));
}
