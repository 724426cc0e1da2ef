/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* What is retired leaves the catalogue when no day that is kept can have records of it. */

/* The document `json` without what was retired until a day before `first`; false, and nothing
 * appended, when there is no such thing. What something else still names stays: a service that a
 * queue or a package has, the only queue of a hall, the only window of a queue. */
bool catalogue_drop(struct text json, day_number first, struct buffer *dropped);

/* Writes the city's catalogue without what is over; calls back once, perhaps from inside, with 0 or
 * a store_status. Cheap when there is nothing. */
void catalogue_drop_pass(struct city *city, void (*callback)(void *owner, int status), void *owner);
