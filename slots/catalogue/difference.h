/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"

/* What is different between two catalogues as they are stored (slots/catalogue/catalogue.h,
 * `json`), for people: one line each, with the place as a JSON pointer in which things are named by
 * their ids:
 *
 *   + /halls/410400-01/queues/C
 *   - /halls/410400-01/queues/A
 *   ~ /halls/410400-01/name: "旧" → "新"
 *
 * What became retired is removed, what is so no more is added. `present` may be empty. Appends
 * nothing when they are the same. */
void catalogue_difference(struct text present, struct text merged, struct buffer *lines);
