/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/edit.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "slots/catalogue/keys.h"

static const char replace_script[] =
    "if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end\n"
    "redis.call('SET', KEYS[1], ARGV[2])\n"
    "local version = redis.call('HINCRBY', KEYS[2], 'version', 1)\n"
    "redis.call('XADD', KEYS[3], 'MAXLEN', '~', 100000, '*', 'plan', version)\n"
    "return 1\n";

void catalogue_replace_args(struct arena *arena, struct text city, struct text present,
                            struct text json, struct text args[CATALOGUE_REPLACE_ARGS])
{
    const struct text all[CATALOGUE_REPLACE_ARGS] = {
        TEXT("EVAL"),          text_of(replace_script), TEXT("3"), key_catalogue(arena, city),
        key_plan(arena, city), key_events(arena, city), present,   json,
    };

    memcpy(args, all, sizeof all);
}

/* The element of `list` in the object whose id it is, and its index. */
static cJSON *find_element(const cJSON *object, const char *list, struct text id, size_t *index)
{
    cJSON *item;

    *index = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(object, list))
    {
        const cJSON *own = cJSON_GetObjectItemCaseSensitive(item, "id");
        if (cJSON_IsString(own) && text_is(id, own->valuestring))
            return item;
        ++*index;
    }
    return NULL;
}

/* Puts the capacity into its place, whose pointer goes to `pointer`. */
static bool put_capacity(cJSON *root, struct text hall_id, struct text queue_id,
                         struct text capacity, struct buffer *pointer)
{
    size_t hall_index, queue_index;
    cJSON *hall = find_element(root, "halls", hall_id, &hall_index);
    cJSON *queue = find_element(hall, "queues", queue_id, &queue_index);
    cJSON *item = queue ? cJSON_ParseWithLength(capacity.data, capacity.length) : NULL;

    if (!item || !cJSON_ReplaceItemInObjectCaseSensitive(queue, "capacity", item)) {
        cJSON_Delete(item);
        return false;
    }
    buffer_printf(pointer, "/halls/%zu/queues/%zu/capacity", hall_index, queue_index);
    return true;
}

static struct catalogue *parse_again(const cJSON *root, struct buffer *faults)
{
    char *json = cJSON_PrintUnformatted(root);
    struct catalogue *catalogue;

    if (!json) /* of a parsed document only without memory */
        abort();
    catalogue = catalogue_parse(text_of(json), faults);
    cJSON_free(json);
    return catalogue;
}

/* Lines about other places of the document are left out. */
static void take_faults(struct text all, struct text pointer, struct buffer *faults)
{
    struct text line;

    while (text_split(&all, '\n', &line)) {
        if (!text_starts_with(line, pointer))
            continue;
        buffer_append(faults, text_part(line, pointer.length, line.length));
        buffer_append_byte(faults, '\n');
    }
}

struct catalogue *catalogue_edit_capacity(struct text json, struct text hall, struct text queue,
                                          struct text capacity, struct buffer *faults)
{
    cJSON *root = cJSON_ParseWithLength(json.data, json.length);
    struct catalogue *catalogue = NULL;
    struct buffer pointer = {0}, all = {0};

    if (root && put_capacity(root, hall, queue, capacity, &pointer))
        catalogue = parse_again(root, &all);
    take_faults(buffer_text(&all), buffer_text(&pointer), faults);
    buffer_free(&pointer);
    buffer_free(&all);
    cJSON_Delete(root);
    return catalogue;
}
