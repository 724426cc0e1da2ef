/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call/call.h"
#include "slots/catalogue/catalogue.h"

/* What a call for a hall's display asks for. */
struct display_request {
    const struct hall *hall;
    struct text window; /* whose screen; empty: the hall's main screen */
    bool has_token;     /* call.token: the hall is not public */
    bool is_known;      /* a token of its people or screens came along, needed or not */
};

/* Reads it and checks who asks: anyone when the hall is public, else a token of the hall's people
 * or screens, in the header or, for an EventSource cannot set one, as `token` of the query. False
 * after answering 400, 401 or 403. */
bool display_read_request(struct call *call, struct display_request *request);
