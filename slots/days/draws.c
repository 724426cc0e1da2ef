/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/draws.h"

#include <stdlib.h>

#include "base/random.h"
#include "slots/ledger/ledger_call.h"

int64_t draws_at_ms(const struct catalogue *catalogue, const struct queue *queue, day_number day)
{
    return hall_opens_at_ms(catalogue, queue->hall, day) + queue->lottery_minutes * INT64_C(60000);
}

enum draws_window draws_window(const struct catalogue *catalogue, const struct queue *queue,
                               day_number day, int64_t now_ms)
{
    if (!queue_draws_on(queue, day))
        return DRAWS_NONE;
    if (now_ms < hall_opens_at_ms(catalogue, queue->hall, day))
        return DRAWS_BEFORE;
    return now_ms < draws_at_ms(catalogue, queue, day) ? DRAWS_IN : DRAWS_BEHIND;
}

void draws_make_entry(char id[DRAW_ID_CHARS])
{
    unsigned char random[DRAW_ID_CHARS / 2];
    char hex[DRAW_ID_CHARS + 1];

    random_fill(random, sizeof random);
    sodium_bin2hex(hex, sizeof hex, random, sizeof random);
    memcpy(id, hex, DRAW_ID_CHARS);
}

/* The queue by the catalogue of this moment; NULL when it has left it. */
static const struct queue *queue_of(const struct draw_reading *reading)
{
    return catalogue_queue(reading->city->edition->catalogue, reading->list.hall,
                           reading->list.queue);
}

/* --- Preparing -----------------------------------------------------------------------------------
 */

struct preparation {
    struct draw_reading reading;
    draws_commitment_callback *callback;
    void *owner;
};

static void finish_preparation(struct preparation *preparation, int status, struct text commitment)
{
    preparation->callback(preparation->owner, status, commitment);
    draw_reading_free(&preparation->reading);
    free(preparation);
}

/* The state that stands may be another worker's; there is none when the inventory is open. */
static void prepared(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct text state = store_reply_text_at(reply, LEDGER_DETAILS);

    if (status == 0 && !text_is(outcome, "ok"))
        status = STORE_FOUND(STORE_STRANGE);
    finish_preparation(owner, status, text_part(state, 1, DRAW_HEX_CHARS));
}

static void send_preparation(struct preparation *preparation)
{
    struct draw_reading *reading = &preparation->reading;
    const struct queue *queue = queue_of(reading);
    struct draw_list *list = &reading->list;
    struct buffer state = {0};
    struct ledger_call call;

    random_fill(list->seed, DRAW_SEED_BYTES);
    draw_append_open(&state, list, &reading->city->keys);
    ledger_call_start(&call, reading->city, slots_library.open_draw);
    ledger_call_push_place(&call, list->hall, list->queue, list->day);
    ledger_call_push_integer(
        &call, queue ? draws_at_ms(reading->city->edition->catalogue, queue, list->day) / 1000 : 0);
    ledger_call_push(&call, buffer_text(&state));
    ledger_call_send(&call, prepared, preparation);
    buffer_free(&state);
}

static void preparation_read(void *owner, int status)
{
    struct preparation *preparation = owner;
    struct draw_reading *reading = &preparation->reading;

    if (status == 0 && reading->state == DRAWS_PENDING)
        send_preparation(preparation);
    else
        finish_preparation(preparation, status, text_of(reading->commitment));
}

static void prepare(struct city *city, struct text hall, struct text queue, day_number day,
                    draws_commitment_callback *callback, void *owner)
{
    struct preparation *preparation = memory_new(sizeof *preparation);

    preparation->callback = callback;
    preparation->owner = owner;
    draw_reading_start(&preparation->reading, city, hall, queue, day);
    draw_reading_state(&preparation->reading, preparation_read, preparation);
}

void draws_commitment(struct city *city, const struct queue *queue, day_number day,
                      draws_commitment_callback *callback, void *owner)
{
    prepare(city, queue->hall->id, queue->id, day, callback, owner);
}

/* Who does not ask for the commitment. */
struct unasked {
    draws_done *callback;
    void *owner;
};

static void prepared_unasked(void *owner, int status, struct text commitment)
{
    struct unasked unasked = *(struct unasked *)owner;

    (void)commitment;
    free(owner);
    unasked.callback(unasked.owner, status);
}

void draws_prepare(struct city *city, const struct queue *queue, day_number day,
                   draws_done *callback, void *owner)
{
    struct unasked *unasked = memory_new(sizeof *unasked);

    *unasked = (struct unasked){callback, owner};
    draws_commitment(city, queue, day, prepared_unasked, unasked);
}

/* --- Drawing -------------------------------------------------------------------------------------
 */

enum { ATTEMPTS_MAX = 4 };

struct run {
    struct draw_reading reading;
    unsigned attempts;
    draws_done *callback;
    void *owner;
};

static void read_state(struct run *run);

static void finish_run(struct run *run, int status)
{
    run->callback(run->owner, status);
    draw_reading_free(&run->reading);
    free(run);
}

/* Units at first: those that are not kept for priority people. */
static void read_capacity(struct draw_reading *reading, struct day_capacity *capacity)
{
    const struct edition *edition = reading->city->edition;
    const struct queue *queue = queue_of(reading);

    *capacity = (struct day_capacity){0};
    if (queue)
        plan_capacity(&edition->plan, edition->catalogue, queue, reading->list.day, NULL, capacity);
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++)
        reading->list.places[slot] = capacity->capacity[slot] - capacity->kept[slot];
}

static void push_state(struct ledger_call *call, const struct draw_list *list)
{
    struct buffer state = {0};

    draw_append_drawn(&state, list);
    ledger_call_push_words(call, &state);
}

/* The entries' numbers in drawn order, four bytes each. */
static void push_order(struct ledger_call *call, struct draw_list *list)
{
    uint32_t *order = memory_new((list->count + 1) * sizeof *order);
    struct buffer numbers = {0};

    draw_order(list, order);
    for (size_t i = 0; i < list->count; i++)
        for (int shift = 24; shift >= 0; shift -= 8)
            buffer_append_byte(&numbers, (char)(list->entries[order[i]].number >> shift));
    ledger_call_push_words(call, &numbers);
    free(order);
}

/* An entry that left, or another worker's draw, came between reading and drawing. */
static void drawn(void *owner, int status, struct text outcome, const struct store_reply *reply)
{
    struct run *run = owner;

    (void)reply;
    if (status || text_is(outcome, "ok"))
        finish_run(run, status);
    else if (++run->attempts < ATTEMPTS_MAX)
        read_state(run);
    else
        finish_run(run, STORE_UNAVAILABLE);
}

static void send_draw(struct run *run)
{
    struct draw_reading *reading = &run->reading;
    struct draw_list *list = &reading->list;
    struct day_capacity capacity;
    struct ledger_call call;

    read_capacity(reading, &capacity);
    ledger_call_start(&call, reading->city, slots_library.draw);
    ledger_call_push_place(&call, list->hall, list->queue, list->day);
    ledger_call_push_integer(&call, reading->last);
    ledger_call_push_capacity(&call, &capacity);
    push_state(&call, list);
    push_order(&call, list);
    ledger_call_send(&call, drawn, run);
}

static void entries_read(void *owner, int status)
{
    if (status)
        finish_run(owner, status);
    else
        send_draw(owner);
}

static void prepared_to_run(void *owner, int status, struct text commitment)
{
    if (status || !commitment.length)
        finish_run(owner, status);
    else
        read_state(owner);
}

static void run_read(void *owner, int status)
{
    struct run *run = owner;
    struct draw_reading *reading = &run->reading;

    if (status || reading->state == DRAWS_DRAWN)
        finish_run(run, status);
    else if (reading->state == DRAWS_OPEN && !draw_reading_unseal(reading))
        finish_run(run, STORE_FOUND(STORE_STRANGE));
    else if (reading->state == DRAWS_PENDING)
        prepare(reading->city, reading->list.hall, reading->list.queue, reading->list.day,
                prepared_to_run, run);
    else
        draw_reading_entries(reading, entries_read, run);
}

static void read_state(struct run *run)
{
    draw_reading_state(&run->reading, run_read, run);
}

void draws_run(struct city *city, const struct queue *queue, day_number day, draws_done *callback,
               void *owner)
{
    struct run *run = memory_new(sizeof *run);

    run->callback = callback;
    run->owner = owner;
    draw_reading_start(&run->reading, city, queue->hall->id, queue->id, day);
    read_state(run);
}

/* --- Publishing ----------------------------------------------------------------------------------
 */

struct inquiry {
    struct draw_reading reading;
    bool is_whole;
    struct draw_result *results;
    draws_callback *callback;
    void *owner;
};

static void fill_results(struct inquiry *inquiry, struct draw_publication *publication)
{
    struct draw_list *list = &inquiry->reading.list;
    uint32_t *order = memory_new((list->count + 1) * sizeof *order);
    unsigned char digest[DRAW_HASH_BYTES];

    draw_order(list, order);
    inquiry->results = memory_new((list->count + 1) * sizeof *inquiry->results);
    for (size_t i = 0; i < list->count; i++) {
        const struct draw_entry *entry = &list->entries[order[i]];
        struct draw_result *result = &inquiry->results[i];
        memcpy(result->id, entry->id, DRAW_ID_CHARS);
        result->is_placed = entry->is_placed;
        result->refused = entry->refused;
    }
    draw_digest(list, digest);
    sodium_bin2hex(publication->digest, sizeof publication->digest, digest, sizeof digest);
    memcpy(publication->commitment, inquiry->reading.commitment, sizeof publication->commitment);
    publication->list = *list;
    publication->results = inquiry->results;
    publication->result_count = list->count;
    free(order);
}

static void finish_inquiry(struct inquiry *inquiry, int status)
{
    const struct draw_reading *reading = &inquiry->reading;
    struct draws_report report = {.state = reading->state, .version = reading->stored};

    memcpy(report.commitment, reading->commitment, sizeof report.commitment);
    report.entry_count = reading->last;
    if (status == 0 && inquiry->is_whole && reading->state == DRAWS_DRAWN) {
        fill_results(inquiry, &report.publication);
        report.entry_count = (uint32_t)reading->list.count;
    }
    inquiry->callback(inquiry->owner, status, status ? NULL : &report);
    free(inquiry->results);
    draw_reading_free(&inquiry->reading);
    free(inquiry);
}

static void inquiry_entries_read(void *owner, int status)
{
    finish_inquiry(owner, status);
}

static void inquiry_read(void *owner, int status)
{
    struct inquiry *inquiry = owner;
    struct draw_reading *reading = &inquiry->reading;

    if (status == 0 && inquiry->is_whole && reading->state == DRAWS_DRAWN)
        draw_reading_entries(reading, inquiry_entries_read, inquiry);
    else
        finish_inquiry(inquiry, status);
}

static void inquire(struct city *city, const struct queue *queue, day_number day, bool is_whole,
                    draws_callback *callback, void *owner)
{
    struct inquiry *inquiry = memory_new(sizeof *inquiry);

    inquiry->is_whole = is_whole;
    inquiry->callback = callback;
    inquiry->owner = owner;
    draw_reading_start(&inquiry->reading, city, queue->hall->id, queue->id, day);
    draw_reading_state(&inquiry->reading, inquiry_read, inquiry);
}

void draws_read(struct city *city, const struct queue *queue, day_number day,
                draws_callback *callback, void *owner)
{
    inquire(city, queue, day, false, callback, owner);
}

void draws_read_all(struct city *city, const struct queue *queue, day_number day,
                    draws_callback *callback, void *owner)
{
    inquire(city, queue, day, true, callback, owner);
}
