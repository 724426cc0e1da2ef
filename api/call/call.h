/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call/api.h"
#include "api/call/problems.h"
#include "api/http/stream.h"

/* One call of the API on its way: the request, who makes it, what the path named. It is answered
 * exactly once by one of the call_… functions below and is gone then. When the client leaves first,
 * `request` becomes NULL and the answer goes nowhere. */

enum { CALL_PARAMETERS_MAX = 3 };

struct call {
    struct api *api;
    struct http_request *request; /* NULL once the client has gone */
    const struct route *route;
    struct text parameters[CALL_PARAMETERS_MAX]; /* of the path, in the arena */
    struct token token;                          /* whose call it is; role 0 without one */
    struct city *city;                           /* of the path, or of the token */
    bool english;
    bool must_close;   /* the connection ends with the answer: its place is wanted */
    bool is_cacheable; /* the answer is the same for everyone, and for minutes */
    int64_t started_us;
    void *state; /* the handler's, in the arena */
    struct arena arena;
};

/* A call for a request; NULL token fields until routes_dispatch() has filled them. */
struct call *call_new(struct api *api, struct http_request *request);

/* Every answer is for its caller alone and not to be kept (Cache-Control: no-store), unless the
 * handler said that it is cacheable. */

/* Answers with JSON; `body` is freed. `headers`: whole lines or empty. */
void call_answer(struct call *call, unsigned status, struct buffer *body, struct text headers);
/* Answers with another type. */
void call_answer_as(struct call *call, unsigned status, const char *content_type,
                    struct buffer *body, struct text headers);

/* Answers with a stream (http_stream_start()), which is not the call's any more; NULL as there. */
struct http_stream *call_stream(struct call *call, const struct http_stream_head *head);

/* Answers with a problem; `members` as in problem_append(). */
void call_problem(struct call *call, enum problem problem, struct message detail,
                  struct text members);
/* Answers with a problem that is over in some seconds: Retry-After says so. */
void call_problem_later(struct call *call, enum problem problem, unsigned seconds,
                        struct message detail);
/* The problem for a negative store_status: 503 with Retry-After, logged. */
void call_store_problem(struct call *call, int status);

/* The value of a query parameter, percent-decoded into the arena; data NULL when it is missing. One
 * that does not decode to UTF-8 gives the byte 0xff, which no rule takes for a value. */
struct text call_query(struct call *call, const char *name);
/* The text with its %XX decoded, in the arena; data NULL when that gives no UTF-8 text. */
struct text call_decode(struct call *call, struct text encoded, bool plus_is_space);

/* Faults of a request, gathered; they go into one invalid-request, FAULTS_TOLD of them at most: of
 * the others it says how many they are. Who notes faults may look no further, or do less for each,
 * once faults_are_enough(). */
enum { FAULTS_TOLD = 20 };
struct faults {
    struct buffer json;
    unsigned count;
};
static inline bool faults_are_enough(const struct faults *faults)
{
    return faults->count >= FAULTS_TOLD;
}
/* `pointer`: a JSON pointer into the body, or "/NAME" of a query parameter. */
void call_fault(struct call *call, struct faults *faults, const char *pointer,
                struct message detail);
/* The Idempotency-Key, empty where there is none; one that is blank, or of more than 255 bytes, is
 * noted: it would be another caller's as well. */
struct text call_idempotency_key(struct call *call, struct faults *faults);
/* Answers with the faults and frees them; false when there are none (then nothing was answered). */
bool call_refuse_faults(struct call *call, struct faults *faults);
