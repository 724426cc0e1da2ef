/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/closure_candidates.h"

#include <math.h>
#include <stdlib.h>

/* Candidates are gathered until they have so much more room than was booked, for not everybody fits
 * everywhere, and bookings go on meanwhile. */
enum { ROOM_FACTOR = 2, ROOM_EXTRA_UNITS = 16 };

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

/* Units that would be room enough for those who booked in the closed half hours of the queue. */
static uint64_t wanted_of(const struct candidate_search *search, const struct queue *queue)
{
    const struct closure *closure = search->closure;
    const struct inventory *inventory = view_find(&search->edition->view, queue, closure->day);
    int64_t booked = 0;

    for (unsigned slot = closure->from; inventory && slot < closure->to; slot++)
        booked += (int64_t)inventory->capacity[slot] - inventory->remaining[slot];
    return (uint64_t)(booked > 0 ? booked : 0) * ROOM_FACTOR + ROOM_EXTRA_UNITS;
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
    for (size_t q = 0; q < search->hall->queue_count; q++)
        if (closure_covers(closure, &search->hall->queues[q]))
            search->wanted += wanted_of(search, &search->hall->queues[q]);
}

/* Units of the half hours that can still be booked by anybody; `inventory` may be NULL: then all
 * that it will be opened with. */
static uint64_t room_of(const struct candidate_search *search, const struct queue *queue,
                        day_number day, const struct inventory *inventory)
{
    const struct catalogue *catalogue = search->edition->catalogue;
    struct day_capacity capacity;
    uint64_t room = 0;

    closure_capacity(search->edition, search->closure, queue, day, &capacity);
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        int64_t units = inventory ? (int64_t)inventory->remaining[slot] - inventory->kept[slot]
                                  : (int64_t)capacity.capacity[slot] - capacity.kept[slot];
        if (capacity.capacity[slot] && units > 0 &&
            hall_closes_at_ms(catalogue, queue->hall, day, slot) > search->now_ms)
            room += (uint64_t)units;
    }
    return room;
}

static bool may_open(const struct candidate_search *search, const struct queue *queue,
                     day_number day)
{
    const struct edition *edition = search->edition;
    day_number today = calendar_day_of(search->now_ms, edition->catalogue->utc_offset_minutes);

    return !queue_draws_on(queue, day) && day >= today &&
           day <= view_last_day(&edition->view, today);
}

unsigned candidate_days_to_open(const struct candidate_search *search, const struct queue *queue,
                                day_number days[OWN_HALL_DAYS + 1])
{
    day_number first = search->closure->day;
    uint64_t wanted = wanted_of(search, queue), room = 0;
    unsigned count = 0;

    for (day_number day = first; day <= first + OWN_HALL_DAYS && room < wanted; day++) {
        const struct inventory *inventory = view_find(&search->edition->view, queue, day);
        uint64_t more =
            inventory || may_open(search, queue, day) ? room_of(search, queue, day, inventory) : 0;
        if (!inventory && more)
            days[count++] = day;
        room += more;
    }
    return count;
}

/* What has been gathered for a service. */
struct gathered {
    struct candidate *candidates;
    unsigned count;
    uint64_t room;
};

static bool is_enough(const struct gathered *gathered, uint64_t wanted)
{
    return gathered->room >= wanted || gathered->count == CANDIDATES_MAX;
}

/* Adds what is open and has room of the queue's days. */
static void add_days(const struct candidate_search *search, const struct queue *queue,
                     day_number days, uint64_t wanted, struct gathered *gathered)
{
    day_number first = search->closure->day;

    for (day_number day = first; day <= first + days && !is_enough(gathered, wanted); day++) {
        const struct inventory *inventory = view_find(&search->edition->view, queue, day);
        uint64_t room = inventory ? room_of(search, queue, day, inventory) : 0;
        if (room)
            gathered->candidates[gathered->count++] = (struct candidate){queue, day};
        gathered->room += room;
    }
}

/* A hall that offers the service no more has nothing for those who booked it while it did. What
 * other halls have is shared by all who are affected, whichever their queue was. */
unsigned candidate_search_run(const struct candidate_search *search, const struct service *service,
                              struct candidate candidates[CANDIDATES_MAX])
{
    const struct queue *queue = hall_queue_for(search->hall, service);
    struct gathered gathered = {.candidates = candidates};
    uint64_t wanted = queue ? wanted_of(search, queue) : search->wanted;

    if (queue)
        add_days(search, queue, OWN_HALL_DAYS, wanted, &gathered);
    if (is_enough(&gathered, wanted))
        return gathered.count;
    for (size_t h = 0; h < search->other_count && !is_enough(&gathered, search->wanted); h++) {
        queue = hall_queue_for(search->others[h], service);
        if (queue)
            add_days(search, queue, OTHER_HALLS_DAYS, search->wanted, &gathered);
    }
    return gathered.count;
}
