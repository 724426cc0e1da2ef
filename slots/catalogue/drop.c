/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/drop.h"

#include <stdlib.h>

#include "base/log.h"
#include "slots/catalogue/edit.h"
#include "slots/catalogue/keys.h"

/* --- The document --------------------------------------------------------------------------------
 */

static bool is_over(const struct json *day, day_number first)
{
    day_number last;

    return calendar_parse_date(json_text(day), &last) && last < first;
}

/* Leaves `least` of the list. */
static bool drop_things(struct json *list, day_number first, size_t least,
                        bool (*is_needed)(const struct json *thing, const struct json *root),
                        const struct json *root)
{
    bool dropped = false;

    for (size_t i = json_count(list); i-- > 0 && json_count(list) > least;) {
        struct json *thing = json_at(list, i);
        if (!is_over(json_member(thing, "retired"), first) || (is_needed && is_needed(thing, root)))
            continue;
        json_remove(list, thing);
        dropped = true;
    }
    return dropped;
}

static bool names(const struct json *list, struct text id)
{
    JSON_EACH(list, item)
        if (text_equal(json_text(item), id))
            return true;
    return false;
}

static bool queue_names(const struct json *queue, struct text id)
{
    return names(json_member(queue, "services"), id) ||
           json_has(json_member(queue, "retired_services"), id.data);
}

/* By a queue or a package. */
static bool is_service_needed(const struct json *service, const struct json *root)
{
    struct text id = json_text(json_member(service, "id"));

    JSON_EACH(json_member(root, "packages"), package)
        if (names(json_member(package, "steps"), id))
            return true;
    JSON_EACH(json_member(root, "halls"), hall)
        JSON_EACH(json_member(hall, "queues"), queue)
            if (queue_names(queue, id))
                return true;
    return false;
}

static bool drop_members(struct json *object, day_number first)
{
    bool dropped = false;
    struct json *next;

    for (struct json *member = json_first(object); member; member = next) {
        next = json_next(member);
        if (!is_over(member, first))
            continue;
        json_remove(object, member);
        dropped = true;
    }
    return dropped;
}

static bool drop_in_queue(struct json *queue, day_number first)
{
    struct json *lottery_until = json_member(queue, "lottery_until");
    bool dropped = drop_things(json_member(queue, "windows"), first, 1, NULL, NULL);

    dropped |= drop_members(json_member(queue, "retired_services"), first);
    if (!is_over(lottery_until, first))
        return dropped;
    json_remove(queue, lottery_until);
    return true;
}

static bool drop_in(struct json *root, day_number first)
{
    bool dropped = drop_things(json_member(root, "halls"), first, 0, NULL, NULL);

    JSON_EACH(json_member(root, "halls"), hall) {
        dropped |= drop_things(json_member(hall, "queues"), first, 1, NULL, NULL);
        JSON_EACH(json_member(hall, "queues"), queue)
            dropped |= drop_in_queue(queue, first);
    }
    dropped |= drop_things(json_member(root, "packages"), first, 0, NULL, NULL);
    return dropped | drop_things(json_member(root, "services"), first, 0, is_service_needed, root);
}

bool catalogue_drop(struct text json, day_number first, struct buffer *dropped)
{
    struct arena arena = {0};
    struct json *root = json_parse(&arena, json, NULL);
    bool is_other = root && drop_in(root, first);

    if (is_other)
        json_print(dropped, root);
    arena_free(&arena);
    return is_other;
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
    struct json_faults faults = {0};
    struct catalogue *catalogue = catalogue_parse(json, &faults);
    bool right = catalogue != NULL;
    struct buffer lines = {0};

    json_faults_append(&lines, &faults, NULL);
    if (!right)
        log_error("slots.retired-not-dropped", LOG_TEXT("faults", buffer_text(&lines)));
    catalogue_free(catalogue);
    buffer_free(&lines);
    json_faults_free(&faults);
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
