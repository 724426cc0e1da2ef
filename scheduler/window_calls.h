/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "scheduler/tickets.h"

/* What a clerk does at a window: one ledger call each, decided atomically by
 * scheduler/windows.lua, whose table says from which states each is allowed. */

enum window_operation {
    WINDOW_OPEN,
    WINDOW_PAUSE,
    WINDOW_CLOSE,
    WINDOW_CALL_NEXT,
    WINDOW_CALL,
    WINDOW_RECALL,
    WINDOW_START,
    WINDOW_FINISH,
    WINDOW_MISS,
    WINDOW_PARK,
    WINDOW_RESUME,
    WINDOW_TRANSFER,
    WINDOW_REQUEUE,
};

/* "call-next" …, as the contract's paths name them. */
const char *window_operation_name(enum window_operation operation);
bool window_operation_parse(struct text name, enum window_operation *operation);

enum window_status {
    WINDOW_IS_OPEN = 'o',
    WINDOW_IS_PAUSED = 'p',
    WINDOW_IS_CLOSED = 'c',
};
/* "open", "paused", "closed". */
const char *window_status_name(enum window_status status);

/* A window of today: `STATUS QUEUES TICKET SINCE_MS`; the texts point into the record. */
struct window_state {
    enum window_status status;
    struct text queues; /* ids separated by commas; empty: none */
    struct text ticket; /* 'ISSUER/tN' of the one at it; empty: none */
    int64_t since_ms;   /* Unix ms of the last change; 0: it was not opened today */
};
/* An empty record is a window that was not opened today. False when it is malformed. */
bool window_state_parse(struct text record, struct window_state *state);

enum window_outcome {
    WINDOW_DONE,
    WINDOW_REPEATED,  /* the same request again: window and the first one's ticket, as they are now
                       */
    WINDOW_MISMATCH,  /* its idempotency key was used for another request */
    WINDOW_NO_TICKET, /* the ticket that it names does not exist today */
    WINDOW_WRONG_STATE,   /* window and ticket as they are */
    WINDOW_OF_FORMER_DAY, /* the same: it would send on somebody who was called on a day that is
                             over, whose lines nobody calls from any more */
    WINDOW_FULL,          /* the same: as many wait for the window that a transfer names as may */
};

struct window_order {
    const struct hall *hall;     /* of the city's present edition, as the next */
    const struct window *window; /* of the hall */
    enum window_operation operation;
    struct text queues; /* open: ids separated by commas; empty: all that it belongs to */
    struct text ticket; /* call, resume: 'ISSUER/tN' */
    struct text to_queue, to_window; /* transfer: one of them, or both */
    struct text principal;           /* whose idempotency key it is */
    struct text idempotency_key;     /* empty: none */
};

/* Why somebody who waits in the hall was not called by a window that called the next. */
enum window_other {
    OTHER_WINDOW_OPEN = 'o',   /* was sent to `window`, which is open */
    OTHER_WINDOW_PAUSED = 'p', /* … or paused */
    OTHER_WINDOW_CLOSED = 'c',
    OTHER_QUEUE_SERVED = 's',   /* the first of `queue`, which another open window serves */
    OTHER_QUEUE_UNSERVED = 'u', /* … which no open window serves */
};

struct window_waiter {
    struct text key, queue,
        window; /* the ticket's key; the window is empty for who waits for a queue */
    enum window_other why;
};

/* Valid in the callback. */
struct window_result {
    struct window_state window;
    const struct ticket_found *found; /* at or from the window, or in the way; NULL: none */
    struct text reason; /* JSON: why it is this one; empty for what is no call, or repeated */
    const struct window_waiter *others; /* of a call-next that finds nobody: who waits for others */
    size_t other_count;
};

/* Called once, never from inside: a negative store_status (whether it was done is unknown for
 * STORE_TIMEOUT and STORE_LOST: repeat it with its idempotency key) or enum window_outcome. */
typedef void window_callback(void *owner, int outcome, const struct window_result *result);

/* Does it on the day of what the window has: whoever was called on the day before is ended on that
 * day. Texts of the order are copied. */
void window_call(struct city *city, const struct window_order *order, window_callback *callback,
                 void *owner);
