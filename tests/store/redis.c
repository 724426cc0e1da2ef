/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/store/redis.h"

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "tests/leaks.h"

#define START_MS 10000
#define NEWS_MS  1000

void test_redis_make(struct test_redis *redis)
{
    const char *parent = getenv("TMPDIR");

    *redis = (struct test_redis){0};
    snprintf(redis->directory, sizeof redis->directory, "%s/jiaohao-XXXXXX",
             parent && strlen(parent) < 30 ? parent : "/tmp");
    cr_assert_not_null(mkdtemp(redis->directory));
    snprintf(redis->url, sizeof redis->url, "unix:%s/redis.sock", redis->directory);
}

static _Noreturn void become_redis(const struct test_redis *redis, const char *const *directives)
{
    const char *arguments[48] = {
        "redis-server", "--port", "0", "--unixsocket",
        "redis.sock",   "--dir",  ".", "--logfile",
        "redis.log",    "--save", "",  "--enable-debug-command",
        "yes",
    };
    int count = 13, log_fd;

    for (; directives && *directives && count < 46; directives++)
        arguments[count++] = *directives;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (chdir(redis->directory) < 0)
        _exit(1);
    log_fd = open("output.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log_fd, 1);
    dup2(log_fd, 2);
    execvp("redis-server", (char *const *)arguments);
    _exit(127);
}

bool test_redis_answers(const char *socket_path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char answer[5] = "";
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    bool answers;

    snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
    answers = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
              send(fd, "PING\r\n", 6, MSG_NOSIGNAL) == 6 && poll(&readable, 1, 500) == 1 &&
              recv(fd, answer, sizeof answer, 0) == 5 && memcmp(answer, "+PONG", 5) == 0;
    close(fd);
    return answers;
}

/* Waits until the server has written its log or made its socket, a second at most: one that was
 * slow to answer may have nothing more to tell. False when it has ended, or the time is over. */
static bool await_news(int changes, int process, int64_t until)
{
    struct pollfd watched[] = {{.fd = changes, .events = POLLIN},
                               {.fd = process, .events = POLLIN}};
    char events[4096];

    if (poll(watched, 2, NEWS_MS) < 0 || watched[1].revents)
        return false;
    return (!watched[0].revents || read(changes, events, sizeof events) > 0) &&
           clock_monotonic_ms() < until;
}

void test_redis_start(struct test_redis *redis, const char *const *directives)
{
    int64_t until = clock_monotonic_ms() + START_MS;
    const char *path = redis->url + strlen("unix:");
    int changes = inotify_init1(IN_CLOEXEC), process;

    unlink(path);
    cr_assert(inotify_add_watch(changes, redis->directory, IN_CREATE | IN_MODIFY) >= 0);
    redis->pid = fork();
    if (redis->pid == 0)
        become_redis(redis, directives);
    process = (int)syscall(SYS_pidfd_open, redis->pid, 0);
    cr_assert(process >= 0);
    while (!test_redis_answers(path))
        cr_assert(await_news(changes, process, until),
                  "the test's redis-server ended, or does not answer");
    close(changes);
    close(process);
}

void test_redis_kill(struct test_redis *redis)
{
    if (!redis->pid)
        return;
    kill(redis->pid, SIGKILL);
    waitpid(redis->pid, NULL, 0);
    redis->pid = 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

void test_remove_directory(const char *path)
{
    nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

void test_redis_remove(struct test_redis *redis)
{
    test_redis_kill(redis);
    test_remove_directory(redis->directory);
}

static uv_timer_t wake;

static void on_wake(uv_timer_t *timer)
{
    (void)timer;
}

void test_wake_often(uv_loop_t *loop)
{
    uv_timer_init(loop, &wake);
    uv_timer_start(&wake, on_wake, 5, 5);
}

static void on_wake_closed(uv_handle_t *handle)
{
    handle->data = NULL;
}

void test_wake_no_more(uv_loop_t *loop)
{
    wake.data = &wake;
    uv_close((uv_handle_t *)&wake, on_wake_closed);
    while (wake.data)
        uv_run(loop, UV_RUN_NOWAIT);
}

struct store *test_store_open(uv_loop_t *loop, const char *url)
{
    const char *error = NULL;
    struct store *store = store_open(loop, &(struct store_options){.url = url}, &error);

    cr_assert_not_null(store, "%s", error);
    run_until(loop, store_is_connected(store), 5000);
    return store;
}

static void set_flag(void *owner)
{
    *(bool *)owner = true;
}

void test_store_close(uv_loop_t *loop, struct store *store)
{
    bool closed = false;

    store_close(store, set_flag, &closed);
    run_until(loop, closed, 5000);
}

static void write_answer(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct text text = store_reply_text(reply);
    char *answer = owner;

    (void)status;
    if (store_reply_kind(reply) == STORE_REPLY_INTEGER)
        snprintf(answer, 256, "%" PRId64, store_reply_integer(reply));
    else
        snprintf(answer, 256, TEXT_FMT, TEXT_ARG(text));
}

void test_ask(struct store *store, char *answer, const struct text *args, size_t count)
{
    char unused[256] = "";
    enum store_status status =
        store_command_wait(store, args, count, 0, write_answer, answer ? answer : unused);

    cr_assert_eq(status, STORE_OK, TEXT_FMT ": %s %s", TEXT_ARG(args[0]), store_status_name(status),
                 answer ? answer : unused);
}
