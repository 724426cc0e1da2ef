/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/pager.h"

#include <inttypes.h>
#include <stdio.h>

enum { QUERY_CHARS = 8 };

/* Which list it is: of which path, chosen by what. */
static uint32_t hash_query(struct call *call, const char *const *filters)
{
    struct buffer query = {0};
    uint32_t hash;

    buffer_append(&query, call->request->path);
    for (; *filters; filters++) {
        struct text value = call_query(call, *filters);
        buffer_printf(&query, "%c%s%c", 0, *filters, value.data ? '=' : '-');
        buffer_append(&query, value);
    }
    hash = text_hash(buffer_text(&query));
    buffer_free(&query);
    return hash;
}

/* 'QUERY.ITEM', the query in hexadecimal digits. */
static bool parse_cursor(struct pager *pager, struct text cursor)
{
    char query[QUERY_CHARS + 1];
    struct text first;

    snprintf(query, sizeof query, "%08" PRIx32, pager->query);
    if (!text_split(&cursor, '.', &first) || !text_is(first, query) || !cursor.length)
        return false;
    pager->after = cursor;
    return true;
}

void pager_fault(struct call *call, struct faults *faults)
{
    call_fault(call, faults, "/cursor",
               MESSAGE("须为同一查询上一页答复中的 next。",
                       "This must be next of the page before, of the same query."));
}

void pager_begin(struct pager *pager, struct call *call, struct faults *faults, const char *name,
                 const char *const *filters)
{
    struct text limit = call_query(call, "limit"), cursor = call_query(call, "cursor");
    int64_t number = PAGE_MAX;

    *pager = (struct pager){.query = hash_query(call, filters)};
    if (limit.data && !text_to_integer(limit, 1, PAGE_MAX, &number))
        call_fault(call, faults, "/limit",
                   MESSAGE("须为 1 至 1000 的整数。", "This must be an integer from 1 to 1000."));
    if (cursor.data && !parse_cursor(pager, cursor))
        pager_fault(call, faults);
    pager->limit = (unsigned)number;
    json_open(&pager->json, NULL, '{');
    json_open(&pager->json, name, '[');
}

void pager_free(struct pager *pager)
{
    buffer_free(&pager->json);
    buffer_free(&pager->last);
}

struct buffer *pager_item(struct pager *pager, struct text item)
{
    if (pager->given == pager->limit) {
        pager->has_more = true;
        return NULL;
    }
    pager->given++;
    buffer_clear(&pager->last);
    buffer_printf(&pager->last, "%08" PRIx32 "." TEXT_FMT, pager->query, TEXT_ARG(item));
    return &pager->json;
}

void pager_answer(struct pager *pager, struct call *call, int status)
{
    struct buffer body = pager->json;

    buffer_append_byte(&body, ']');
    json_put_or_null(&body, "next", pager->has_more ? buffer_text(&pager->last) : TEXT_NONE);
    buffer_append_byte(&body, '}');
    buffer_free(&pager->last); /* the pager may go with the call */
    if (status < 0) {
        buffer_free(&body);
        call_store_problem(call, status);
    } else {
        call_answer(call, 200, &body, TEXT_NONE);
    }
}
