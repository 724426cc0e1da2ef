/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/edit.h"

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
static struct json *find_element(const struct json *object, const char *list, struct text id,
                                 size_t *index)
{
    *index = 0;
    JSON_EACH(json_member(object, list), item) {
        if (text_equal(json_text(json_member(item, "id")), id))
            return item;
        ++*index;
    }
    return NULL;
}

/* Puts the capacity into its place, whose pointer goes to `pointer`. */
static bool put_capacity(struct arena *arena, struct json *root, struct text hall_id,
                         struct text queue_id, struct text capacity, struct buffer *pointer)
{
    size_t hall_index, queue_index;
    struct json *hall = find_element(root, "halls", hall_id, &hall_index);
    struct json *queue = find_element(hall, "queues", queue_id, &queue_index);
    struct json *item = queue ? json_parse(arena, capacity, NULL) : NULL;

    if (!item || !json_replace(arena, queue, "capacity", item))
        return false;
    buffer_printf(pointer, "/halls/%zu/queues/%zu/capacity", hall_index, queue_index);
    return true;
}

/* Those of other places of the document are left out. */
static void take_faults(const struct json_faults *all, struct text pointer,
                        struct json_faults *faults)
{
    for (size_t i = 0; i < all->told; i++) {
        const struct json_fault *fault = &all->items[i];
        if (text_starts_with(text_of(fault->pointer), pointer))
            json_fault(faults, &(struct json_path){.name = fault->pointer + pointer.length}, "%s",
                       fault->detail);
    }
}

struct catalogue *catalogue_edit_capacity(struct text json, struct text hall, struct text queue,
                                          struct text capacity, struct json_faults *faults)
{
    struct arena arena = {0};
    struct json *root = json_parse(&arena, json, NULL);
    struct catalogue *catalogue = NULL;
    struct json_faults all = {0};
    struct buffer pointer = {0}, edited = {0};

    if (root && put_capacity(&arena, root, hall, queue, capacity, &pointer)) {
        json_print(&edited, root);
        catalogue = catalogue_parse(buffer_text(&edited), &all);
    }
    take_faults(&all, buffer_text(&pointer), faults);
    json_faults_free(&all);
    buffer_free(&edited);
    buffer_free(&pointer);
    arena_free(&arena);
    return catalogue;
}
