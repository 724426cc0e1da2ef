/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/cities.h"

enum { CITY_DIGITS = 4 };

void cities_init(struct cities *cities)
{
    list_init(&cities->list);
}

void cities_add(struct cities *cities, struct city *city)
{
    list_append(&cities->list, &city->in_cities);
}

void cities_free(struct cities *cities)
{
    struct list *item;

    while ((item = list_take_first(&cities->list)))
        city_free(cities_at(item));
}

struct city *cities_find(const struct cities *cities, struct text code)
{
    LIST_FOREACH(&cities->list, item)
    {
        struct city *city = cities_at(item);
        if (city->edition && text_equal(city->code, code))
            return city;
    }
    return NULL;
}

struct city *cities_of_hall(const struct cities *cities, struct text hall)
{
    char code[] = "000000";

    if (hall.length < CITY_DIGITS)
        return NULL;
    memcpy(code, hall.data, CITY_DIGITS);
    return cities_find(cities, text_bytes(code, sizeof code - 1));
}
