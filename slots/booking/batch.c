/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/batch.h"

#include <stdlib.h>

#include "slots/booking/batch_arguments.h"
#include "store/turn.h"

/* A batch of so many bookings is a rush; the next one then waits at most so long for as many. */
enum { RUSH_BOOKINGS_MIN = 8, RUSH_DELAY_MS = 1 };

struct batch_gatherer {
    struct city *city;
    struct list bookings;
    unsigned gathered, in_flight;
    struct turn *turn; /* a batch leaves at the end of the loop's turn in which it gathered */
    uv_timer_t delay;  /* … or, in a rush, a moment later and fuller */
    bool is_due;
    unsigned last_count;
    struct batch_statistics statistics;
};

/* What was sent, until its answer. */
struct batch {
    struct batch_gatherer *gatherer;
    unsigned count;
    struct booking *bookings[BATCH_BOOKINGS_MAX];
};

static void flush(void *owner);

struct batch_gatherer *batch_gatherer_new(struct city *city)
{
    struct batch_gatherer *gatherer = memory_new(sizeof *gatherer);

    gatherer->city = city;
    list_init(&gatherer->bookings);
    gatherer->turn = turn_new(city->loop, flush, gatherer);
    uv_timer_init(city->loop, &gatherer->delay);
    gatherer->delay.data = gatherer;
    return gatherer;
}

static void on_close(uv_handle_t *handle)
{
    free(handle->data);
}

void batch_gatherer_free(struct batch_gatherer *gatherer)
{
    turn_free(gatherer->turn);
    uv_close((uv_handle_t *)&gatherer->delay, on_close);
}

const struct batch_statistics *batch_statistics(const struct batch_gatherer *gatherer)
{
    return &gatherer->statistics;
}

/* The sequence, negative when the desk is to see the health code; or a word. */
static void give_answer(struct booking *booking, const struct store_reply *reply)
{
    int64_t sequence;

    if (store_reply_kind(reply) != STORE_REPLY_INTEGER) {
        struct text refused = store_reply_text(reply);
        booking->on_answer(booking, refused.length ? 0 : STORE_FOUND(STORE_STRANGE), refused);
        return;
    }
    sequence = store_reply_integer(reply);
    booking->desk_check = sequence < 0;
    booking->sequence = (uint32_t)(sequence < 0 ? -sequence : sequence);
    booking->on_answer(booking, 0, TEXT_NONE);
}

static void batch_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct batch *batch = owner;
    struct batch_gatherer *gatherer = batch->gatherer;
    size_t changed = (size_t)store_reply_integer(store_reply_at(reply, 1));

    gatherer->in_flight--;
    if (status == STORE_OK)
        for (size_t i = 0; i < changed; i++)
            city_apply(gatherer->city, store_reply_text_at(reply, 2 + i),
                       store_reply_text_at(reply, 0), false);
    for (unsigned b = 0; b < batch->count; b++) {
        struct booking *booking = batch->bookings[b];
        if (status == STORE_OK)
            give_answer(booking, store_reply_at(reply, 2 + changed + b));
        else
            booking->on_answer(booking, (int)status, TEXT_NONE);
    }
    free(batch);
    if (gatherer->gathered)
        turn_request(gatherer->turn);
}

/* The fields of units that a booking may be about, alone in its inventory: the sequence; of each
 * half hour the units, and those that are kept. */
static unsigned fields_of(const struct list *item)
{
    return 1 + 2 * CONTAINER_OF(item, struct booking, in_batch)->service->span;
}

static struct batch *take_batch(struct batch_gatherer *gatherer)
{
    struct batch *batch = memory_new(sizeof *batch);
    unsigned fields = 0;

    batch->gatherer = gatherer;
    while (batch->count < BATCH_BOOKINGS_MAX && !list_is_empty(&gatherer->bookings)) {
        fields += fields_of(gatherer->bookings.next);
        if (fields > BATCH_FIELDS_MAX)
            break;
        batch->bookings[batch->count++] =
            CONTAINER_OF(list_take_first(&gatherer->bookings), struct booking, in_batch);
    }
    gatherer->gathered -= batch->count;
    return batch;
}

/* Sends what was gathered, at most a batch; returns how many bookings left. */
static unsigned send_batch(struct batch_gatherer *gatherer)
{
    struct batch *batch = take_batch(gatherer);
    struct batch_arguments arguments;

    batch_arguments_init(&arguments, gatherer->city, batch->bookings, batch->count);
    gatherer->in_flight++;
    gatherer->statistics.batches++;
    gatherer->statistics.bookings += batch->count;
    store_command(gatherer->city->store, arguments.items, arguments.count, 0, batch_answered,
                  batch);
    batch_arguments_free(&arguments);
    return batch->count;
}

static void on_delay(uv_timer_t *timer)
{
    struct batch_gatherer *gatherer = timer->data;

    gatherer->is_due = true;
    flush(gatherer);
}

/* A call's fixed cost, an fsync above all, is shared by its bookings. When the last batch shows a
 * rush, as many as it had are awaited, but no longer than a moment (PostgreSQL's commit_delay and
 * commit_siblings). */
static bool awaits_more(struct batch_gatherer *gatherer)
{
    if (gatherer->is_due || gatherer->last_count < RUSH_BOOKINGS_MIN ||
        gatherer->gathered >= gatherer->last_count)
        return false;
    if (!uv_is_active((uv_handle_t *)&gatherer->delay))
        uv_timer_start(&gatherer->delay, on_delay, RUSH_DELAY_MS, 0);
    return true;
}

static void flush(void *owner)
{
    struct batch_gatherer *gatherer = owner;

    if (!gatherer->gathered || gatherer->in_flight == BATCHES_IN_FLIGHT_MAX ||
        awaits_more(gatherer))
        return;
    uv_timer_stop(&gatherer->delay);
    gatherer->is_due = false;
    gatherer->last_count = send_batch(gatherer);
}

void batch_submit(struct batch_gatherer *gatherer, struct booking *booking)
{
    list_append(&gatherer->bookings, &booking->in_batch);
    gatherer->gathered++;
    turn_request(gatherer->turn);
}
