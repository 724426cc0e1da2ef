/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http/response.h"

#include <http_parser.h>
#include <stdio.h>
#include <time.h>

/* More than everything but the texts of the answer takes. */
#define FIXED_BYTES_MAX 256

static char *put(char *at, struct text text)
{
    if (text.length)
        memcpy(at, text.data, text.length);
    return at + text.length;
}

static char *put_number(char *at, uint64_t value)
{
    char digits[20];
    size_t from = sizeof digits;

    do
        digits[--from] = (char)('0' + value % 10);
    while (value /= 10);
    return put(at, text_bytes(digits + from, sizeof digits - from));
}

static struct text reason(unsigned status)
{
    switch (status) {
    case 200:
        return TEXT("OK");
    case 201:
        return TEXT("Created");
    default:
        return text_of(http_status_str((enum http_status)status));
    }
}

static char *put_status(char *at, unsigned status)
{
    at = put(at, TEXT("HTTP/1.1 "));
    at = put_number(at, status);
    *at++ = ' ';
    at = put(at, reason(status));
    return put(at, TEXT("\r\n"));
}

static char *put_connection(char *at, const struct http_response_form *form)
{
    if (form->is_last)
        return put(at, TEXT("Connection: close\r\n"));
    if (form->is_1_0)
        return put(at, TEXT("Connection: keep-alive\r\n"));
    return at;
}

/* RFC 9110, 8.6: 1xx and 204 have no length; a 304 could only give that of another answer. */
static bool has_content(unsigned status)
{
    return status >= 200 && status != 204 && status != 304;
}

static char *put_content_fields(char *at, const struct http_response *response,
                                const struct http_response_form *form, struct text type)
{
    if (type.length) {
        at = put(at, TEXT("Content-Type: "));
        at = put(at, type);
        at = put(at, TEXT("\r\n"));
    }
    if (form->is_stream)
        return form->is_1_0 ? at : put(at, TEXT("Transfer-Encoding: chunked\r\n"));
    if (has_content(response->status)) {
        at = put(at, TEXT("Content-Length: "));
        at = put_number(at, type.length ? response->body.length : 0);
        at = put(at, TEXT("\r\n"));
    }
    return at;
}

void http_response_append(struct buffer *out, const struct http_response *response,
                          const struct http_response_form *form)
{
    struct text type = text_of(response->content_type);
    bool has_body = has_content(response->status) && type.length && !form->is_head;
    size_t body_bytes = has_body ? response->body.length : 0;
    char *start =
        buffer_reserve(out, FIXED_BYTES_MAX + type.length + response->headers.length + body_bytes);
    char *at = put_status(start, response->status);

    at = put(at, form->date);
    at = put_connection(at, form);
    at = put_content_fields(at, response, form, type);
    at = put(at, response->headers);
    at = put(at, TEXT("\r\n"));
    if (has_body)
        at = put(at, response->body);
    out->length += (size_t)(at - start);
}

void http_response_format_date(int64_t now_ms, char line[static HTTP_DATE_LENGTH])
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[64];
    time_t seconds = now_ms / 1000;
    struct tm utc;

    gmtime_r(&seconds, &utc);
    snprintf(text, sizeof text, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", days[utc.tm_wday],
             utc.tm_mday, months[utc.tm_mon], (utc.tm_year + 1900) % 10000, utc.tm_hour, utc.tm_min,
             utc.tm_sec);
    memcpy(line, text, HTTP_DATE_LENGTH);
}
