/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "scheduler/floor.h"
#include "tests/leaks.h"
#include "tests/slots/fixture.h"

/* The floor of the fixture's hall 410400-01 on 2026-11-23: queue A (service a, 25 minutes, windows
 * w1 and w2, weights 0.25, 1.5 and 3) and B (service b, 10 minutes, window w1, weights 0.5, 1, 2).
 */

#define FLOOR_HALL "410400-01"
#define FLOOR_DATE "20261123"

struct floor_scene {
    struct catalogue *catalogue;
    const struct hall *hall;
    const struct queue *a, *b;
    struct floor *floor;
    uint64_t events; /* told so far: each is an entry of its own */
};

struct floor_scene floor_scene_begin(void);
void floor_scene_end(struct floor_scene *scene);

/* The change that an event of that text (behind hall and date) tells at a position; it fails the
 * test when it is none. Valid while `event` is. */
struct floor_change floor_scene_change(const char *kind, const char *event, uint64_t ms,
                                       unsigned index, struct arena *arena);

/* Applies the next event, as the stream does. */
void floor_scene_tell(struct floor_scene *scene, const char *kind, const char *event);

/* 'ISSUER/tN' joins the line of `queue`: class and the seconds from which it earns. */
void floor_scene_wait(struct floor_scene *scene, const char *key, const char *queue, char class,
                      int earns_s);
/* It was served in that time. */
void floor_scene_serve(struct floor_scene *scene, const char *key, const char *queue,
                       int service_s);
