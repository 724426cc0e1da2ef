/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/failures.h"

#include <stdlib.h>

#include "base/memory.h"

void failures_add(struct failures *failures, struct failure failure)
{
    if (failures->count == failures->capacity) {
        failures->capacity = failures->capacity ? failures->capacity * 2 : 16;
        failures->items =
            memory_resize(failures->items, failures->capacity * sizeof *failures->items);
    }
    failures->items[failures->count++] = failure;
}

void failures_tell(struct failures *failures)
{
    struct failures told = *failures;

    *failures = (struct failures){0};
    for (size_t i = 0; i < told.count; i++)
        if (told.items[i].callback)
            told.items[i].callback(told.items[i].owner, told.items[i].status, NULL);
    free(told.items);
}
