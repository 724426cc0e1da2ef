/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call/call.h"

/* Who may do what, in one table: method, path, roles and what of the path must lie within the
 * token's city, hall or window. */

enum scope {
    SCOPE_NONE,        /* nothing to compare */
    SCOPE_CITY,        /* the path's {city} */
    SCOPE_HALL,        /* the path's {hall} */
    SCOPE_RESERVATION, /* the hall in the path's reservation {id} */
    SCOPE_STANDING,    /* the city of that hall; the handler compares the rest, as caller_reach()
                        * has it, with the reservation as it stands now */
    SCOPE_TOKEN,       /* the token's own city; the handler compares what the body names */
};

struct route {
    const char *method;
    const char *path; /* segments; "{…}" takes any one */
    unsigned roles;   /* ROLE_BITs; 0: anyone */
    enum scope scope;
    void (*handle)(struct call *call);
    bool has_json_body;
};

/* The table ends with a NULL method. */
extern const struct route routes[];

/* Finds the route, checks token and scope, fills the call's city, and hands it to its handler; or
 * answers with 404, 405, 401, 403 or 415. */
void routes_dispatch(struct call *call);
