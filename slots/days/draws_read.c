/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/days/draw_reading.h"

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
