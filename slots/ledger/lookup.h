/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"
#include "slots/ledger/reach.h"

/* Reading reservations. A reservation is found by the id that its person knows, wherever it was
 * moved to since; of a package its first step is found, with the others as `parts`. */

enum lookup_outcome {
    LOOKUP_FOUND,
    LOOKUP_MISSING, /* not there, or with another salt */
};

struct lookup;

/* Called once, never from inside: a negative store_status or enum lookup_outcome; STORE_STRANGE
 * also when a record is malformed or cannot be unsealed. */
typedef void lookup_done(struct lookup *lookup, int outcome);

/* One reading; belongs to its owner and stays until lookup_end(). */
struct lookup {
    struct city *city;
    lookup_done *on_done;

    /* What was found; `id` is where it stands now. Valid until lookup_end(). An entry of a draw
     * that is over and did not place it is not_drawn. */
    struct reservation reservation;
    struct applicant applicant;

    /* Inside. */
    struct reservation_id asked;
    unsigned hops;
    struct reservation_parts parts;
    struct buffer plain;
    struct arena arena;
};

/* `id` is copied. */
void lookup_start(struct lookup *lookup, struct city *city, const struct reservation_id *id,
                  lookup_done *on_done);
/* The same once more: something changed meanwhile. */
void lookup_again(struct lookup *lookup);
/* Takes the record that a Function answered in place of the one that was found there: the steps of
 * a package stay, what was held for it is not any more. False when it is malformed or cannot be
 * unsealed. */
bool lookup_take(struct lookup *lookup, struct text record);
/* Frees what the lookup holds, and wipes what it unsealed. */
void lookup_end(struct lookup *lookup);

/* True when the last half hour of what was found is over. */
bool lookup_is_over(const struct lookup *lookup);

/* The state of the draw that an entry belongs to stands in a field beside it: its name, in the
 * arena; and what the state makes of an entry that was read with it. */
struct text lookup_draw_field(struct arena *arena, const struct reservation_id *entry);
void lookup_judge_entry(struct reservation *entry, struct text draw_state);

/* `reservation` and `applicant` are valid in the call; NULL when there is none. */
typedef void lookup_callback(void *owner, int status, const struct reservation *reservation,
                             const struct applicant *applicant);

/* Reads one reservation without more ado; `id` is copied. `status` is 0 (reservation NULL: it is
 * missing) or a negative store_status. */
void lookup_reservation(struct city *city, const struct reservation_id *id,
                        lookup_callback *callback, void *owner);

/* `days`, in order, are valid in the call. */
typedef void lookup_days_done(void *owner, int status, const day_number *days, unsigned count);

/* Which of `count` days from `from` on have reservations, or entries of a waitlist or a draw. Calls
 * back once, with 0 or a negative store_status. */
void lookup_days(struct city *city, day_number from, unsigned count, lookup_days_done *callback,
                 void *owner);

/* Reads a queue's reservations of a day in order of their sequence: those behind `after` (0: from
 * the first), at most `limit`, of one status and within the reach. With status 0 all, but for
 * places that are or were offered and those that reservations were moved from. Steps of a package
 * stand with its first one. With in_draw or not_drawn the entries of the queue's draw, in the order
 * of their numbers. Calls back for each and once more with a NULL reservation and `status` when the
 * last was given (1 when more would follow). */
struct lookup_list {
    struct city *city;
    struct text hall, queue; /* must stay until the last call */
    day_number day;
    uint32_t after;
    unsigned limit;
    enum reservation_status status;
    struct reach reach; /* its texts must stay as well */
    bool has_offered;   /* with status 0: places that are offered, too */
    lookup_callback *callback;
    void *owner;
};
/* Copies `list`. */
void lookup_reservations(const struct lookup_list *list);
