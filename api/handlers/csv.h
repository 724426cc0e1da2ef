/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"

/* Rows of comma-separated values (RFC 4180). */

/* Appends a field of the row, quoted where it must be. */
void csv_append(struct buffer *csv, struct text field);
void csv_append_integer(struct buffer *csv, uint64_t value);
/* Ends the row, which has a field at least. */
void csv_end_row(struct buffer *csv);
