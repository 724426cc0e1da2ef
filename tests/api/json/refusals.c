/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/refusals.h"

#include <stdlib.h>
#include <string.h>

#include "tests/leaks.h"

/* A city that says nothing, and a process that counts answers. */
static struct catalogue catalogue;
static struct edition edition = {.catalogue = &catalogue};
static struct city city = {.edition = &edition};
static struct api api;

static void set_up(void)
{
    int fd;

    api.metrics = metrics_create(&fd);
    cr_assert_not_null(api.metrics);
}

TestSuite(refusals, .init = set_up, .timeout = 20);

/* Of a class of status, "4xx". */
static unsigned count_answers(const char *class)
{
    struct buffer page = {0}, name = {0};
    const char *at;
    unsigned count;

    metrics_append(api.metrics, &page);
    buffer_append_byte(&page, '\0');
    buffer_printf(&name, "jiaohao_http_responses_total{class=\"%s\"} %c", class, '\0');
    at = strstr(page.data, name.data);
    cr_assert_not_null(at);
    count = (unsigned)atoi(at + strlen(name.data));
    buffer_free(&page);
    buffer_free(&name);
    return count;
}

/* Whose client has gone: what is answered is counted alone. */
static struct call *call_of_nobody(void)
{
    struct call *call = memory_new(sizeof *call);

    call->api = &api;
    call->city = &city;
    return call;
}

/* A row that is left out would count a booking that was not made. */
Test(refusals, each_has_its_row)
{
    for (enum refusal_kind kind = 0; kind < REFUSAL_COUNT; kind++)
        cr_expect_eq(refusal_metric(kind) == METRIC_BOOKED, kind == REFUSAL_NONE, "kind %d", kind);
}

Test(refusals, each_is_answered_once_without_details)
{
    unsigned unreadable = 0;

    for (enum refusal_kind kind = 0; kind < REFUSAL_COUNT; kind++) {
        unsigned before = count_answers("5xx");
        refusal_answer_kind(call_of_nobody(), kind);
        unreadable += count_answers("5xx") > before;
        cr_expect_eq(count_answers("4xx") + count_answers("5xx"), (unsigned)kind + 1, "kind %d",
                     kind);
    }
    /* None, unknown, no service, not in draw; not open, stale, again; the four that name another
     * reservation, which is not there. */
    cr_expect_eq(unreadable, 11);
    assert_no_leaks();
}
