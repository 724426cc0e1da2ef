/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/accept.h"

/* How exactly a range names a media type. */
enum exactness { EXACTNESS_NONE, EXACTNESS_ANY, EXACTNESS_TYPE, EXACTNESS_WHOLE };

struct liking {
    enum exactness exactness;
    double weight;
};

double accept_weight(struct text parameters)
{
    struct text part;
    double weight = 1;

    while (text_split(&parameters, ';', &part)) {
        part = text_trim(part);
        if (text_equal_folded(text_part(part, 0, 2), TEXT("q=")))
            text_to_number(text_part(part, 2, part.length), &weight);
    }
    return weight;
}

static enum exactness exactness_of(struct text range, struct text media)
{
    struct text rest = media, type;

    text_split(&rest, '/', &type);
    if (text_equal_folded(range, media))
        return EXACTNESS_WHOLE;
    if (text_is(range, "*/*"))
        return EXACTNESS_ANY;
    if (range.length == type.length + 2 &&
        text_equal_folded(text_part(range, 0, type.length), type) &&
        text_is(text_part(range, type.length, 2), "/*"))
        return EXACTNESS_TYPE;
    return EXACTNESS_NONE;
}

/* The range that names it most exactly says its weight. */
static struct liking liking_of(struct text accept, struct text media)
{
    struct liking liking = {EXACTNESS_NONE, 0};
    struct text range, name;

    while (text_split(&accept, ',', &range)) {
        enum exactness exactness;
        text_split(&range, ';', &name);
        exactness = exactness_of(text_trim(name), media);
        if (exactness > liking.exactness)
            liking = (struct liking){exactness, accept_weight(range)};
    }
    return liking;
}

bool accept_prefers(struct text accept, struct text wanted, struct text other)
{
    struct liking first = liking_of(accept, wanted), second = liking_of(accept, other);

    if (first.weight != second.weight)
        return first.weight > second.weight;
    return first.weight > 0 && first.exactness > second.exactness;
}
