/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/health_codes.h"

#include <stdio.h>

#include "api/applicant.h"
#include "api/handlers.h"

enum { POINTER_BYTES = 32 };

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
    metrics_add(call->worker->metrics, METRIC_HEALTH_CODES, pushed->count);
    buffer_printf(&body, "{\"accepted\":%zu}", pushed->count);
    call_answer(call, 200, &body, TEXT_NONE);
}

static void read_push(const struct body_reader *reader, struct health_push *push)
{
    static const char *const known[] = {"id_number", "id_type", "code", "valid_until", NULL};
    struct call *call = reader->call;
    struct text text;

    body_only(reader, known);
    document_read(reader, city_today(call->city), &push->id_type, &push->id_number,
                  arena_new(&call->arena, sizeof(struct id_number)));
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
    static const char *const known[] = {"codes", NULL};
    const cJSON *codes, *item;
    struct health_push *pushes;

    body_only(body, known);
    codes = body_array(body, "codes");
    pushes =
        arena_new(&body->call->arena, ((size_t)cJSON_GetArraySize(codes) + 1) * sizeof *pushes);
    *count = 0;
    cJSON_ArrayForEach(item, codes)
    {
        char pointer[POINTER_BYTES];
        struct body_reader reader = *body;

        snprintf(pointer, sizeof pointer, "/codes/%zu", *count);
        reader.object = item;
        reader.pointer = pointer;
        if (cJSON_IsObject(item))
            read_push(&reader, &pushes[*count]);
        else
            body_fault(&reader, NULL, MESSAGE("须为对象。", "This must be an object."));
        ++*count;
    }
    if (codes && !*count)
        body_fault(body, "codes", MESSAGE("至少须有一项。", "At least one item is required."));
    return pushes;
}

void handle_health_codes(struct call *call)
{
    struct faults faults = {0};
    struct body_reader body = {.call = call, .faults = &faults, .pointer = ""};
    struct health_push *pushes;
    struct pushed *pushed;
    const cJSON *json = body_parse(call);
    size_t count;

    if (!json)
        return;
    body.object = json;
    pushes = read_pushes(&body, &count);
    if (!call_refuse_faults(call, &faults)) {
        pushed = arena_new(&call->arena, sizeof *pushed);
        *pushed = (struct pushed){call, count};
        health_codes_push(call->city, pushes, count, push_answered, pushed);
    }
    body_free();
}
