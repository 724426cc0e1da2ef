/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/booking_body.h"
#include "api/call/caller.h"

enum { CHANNEL_CHARS_MAX = 16 };

const struct catalogue *hall_read(const struct body_reader *body, bool is_required,
                                  const struct hall **hall)
{
    const struct city *city = body->call->city, *its_city;
    struct text id;

    if (!body_text(body, "hall", is_required, &id))
        return city->edition->catalogue;
    its_city = cities_of_hall(&body->call->api->cities, id);
    city = its_city ? its_city : city;
    *hall = catalogue_hall(city->edition->catalogue, id);
    if (!*hall)
        body_fault(body, "hall", MESSAGE("没有这个大厅，请检查编号。", "There is no such hall."));
    return city->edition->catalogue;
}

/* Notes each step that the hall does not serve. */
static void check_steps(const struct body_reader *body, const char *name,
                        const struct reserve_order *order)
{
    struct buffer zh = {0}, en = {0};

    for (size_t i = 0; order->hall && i < order->package->step_count; i++) {
        const struct service *step = order->package->steps[i];

        if (hall_queue_for(order->hall, step))
            continue;
        buffer_clear(&zh);
        buffer_clear(&en);
        buffer_printf(&zh, "该大厅不办理这件事的“" TEXT_FMT "”（" TEXT_FMT "），请选择其他大厅。%c",
                      TEXT_ARG(step->name), TEXT_ARG(step->id), 0);
        buffer_printf(&en,
                      "The hall does not offer the package's service " TEXT_FMT
                      "; choose another hall.%c",
                      TEXT_ARG(step->id), 0);
        body_fault(body, name, MESSAGE(zh.data, en.data));
    }
    buffer_free(&zh);
    buffer_free(&en);
}

/* NULL when there is none that can be booked. */
static const struct package *offered_package(const struct catalogue *catalogue, struct text id)
{
    const struct package *package = catalogue_package(catalogue, id);

    return package && !package->retired ? package : NULL;
}

static void read_package(const struct body_reader *body, const struct catalogue *catalogue,
                         struct reservation_order *read)
{
    struct text package;

    read->package_pointer = "/package";
    if (!body_text(body, "package", true, &package))
        return;
    if (json_has(body->object, "service"))
        body_fault(body, "package",
                   MESSAGE("service 与 package 只能填一个。",
                           "Give either service or package, not both."));
    read->order.package = offered_package(catalogue, package);
    if (read->order.package)
        check_steps(body, "package", &read->order);
    else
        body_fault(body, "package",
                   MESSAGE("没有这件“一件事”，请查询大厅的事项清单。",
                           "There is no such package; see the hall's services."));
}

/* A package is understood in its place. */
static void read_service(const struct body_reader *body, const struct catalogue *catalogue,
                         struct reservation_order *read)
{
    struct reserve_order *order = &read->order;
    struct text service;

    if (!body_text(body, "service", true, &service))
        return;
    order->service = catalogue_service(catalogue, service);
    if (!order->service && (order->package = offered_package(catalogue, service))) {
        read->package_pointer = "/service";
        check_steps(body, "service", order);
        return;
    }
    if (order->service && order->hall)
        order->queue = hall_queue_for(order->hall, order->service);
    if (!order->service || (order->hall && !order->queue))
        body_fault(body, "service",
                   MESSAGE("该大厅不办理此事项，请查询大厅的事项清单。",
                           "The hall does not offer this service; see its services."));
}

static bool is_channel(struct text channel)
{
    for (size_t i = 0; i < channel.length; i++)
        if (!((channel.data[i] >= 'a' && channel.data[i] <= 'z') || channel.data[i] == '-' ||
              channel.data[i] == '_'))
            return false;
    return channel.length >= 1 && channel.length <= CHANNEL_CHARS_MAX;
}

static void read_channel(const struct body_reader *body, struct reserve_order *order)
{
    if (!body_text(body, "channel", false, &order->channel))
        order->channel = text_of(role_name(body->call->token.role));
    else if (!is_channel(order->channel))
        body_fault(body, "channel",
                   MESSAGE("须为 1 至 16 个小写字母，例如 wechat。",
                           "This must be 1 to 16 lower-case letters, such as wechat."));
}

/* Whoever says to be elderly has an ID number that says so too. */
static void read_priority(const struct body_reader *body, struct reserve_order *order,
                          bool is_known)
{
    struct text priority;

    if (!body_text(body, "priority", false, &priority))
        return;
    if (!priority_parse(priority, &order->priority))
        body_fault(body, "priority",
                   MESSAGE("须为 elderly、disabled、military 或 pregnant；没有则请删去。",
                           "This must be elderly, disabled, military or pregnant, or left out."));
    else if (is_known)
        elderly_check(body, order->priority, order->applicant.id_type, order->applicant.id_number,
                      order->day);
}

static void read_people(const struct body_reader *body, struct reservation_order *read,
                        bool has_date)
{
    struct reserve_order *order = &read->order;
    day_number today = city_today(body->call->city);
    bool is_known = applicant_read(body, "applicant", today, &order->applicant, &read->applicant);

    agent_read(body, today, &order->applicant, &read->agent);
    order->party = read->party;
    order->party_count = party_read(body, today, &order->applicant, read->party, read->companions);
    if (json_has(body->object, "party") && order->package)
        body_fault(body, "party",
                   MESSAGE("“一件事”只能由一人预约，请分别预约。",
                           "A package is booked for one person; book for each of them."));
    read_priority(body, order, is_known && has_date);
}

static void read_key(const struct body_reader *body, struct reserve_order *order)
{
    struct call *call = body->call;

    order->creator = (unsigned char)call->token.role;
    order->booker = caller_booker(call);
    order->principal = text_of(call->token.principal);
    order->idempotency_key = call_idempotency_key(call, body->faults);
}

void reservation_order_read(const struct body_reader *body, struct reservation_order *read)
{
    struct reserve_order *order = &read->order;
    const struct catalogue *catalogue;
    bool has_date;

    body_only(body, "hall", "service", "package", "date", "start", "applicant", "agent", "party",
              "priority", "channel");
    catalogue = hall_read(body, true, &order->hall);
    if (json_has(body->object, "package"))
        read_package(body, catalogue, read);
    else
        read_service(body, catalogue, read);
    has_date = body_date(body, "date", &order->day);
    body_slot(body, "start", &order->slot);
    read_people(body, read, has_date);
    read_channel(body, order);
    read_key(body, order);
}
