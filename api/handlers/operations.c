/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/caller.h"
#include "api/handlers/handlers.h"
#include "api/handlers/openapi.h"
#include "api/json/refusals.h"
#include "base/clock.h"
#include "scheduler/calendar_warning.h"
#include "slots/booking/batch.h"
#include "slots/booking/intake.h"
#include "store/settings.h"

static void answer_status(struct call *call, const char *status)
{
    struct buffer body = {0};

    buffer_printf(&body, "{\"status\":\"%s\"}", status);
    call_answer(call, 200, &body, TEXT_NONE);
}

void handle_healthz(struct call *call)
{
    answer_status(call, "ok");
}

/* Why Redis takes no writes, by the error's first word. */
static const struct {
    const char *error, *reason;
    struct message detail;
} refusals[] = {
    {"OOM ",
     "memory-full",
     {"存储服务的内存已满：暂停预约和取号，查询照常。",
      "The store's memory is full: nothing is booked or issued, reads go on."}},
    {"MISCONF ",
     "disk-failing",
     {"存储服务无法写入磁盘：暂停预约和取号，查询照常。",
      "The store cannot write to its disk: nothing is booked or issued, reads go on."}},
    {"READONLY ",
     "read-only",
     {"存储服务是只读副本，不能写入。", "The store is a read-only replica."}},
    {"LOADING ", "loading", {"存储服务正在载入数据。", "The store is loading its data."}},
    {"NOAUTH ",
     "password-refused",
     {"存储服务需要密码，而配置中没有。", "Redis wants a password, and none is configured."}},
    {STORE_PASSWORD_REFUSED,
     "password-refused",
     {"存储服务不接受所配置的用户或密码。", "Redis refuses the user or the password."}},
    {"", "no-answer", {"存储服务没有应答。", "Redis does not answer."}},
};

static void refuse_traffic(struct call *call, struct text error)
{
    size_t i = 0;
    struct buffer members = {0};

    while (!text_starts_with(error, text_of(refusals[i].error)))
        i++; /* every text starts with the last one's */
    buffer_printf(&members, ",\"reason\":\"%s\"", refusals[i].reason);
    call_problem(call, PROBLEM_STORE_UNAVAILABLE, refusals[i].detail, buffer_text(&members));
    buffer_free(&members);
}

static void probed(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct call *call = owner;

    (void)reply;
    if (status == STORE_OK)
        answer_status(call, "ready");
    else
        refuse_traffic(call, store_reason(call->api->store, status));
}

/* A write that writes nothing, for there is no such list: Redis refuses it as it would any other.
 */
void handle_readyz(struct call *call)
{
    store_command(call->api->store, STORE_ARGS(TEXT("LPUSHX"), TEXT("jiaohao:probe"), TEXT("")),
                  1000, probed, call);
}

/* What others count is brought up to date when somebody asks. */
static void sample(struct api *api)
{
    const struct http_statistics *http = http_server_statistics(api->http);
    uint64_t batches = 0, bookings = 0;

    LIST_FOREACH(&api->cities.list, item)
    {
        const struct batch_statistics *statistics =
            batch_statistics(cities_at(item)->intake->gatherer);
        batches += statistics->batches;
        bookings += statistics->bookings;
    }
    metrics_set(api->metrics, METRIC_BATCHES, batches);
    metrics_set(api->metrics, METRIC_BATCHED, bookings);
    metrics_set(api->metrics, METRIC_CONNECTIONS, http->connections_open);
    metrics_set(api->metrics, METRIC_CONNECTIONS_ACCEPTED, http->connections_accepted);
    metrics_set(api->metrics, METRIC_STREAMS, http->streams_open);
    metrics_set(api->metrics, METRIC_STREAMS_CUT_OFF, http->streams_cut_off);
    metrics_set(api->metrics, METRIC_HELD, http->bytes_held);
    metrics_set(api->metrics, METRIC_BYTES_RECEIVED, http->bytes_received);
    metrics_set(api->metrics, METRIC_BYTES_SENT, http->bytes_sent);
}

/* Every worker has every calendar in memory, so this gauge needs no row of the workers' table. */
static void append_calendars(const struct cities *cities, struct buffer *page)
{
    buffer_append(page,
                  TEXT("# HELP jiaohao_calendar_missing_year 1 in the 30 days before a year of "
                       "which no holiday is loaded.\n"
                       "# TYPE jiaohao_calendar_missing_year gauge\n"));
    CITIES_FOREACH(cities, item)
    {
        const struct city *city = cities_at(item);
        if (city->edition)
            buffer_printf(
                page, "jiaohao_calendar_missing_year{city=\"" TEXT_FMT "\"} %d\n",
                TEXT_ARG(city->code),
                calendar_warning_year(&city->edition->catalogue->calendar, city_today(city)) != 0);
    }
}

/* From this machine itself, or with a token of those who run the city; a request that a proxy on
 * this machine passes on comes from elsewhere. */
static bool may_see_metrics(struct call *call)
{
    if (call->request->is_loopback && !http_request_header(call->request, "x-forwarded-for").data)
        return true;
    return caller_identify(call, TEXT_NONE) &&
           (call->token.role == ROLE_CITY_ADMIN || call->token.role == ROLE_AUDITOR);
}

/* Lines that are missing tell that Redis did not. */
static void append_memory(struct text info, struct buffer *page)
{
    static const struct {
        const char *field, *name, *help;
    } figures[] = {
        {"used_memory", "jiaohao_store_memory_used_bytes", "Memory that Redis uses."},
        {"maxmemory", "jiaohao_store_memory_max_bytes",
         "Memory that Redis may use; with more it refuses writes. 0: no limit."},
    };

    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        struct text value = store_info_field(info, figures[i].field);
        if (value.length)
            buffer_printf(page, "# HELP %s %s\n# TYPE %s gauge\n%s " TEXT_FMT "\n", figures[i].name,
                          figures[i].help, figures[i].name, figures[i].name, TEXT_ARG(value));
    }
}

static void memory_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct call *call = owner;
    struct buffer page = {0};

    sample(call->api);
    metrics_append(call->api->metrics, &page);
    append_calendars(&call->api->cities, &page);
    if (status == STORE_OK)
        append_memory(store_reply_text(reply), &page);
    call_answer_as(call, 200, "text/plain; version=0.0.4; charset=utf-8", &page, TEXT_NONE);
}

void handle_metrics(struct call *call)
{

    if (!may_see_metrics(call)) {
        call_problem(call, PROBLEM_UNAUTHORIZED,
                     MESSAGE("请从本机访问，或使用城市管理员、审计员的凭证。",
                             "Ask from this machine, or with a city_admin's or auditor's token."),
                     TEXT_NONE);
        return;
    }
    store_command(call->api->store, STORE_ARGS(TEXT("INFO"), TEXT("memory")), 1000, memory_read,
                  call);
}

void handle_openapi(struct call *call)
{
    struct buffer body = {0};

    buffer_append(&body, openapi_json);
    call->is_cacheable = true;
    call_answer(call, 200, &body, TEXT("Cache-Control: public, max-age=300\r\n"));
}
