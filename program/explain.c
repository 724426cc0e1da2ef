/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "program/explain.h"

#include "api/json/calling_reason.h"
#include "api/json/ticket.h"
#include "scheduler/floor_lines.h"

/* --- What was said of queues and windows --- */

/* A count or a text by a name. */
struct note {
    struct list in_list;
    struct text name, value;
    int64_t count;
};

static struct note *find_note(const struct list *list, struct text name)
{
    LIST_FOREACH(list, item)
    {
        struct note *note = CONTAINER_OF(item, struct note, in_list);
        if (text_equal(note->name, name))
            return note;
    }
    return NULL;
}

static struct note *note_of(struct explanation *explanation, struct list *list, struct text name)
{
    struct note *note = find_note(list, name);

    if (note)
        return note;
    note = arena_new(&explanation->arena, sizeof *note);
    note->name = name;
    list_append(list, &note->in_list);
    return note;
}

static bool is_listed(struct text list, struct text word)
{
    struct text one;

    while (text_split(&list, ',', &one))
        if (text_equal(one, word))
            return true;
    return false;
}

/* Whether the window could have called the ticket: by what it was opened for, or by the catalogue
 * where the ledger does not say. */
static bool could_call(const struct explanation *explanation, struct text window)
{
    const struct note *opened = find_note(&explanation->windows, window);
    const struct queue *queue = hall_queue(explanation->hall, explanation->queue);

    if (explanation->directed.length)
        return text_equal(explanation->directed, window);
    if (opened)
        return is_listed(opened->value, explanation->queue);
    for (size_t w = 0; queue && w < queue->window_count; w++)
        if (text_equal(queue->windows[w].id, window))
            return true;
    return false;
}

/* --- Words --- */

static void append_time(const struct explanation *explanation, int64_t ms)
{
    int64_t seconds = ms / 1000 + explanation->catalogue->utc_offset_minutes * INT64_C(60);

    seconds %= 86400;
    buffer_printf(explanation->out, "%02d:%02d:%02d", (int)(seconds / 3600),
                  (int)(seconds / 60 % 60), (int)(seconds % 60));
}

/* Begins a line. */
static void at(const struct explanation *explanation, int64_t ms)
{
    append_time(explanation, ms);
    buffer_append(explanation->out, TEXT("  "));
}

/* What the key's queue had before its numbers on that day; empty when nothing was recorded. */
static struct text prefix_of(const struct explanation *explanation, struct text key)
{
    struct text rest = explanation->prefixes, word, queue, issuer;
    uint32_t number;

    if (!ticket_parse_key(key, &issuer, &number))
        return TEXT_NONE;
    while (rest.length && text_split(&rest, ' ', &word))
        if (text_split(&word, '=', &queue) && text_equal(queue, issuer))
            return word;
    return TEXT_NONE;
}

static void append_ticket(const struct explanation *explanation, struct text key)
{
    struct text prefix = prefix_of(explanation, key);

    ticket_append_spoken_number(explanation->out, explanation->hall, key, prefix);
}

static double weight(const struct explanation *explanation, enum ticket_class class)
{
    return floor_weight(hall_queue(explanation->hall, explanation->queue), class);
}

/* "walk_in, 0.5 × 900 s = 450.0" */
static void append_credit(struct buffer *out, struct text class, double weight, double seconds,
                          double credit)
{
    buffer_printf(out, TEXT_FMT ", %g × %.0f s = %.1f", TEXT_ARG(class), weight, seconds, credit);
}

static void append_earning(const struct explanation *explanation)
{
    struct buffer *out = explanation->out;

    if (explanation->is_early) {
        buffer_printf(out, "as walk_in %g a second from ",
                      weight(explanation, TICKET_CLASS_WALK_IN));
        append_time(explanation, explanation->arrived_ms);
        buffer_append(out, TEXT(", "));
    }
    buffer_printf(out, "as %s %g a second from ", ticket_class_name(explanation->class),
                  weight(explanation, explanation->class));
    append_time(explanation, explanation->earns_ms);
}

static int64_t calls_left(const struct explanation *explanation)
{
    const struct note *calls = find_note(&explanation->queues, explanation->queue);

    return explanation->back - (calls ? calls->count : 0);
}

/* What the ticket itself had at that moment. */
static void append_own(const struct explanation *explanation, int64_t ms)
{
    enum ticket_class class = explanation->class;
    int64_t from = explanation->earns_ms;
    double own = ms >= from ? weight(explanation, class) * (double)(ms - from) / 1000 : -1;
    double early =
        weight(explanation, TICKET_CLASS_WALK_IN) * (double)(ms - explanation->arrived_ms) / 1000;

    append_ticket(explanation, explanation->key);
    if (explanation->is_put_back) {
        buffer_printf(explanation->out, " was put back, due after %lld more calls",
                      (long long)(calls_left(explanation) > 0 ? calls_left(explanation) : 0));
        return;
    }
    if (explanation->is_early && early > own) {
        class = TICKET_CLASS_WALK_IN;
        from = explanation->arrived_ms;
        own = early;
    }
    if (own < 0) {
        buffer_append(explanation->out, TEXT(" earned nothing yet"));
        return;
    }
    buffer_append(explanation->out, TEXT(" had "));
    append_credit(explanation->out, text_of(ticket_class_name(class)), weight(explanation, class),
                  (double)(ms - from) / 1000, own);
}

/* --- Reasons --- */

/* By which rule a window called somebody. */
static void append_rule(const struct explanation *explanation, const struct calling_reason *reason)
{
    struct buffer *out = explanation->out;
    const struct calling_standing *own = &reason->own;

    switch (reason->rule) {
    case CALLED_CHOSEN:
        buffer_append(out, TEXT("because its clerk chose it"));
        break;
    case CALLED_PUT_BACK:
        buffer_append(out, TEXT("because it was put back and its turn had come"));
        break;
    case CALLED_BY_CREDIT:
    case CALLED_ONLY_ONE:
        buffer_append(out, TEXT("by credit: "));
        append_credit(out, own->class, own->weight, own->waited_seconds, own->credit);
        break;
    }
}

static void append_next_best(const struct explanation *explanation,
                             const struct calling_reason *reason)
{
    if (reason->rule == CALLED_ONLY_ONE)
        buffer_append(explanation->out, TEXT("; nobody else waited there"));
    if (!reason->next.ticket.length)
        return;
    buffer_append(explanation->out, TEXT("; behind it "));
    append_ticket(explanation, reason->next.ticket);
    if (reason->next.has_credit)
        buffer_printf(explanation->out, " with %.1f", reason->next.credit);
}

/* --- The ledger --- */

struct entry {
    int64_t ms;
    struct text op, window, key, rest;
};

static bool read_entry(struct text line, struct entry *entry)
{
    struct text ms;

    if (!text_split(&line, ' ', &ms) || !text_to_integer(ms, 0, INT64_MAX, &entry->ms) ||
        !text_split(&line, ' ', &entry->op) || !text_split(&line, ' ', &entry->window) ||
        !text_split(&line, ' ', &entry->key))
        return false;
    entry->rest = line;
    return true;
}

static void tell_unreadable(const struct explanation *explanation, struct text line)
{
    buffer_printf(explanation->out, "the ledger says what cannot be read: " TEXT_FMT "\n",
                  TEXT_ARG(line));
}

static void say(const struct explanation *explanation, const struct entry *entry, const char *what)
{
    at(explanation, entry->ms);
    buffer_printf(explanation->out, "%s " TEXT_FMT "\n", what, TEXT_ARG(entry->window));
}

static struct text next_word(struct entry *entry)
{
    struct text word = TEXT_NONE;

    text_split(&entry->rest, ' ', &word);
    return word;
}

static void on_issued(struct explanation *explanation, struct entry *entry)
{
    explanation->is_known = explanation->waits = true;
    explanation->queue = next_word(entry);
    explanation->class = (enum ticket_class)(next_word(entry).data[0]);
    explanation->arrived_ms = explanation->earns_ms = entry->ms;
    text_to_integer(next_word(entry), 0, INT64_MAX, &explanation->earns_ms);
    explanation->is_early = explanation->earns_ms > entry->ms;
    at(explanation, entry->ms);
    append_ticket(explanation, explanation->key);
    buffer_printf(explanation->out, " issued for queue " TEXT_FMT ", earns ",
                  TEXT_ARG(explanation->queue));
    append_earning(explanation);
    buffer_append_byte(explanation->out, '\n');
}

static void on_requeued(struct explanation *explanation, struct entry *entry)
{
    explanation->queue = next_word(entry);
    next_word(entry);
    explanation->is_put_back = text_to_integer(next_word(entry), 0, INT64_MAX, &explanation->back);
    explanation->waits = true;
    explanation->directed = TEXT_NONE;
    at(explanation, entry->ms);
    buffer_printf(explanation->out,
                  "waits again in queue " TEXT_FMT ", due after %lld more calls\n",
                  TEXT_ARG(explanation->queue), (long long)calls_left(explanation));
}

/* "queue B", "window 3", "window 3 in queue B" */
static void append_target(struct buffer *out, struct text queue, struct text window)
{
    if (window.length)
        buffer_printf(out, "window " TEXT_FMT, TEXT_ARG(window));
    if (window.length && queue.length)
        buffer_append(out, TEXT(" in "));
    if (queue.length)
        buffer_printf(out, "queue " TEXT_FMT, TEXT_ARG(queue));
}

static struct text unless_dash(struct text word)
{
    return text_is(word, "-") ? TEXT_NONE : word;
}

/* 'QUEUE WINDOW', '-' for what stays as it is, or only the queue of a package's next step. */
static void on_transferred(struct explanation *explanation, struct entry *entry)
{
    struct text queue = unless_dash(next_word(entry)), window = next_word(entry);
    bool is_step = !window.data;

    explanation->waits = true;
    explanation->is_early &= explanation->earns_ms > entry->ms && !is_step;
    if (is_step) {
        explanation->earns_ms = entry->ms;
        if (explanation->class != TICKET_CLASS_PRIORITY)
            explanation->class = TICKET_CLASS_APPOINTMENT;
    }
    if (queue.length)
        explanation->queue = queue;
    explanation->directed = unless_dash(window);
    at(explanation, entry->ms);
    buffer_printf(explanation->out, "%s at window " TEXT_FMT ", waits for ",
                  is_step ? "this step is done" : "sent on", TEXT_ARG(entry->window));
    append_target(explanation->out, queue, explanation->directed);
    buffer_append(explanation->out, TEXT(", earns "));
    append_earning(explanation);
    buffer_append_byte(explanation->out, '\n');
}

/* The only window that was to call it has closed. */
static void on_returned(struct explanation *explanation, struct entry *entry)
{
    explanation->directed = TEXT_NONE;
    at(explanation, entry->ms);
    buffer_printf(explanation->out, "window " TEXT_FMT " closed, waits for ",
                  TEXT_ARG(entry->window));
    append_target(explanation->out, next_word(entry), TEXT_NONE);
    buffer_append_byte(explanation->out, '\n');
}

static void on_called(struct explanation *explanation, struct entry *entry,
                      const struct calling_reason *reason)
{
    at(explanation, entry->ms);
    buffer_printf(explanation->out, "called to window " TEXT_FMT " ", TEXT_ARG(entry->window));
    append_rule(explanation, reason);
    append_next_best(explanation, reason);
    buffer_append_byte(explanation->out, '\n');
    explanation->waits = explanation->is_put_back = false;
    explanation->directed = TEXT_NONE;
}

/* Somebody else was called. */
static void on_other_called(const struct explanation *explanation, const struct entry *entry,
                            const struct calling_reason *reason)
{
    if (!explanation->waits || !could_call(explanation, entry->window))
        return;
    at(explanation, entry->ms);
    buffer_printf(explanation->out, "window " TEXT_FMT " called ", TEXT_ARG(entry->window));
    append_ticket(explanation, entry->key);
    buffer_append_byte(explanation->out, ' ');
    append_rule(explanation, reason);
    buffer_append(explanation->out, TEXT("; "));
    append_own(explanation, entry->ms);
    buffer_append_byte(explanation->out, '\n');
}

static void on_call(struct explanation *explanation, struct entry *entry)
{
    struct text queue = next_word(entry);
    struct calling_reason reason;

    next_word(entry);
    if (!calling_reason_parse(&explanation->arena, entry->rest, &reason))
        tell_unreadable(explanation, entry->rest);
    else if (text_equal(entry->key, explanation->key))
        on_called(explanation, entry, &reason);
    else
        on_other_called(explanation, entry, &reason);
    note_of(explanation, &explanation->queues, queue)->count++;
}

/* What happens to the ticket itself, beside being called. */
static const struct {
    const char *op, *words;
    void (*act)(struct explanation *explanation, struct entry *entry);
} own[] = {
    {"issued", NULL, on_issued},           {"requeued", NULL, on_requeued},
    {"transferred", NULL, on_transferred}, {"recalled", "called again to window", NULL},
    {"missed", "missed at window", NULL},  {"parked", "parked at window", NULL},
    {"resumed", "back at window", NULL},   {"finished", "done at window", NULL},
    {"returned", NULL, on_returned},
};

static void on_own(struct explanation *explanation, struct entry *entry)
{
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (text_is(entry->op, own[i].op)) {
            if (own[i].act)
                own[i].act(explanation, entry);
            else
                say(explanation, entry, own[i].words);
        }
}

void explain_begin(struct explanation *explanation, const struct catalogue *catalogue,
                   const struct hall *hall, struct text key, struct text prefixes,
                   struct buffer *out)
{
    *explanation = (struct explanation){
        .catalogue = catalogue, .hall = hall, .key = key, .prefixes = prefixes, .out = out};
    list_init(&explanation->queues);
    list_init(&explanation->windows);
}

void explain_line(struct explanation *explanation, struct text line)
{
    struct entry entry;

    if (!read_entry(line, &entry))
        tell_unreadable(explanation, line);
    else if (text_is(entry.op, "opened"))
        note_of(explanation, &explanation->windows, entry.window)->value = entry.rest;
    else if (text_is(entry.op, "called"))
        on_call(explanation, &entry);
    else if (text_equal(entry.key, explanation->key))
        on_own(explanation, &entry);
}

void explain_end(struct explanation *explanation, const struct ticket *ticket)
{
    if (ticket->status == TICKET_WAITING)
        buffer_append(explanation->out, TEXT("it still waits\n"));
    else if (ticket->status == TICKET_CANCELLED) {
        at(explanation, ticket->finished_ms);
        buffer_append(explanation->out, TEXT("lapsed\n"));
    }
    arena_free(&explanation->arena);
}
