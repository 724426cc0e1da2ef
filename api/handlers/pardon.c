/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/pardon.h"

#include "api/call/body.h"
#include "api/call/caller.h"
#include "api/handlers/handlers.h"
#include "api/json/amendments.h"

enum { REASON_CHARS_MAX = 100 };

static void pardoned(void *owner, int status, const struct refusal *refusal,
                     const struct amendment *amendment)
{
    amendment_answer(owner, status, refusal, amendment, METRIC_PARDONED,
                     MESSAGE("只有记为爽约且尚未撤销的预约可以撤销爽约。",
                             "Only a no-show that was not pardoned before can be pardoned."));
}

static bool is_reason(struct text reason)
{
    return text_trim(reason).length && text_rune_count(reason) <= REASON_CHARS_MAX &&
           reason.length <= PARDON_REASON_BYTES_MAX;
}

void handle_pardon(struct call *call)
{
    struct reservation_id id = amendment_id(call);
    struct reach reach = caller_reach(call);
    struct faults faults = {0};
    struct body_reader body = {.call = call, .faults = &faults};
    struct text reason;

    if (!body_parse(&body))
        return;
    body_only(&body, "reason");
    if (body_text(&body, "reason", true, &reason) && !is_reason(reason))
        body_fault(&body, "reason",
                   MESSAGE("须写明理由，1 至 100 个字符，其中汉字不超过 85 个。",
                           "Say why: 1 to 100 characters, 255 bytes of UTF-8 at most."));
    if (!call_refuse_faults(call, &faults))
        pardon_reservation(call->city, &id, &reach, reason, pardoned, call);
}
