/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "program/workers.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "program/heartbeat.h"

/* How the first worker tells a further one its place; not an option, nobody else sets it. */
#define PLACE_VARIABLE "JIAOHAO_WORKER_PLACE"

enum {
    CHILD_LISTEN_FD = 3,
    CHILD_METRICS_FD = 4,
    CHILD_FDS = 5,
    RESTART_MS = 200, /* a worker that cannot start must not keep the machine busy */
    VARIABLES_MAX = 512,
};

struct child {
    struct workers *workers;
    unsigned row;
    uv_process_t process;
    uv_pipe_t output; /* its standard output: one line when it is ready */
    uv_timer_t restart;
    unsigned open_handles;
    bool is_running, is_ready;
    bool is_hung; /* and was ended for it */
    struct heartbeat heartbeat;
};

struct workers {
    uv_loop_t *loop;
    struct workers_options options;
    char **args;
    struct child *children;
    unsigned ready;
    bool is_stopping, has_announced;
    void (*on_stopped)(void *owner);
};

static void spawn(struct child *child);

static void finish_if_stopped(struct workers *workers)
{
    for (unsigned i = 0; i < workers->options.count; i++)
        if (workers->children[i].open_handles)
            return;
    workers->on_stopped(workers->options.owner);
    for (char **arg = workers->args; *arg; arg++)
        free(*arg);
    free(workers->args);
    free(workers->children);
    free(workers);
}

static void on_closed(uv_handle_t *handle)
{
    struct child *child = handle->data;

    if (--child->open_handles == 0 && child->workers->is_stopping)
        finish_if_stopped(child->workers);
}

static void close_handle(void *handle)
{
    uv_close(handle, on_closed);
}

static void on_restart(uv_timer_t *timer)
{
    struct child *child = timer->data;

    if (!child->workers->is_stopping)
        spawn(child);
}

static void on_exit_of(uv_process_t *process, int64_t status, int signal)
{
    struct child *child = process->data;
    struct workers *workers = child->workers;

    child->is_running = false;
    metrics_row_ended(workers->options.metrics, child->row);
    close_handle(&child->process);
    close_handle(&child->output);
    if (workers->is_stopping) {
        close_handle(&child->restart);
        return;
    }
    log_error("api.worker-ended", LOG_INTEGER("row", child->row), LOG_INTEGER("status", status),
              LOG_INTEGER("signal", signal));
    metrics_add(workers->options.metrics,
                child->is_hung ? METRIC_WORKERS_HUNG : METRIC_WORKERS_DIED, 1);
    uv_timer_start(&child->restart, on_restart, RESTART_MS, 0);
}

/* SIGKILL: also one that was stopped ends by it, and a core of one that hangs is not wanted, it
 * would hold personal data. */
void workers_look_after(struct workers *workers)
{
    for (unsigned i = 0; i < workers->options.count; i++) {
        struct child *child = &workers->children[i];
        if (!child->is_running ||
            !heartbeat_is_lost(&child->heartbeat,
                               metrics_beats(workers->options.metrics, child->row)))
            continue;
        log_error("api.worker-hung", LOG_INTEGER("row", child->row),
                  LOG_INTEGER("pid", child->process.pid));
        child->is_hung = true;
        uv_process_kill(&child->process, SIGKILL);
    }
}

static void on_allocate(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
    static char bytes[64];

    (void)handle, (void)size;
    *buffer = uv_buf_init(bytes, sizeof bytes);
}

static void on_output(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct child *child = stream->data;
    struct workers *workers = child->workers;

    (void)buffer;
    if (count < 0)
        uv_read_stop(stream);
    if (count <= 0 || child->is_ready)
        return;
    child->is_ready = true;
    if (++workers->ready == workers->options.count && !workers->has_announced) {
        workers->has_announced = true;
        workers->options.on_ready(workers->options.owner);
    }
}

/* The child's place and the options' variable, which win over the environment of this process. */
static void fill_environment(const struct child *child, char *place,
                             char *environment[VARIABLES_MAX])
{
    unsigned count = 0;

    environment[count++] = (char *)child->workers->options.variable;
    environment[count++] = place;
    for (char **variable = environ; *variable && count < VARIABLES_MAX - 1; variable++)
        environment[count++] = *variable;
    environment[count] = NULL;
}

static void spawn(struct child *child)
{
    struct workers *workers = child->workers;
    char place[96], *environment[VARIABLES_MAX];
    uv_stdio_container_t fds[CHILD_FDS] = {
        {.flags = UV_IGNORE},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&child->output},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        [CHILD_LISTEN_FD] = {.flags = UV_INHERIT_FD, .data.fd = workers->options.listen_fd},
        [CHILD_METRICS_FD] = {.flags = UV_INHERIT_FD, .data.fd = workers->options.metrics_fd},
    };
    uv_process_options_t options = {
        .exit_cb = on_exit_of,
        .file = "/proc/self/exe",
        .args = workers->args,
        .env = environment,
        .stdio_count = CHILD_FDS,
        .stdio = fds,
    };
    int error;

    snprintf(place, sizeof place, PLACE_VARIABLE "=%u %lld %d", child->row,
             (long long)clock_offset(), (int)getpid());
    fill_environment(child, place, environment);
    uv_pipe_init(workers->loop, &child->output, 0);
    child->process.data = child->output.data = child;
    child->is_hung = false;
    child->open_handles += 2;
    error = uv_spawn(workers->loop, &child->process, &options);
    child->is_running = error == 0;
    if (error) {
        on_exit_of(&child->process, error, 0);
        return;
    }
    uv_read_start((uv_stream_t *)&child->output, on_allocate, on_output);
}

static char **copy_args(const char *const *args)
{
    unsigned count = 0;
    char **copy;

    while (args[count])
        count++;
    copy = memory_new((count + 1) * sizeof *copy);
    while (count--)
        copy[count] = memory_copy_text(text_of(args[count]));
    return copy;
}

struct workers *workers_start(uv_loop_t *loop, const struct workers_options *options)
{
    struct workers *workers = memory_new(sizeof *workers);

    workers->loop = loop;
    workers->options = *options;
    workers->args = copy_args(options->args);
    workers->children = memory_new((options->count + 1) * sizeof *workers->children);
    for (unsigned i = 0; i < options->count; i++) {
        struct child *child = &workers->children[i];
        child->workers = workers;
        child->row = i + 1;
        child->restart.data = child;
        child->open_handles = 1;
        uv_timer_init(loop, &child->restart);
        spawn(child);
    }
    if (!options->count)
        options->on_ready(options->owner);
    return workers;
}

void workers_stop(struct workers *workers, void (*on_stopped)(void *owner))
{
    workers->is_stopping = true;
    workers->on_stopped = on_stopped;
    for (unsigned i = 0; i < workers->options.count; i++) {
        struct child *child = &workers->children[i];
        if (child->is_running)
            uv_process_kill(&child->process, SIGTERM);
        else if (!uv_is_closing((uv_handle_t *)&child->restart))
            close_handle(&child->restart);
    }
    finish_if_stopped(workers);
}

bool workers_own_place(struct worker_place *place)
{
    const char *variable = getenv(PLACE_VARIABLE);
    long long offset_ms;
    int parent;

    if (!variable || sscanf(variable, "%u %lld %d", &place->row, &offset_ms, &parent) != 3)
        return false;
    /* The first worker's death is ours, also when it died before this line. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_FAILURE);
    unsetenv(PLACE_VARIABLE);
    clock_set_offset(offset_ms);
    place->listen_fd = CHILD_LISTEN_FD;
    place->metrics_fd = CHILD_METRICS_FD;
    return true;
}

void workers_say_ready(void)
{
    puts("ready");
    fflush(stdout);
}
