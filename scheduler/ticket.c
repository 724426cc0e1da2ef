/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scheduler/ticket.h"

#include <stddef.h>

static const struct {
    enum ticket_status status;
    const char *name;
} statuses[] = {
    {TICKET_WAITING, "waiting"},     {TICKET_CALLED, "called"}, {TICKET_SERVING, "serving"},
    {TICKET_DONE, "done"},           {TICKET_MISSED, "missed"}, {TICKET_PARKED, "parked"},
    {TICKET_CANCELLED, "cancelled"},
};
#define STATUS_COUNT (sizeof statuses / sizeof *statuses)

const char *ticket_status_name(enum ticket_status status)
{
    for (size_t i = 0; i < STATUS_COUNT; i++)
        if (statuses[i].status == status)
            return statuses[i].name;
    return NULL;
}

const char *ticket_kind_name(enum ticket_kind kind)
{
    switch (kind) {
    case TICKET_APPOINTMENT:
        return "appointment";
    case TICKET_WALK_IN:
        return "walk_in";
    }
    return NULL;
}

const char *ticket_class_name(enum ticket_class class)
{
    switch (class) {
    case TICKET_CLASS_WALK_IN:
        return "walk_in";
    case TICKET_CLASS_APPOINTMENT:
        return "appointment";
    case TICKET_CLASS_PRIORITY:
        return "priority";
    }
    return NULL;
}

const char *ticket_priority_name(enum priority priority)
{
    return priority == PRIORITY_NONE ? "normal" : priority_name(priority);
}

/* The columns of a record, in their order. */
enum column_type {
    COLUMN_LETTER,
    COLUMN_TEXT,
    COLUMN_COUNT,
    COLUMN_TIME,
    COLUMN_BACK,
    COLUMN_SALT
};

enum { COLUMNS_AT_FIRST = 22 };

#define COLUMN(type, member)                                                                       \
    {                                                                                              \
        type, offsetof(struct ticket, member)                                                      \
    }
static const struct column {
    enum column_type type;
    size_t offset;
} columns[TICKET_COLUMNS] = {
    COLUMN(COLUMN_LETTER, status),    COLUMN(COLUMN_LETTER, kind),
    COLUMN(COLUMN_LETTER, class),     COLUMN(COLUMN_LETTER, priority),
    COLUMN(COLUMN_TEXT, service),     COLUMN(COLUMN_TEXT, queue),
    COLUMN(COLUMN_TEXT, window),      COLUMN(COLUMN_TEXT, directed),
    COLUMN(COLUMN_COUNT, calls),      COLUMN(COLUMN_TIME, issued_ms),
    COLUMN(COLUMN_TIME, earns_ms),    COLUMN(COLUMN_TIME, called_ms),
    COLUMN(COLUMN_TIME, started_ms),  COLUMN(COLUMN_TIME, finished_ms),
    COLUMN(COLUMN_COUNT, recalls),    COLUMN(COLUMN_BACK, back),
    COLUMN(COLUMN_SALT, salt),        COLUMN(COLUMN_TEXT, person),
    COLUMN(COLUMN_TEXT, reservation), COLUMN(COLUMN_COUNT, missed),
    COLUMN(COLUMN_COUNT, step),       COLUMN(COLUMN_TIME, last_called_ms),
    COLUMN(COLUMN_LETTER, evidence),  COLUMN(COLUMN_TEXT, prefix),
};

static bool is_none(struct text word)
{
    return text_is(word, "-");
}

static bool parse_column(const struct column *column, struct text word, struct ticket *ticket)
{
    void *member = (char *)ticket + column->offset;
    int64_t number;

    switch (column->type) {
    case COLUMN_LETTER:
        *(unsigned *)member = is_none(word) ? 0 : (unsigned char)word.data[0];
        return word.length == 1;
    case COLUMN_TEXT:
        *(struct text *)member = is_none(word) ? TEXT_NONE : word;
        return true;
    case COLUMN_COUNT:
        if (!text_to_integer(word, 0, INT32_MAX, &number))
            return false;
        *(unsigned *)member = (unsigned)number;
        return true;
    case COLUMN_TIME:
        return text_to_integer(word, 0, INT64_MAX, member);
    case COLUMN_BACK:
        ticket->is_put_back = !is_none(word);
        return !ticket->is_put_back || text_to_integer(word, 0, INT32_MAX, member);
    case COLUMN_SALT:
        if (word.length != SALT_BYTES)
            return false;
        memcpy(member, word.data, SALT_BYTES);
        return true;
    }
    return false;
}

/* Older records end before the evidence, or before the prefix. */
bool ticket_parse(struct text record, struct ticket *ticket)
{
    struct text word;
    size_t i = 0;

    *ticket = (struct ticket){0};
    for (; text_split(&record, ' ', &word); i++)
        if (i == TICKET_COLUMNS || !word.length || !parse_column(&columns[i], word, ticket))
            return false;
    return i >= COLUMNS_AT_FIRST && ticket_status_name(ticket->status) &&
           ticket_kind_name(ticket->kind) && ticket_class_name(ticket->class) &&
           ticket_priority_name(ticket->priority);
}

static void append_column(struct buffer *buffer, const struct column *column,
                          const struct ticket *ticket)
{
    const void *member = (const char *)ticket + column->offset;
    const struct text *text = member;

    switch (column->type) {
    case COLUMN_LETTER:
        buffer_append_byte(buffer,
                           *(const unsigned *)member ? (char)*(const unsigned *)member : '-');
        return;
    case COLUMN_TEXT:
        buffer_append(buffer, text->length ? *text : TEXT("-"));
        return;
    case COLUMN_COUNT:
        buffer_append_integer(buffer, *(const unsigned *)member);
        return;
    case COLUMN_TIME:
        buffer_append_integer(buffer, *(const int64_t *)member);
        return;
    case COLUMN_BACK:
        if (ticket->is_put_back)
            buffer_append_integer(buffer, ticket->back);
        else
            buffer_append_byte(buffer, '-');
        return;
    case COLUMN_SALT:
        buffer_append(buffer, text_bytes(member, SALT_BYTES));
        return;
    }
}

void ticket_append_record(struct buffer *buffer, const struct ticket *ticket)
{
    for (size_t i = 0; i < TICKET_COLUMNS; i++) {
        if (i)
            buffer_append_byte(buffer, ' ');
        append_column(buffer, &columns[i], ticket);
    }
}

void ticket_append_number(struct buffer *buffer, struct text prefix, uint32_t number)
{
    buffer_append(buffer, prefix);
    buffer_printf(buffer, "%03u", number);
}

bool ticket_parse_key(struct text key, struct text *issuer, uint32_t *number)
{
    int64_t value;

    if (!text_split(&key, '/', issuer) || !issuer->length || key.length < 2 ||
        key.data[0] != KIND_TICKET || key.data[1] == '0' ||
        !text_to_integer(text_part(key, 1, key.length), 1, INT32_MAX, &value))
        return false;
    *number = (uint32_t)value;
    return true;
}

void ticket_append_key(struct buffer *buffer, struct text issuer, uint32_t number)
{
    buffer_append(buffer, issuer);
    buffer_printf(buffer, "/%c%u", KIND_TICKET, number);
}

bool ticket_key_is_before(struct text a, struct text b)
{
    struct text issuer_a, issuer_b;
    uint32_t number_a, number_b;
    int order;

    if (!ticket_parse_key(a, &issuer_a, &number_a))
        return false;
    if (!ticket_parse_key(b, &issuer_b, &number_b))
        return true;
    order = text_compare(issuer_a, issuer_b);
    return order ? order < 0 : number_a < number_b;
}

bool ticket_id(struct text hall, day_number day, struct text key, const struct ticket *ticket,
               struct reservation_id *id)
{
    *id = (struct reservation_id){.hall = hall, .day = day, .kind = KIND_TICKET};
    memcpy(id->salt, ticket->salt, SALT_BYTES);
    return ticket_parse_key(key, &id->queue, &id->sequence);
}

bool ticket_parse_id(struct text text, struct reservation_id *id)
{
    return reservation_parse_id(text, id) && id->kind == KIND_TICKET;
}

bool ticket_is_known_by(const struct ticket *ticket, const struct reservation_id *id)
{
    return memcmp(ticket->salt, id->salt, SALT_BYTES) == 0;
}
