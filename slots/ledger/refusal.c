/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/ledger/refusal.h"

/* How the Functions say it; behind '+' follows what is said of it. */
static const char *const words[REFUSAL_COUNT] = {
    [REFUSAL_NONE] = "ok",     [REFUSAL_FULL] = "F",          [REFUSAL_CLOSED] = "S",
    [REFUSAL_NOT_OPEN] = "N",  [REFUSAL_NOT_GREEN] = "H+",    [REFUSAL_ALREADY] = "A+",
    [REFUSAL_OVERLAP] = "O+",  [REFUSAL_LIMIT] = "L",         [REFUSAL_SUSPENDED] = "P+",
    [REFUSAL_AGENT] = "G",     [REFUSAL_CANCELLATIONS] = "Q", [REFUSAL_WAITLIST] = "W",
    [REFUSAL_TOO_LATE] = "B",  [REFUSAL_REPEATED] = "R+",     [REFUSAL_MISMATCH] = "M",
    [REFUSAL_STATE] = "state", [REFUSAL_MISSING] = "missing", [REFUSAL_STALE] = "stale",
    [REFUSAL_AGAIN] = "again",
};

static bool says(struct text outcome, const char *word)
{
    return word[1] == '+' ? outcome.length > 1 && outcome.data[0] == word[0]
                          : text_is(outcome, word);
}

static enum refusal_kind kind_of(struct text outcome)
{
    for (enum refusal_kind kind = 0; kind < REFUSAL_COUNT; kind++)
        if (words[kind] && says(outcome, words[kind]))
            return kind;
    return REFUSAL_UNKNOWN;
}

struct refusal refusal_parse(struct text outcome, struct text record)
{
    struct refusal refusal = {.kind = kind_of(outcome)};
    struct text rest = text_part(outcome, 1, outcome.length);

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
