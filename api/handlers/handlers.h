/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call/call.h"

/* The handlers of the routes table; each answers its call, now or later. */

/* api/handlers/halls.c */
void handle_halls(struct call *call);
void handle_hall(struct call *call);
void handle_services(struct call *call);

/* api/handlers/availability.c */
void handle_availability(struct call *call);
void handle_city_availability(struct call *call);

/* api/handlers/reservations.c */
void handle_reserve(struct call *call);

/* api/handlers/reservation_list.c */
void handle_reservations(struct call *call);

/* api/handlers/reservation.c */
void handle_reservation(struct call *call);
void handle_cancel(struct call *call);

/* api/handlers/reschedule.c */
void handle_reschedule(struct call *call);

/* api/handlers/pardon.c */
void handle_pardon(struct call *call);

/* api/handlers/check_in.c */
void handle_check_in(struct call *call);
void handle_hall_check_in(struct call *call);

/* api/handlers/tickets.c */
void handle_issue(struct call *call);
void handle_ticket(struct call *call);

/* api/handlers/windows.c */
void handle_window(struct call *call);

/* api/handlers/waitlist.c */
void handle_waitlist_enter(struct call *call);
void handle_waitlist(struct call *call);
void handle_waitlist_leave(struct call *call);

/* api/handlers/offers.c */
void handle_offer_accept(struct call *call);
void handle_offer_decline(struct call *call);

/* api/handlers/draws.c */
void handle_draw(struct call *call);

/* api/handlers/capacity.c */
void handle_capacity(struct call *call);

/* api/handlers/closures.c */
void handle_close(struct call *call);
void handle_lift(struct call *call);
void handle_closures(struct call *call);

/* api/handlers/health_codes.c */
void handle_health_codes(struct call *call);

/* api/handlers/statistics.c */
void handle_hall_statistics(struct call *call);
void handle_city_statistics(struct call *call);

/* api/displays/display.c */
void handle_display(struct call *call);

/* api/displays/events.c */
void handle_display_events(struct call *call);

/* api/handlers/operations.c */
void handle_healthz(struct call *call);
void handle_readyz(struct call *call);
void handle_metrics(struct call *call);
void handle_openapi(struct call *call);
