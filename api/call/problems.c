/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/problems.h"

#include "api/call/accept.h"

static const struct {
    unsigned status;
    const char *type;
    struct message title;
} problems[PROBLEM_COUNT] = {
#define PROBLEM_ROW(name, status, type, zh, en) [PROBLEM_##name] = {status, type, {zh, en}},
    PROBLEMS(PROBLEM_ROW)
#undef PROBLEM_ROW
};

unsigned problem_status(enum problem problem)
{
    return problems[problem].status;
}

const char *problem_type(enum problem problem)
{
    return problems[problem].type;
}

static const char *said(struct message message, bool english)
{
    return english ? message.en : message.zh;
}

void problem_append(struct buffer *json, enum problem problem, bool english, struct message detail,
                    struct text members)
{
    buffer_printf(json, "{\"type\":\"/problems/%s\",\"title\":", problems[problem].type);
    buffer_append_json(json, text_of(said(problems[problem].title, english)));
    buffer_printf(json, ",\"status\":%u,\"detail\":", problems[problem].status);
    buffer_append_json(json, text_of(said(detail, english)));
    buffer_append(json, members);
    buffer_append_byte(json, '}');
}

bool prefers_english(struct text accept_language)
{
    double english = 0, chinese = 0;
    struct text range, tag;

    if (!accept_language.length)
        return false;
    while (text_split(&accept_language, ',', &range)) {
        double weight;
        text_split(&range, ';', &tag);
        weight = accept_weight(range);
        tag = text_trim(tag);
        if (text_equal_folded(text_part(tag, 0, 2), TEXT("en")) && weight > english)
            english = weight;
        else if (text_equal_folded(text_part(tag, 0, 2), TEXT("zh")) && weight > chinese)
            chinese = weight;
    }
    return english > chinese;
}
