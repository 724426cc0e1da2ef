/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/caller.h"

#include "base/clock.h"

/* The bearer's token of the Authorization header; no data when there is none. */
static struct text bearer_of(const struct call *call)
{
    static const struct text scheme = {"Bearer ", 7};
    struct text authorization = call->request->authorization;

    if (authorization.length <= scheme.length ||
        !text_equal_folded(text_part(authorization, 0, scheme.length), scheme))
        return TEXT_NONE;
    return text_trim(text_part(authorization, scheme.length, authorization.length));
}

bool caller_identify(struct call *call, struct text bearer)
{
    const struct token *token =
        tokens_find(&call->api->tokens, bearer.data ? bearer : bearer_of(call));

    if (!token || (token->expires_at_ms && token->expires_at_ms <= clock_now_ms()))
        return false;
    call->token = *token;
    return true;
}

struct text caller_booker(const struct call *call)
{
    const struct token *token = &call->token;

    return token->role == ROLE_GATEWAY
               ? text_bytes(token->principal_bytes, sizeof token->principal_bytes)
               : TEXT_NONE;
}

struct reach caller_reach(const struct call *call)
{
    const struct token *token = &call->token;

    return (struct reach){
        .hall = text_of(token->hall),
        .creator = token->role == ROLE_GATEWAY ? ROLE_GATEWAY : 0,
        .booker = caller_booker(call),
    };
}
