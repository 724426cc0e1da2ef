/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/http/http.h"

/* What an answer's form depends on besides the answer. */
struct http_response_form {
    struct text date; /* the whole line with its CRLF */
    bool is_head;     /* without the body, with its length */
    bool is_stream;   /* its end is not known */
    bool is_last;     /* "Connection: close" */
    bool is_1_0;      /* which must be told that the connection is kept */
};

/* Appends the bytes of `response` to `out`. */
void http_response_append(struct buffer *out, const struct http_response *response,
                          const struct http_response_form *form);

/* "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" (RFC 9110, 5.6.7) into `line`. */
#define HTTP_DATE_LENGTH 37
void http_response_format_date(int64_t now_ms, char line[static HTTP_DATE_LENGTH]);
