/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/drop.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "base/log.h"
#include "slots/catalogue/edit.h"
#include "slots/catalogue/keys.h"

/* --- The document --------------------------------------------------------------------------------
 */

static cJSON *member_of(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool is_over(const cJSON *day, day_number first)
{
    day_number last;

    return cJSON_IsString(day) && calendar_parse_date(text_of(day->valuestring), &last) &&
           last < first;
}

/* Leaves `least` of the list. */
static bool drop_things(cJSON *list, day_number first, int least,
                        bool (*is_needed)(const cJSON *thing, const cJSON *root), const cJSON *root)
{
    bool dropped = false;

    for (int i = cJSON_GetArraySize(list) - 1; i >= 0 && cJSON_GetArraySize(list) > least; i--) {
        const cJSON *thing = cJSON_GetArrayItem(list, i);
        if (!is_over(member_of(thing, "retired"), first) || (is_needed && is_needed(thing, root)))
            continue;
        cJSON_DeleteItemFromArray(list, i);
        dropped = true;
    }
    return dropped;
}

static bool names(const cJSON *list, const char *id)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, id) == 0)
            return true;
    }
    return false;
}

static bool queue_names(const cJSON *queue, const char *id)
{
    return names(member_of(queue, "services"), id) ||
           member_of(member_of(queue, "retired_services"), id);
}

/* By a queue or a package. */
static bool is_service_needed(const cJSON *service, const cJSON *root)
{
    const char *id = cJSON_GetStringValue(member_of(service, "id"));
    const cJSON *hall, *queue, *package;

    cJSON_ArrayForEach(package, member_of(root, "packages"))
    {
        if (names(member_of(package, "steps"), id))
            return true;
    }
    cJSON_ArrayForEach(hall, member_of(root, "halls"))
    {
        cJSON_ArrayForEach(queue, member_of(hall, "queues"))
        {
            if (queue_names(queue, id))
                return true;
        }
    }
    return false;
}

static bool drop_members(cJSON *object, day_number first)
{
    bool dropped = false;
    cJSON *member = object ? object->child : NULL, *next;

    for (; member; member = next) {
        next = member->next;
        if (!is_over(member, first))
            continue;
        cJSON_Delete(cJSON_DetachItemViaPointer(object, member));
        dropped = true;
    }
    return dropped;
}

static bool drop_in_queue(cJSON *queue, day_number first)
{
    bool dropped = drop_things(member_of(queue, "windows"), first, 1, NULL, NULL);

    dropped |= drop_members(member_of(queue, "retired_services"), first);
    if (is_over(member_of(queue, "lottery_until"), first)) {
        cJSON_DeleteItemFromObjectCaseSensitive(queue, "lottery_until");
        dropped = true;
    }
    return dropped;
}

static bool drop_in(cJSON *root, day_number first)
{
    cJSON *hall, *queue;
    bool dropped = drop_things(member_of(root, "halls"), first, 0, NULL, NULL);

    cJSON_ArrayForEach(hall, member_of(root, "halls"))
    {
        dropped |= drop_things(member_of(hall, "queues"), first, 1, NULL, NULL);
        cJSON_ArrayForEach(queue, member_of(hall, "queues")) dropped |= drop_in_queue(queue, first);
    }
    dropped |= drop_things(member_of(root, "packages"), first, 0, NULL, NULL);
    return dropped | drop_things(member_of(root, "services"), first, 0, is_service_needed, root);
}

bool catalogue_drop(struct text json, day_number first, struct buffer *dropped)
{
    cJSON *root = cJSON_ParseWithLength(json.data, json.length);
    char *text = root && drop_in(root, first) ? cJSON_PrintUnformatted(root) : NULL;

    if (text)
        buffer_append(dropped, text_of(text));
    cJSON_free(text);
    cJSON_Delete(root);
    return dropped->length > 0;
}

/* --- The pass ------------------------------------------------------------------------------------
 */

struct pass {
    struct city *city;
    void (*callback)(void *owner, int status);
    void *owner;
};

static void finish(void *owner, int status)
{
    struct pass *pass = owner;

    pass->callback(pass->owner, status < 0 ? status : 0);
    free(pass);
}

/* Another catalogue that came between is looked at a minute later. */
static void replaced(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct pass *pass = owner;

    if (status == STORE_OK && store_reply_integer(reply) == 1) {
        log_info("slots.retired-dropped", LOG_TEXT("city", pass->city->code));
        city_refresh(pass->city, finish, pass);
    } else {
        finish(pass, status);
    }
}

/* The document is parsed as every worker will: one that is not right is never written. */
static bool is_right(struct text json)
{
    struct buffer faults = {0};
    struct catalogue *catalogue = catalogue_parse(json, &faults);
    bool right = catalogue != NULL;

    if (!right)
        log_error("slots.retired-not-dropped", LOG_TEXT("faults", buffer_text(&faults)));
    catalogue_free(catalogue);
    buffer_free(&faults);
    return right;
}

static bool has_over(const struct catalogue *catalogue, day_number first)
{
    return catalogue->first_retired && catalogue->first_retired < first;
}

void catalogue_drop_pass(struct city *city, void (*callback)(void *owner, int status), void *owner)
{
    struct text present = city->edition->catalogue->json;
    day_number first = city_today(city) - (day_number)city->retention_days - 1;
    struct buffer dropped = {0};
    struct arena arena = {0};
    struct text args[CATALOGUE_REPLACE_ARGS];
    struct pass *pass;

    if (!has_over(city->edition->catalogue, first) || !catalogue_drop(present, first, &dropped) ||
        !is_right(buffer_text(&dropped))) {
        callback(owner, 0);
    } else {
        pass = memory_new(sizeof *pass);
        *pass = (struct pass){city, callback, owner};
        catalogue_replace_args(&arena, city->code, present, buffer_text(&dropped), args);
        store_command(city->store, args, CATALOGUE_REPLACE_ARGS, 0, replaced, pass);
    }
    buffer_free(&dropped);
    arena_free(&arena);
}
