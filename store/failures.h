/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/status.h"

/* Commands that were refused before they were sent, to be told in the next turn of the loop, for
 * none calls back from inside store_command(). Inside the room. */

struct failure {
    store_callback *callback;
    void *owner;
    enum store_status status;
};

struct failures {
    struct failure *items;
    size_t count;
    size_t capacity;
};

void failures_add(struct failures *failures, struct failure failure);

/* Calls back those that are there now; what is added meanwhile waits for its own turn. */
void failures_tell(struct failures *failures);
