/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/city.h"
#include "slots/reservation.h"

/* Group commit: the bookings of a city leave as one call of the reserve function. While a batch is
 * in flight the next one gathers, so batches grow with the load and add no wait without it. */

enum {
    BATCH_BOOKINGS_MAX = 128,
    BATCH_FIELDS_MAX = 1200, /* of units, so that a call is short when its visits are long */
    BATCHES_IN_FLIGHT_MAX = 1
};

enum batch_outcome {
    BATCH_BOOKED,
    BATCH_REPEATED,  /* the idempotency key was used for `reservation_id` */
    BATCH_MISMATCH,  /* … for another request */
    BATCH_NOT_GREEN, /* `health`: y, r or u */
    BATCH_ALREADY,   /* the person's `other` for the service and day */
    BATCH_OVERLAP,   /* the person's `other` shares a half hour with it */
    BATCH_LIMIT,
    BATCH_SUSPENDED,     /* for no-shows, until `until_s` */
    BATCH_CANCELLATIONS, /* the person's cancellations of the month are used up */
    BATCH_NOT_OPEN,      /* the inventory does not stand in Redis yet */
    BATCH_CLOSED,        /* a slot that the inventory does not have */
    BATCH_FULL,
};

/* One booking on its way; it belongs to its owner and must stay until the callback. */
struct booking {
    struct list in_batch;
    const struct hall *hall;
    const struct queue *queue;
    const struct service *service;
    day_number day;
    unsigned slot;
    bool has_priority; /* it may have units that are kept for priority people */
    unsigned char person[PERSON_KEY_BYTES];
    unsigned char tag[TAG_BYTES]; /* of the idempotency key */
    bool has_tag;
    unsigned char digest[DIGEST_BYTES];
    char *record; /* its evidence is written when the booking leaves */
    size_t record_length;

    /* The answer: negative store_status or enum batch_outcome; the texts are valid in the call. */
    void (*on_answer)(struct booking *booking, int outcome);
    uint32_t sequence;
    bool desk_check;
    char health;
    int64_t until_s;   /* Unix s */
    struct text other; /* a reservation: 'DATE HALL QUEUE SEQUENCE' */
};

/* Hands a booking to the next batch. Calls back exactly once, never from inside. */
void batch_submit(struct city *city, struct booking *booking);

/* Sizes of the batches that left, for the metrics. */
struct batch_statistics {
    uint64_t batches, bookings;
};
const struct batch_statistics *batch_statistics(const struct city *city);

struct batch_gatherer *batch_gatherer_new(struct city *city);
void batch_gatherer_free(struct batch_gatherer *gatherer);
