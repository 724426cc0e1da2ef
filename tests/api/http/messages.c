/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "tests/api/http/harness.h"

/* What one message may look like, and what each fault is answered with. */

#define HOST "Host: a\r\n"

struct message {
    const char *bytes;
    const char *body; /* of the answer; NULL: not looked at */
};

static const struct message accepted[] = {
    {"GET / HTTP/1.1\r\n" HOST "\r\n", "GET|/||0|"},
    {"GET /a%20b?c=d&e HTTP/1.1\r\n" HOST "\r\n", "GET|/a%20b|c=d&e|0|"},
    {"GET /a??b HTTP/1.1\r\n" HOST "\r\n", "GET|/a|?b|0|"},
    {"GET /? HTTP/1.1\r\n" HOST "\r\n", "GET|/||0|"},
    {"GET //x HTTP/1.1\r\n" HOST "\r\n", "GET|//x||0|"},
    {"\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", "GET|/||0|"},
    {"GET http://a/b?c HTTP/1.1\r\n" HOST "\r\n", "GET|/b|c|0|"},
    {"GET HTTPS://a:1/b HTTP/1.1\r\n" HOST "\r\n", "GET|/b||0|"},
    {"GET http://a HTTP/1.1\r\n" HOST "\r\n", "GET|/||0|"},
    {"GET http://a?b HTTP/1.1\r\n" HOST "\r\n", "GET|/|b|0|"},
    {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "OPTIONS|/||0|"},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET|/||0|"},
    {"GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "GET|/||0|"},
    {"GET / HTTP/1.1\r\nhOST:\t a \t\r\n\r\n", "GET|/||0|"},
    {"BREW /pot HTTP/1.1\r\n" HOST "\r\n", "BREW|/pot||0|"},
    {"get / HTTP/1.1\r\n" HOST "\r\n", "get|/||0|"},
    {"GETX / HTTP/1.1\r\n" HOST "\r\n", "GETX|/||0|"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "POST|/||0|"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", "POST|/||3|abc"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: \t 3  \r\n\r\na\nc", "POST|/||3|a\nc"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 003\r\n\r\nabc", "POST|/||3|abc"},
    {"POST / HTTP/1.1\r\n" HOST "\r\n", "POST|/||0|"},
    {"GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", "GET|/||1|x"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "POST|/||0|"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0A;x=\"y z\"\r\n"
     "0123456789\r\n00\r\nTrailer: 1\r\nOther: 2\r\n\r\n",
     "POST|/||13|abc0123456789"},
    {"GET / HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n", "GET|/||0|"},
    {"PUT / HTTP/1.1\r\n" HOST "Upgrade: h2c\r\nConnection: upgrade\r\nContent-Length: 2\r\n\r\nhi",
     "PUT|/||2|hi"},
    {"GET / HTTP/1.1\r\n" HOST "X: \xe5\x8f\xab\xff\t!\r\nY:\r\n\r\n", "GET|/||0|"},
    {"GET / HTTP/1.0\r\n\r\n", "GET|/||0|"},
    {"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", "POST|/||2|hi"},
    {"GET / HTTP/1.0\r\nExpect: something\r\n\r\n", "GET|/||0|"},
    {"POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
     "POST|/||2|hi"},
};

Test(http_messages, accepted)
{
    struct harness harness;

    harness_open(&harness, NULL);
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct client client;
        struct answer answer;
        client_open(&client, &harness);
        client_send(&client, text_of(accepted[i].bytes));
        answer = client_answer(&client, false);
        cr_expect_eq(answer.status, 200, "%u for %s", answer.status, accepted[i].bytes);
        cr_expect(text_is(answer.body, accepted[i].body), "%.*s for %s", TEXT_ARG(answer.body),
                  accepted[i].bytes);
        client_close(&client);
    }
    harness_close(&harness);
}

#define POST    "POST / HTTP/1.1\r\n" HOST
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

static const char *const malformed[] = {
    /* framing that two readers could take differently */
    POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    POST "Content-Length: 3, 3\r\n\r\nabc",
    POST "Content-Length: +3\r\n\r\nabc",
    POST "Content-Length: -3\r\n\r\nabc",
    POST "Content-Length: 0x3\r\n\r\nabc",
    POST "Content-Length: 3 3\r\n\r\nabc",
    POST "Content-Length:\r\n\r\n",
    POST "Content-Length: 99999999999999999999999999\r\n\r\n",
    POST "Transfer-Encoding: gzip\r\n\r\n",
    POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    POST "Transfer-Encoding: identity\r\n\r\n",
    POST "Transfer-Encoding:\r\n\r\n",
    POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    POST "Content-Length : 3\r\n\r\nabc",
    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    /* chunks */
    CHUNKED "x\r\n",
    CHUNKED "\r\n",
    CHUNKED "-1\r\n",
    CHUNKED "+1\r\n",
    CHUNKED "0x1\r\n",
    CHUNKED " 1\r\na\r\n",
    CHUNKED "1 \r\na\r\n",
    CHUNKED "1\na\r\n0\r\n\r\n",
    CHUNKED "1\rXa\r\n0\r\n\r\n",
    CHUNKED "1\r\nab\r\n0\r\n\r\n",
    CHUNKED "1\r\na\n0\r\n\r\n",
    CHUNKED "1\r\na\rX0\r\n\r\n",
    CHUNKED "1\r\na0\r\n\r\n",
    CHUNKED "1;\x01\r\na\r\n0\r\n\r\n",
    CHUNKED "1;a\nb\r\na\r\n0\r\n\r\n",
    CHUNKED "0\r\nA: b\n\r\n",
    CHUNKED "0\r\n fold\r\n\r\n",
    CHUNKED "0\r\n\rX",
    /* fields */
    "GET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nX: y\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST HOST "\r\n",
    "GET / HTTP/1.1\r\n" HOST "Host: b\r\n\r\n",
    "GET / HTTP/1.0\r\n" HOST "Host: b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "X : y\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "X\t: y\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "X Y: z\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST " X: y\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "X: y\r\n z\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "X: y\r\n\tz\r\n\r\n",
    "GET / HTTP/1.1\r\n X: y\r\n" HOST "\r\n",
    "GET / HTTP/1.1\r\n" HOST ": y\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "X\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "X: a\x01z\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "X: a\x7fz\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "X: \x01z\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "X:\x7f\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "X: a\rz\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "X: a\nz: 1\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "X\xe5: a\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "Authorization: a\r\nAuthorization: b\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "Idempotency-Key: a\r\nidempotency-key: a\r\n\r\n",
    /* line ends */
    "GET / HTTP/1.1\n" HOST "\r\n",
    "GET / HTTP/1.1\r\nHost: a\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "\n",
    "GET / HTTP/1.1\r\n" HOST "\r\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "\rX\r\n\r\n",
    "\nGET / HTTP/1.1\r\n" HOST "\r\n",
    "\rGET / HTTP/1.1\r\n" HOST "\r\n",
    /* request line */
    "GET  / HTTP/1.1\r\n" HOST "\r\n",
    "GET /  HTTP/1.1\r\n" HOST "\r\n",
    "GET / HTTP/1.1 \r\n" HOST "\r\n",
    " GET / HTTP/1.1\r\n" HOST "\r\n",
    "GET\t/ HTTP/1.1\r\n" HOST "\r\n",
    "GET / HTTP/1.10\r\n" HOST "\r\n",
    "GET / HTTP/11.1\r\n" HOST "\r\n",
    "GET / HTTP/1\r\n" HOST "\r\n",
    "GET / http/1.1\r\n" HOST "\r\n",
    "GET / ICE/1.1\r\n" HOST "\r\n",
    "GET /\r\n\r\n",
    "GET\r\n\r\n",
    "G@T / HTTP/1.1\r\n" HOST "\r\n",
    "GET x HTTP/1.1\r\n" HOST "\r\n",
    "GET ?x HTTP/1.1\r\n" HOST "\r\n",
    "GET * HTTP/1.1\r\n" HOST "\r\n",
    "OPTIONS *x HTTP/1.1\r\n" HOST "\r\n",
    "GET /a#b HTTP/1.1\r\n" HOST "\r\n",
    "GET /a\tb HTTP/1.1\r\n" HOST "\r\n",
    "GET /a\x0c"
    "b HTTP/1.1\r\n" HOST "\r\n",
    "GET /\xe5\x8f\xab HTTP/1.1\r\n" HOST "\r\n",
    "GET /a\x7f HTTP/1.1\r\n" HOST "\r\n",
    "GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n",
    "GET http:///x HTTP/1.1\r\n" HOST "\r\n",
    "GET http:// HTTP/1.1\r\n" HOST "\r\n",
    "CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n",
    "\x16\x03\x01\x02",
};

Test(http_messages, malformed)
{
    struct harness harness;

    harness_open(&harness, NULL);
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        unsigned status = harness_ask(&harness, text_of(malformed[i]), true);
        cr_expect_eq(status, 400, "%u for %s", status, malformed[i]);
    }
    cr_expect_eq(harness.fault_count, sizeof malformed / sizeof *malformed);
    harness_close(&harness);
}

static const struct {
    const char *bytes;
    size_t length;
} with_nul[] = {
#define BYTES(literal)                                                                             \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }
    BYTES("GET / HTTP/1.1\r\n" HOST "X: a\0z\r\n\r\n"),
    BYTES("GET / HTTP/1.1\r\n" HOST "X\0: a\r\n\r\n"),
    BYTES("GET /\0 HTTP/1.1\r\n" HOST "\r\n"),
    BYTES("GE\0T / HTTP/1.1\r\n" HOST "\r\n"),
    BYTES("GET / HTTP/1.1\r\nHost: \0\r\n\r\n"),
    BYTES(CHUNKED "1\0\r\na\r\n0\r\n\r\n"),
    BYTES("\0\0\0\0"),
#undef BYTES
};

Test(http_messages, nul_bytes)
{
    struct harness harness;

    harness_open(&harness, NULL);
    for (size_t i = 0; i < sizeof with_nul / sizeof *with_nul; i++) {
        struct text bytes = text_bytes(with_nul[i].bytes, with_nul[i].length);
        cr_expect_eq(harness_ask(&harness, bytes, true), 400, "number %zu", i);
    }
    harness_close(&harness);
}

Test(http_messages, versions)
{
    struct harness harness;

    harness_open(&harness, NULL);
    cr_expect_eq(harness_ask(&harness, TEXT("GET / HTTP/2.0\r\n" HOST "\r\n"), true), 505);
    cr_expect_eq(harness_ask(&harness, TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), true), 505);
    cr_expect_eq(harness_ask(&harness, TEXT("GET / HTTP/1.2\r\n" HOST "\r\n"), true), 505);
    cr_expect_eq(harness_ask(&harness, TEXT("GET / HTTP/0.9\r\n" HOST "\r\n"), true), 505);
    harness_close(&harness);
}

Test(http_messages, expectations)
{
    struct harness harness;
    struct client client;
    struct answer answer;

    harness_open(&harness, NULL);
    cr_expect_eq(harness_ask(&harness, TEXT(POST "Expect: tea\r\nContent-Length: 1\r\n\r\n"), true),
                 417);
    cr_expect_eq(harness_ask(&harness,
                             TEXT(POST "Expect: 100-continue\r\nContent-Length: 65537\r\n\r\n"),
                             true),
                 413);
    client_open(&client, &harness);
    client_send(&client, TEXT(POST "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n"));
    answer = client_answer(&client, false);
    cr_expect_eq(answer.status, 100);
    cr_expect(text_is(answer.head, "HTTP/1.1 100 Continue\r\n\r\n"));
    client_send_read(&client, TEXT("h"));
    client_send(&client, TEXT("i"));
    cr_expect(text_is(client_answer(&client, false).body, "POST|/||2|hi"), "invited once");
    client_close(&client);
    harness_close(&harness);
}

/* Whose body is there is not invited, in its turn neither. */
Test(http_messages, expectation_with_the_body)
{
    struct harness harness;
    struct client client;

    harness_open(&harness, NULL);
    harness.is_holding = true;
    client_open(&client, &harness);
    client_send(&client, TEXT("GET /1 HTTP/1.1\r\n" HOST "\r\n" POST
                              "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"));
    cr_assert(harness_await(&harness, &harness.held_count, 2));
    harness_echo(&harness, 0);
    cr_expect_eq(client_answer(&client, false).status, 200);
    harness_echo(&harness, 1);
    cr_expect_eq(client_answer(&client, false).status, 200);
    client_close(&client);
    harness_close(&harness);
}

/* The invitation must stand behind the answers before it. */
Test(http_messages, expectation_behind_another)
{
    struct harness harness;
    struct client client;

    harness_open(&harness, NULL);
    harness.is_holding = true;
    client_open(&client, &harness);
    client_send(&client, TEXT("GET /1 HTTP/1.1\r\n" HOST "\r\n" POST
                              "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    cr_assert(harness_await(&harness, &harness.held_count, 1));
    cr_expect_eq(client.in.length, 0);
    harness_echo(&harness, 0);
    cr_expect(text_is(client_answer(&client, false).body, "GET|/1||0|"));
    cr_expect_eq(client_answer(&client, false).status, 100);
    client_send(&client, TEXT("hi"));
    cr_assert(harness_await(&harness, &harness.held_count, 2));
    harness_echo(&harness, 1);
    cr_expect(text_is(client_answer(&client, false).body, "POST|/||2|hi"));
    client_close(&client);
    harness_close(&harness);
}

/* ---- limits ---- */

static void append_sized(struct buffer *bytes, size_t header_bytes)
{
    buffer_append(bytes, TEXT("GET / HTTP/1.1\r\n" HOST "X: "));
    while (bytes->length < header_bytes - 4)
        buffer_append_byte(bytes, 'x');
    buffer_append(bytes, TEXT("\r\n\r\n"));
}

static unsigned ask_header(struct harness *harness, size_t header_bytes)
{
    struct buffer bytes = {0};
    unsigned status;

    append_sized(&bytes, header_bytes);
    status = harness_ask(harness, buffer_text(&bytes), header_bytes > 16384);
    buffer_free(&bytes);
    return status;
}

Test(http_messages, header_limit)
{
    struct harness harness;
    struct buffer bytes = {0};

    harness_open(&harness, NULL);
    cr_expect_eq(ask_header(&harness, 16384), 200);
    cr_expect_eq(ask_header(&harness, 16385), 431);
    cr_expect_eq(ask_header(&harness, 20480), 431);
    cr_expect_eq(ask_header(&harness, 300000), 431);
    buffer_append(&bytes, TEXT("GET /"));
    for (int i = 0; i < 20480; i++)
        buffer_append_byte(&bytes, 'x');
    cr_expect_eq(harness_ask(&harness, buffer_text(&bytes), true), 431, "a long target");
    buffer_clear(&bytes);
    buffer_append(&bytes, TEXT("GET / HTTP/1.1\r\n" HOST));
    for (int i = 0; i < 127; i++)
        buffer_append(&bytes, TEXT("X: y\r\n"));
    buffer_append(&bytes, TEXT("\r\n"));
    cr_expect_eq(harness_ask(&harness, buffer_text(&bytes), false), 200, "128 fields");
    bytes.length -= 2;
    buffer_append(&bytes, TEXT("X: y\r\n\r\n"));
    cr_expect_eq(harness_ask(&harness, buffer_text(&bytes), true), 431, "129 fields");
    buffer_free(&bytes);
    harness_close(&harness);
}

static void append_body(struct buffer *bytes, size_t length, bool is_chunked)
{
    if (is_chunked)
        buffer_printf(bytes, POST "Transfer-Encoding: chunked\r\n\r\n4000\r\n");
    else
        buffer_printf(bytes, POST "Content-Length: %zu\r\n\r\n", length);
    for (size_t i = 0; i < length; i++) {
        if (is_chunked && i == 0x4000)
            buffer_printf(bytes, "\r\n%zx\r\n", length - i);
        buffer_append_byte(bytes, 'b');
    }
    if (is_chunked)
        buffer_append(bytes, TEXT("\r\n0\r\n\r\n"));
}

static unsigned ask_body(struct harness *harness, size_t length, bool is_chunked)
{
    struct buffer bytes = {0};
    unsigned status;

    append_body(&bytes, length, is_chunked);
    status = harness_ask(harness, buffer_text(&bytes), length > 65536);
    buffer_free(&bytes);
    return status;
}

Test(http_messages, body_limit)
{
    struct harness harness;

    harness_open(&harness, NULL);
    for (int is_chunked = 0; is_chunked < 2; is_chunked++) {
        cr_expect_eq(ask_body(&harness, 65536, is_chunked), 200);
        cr_expect_eq(ask_body(&harness, 65537, is_chunked), 413);
        cr_expect_eq(ask_body(&harness, 900000, is_chunked), 413);
    }
    /* At once: nothing of the body has come. */
    cr_expect_eq(harness_ask(&harness, TEXT(POST "Content-Length: 65537\r\n\r\n"), true), 413);
    cr_expect_eq(harness_ask(&harness, TEXT(CHUNKED "10001\r\n"), true), 413);
    cr_expect_eq(harness_ask(&harness, TEXT(CHUNKED "ffffffffffffffffffffffff\r\n"), true), 413);
    harness_close(&harness);
}

/* Chunks of one byte with long extensions, and endless trailers, cost more than they carry. */
Test(http_messages, chunk_overhead_limit)
{
    struct harness harness;
    struct buffer bytes = {0};

    harness_open(&harness, NULL);
    buffer_append(&bytes, TEXT(CHUNKED "1;"));
    for (int i = 0; i < 20000; i++)
        buffer_append_byte(&bytes, 'x');
    cr_expect_eq(harness_ask(&harness, buffer_text(&bytes), true), 400);
    buffer_clear(&bytes);
    buffer_append(&bytes, TEXT(CHUNKED "0\r\n"));
    for (int i = 0; i < 4000; i++)
        buffer_append(&bytes, TEXT("X: y\r\n"));
    cr_expect_eq(harness_ask(&harness, buffer_text(&bytes), true), 400);
    buffer_free(&bytes);
    harness_close(&harness);
}

/* ---- what a handler sees ---- */

Test(http_messages, fields)
{
    struct harness harness;
    struct client client;
    struct http_request *request;

    harness_open(&harness, NULL);
    harness.is_holding = true;
    client_open(&client, &harness);
    client_send(&client, TEXT("POST /p?q HTTP/1.1\r\n" HOST "AUTHORIZATION: Bearer t \r\n"
                              "accept: a/b\r\nAccept-Language: zh\r\nContent-Type: c/d\r\n"
                              "Idempotency-Key: k\r\nLast-Event-ID: 1-2\r\nX-Empty:\r\n"
                              "X-Other: v w\r\nX-Other: second\r\nContent-Length: 4\r\n\r\nbody"));
    cr_assert(harness_await(&harness, &harness.held_count, 1));
    request = harness.held[0];
    cr_expect(text_is(request->method, "POST") && text_is(request->path, "/p") &&
              text_is(request->query, "q") && text_is(request->body, "body"));
    cr_expect(text_is(request->authorization, "Bearer t") && text_is(request->accept, "a/b"));
    cr_expect(text_is(request->accept_language, "zh") && text_is(request->content_type, "c/d"));
    cr_expect(text_is(request->idempotency_key, "k") && text_is(request->last_event_id, "1-2"));
    cr_expect(text_is(http_request_header(request, "x-other"), "v w"));
    cr_expect(text_is(http_request_header(request, "host"), "a"));
    cr_expect(http_request_header(request, "x-empty").data != NULL);
    cr_expect(http_request_header(request, "x-empty").length == 0);
    cr_expect_null(http_request_header(request, "x-none").data);
    cr_expect_eq(request->body.data[4], 0, "bodies end with a NUL");
    cr_expect(request->is_loopback);
    harness_echo(&harness, 0);
    client_close(&client);
    harness_close(&harness);
}

/* ---- what a client sees ---- */

static struct answer ask_fixed(struct harness *harness, const char *method,
                               const struct http_response *response)
{
    struct client client;
    struct answer answer;
    struct buffer bytes = {0};

    harness->fixed = response;
    client_open(&client, harness);
    buffer_printf(&bytes, "%s / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", method);
    client_send(&client, buffer_text(&bytes));
    answer = client_answer(&client, strcmp(method, "HEAD") == 0);
    cr_assert(client_await_end(&client));
    cr_expect_eq(client.in.length, 0, "bytes behind the answer to %s", method);
    client_close(&client);
    buffer_free(&bytes);
    return answer;
}

Test(http_messages, answers)
{
    struct http_response whole = {200, "text/plain", TEXT("X-A: b\r\nX-C: d\r\n"), TEXT("hello"),
                                  false};
    struct http_response bare = {.status = 201};
    struct http_response none = {.status = 204, .content_type = "text/plain", .body = TEXT("x")};
    struct http_response same = {.status = 304, .headers = TEXT("ETag: \"1\"\r\n")};
    struct harness harness;
    struct answer answer;

    harness_open(&harness, NULL);
    answer = ask_fixed(&harness, "GET", &whole);
    cr_expect(text_starts_with(answer.head, TEXT("HTTP/1.1 200 OK\r\nDate: ")));
    cr_expect(text_contains(answer.head, " GMT\r\n"));
    cr_expect(text_contains(answer.head, "\r\nConnection: close\r\nContent-Type: text/plain\r\n"
                                         "Content-Length: 5\r\nX-A: b\r\nX-C: d\r\n\r\n"));
    cr_expect(text_is(answer.body, "hello"));
    answer = ask_fixed(&harness, "HEAD", &whole);
    cr_expect(text_contains(answer.head, "Content-Type: text/plain\r\nContent-Length: 5\r\n"));
    answer = ask_fixed(&harness, "GET", &bare);
    cr_expect(text_starts_with(answer.head, TEXT("HTTP/1.1 201 Created\r\n")));
    cr_expect(text_contains(answer.head, "Content-Length: 0\r\n"));
    cr_expect_not(text_contains(answer.head, "Content-Type"));
    answer = ask_fixed(&harness, "GET", &none);
    cr_expect(text_starts_with(answer.head, TEXT("HTTP/1.1 204 No Content\r\n")));
    cr_expect_not(text_contains(answer.head, "Content-Length"));
    answer = ask_fixed(&harness, "GET", &same);
    cr_expect(text_contains(answer.head, "ETag: \"1\"\r\n"));
    cr_expect_not(text_contains(answer.head, "Content-Length"));
    harness_close(&harness);
}
