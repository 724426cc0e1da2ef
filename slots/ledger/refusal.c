/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/ledger/refusal.h"

#include "slots/ledger/ledger_call.h"

static const struct {
    const char *word;
    enum refusal_kind kind;
} words[] = {
    {"ok", REFUSAL_NONE},         {"state", REFUSAL_STATE}, {"missing", REFUSAL_MISSING},
    {"stale", REFUSAL_STALE},     {"again", REFUSAL_AGAIN}, {"F", REFUSAL_FULL},
    {"S", REFUSAL_CLOSED},        {"N", REFUSAL_NOT_OPEN},  {"L", REFUSAL_LIMIT},
    {"Q", REFUSAL_CANCELLATIONS}, {"G", REFUSAL_AGENT},     {"B", REFUSAL_TOO_LATE},
    {"M", REFUSAL_MISMATCH},      {"W", REFUSAL_WAITLIST},
};

/* Letters that are followed by what they need. */
static enum refusal_kind kind_of_letter(char letter)
{
    switch (letter) {
    case 'H':
        return REFUSAL_NOT_GREEN;
    case 'A':
        return REFUSAL_ALREADY;
    case 'O':
        return REFUSAL_OVERLAP;
    case 'P':
        return REFUSAL_SUSPENDED;
    case 'R':
        return REFUSAL_REPEATED;
    default:
        return REFUSAL_UNKNOWN;
    }
}

static enum refusal_kind kind_of(struct text outcome)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_is(outcome, words[i].word))
            return words[i].kind;
    return outcome.length > 1 ? kind_of_letter(outcome.data[0]) : REFUSAL_UNKNOWN;
}

struct refusal refusal_parse(struct text outcome, const struct store_reply *reply)
{
    struct refusal refusal = {.kind = kind_of(outcome)};
    struct text rest = text_part(outcome, 1, outcome.length);
    struct text record = store_reply_text_at(reply, LEDGER_DETAILS);

    if (refusal.kind == REFUSAL_NOT_GREEN)
        refusal.health = rest.data[0];
    else if (refusal.kind == REFUSAL_SUSPENDED)
        text_to_integer(rest, 0, INT64_MAX, &refusal.until_s);
    else if (refusal.kind == REFUSAL_ALREADY || refusal.kind == REFUSAL_OVERLAP ||
             refusal.kind == REFUSAL_REPEATED)
        refusal.has_other = reservation_parse_place(rest, &refusal.other.id) &&
                            reservation_parse_record(record, &refusal.other);
    else if (refusal.kind == REFUSAL_STATE)
        refusal.has_other = reservation_parse_record(record, &refusal.other);
    return refusal;
}
