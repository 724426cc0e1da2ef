/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/displays/crowd.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/memory.h"

enum { BUCKETS = 1024 };

struct crowd_name {
    struct list in_bucket;
    unsigned count;
    size_t length;
    char bytes[CROWD_NAME_MAX];
};

struct crowd {
    struct list buckets[BUCKETS];
};

struct crowd *crowd_new(void)
{
    struct crowd *crowd = memory_new(sizeof *crowd);

    for (int i = 0; i < BUCKETS; i++)
        list_init(&crowd->buckets[i]);
    return crowd;
}

void crowd_free(struct crowd *crowd)
{
    free(crowd);
}

static struct crowd_name *find(struct list *bucket, struct text name)
{
    LIST_FOREACH(bucket, item)
    {
        struct crowd_name *entry = CONTAINER_OF(item, struct crowd_name, in_bucket);
        if (text_equal(text_bytes(entry->bytes, entry->length), name))
            return entry;
    }
    return NULL;
}

struct crowd_name *crowd_enter(struct crowd *crowd, struct text name, unsigned max)
{
    struct list *bucket;
    struct crowd_name *entry;

    name = text_part(name, 0, CROWD_NAME_MAX);
    bucket = &crowd->buckets[text_hash(name) % BUCKETS];
    entry = find(bucket, name);
    if (max == 0 || (entry && entry->count >= max))
        return NULL;
    if (!entry) {
        entry = memory_new(sizeof *entry);
        entry->length = name.length;
        memcpy(entry->bytes, name.data, name.length);
        list_append(bucket, &entry->in_bucket);
    }
    entry->count++;
    return entry;
}

void crowd_leave(struct crowd_name *name)
{
    if (!name || --name->count)
        return;
    list_remove(&name->in_bucket);
    free(name);
}
