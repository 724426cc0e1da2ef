/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/booking/visit.h"

/* Where the functions say that something was booked before: by the same request, or by the person
 * and in the way. */
struct earlier {
    struct text places[PACKAGE_STEPS_MAX]; /* in the visit's arena */
    unsigned count;
};

/* Notes `lead` and, for a party, the same in all `sequences`. */
void earlier_note(struct earlier *earlier, struct visit *visit, struct text lead,
                  const struct store_reply *sequences);
/* Reads the records at those places; false, with nothing sent, when one is no place. */
bool earlier_read(const struct earlier *earlier, struct visit *visit, store_callback *callback,
                  void *owner);
/* Takes the records that were read into the visit's items, as they were when they were made. False
 * when one of them cannot be read. `*more` is set when the first names others, which are noted
 * then, to be read with it. */
bool earlier_take(struct earlier *earlier, struct visit *visit, const struct store_reply *records,
                  bool *more);
