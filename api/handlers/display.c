/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/handlers/display.h"

#include "api/call/caller.h"
#include "api/handlers/handlers.h"
#include "api/json/display.h"
#include "scheduler/floors.h"

#define SCREENS                                                                                    \
    (ROLE_BIT(ROLE_DISPLAY) | ROLE_BIT(ROLE_KIOSK) | ROLE_BIT(ROLE_CLERK) |                        \
     ROLE_BIT(ROLE_HALL_ADMIN) | ROLE_BIT(ROLE_CITY_ADMIN))

static bool has_window(struct call *call, const struct display_request *request)
{
    struct faults faults = {0};

    if (request->window.data && !hall_window(request->hall, request->window))
        call_fault(call, &faults, "/window",
                   MESSAGE("该大厅没有这个窗口，请检查窗口编号，或去掉 window 查看全厅。",
                           "The hall has no such window; check its id, or leave it out for the "
                           "whole hall."));
    return !call_refuse_faults(call, &faults);
}

/* Of a window's token, that window's screen only. */
static bool reaches(const struct token *token, const struct display_request *request)
{
    return SCREENS & ROLE_BIT(token->role) && token_reaches(token, request->hall->id) &&
           (!token->window[0] || text_is(request->window, token->window));
}

static bool may_see(struct call *call, struct display_request *request)
{
    struct text bearer = call->request->authorization.data ? TEXT_NONE : call_query(call, "token");

    request->is_known = caller_identify(call, bearer) && reaches(&call->token, request);
    if (request->hall->public_display)
        return true;
    request->has_token = true;
    if (!call->token.role) {
        call_problem(call, PROBLEM_UNAUTHORIZED,
                     MESSAGE("该大厅的叫号屏不公开：请用显示屏或工作人员的凭证，放在 Authorization "
                             "请求头或 token 参数中。",
                             "This hall's displays are not public: give the token of a display or "
                             "of staff as Authorization or as the parameter token."),
                     TEXT_NONE);
        return false;
    }
    if (request->is_known)
        return true;
    call_problem(call, PROBLEM_FORBIDDEN,
                 MESSAGE("该凭证不能查看这块屏幕，请用本厅、本窗口的凭证。",
                         "This token may not see this screen; use one of this hall and window."),
                 TEXT_NONE);
    return false;
}

bool display_read_request(struct call *call, struct display_request *request)
{
    *request = (struct display_request){
        .hall = catalogue_hall(call->city->edition->catalogue, call->parameters[0]),
        .window = call_query(call, "window")};
    return may_see(call, request) && has_window(call, request);
}

void handle_display(struct call *call)
{
    struct display_request request;
    struct buffer json = {0};

    if (!display_read_request(call, &request))
        return;
    display_append_snapshot(&json, call->city, request.hall,
                            floors_hall(call->city, request.hall->id), request.window);
    call_answer(call, 200, &json, TEXT_NONE);
}
