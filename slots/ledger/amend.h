/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/ledger/ledger_call.h"
#include "slots/ledger/lookup.h"
#include "slots/ledger/reach.h"
#include "slots/ledger/refusal.h"

/* What changes a reservation where it stands: it is found, looked at, and changed by one ledger
 * call. When something has changed in between, all of it again. */

struct amendment;

/* Called once, never from inside: `status` is 0 or a negative store_status. With 0, `refusal` says
 * why nothing was changed, or is of REFUSAL_NONE: then the lookup holds it as it is now. Both are
 * valid in the call. */
typedef void amend_callback(void *owner, int status, const struct refusal *refusal,
                            const struct amendment *amendment);

/* Looks at what was found, and starts and fills the call: REFUSAL_NONE when it is to be sent, else
 * why not, with `state` for REFUSAL_STATE; then it is dropped. REFUSAL_UNKNOWN: it cannot be
 * understood. */
typedef enum refusal_kind amend_prepare(struct amendment *amendment, struct ledger_call *call);

struct amendment {
    struct lookup lookup; /* its reservation is valid in the callback, except when it is missing */
    enum reservation_status state; /* which is in the way, perhaps of a package's later step */
    struct text argument;          /* the caller's, for the Function */

    /* Inside. */
    struct reach reach;
    unsigned attempts;
    amend_prepare *prepare;
    amend_callback *callback;
    void *owner;
};

/* `id`, the reach and the texts are copied. */
void amend_start(struct city *city, const struct reservation_id *id, const struct reach *reach,
                 amend_prepare *prepare, struct text argument, amend_callback *callback,
                 void *owner);
