/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* Counts who is there at once, by name: of a hall, of a client's network. A name has an entry as
 * long as somebody of it is there, so the table is no larger than the crowd. */

enum { CROWD_NAME_MAX = 32 };

struct crowd;
struct crowd_name;

struct crowd *crowd_new(void);
/* Everybody has left by then. */
void crowd_free(struct crowd *crowd);

/* One more of a name (at most CROWD_NAME_MAX bytes, copied); NULL when `max` of it are there. */
struct crowd_name *crowd_enter(struct crowd *crowd, struct text name, unsigned max);
/* One less; NULL does nothing. */
void crowd_leave(struct crowd_name *name);
