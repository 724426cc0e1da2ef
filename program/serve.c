/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/supervisor.h"
#include "program/command.h"
#include "program/heartbeat.h"
#include "program/worker.h"
#include "program/workers.h"
#include "slots/catalogue/vault.h"
#include "store/announce.h"
#include "store/settings.h"

/* 1971-01-01 and 9998-01-01 in UTC: dates around now stay in the calendar. */
#define CLOCK_FIRST_MS INT64_C(31536000000)
#define CLOCK_END_MS   INT64_C(253339228800000)

enum {
    DRAIN_MS = 10000,
    BIND_RETRY_MS = 50,
    BIND_WAIT_MS = 3000, /* a service that was killed leaves its address in use for a moment */
    NAME_BYTES = 64,
    OTHER_DESCRIPTORS = 256, /* Redis, libuv, the log, commands' children: all but clients */
};

#define URL_VARIABLE CONFIG_ENVIRONMENT "REDIS="

/* The first worker: it owns the store's connection of start-up, the socket and the other workers.
 */
struct program {
    struct command_options options;
    struct command_store opened; /* its loop is the service's */
    struct worker_place place;   /* row 0: the first worker */
    struct vault vault;
    struct metrics *metrics;
    struct http_limits limits;
    struct proxies trusted;
    struct worker *worker;
    struct workers *workers;
    uv_signal_t signals[2];
    uv_timer_t beat;
    char name[NAME_BYTES];
    char *url_variable; /* JIAOHAO_REDIS=URL */
    const char *url;    /* of it */
    bool is_stopping, has_stopped;
};

static bool set_clock(const struct program *program)
{
    int64_t now_ms;

    if (!program->options.now)
        return true;
    if (!calendar_parse_instant(text_of(program->options.now), &now_ms) ||
        now_ms < CLOCK_FIRST_MS || now_ms >= CLOCK_END_MS) {
        command_fail("--now takes an RFC 3339 time with its offset, such as "
                     "2026-11-23T09:00:00+08:00, from 1971-01-01 to 9997-12-31, not %s",
                     program->options.now);
        return false;
    }
    clock_set_offset(now_ms - clock_now_ms());
    return true;
}

static bool read_proxies(struct program *program)
{
    struct text proxies = text_of(program->options.trusted_proxies);

    if (proxies_parse(proxies, &program->trusted))
        return true;
    command_fail("--trusted-proxies takes at most %d addresses or networks, such as "
                 "\"127.0.0.1 2001:db8::/64\", not " TEXT_FMT,
                 PROXIES_MAX, TEXT_ARG(proxies));
    return false;
}

/* Every promise of the service stands on these settings of Redis. */
static bool check_durability(struct program *program)
{
    struct buffer faults = {0};
    int weaker = store_check_settings(program->opened.store, &faults);
    bool relaxed = strcmp(program->options.durability, "relaxed") == 0;

    if (weaker < 0)
        command_fail("the settings of Redis cannot be read: %s",
                     store_status_name((enum store_status)weaker));
    else if (weaker && relaxed)
        log_warning("api.durability-relaxed", LOG_TEXT("weaker", buffer_text(&faults)));
    else if (weaker)
        command_fail("this Redis may lose acknowledged bookings (start with --durability relaxed "
                     "to serve all the same):\n" TEXT_FMT,
                     TEXT_ARG(buffer_text(&faults)));
    buffer_free(&faults);
    return weaker == 0 || (weaker > 0 && relaxed);
}

static void copy_reply(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct buffer *copy = owner;

    if (status == STORE_OK)
        buffer_append(copy, store_reply_text(reply));
}

/* The store names the key that its personal data are sealed with: another key, or a new one for a
 * store that has data, would make them unreadable. */
static bool open_vault(struct program *program)
{
    struct buffer known = {0}, error = {0};
    char own[2 * KEY_ID_BYTES + 1];
    enum store_status status = store_command_wait(
        program->opened.store, STORE_ARGS(TEXT("HGET"), TEXT("jiaohao:meta"), TEXT("key_id")), 0,
        copy_reply, &known);
    bool done = false;

    if (status != STORE_OK) {
        command_fail("the store does not answer: %s", store_status_name(status));
    } else if (vault_open(&program->vault, program->options.data, !known.length, &error) < 0) {
        command_fail(TEXT_FMT, TEXT_ARG(buffer_text(&error)));
    } else {
        vault_key_id(&program->vault, own);
        if (text_is(buffer_text(&known), own))
            done = true; /* nothing to write, which a full store would refuse */
        else if (known.length)
            command_fail("%s/secret.key is not the key that this store was written with; restore "
                         "the right one from its back-up",
                         program->options.data);
        else
            done = store_command_wait(
                       program->opened.store,
                       STORE_ARGS(TEXT("HSET"), TEXT("jiaohao:meta"), TEXT("key_id"), text_of(own)),
                       0, NULL, NULL) == STORE_OK;
        if (!done && !known.length)
            command_fail("the store does not take the key's name");
    }
    buffer_free(&known);
    buffer_free(&error);
    return done;
}

static bool bind_socket(struct program *program)
{
    int64_t until_ms = clock_monotonic_ms() + BIND_WAIT_MS;
    int fd;

    while ((fd = http_bind(program->options.listen)) == -EADDRINUSE &&
           clock_monotonic_ms() < until_ms)
        uv_sleep(BIND_RETRY_MS);
    if (fd < 0)
        command_fail("--listen %s: %s", program->options.listen, strerror(-fd));
    program->place.listen_fd = fd;
    return fd >= 0;
}

static bool make_metrics(struct program *program)
{
    if (program->place.row)
        program->metrics = metrics_attach(program->place.metrics_fd, program->place.row);
    else
        program->metrics = metrics_create(&program->place.metrics_fd);
    if (!program->metrics)
        command_fail("no shared memory for the metrics: %s", strerror(errno));
    return program->metrics != NULL;
}

static void worker_stopped(void *owner)
{
    struct program *program = owner;

    program->has_stopped = true;
}

static void stop_worker(void *owner)
{
    struct program *program = owner;

    program->workers = NULL;
    worker_stop(program->worker, DRAIN_MS, worker_stopped);
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct program *program = signal->data;

    if (program->is_stopping)
        return;
    program->is_stopping = true;
    supervisor_tell("STOPPING=1");
    log_info("api.stopping", LOG_INTEGER("signal", number));
    if (program->workers)
        workers_stop(program->workers, stop_worker);
    else
        stop_worker(program);
}

static void all_ready(void *owner)
{
    struct program *program = owner;
    struct buffer address = {0};

    http_local_address(program->place.listen_fd, &address);
    printf("ready " TEXT_FMT "\n", TEXT_ARG(buffer_text(&address)));
    fflush(stdout);
    supervisor_tell("READY=1");
    buffer_free(&address);
}

/* A further worker gets what this one found out, as flags; the URL, which may have a password, in
 * its environment. */
static void start_others(struct program *program)
{
    struct command_options *options = &program->options;
    char retention[24];
    const char *args[] = {"jiaohao",
                          "serve",
                          "--data",
                          options->data,
                          "--listen",
                          options->listen,
                          "--retention-days",
                          retention,
                          "--durability",
                          options->durability,
                          "--trusted-proxies",
                          options->trusted_proxies,
                          NULL};
    struct workers_options others = {
        .args = args,
        .variable = program->url_variable,
        .count = (unsigned)options->workers - 1,
        .listen_fd = program->place.listen_fd,
        .metrics_fd = program->place.metrics_fd,
        .metrics = program->metrics,
        .on_ready = all_ready,
        .owner = program,
    };

    snprintf(retention, sizeof retention, "%lld", (long long)options->retention_days);
    program->workers = workers_start(&program->opened.loop, &others);
}

static void worker_ready(void *owner)
{
    struct program *program = owner;

    if (program->place.row)
        workers_say_ready();
    else if (!program->is_stopping)
        start_others(program);
}

/* As many descriptors as the system lets the process have, and no more clients than those are for:
 * Debian gives 1,024 to who does not ask. */
static void count_descriptors(struct program *program)
{
    struct rlimit files;

    program->limits = http_limits_default;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return;
    if (files.rlim_cur < files.rlim_max) {
        struct rlimit all = {files.rlim_max, files.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &all) == 0)
            files = all;
    }
    if (files.rlim_cur >= program->limits.connections_max + OTHER_DESCRIPTORS)
        return;
    program->limits.connections_max = files.rlim_cur > 2 * OTHER_DESCRIPTORS
                                          ? (unsigned)files.rlim_cur - OTHER_DESCRIPTORS
                                          : OTHER_DESCRIPTORS;
    log_warning("api.few-descriptors", LOG_INTEGER("limit", (int64_t)files.rlim_cur),
                LOG_INTEGER("connections", program->limits.connections_max));
}

static bool start_worker(struct program *program)
{
    struct worker_options options = {
        .url = program->url,
        .vault = &program->vault,
        .name = program->name,
        .retention_days = (unsigned)program->options.retention_days,
        .metrics = program->metrics,
        .listen_fd = program->place.listen_fd,
        .limits = &program->limits,
        .trusted = &program->trusted,
        .on_ready = worker_ready,
        .owner = program,
    };
    const char *error;
    uint32_t salt;

    random_fill(&salt, sizeof salt); /* another machine may have a process of this number */
    snprintf(program->name, sizeof program->name, ANNOUNCE_WORKER_PREFIX "%08x-%d", salt,
             (int)getpid());
    program->worker = worker_start(&program->opened.loop, &options, &error);
    if (!program->worker)
        command_fail("--redis: %s", error);
    return program->worker != NULL;
}

static void watch_signals(struct program *program)
{
    static const int numbers[] = {SIGTERM, SIGINT};

    signal(SIGPIPE, SIG_IGN);
    for (unsigned i = 0; i < 2; i++) {
        uv_signal_init(&program->opened.loop, &program->signals[i]);
        program->signals[i].data = program;
        uv_signal_start(&program->signals[i], on_signal, numbers[i]);
    }
}

/* The loop turns: what watches it is told, and the first worker looks after the others. */
static void on_beat(uv_timer_t *timer)
{
    struct program *program = timer->data;

    metrics_beat(program->metrics);
    supervisor_tell("WATCHDOG=1");
    if (program->workers)
        workers_look_after(program->workers);
}

static void start_beating(struct program *program)
{
    uv_timer_init(&program->opened.loop, &program->beat);
    program->beat.data = program;
    uv_timer_start(&program->beat, on_beat, 0, HEARTBEAT_MS);
}

static void note_url(struct program *program)
{
    struct buffer url = {0};

    buffer_append(&url, TEXT(URL_VARIABLE));
    if (program->options.redis && *program->options.redis)
        buffer_append(&url, text_of(program->options.redis));
    else
        embedded_redis_url(program->options.data, &url);
    program->url_variable = memory_copy_text(buffer_text(&url));
    program->url = program->url_variable + strlen(URL_VARIABLE);
    buffer_free(&url);
}

/* What only the first worker does before it serves. */
static bool prepare(struct program *program)
{
    bool is_foreign = program->options.redis && *program->options.redis;

    if (!is_foreign && !program->opened.redis && !program->place.row) {
        command_fail("another jiaohao runs the store of %s; end it first", program->options.data);
        return false;
    }
    if (!open_vault(program) || !make_metrics(program))
        return false;
    return program->place.row || (check_durability(program) && bind_socket(program));
}

static int run(struct program *program)
{
    uv_loop_t *loop = &program->opened.loop;

    note_url(program);
    count_descriptors(program);
    if (!prepare(program) || !start_worker(program))
        return COMMAND_FAILED;
    watch_signals(program);
    start_beating(program);
    while (!program->has_stopped)
        uv_run(loop, UV_RUN_ONCE);
    for (unsigned i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&program->signals[i], NULL);
    uv_close((uv_handle_t *)&program->beat, NULL);
    return COMMAND_OK;
}

int command_serve(int argc, char **argv)
{
    struct program *program = memory_new(sizeof *program);
    int status;

    workers_own_place(&program->place);
    supervisor_open();
    status = command_read_options(COMMAND_SERVE, "jiaohao serve", "Serves a city's halls.", argc,
                                  argv, &program->options, NULL);
    if (status == COMMAND_OK && !(program->options.data && *program->options.data)) {
        command_fail("give --data DIR: the key file stands there, and the store without --redis");
        status = COMMAND_USAGE;
    }
    if (status == COMMAND_OK && (!set_clock(program) || !read_proxies(program)))
        status = COMMAND_USAGE;
    if (status == COMMAND_OK)
        status = command_store_open(&program->opened, &program->options, COMMAND_NEEDS_CURRENT);
    if (status == COMMAND_OK) {
        log_set_level("info");
        status = run(program);
        command_store_close(&program->opened);
    }
    sodium_memzero(&program->vault, sizeof program->vault);
    command_free_options(&program->options);
    free(program->url_variable);
    free(program->metrics);
    free(program);
    return status;
}
