/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/http/http.h"

/* A server and its clients on one loop in one process: waiting for a client's bytes turns the
 * server's loop, so nothing sleeps and each test decides what happens first. */

#define HARNESS_HELD_MAX 256

struct harness {
    uv_loop_t loop;
    struct http_server *server; /* NULL once it is drained */
    int fd;
    struct sockaddr_in address;
    bool is_holding; /* requests are kept in `held` for the test to answer; otherwise echoed */
    bool is_closing; /* answers say `close` */
    struct http_request *held[HARNESS_HELD_MAX];
    unsigned held_count, gone_count, fault_count;
    const struct http_response *fixed; /* answers this instead of an echo */
    bool is_drained;
};

/* Limits as by default where `limits` is NULL. */
void harness_open(struct harness *harness, const struct http_limits *limits);

/* Drains at once and checks that nothing is left, no handle and no memory. */
void harness_close(struct harness *harness);

/* Turns the loop until `*value` is `wanted`; false after five seconds. */
bool harness_await(struct harness *harness, const unsigned *value, unsigned wanted);
bool harness_await_flag(struct harness *harness, const bool *flag);
void harness_turn(struct harness *harness);

/* Answers the i-th request that is held as an echo would. */
void harness_echo(struct harness *harness, unsigned i);

struct client {
    struct harness *harness;
    struct buffer in;
    int fd;
    bool is_ended, is_reset;
};

struct answer {
    unsigned status; /* 0: none came */
    struct text head, body;
};

void client_open(struct client *client, struct harness *harness);
void client_close(struct client *client);
/* Closes so that the server sees a reset. */
void client_reset(struct client *client);
void client_send(struct client *client, struct text bytes);
/* Sends, and turns the loop until the server has read all of it. */
void client_send_read(struct client *client, struct text bytes);
void client_shut_down(struct client *client);
/* Turns the loop once and takes what came. */
void client_turn(struct client *client);

/* The next answer, whole; its texts hold until the next call. A HEAD's answer has no body. */
struct answer client_answer(struct client *client, bool is_head);

/* Turns the loop until the connection's end; what came before stays in `in`. */
bool client_await_end(struct client *client);

/* Turns the loop until `in` holds `length` bytes or the end came. */
bool client_await_bytes(struct client *client, size_t length);

/* Sends to a connection of its own and gives the status of the first answer; with `is_ending` the
 * connection must have ended behind it. */
unsigned harness_ask(struct harness *harness, struct text bytes, bool is_ending);

bool text_contains(struct text text, const char *part);
