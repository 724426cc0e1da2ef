/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/settings.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "tests/leaks.h"
#include "tests/store/redis.h"

static struct test_redis redis;
static uv_loop_t loop;
static struct buffer faults;

static void set_up(void)
{
    test_redis_make(&redis);
    uv_loop_init(&loop);
}

static void tear_down(void)
{
    test_redis_remove(&redis);
}

TestSuite(settings, .init = set_up, .fini = tear_down, .timeout = 60);

/* Starts a server with the directives, sends it `command` if there is one, and checks. */
static int check(const char *const *directives, const struct text *command, size_t count)
{
    struct store *store;
    int result;

    test_redis_start(&redis, directives);
    store = test_store_open(&loop, redis.url);
    if (count)
        test_ask(store, NULL, command, count);
    result = store_check_settings(store, &faults);
    buffer_append_byte(&faults, '\0');
    test_store_close(&loop, store);
    return result;
}

static void finish(void)
{
    buffer_free(&faults);
    cr_assert_eq(uv_loop_close(&loop), 0);
    assert_no_leaks();
}

static bool names(const char *words)
{
    return strstr(faults.data, words) != NULL;
}

#define DURABLE "--appendonly", "yes", "--appendfsync", "always"

Test(settings, durable_store_has_no_fault)
{
    cr_assert_eq(check((const char *const[]){DURABLE, NULL}, NULL, 0), 0, "%s", faults.data);
    cr_assert_str_eq(faults.data, "");
    finish();
}

Test(settings, each_weak_setting_is_named_with_its_remedy)
{
    static const char *const weak[] = {"--appendonly",
                                       "no",
                                       "--appendfsync",
                                       "everysec",
                                       "--maxmemory-policy",
                                       "allkeys-lru",
                                       "--no-appendfsync-on-rewrite",
                                       "yes",
                                       NULL};

    cr_assert_eq(check(weak, NULL, 0), 4, "%s", faults.data);
    cr_assert(names("appendonly is no, must be yes: redis-cli CONFIG SET appendonly yes\n"));
    cr_assert(names("appendfsync is everysec, must be always: "
                    "redis-cli CONFIG SET appendfsync always\n"));
    cr_assert(names("no-appendfsync-on-rewrite is yes, must be no: "));
    cr_assert(names("maxmemory-policy is allkeys-lru, must be noeviction: "));
    finish();
}

Test(settings, replica_is_named)
{
    const struct text command[] = {TEXT("REPLICAOF"), TEXT("127.0.0.1"), TEXT("1")};

    cr_assert_eq(check((const char *const[]){DURABLE, NULL}, command, 3), 1, "%s", faults.data);
    cr_assert(names("role is slave, must be master"));
    finish();
}

/* INFO still tells of two of them. */
Test(settings, forbidden_config_is_a_fault_where_info_does_not_help)
{
    const struct text command[] = {TEXT("ACL"), TEXT("SETUSER"), TEXT("default"), TEXT("-config")};

    cr_assert_eq(check((const char *const[]){DURABLE, NULL}, command, 4), 2, "%s", faults.data);
    cr_assert(names("appendfsync could not be read (NOPERM"));
    cr_assert(names("no-appendfsync-on-rewrite could not be read"));
    cr_assert_not(names("appendonly"));
    finish();
}

Test(settings, forbidden_config_with_a_weakness_that_info_shows)
{
    const struct text command[] = {TEXT("ACL"), TEXT("SETUSER"), TEXT("default"), TEXT("-config")};

    cr_assert_eq(
        check((const char *const[]){"--maxmemory-policy", "allkeys-lru", NULL}, command, 4), 4,
        "%s", faults.data);
    cr_assert(names("aof_enabled is 0 (INFO), must be 1: redis-cli CONFIG SET appendonly yes"));
    cr_assert(names("maxmemory_policy is allkeys-lru (INFO)"));
    finish();
}

Test(settings, store_that_does_not_answer_gives_its_status)
{
    const char *error;
    struct store *store = store_open(
        &loop, &(struct store_options){.url = redis.url, .command_timeout_ms = 100}, &error);

    cr_assert_eq(store_check_settings(store, &faults), STORE_UNAVAILABLE);
    cr_assert_eq(faults.length, 0);
    test_store_close(&loop, store);
    finish();
}
