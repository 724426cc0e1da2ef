/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "program/command.h"
#include "program/explain.h"
#include "slots/catalogue/cities.h"
#include "slots/catalogue/keys.h"
#include "slots/ledger/shown.h"

/* What is asked for, and what was read of it. */
struct question {
    struct store *store;
    struct text asked; /* as it was given */
    struct reservation_id id;
    struct text key; /* 'ISSUER/tN' */
    struct catalogue *catalogue;
    struct text record;
    struct text prefixes; /* of the hall's numbers that day: 'QUEUE=PREFIX …' */
    struct ticket ticket;
    struct buffer out;
    struct arena arena;
};

static void text_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct question *question = owner;

    question->record =
        status == STORE_OK ? arena_copy(&question->arena, store_reply_text(reply)) : TEXT_NONE;
}

/* The text that a command answers, empty when there is none; false when Redis does not answer. */
static bool ask(struct question *question, const struct text *args, size_t count, struct text *text)
{
    enum store_status status =
        store_command_wait(question->store, args, count, 0, text_read, question);

    if (status != STORE_OK)
        command_fail("the store cannot be read: %s", store_status_name(status));
    *text = question->record;
    return status == STORE_OK;
}

static struct text city_code(struct question *question, struct text hall)
{
    struct buffer code = {0};
    struct text text;

    buffer_append(&code, text_part(hall, 0, 4));
    buffer_append(&code, TEXT("00"));
    text = arena_copy(&question->arena, buffer_text(&code));
    buffer_free(&code);
    return text;
}

static bool read_catalogue(struct question *question, struct text city)
{
    struct text json;

    if (!ask(question, STORE_ARGS(TEXT("GET"), key_catalogue(&question->arena, city)), &json))
        return false;
    if (json.length)
        question->catalogue = catalogue_parse(json, NULL);
    if (!question->catalogue)
        command_fail("there is no catalogue of city " TEXT_FMT, TEXT_ARG(city));
    return question->catalogue != NULL;
}

static bool read_prefixes(struct question *question, struct text city)
{
    struct text key = key_tickets(&question->arena, city, question->id.day), field;
    struct buffer name = {0};

    buffer_append(&name, question->id.hall);
    buffer_append(&name, TEXT(" prefixes"));
    field = arena_copy(&question->arena, buffer_text(&name));
    buffer_free(&name);
    return ask(question, STORE_ARGS(TEXT("HGET"), key, field), &question->prefixes);
}

static bool read_ticket(struct question *question, struct text city)
{
    struct text key = key_tickets(&question->arena, city, question->id.day), record;
    struct text field = reservation_field(&question->arena, &question->id);

    if (!ask(question, STORE_ARGS(TEXT("HGET"), key, field), &record))
        return false;
    if (record.length && ticket_parse(record, &question->ticket) &&
        ticket_is_known_by(&question->ticket, &question->id))
        return true;
    command_fail("there is no such ticket");
    return false;
}

static void calls_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct question *question = owner;
    const struct hall *hall = catalogue_hall(question->catalogue, question->id.hall);
    struct explanation explanation;

    if (status != STORE_OK)
        return;
    explain_begin(&explanation, question->catalogue, hall, question->key, question->prefixes,
                  &question->out);
    for (size_t i = 0; i < store_reply_count(reply); i++)
        explain_line(&explanation, store_reply_text_at(reply, i));
    explain_end(&explanation, &question->ticket);
}

static void name_ticket(struct question *question)
{
    struct buffer key = {0};

    ticket_append_key(&key, question->id.queue, question->id.sequence);
    question->key = arena_copy(&question->arena, buffer_text(&key));
    buffer_free(&key);
}

static int explain(struct question *question)
{
    struct text city = city_code(question, question->id.hall);
    struct text calls = key_calls(&question->arena, city, question->id.day, question->id.hall);
    enum store_status status;

    if (!read_catalogue(question, city))
        return COMMAND_FAILED;
    shown_id(question->catalogue, question->asked, &question->id);
    name_ticket(question);
    if (!read_ticket(question, city) || !read_prefixes(question, city))
        return COMMAND_FAILED;
    if (!catalogue_hall(question->catalogue, question->id.hall)) {
        command_fail("the catalogue has no hall " TEXT_FMT " any more",
                     TEXT_ARG(question->id.hall));
        return COMMAND_FAILED;
    }
    status = store_command_wait(question->store,
                                STORE_ARGS(TEXT("LRANGE"), calls, TEXT("0"), TEXT("-1")), 0,
                                calls_read, question);
    if (status != STORE_OK) {
        command_fail("the ledger of calls cannot be read: %s", store_status_name(status));
        return COMMAND_FAILED;
    }
    fwrite(question->out.length ? question->out.data : "", 1, question->out.length, stdout);
    return COMMAND_OK;
}

static void question_free(struct question *question)
{
    if (question->catalogue)
        catalogue_free(question->catalogue);
    buffer_free(&question->out);
    arena_free(&question->arena);
}

static int answer(const struct command_options *options, struct question *question)
{
    struct command_store opened;
    int status = command_store_open(&opened, options, COMMAND_READS);

    if (status != COMMAND_OK)
        return status;
    question->store = opened.store;
    status = explain(question);
    command_store_close(&opened);
    return status;
}

/* Its hall names the city; the rest is read with the catalogue at hand. */
static bool read_id(struct question *question, struct text ticket)
{
    question->asked = text_strip(ticket);
    return ticket_parse_id(question->asked, &question->id);
}

int command_explain(int argc, char **argv)
{
    struct command_options options;
    struct question question = {0};
    int status = command_read_options(
        COMMAND_EXPLAIN, "jiaohao explain --ticket ID",
        "Replays the hall's ledger of calls and says why the ticket was called when it was: who "
        "was called before it while it waited, by which rule, and with which credit.",
        argc, argv, &options, NULL);

    if (status == COMMAND_OK && !options.ticket) {
        command_fail("give --ticket ID, such as 410400-01.20261124.A-t12-K7Q9X2");
        status = COMMAND_USAGE;
    } else if (status == COMMAND_OK && !read_id(&question, text_of(options.ticket))) {
        command_fail("%s is no ticket's id, such as 410400-01.20261124.A-t12-K7Q9X2",
                     options.ticket);
        status = COMMAND_USAGE;
    }
    if (status == COMMAND_OK)
        status = answer(&options, &question);
    question_free(&question);
    command_free_options(&options);
    return status;
}
