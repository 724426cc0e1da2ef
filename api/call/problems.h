/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "base/message.h"

/* What the service refuses, as RFC 9457 problem details: one table of types, statuses and titles.
 */

#define PROBLEMS(P)                                                                                \
    P(INVALID_REQUEST, 400, "invalid-request", "请求内容有误", "Invalid request")                  \
    P(UNAUTHORIZED, 401, "unauthorized", "请先登录", "Unauthorized")                               \
    P(FORBIDDEN, 403, "forbidden", "没有权限", "Forbidden")                                        \
    P(NOT_FOUND, 404, "not-found", "没有找到", "Not found")                                        \
    P(METHOD_NOT_ALLOWED, 405, "method-not-allowed", "不支持该操作", "Method not allowed")         \
    P(REQUEST_TIMEOUT, 408, "request-timeout", "请求超时", "Request time-out")                     \
    P(HEALTH_CODE_NOT_GREEN, 403, "health-code-not-green", "健康码不是绿码",                       \
      "Health code is not green")                                                                  \
    P(BOOKING_SUSPENDED, 403, "booking-suspended", "预约资格暂停", "Booking suspended")            \
    P(SLOT_FULL, 409, "slot-full", "该时段号源已满", "Slot is full")                               \
    P(SLOT_CLOSED, 409, "slot-closed", "该时段不对外办理", "Slot is closed")                       \
    P(NOT_RELEASED, 409, "not-released", "该日号源尚未开放", "Not released yet")                   \
    P(TOO_LATE, 409, "too-late", "已过办理时限", "Too late")                                       \
    P(TOO_EARLY, 409, "too-early", "还未到取号时间", "Too early")                                  \
    P(ALREADY_RESERVED, 409, "already-reserved", "您当日已预约该事项", "Already reserved")         \
    P(ALREADY_TICKETED, 409, "already-ticketed", "您已有号码或预约", "Already ticketed")           \
    P(LIMIT_REACHED, 409, "limit-reached", "预约数量已达上限", "Limit reached")                    \
    P(WRONG_STATE, 409, "wrong-state", "当前状态不能这样操作", "Wrong state")                      \
    P(PAYLOAD_TOO_LARGE, 413, "payload-too-large", "请求内容过大", "Payload too large")            \
    P(UNSUPPORTED_MEDIA_TYPE, 415, "unsupported-media-type", "不支持的内容类型",                   \
      "Unsupported media type")                                                                    \
    P(EXPECTATION_FAILED, 417, "expectation-failed", "不支持的请求预期", "Expectation failed")     \
    P(IDEMPOTENCY_MISMATCH, 422, "idempotency-mismatch", "同一幂等键用于了不同的请求",             \
      "Idempotency-Key was used for another request")                                              \
    P(RATE_LIMITED, 429, "rate-limited", "操作过于频繁", "Too many requests")                      \
    P(HEADER_TOO_LARGE, 431, "header-too-large", "请求头过大", "Header too large")                 \
    P(INTERNAL, 500, "internal", "系统内部错误", "Internal error")                                 \
    P(HEALTH_CODE_UNAVAILABLE, 503, "health-code-unavailable", "健康码服务暂不可用",               \
      "Health code service unavailable")                                                           \
    P(STORE_UNAVAILABLE, 503, "store-unavailable", "系统繁忙，请稍后重试", "Store unavailable")    \
    P(HTTP_VERSION, 505, "http-version-not-supported", "不支持的 HTTP 版本",                       \
      "HTTP version not supported")

enum problem {
#define PROBLEM_ENUM(name, status, type, zh, en) PROBLEM_##name,
    PROBLEMS(PROBLEM_ENUM)
#undef PROBLEM_ENUM
        PROBLEM_COUNT
};

unsigned problem_status(enum problem problem);
const char *problem_type(enum problem problem); /* "slot-full" */

/* Appends the whole JSON object. `members` are further members as JSON text beginning with a comma,
 * or empty. */
void problem_append(struct buffer *json, enum problem problem, bool english, struct message detail,
                    struct text members);

/* True when Accept-Language (RFC 9110, 12.5.4) prefers English to Chinese. */
bool prefers_english(struct text accept_language);
