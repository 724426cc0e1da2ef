/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/routes.h"

#include "api/call/caller.h"
#include "api/handlers/handlers.h"
#include "slots/ledger/shown.h"

#define GATEWAY ROLE_BIT(ROLE_GATEWAY)
#define ADMINS  (ROLE_BIT(ROLE_HALL_ADMIN) | ROLE_BIT(ROLE_CITY_ADMIN))
#define DESK    (ROLE_BIT(ROLE_CLERK) | ROLE_BIT(ROLE_KIOSK))
#define AUDITOR ROLE_BIT(ROLE_AUDITOR)
#define STAFF   (ADMINS | ROLE_BIT(ROLE_CLERK))

/* The first that fits is taken: what a rush asks for stands first. */
const struct route routes[] = {
    {"POST", "/v1/reservations", GATEWAY | DESK | ADMINS, SCOPE_TOKEN, handle_reserve, true},
    {"GET", "/v1/halls/{hall}/availability", 0, SCOPE_HALL, handle_availability, false},
    {"GET", "/v1/cities/{city}/halls", 0, SCOPE_CITY, handle_halls, false},
    {"GET", "/v1/cities/{city}/availability", 0, SCOPE_CITY, handle_city_availability, false},
    {"GET", "/v1/halls/{hall}/display", 0, SCOPE_HALL, handle_display, false},
    {"GET", "/v1/halls/{hall}/display/events", 0, SCOPE_HALL, handle_display_events, false},
    {"GET", "/v1/halls/{hall}", 0, SCOPE_HALL, handle_hall, false},
    {"GET", "/v1/halls/{hall}/services", 0, SCOPE_HALL, handle_services, false},
    {"GET", "/v1/halls/{hall}/draws/{queue}/{date}", 0, SCOPE_HALL, handle_draw, false},
    {"GET", "/v1/reservations", GATEWAY | STAFF | AUDITOR, SCOPE_TOKEN, handle_reservations, false},
    {"GET", "/v1/reservations/{id}", GATEWAY | STAFF, SCOPE_STANDING, handle_reservation, false},
    {"POST", "/v1/reservations/{id}/cancel", GATEWAY | STAFF, SCOPE_STANDING, handle_cancel, false},
    {"POST", "/v1/reservations/{id}/reschedule", GATEWAY | STAFF, SCOPE_STANDING, handle_reschedule,
     true},
    {"POST", "/v1/reservations/{id}/pardon", ADMINS, SCOPE_STANDING, handle_pardon, true},
    {"POST", "/v1/reservations/{id}/check-in", GATEWAY | DESK | ADMINS, SCOPE_STANDING,
     handle_check_in, false},
    {"POST", "/v1/halls/{hall}/check-in", DESK, SCOPE_HALL, handle_hall_check_in, true},
    {"POST", "/v1/halls/{hall}/tickets", DESK, SCOPE_HALL, handle_issue, true},
    {"GET", "/v1/tickets/{id}", 0, SCOPE_RESERVATION, handle_ticket, false},
    {"POST", "/v1/halls/{hall}/windows/{window}/{operation}",
     ROLE_BIT(ROLE_CLERK) | ROLE_BIT(ROLE_HALL_ADMIN), SCOPE_HALL, handle_window, false},
    {"POST", "/v1/waitlist", GATEWAY | DESK | ADMINS, SCOPE_TOKEN, handle_waitlist_enter, true},
    {"GET", "/v1/waitlist/{id}", GATEWAY | STAFF, SCOPE_STANDING, handle_waitlist, false},
    {"DELETE", "/v1/waitlist/{id}", GATEWAY | STAFF, SCOPE_STANDING, handle_waitlist_leave, false},
    {"POST", "/v1/offers/{id}/accept", GATEWAY | STAFF, SCOPE_STANDING, handle_offer_accept, false},
    {"POST", "/v1/offers/{id}/decline", GATEWAY | STAFF, SCOPE_STANDING, handle_offer_decline,
     false},
    {"PUT", "/v1/halls/{hall}/queues/{queue}/capacity", ADMINS, SCOPE_HALL, handle_capacity, true},
    {"POST", "/v1/halls/{hall}/closures", ADMINS, SCOPE_HALL, handle_close, true},
    {"GET", "/v1/halls/{hall}/closures", STAFF, SCOPE_HALL, handle_closures, false},
    {"DELETE", "/v1/halls/{hall}/closures/{id}", ADMINS, SCOPE_HALL, handle_lift, false},
    {"POST", "/v1/health-codes", ROLE_BIT(ROLE_HEALTH_AUTHORITY), SCOPE_TOKEN, handle_health_codes,
     true},
    {"GET", "/v1/halls/{hall}/statistics", ADMINS | AUDITOR, SCOPE_HALL, handle_hall_statistics,
     false},
    {"GET", "/v1/cities/{city}/statistics", ROLE_BIT(ROLE_CITY_ADMIN) | AUDITOR, SCOPE_CITY,
     handle_city_statistics, false},
    {"GET", "/healthz", 0, SCOPE_NONE, handle_healthz, false},
    {"GET", "/readyz", 0, SCOPE_NONE, handle_readyz, false},
    {"GET", "/metrics", 0, SCOPE_NONE, handle_metrics, false},
    {"GET", "/openapi.json", 0, SCOPE_NONE, handle_openapi, false},
    {NULL, NULL, 0, SCOPE_NONE, NULL, false},
};

static bool matches(struct text pattern, struct text path, struct text parameters[])
{
    struct text expected, segment;
    unsigned count = 0;

    while (text_split(&pattern, '/', &expected)) {
        if (!text_split(&path, '/', &segment))
            return false;
        if (expected.length && expected.data[0] == '{') {
            if (!segment.length)
                return false;
            parameters[count++] = segment;
        } else if (!text_equal(expected, segment)) {
            return false;
        }
    }
    return path.data == NULL;
}

static bool method_fits(const struct route *route, struct text method)
{
    return text_is(method, route->method) ||
           (text_is(method, "HEAD") && strcmp(route->method, "GET") == 0);
}

/* The route; NULL after answering 404 or 405. */
static const struct route *find_route(struct call *call)
{
    struct buffer allow = {0};
    const struct route *route;

    for (route = routes; route->method; route++) {
        if (!matches(text_of(route->path), call->request->path, call->parameters))
            continue;
        if (method_fits(route, call->request->method))
            break;
        buffer_printf(&allow, "%s%s%s", allow.length ? ", " : "Allow: ", route->method,
                      strcmp(route->method, "GET") == 0 ? ", HEAD" : "");
    }
    if (!route->method && allow.length) {
        struct buffer body = {0};
        buffer_append(&allow, TEXT("\r\n"));
        problem_append(&body, PROBLEM_METHOD_NOT_ALLOWED, call->english,
                       MESSAGE("该路径不支持此方法，可用方法见 Allow。",
                               "This path does not take the method; see Allow."),
                       TEXT_NONE);
        call_answer_as(call, 405, "application/problem+json; charset=utf-8", &body,
                       buffer_text(&allow));
    } else if (!route->method) {
        call_problem(call, PROBLEM_NOT_FOUND,
                     MESSAGE("没有这个地址，请检查路径。", "There is no such path."), TEXT_NONE);
    }
    buffer_free(&allow);
    return route->method ? route : NULL;
}

/* The path's id as it was given out, however it was typed. */
static bool take_id(struct call *call)
{
    struct reservation_id id;
    struct buffer text = {0};

    if (!shown_id(call->city->edition->catalogue, call->parameters[0], &id))
        return false;
    reservation_append_id(&text, &id);
    call->parameters[0] = arena_copy(&call->arena, buffer_text(&text));
    buffer_free(&text);
    return true;
}

/* Fills the call's city; false when the path names something that does not exist. */
static bool resolve(struct call *call)
{
    struct cities *cities = &call->api->cities;
    struct text parameter = call->parameters[0], hall = parameter;
    struct reservation_id id;

    switch (call->route->scope) {
    case SCOPE_NONE:
        return true;
    case SCOPE_CITY:
        call->city = cities_find(cities, parameter);
        return call->city != NULL;
    case SCOPE_RESERVATION:
    case SCOPE_STANDING:
        if (!reservation_parse_id(text_strip(parameter), &id))
            return false;
        call->city = cities_of_hall(cities, id.hall);
        return call->city && take_id(call);
    case SCOPE_HALL:
        call->city = cities_of_hall(cities, hall);
        return call->city && catalogue_hall(call->city->edition->catalogue, hall);
    case SCOPE_TOKEN:
        call->city = cities_find(cities, text_of(call->token.city));
        return call->city != NULL;
    }
    return false;
}

static bool is_in_scope(const struct call *call)
{
    struct text hall = call->parameters[0];

    switch (call->route->scope) {
    case SCOPE_CITY:
        return text_is(call->parameters[0], call->token.city) && !call->token.hall[0];
    case SCOPE_STANDING:
        return text_is(call->city->code, call->token.city);
    case SCOPE_RESERVATION:
        text_split(&(struct text){hall.data, hall.length}, '.', &hall);
        return token_reaches(&call->token, hall);
    case SCOPE_HALL:
        return token_reaches(&call->token, hall);
    case SCOPE_NONE:
    case SCOPE_TOKEN:
        return true;
    }
    return false;
}

static void refuse(struct call *call)
{
    call_problem(call, PROBLEM_FORBIDDEN,
                 MESSAGE("当前身份不能办理此操作，或超出了所属城市、大厅的范围。",
                         "This role may not do this, or not outside its city or hall."),
                 TEXT_NONE);
}

/* Token and role; true when the call may go on, else it was answered. */
static bool authorize(struct call *call)
{
    if (!call->route->roles)
        return true;
    if (!caller_identify(call, TEXT_NONE)) {
        call_problem(call, PROBLEM_UNAUTHORIZED,
                     MESSAGE("缺少登录凭证，或凭证已失效、已撤销；请重新登录后再试。",
                             "The bearer token is missing, expired or revoked; get a new one."),
                     TEXT_NONE);
        return false;
    }
    if (call->route->roles & ROLE_BIT(call->token.role))
        return true;
    refuse(call);
    return false;
}

static bool has_media_type(struct call *call)
{
    struct text type = call->request->content_type, essence = TEXT_NONE;

    if (!call->route->has_json_body)
        return true;
    text_split(&type, ';', &essence);
    if (text_equal_folded(text_trim(essence), TEXT("application/json")))
        return true;
    call_problem(call, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                 MESSAGE("请以 Content-Type: application/json 提交。",
                         "Send the body as Content-Type: application/json."),
                 TEXT_NONE);
    return false;
}

void routes_dispatch(struct call *call)
{
    const struct route *route = find_route(call);

    if (!route)
        return; /* answered, and gone */
    call->route = route;
    for (unsigned i = 0; i < CALL_PARAMETERS_MAX; i++)
        if (call->parameters[i].length)
            call->parameters[i] = call_decode(call, call->parameters[i], false);
    if (!authorize(call))
        return;
    if (!resolve(call)) {
        call_problem(call, PROBLEM_NOT_FOUND,
                     MESSAGE("没有这个城市、大厅或预约，请检查编号。",
                             "There is no such city, hall or reservation."),
                     TEXT_NONE);
        return;
    }
    if (call->route->roles && !is_in_scope(call))
        refuse(call);
    else if (has_media_type(call))
        call->route->handle(call);
}
