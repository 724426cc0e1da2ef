/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/memory.h"
#include "store/in_flight.h"
#include "store/stream_state.h"
#include "store/url.h"
#include "tests/leaks.h"

Test(url, forms)
{
    static const struct {
        const char *url;
        const char *unix_path;
        const char *host;
        int port;
    } cases[] = {
        {"unix:/run/redis.sock", "/run/redis.sock", NULL, 0},
        {"unix:redis.sock", "redis.sock", NULL, 0},
        {"redis://127.0.0.1:6380", NULL, "127.0.0.1", 6380},
        {"redis://localhost", NULL, "localhost", 6379},
        {"redis://db.example/", NULL, "db.example", 6379},
        {"redis://[::1]:7000", NULL, "::1", 7000},
        {"redis://[::1]", NULL, "::1", 6379},
        {"redis://db/0", NULL, "db", 6379},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct store_url url;
        const char *error = store_url_parse(cases[i].url, &url);
        cr_assert_null(error, "%s: %s", cases[i].url, error);
        if (cases[i].unix_path)
            cr_assert_str_eq(url.unix_path, cases[i].unix_path);
        else
            cr_assert_str_eq(url.host, cases[i].host);
        cr_assert_eq(url.port, cases[i].port);
        store_url_free(&url);
    }
    assert_no_leaks();
}

Test(url, who_asks)
{
    static const struct {
        const char *url, *user, *password, *address;
    } cases[] = {
        {"redis://db:7000", NULL, NULL, "redis://db:7000"},
        {"redis://:secret@db:7000", NULL, "secret", "redis://db:7000"},
        {"redis://me:secret@db", "me", "secret", "redis://db:6379"},
        {"redis://me:secret@[::1]:7000/0", "me", "secret", "redis://[::1]:7000"},
        {"redis://m%40e:s%3A%2f%25@db/", "m@e", "s:/%", "redis://db:6379"},
        {"redis://me:a:b@c@db", "me", "a:b@c", "redis://db:6379"},
        {"unix:/run/a@b.sock", NULL, NULL, "unix:/run/a@b.sock"},
        {"unix:///run/a@b.sock", NULL, NULL, "unix:///run/a@b.sock"},
        {"unix://:secret@/run/redis.sock", NULL, "secret", "unix:/run/redis.sock"},
        {"unix://me:s%40@/run/a@b", "me", "s@", "unix:/run/a@b"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct store_url url;
        const char *error = store_url_parse(cases[i].url, &url);
        char *address;
        cr_assert_null(error, "%s: %s", cases[i].url, error);
        cr_expect(!url.user == !cases[i].user && (!url.user || !strcmp(url.user, cases[i].user)),
                  "%s: user %s", cases[i].url, url.user);
        cr_expect(!url.password == !cases[i].password &&
                      (!url.password || !strcmp(url.password, cases[i].password)),
                  "%s: password %s", cases[i].url, url.password);
        address = store_url_address(&url);
        cr_expect_str_eq(address, cases[i].address);
        free(address);
        store_url_free(&url);
    }
    assert_no_leaks();
}

Test(url, malformed)
{
    static const char *const cases[] = {
        "",
        "unix:",
        "redis://",
        "redis://:1",
        "http://a:1",
        "redis://a:",
        "redis://a:0",
        "redis://a:65536",
        "redis://[::1",
        "redis://[::1]x",
        "redis://a:b",
        "redis://a:1:2",
        "redis://a/1",
        "redis://a/0/",
        "redis://user@a",
        "redis://user:@a",
        "redis://:@a",
        "redis://@a",
        "redis://u:p%4@a",
        "redis://u:p%@a",
        "redis://u:%00@a",
        "redis://u%zz:p@a",
        "redis://u:p@",
        "rediss://a:1",
        "unix://u:p@",
        "unix://u@/a",
    };
    struct store_url url;
    char long_path[128] = "unix:";

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_not_null(store_url_parse(cases[i], &url), "%s", cases[i]);
    memset(long_path + 5, 'p', 107);
    cr_assert_null(store_url_parse(long_path, &url));
    store_url_free(&url);
    long_path[5 + 107] = 'p';
    cr_assert_not_null(strstr(store_url_parse(long_path, &url), "107"));
    assert_no_leaks();
}

Test(in_flight, keeps_order_while_it_grows_and_wraps)
{
    struct in_flight ring = {0};
    struct in_flight_command command;
    uint64_t added = 0, taken = 0;

    cr_assert_not(in_flight_take(&ring, &command));
    for (int round = 1; round < 300; round++) {
        for (int i = 0; i < round; i++)
            in_flight_add(&ring, (struct in_flight_command){.offset = added++});
        for (int i = 0; i < round - round / 100; i++) {
            cr_assert(in_flight_take(&ring, &command));
            cr_assert_eq(command.offset, taken++);
        }
        if (ring.count)
            cr_assert_eq(in_flight_at(&ring, ring.count - 1)->offset, added - 1);
    }
    cr_assert_eq(ring.count, added - taken);
    in_flight_free(&ring);
    assert_no_leaks();
}

Test(stream_state, ids)
{
    struct stream_id id = {0}, other = {0};
    char bytes[STREAM_ID_BYTES];

    cr_assert(stream_id_parse(TEXT("18446744073709551615-18446744073709551615"), &id));
    cr_assert(id.ms == UINT64_MAX && id.sequence == UINT64_MAX);
    cr_assert(text_is(stream_id_format(id, bytes), "18446744073709551615-18446744073709551615"));
    cr_assert_not(stream_id_parse(TEXT("18446744073709551616-0"), &id));
    cr_assert_not(stream_id_parse(TEXT("5"), &id));
    cr_assert_not(stream_id_parse(TEXT("5-"), &id));
    cr_assert_not(stream_id_parse(TEXT("a-1"), &id));
    cr_assert(stream_id_parse(TEXT("5-10"), &id) && stream_id_parse(TEXT("5-9"), &other));
    cr_assert(stream_id_compare(id, other) > 0 && stream_id_compare(other, id) < 0);
    cr_assert_eq(stream_id_compare(id, id), 0);
}

/* The reader is at entry 10 of 10 ever added, with the id 100-0. */
Test(stream_state, positions)
{
    static const struct {
        const char *what;
        struct stream_state state;
        bool holds;
    } cases[] = {
        {"trimmed up to it", {.length = 5, .added = 15, .first = {110, 0}, .last = {150, 0}}, true},
        {"trimmed past it", {.length = 4, .added = 15, .first = {120, 0}, .last = {150, 0}}, false},
        {"emptied behind it", {.length = 0, .added = 10, .last = {100, 0}}, true},
        {"emptied beyond it", {.length = 0, .added = 11, .last = {110, 0}}, false},
        {"one behind it deleted",
         {.length = 5, .added = 15, .first = {110, 0}, .last = {150, 0}, .deleted = {120, 0}},
         false},
        {"gone", {0}, false},
        {"older", {.length = 9, .added = 9, .first = {10, 0}, .last = {90, 0}}, false},
        {"another, with fewer",
         {.length = 2, .added = 2, .first = {200, 0}, .last = {210, 0}},
         false},
        {"another, with more",
         {.length = 30, .added = 30, .first = {15, 0}, .last = {210, 0}},
         false},
    };
    struct stream_position position = {.id = {100, 0}, .count = 10, .is_entry = true};
    struct stream_position start = {0};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(stream_position_holds(&position, &cases[i].state), cases[i].holds, "%s",
                     cases[i].what);
    cr_assert(stream_position_holds(&start, &(struct stream_state){0}));
    cr_assert(stream_position_holds(
        &start, &(struct stream_state){.length = 3, .added = 3, .first = {1, 0}, .last = {3, 0}}));
    cr_assert_not(stream_position_holds(
        &start, &(struct stream_state){.length = 2, .added = 3, .first = {2, 0}, .last = {3, 0}}));
}
