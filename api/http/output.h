/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/http/connection.h"

/* The writing side of a connection: answers in the order of the queue, all of a turn in one write.
 * http_respond() is its entry. */

/* Writes what has gathered, unless an earlier write is under way. */
void http_output_write(struct http_connection *connection);

/* The connection of a request that its handler answers now; NULL when nobody will see the answer:
 * then the exchange is gone. */
struct http_connection *http_output_claim(struct http_exchange *exchange);

/* Gives the answer, now or behind those before it; the exchange is gone then, unless a stream
 * follows. `is_stream`: the answer is the head of one. */
void http_output_answer(struct http_exchange *exchange, const struct http_response *response,
                        bool is_stream);

/* Sends "100 Continue" if the first in the queue waits for it. */
void http_output_invite(struct http_connection *connection);
