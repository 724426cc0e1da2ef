/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/json/applicant.h"
#include "slots/booking/order.h"

/* What a booking's body asks for, as an order. */

struct reservation_order {
    struct reserve_order order;  /* its texts live as long as the body's tree and this */
    const char *package_pointer; /* where the package was named: "/package" or "/service" */
    struct applicant party[PARTY_MAX];
    struct id_number applicant, agent, companions[PARTY_MAX];
};

/* The hall that a body names, and the catalogue that it stands in, else that of the caller's city.
 * It may be of another city only so far that the caller learns he may not go there. */
const struct catalogue *hall_read(const struct body_reader *body, bool is_required,
                                  const struct hall **hall);

/* Reads the body, noting every fault. With none noted the order is whole. */
void reservation_order_read(const struct body_reader *body, struct reservation_order *read);
