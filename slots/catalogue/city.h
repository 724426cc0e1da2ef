/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/list.h"
#include "slots/catalogue/plan.h"
#include "slots/catalogue/vault.h"
#include "slots/catalogue/view.h"
#include "store/store.h"

/* A city as a worker holds it. Its catalogue, its plan and the view of its inventories change
 * together: an edition is read whole from Redis and then takes the place of the former one. */

struct edition {
    struct catalogue *catalogue;
    struct plan plan; /* never newer than the catalogue, so that its version vouches for both */
    struct view view;
    bool is_adjusted; /* open inventories have the units that the catalogue keeps for priority
                       * people (slots/days/openings.h) */
    unsigned references;
};

struct intake;

/* Who keeps more of a city than its inventories, in a room above: told of each event in the replies
 * of this worker's own calls, as of entry `id`; `index` is its place in the entry. */
struct city_watcher {
    void (*on_event)(struct city_watcher *watcher, struct text kind, struct text event,
                     struct text id, unsigned index);
};

struct city {
    struct text code;
    struct store *store;
    uv_loop_t *loop;
    struct vault_city keys;
    struct edition *edition; /* NULL until the first one is read */
    struct refresh *refresh; /* the next edition, while it is being read */
    unsigned retention_days;
    bool is_outdated;                /* the plan was changed, but could not be read anew */
    unsigned stream;                 /* index of its events in the follower */
    struct list waiting;             /* of those who wait for city_refresh() */
    struct stream_position position; /* of the last event that arrived */
    struct list in_cities;           /* slots/catalogue/cities.h */
    /* Of rooms above, each opened on the city by who works on it; NULL: there is none. */
    struct intake *intake; /* slots/booking/intake.h */
    struct city_watcher *watcher;
};

struct city *city_new(uv_loop_t *loop, struct store *store, struct text code,
                      const struct vault *vault, unsigned retention_days);
/* Nothing of it may be in flight any more (the store was closed). */
void city_free(struct city *city);

/* Holding an edition keeps its catalogue's pointers alive over asynchronous steps. */
struct edition *edition_hold(struct edition *edition);
void edition_release(struct edition *edition);

day_number city_today(const struct city *city);

/* Called when the edition that was asked for serves, or with the reason (negative store_status,
 * or 1 when the stored catalogue is not one of this version) why the former one stays. */
typedef void city_refreshed(void *owner, int status);

/* Reads plan, catalogue and inventories anew. While a read goes on another one is asked for behind
 * it. `position` is where the stream stood before: later events are applied to both editions. Where
 * nothing but the plan has changed and no event was missed, catalogue and view are taken over, so
 * that it costs two small reads. */
void city_refresh(struct city *city, city_refreshed *callback, void *owner);

/* An entry of the city's stream (store_entry_callback's arguments). One that tells of another plan
 * makes the city be refreshed. */
void city_apply_entry(struct city *city, struct text id, const struct store_reply *fields);

/* Values that this worker's own call answered: 'hall queue date slot=…', current as of event `id`.
 */
void city_apply(struct city *city, struct text event, struct text id, bool is_whole);
