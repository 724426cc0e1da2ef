/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "migrations/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "migrations/steps.h"
#include "tests/leaks.h"
#include "tests/store/redis.h"

#define RECORD TEXT("jiaohao:migrations")
#define META   TEXT("jiaohao:meta")

static struct test_redis redis;
static uv_loop_t loop;
static struct store *store;
static struct buffer report, error;

static void set_up(void)
{
    test_redis_make(&redis);
    test_redis_start(&redis, NULL);
    uv_loop_init(&loop);
    store = test_store_open(&loop, redis.url);
}

static void tear_down(void)
{
    buffer_free(&report);
    buffer_free(&error);
    test_store_close(&loop, store);
    cr_expect_eq(uv_loop_close(&loop), 0);
    test_redis_remove(&redis);
    assert_no_leaks();
}

TestSuite(migrate, .init = set_up, .fini = tear_down, .timeout = 60);

#define LIBRARY(version)                                                                           \
    {                                                                                              \
        TEXT("jiaohao_" version), TEXT("#!lua name=jiaohao_" version "\n"                          \
                                       "redis.register_function('answer_" version                  \
                                       "', function() return '" version "' end)\n")                \
    }

static const struct functions_library old = LIBRARY("00000001"), present = LIBRARY("00000002"),
                                      newer = LIBRARY("00000003");

static int migrate(const struct functions_library *library, bool dry_run)
{
    int status;

    buffer_clear(&report);
    buffer_clear(&error);
    status = migrate_run(store, library, dry_run, &report, &error);
    buffer_append_byte(&report, 0);
    buffer_append_byte(&error, 0);
    return status;
}

static void count_items(void *owner, enum store_status status, const struct store_reply *reply)
{
    cr_assert_eq(status, STORE_OK);
    *(size_t *)owner = store_reply_count(reply);
}

static bool is_loaded(const struct functions_library *library)
{
    size_t count = 0;

    store_command_wait(
        store, STORE_ARGS(TEXT("FUNCTION"), TEXT("LIST"), TEXT("LIBRARYNAME"), library->name), 0,
        count_items, &count);
    return count > 0;
}

static size_t recorded(void)
{
    char length[256];

    test_ask(store, length, STORE_ARGS(TEXT("HLEN"), RECORD));
    return (size_t)atoi(length);
}

Test(migrate, a_fresh_store_gets_everything)
{
    char value[256];

    cr_expect_eq(migrate(&present, false), 0, "%s", error.data);
    cr_expect_eq(recorded(), migration_step_count);
    cr_expect_not_null(strstr(report.data, "step 0001_store_format: run\n"));
    cr_expect_not_null(strstr(report.data, "library jiaohao_00000002: loaded\n"));
    test_ask(store, value, STORE_ARGS(TEXT("HGET"), META, TEXT("format")));
    cr_expect_str_eq(value, "jiaohao 1");
    test_ask(store, value, STORE_ARGS(TEXT("HGET"), RECORD, TEXT("0001_store_format")));
    cr_expect_eq(strncmp(value, migration_steps[0].sha256.data, 64), 0);
    cr_expect_gt(atoll(value + 64), 1700000000000, "and when it was: %s", value);
    test_ask(store, value, STORE_ARGS(TEXT("FCALL"), TEXT("answer_00000002"), TEXT("0")));
    cr_expect_str_eq(value, "00000002");
}

Test(migrate, once_is_enough)
{
    char before[256], after[256];

    cr_assert_eq(migrate(&present, false), 0);
    test_ask(store, NULL, STORE_ARGS(TEXT("HSET"), META, TEXT("format"), TEXT("mine")));
    test_ask(store, before, STORE_ARGS(TEXT("HGET"), RECORD, TEXT("0001_store_format")));
    cr_expect_eq(migrate(&present, false), 0);
    cr_expect_str_eq(report.data, "");
    test_ask(store, after, STORE_ARGS(TEXT("HGET"), RECORD, TEXT("0001_store_format")));
    cr_expect_str_eq(before, after);
    test_ask(store, after, STORE_ARGS(TEXT("HGET"), META, TEXT("format")));
    cr_expect_str_eq(after, "mine", "the step ran again");
}

Test(migrate, a_dry_run_says_it_and_changes_nothing)
{
    char size[256];

    cr_expect_eq(migrate(&present, true), 0);
    cr_expect_not_null(strstr(report.data, "step 0001_store_format: to run\n"));
    cr_expect_not_null(strstr(report.data, "library jiaohao_00000002: to load\n"));
    test_ask(store, size, STORE_ARGS(TEXT("DBSIZE")));
    cr_expect_str_eq(size, "0");
    cr_expect_not(is_loaded(&present));
    cr_assert_eq(migrate(&present, false), 0);
    cr_expect_eq(migrate(&present, true), 0);
    cr_expect_str_eq(report.data, "");
}

Test(migrate, a_newer_store_is_refused)
{
    static const char *const steps[] = {"9999_what_comes_later", "x", "0002"};

    cr_assert_eq(migrate(&old, false), 0);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        test_ask(store, NULL, STORE_ARGS(TEXT("HSET"), RECORD, text_of(steps[i]), TEXT("abc 1")));
        for (unsigned dry_run = 0; dry_run < 2; dry_run++) {
            cr_expect_eq(migrate(&present, dry_run), 1);
            cr_expect_not_null(strstr(error.data, "newer"), "%s", error.data);
            cr_expect_not_null(strstr(error.data, steps[i]), "%s", error.data);
        }
        cr_expect_not(is_loaded(&present), "nothing is loaded into a store that is refused");
        test_ask(store, NULL, STORE_ARGS(TEXT("HDEL"), RECORD, text_of(steps[i])));
    }
    cr_expect_eq(migrate(&present, false), 0);
}

Test(migrate, a_changed_step_is_refused)
{
    struct text name = migration_steps[0].name;
    char value[256], landed[256];

    cr_assert_eq(migrate(&old, false), 0);
    test_ask(store, landed, STORE_ARGS(TEXT("HGET"), RECORD, name));
    strcpy(value, landed);
    value[5] = value[5] == '0' ? '1' : '0';
    test_ask(store, NULL, STORE_ARGS(TEXT("HSET"), RECORD, name, text_of(value)));
    cr_expect_eq(migrate(&present, false), 1);
    cr_expect_not_null(strstr(error.data, "never changes"), "%s", error.data);
    cr_expect_not(is_loaded(&present));
    /* Another name under the same number is another step as well. */
    test_ask(store, NULL, STORE_ARGS(TEXT("HDEL"), RECORD, name));
    test_ask(store, NULL, STORE_ARGS(TEXT("HSET"), RECORD, TEXT("0001_other"), text_of(landed)));
    cr_expect_eq(migrate(&present, false), 1);
    cr_expect_not_null(strstr(error.data, "0001_other"), "%s", error.data);
}

Test(migrate, two_versions_stand_side_by_side)
{
    cr_assert_eq(migrate(&old, false), 0);
    cr_assert_eq(migrate(&present, false), 0);
    cr_expect(is_loaded(&old));
    cr_expect(is_loaded(&present));
    cr_assert_eq(migrate(&newer, true), 0);
    cr_expect_not_null(strstr(report.data, "library jiaohao_00000001: to drop\n"), "%s",
                       report.data);
    cr_expect(is_loaded(&old));
    cr_assert_eq(migrate(&newer, false), 0);
    cr_expect_not_null(strstr(report.data, "library jiaohao_00000001: dropped\n"), "%s",
                       report.data);
    cr_expect_not(is_loaded(&old));
    cr_expect(is_loaded(&present));
    cr_expect(is_loaded(&newer));
}

Test(migrate, a_version_that_comes_back_is_the_newest)
{
    cr_assert_eq(migrate(&old, false), 0);
    cr_assert_eq(migrate(&present, false), 0);
    cr_assert_eq(migrate(&old, false), 0); /* the upgrade was taken back */
    cr_expect(is_loaded(&present));
    cr_assert_eq(migrate(&newer, false), 0);
    cr_expect(is_loaded(&old), "the one that was in use until now");
    cr_expect_not(is_loaded(&present));
}

Test(migrate, libraries_of_others_stay)
{
    struct functions_library others = {
        TEXT("others"), TEXT("#!lua name=others\n"
                             "redis.register_function('theirs', function() return 1 end)\n")};

    test_ask(store, NULL, STORE_ARGS(TEXT("FUNCTION"), TEXT("LOAD"), others.code));
    cr_assert_eq(migrate(&old, false), 0);
    cr_assert_eq(migrate(&present, false), 0);
    cr_assert_eq(migrate(&newer, false), 0);
    cr_expect(is_loaded(&others));
}

Test(migrate, a_library_that_redis_refuses)
{
    struct functions_library broken = {TEXT("jiaohao_broken"),
                                       TEXT("#!lua name=jiaohao_broken\nthis is no Lua\n")};

    cr_expect_eq(migrate(&broken, false), STORE_ERROR);
    cr_expect_gt(strlen(error.data), 0);
}

Test(migrate, a_store_that_is_gone)
{
    test_redis_kill(&redis);
    cr_expect_lt(migrate(&present, false), 0);
}

enum { STEP_RUN = 1, LIBRARY_LOADED = 2, FAILED = 4 };

/* In a process of its own; what it did is its exit status. */
static _Noreturn void migrate_in_child(int start)
{
    uv_loop_t own;
    const char *text;
    struct buffer lines = {0}, faults = {0};
    struct store *connection;
    char byte;
    int done;

    uv_loop_init(&own);
    connection = store_open(&own, &(struct store_options){.url = redis.url}, &text);
    store_command_wait(connection, STORE_ARGS(TEXT("PING")), 5000, NULL, NULL);
    if (read(start, &byte, 1) < 0) /* until all of them are let go at once */
        _exit(FAILED);
    done = migrate_run(connection, &present, false, &lines, &faults) ? FAILED : 0;
    buffer_append_byte(&lines, 0);
    done |= strstr(lines.data, "step 0001_store_format: run\n") ? STEP_RUN : 0;
    done |= strstr(lines.data, "library jiaohao_00000002: loaded\n") ? LIBRARY_LOADED : 0;
    _exit(done);
}

Test(migrate, several_at_once)
{
    enum { PROCESSES = 8 };
    pid_t children[PROCESSES];
    unsigned steps = 0, libraries = 0;
    int start[2];

    cr_assert_eq(pipe(start), 0);
    for (unsigned i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            close(start[1]);
            migrate_in_child(start[0]);
        }
    }
    close(start[0]);
    close(start[1]);
    for (unsigned i = 0; i < PROCESSES; i++) {
        int status = -1;
        waitpid(children[i], &status, 0);
        cr_expect(WIFEXITED(status) && !(WEXITSTATUS(status) & FAILED), "process %u", i);
        steps += (WEXITSTATUS(status) & STEP_RUN) != 0;
        libraries += (WEXITSTATUS(status) & LIBRARY_LOADED) != 0;
    }
    cr_expect_eq(steps, 1, "%u ran the step", steps);
    cr_expect_eq(libraries, 1, "%u loaded the library", libraries);
    cr_expect_eq(recorded(), migration_step_count);
    cr_expect(is_loaded(&present));
    cr_expect_eq(migrate(&present, false), 0);
    cr_expect_str_eq(report.data, "");
}
