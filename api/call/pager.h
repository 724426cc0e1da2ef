/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call/call.h"

/* Pages of a list: `{"NAME":[…],"next":CURSOR|null}`, where `next` is null on the last page and no
 * page but the first one of an empty list is empty. A cursor names the last item of its page and
 * the query that it belongs to, and is taken for no other. */

enum { PAGE_MAX = 1000 };

struct pager {
    unsigned limit, given;
    struct text after; /* the item behind which the page begins, as pager_item() was told; no data:
                        * the first page */
    uint32_t query;
    struct buffer json, last;
    bool has_more;
};

/* Reads the parameters `limit` (1 to PAGE_MAX, which is also the default) and `cursor`, and begins
 * the list. `filters`: the parameters that choose its items, ending with NULL. Faults are noted;
 * pager_free() then. */
void pager_begin(struct pager *pager, struct call *call, struct faults *faults, const char *name,
                 const char *const *filters);
void pager_free(struct pager *pager);

/* Notes that `after` is no item of the list. */
void pager_fault(struct call *call, struct faults *faults);

/* Room for one more item, whose name among the others is `item`: it is to be appended to the
 * buffer. NULL when the page is full: there is more, and the list need not be looked at any
 * further. */
struct buffer *pager_item(struct pager *pager, struct text item);

/* Answers with the page, or frees it when the list could not be read (negative store_status). */
void pager_answer(struct pager *pager, struct call *call, int status);
