/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/list.h"
#include "scheduler/estimate.h"
#include "scheduler/ticket.h"
#include "slots/catalogue/view.h"

/* The floor of a hall 大厅现场, as a worker knows it: the tickets of one day, the windows, and what
 * service took today. It stays in its place as long as its city serves; its contents go with the
 * day. scheduler/floors.h finds, loads and feeds it; scheduler/floor_wait.h says who is next and
 * how long a wait will be. It names queues, services and windows by id, so that no change of the
 * catalogue touches it. */

/* Where in the city's stream a change stands: several may be in one entry. */
struct floor_position {
    struct stream_position entry;
    unsigned index; /* of the change in its entry */
};
int floor_position_compare(struct floor_position a, struct floor_position b);

/* Texts and the ticket live until the ticket's next change or the day's end. */
struct floor_ticket {
    struct list in_floor; /* of all, or of those who wait: in the order in which they came here */
    struct floor_ticket *next_in_bucket;
    struct text key;    /* 'ISSUER/tN' */
    struct text record; /* as it stands in Redis */
    struct ticket ticket;
    struct floor_position position; /* of the newest change applied */
};

enum floor_window_state {
    FLOOR_WINDOW_OPEN = 'o',
    FLOOR_WINDOW_PAUSED = 'p',
    FLOOR_WINDOW_CLOSED = 'c'
};

/* A window that was used today. */
struct floor_window {
    struct list in_floor;
    struct text id, record;
    enum floor_window_state state;
    struct text queues; /* 'A,B'; empty: none */
    struct text ticket; /* key of the one that it has; empty: none */
    int64_t since_ms;
    struct floor_position position;
};

/* What service took today, started to finished, in one queue for one service. */
struct floor_service {
    struct list in_floor;
    struct text queue, service;
    unsigned count;
    int64_t total_ms;
};

/* How many calls a queue has made from its line: what a put back ticket's threshold counts; and how
 * many wait in it as of the last change that the stream told of. */
struct floor_calls {
    struct list in_floor;
    struct text queue;
    int64_t count, waiting;
};

/* What newcomers to a crowded floor would wait, one for each queue of the hall: kept beside the
 * floor by scheduler/floor_wait.c, as who asks changes nothing. */
struct floor_estimates {
    int64_t at_ms;
    size_t count; /* 0: none were made yet */
    struct estimate *items;
};

struct floor {
    struct floor *next_in_bucket; /* of scheduler/floors.c */
    struct text hall;
    day_number day;
    struct floor_position read_at; /* as of which it was read; zero: it began empty */
    struct list tickets;           /* struct floor_ticket.in_floor of those who do not wait */
    struct list waiting;           /* and of those who do */
    struct list windows;           /* struct floor_window.in_floor */
    struct list services;          /* struct floor_service.in_floor */
    struct list calls;             /* struct floor_calls.in_floor */
    struct list listeners;
    struct floor_ticket **buckets; /* by key */
    size_t bucket_count, ticket_count, waiting_count;
    struct floor_estimates *estimates;
};

enum floor_change_kind {
    FLOOR_TICKET,   /* `key`, `op`, `ticket` */
    FLOOR_WINDOW,   /* `key` is the window's id, `window` */
    FLOOR_RELOADED, /* all of it was read anew or another day has begun: what was told before may
                     * have missed something */
};

/* A change as its event tells it; everything is valid in the call only. */
struct floor_change {
    enum floor_change_kind kind;
    struct text hall, key, op, record;
    day_number day;
    struct ticket ticket;
    struct floor_window window; /* state, queues, ticket, since_ms, id, record */
    struct floor_position position;
};

/* Reads an event of the city's stream: `kind` "ticket", 'HALL DATE ISSUER/tN OP RECORD', or
 * "window", 'HALL DATE WINDOW RECORD'. False for other kinds and malformed ones. The position is
 * the caller's to fill. */
bool floor_change_parse(struct text kind, struct text event, struct floor_change *change);

/* Who wants to be told of a floor's changes: each change once, in the order of the city's stream,
 * when the floor knows it already (and perhaps newer ones that this worker made itself). It may
 * stop listening from inside. */
struct floor_listener {
    struct list in_floor;
    void (*on_change)(struct floor_listener *listener, struct floor *floor,
                      const struct floor_change *change);
};
void floor_listen(struct floor *floor, struct floor_listener *listener);
/* Also of one that listens to none, once it was initialised with list_init(). */
void floor_unlisten(struct floor_listener *listener);

/* By key; NULL when there is none today. */
const struct floor_ticket *floor_ticket(const struct floor *floor, struct text key);
/* NULL when it was not used today: it is closed. */
const struct floor_window *floor_window(const struct floor *floor, struct text id);
/* True for an open window that calls from the queue's line. */
bool floor_window_serves(const struct floor_window *window, struct text queue);

#define FLOOR_EACH_WAITING(floor, item) LIST_FOREACH(&(floor)->waiting, item)
#define FLOOR_EACH_WINDOW(floor, item)  LIST_FOREACH(&(floor)->windows, item)
static inline struct floor_ticket *floor_ticket_at(struct list *item)
{
    return CONTAINER_OF(item, struct floor_ticket, in_floor);
}
static inline struct floor_window *floor_window_at(struct list *item)
{
    return CONTAINER_OF(item, struct floor_window, in_floor);
}

/* What stands before the numbers that the queue issued today, empty while it has issued none (or an
 * older version did). */
struct text floor_prefix(const struct floor *floor, struct text issuer);

/* How many wait, in the line of one queue (directed ones count in their queue), or in the hall. */
unsigned floor_waiting(const struct floor *floor, struct text queue);
static inline unsigned floor_waiting_all(const struct floor *floor)
{
    return (unsigned)floor->waiting_count;
}

/* Services of today that have ended, of a service in a queue, and their sum; an empty `service`: of
 * all in the queue. Returns the count. */
unsigned floor_service_times(const struct floor *floor, struct text queue, struct text service,
                             int64_t *total_ms);
/* Whether those who listen are told of a change: of the floor's day; of the day before that whoever
 * is still at a window is called again, or has missed it. */
bool floor_tells_of(const struct floor *floor, const struct floor_change *change);
/* By how much a change of a ticket changes the number of those who wait in its queue. */
int floor_waiting_change(const struct floor_change *change);
/* How many wait in the line of a queue as of the last change that was told, while floor_waiting()
 * may know of newer ones that this worker made itself. */
int64_t floor_told_waiting(const struct floor *floor, struct text queue);
/* Calls that the queue has made today. */
int64_t floor_calls(const struct floor *floor, struct text queue);

/* For scheduler/floors.c and tests. */
struct floor *floor_new(struct text hall);
void floor_free(struct floor *floor);
/* Forgets everything but who listens: what is filled in then is the day as of `read_at`. */
void floor_begin(struct floor *floor, day_number day, struct floor_position read_at);
/* Fields of the day's tickets ("A t12", "A called", others are ignored) and windows ("3") in Redis,
 * behind the hall. */
void floor_fill_ticket(struct floor *floor, struct text field, struct text value);
void floor_fill_window(struct floor *floor, struct text field, struct text value);
/* Takes a change over, unless it is of another day or not newer than what that ticket or window
 * shows: then false. */
bool floor_apply(struct floor *floor, const struct floor_change *change);
/* A change of the stream, each once: counts the calls, which a ticket does not show, and who waits.
 */
void floor_count(struct floor *floor, const struct floor_change *change);
/* Tells everybody who listens. */
void floor_tell(struct floor *floor, const struct floor_change *change);
