/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/embedded.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "store/settings.h"
#include "tests/leaks.h"
#include "tests/store/redis.h"

static struct test_redis place; /* only its directory */
static uv_loop_t loop;
static struct buffer error;
static char url[128];

static void set_up(void)
{
    test_redis_make(&place);
    uv_loop_init(&loop);
    snprintf(url, sizeof url, "unix:%s/redis/redis.sock", place.directory);
}

static void tear_down(void)
{
    test_redis_remove(&place);
}

TestSuite(embedded, .init = set_up, .fini = tear_down, .timeout = 60);

static enum embedded_status start(struct embedded_redis **redis, unsigned timeout_ms)
{
    struct embedded_redis_options options = {.data_dir = place.directory,
                                             .start_timeout_ms = timeout_ms};
    enum embedded_status status;

    buffer_clear(&error);
    status = embedded_redis_start(&loop, &options, redis, &error);
    buffer_append_byte(&error, '\0');
    return status;
}

static struct embedded_redis *start_well(void)
{
    struct embedded_redis *redis;

    cr_assert_eq(start(&redis, 10000), EMBEDDED_OK, "%s", error.data);
    return redis;
}

static void finish(void)
{
    buffer_free(&error);
    cr_assert_eq(uv_loop_close(&loop), 0, "a handle was left open");
    assert_no_leaks();
}

static bool answers(void)
{
    return test_redis_answers(url + strlen("unix:"));
}

/* Of the process that listens there. */
static pid_t server_pid(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct ucred peer = {0};
    socklen_t size = sizeof peer;

    strcpy(address.sun_path, url + strlen("unix:"));
    cr_assert_eq(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size), 0);
    close(fd);
    return peer.pid;
}

static bool process_exists(pid_t pid)
{
    return kill(pid, 0) == 0;
}

Test(embedded, is_private_and_durable_and_ends)
{
    struct embedded_redis *redis = start_well();
    struct store *store = test_store_open(&loop, url);
    struct buffer text = {0};
    struct stat status;
    char answer[256], path[128];
    pid_t pid = server_pid();

    embedded_redis_url(place.directory, &text);
    cr_assert(text_is(buffer_text(&text), url));
    buffer_clear(&text);
    cr_assert_eq(store_check_settings(store, &text), 0, TEXT_FMT, TEXT_ARG(buffer_text(&text)));
    test_ask(store, answer, STORE_ARGS(TEXT("SET"), TEXT("kept"), TEXT("yes")));
    snprintf(path, sizeof path, "%s/redis", place.directory);
    cr_assert_eq(stat(path, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0700);
    cr_assert_eq(stat(url + 5, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0600);
    test_store_close(&loop, store);
    embedded_redis_stop(redis);
    cr_assert_not(process_exists(pid));
    cr_assert_not(answers());

    redis = start_well();
    store = test_store_open(&loop, url);
    test_ask(store, answer, STORE_ARGS(TEXT("GET"), TEXT("kept")));
    cr_assert_str_eq(answer, "yes");
    test_store_close(&loop, store);
    embedded_redis_stop(redis);
    buffer_free(&text);
    finish();
}

Test(embedded, is_started_again_when_it_is_killed)
{
    struct embedded_redis *redis = start_well();
    struct store *store = test_store_open(&loop, url);
    char answer[256];

    for (int i = 0; i < 2; i++) {
        pid_t pid = server_pid();
        test_ask(store, answer, STORE_ARGS(TEXT("INCR"), TEXT("count")));
        kill(pid, SIGKILL);
        run_until(&loop, !store_is_connected(store), 5000);
        run_until(&loop, store_is_connected(store), 5000);
        cr_assert_neq(server_pid(), pid);
    }
    test_ask(store, answer, STORE_ARGS(TEXT("INCR"), TEXT("count")));
    cr_assert_str_eq(answer, "3");
    test_store_close(&loop, store);
    embedded_redis_stop(redis);
    finish();
}

Test(embedded, second_owner_is_told)
{
    struct embedded_redis *redis = start_well(), *second;
    pid_t pid = server_pid();

    cr_assert_eq(start(&second, 1000), EMBEDDED_RUNNING, "%s", error.data);
    cr_assert_null(second);
    cr_assert(answers());
    cr_assert_eq(server_pid(), pid);
    embedded_redis_stop(redis);
    finish();
}

/* In a process of its own: starts the server, tells its pid, and waits to be killed. */
static _Noreturn void own_and_wait(int report_fd)
{
    struct embedded_redis *redis;
    pid_t pid;

    /* Should the test fail before it kills this one. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    uv_loop_init(&loop);
    if (start(&redis, 10000) != EMBEDDED_OK)
        _exit(1);
    pid = server_pid();
    if (write(report_fd, &pid, sizeof pid) != sizeof pid)
        _exit(1);
    uv_run(&loop, UV_RUN_DEFAULT);
    for (;;)
        pause();
}

Test(embedded, server_ends_with_its_owner_and_another_takes_over)
{
    struct embedded_redis *redis;
    int report[2];
    pid_t owner, server = 0;

    cr_assert_eq(pipe2(report, O_CLOEXEC), 0);
    owner = fork();
    if (owner == 0)
        own_and_wait(report[1]);
    close(report[1]);
    cr_assert_eq(read(report[0], &server, sizeof server), sizeof server);
    close(report[0]);
    cr_assert(answers());
    cr_assert_eq(start(&redis, 1000), EMBEDDED_RUNNING);
    kill(owner, SIGKILL);
    waitpid(owner, NULL, 0);
    redis = start_well();
    cr_assert_neq(server_pid(), server);
    cr_assert(answers());
    embedded_redis_stop(redis);
    finish();
}

/* The server of a dead owner that does not go: its lock holds off the next one. */
Test(embedded, former_server_that_lingers_is_waited_for)
{
    struct embedded_redis *redis;
    int report[2];
    pid_t owner, server = 0;

    cr_assert_eq(pipe2(report, O_CLOEXEC), 0);
    owner = fork();
    if (owner == 0)
        own_and_wait(report[1]);
    close(report[1]);
    cr_assert_eq(read(report[0], &server, sizeof server), sizeof server);
    close(report[0]);
    kill(server, SIGSTOP);
    kill(owner, SIGKILL);
    waitpid(owner, NULL, 0);
    cr_assert_eq(start(&redis, 300), EMBEDDED_FAILED);
    cr_assert_not_null(strstr(error.data, "lock"), "%s", error.data);
    kill(server, SIGCONT);
    redis = start_well();
    embedded_redis_stop(redis);
    finish();
}

Test(embedded, failed_start_shows_the_log)
{
    struct embedded_redis *redis = start_well();
    struct store *store = test_store_open(&loop, url);
    char path[160];
    glob_t found;
    int fd;

    for (int i = 0; i < 20; i++)
        test_ask(store, NULL, STORE_ARGS(TEXT("SET"), TEXT("key"), TEXT("value")));
    test_store_close(&loop, store);
    embedded_redis_stop(redis);
    snprintf(path, sizeof path, "%s/redis/appendonlydir/*.incr.aof", place.directory);
    cr_assert_eq(glob(path, 0, NULL, &found), 0);
    fd = open(found.gl_pathv[0], O_WRONLY);
    cr_assert_eq(pwrite(fd, "garbage", 7, 40), 7);
    close(fd);
    globfree(&found);
    cr_assert_eq(start(&redis, 10000), EMBEDDED_FAILED);
    cr_assert_null(redis);
    cr_assert_not_null(strstr(error.data, "Bad file format"), "%s", error.data);
    cr_assert_not_null(strstr(error.data, "ended with status 1"), "%s", error.data);
    finish();
}

Test(embedded, too_long_a_directory_names_the_limit)
{
    struct embedded_redis *redis;
    char directory[128] = "/tmp/";
    struct embedded_redis_options options = {.data_dir = directory};

    memset(directory + 5, 'd', 100);
    cr_assert_eq(embedded_redis_start(&loop, &options, &redis, &error), EMBEDDED_FAILED);
    buffer_append_byte(&error, '\0');
    cr_assert_not_null(strstr(error.data, "107"), "%s", error.data);
    cr_assert_neq(access(directory, F_OK), 0, "the directory was made");
    finish();
}

Test(embedded, missing_server_names_the_package)
{
    struct embedded_redis *redis;

    setenv("PATH", "/nonexistent", 1);
    cr_assert_eq(start(&redis, 1000), EMBEDDED_FAILED);
    cr_assert_not_null(strstr(error.data, "apt-get install redis-server"), "%s", error.data);
    finish();
}

Test(embedded, unknown_appendfsync_is_refused)
{
    struct embedded_redis *redis;
    struct embedded_redis_options options = {.data_dir = place.directory,
                                             .appendfsync = "always\nport 6379"};

    cr_assert_eq(embedded_redis_start(&loop, &options, &redis, &error), EMBEDDED_FAILED);
    finish();
}
