/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/draws.h"

#include <stdlib.h>

#include "api/handlers/handlers.h"
#include "api/json/draw.h"

/* The answer about a drawn queue is long, asked for by many, and the same for ever: a worker (a
 * process) keeps the last few. `version` is the draw's state, which holds its seed. */
struct published {
    struct list in_published; /* the last used at the end */
    struct buffer version;
    struct buffer body;  /* empty while it is being read */
    struct list waiting; /* of the inquiries, meanwhile */
};

enum { PUBLISHED_MAX = 8 };

static struct list published_list = LIST_INIT(published_list);
static unsigned published_count;

struct inquiry {
    struct call *call;
    const struct queue *queue; /* of the edition that is held */
    struct edition *edition;
    day_number day;
    struct list in_waiting;
};

static void append_report(struct buffer *json, const struct inquiry *inquiry,
                          const struct draws_report *report)
{
    const struct catalogue *catalogue = inquiry->edition->catalogue;
    struct draw_list list = {
        .hall = inquiry->queue->hall->id, .queue = inquiry->queue->id, .day = inquiry->day};

    draw_json_append(json, &list, report, draws_at_ms(catalogue, inquiry->queue, inquiry->day),
                     catalogue->utc_offset_minutes);
}

/* Answers with `json`, which is freed, or for a negative status with its problem. */
static void answer(struct inquiry *inquiry, int status, struct buffer *json)
{
    edition_release(inquiry->edition);
    if (status)
        call_store_problem(inquiry->call, status);
    else
        call_answer(inquiry->call, 200, json, TEXT_NONE);
}

static void answer_published(struct inquiry *inquiry, const struct published *published)
{
    struct buffer json = {0};

    buffer_append(&json, buffer_text(&published->body));
    answer(inquiry, 0, &json);
}

static void drop(struct published *published)
{
    list_remove(&published->in_published);
    published_count--;
    buffer_free(&published->version);
    buffer_free(&published->body);
    free(published);
}

/* Makes room; those that are being read stay. */
static void drop_oldest(void)
{
    LIST_FOREACH(&published_list, item)
    {
        struct published *published = CONTAINER_OF(item, struct published, in_published);
        if (published_count <= PUBLISHED_MAX)
            return;
        if (published->body.length)
            drop(published);
    }
}

static void publication_read(void *owner, int status, const struct draws_report *report)
{
    struct published *published = owner;
    struct list waiting = LIST_INIT(waiting), *item;

    if (status)
        list_remove(&published->in_published); /* nobody finds it any more */
    list_append_all(&waiting, &published->waiting);
    while ((item = list_take_first(&waiting))) {
        struct inquiry *inquiry = CONTAINER_OF(item, struct inquiry, in_waiting);
        if (status) {
            answer(inquiry, status, NULL);
            continue;
        }
        if (!published->body.length)
            append_report(&published->body, inquiry, report);
        answer_published(inquiry, published);
    }
    if (status)
        drop(published);
    else
        drop_oldest();
}

static struct published *find_published(struct text version)
{
    LIST_FOREACH(&published_list, item)
    {
        struct published *published = CONTAINER_OF(item, struct published, in_published);
        if (text_equal(buffer_text(&published->version), version))
            return published;
    }
    return NULL;
}

static void read_publication(struct inquiry *inquiry, struct text version)
{
    struct published *published = memory_new(sizeof *published);

    buffer_append(&published->version, version);
    list_init(&published->waiting);
    list_append(&published->waiting, &inquiry->in_waiting);
    list_append(&published_list, &published->in_published);
    published_count++;
    draws_read_all(inquiry->call->city, inquiry->queue, inquiry->day, publication_read, published);
}

static void answer_drawn(struct inquiry *inquiry, struct text version)
{
    struct published *published = find_published(version);

    if (!published) {
        read_publication(inquiry, version);
        return;
    }
    list_remove(&published->in_published);
    list_append(&published_list, &published->in_published);
    if (published->body.length)
        answer_published(inquiry, published);
    else
        list_append(&published->waiting, &inquiry->in_waiting);
}

static void state_read(void *owner, int status, const struct draws_report *report)
{
    struct inquiry *inquiry = owner;
    struct buffer json = {0};

    if (status == 0 && report->state == DRAWS_DRAWN) {
        answer_drawn(inquiry, report->version);
        return;
    }
    if (status == 0)
        append_report(&json, inquiry, report);
    answer(inquiry, status, &json);
}

void handle_draw(struct call *call)
{
    struct edition *edition = call->city->edition;
    const struct hall *hall = catalogue_hall(edition->catalogue, call->parameters[0]);
    const struct queue *queue = hall_queue(hall, call->parameters[1]);
    struct inquiry *inquiry;
    day_number day;

    if (!queue || !calendar_parse_date(call->parameters[2], &day) || !queue_draws_on(queue, day)) {
        call_problem(
            call, PROBLEM_NOT_FOUND,
            MESSAGE("没有这个抽签：请检查队列编号和日期（YYYY-MM-DD），且该队列须实行抽签。",
                    "There is no such draw: check the queue, which must have a lottery, "
                    "and the date (YYYY-MM-DD)."),
            TEXT_NONE);
        return;
    }
    inquiry = arena_new(&call->arena, sizeof *inquiry);
    *inquiry = (struct inquiry){
        .call = call, .queue = queue, .edition = edition_hold(edition), .day = day};
    draws_read(call->city, queue, day, state_read, inquiry);
}
