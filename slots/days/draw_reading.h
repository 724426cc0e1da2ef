/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"
#include "slots/days/draw_list.h"

/* Reading a draw from Redis: first its state, then, when one wants them, its entries. What stands
 * in the hash of entries as `HALL QUEUE draw` is
 *   'o' commitment (hex) seed (sealed)       while it is open
 *   'd' commitment (hex) seed (hex) ' ' places, as "18=8 19=4", once it is drawn */

/* Called with 0 or a negative store_status; STORE_STRANGE when something cannot be understood. */
typedef void draw_reading_callback(void *owner, int status);

enum draws_state { DRAWS_PENDING, DRAWS_OPEN, DRAWS_DRAWN };

struct draw_reading {
    struct city *city;
    enum draws_state state;
    struct text stored; /* the state as it stands */
    char commitment[DRAW_HEX_CHARS + 1];
    uint32_t last;         /* the newest entry's number */
    struct draw_list list; /* hall, queue, day; seed and places once it is drawn */
    size_t entry_capacity;
    draw_reading_callback *callback;
    void *owner;
    struct arena arena;
};

/* The texts are copied. */
void draw_reading_start(struct draw_reading *reading, struct city *city, struct text hall,
                        struct text queue, day_number day);
void draw_reading_free(struct draw_reading *reading);

/* Reads the state and the number of entries; what was read before is forgotten. */
void draw_reading_state(struct draw_reading *reading, draw_reading_callback *callback, void *owner);

/* Unseals the seed of an open draw into the list; false when that fails. */
bool draw_reading_unseal(struct draw_reading *reading);

/* Fills the list: of an open draw the entries that stand, of a drawn one those that it drew. */
void draw_reading_entries(struct draw_reading *reading, draw_reading_callback *callback,
                          void *owner);

/* The state of an open draw with this seed; of a drawn one with the list's seed and places. */
void draw_append_open(struct buffer *state, const struct draw_list *list,
                      const struct vault_city *keys);
void draw_append_drawn(struct buffer *state, const struct draw_list *list);
