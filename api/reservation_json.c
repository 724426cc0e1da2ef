/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/reservation_json.h"

#include "slots/identity.h"

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

static void append_applicant(struct buffer *json, unsigned role_bit,
                             const struct applicant *applicant)
{
    append_masked(json, TEXT(",\"applicant\":{\"name\":"), applicant->name, role_bit & SEES_NAME,
                  identity_mask_name);
    append_masked(json, TEXT(",\"id_number\":"), applicant->id_number, role_bit & SEES_ALL,
                  identity_mask_id_number);
    append_masked(json, TEXT(",\"phone\":"), applicant->phone, role_bit & SEES_ALL,
                  identity_mask_phone);
    buffer_append_byte(json, '}');
}

static void append_text(struct buffer *json, struct text name, struct text value)
{
    buffer_append(json, name);
    buffer_append_json(json, value);
}

void reservation_append_json(struct buffer *json, const struct call *call,
                             const struct reservation *reservation,
                             const struct applicant *applicant)
{
    int zone = call->city->edition->catalogue->utc_offset_minutes;

    buffer_append(json, TEXT("{\"id\":\""));
    reservation_append_id(json, &reservation->id);
    buffer_append(json, TEXT("\",\"code\":\""));
    reservation_append_code(json, &reservation->id);
    append_text(json, TEXT("\",\"hall\":"), reservation->id.hall);
    append_text(json, TEXT(",\"queue\":"), reservation->id.queue);
    append_text(json, TEXT(",\"service\":"), reservation->service);
    buffer_append(json, TEXT(",\"date\":\""));
    calendar_append_date(json, reservation->id.day);
    buffer_append(json, TEXT("\",\"start\":\""));
    calendar_append_slot(json, reservation->slot);
    buffer_append(json, TEXT("\",\"end\":\""));
    calendar_append_slot(json, reservation->slot + reservation->span);
    append_text(json, TEXT("\",\"status\":"),
                text_of(reservation_status_name(reservation->status)));
    append_applicant(json, ROLE_BIT(call->token.role), applicant);
    append_text(json, TEXT(",\"number\":null,\"channel\":"), reservation->channel);
    buffer_append(json, TEXT(",\"created_at\":\""));
    calendar_append_instant(json, reservation->created_at_ms, zone);
    buffer_append(json, TEXT("\",\"sequence\":"));
    buffer_append_integer(json, reservation->id.sequence);
    if (reservation->evidence == EVIDENCE_DESK)
        buffer_append(json, TEXT(",\"desk_check\":true"));
    buffer_append_byte(json, '}');
}
