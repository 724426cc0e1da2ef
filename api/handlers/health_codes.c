/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/health_codes.h"

#include "api/handlers/handlers.h"
#include "api/json/applicant.h"

enum { CODES_MAX = 500 };

struct pushed {
    struct call *call;
    size_t count;
};

static void push_answered(void *owner, int status)
{
    struct pushed *pushed = owner;
    struct call *call = pushed->call;
    struct buffer body = {0};

    if (status < 0) {
        call_store_problem(call, status);
        return;
    }
    metrics_add(call->api->metrics, METRIC_HEALTH_CODES, pushed->count);
    buffer_printf(&body, "{\"accepted\":%zu}", pushed->count);
    call_answer(call, 200, &body, TEXT_NONE);
}

static bool is_of_same_person(const struct health_push *a, const struct health_push *b)
{
    return a->id_type == b->id_type && text_equal(a->id_number, b->id_number);
}

/* The document of a push, behind those before it: a person has one code. */
static void read_document(const struct body_reader *reader, struct health_push *pushes, size_t at)
{
    struct call *call = reader->call;
    struct health_push *push = &pushes[at];
    bool is_read = document_read(reader, city_today(call->city), &push->id_type, &push->id_number,
                                 arena_new(&call->arena, sizeof(struct id_number)));

    for (size_t i = 0; is_read && i < at; i++)
        if (is_of_same_person(&pushes[i], push)) {
            body_fault(reader, "id_number",
                       MESSAGE("该证件号重复，每人只写一次。",
                               "This person stands here already; give each once."));
            return;
        }
}

static void read_push(const struct body_reader *reader, struct health_push *pushes, size_t at)
{
    struct health_push *push = &pushes[at];
    struct text text;

    body_only(reader, "id_number", "id_type", "code", "valid_until");
    read_document(reader, pushes, at);
    if (body_text(reader, "code", true, &text) && !health_code_parse(text, &push->code))
        body_fault(reader, "code",
                   MESSAGE("须为 green、yellow 或 red。", "This must be green, yellow or red."));
    push->has_end = body_text(reader, "valid_until", false, &text);
    if (push->has_end && !calendar_parse_instant(text, &push->valid_until_ms))
        body_fault(reader, "valid_until",
                   MESSAGE("须为带时区的时间，例如 2026-11-23T09:00:00+08:00。",
                           "This must be an RFC 3339 time, such as 2026-11-23T09:00:00+08:00."));
}

/* The pushes of the body, in the call's arena; `*count` of them. */
static struct health_push *read_pushes(const struct body_reader *body, size_t *count)
{
    const struct json_path list = {&body->path, "codes", 0};
    const struct json *codes;
    struct health_push *pushes;

    body_only(body, "codes");
    codes = body_list(body, "codes", 1, CODES_MAX,
                      MESSAGE("须为 1 至 500 项；更多请分次推送。",
                              "These must be 1 to 500 items; push more in parts."));
    pushes = arena_new(&body->call->arena, (json_count(codes) + 1) * sizeof *pushes);
    *count = 0;
    JSON_EACH(codes, item) {
        struct body_reader reader = body_at(body, &(struct json_path){&list, NULL, *count}, item);
        if (json_kind(item) == JSON_OBJECT)
            read_push(&reader, pushes, *count);
        else
            body_fault(&reader, NULL, MESSAGE("须为对象。", "This must be an object."));
        ++*count;
    }
    return pushes;
}

void handle_health_codes(struct call *call)
{
    struct faults faults = {0};
    struct body_reader body = {.call = call, .faults = &faults};
    struct health_push *pushes;
    struct pushed *pushed;
    size_t count;

    if (!body_parse(&body))
        return;
    pushes = read_pushes(&body, &count);
    if (!call_refuse_faults(call, &faults)) {
        pushed = arena_new(&call->arena, sizeof *pushed);
        *pushed = (struct pushed){call, count};
        health_codes_push(call->city, pushes, count, push_answered, pushed);
    }
}
