/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/api/http/harness.h"

/* However a stream of requests is cut into pieces, its answers are the same. */

#define STREAMS    60
#define SPLITS     6
#define SEED       20261009
#define PIECES_MAX 40

static uint64_t state;

/* splitmix64, so that a seed gives the same streams everywhere. */
static unsigned pick(unsigned below)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (unsigned)((z ^ z >> 31) % below);
}

static void append_letters(struct buffer *bytes, unsigned count)
{
    while (count--)
        buffer_append_byte(bytes, (char)('a' + pick(26)));
}

static void append_chunks(struct buffer *bytes)
{
    for (unsigned count = pick(5); count; count--) {
        unsigned length = 1 + pick(pick(4) ? 20 : 3000);
        buffer_printf(bytes, pick(2) ? "%x%s\r\n" : "0%X%s\r\n", length, pick(3) ? "" : ";ext=1");
        append_letters(bytes, length);
        buffer_append(bytes, TEXT("\r\n"));
    }
    buffer_printf(bytes, "0\r\n%s\r\n", pick(3) ? "" : "Trailer: x\r\n");
}

static void append_start(struct buffer *bytes, const char *method)
{
    static const char *const before[] = {"", "", "", "\r\n", "\r\n\r\n"};
    static const char *const origin[] = {"", "", "http://host:80"};

    buffer_printf(bytes, "%s%s %s/", before[pick(5)], method, origin[pick(3)]);
    append_letters(bytes, pick(30));
    buffer_printf(bytes, "%s HTTP/1.1\r\nHost: a\r\n", pick(2) ? "?q=1&r" : "");
    for (unsigned count = pick(6); count; count--) {
        buffer_append(bytes, TEXT("X-"));
        append_letters(bytes, 1 + pick(10));
        buffer_append(bytes, TEXT(": "));
        append_letters(bytes, pick(pick(10) ? 40 : 2000));
        buffer_append(bytes, TEXT("\r\n"));
    }
}

static void append_request(struct buffer *bytes)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "DELETE", "BREW"};
    unsigned length;

    append_start(bytes, methods[pick(5)]);
    switch (pick(3)) {
    case 0:
        buffer_append(bytes, TEXT("\r\n"));
        break;
    case 1:
        length = pick(pick(4) ? 50 : 20000);
        buffer_printf(bytes, "Content-Length: %u\r\n\r\n", length);
        append_letters(bytes, length);
        break;
    default:
        buffer_append(bytes, TEXT("Transfer-Encoding: chunked\r\n\r\n"));
        append_chunks(bytes);
    }
}

/* What ends a stream: nothing more, a wish, or a fault; bytes behind the last two are nobody's. */
static void append_end(struct buffer *bytes)
{
    static const char *const ends[] = {
        "GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /no HTTP/1.1\r\n\r\n",
        "GET /end HTTP/1.0\r\n\r\n",
        "junk\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\nxxxx",
        "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
        "GET / HTTP/3.0\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    };

    buffer_append(bytes, text_of(ends[pick(sizeof ends / sizeof *ends)]));
}

static struct buffer new_stream(void)
{
    struct buffer stream = {0};

    for (unsigned count = pick(8); count; count--)
        append_request(&stream);
    append_end(&stream);
    return stream;
}

/* Answers with their Date lines blanked. */
static struct buffer answers_of(struct client *client)
{
    struct buffer answers;

    cr_assert(client_await_end(client), "the connection goes on");
    cr_assert_not(client->is_reset);
    answers = client->in;
    client->in = (struct buffer){0};
    for (size_t i = 0; i + 37 <= answers.length; i++)
        if (memcmp(answers.data + i, "Date: ", 6) == 0)
            memset(answers.data + i, '-', 35);
    return answers;
}

/* Sends the stream in pieces, each read before the next is sent: at most `pieces` at random places,
 * or every byte alone when it is 0. */
static struct buffer ask(struct harness *harness, struct text stream, unsigned pieces)
{
    struct client client;
    struct buffer answers;
    size_t sent = 0;

    client_open(&client, harness);
    while (sent < stream.length) {
        size_t left = stream.length - sent;
        size_t length = !pieces ? 1 : pieces == 1 ? left : 1 + pick((unsigned)left);
        if (pieces > 1)
            length = 1 + length / (1 + pick(pieces));
        client_send_read(&client, text_part(stream, sent, length));
        sent += length;
    }
    answers = answers_of(&client);
    client_close(&client);
    return answers;
}

static void expect_same(struct buffer *wanted, struct buffer got, struct text stream)
{
    cr_expect(text_equal(buffer_text(wanted), buffer_text(&got)),
              "seed %d\n--- stream\n%.*s\n--- in one piece\n%.*s\n--- in pieces\n%.*s\n", SEED,
              TEXT_ARG(text_part(stream, 0, 3000)), TEXT_ARG(buffer_text(wanted)),
              TEXT_ARG(buffer_text(&got)));
    buffer_free(&got);
}

Test(http_splits, pieces)
{
    struct harness harness;

    state = SEED;
    harness_open(&harness, NULL);
    for (int i = 0; i < STREAMS; i++) {
        struct buffer stream = new_stream();
        struct buffer wanted = ask(&harness, buffer_text(&stream), 1);
        for (int split = 0; split < SPLITS; split++)
            expect_same(&wanted, ask(&harness, buffer_text(&stream), 2 + pick(PIECES_MAX)),
                        buffer_text(&stream));
        if (stream.length < 5000)
            expect_same(&wanted, ask(&harness, buffer_text(&stream), 0), buffer_text(&stream));
        buffer_free(&wanted);
        buffer_free(&stream);
    }
    harness_close(&harness);
}

/* The handler's answers come late and in any order; the client cannot tell. */
Test(http_splits, late_answers)
{
    struct harness harness;

    state = SEED + 1;
    harness_open(&harness, NULL);
    for (int i = 0; i < STREAMS; i++) {
        struct buffer stream = new_stream(), got;
        struct buffer wanted = ask(&harness, buffer_text(&stream), 1);
        struct client client;
        harness.is_holding = true;
        harness.held_count = 0;
        client_open(&client, &harness);
        client_send_read(&client, buffer_text(&stream));
        for (unsigned left = harness.held_count; left; left--) {
            unsigned at = pick(harness.held_count);
            while (!harness.held[at])
                at = (at + 1) % harness.held_count;
            harness_echo(&harness, at);
            if (pick(2))
                harness_turn(&harness);
        }
        got = answers_of(&client);
        expect_same(&wanted, got, buffer_text(&stream));
        harness.is_holding = false;
        client_close(&client);
        buffer_free(&wanted);
        buffer_free(&stream);
    }
    harness_close(&harness);
}
