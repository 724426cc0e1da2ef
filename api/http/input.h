/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/http/connection.h"

/* The reading side of a connection: bytes to exchanges in its queue, whole ones to the handler. */

/* Starts or stops reading as the connection's condition wants it. */
void http_input_update(struct http_connection *connection);

/* Parses on with what was read but held back; false when there is none or it may not be. */
bool http_input_resume(struct http_connection *connection);

/* No further request is taken; what comes is dropped. */
void http_input_finish(struct http_connection *connection);

/* The request that is being read gets its fault, HTTP_FAULT_TIMEOUT. */
void http_input_time_out(struct http_connection *connection);
