/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/http/http.h"

/* A server that answers each request with the length of its body, to measure the HTTP layer alone:
 * echo [ADDRESS:PORT]; prints its address, ends at SIGTERM or SIGINT. */

static struct http_server *server;
static uv_signal_t signals[2];

static void respond(struct http_request *request, unsigned status)
{
    char body[64];
    int length =
        snprintf(body, sizeof body, "{\"status\":%u,\"bytes\":%zu}", status, request->body.length);
    struct http_response response = {.status = status,
                                     .content_type = "application/json",
                                     .body = text_bytes(body, (size_t)length)};

    http_respond(request, &response);
}

static void on_request(void *owner, struct http_request *request)
{
    (void)owner;
    respond(request, 200);
}

static void on_fault(void *owner, struct http_request *request, enum http_fault fault)
{
    static const unsigned statuses[] = {400, 431, 413, 408, 417, 505};

    (void)owner;
    respond(request, statuses[fault]);
}

static void on_drained(void *owner)
{
    (void)owner;
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&signals[i], NULL);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    for (int i = 0; i < 2; i++)
        uv_signal_stop(&signals[i]);
    http_server_drain(server, 5000, on_drained, handle->data);
}

int main(int argc, char **argv)
{
    struct http_handler handler = {on_request, on_fault, NULL};
    int fd = http_bind(argc > 1 ? argv[1] : "127.0.0.1:0"), error = fd;
    struct buffer address = {0};
    uv_loop_t *loop = uv_default_loop();

    if (fd >= 0)
        server = http_server_open(loop, fd, &http_limits_default, &handler, &error);
    if (!server) {
        fprintf(stderr, "echo: %s\n", uv_strerror(error));
        return 1;
    }
    http_local_address(fd, &address);
    printf("ready %.*s\n", (int)address.length, address.data);
    fflush(stdout);
    buffer_free(&address);
    for (int i = 0; i < 2; i++) {
        uv_signal_init(loop, &signals[i]);
        uv_signal_start(&signals[i], on_signal, i ? SIGINT : SIGTERM);
    }
    uv_run(loop, UV_RUN_DEFAULT);
    return uv_loop_close(loop) ? 1 : 0;
}
