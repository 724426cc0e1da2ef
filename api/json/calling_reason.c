/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/calling_reason.h"

#include "api/json/ticket.h"

static const char *const rule_names[] = {
    [CALLED_BY_CREDIT] = "credit",
    [CALLED_PUT_BACK] = "put_back",
    [CALLED_CHOSEN] = "chosen",
    [CALLED_ONLY_ONE] = "only_one",
};

enum { RULES = sizeof rule_names / sizeof *rule_names };

/* --- Reading --- */

static double number_in(const struct json *json, const char *name)
{
    const struct json *number = json_member(json, name);

    return json_kind(number) == JSON_NUMBER ? json_number(number) : 0;
}

static struct calling_standing read_standing(const struct json *json)
{
    return (struct calling_standing){
        .ticket = json_text(json_member(json, "ticket")),
        .class = json_text(json_member(json, "class")),
        .has_credit = json_has(json, "credit"),
        .weight = number_in(json, "weight"),
        .waited_seconds = number_in(json, "waited_seconds"),
        .credit = number_in(json, "credit"),
    };
}

bool calling_reason_parse(struct arena *arena, struct text json, struct calling_reason *reason)
{
    const struct json *object = json_parse(arena, json, NULL);
    struct text rule = json_text(json_member(object, "rule"));
    unsigned r = 0;

    while (r < RULES && !text_is(rule, rule_names[r]))
        r++;
    *reason = (struct calling_reason){
        .rule = (enum calling_rule)r,
        .own = read_standing(object),
        .next = read_standing(json_member(object, "next_best")),
    };
    return r < RULES && reason->own.ticket.length;
}

/* --- Writing --- */

static struct message name_of_class(struct text class)
{
    static const struct {
        const char *class;
        struct message name;
    } names[] = {{"walk_in", {"现场号", "walk-in"}},
                 {"appointment", {"预约号", "appointment"}},
                 {"priority", {"优先号", "priority"}},
                 {"put_back", {"回队号", "put back"}}};
    size_t i = 0;

    while (i + 1 < sizeof names / sizeof *names && !text_is(class, names[i].class))
        i++;
    return names[i].name;
}

static void say(struct buffer *out, struct message words, bool english)
{
    buffer_append(out, text_of(english ? words.en : words.zh));
}

/* "预约号，权重 1 × 900 秒 = 900.0" */
static void append_credit(struct buffer *out, const struct calling_standing *standing, bool english)
{
    say(out, name_of_class(standing->class), english);
    buffer_printf(out, english ? ", %g × %.0f s = %.1f" : "，权重 %g × %.0f 秒 = %.1f",
                  standing->weight, standing->waited_seconds, standing->credit);
}

static void append_next(struct buffer *out, const struct hall *hall, const struct floor *floor,
                        const struct calling_standing *next, bool english)
{
    if (!next->ticket.length)
        return;
    say(out, MESSAGE("；其次为 ", "; next would be "), english);
    ticket_append_spoken_number(out, hall, next->ticket, ticket_prefix_today(floor, next->ticket));
    say(out, MESSAGE("（", " ("), english);
    if (next->has_credit)
        append_credit(out, next, english);
    else
        say(out, name_of_class(next->class), english);
    say(out, MESSAGE("）", ")"), english);
}

static void append_sentence(struct buffer *out, const struct hall *hall, const struct floor *floor,
                            const struct calling_reason *reason, bool english)
{
    static const struct message sentences[RULES] = {
        [CALLED_BY_CREDIT] = {"累积优先值最高：", "the largest credit: "},
        [CALLED_PUT_BACK] = {"回队已到位", "it was put back and its turn has come"},
        [CALLED_CHOSEN] = {"窗口点呼", "the clerk chose it"},
        [CALLED_ONLY_ONE] = {"本窗口仅此一号等候", "nobody else waits for this window"},
    };

    say(out, sentences[reason->rule], english);
    if (reason->rule == CALLED_BY_CREDIT)
        append_credit(out, &reason->own, english);
    append_next(out, hall, floor, &reason->next, english);
}

/* The members of a standing, without the braces. */
static void append_standing(struct buffer *json, const struct hall *hall, const struct floor *floor,
                            const struct calling_standing *standing)
{
    ticket_put_number(json, "ticket", hall, standing->ticket,
                      ticket_prefix_today(floor, standing->ticket));
    if (standing->class.length)
        json_put(json, "class", standing->class);
    if (standing->has_credit)
        buffer_printf(json, ",\"weight\":%g,\"waited_seconds\":%.0f,\"credit\":%.1f",
                      standing->weight, standing->waited_seconds, standing->credit);
}

void calling_reason_append_json(struct buffer *json, const struct hall *hall,
                                const struct floor *floor, const struct calling_reason *reason,
                                bool english)
{
    struct buffer sentence = {0};

    append_sentence(&sentence, hall, floor, reason, english);
    json_open(json, NULL, '{');
    json_put(json, "rule", text_of(rule_names[reason->rule]));
    json_put(json, "text", buffer_text(&sentence));
    append_standing(json, hall, floor, &reason->own);
    if (reason->next.ticket.length) {
        json_open(json, "next_best", '{');
        append_standing(json, hall, floor, &reason->next);
        buffer_append_byte(json, '}');
    }
    buffer_append_byte(json, '}');
    buffer_free(&sentence);
}
