/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* The cities that a worker serves. */
struct cities {
    struct list list; /* of city.in_cities */
};

void cities_init(struct cities *cities);
/* Takes a city over. */
void cities_add(struct cities *cities, struct city *city);
/* Frees every city. */
void cities_free(struct cities *cities);

/* By code ("410400"); NULL when there is none or its first edition was not read yet. */
struct city *cities_find(const struct cities *cities, struct text code);
/* The city of a hall's id or of any division code below it: its first four digits. */
struct city *cities_of_hall(const struct cities *cities, struct text hall);

#define CITIES_FOREACH(cities, item) LIST_FOREACH(&(cities)->list, item)
static inline struct city *cities_at(struct list *item)
{
    return CONTAINER_OF(item, struct city, in_cities);
}
