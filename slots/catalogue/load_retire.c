/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/catalogue/load.h"

/* What a file does not name of a hall that it names was there, and there may be records of it: it
 * is taken over as retired (docs/decisions/0008). The file may be anything here: what is of a wrong
 * type is passed over, and the loader says so afterwards. */

/* Both trees, and the days of what is retired now, as JSON has them. */
struct retiring {
    cJSON *file;
    const cJSON *present;
    const char *until; /* records of it */
    const char *drawn; /* draws of the hall at hand */
};

static const cJSON *member_of(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static cJSON *own_member(cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *id_of(const cJSON *item)
{
    const char *id = cJSON_GetStringValue(member_of(item, "id"));

    return id ? id : "";
}

static const cJSON *find_by_id(const cJSON *list, const char *id)
{
    const cJSON *item;

    if (!cJSON_IsArray(list) || !*id)
        return NULL;
    cJSON_ArrayForEach(item, list) if (strcmp(id_of(item), id) == 0) return item;
    return NULL;
}

static bool names_text(const cJSON *list, const char *text)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list) if (cJSON_IsString(item) &&
                                       strcmp(item->valuestring, text) == 0) return true;
    return false;
}

static void add(cJSON *object, const char *name, cJSON *item)
{
    if (!item || !cJSON_AddItemToObject(object, name, item))
        abort(); /* out of memory */
}

/* Retires an object of the file, which is of the day already when it was retired before. */
static void retire(cJSON *item, const cJSON *before, const char *until)
{
    const char *day = cJSON_GetStringValue(member_of(before, "retired"));

    cJSON_DeleteItemFromObjectCaseSensitive(item, "retired");
    add(item, "retired", cJSON_CreateString(day ? day : until));
}

/* What the file itself retires. */
static void settle(const struct retiring *retiring, cJSON *list, const cJSON *before)
{
    cJSON *item;

    if (!cJSON_IsArray(list))
        return;
    cJSON_ArrayForEach(item, list) if (cJSON_IsTrue(member_of(item, "retired")))
        retire(item, find_by_id(before, id_of(item)), retiring->until);
}

/* Adds a copy of the present thing to the file's list. */
static void take_over(const struct retiring *retiring, cJSON *list, const cJSON *item)
{
    cJSON *copy = cJSON_Duplicate(item, true);

    if (!copy || !cJSON_AddItemToArray(list, copy))
        abort(); /* out of memory */
    retire(copy, item, retiring->until);
}

static bool is_window_of_hall(const cJSON *queues, const char *id)
{
    const cJSON *queue;

    cJSON_ArrayForEach(queue, queues) if (find_by_id(member_of(queue, "windows"), id)) return true;
    return false;
}

static void retire_windows(const struct retiring *retiring, const cJSON *queues, cJSON *queue,
                           const cJSON *before)
{
    cJSON *windows = own_member(queue, "windows");
    const cJSON *window;

    settle(retiring, windows, member_of(before, "windows"));
    if (!cJSON_IsArray(windows))
        return;
    cJSON_ArrayForEach(window, member_of(before, "windows"))
    {
        if (!is_window_of_hall(queues, id_of(window)))
            take_over(retiring, windows, window);
    }
}

static void retire_service(cJSON *queue, const char *service, const char *until)
{
    cJSON *retired = own_member(queue, "retired_services");

    if (!retired)
        retired = cJSON_AddObjectToObject(queue, "retired_services");
    if (cJSON_IsObject(retired) && !member_of(retired, service))
        add(retired, service, cJSON_CreateString(until));
}

static void retire_services(const struct retiring *retiring, cJSON *queue, const cJSON *before)
{
    const cJSON *services = member_of(queue, "services"), *service;

    cJSON_ArrayForEach(service, member_of(before, "retired_services"))
    {
        if (cJSON_IsString(service) && !names_text(services, service->string))
            retire_service(queue, service->string, service->valuestring);
    }
    cJSON_ArrayForEach(service, member_of(before, "services"))
    {
        if (cJSON_IsString(service) && !names_text(services, service->valuestring))
            retire_service(queue, service->valuestring, retiring->until);
    }
}

static bool draws_lots(const cJSON *queue)
{
    const char *allocation = cJSON_GetStringValue(member_of(queue, "allocation"));

    return allocation && strcmp(allocation, "lottery") == 0;
}

/* The draws that were announced are made. */
static void keep_draws(const struct retiring *retiring, cJSON *queue, const cJSON *before)
{
    const char *until = cJSON_GetStringValue(member_of(before, "lottery_until"));

    if (draws_lots(before))
        until = retiring->drawn;
    if (until && !draws_lots(queue) && !member_of(queue, "lottery_until"))
        add(queue, "lottery_until", cJSON_CreateString(until));
}

static void retire_in_queues(const struct retiring *retiring, cJSON *queues, const cJSON *before)
{
    cJSON *queue;
    const cJSON *former;

    settle(retiring, queues, before);
    cJSON_ArrayForEach(queue, queues)
    {
        if (!(former = find_by_id(before, id_of(queue))))
            continue;
        retire_windows(retiring, queues, queue, former);
        retire_services(retiring, queue, former);
        keep_draws(retiring, queue, former);
    }
    cJSON_ArrayForEach(former, before)
    {
        if (!find_by_id(queues, id_of(former)))
            take_over(retiring, queues, former);
    }
}

static void append_day(struct buffer *buffer, day_number day)
{
    calendar_append_date(buffer, day);
    buffer_append_byte(buffer, 0);
}

/* A draw is announced the day before its day is released. */
static void retire_in_halls(struct retiring *retiring, const struct catalogue *present,
                            day_number today)
{
    const cJSON *before = member_of(retiring->present, "halls");
    cJSON *halls = own_member(retiring->file, "halls"), *hall;

    if (!cJSON_IsArray(halls))
        return;
    cJSON_ArrayForEach(hall, halls)
    {
        const struct hall *known = present ? catalogue_hall(present, text_of(id_of(hall))) : NULL;
        cJSON *queues = own_member(hall, "queues");
        struct buffer drawn = {0};
        if (!cJSON_IsArray(queues))
            continue;
        append_day(&drawn, today + (known ? (day_number)known->days_ahead : 0) + 1);
        retiring->drawn = drawn.data;
        retire_in_queues(retiring, queues, member_of(find_by_id(before, id_of(hall)), "queues"));
        buffer_free(&drawn);
    }
}

void load_retire(cJSON *file, const cJSON *json, const struct catalogue *present, day_number today)
{
    static const char *const lists[] = {"services", "packages", "halls"};
    struct retiring retiring = {.file = file, .present = json};
    struct buffer until = {0};

    append_day(&until, today + RELEASED_DAYS_MAX + DAYS_OPENED_EARLY);
    retiring.until = until.data;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        settle(&retiring, own_member(file, lists[i]), member_of(json, lists[i]));
    retire_in_halls(&retiring, present, today);
    buffer_free(&until);
}
