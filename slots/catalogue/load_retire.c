/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/load.h"

/* What a file does not name of a hall that it names was there, and there may be records of it: it
 * is taken over as retired (docs/decisions/0008). The file may be anything here: what is of a wrong
 * type is passed over, and the loader says so afterwards. */

/* Both trees, and the days of what is retired now, as JSON has them. */
struct retiring {
    struct arena *arena; /* of the file's tree */
    struct json *file;
    const struct json *present;
    const char *until; /* records of it */
    const char *drawn; /* draws of the hall at hand */
};

/* Empty where there is none. */
static struct text id_of(const struct json *item)
{
    return json_text(json_member(item, "id"));
}

static struct json *find_by_id(const struct json *list, struct text id)
{
    if (json_kind(list) != JSON_ARRAY || !id.length)
        return NULL;
    JSON_EACH(list, item)
        if (text_equal(id_of(item), id))
            return item;
    return NULL;
}

static bool names_text(const struct json *list, struct text text)
{
    JSON_EACH(list, item)
        if (json_kind(item) == JSON_TEXT && text_equal(json_text(item), text))
            return true;
    return false;
}

/* Retires an object of the file, which is of the day already when it was retired before. */
static void retire(const struct retiring *retiring, struct json *item, const struct json *before)
{
    struct text day = json_text(json_member(before, "retired"));
    struct json *retired = json_member(item, "retired");

    if (retired)
        json_remove(item, retired);
    json_add_text(retiring->arena, item, "retired", day.data ? day.data : retiring->until);
}

/* What the file itself retires. */
static void settle(const struct retiring *retiring, const struct json *list,
                   const struct json *before)
{
    if (json_kind(list) != JSON_ARRAY)
        return;
    JSON_EACH(list, item)
        if (json_truth(json_member(item, "retired")))
            retire(retiring, item, find_by_id(before, id_of(item)));
}

/* Adds a copy of the present thing to the file's list. */
static void take_over(const struct retiring *retiring, struct json *list, const struct json *item)
{
    struct json *copy = json_copy(retiring->arena, item);

    json_append(list, copy);
    retire(retiring, copy, item);
}

static bool is_window_of_hall(const struct json *queues, struct text id)
{
    JSON_EACH(queues, queue)
        if (find_by_id(json_member(queue, "windows"), id))
            return true;
    return false;
}

static void retire_windows(const struct retiring *retiring, const struct json *queues,
                           struct json *queue, const struct json *before)
{
    struct json *windows = json_member(queue, "windows");

    settle(retiring, windows, json_member(before, "windows"));
    if (json_kind(windows) != JSON_ARRAY)
        return;
    JSON_EACH(json_member(before, "windows"), window) {
        if (!is_window_of_hall(queues, id_of(window)))
            take_over(retiring, windows, window);
    }
}

static void retire_service(const struct retiring *retiring, struct json *queue, const char *service,
                           const char *until)
{
    struct json *retired = json_member(queue, "retired_services");

    if (!retired)
        retired = json_add_object(retiring->arena, queue, "retired_services");
    if (json_kind(retired) == JSON_OBJECT && !json_has(retired, service))
        json_add_text(retiring->arena, retired, service, until);
}

static void retire_services(const struct retiring *retiring, struct json *queue,
                            const struct json *before)
{
    const struct json *services = json_member(queue, "services");

    JSON_EACH(json_member(before, "retired_services"), service)
        if (json_kind(service) == JSON_TEXT && !names_text(services, text_of(json_name(service))))
            retire_service(retiring, queue, json_name(service), json_text(service).data);
    JSON_EACH(json_member(before, "services"), service)
        if (json_kind(service) == JSON_TEXT && !names_text(services, json_text(service)))
            retire_service(retiring, queue, json_text(service).data, retiring->until);
}

static bool draws_lots(const struct json *queue)
{
    return text_is(json_text(json_member(queue, "allocation")), "lottery");
}

/* The draws that were announced are made. */
static void keep_draws(const struct retiring *retiring, struct json *queue,
                       const struct json *before)
{
    const char *until =
        draws_lots(before) ? retiring->drawn : json_text(json_member(before, "lottery_until")).data;

    if (until && !draws_lots(queue) && !json_has(queue, "lottery_until"))
        json_add_text(retiring->arena, queue, "lottery_until", until);
}

static void retire_in_queues(const struct retiring *retiring, struct json *queues,
                             const struct json *before)
{
    settle(retiring, queues, before);
    JSON_EACH(queues, queue) {
        const struct json *former = find_by_id(before, id_of(queue));
        if (!former)
            continue;
        retire_windows(retiring, queues, queue, former);
        retire_services(retiring, queue, former);
        keep_draws(retiring, queue, former);
    }
    JSON_EACH(before, former)
        if (!find_by_id(queues, id_of(former)))
            take_over(retiring, queues, former);
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
    const struct json *before = json_member(retiring->present, "halls");
    struct json *halls = json_member(retiring->file, "halls");

    if (json_kind(halls) != JSON_ARRAY)
        return;
    JSON_EACH(halls, hall) {
        const struct hall *known = present ? catalogue_hall(present, id_of(hall)) : NULL;
        struct json *queues = json_member(hall, "queues");
        struct buffer drawn = {0};
        if (json_kind(queues) != JSON_ARRAY)
            continue;
        append_day(&drawn, today + (known ? (day_number)known->days_ahead : 0) + 1);
        retiring->drawn = drawn.data;
        retire_in_queues(retiring, queues, json_member(find_by_id(before, id_of(hall)), "queues"));
        buffer_free(&drawn);
    }
}

void load_retire(struct arena *arena, struct json *file, const struct json *json,
                 const struct catalogue *present, day_number today)
{
    static const char *const lists[] = {"services", "packages", "halls"};
    struct retiring retiring = {arena, .file = file, .present = json};
    struct buffer until = {0};

    append_day(&until, today + RELEASED_DAYS_MAX + DAYS_OPENED_EARLY);
    retiring.until = until.data;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        settle(&retiring, json_member(file, lists[i]), json_member(json, lists[i]));
    retire_in_halls(&retiring, present, today);
    buffer_free(&until);
}
