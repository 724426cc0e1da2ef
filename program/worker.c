/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "program/worker.h"

#include <stdlib.h>
#include <string.h>

#include "api/call/call.h"
#include "api/displays/feeds.h"
#include "api/routes.h"
#include "base/log.h"
#include "scheduler/floors.h"
#include "scheduler/timers.h"
#include "slots/booking/intake.h"
#include "slots/catalogue/keys.h"
#include "store/announce.h"

enum { CONTROL_STREAM = 0, FIRST_CITY_STREAM = 1, RETRY_MS = 500, REREAD_MS = 60000 };

static void load_everything(struct worker *worker);

static void on_request(void *owner, struct http_request *request)
{
    struct worker *worker = owner;

    routes_dispatch(call_new(&worker->api, request));
}

static void on_fault(void *owner, struct http_request *request, enum http_fault fault)
{
    static const struct {
        enum problem problem;
        struct message detail;
    } faults[] = {
        [HTTP_FAULT_MALFORMED] = {PROBLEM_INVALID_REQUEST,
                                  {"请求不符合 HTTP/1.1 的格式。",
                                   "The message is not well-formed HTTP/1.1."}},
        [HTTP_FAULT_HEADER_TOO_LARGE] = {PROBLEM_HEADER_TOO_LARGE,
                                         {"请求头最大 16 KiB。", "The header has at most 16 KiB."}},
        [HTTP_FAULT_BODY_TOO_LARGE] = {PROBLEM_PAYLOAD_TOO_LARGE,
                                       {"请求内容最大 64 KiB。", "The body has at most 64 KiB."}},
        [HTTP_FAULT_TIMEOUT] = {PROBLEM_REQUEST_TIMEOUT,
                                {"请求没有按时到达，请重试。",
                                 "The request did not arrive in time; send it again."}},
        [HTTP_FAULT_EXPECTATION] = {PROBLEM_EXPECTATION_FAILED,
                                    {"只支持 Expect: 100-continue。",
                                     "Only Expect: 100-continue is supported."}},
        [HTTP_FAULT_VERSION] = {PROBLEM_HTTP_VERSION,
                                {"只支持 HTTP/1.1 与 HTTP/1.0。",
                                 "Only HTTP/1.1 and HTTP/1.0 are supported."}},
    };
    struct worker *worker = owner;
    struct call *call = call_new(&worker->api, request);
    struct faults none = {0};

    if (faults[fault].problem == PROBLEM_INVALID_REQUEST) {
        call_fault(call, &none, "", faults[fault].detail);
        call_refuse_faults(call, &none);
    } else {
        call_problem(call, faults[fault].problem, faults[fault].detail, TEXT_NONE);
    }
}

static void serve(struct worker *worker)
{
    struct http_handler handler = {on_request, on_fault, worker};
    int error = 0;

    worker->api.http = http_server_open(worker->loop, worker->options.listen_fd,
                                        worker->options.limits, &handler, &error);
    if (!worker->api.http) {
        log_error("api.listen-failed", LOG_STRING("error", strerror(-error)));
        exit(EXIT_FAILURE);
    }
    worker->is_ready = true;
    metrics_set(worker->api.metrics, METRIC_WORKERS, 1);
    worker->options.on_ready(worker->options.owner);
}

/* A store that was lost loads everything when it is back; this is for one that was only slow. */
static void on_retry(uv_timer_t *timer)
{
    struct worker *worker = timer->data;

    if (!worker->loading && !worker->api.is_stopping && store_is_connected(worker->api.store))
        load_everything(worker);
}

/* Something that was being read is in memory. When nothing more is on its way the worker serves,
 * and says how far it has followed the control stream. */
static void loaded(struct worker *worker, int status)
{
    if (status)
        worker->load_failed = true;
    if (--worker->loading || worker->gaps_left || worker->api.is_stopping)
        return;
    if (worker->load_failed) {
        uv_timer_start(&worker->retry, on_retry, RETRY_MS, 0);
        return;
    }
    if (!worker->is_ready)
        serve(worker);
    if (worker->control_id.length)
        announce_applied(worker->api.store, text_of(worker->options.name),
                         buffer_text(&worker->control_id));
}

static void tokens_loaded(void *owner, int status)
{
    loaded(owner, status);
}

/* A city on its way from Redis into memory. */
struct city_load {
    struct worker *worker;
    struct city *city;
};

static void city_opened(void *owner, int status)
{
    struct city_load *load = owner;

    loaded(load->worker, status < 0 ? status : 0);
    free(load);
}

/* A store that is there and takes no writes, as when it is full, refuses what the jobs would write:
 * they come again by themselves, and what there is can be read and served without them. */
static void city_round_over(void *owner, int status)
{
    const struct city_load *load = owner;

    if (status == STORE_UNAVAILABLE && store_is_connected(load->worker->api.store))
        status = 0;
    city_opened(owner, status);
}

static void city_floors_read(void *owner, int status)
{
    struct city_load *load = owner;

    if (status == 0 && !load->worker->api.is_stopping)
        timers_run(load->worker->timers, load->city, city_round_over, load);
    else
        city_opened(load, status);
}

/* A catalogue that cannot be read was logged; the other cities are served all the same. */
static void city_refresh_done(void *owner, int status)
{
    struct city_load *load = owner;

    if (status == 0)
        floors_load(load->city, city_floors_read, load);
    else
        city_opened(load, status);
}

static void load_city(struct worker *worker, struct city *city)
{
    struct city_load *load = memory_new(sizeof *load);

    *load = (struct city_load){worker, city};
    worker->loading++;
    city_refresh(city, city_refresh_done, load);
}

static void load_tokens(struct worker *worker)
{
    worker->loading++;
    tokens_load(&worker->api.tokens, worker->api.store, tokens_loaded, worker);
}

static void tokens_reread(void *owner, int status)
{
    struct worker *worker = owner;

    if (status == 0)
        tokens_sweep(&worker->api.tokens, worker->api.store);
}

/* Whatever kept an announcement from this worker: a token that was revoked is good no longer than
 * this. One that cannot be read now is read at the next turn, or when the store is back. */
static void on_reread(uv_timer_t *timer)
{
    struct worker *worker = timer->data;

    if (!worker->api.is_stopping && store_is_connected(worker->api.store))
        tokens_load(&worker->api.tokens, worker->api.store, tokens_reread, worker);
}

static struct city *city_at_stream(struct worker *worker, unsigned stream)
{
    LIST_FOREACH(&worker->api.cities.list, item)
    if (cities_at(item)->stream == stream)
        return cities_at(item);
    return NULL;
}

static void note_control_id(struct worker *worker, struct text id)
{
    buffer_clear(&worker->control_id);
    buffer_append(&worker->control_id, id);
}

static void on_gap(void *owner, unsigned stream, struct text id)
{
    struct worker *worker = owner;
    struct city *city = city_at_stream(worker, stream);

    if (worker->gaps_left)
        worker->gaps_left--;
    if (stream == CONTROL_STREAM) {
        note_control_id(worker, id);
        load_tokens(worker);
    } else if (city) {
        city->position = stream_position_parse(id);
        load_city(worker, city);
    }
}

static void apply_control(struct worker *worker, struct text kind, struct text value)
{
    struct city *city = NULL;

    if (text_is(kind, "tokens")) {
        load_tokens(worker);
    } else if (text_is(kind, "catalogue")) {
        LIST_FOREACH(&worker->api.cities.list, item)
        if (text_equal(cities_at(item)->code, value))
            city = cities_at(item);
        if (city)
            load_city(worker, city);
        else
            load_everything(worker);
    }
}

static void on_entry(void *owner, unsigned stream, struct text id, const struct store_reply *fields)
{
    struct worker *worker = owner;
    struct city *city = city_at_stream(worker, stream);

    if (stream == CONTROL_STREAM) {
        note_control_id(worker, id);
        for (size_t i = 0; i + 1 < store_reply_count(fields); i += 2)
            apply_control(worker, store_reply_text_at(fields, i),
                          store_reply_text_at(fields, i + 1));
    } else if (city) {
        city_apply_entry(city, id, fields);
        floors_apply_entry(city, id, fields);
    }
}

static unsigned count_cities(const struct worker *worker)
{
    unsigned count = 0;

    LIST_FOREACH(&worker->api.cities.list, item)
    count++;
    return count;
}

/* Follows the control stream and every city's from now on; each begins with a gap, which loads it.
 */
static void follow(struct worker *worker)
{
    struct arena arena = {0};
    unsigned count = FIRST_CITY_STREAM;
    struct text *streams =
        arena_new(&arena, (FIRST_CITY_STREAM + count_cities(worker)) * sizeof *streams);
    const char *error;

    streams[CONTROL_STREAM] = ANNOUNCE_STREAM;
    LIST_FOREACH(&worker->api.cities.list, item)
    {
        cities_at(item)->stream = count;
        streams[count++] = key_events(&arena, cities_at(item)->code);
    }
    if (worker->follower)
        store_follower_close(worker->follower, NULL, NULL);
    worker->gaps_left = count;
    worker->follower = store_follower_open(worker->loop,
                                           &(struct store_follower_options){
                                               .url = worker->options.url,
                                               .streams = streams,
                                               .stream_count = count,
                                               .on_entry = on_entry,
                                               .on_gap = on_gap,
                                               .owner = worker,
                                           },
                                           &error);
    arena_free(&arena);
}

static void add_city(struct worker *worker, struct text code)
{
    struct city *city = city_new(worker->loop, worker->api.store, code, worker->options.vault,
                                 worker->options.retention_days);

    cities_add(&worker->api.cities, city);
    intake_open(city);
    floors_open(city);
}

static void cities_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct worker *worker = owner;
    bool is_changed = !worker->follower;

    for (size_t i = 0; status == STORE_OK && i < store_reply_count(reply); i++) {
        struct text code = store_reply_text_at(reply, i);
        bool is_known = false;
        LIST_FOREACH(&worker->api.cities.list, item)
        is_known |= text_equal(cities_at(item)->code, code);
        if (!is_known)
            add_city(worker, code);
        is_changed |= !is_known;
    }
    if (status == STORE_OK && is_changed && !worker->api.is_stopping)
        follow(worker);
    loaded(worker, status);
}

static void load_everything(struct worker *worker)
{
    worker->load_failed = false;
    worker->loading++;
    store_command(worker->api.store, STORE_ARGS(TEXT("SMEMBERS"), KEY_CITIES), 0, cities_answered,
                  worker);
    load_tokens(worker);
    LIST_FOREACH(&worker->api.cities.list, item)
    load_city(worker, cities_at(item));
}

static void on_state(void *owner, bool connected)
{
    struct worker *worker = owner;

    metrics_set(worker->api.metrics, METRIC_STORE_CONNECTED, connected);
    if (connected)
        log_info("api.store-connected");
    else
        log_warning("api.store-lost");
    if (connected && !worker->api.is_stopping)
        load_everything(worker);
}

struct worker *worker_start(uv_loop_t *loop, const struct worker_options *options,
                            const char **error)
{
    struct worker *worker = memory_new(sizeof *worker);
    struct store_options store = {
        .url = options->url,
        .client_name = options->name,
        .on_state = on_state,
        .owner = worker,
    };

    worker->loop = loop;
    worker->options = *options;
    worker->api.metrics = options->metrics;
    worker->api.trusted = options->trusted;
    cities_init(&worker->api.cities);
    worker->api.store = store_open(loop, &store, error);
    if (!worker->api.store) {
        free(worker);
        return NULL;
    }
    worker->timers = timers_start(loop, &worker->api.cities, options->name);
    worker->api.feeds = feeds_open(loop, &worker->api.tokens, options->limits->connections_max / 2);
    uv_timer_init(loop, &worker->retry);
    uv_timer_init(loop, &worker->reread);
    worker->retry.data = worker->reread.data = worker;
    uv_timer_start(&worker->reread, on_reread, REREAD_MS, REREAD_MS);
    return worker;
}

static void store_closed(void *owner);

static void retry_closed(uv_handle_t *handle)
{
    struct worker *worker = handle->data;

    store_close(worker->api.store, store_closed, worker);
}

static void store_closed(void *owner)
{
    struct worker *worker = owner;
    void (*on_stopped)(void *) = worker->on_stopped;
    void *stopped_owner = worker->options.owner;

    feeds_free(worker->api.feeds);
    LIST_FOREACH(&worker->api.cities.list, item)
    {
        floors_close(cities_at(item));
        intake_close(cities_at(item));
    }
    cities_free(&worker->api.cities);
    tokens_free(&worker->api.tokens);
    buffer_free(&worker->control_id);
    free(worker);
    on_stopped(stopped_owner);
}

/* The leases have been given back, which needs the store. */
static void timers_stopped(void *owner)
{
    struct worker *worker = owner;

    uv_close((uv_handle_t *)&worker->reread, NULL);
    uv_close((uv_handle_t *)&worker->retry, retry_closed);
}

static void drained(void *owner)
{
    struct worker *worker = owner;

    feeds_stop(worker->api.feeds);
    if (worker->follower)
        store_follower_close(worker->follower, NULL, NULL);
    timers_stop(worker->timers, timers_stopped, worker);
}

void worker_stop(struct worker *worker, unsigned timeout_ms, void (*on_stopped)(void *owner))
{
    worker->api.is_stopping = true;
    worker->on_stopped = on_stopped;
    metrics_set(worker->api.metrics, METRIC_WORKERS, 0);
    if (worker->api.http)
        http_server_drain(worker->api.http, timeout_ms, drained, worker);
    else
        drained(worker);
}
