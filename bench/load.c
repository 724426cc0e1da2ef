/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* An HTTP load generator that costs little: requests are made before the clock starts, one thread
 * sends them by epoll. Prints one line of NAME=VALUE; fails when an answer was not as expected. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "bench/client.h"

struct options {
    struct client_plan plan;
    struct bookings bookings;
    const char *path;
};

enum { KEY_RATE = 256, KEY_TARGETS, KEY_SAME, KEY_FIRST, KEY_GET };

static const struct argp_option argument_table[] = {
    {"port", 'p', "PORT", 0, "Port of 127.0.0.1", 0},
    {"connections", 'c', "N", 0, "Connections (64)", 0},
    {"depth", 'd', "N", 0, "Requests under way on a connection (1)", 0},
    {"requests", 'n', "N", 0, "Requests (10000)", 0},
    {"rate", KEY_RATE, "PER_SECOND", 0, "Open loop: planned requests a second", 0},
    {"expect", 'e', "STATUS", 0, "The status of every answer (200)", 0},
    {"get", KEY_GET, "PATH", 0, "GET this path", 0},
    {"targets", KEY_TARGETS, "FILE", 0, "Book: lines of `hall service date start`", 0},
    {"same", KEY_SAME, NULL, 0, "Every booking is for the first line of the targets", 0},
    {"first", KEY_FIRST, "N", 0, "Index of the first booking: its person and its target (0)", 0},
    {0},
};

static long number(const char *text, struct argp_state *state, long max)
{
    int64_t value = 0;

    if (!text_to_integer(text_of(text), 0, max, &value))
        argp_error(state, "%s is not a number up to %ld", text, max);
    return (long)value;
}

static error_t read_option(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case 'p':
        options->plan.port = (uint16_t)number(text, state, 65535);
        break;
    case 'c':
        options->plan.connections = (unsigned)number(text, state, 10000);
        break;
    case 'd':
        options->plan.depth = (unsigned)number(text, state, 1000);
        break;
    case 'n':
        options->plan.count = options->bookings.count = (size_t)number(text, state, 100000000);
        break;
    case 'e':
        options->plan.expected_status = (unsigned)number(text, state, CLIENT_STATUS_MAX - 1);
        break;
    case KEY_RATE:
        options->plan.rate_per_second = (double)number(text, state, 10000000);
        break;
    case KEY_GET:
        options->path = text;
        break;
    case KEY_TARGETS:
        options->bookings.targets = text;
        break;
    case KEY_SAME:
        options->bookings.same = true;
        break;
    case KEY_FIRST:
        options->bookings.first = (size_t)number(text, state, 10000000);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static bool make_requests(const struct options *options, struct requests *requests)
{
    if (options->bookings.targets)
        return requests_make_bookings(requests, &options->bookings);
    requests_make_get(requests, options->bookings.host, options->path);
    return true;
}

static int compare_times(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

static void print_result(struct client_result *result)
{
    size_t n = result->answered;

    qsort(result->times_us, n, sizeof *result->times_us, compare_times);
    printf("requests=%zu seconds=%.3f per_second=%.0f p50_us=%u p99_us=%u max_us=%u "
           "body_bytes=%zu\n",
           n, result->seconds, (double)n / result->seconds, result->times_us[n / 2],
           result->times_us[n * 99 / 100], result->times_us[n - 1], result->bodies_bytes / n);
}

/* False, and told, when an answer had another status. */
static bool check_statuses(const struct client_result *result, unsigned expected)
{
    if (result->statuses[expected] == result->answered)
        return true;
    for (unsigned status = 0; status < CLIENT_STATUS_MAX; status++)
        if (result->statuses[status])
            fprintf(stderr, "bench_load: %zu answers with status %u, expected %u\n",
                    result->statuses[status], status, expected);
    fprintf(stderr, TEXT_FMT "\n", TEXT_ARG(buffer_text(&result->unexpected)));
    return false;
}

int main(int argc, char **argv)
{
    static const struct argp arguments = {
        argument_table,
        read_option,
        NULL,
        "Sends requests to 127.0.0.1:PORT. The token of bookings stands in BENCH_TOKEN.",
        NULL,
        NULL,
        NULL};
    struct options options = {
        .plan = {.connections = 64, .depth = 1, .count = 10000, .expected_status = 200},
        .bookings = {.count = 10000, .token = getenv("BENCH_TOKEN")}};
    struct client_result result = {0};
    struct requests requests = {0};
    char host[32];
    bool done = false;

    argp_parse(&arguments, argc, argv, 0, NULL, &options);
    snprintf(host, sizeof host, "127.0.0.1:%u", options.plan.port);
    options.bookings.host = host;
    if (!options.plan.connections || !options.plan.depth || !options.plan.count ||
        !options.path == !options.bookings.targets ||
        (options.bookings.targets && !options.bookings.token)) {
        fprintf(stderr, "bench_load: give --port and either --get, or --targets and BENCH_TOKEN\n");
        return 2;
    }
    if (make_requests(&options, &requests) && client_run(&options.plan, &requests, &result)) {
        print_result(&result);
        done = check_statuses(&result, options.plan.expected_status);
    }
    requests_free(&requests);
    buffer_free(&result.unexpected);
    free(result.times_us);
    return done ? 0 : 1;
}
