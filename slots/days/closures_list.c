/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/catalogue/keys.h"
#include "slots/days/closures.h"

struct listing {
    struct text hall;
    day_number day;
    closures_listed *callback;
    void *owner;
    struct arena arena;
};

static void plan_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct listing *listing = owner;
    struct plan plan = {0};
    unsigned strange = 0;
    size_t first = 0, last;

    for (size_t i = 0; status == STORE_OK && i + 1 < store_reply_count(reply); i += 2)
        plan_take(&plan, store_reply_text_at(reply, i), store_reply_text_at(reply, i + 1),
                  &strange);
    plan_settle(&plan);
    while (first < plan.closure_count && (plan.closures[first].day != listing->day ||
                                          !text_equal(plan.closures[first].hall, listing->hall)))
        first++;
    last = first;
    while (last < plan.closure_count && plan.closures[last].day == listing->day &&
           text_equal(plan.closures[last].hall, listing->hall))
        last++;
    listing->callback(listing->owner, status, plan.closures ? plan.closures + first : NULL,
                      last - first);
    plan_free(&plan);
    arena_free(&listing->arena);
    free(listing);
}

void closures_list(struct city *city, struct text hall, day_number day, closures_listed *callback,
                   void *owner)
{
    struct listing *listing = memory_new(sizeof *listing);

    *listing = (struct listing){.day = day, .callback = callback, .owner = owner};
    listing->hall = arena_copy(&listing->arena, hall);
    store_command(city->store, STORE_ARGS(TEXT("HGETALL"), key_plan(&listing->arena, city->code)),
                  0, plan_read, listing);
}
