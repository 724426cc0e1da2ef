/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/call.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

#define TYPE_JSON    "application/json; charset=utf-8"
#define TYPE_PROBLEM "application/problem+json; charset=utf-8"

enum { OUTAGE_LOG_EVERY_MS = 1000, POINTER_BYTES_MAX = 200, IDEMPOTENCY_KEY_BYTES_MAX = 255 };

static void client_gone(struct http_request *request)
{
    struct call *call = request->owner;

    call->request = NULL;
}

struct call *call_new(struct api *api, struct http_request *request)
{
    struct call *call = memory_new(sizeof *call);

    call->api = api;
    call->request = request;
    call->english = prefers_english(request->accept_language);
    call->started_us = clock_monotonic_us();
    request->owner = call;
    request->on_gone = client_gone;
    return call;
}

static void count_response(struct call *call, unsigned status)
{
    struct metrics *metrics = call->api->metrics;

    metrics_add(metrics,
                status < 300   ? METRIC_HTTP_2XX
                : status < 400 ? METRIC_HTTP_3XX
                : status < 500 ? METRIC_HTTP_4XX
                               : METRIC_HTTP_5XX,
                1);
    metrics_observe(metrics, clock_monotonic_us() - call->started_us);
}

/* A problem is told in the caller's language. */
static void append_fields(struct buffer *fields, const struct call *call, unsigned status,
                          struct text more)
{
    bool is_problem = status >= 400;

    buffer_append(fields, more);
    if (is_problem || !call->is_cacheable)
        buffer_append(fields, TEXT("Cache-Control: no-store\r\n"));
    if (is_problem)
        buffer_append(fields, TEXT("Vary: Accept-Language\r\n"));
}

void call_answer_as(struct call *call, unsigned status, const char *content_type,
                    struct buffer *body, struct text headers)
{
    struct buffer fields = {0};
    struct http_response response = {
        .status = status,
        .content_type = content_type,
        .body = buffer_text(body),
        .close = call->api->is_stopping || call->must_close,
    };

    append_fields(&fields, call, status, headers);
    response.headers = buffer_text(&fields);
    count_response(call, status);
    if (call->request) {
        call->request->on_gone = NULL;
        http_respond(call->request, &response);
    }
    buffer_free(&fields);
    buffer_free(body);
    arena_free(&call->arena);
    free(call);
}

void call_answer(struct call *call, unsigned status, struct buffer *body, struct text headers)
{
    call_answer_as(call, status, TYPE_JSON, body, headers);
}

struct http_stream *call_stream(struct call *call, const struct http_stream_head *head)
{
    struct http_stream *stream = NULL;

    count_response(call, 200);
    if (call->request) {
        call->request->on_gone = NULL;
        stream = http_stream_start(call->request, head);
    }
    arena_free(&call->arena);
    free(call);
    return stream;
}

static struct text headers_of(enum problem problem)
{
    switch (problem_status(problem)) {
    case 401:
        return TEXT("WWW-Authenticate: Bearer realm=\"jiaohao\"\r\n");
    case 429:
    case 503:
        return TEXT("Retry-After: 1\r\n");
    default:
        return TEXT_NONE;
    }
}

void call_problem(struct call *call, enum problem problem, struct message detail,
                  struct text members)
{
    struct buffer body = {0};

    problem_append(&body, problem, call->english, detail, members);
    call_answer_as(call, problem_status(problem), TYPE_PROBLEM, &body, headers_of(problem));
}

void call_problem_later(struct call *call, enum problem problem, unsigned seconds,
                        struct message detail)
{
    struct buffer body = {0}, headers = {0};

    buffer_printf(&headers, "Retry-After: %u\r\n", seconds);
    problem_append(&body, problem, call->english, detail, TEXT_NONE);
    call->must_close = true;
    call_answer_as(call, problem_status(problem), TYPE_PROBLEM, &body, buffer_text(&headers));
    buffer_free(&headers);
}

/* One line a second: an outage is told, not each of the requests that it meets. */
static void log_outage(int status)
{
    static int64_t logged_ms, count;
    int64_t now_ms = clock_monotonic_ms();

    count++;
    if (logged_ms && now_ms - logged_ms < OUTAGE_LOG_EVERY_MS)
        return;
    log_warning("api.store-unavailable",
                LOG_STRING("status", store_status_name((enum store_status)status)),
                LOG_INTEGER("requests", count));
    logged_ms = now_ms;
    count = 0;
}

void call_store_problem(struct call *call, int status)
{
    log_outage(status);
    call_problem(
        call, PROBLEM_STORE_UNAVAILABLE,
        MESSAGE("暂时无法确认结果，请稍后用同一幂等键重试；未确认前请勿视为预约成功或失败。",
                "The outcome is not known. Retry with the same Idempotency-Key; do not "
                "take it as booked or as refused."),
        TEXT_NONE);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct text call_decode(struct call *call, struct text encoded, bool plus_is_space)
{
    char *decoded = arena_new(&call->arena, encoded.length + 1);
    struct text text = {decoded, 0};

    for (size_t i = 0; i < encoded.length; i++) {
        char c = encoded.data[i];
        if (c == '%') {
            int high = encoded.length - i > 2 ? hex_value(encoded.data[i + 1]) : -1;
            int low = encoded.length - i > 2 ? hex_value(encoded.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return TEXT_NONE;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        decoded[text.length++] = c;
    }
    return text_is_utf8(text) ? text : TEXT_NONE;
}

struct text call_query(struct call *call, const char *name)
{
    struct text rest = call->request->query, pair, key;

    while (rest.length && text_split(&rest, '&', &pair)) {
        text_split(&pair, '=', &key);
        if (text_is(key, name)) {
            struct text value = call_decode(call, pair, true);
            return value.data ? value : TEXT("\xff");
        }
    }
    return TEXT_NONE;
}

/* Names that the client made up may be as long as his body: the fault then stands at the object or
 * array around it. */
static struct text short_pointer(const char *pointer)
{
    struct text text = text_of(pointer);

    while (text.length > POINTER_BYTES_MAX)
        do
            text.length--;
        while (text.length && text.data[text.length] != '/');
    return text;
}

void call_fault(struct call *call, struct faults *faults, const char *pointer,
                struct message detail)
{
    struct buffer *json = &faults->json;

    if (faults->count++ >= FAULTS_TOLD)
        return;
    if (faults->count == 1)
        json_open(json, "errors", '[');
    json_open(json, NULL, '{');
    json_put(json, "pointer", short_pointer(pointer));
    json_put(json, "detail", text_of(call->english ? detail.en : detail.zh));
    buffer_append_byte(json, '}');
}

struct text call_idempotency_key(struct call *call, struct faults *faults)
{
    struct text key = call->request->idempotency_key;

    if (key.data && !text_strip(key).length)
        call_fault(call, faults, "/Idempotency-Key",
                   MESSAGE("幂等键不能为空；不需要时请去掉该请求头。",
                           "Idempotency-Key may not be empty; leave the header out for none."));
    if (key.length > IDEMPOTENCY_KEY_BYTES_MAX)
        call_fault(call, faults, "/Idempotency-Key",
                   MESSAGE("幂等键最长 255 字节。", "Idempotency-Key has at most 255 bytes."));
    return key;
}

bool call_refuse_faults(struct call *call, struct faults *faults)
{
    struct message detail =
        MESSAGE("请按 errors 中的提示逐项改正后重试。",
                "Mend each item listed in errors, then send the request again.");
    char zh[160], en[160];

    if (!faults->count)
        return false;
    if (faults->count > FAULTS_TOLD) {
        unsigned more = faults->count - FAULTS_TOLD;
        snprintf(zh, sizeof zh, "%s另有 %u 处错误未列出。", detail.zh, more);
        snprintf(en, sizeof en, "%s %u more are not listed.", detail.en, more);
        detail = MESSAGE(zh, en);
    }
    buffer_append_byte(&faults->json, ']');
    call_problem(call, PROBLEM_INVALID_REQUEST, detail, buffer_text(&faults->json));
    buffer_free(&faults->json);
    return true;
}
