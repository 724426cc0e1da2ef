/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/http_connection.h"

/* The writing side of a connection: answers in the order of the queue, all of a turn in one write.
 * http_respond() is its entry. */

/* Writes what has gathered, unless an earlier write is under way. */
void http_output_write(struct http_connection *connection);

/* Sends "100 Continue" if the first in the queue waits for it. */
void http_output_invite(struct http_connection *connection);
