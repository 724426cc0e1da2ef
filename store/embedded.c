/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/embedded.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "store/machine_memory.h"
#include "store/redis_process.h"
#include "store/store.h"

#define START_TIMEOUT_MS 60000
#define STOP_TIMEOUT_MS  10000
#define TICK_MS          20
#define RESTART_MIN_MS   20
#define RESTART_MAX_MS   5000
#define STABLE_MS        10000 /* after so long a time a server counts as having worked */

enum embedded_state {
    STATE_LOCKING,  /* until no other owner and no former server is left */
    STATE_STARTING, /* until it answers */
    STATE_RUNNING,
    STATE_RESTARTING, /* it ended; until its next start */
    STATE_STOPPING,
    STATE_FAILED,
};

/* Two locks on one file, each by an open file of its own, so that they do not touch one another.
 * `owner_fd` has a lock of fcntl's (F_OFD_SETLK) that ends with the owner. `lock_fd` has one of
 * flock and is inherited by the server, so it ends when both are gone. Who finds only the second
 * one taken knows that the owner is dead and its server on the way out. */
struct embedded_redis {
    uv_loop_t *loop;
    char *data_dir;
    enum embedded_state state;
    struct buffer *error; /* while it starts */
    int owner_fd;
    int lock_fd;
    bool owned;
    pid_t pid; /* 0 while none runs */
    uv_timer_t timer;
    struct store *probe; /* while it starts */
    off_t log_offset;
    uint64_t started_ms;
    unsigned restart_ms;
    unsigned open_handles;
};

void embedded_redis_url(const char *data_dir, struct buffer *url)
{
    buffer_printf(url, "unix:%s/redis/redis.sock", data_dir);
}

static void handle_closed(void *owner)
{
    struct embedded_redis *redis = owner;

    redis->open_handles--;
}

/* --- The process -------------------------------------------------------------------------------
 */

static void on_restart(uv_timer_t *timer);

static void fail(struct embedded_redis *redis)
{
    redis->state = STATE_FAILED;
}

/* Written for people: how it ended. */
static void describe_end(int status, struct buffer *text)
{
    if (WIFSIGNALED(status))
        buffer_printf(text, "redis-server was ended by signal %d (%s)", WTERMSIG(status),
                      strsignal(WTERMSIG(status)));
    else
        buffer_printf(text, "redis-server ended with status %d", WEXITSTATUS(status));
}

static void fail_with_log(struct embedded_redis *redis, struct text reason)
{
    buffer_append(redis->error, reason);
    buffer_printf(redis->error, ". The end of %s/redis/redis.log:\n", redis->data_dir);
    redis_process_log_tail(redis->data_dir, redis->log_offset, redis->error);
    fail(redis);
}

static void restart_later(struct embedded_redis *redis, struct text reason)
{
    uint64_t lived_ms = uv_now(redis->loop) - redis->started_ms;

    if (lived_ms > STABLE_MS)
        redis->restart_ms = RESTART_MIN_MS;
    log_error("store.redis-ended", LOG_TEXT("reason", reason),
              LOG_INTEGER("restart_ms", redis->restart_ms));
    redis->state = STATE_RESTARTING;
    uv_timer_start(&redis->timer, on_restart, redis->restart_ms, 0);
    redis->restart_ms =
        redis->restart_ms * 2 < RESTART_MAX_MS ? redis->restart_ms * 2 : RESTART_MAX_MS;
}

static void process_ended(struct embedded_redis *redis, int status)
{
    struct buffer reason = {0};

    redis->pid = 0;
    describe_end(status, &reason);
    if (redis->state == STATE_STARTING)
        fail_with_log(redis, buffer_text(&reason));
    else if (redis->state == STATE_RUNNING)
        restart_later(redis, buffer_text(&reason));
    buffer_free(&reason);
}

struct exit_watch {
    uv_poll_t poll;
    struct embedded_redis *redis;
    int fd;
};

static void on_exit_closed(uv_handle_t *handle)
{
    struct exit_watch *watch = handle->data;

    close(watch->fd);
    handle_closed(watch->redis);
    free(watch);
}

static void on_exit_readable(uv_poll_t *poll, int poll_status, int events)
{
    struct exit_watch *watch = poll->data;
    struct embedded_redis *redis = watch->redis;
    int status = 0;

    (void)poll_status, (void)events;
    if (waitpid(redis->pid, &status, WNOHANG) == 0)
        return;
    uv_close((uv_handle_t *)poll, on_exit_closed);
    process_ended(redis, status);
}

/* No descriptor is left, as when very many clients are there: the process is not let run unwatched.
 */
static void give_up_process(struct embedded_redis *redis, struct buffer *error)
{
    buffer_printf(error, "redis-server cannot be watched: %s", strerror(errno));
    kill(redis->pid, SIGKILL);
    waitpid(redis->pid, NULL, 0);
    redis->pid = 0;
}

/* A pidfd (Linux 5.3) tells of this one process, whatever else the program does with SIGCHLD. */
static bool watch_process(struct embedded_redis *redis, struct buffer *error)
{
    struct exit_watch *watch;
    int fd = pidfd_open(redis->pid, 0);

    if (fd < 0) {
        give_up_process(redis, error);
        return false;
    }
    watch = memory_new(sizeof *watch);
    watch->redis = redis;
    watch->fd = fd;
    if (uv_poll_init(redis->loop, &watch->poll, fd) < 0) /* an open one: only without memory */
        abort();
    fcntl(watch->fd, F_SETFD, FD_CLOEXEC);
    watch->poll.data = watch;
    redis->open_handles++;
    uv_poll_start(&watch->poll, UV_READABLE, on_exit_readable);
    return true;
}

static bool start_process(struct embedded_redis *redis, struct buffer *error)
{
    struct buffer path = {0};

    /* A socket that a killed server left would only delay those who connect. */
    redis_process_path(redis->data_dir, "redis.sock", &path);
    unlink(path.data);
    buffer_free(&path);
    redis->log_offset = redis_process_log_size(redis->data_dir);
    redis->pid = redis_process_start(redis->data_dir, redis->lock_fd, error);
    if (redis->pid < 0) {
        redis->pid = 0;
        return false;
    }
    redis->started_ms = uv_now(redis->loop);
    return watch_process(redis, error);
}

static void on_restart(uv_timer_t *timer)
{
    struct embedded_redis *redis = timer->data;
    struct buffer error = {0};

    redis->state = STATE_RUNNING;
    if (start_process(redis, &error))
        log_info("store.redis-restarted", LOG_INTEGER("pid", redis->pid));
    else
        restart_later(redis, buffer_text(&error));
    buffer_free(&error);
}

/* --- Starting ----------------------------------------------------------------------------------
 */

static void on_probe_state(void *owner, bool connected)
{
    struct embedded_redis *redis = owner;

    if (connected && redis->state == STATE_STARTING)
        redis->state = STATE_RUNNING;
}

/* As soon as its socket is there. The store takes nothing but a normal PONG for a connection. */
static void begin_probe(struct embedded_redis *redis)
{
    struct buffer url = {0};
    struct store_options options = {
        .backoff_max_ms = 100, .on_state = on_probe_state, .owner = redis};
    const char *error;

    embedded_redis_url(redis->data_dir, &url);
    buffer_append_byte(&url, '\0');
    if (access(url.data + strlen("unix:"), F_OK) == 0) {
        options.url = url.data;
        redis->probe = store_open(redis->loop, &options, &error);
        redis->open_handles++;
    }
    buffer_free(&url);
}

static bool take_ownership(struct embedded_redis *redis)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char pid[16];
    int length;

    if (redis->owned)
        return true;
    if (fcntl(redis->owner_fd, F_OFD_SETLK, &whole) < 0)
        return false;
    redis->owned = true;
    length = snprintf(pid, sizeof pid, "%d\n", (int)getpid());
    /* For people who wonder; nothing reads it. */
    if (ftruncate(redis->owner_fd, 0) < 0 || pwrite(redis->owner_fd, pid, (size_t)length, 0) < 0)
        log_warning("store.lock-not-written", LOG_STRING("error", strerror(errno)));
    return true;
}

/* Half of the memory: a rewrite of the append-only file may need as much again for what is written
 * meanwhile (copy-on-write), and the workers need some. */
static uint64_t memory_bytes_max(const struct embedded_redis_options *options)
{
    return options->memory_bytes_max ? options->memory_bytes_max : machine_memory_bytes("") / 2;
}

/* Goes on as far as the locks allow; EMBEDDED_OK does not mean that they were free. */
static enum embedded_status try_locks(struct embedded_redis *redis,
                                      const struct embedded_redis_options *options)
{
    if (!take_ownership(redis))
        return redis_process_answers(redis->data_dir) ? EMBEDDED_RUNNING : EMBEDDED_OK;
    if (flock(redis->lock_fd, LOCK_EX | LOCK_NB) < 0)
        return EMBEDDED_OK;
    redis->state = STATE_STARTING;
    if (!redis_process_write_config(redis->data_dir,
                                    options->appendfsync ? options->appendfsync : "always",
                                    memory_bytes_max(options), redis->error) ||
        !start_process(redis, redis->error))
        fail(redis);
    return EMBEDDED_OK;
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

static void time_out(struct embedded_redis *redis, unsigned timeout_ms)
{
    if (redis->state == STATE_LOCKING) {
        buffer_printf(
            redis->error,
            "the lock %s/redis/lock was not free within %u ms: another owner holds it "
            "whose redis-server does not answer, or a former redis-server is still ending",
            redis->data_dir, timeout_ms);
        fail(redis);
        return;
    }
    fail_with_log(redis, TEXT("redis-server did not answer in time"));
}

static enum embedded_status run_start(struct embedded_redis *redis,
                                      const struct embedded_redis_options *options)
{
    unsigned timeout_ms = options->start_timeout_ms ? options->start_timeout_ms : START_TIMEOUT_MS;
    uint64_t began_ms;

    uv_update_time(redis->loop);
    began_ms = uv_now(redis->loop);
    uv_timer_start(&redis->timer, on_tick, TICK_MS, TICK_MS);
    for (;;) {
        if (redis->state == STATE_LOCKING && try_locks(redis, options) == EMBEDDED_RUNNING)
            return EMBEDDED_RUNNING;
        if (redis->state == STATE_STARTING && !redis->probe)
            begin_probe(redis);
        if (redis->state == STATE_RUNNING)
            return EMBEDDED_OK;
        if (redis->state == STATE_FAILED)
            return EMBEDDED_FAILED;
        if (uv_now(redis->loop) - began_ms >= timeout_ms)
            time_out(redis, timeout_ms);
        else
            uv_run(redis->loop, UV_RUN_ONCE);
    }
}

static bool open_locks(struct embedded_redis *redis, struct buffer *error)
{
    struct buffer path = {0};

    redis_process_path(redis->data_dir, "lock", &path);
    redis->owner_fd = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    redis->lock_fd = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (redis->owner_fd < 0 || redis->lock_fd < 0)
        buffer_printf(error, "cannot open %s: %s", path.data, strerror(errno));
    buffer_free(&path);
    return redis->owner_fd >= 0 && redis->lock_fd >= 0;
}

static void end_probe(struct embedded_redis *redis)
{
    if (redis->probe)
        store_close(redis->probe, handle_closed, redis);
    redis->probe = NULL;
}

enum embedded_status embedded_redis_start(uv_loop_t *loop,
                                          const struct embedded_redis_options *options,
                                          struct embedded_redis **redis, struct buffer *error)
{
    struct embedded_redis *started = memory_new(sizeof *started);
    enum embedded_status status = EMBEDDED_FAILED;

    *redis = NULL;
    started->loop = loop;
    started->data_dir = memory_copy_text(text_of(options->data_dir));
    started->error = error;
    started->restart_ms = RESTART_MIN_MS;
    started->owner_fd = started->lock_fd = -1;
    uv_timer_init(loop, &started->timer);
    started->timer.data = started;
    started->open_handles = 1;
    if (redis_process_make_directory(started->data_dir, error) && open_locks(started, error))
        status = run_start(started, options);
    end_probe(started);
    started->error = NULL;
    if (status != EMBEDDED_OK) {
        embedded_redis_stop(started);
        return status;
    }
    uv_timer_stop(&started->timer);
    log_info("store.redis-started", LOG_INTEGER("pid", started->pid));
    *redis = started;
    return EMBEDDED_OK;
}

/* --- Stopping ----------------------------------------------------------------------------------
 */

static void on_stop_timeout(uv_timer_t *timer)
{
    struct embedded_redis *redis = timer->data;

    /* With appendfsync always nothing that was answered is lost by it. */
    log_warning("store.redis-killed", LOG_INTEGER("pid", redis->pid));
    if (redis->pid)
        kill(redis->pid, SIGKILL);
}

static void on_timer_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

void embedded_redis_stop(struct embedded_redis *redis)
{
    redis->state = STATE_STOPPING;
    uv_timer_stop(&redis->timer);
    if (redis->pid) {
        kill(redis->pid, SIGTERM);
        uv_update_time(redis->loop);
        uv_timer_start(&redis->timer, on_stop_timeout, STOP_TIMEOUT_MS, 0);
    }
    while (redis->pid)
        uv_run(redis->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&redis->timer, on_timer_closed);
    while (redis->open_handles)
        uv_run(redis->loop, UV_RUN_ONCE);
    if (redis->owner_fd >= 0)
        close(redis->owner_fd);
    if (redis->lock_fd >= 0)
        close(redis->lock_fd);
    free(redis->data_dir);
    free(redis);
}
