/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/retired_windows.h"

#include <stdlib.h>

#include "scheduler/floors.h"
#include "scheduler/window_calls.h"

struct pass {
    unsigned in_flight;
    int status;
    void (*callback)(void *owner, int status);
    void *owner;
};

static void finish_part(struct pass *pass, int status)
{
    if (status < 0)
        pass->status = status;
    if (--pass->in_flight)
        return;
    pass->callback(pass->owner, pass->status);
    free(pass);
}

/* A window that a clerk changed meanwhile is looked at again a minute later. */
static void closed(void *owner, int outcome, const struct window_result *result)
{
    (void)result;
    finish_part(owner, outcome);
}

static bool is_left_open(const struct hall *hall, const struct floor_window *window)
{
    const struct window *known = hall_window(hall, window->id);

    return known && known->retired && window->state != FLOOR_WINDOW_CLOSED &&
           !window->ticket.length;
}

static void close_in_hall(struct pass *pass, struct city *city, const struct hall *hall,
                          const struct floor *floor)
{
    FLOOR_EACH_WINDOW(floor, item)
    {
        const struct floor_window *window = floor_window_at(item);
        struct window_order order = {
            .hall = hall, .window = hall_window(hall, window->id), .operation = WINDOW_CLOSE};
        if (!is_left_open(hall, window))
            continue;
        pass->in_flight++;
        window_call(city, &order, closed, pass);
    }
}

void retired_windows_pass(struct city *city, void (*callback)(void *owner, int status), void *owner)
{
    const struct catalogue *catalogue = city->edition->catalogue;
    struct pass *pass = memory_new(sizeof *pass);

    *pass = (struct pass){.in_flight = 1, .callback = callback, .owner = owner};
    for (size_t h = 0; catalogue->first_retired && h < catalogue->hall_count; h++) {
        const struct floor *floor = floors_hall(city, catalogue->halls[h].id);
        if (floor)
            close_in_hall(pass, city, &catalogue->halls[h], floor);
    }
    finish_part(pass, 0);
}
