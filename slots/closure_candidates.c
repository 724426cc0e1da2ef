/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/closure_candidates.h"

#include <math.h>
#include <stdlib.h>

/* Another hall on its way into the order. */
struct distant_hall {
    const struct hall *hall;
    double distance_m;
};

static int compare_distances(const void *a, const void *b)
{
    const struct distant_hall *x = a, *y = b;

    if (x->distance_m != y->distance_m)
        return x->distance_m < y->distance_m ? -1 : 1;
    return text_compare(x->hall->id, y->hall->id);
}

static void sort_others(struct candidate_search *search)
{
    const struct catalogue *catalogue = search->edition->catalogue;
    const struct hall *own = search->hall;
    struct distant_hall *halls = memory_new((catalogue->hall_count + 1) * sizeof *halls);
    size_t count = 0;

    for (size_t h = 0; h < catalogue->hall_count; h++) {
        const struct hall *hall = &catalogue->halls[h];
        bool is_known = hall->has_location && own->has_location;
        if (hall != own)
            halls[count++] = (struct distant_hall){
                hall, is_known ? hall_distance_m(hall, own->longitude, own->latitude) : INFINITY};
    }
    qsort(halls, count, sizeof *halls, compare_distances);
    search->others = memory_new((count + 1) * sizeof *search->others);
    search->other_count = count;
    for (size_t h = 0; h < count; h++)
        search->others[h] = halls[h].hall;
    free(halls);
}

void candidate_search_init(struct candidate_search *search, const struct edition *edition,
                           const struct closure *closure, int64_t now_ms)
{
    *search = (struct candidate_search){
        .edition = edition,
        .closure = closure,
        .hall = catalogue_hall(edition->catalogue, closure->hall),
        .now_ms = now_ms,
    };
    sort_others(search);
}

void candidate_search_free(struct candidate_search *search)
{
    free(search->others);
}

bool closure_covers(const struct closure *closure, const struct queue *queue)
{
    return text_equal(closure->hall, queue->hall->id) &&
           (!closure->queue.length || text_equal(closure->queue, queue->id));
}

void closure_capacity(const struct edition *edition, const struct closure *closure,
                      const struct queue *queue, day_number day, struct day_capacity *capacity)
{
    plan_capacity(&edition->plan, edition->catalogue, queue, day, NULL, capacity);
    if (day != closure->day || !closure_covers(closure, queue))
        return;
    for (unsigned slot = closure->from; slot < closure->to; slot++)
        capacity->capacity[slot] = capacity->kept[slot] = 0;
}

/* True when a half hour that can still be booked has units; `inventory` may be NULL: then all that
 * it will be opened with. */
static bool has_room(const struct candidate_search *search, const struct queue *queue,
                     day_number day, const struct inventory *inventory)
{
    const struct catalogue *catalogue = search->edition->catalogue;
    struct day_capacity capacity;

    closure_capacity(search->edition, search->closure, queue, day, &capacity);
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        if (capacity.capacity[slot] && (!inventory || inventory->remaining[slot] > 0) &&
            hall_closes_at_ms(catalogue, queue->hall, day, slot) > search->now_ms)
            return true;
    return false;
}

bool candidate_must_open(const struct candidate_search *search, const struct queue *queue,
                         day_number day)
{
    const struct edition *edition = search->edition;
    day_number today = calendar_day_of(search->now_ms, edition->catalogue->utc_offset_minutes);

    return queue->allocation == ALLOCATION_FIRST_COME && day >= today &&
           day <= view_last_day(&edition->view, today) && !view_find(&edition->view, queue, day) &&
           has_room(search, queue, day, NULL);
}

/* Adds what is open of the queue's days; returns the new count. */
static unsigned add_days(const struct candidate_search *search, const struct queue *queue,
                         day_number days, struct candidate *candidates, unsigned count)
{
    day_number first = search->closure->day;

    for (day_number day = first; day <= first + days && count < CANDIDATES_MAX; day++) {
        const struct inventory *inventory = view_find(&search->edition->view, queue, day);
        if (inventory && has_room(search, queue, day, inventory))
            candidates[count++] = (struct candidate){queue, day};
    }
    return count;
}

unsigned candidate_search_run(const struct candidate_search *search, const struct service *service,
                              struct candidate candidates[CANDIDATES_MAX])
{
    const struct queue *queue = hall_queue_for(search->hall, service);
    unsigned count = 0;

    if (queue)
        count = add_days(search, queue, OWN_HALL_DAYS, candidates, count);
    for (size_t h = 0; h < search->other_count && count < CANDIDATES_MAX; h++) {
        queue = hall_queue_for(search->others[h], service);
        if (queue)
            count = add_days(search, queue, OTHER_HALLS_DAYS, candidates, count);
    }
    return count;
}
