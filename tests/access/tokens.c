/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "access/tokens.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "store/announce.h"
#include "tests/leaks.h"
#include "tests/store/redis.h"

#define KEY          TEXT("jiaohao:tokens")
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct test_redis redis;
static uv_loop_t loop;
static struct store *store;
static struct tokens tokens;
static struct buffer reason;

enum { WAIT_MS = 300 };

static void set_up(void)
{
    test_redis_make(&redis);
    test_redis_start(&redis, NULL);
    uv_loop_init(&loop);
    store = test_store_open(&loop, redis.url);
}

static void tear_down(void)
{
    tokens_free(&tokens);
    buffer_free(&reason);
    test_store_close(&loop, store);
    cr_expect_eq(uv_loop_close(&loop), 0);
    test_redis_remove(&redis);
    assert_no_leaks();
}

TestSuite(tokens, .init = set_up, .fini = tear_down, .timeout = 60);

struct loaded {
    bool done;
    int status;
};

static void on_loaded(void *owner, int status)
{
    *(struct loaded *)owner = (struct loaded){true, status};
}

static int load(void)
{
    struct loaded loaded = {0};

    tokens_load(&tokens, store, on_loaded, &loaded);
    cr_assert_not(loaded.done, "never called back from inside");
    run_until(&loop, loaded.done, 5000);
    return loaded.status;
}

static struct token clerk(void)
{
    return (struct token){.role = ROLE_CLERK, .city = "410400", .hall = "410400-01", .window = "3"};
}

Test(tokens, what_is_saved_is_found)
{
    enum { MANY = 40 };
    char texts[MANY][TOKEN_TEXT_CHARS + 1];
    struct token made[MANY];

    for (unsigned i = 0; i < MANY; i++) {
        made[i] = clerk();
        snprintf(made[i].window, sizeof made[i].window, "w%u", i);
        made[i].expires_at_ms = i;
        token_make(&made[i], texts[i]);
        cr_assert_eq(token_save(store, &made[i], WAIT_MS, &reason), 0);
    }
    cr_assert_eq(load(), 0);
    cr_assert_eq(tokens.count, MANY);
    for (unsigned i = 0; i < MANY; i++) {
        const struct token *found = tokens_find(&tokens, text_of(texts[i]));
        cr_assert_not_null(found);
        cr_expect_eq(found->role, ROLE_CLERK);
        cr_expect_str_eq(found->city, "410400");
        cr_expect_str_eq(found->hall, "410400-01");
        cr_expect_str_eq(found->window, made[i].window);
        cr_expect_str_eq(found->id, made[i].id);
        cr_expect_eq(found->created_at_ms, made[i].created_at_ms);
        cr_expect_eq(found->expires_at_ms, i, "expired or not");
    }
}

Test(tokens, what_nobody_made_is_not_found)
{
    struct token token = clerk();
    char text[TOKEN_TEXT_CHARS + 1];

    cr_expect_null(tokens_find(&tokens, TEXT("jh_")), "nothing is loaded");
    token_make(&token, text);
    cr_assert_eq(token_save(store, &token, WAIT_MS, &reason), 0);
    cr_assert_eq(load(), 0);
    cr_expect_null(tokens_find(&tokens, text_bytes(text, TOKEN_TEXT_CHARS - 1)));
    cr_expect_null(tokens_find(&tokens, text_bytes(text, TOKEN_TEXT_CHARS + 1)));
    cr_expect_null(tokens_find(&tokens, TEXT_NONE));
    cr_expect_null(tokens_find(&tokens, text_of(token.id)), "an id opens nothing");
    text[20] = text[20] == 'A' ? 'B' : 'A';
    cr_expect_null(tokens_find(&tokens, text_of(text)));
}

Test(tokens, texts_are_256_random_bits)
{
    char first[TOKEN_TEXT_CHARS + 1], second[TOKEN_TEXT_CHARS + 1];
    struct token a = clerk(), b = clerk();

    clock_set_offset(1000000);
    token_make(&a, first);
    clock_set_offset(0);
    token_make(&b, second);
    cr_expect_eq(strlen(first), TOKEN_TEXT_CHARS);
    cr_expect_eq(strncmp(first, "jh_", 3), 0);
    for (const char *c = first + 3; *c; c++)
        cr_expect(isalnum((unsigned char)*c) || *c == '-' || *c == '_', "%c", *c);
    cr_expect_str_neq(first, second);
    cr_expect_str_neq(a.id, b.id);
    cr_expect_eq(strlen(a.id), TOKEN_ID_CHARS);
    cr_expect_gt(a.created_at_ms, b.created_at_ms, "by the clock that can be moved");
}

static void dump_tokens(void *owner, enum store_status status, const struct store_reply *reply)
{
    (void)status;
    for (size_t i = 0; i < store_reply_count(reply); i++)
        buffer_append(owner, store_reply_text_at(reply, i));
}

Test(tokens, the_store_never_sees_a_token)
{
    struct token token = clerk();
    struct buffer all = {0};
    char text[TOKEN_TEXT_CHARS + 1];

    token_make(&token, text);
    cr_assert_eq(token_save(store, &token, WAIT_MS, &reason), 0);
    store_command_wait(store, STORE_ARGS(TEXT("HGETALL"), KEY), 0, dump_tokens, &all);
    cr_assert_gt(all.length, 64);
    cr_expect_null(memmem(all.data, all.length, text + 3, 16));
    buffer_free(&all);
}

Test(tokens, a_revoked_one_is_gone)
{
    struct token token = clerk(), other = clerk();
    char text[TOKEN_TEXT_CHARS + 1], kept[TOKEN_TEXT_CHARS + 1], length[256];

    token_make(&token, text);
    token_make(&other, kept);
    cr_assert_eq(token_save(store, &token, WAIT_MS, &reason), 0);
    cr_assert_eq(token_save(store, &other, WAIT_MS, &reason), 0);
    cr_expect_eq(token_revoke(store, text_of(token.id), WAIT_MS, &reason), TOKEN_DONE);
    cr_expect_eq(reason.length, 0);
    cr_expect_eq(token_revoke(store, text_of(token.id), WAIT_MS, &reason), TOKEN_MISSING);
    cr_expect_gt(reason.length, 0);
    cr_assert_eq(load(), 0);
    cr_expect_null(tokens_find(&tokens, text_of(text)));
    cr_expect_not_null(tokens_find(&tokens, text_of(kept)));
    test_ask(store, length, STORE_ARGS(TEXT("XLEN"), ANNOUNCE_STREAM));
    cr_expect_geq(atoi(length), 3, "every change is announced");
}

/* A worker that is connected and says nothing. */
static struct store *silent_worker(const char *name)
{
    const char *error;
    struct store *worker =
        store_open(&loop, &(struct store_options){.url = redis.url, .client_name = name}, &error);

    run_until(&loop, store_is_connected(worker), 5000);
    return worker;
}

static unsigned stored(void)
{
    cr_assert_eq(load(), 0);
    return (unsigned)tokens.count;
}

/* What has returned as done is in force: nothing less is called done. */
Test(tokens, a_worker_that_stands_still)
{
    struct token token = clerk(), late = clerk();
    char text[TOKEN_TEXT_CHARS + 1], other[TOKEN_TEXT_CHARS + 1];
    struct store *worker;

    token_make(&token, text);
    token_make(&late, other);
    cr_assert_eq(token_save(store, &token, WAIT_MS, &reason), TOKEN_DONE);
    worker = silent_worker(ANNOUNCE_WORKER_PREFIX "7");
    cr_expect_eq(token_revoke(store, text_of(token.id), WAIT_MS, &reason), TOKEN_NOT_APPLIED);
    cr_expect_not_null(memmem(reason.data, reason.length, ANNOUNCE_WORKER_PREFIX "7", 16));
    cr_assert_eq(stored(), 1);
    cr_expect_eq(tokens.items[0].expires_at_ms, 1, "it is no good wherever it is read");
    cr_expect_eq(token_save(store, &late, WAIT_MS, &reason), TOKEN_NOT_APPLIED);
    cr_expect_eq(stored(), 1, "it was taken back");
    test_store_close(&loop, worker);
    cr_expect_eq(token_revoke(store, text_of(token.id), WAIT_MS, &reason), TOKEN_DONE, "once more");
    cr_expect_eq(stored(), 0);
}

Test(tokens, a_full_store)
{
    struct token token = clerk(), late = clerk();
    char text[TOKEN_TEXT_CHARS + 1], other[TOKEN_TEXT_CHARS + 1];

    token_make(&token, text);
    token_make(&late, other);
    cr_assert_eq(token_save(store, &token, WAIT_MS, &reason), TOKEN_DONE);
    test_ask(store, NULL, STORE_ARGS(TEXT("CONFIG"), TEXT("SET"), TEXT("maxmemory"), TEXT("1")));
    cr_expect_lt(token_save(store, &late, WAIT_MS, &reason), 0);
    cr_expect(text_starts_with(buffer_text(&reason), TEXT("OOM ")));
    buffer_clear(&reason);
    cr_expect_eq(token_revoke(store, text_of(token.id), WAIT_MS, &reason), TOKEN_NOT_APPLIED);
    cr_expect(text_starts_with(buffer_text(&reason), TEXT("OOM ")));
    cr_expect_eq(stored(), 0, "workers that read the tokens anew have it no more");
}

Test(tokens, the_text_tells_the_id)
{
    struct token token = clerk();
    char text[TOKEN_TEXT_CHARS + 1], id[TOKEN_ID_CHARS + 1];

    token_make(&token, text);
    cr_assert(token_text_id(text_of(text), id));
    cr_expect_str_eq(id, token.id);
    cr_expect_not(token_text_id(text_of(token.id), id));
    cr_expect_not(token_text_id(text_part(text_of(text), 0, TOKEN_TEXT_CHARS - 1), id));
    text[0] = 'x';
    cr_expect_not(token_text_id(text_of(text), id));
}

/* A token that takes the place of another acts as that one, and so does what takes its place. */
Test(tokens, who_acts)
{
    struct token first = clerk(), second = clerk();
    char text[TOKEN_TEXT_CHARS + 1], other[TOKEN_TEXT_CHARS + 1];
    const struct token *found;

    token_make(&first, text);
    cr_expect_str_eq(first.principal, first.id);
    cr_assert(token_act_as(&second, text_of(first.id)));
    token_make(&second, other);
    cr_assert_eq(token_save(store, &first, WAIT_MS, &reason), TOKEN_DONE);
    cr_assert_eq(token_save(store, &second, WAIT_MS, &reason), TOKEN_DONE);
    cr_assert_eq(load(), 0);
    found = tokens_find(&tokens, text_of(text));
    cr_expect_str_eq(found->principal, first.id);
    found = tokens_find(&tokens, text_of(other));
    cr_expect_str_eq(found->id, second.id);
    cr_expect_str_eq(found->principal, first.id);
    cr_expect_arr_eq(found->principal_bytes, first.hash, TOKEN_PRINCIPAL_BYTES);
    cr_expect_not(token_act_as(&second, TEXT("0123456789abcde")));
    cr_expect_not(token_act_as(&second, TEXT("0123456789abcdeg")));
}

Test(tokens, those_that_expired_long_ago_are_swept)
{
    const int64_t day_ms = 86400000;
    const int64_t ages_ms[] = {31 * day_ms, 29 * day_ms, -day_ms};
    char text[TOKEN_TEXT_CHARS + 1];

    for (size_t i = 0; i < COUNT(ages_ms); i++) {
        struct token token = clerk();
        token_make(&token, text);
        token.expires_at_ms = clock_now_ms() - ages_ms[i];
        cr_assert_eq(token_save(store, &token, WAIT_MS, &reason), TOKEN_DONE);
    }
    cr_assert_eq(stored(), 3);
    tokens_sweep(&tokens, store);
    cr_expect_eq(stored(), 2);
    for (size_t i = 0; i < tokens.count; i++)
        cr_expect_gt(tokens.items[i].expires_at_ms, clock_now_ms() - 30 * day_ms);
}

#define HASH "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"

Test(tokens, what_another_version_wrote)
{
    static const struct {
        const char *line;
        bool readable;
    } lines[] = {
        {HASH " gateway 410400 - - 5 0", true},
        {HASH " gateway 410400 - - 5 0 later words", true},
        {HASH " robot 410400 - - 5 0", false},
        {HASH " gateway 410400 - - 5", false},
        {HASH " gateway 410400 - - five 0", false},
        {HASH " gateway - - - 5 0", false},
        {HASH "aa gateway 410400 - - 5 0", false},
        {"6b86 gateway 410400 - - 5 0", false},
        {HASH " gateway 410400410400 - - 5 0", false},
        {"", false},
    };

    for (size_t i = 0; i < COUNT(lines); i++) {
        test_ask(store, NULL,
                 STORE_ARGS(TEXT("HSET"), KEY, TEXT("0123456789abcdef"), text_of(lines[i].line)));
        cr_assert_eq(load(), 0);
        cr_expect_eq(tokens.count, lines[i].readable, "%s", lines[i].line);
    }
}

Test(tokens, a_store_that_fails_leaves_what_was_loaded)
{
    struct token token = clerk();
    char text[TOKEN_TEXT_CHARS + 1];

    token_make(&token, text);
    cr_assert_eq(token_save(store, &token, WAIT_MS, &reason), 0);
    cr_assert_eq(load(), 0);
    test_redis_kill(&redis);
    cr_expect_lt(load(), 0);
    cr_expect_not_null(tokens_find(&tokens, text_of(text)));
    cr_expect_lt(token_save(store, &token, WAIT_MS, &reason), 0);
    cr_expect_gt(reason.length, 0);
    cr_expect_lt(token_revoke(store, text_of(token.id), WAIT_MS, &reason), 0);
}

Test(token_check, what_each_role_is_bound_to)
{
    static const struct {
        enum role role;
        const char *city, *hall, *window;
        bool good;
    } cases[] = {
        {ROLE_CITIZEN, "", "", "", true},
        {ROLE_CITIZEN, "410400", "", "", true},
        {ROLE_CITIZEN, "410400", "410400-01", "", false},
        {ROLE_GATEWAY, "410400", "", "", true},
        {ROLE_GATEWAY, "", "", "", false},
        {ROLE_GATEWAY, "410400", "410400-01", "", true},
        {ROLE_GATEWAY, "410400", "410400-01", "1", false},
        {ROLE_CITY_ADMIN, "410400", "", "", true},
        {ROLE_CITY_ADMIN, "410400", "410400-01", "", false},
        {ROLE_HEALTH_AUTHORITY, "410400", "", "", true},
        {ROLE_HEALTH_AUTHORITY, "", "", "", false},
        {ROLE_HEALTH_AUTHORITY, "410400", "410400-01", "", false},
        {ROLE_AUDITOR, "410400", "", "", true},
        {ROLE_AUDITOR, "", "", "", false},
        {ROLE_KIOSK, "410400", "410402001-01", "", true},
        {ROLE_KIOSK, "410400", "", "", false},
        {ROLE_KIOSK, "410400", "410400-01", "1", false},
        {ROLE_DISPLAY, "410400", "410400-01", "", true},
        {ROLE_DISPLAY, "410400", "", "", false},
        {ROLE_CLERK, "410400", "410400-01", "", true},
        {ROLE_CLERK, "410400", "410400-01", "w12", true},
        {ROLE_CLERK, "410400", "", "w12", false},
        {ROLE_HALL_ADMIN, "410400", "410400-01", "", true},
        {ROLE_HALL_ADMIN, "410400", "410400-01", "1", false},
        {ROLE_HALL_ADMIN, "", "410400-01", "", false},
        {ROLE_HALL_ADMIN, "410400", "410500-01", "", false}, /* another city's */
        {ROLE_HALL_ADMIN, "410402", "410402-01", "", false}, /* a district is no city */
        {ROLE_HALL_ADMIN, "41040", "410400-01", "", false},
        {ROLE_HALL_ADMIN, "410400", "4104-01", "", false},
        {ROLE_HALL_ADMIN, "410400", "410400-1", "", false},
        {ROLE_HALL_ADMIN, "410400", "410400-0a", "", false},
        {ROLE_HALL_ADMIN, "410400", "410400", "", false},
        {ROLE_CLERK, "410400", "410400-01", "1 2", false},
        {(enum role)0, "410400", "", "", false},
        {(enum role)77, "410400", "", "", false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct token token = {.role = cases[i].role};
        const char *fault;

        strcpy(token.city, cases[i].city);
        strcpy(token.hall, cases[i].hall);
        strcpy(token.window, cases[i].window);
        fault = token_check(&token);
        cr_expect_eq(fault == NULL, cases[i].good, "case %zu: %s", i, fault ? fault : "good");
    }
}

Test(token_check, what_a_token_reaches)
{
    static const struct {
        const char *city, *hall, *asked;
        bool reached;
    } cases[] = {
        {"410400", "", "410400-01", true},
        {"410400", "", "410402001-01", true},
        {"410400", "", "410500-01", false},
        {"410400", "410400-01", "410400-01", true},
        {"410400", "410400-01", "410400-02", false},
        {"", "", "410400-01", false},
        {"", "410400-01", "410400-01", false},
        {"4", "", "410400-01", false},
        {"410400", "", "", false},
        {"", "", "", false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct token token = {.role = ROLE_CITIZEN};
        strcpy(token.city, cases[i].city);
        strcpy(token.hall, cases[i].hall);
        cr_expect_eq(token_reaches(&token, text_of(cases[i].asked)), cases[i].reached, "case %zu",
                     i);
    }
}

Test(token_check, names_of_roles_go_both_ways)
{
    enum role role;

    for (unsigned i = ROLE_CITIZEN; i <= ROLE_AUDITOR; i++) {
        cr_assert(role_parse(text_of(role_name((enum role)i)), &role));
        cr_expect_eq(role, (enum role)i);
    }
    cr_expect_null(role_name((enum role)0));
    cr_expect_null(role_name((enum role)(ROLE_AUDITOR + 1)));
    cr_expect_not(role_parse(TEXT("root"), &role));
    cr_expect_not(role_parse(TEXT(""), &role));
}
