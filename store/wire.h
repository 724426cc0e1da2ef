/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "base/text.h"

/* What goes over the wire, and what an error that comes back means. Inside the room. */

/* Appends the command as Redis reads it: a RESP array of bulk strings. */
void wire_write_command(struct buffer *output, const struct text *args, size_t count);

/* Whether an error says that Redis does not serve now; it has carried out nothing then. */
bool wire_is_refusal(struct text error);
