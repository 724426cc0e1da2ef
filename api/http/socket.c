/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/http/http.h"

static int parse_address(const char *text, struct sockaddr_storage *address)
{
    struct text whole = text_of(text), host, port_text;
    const char *colon = strrchr(text, ':');
    char name[INET6_ADDRSTRLEN];
    int64_t port;

    if (!colon)
        return -EINVAL;
    host = text_bytes(text, (size_t)(colon - text));
    port_text = text_part(whole, host.length + 1, whole.length);
    if (!text_to_integer(port_text, 0, 65535, &port))
        return -EINVAL;
    if (host.length > 2 && host.data[0] == '[' && host.data[host.length - 1] == ']')
        host = text_part(host, 1, host.length - 2);
    if (host.length >= sizeof name)
        return -EINVAL;
    memcpy(name, host.data, host.length);
    name[host.length] = 0;
    if (colon > text && colon[-1] == ']')
        return uv_ip6_addr(name, (int)port, (struct sockaddr_in6 *)address);
    return uv_ip4_addr(name, (int)port, (struct sockaddr_in *)address);
}

int http_bind(const char *text)
{
    struct sockaddr_storage address = {0};
    socklen_t length;
    int error = parse_address(text, &address), fd;

    if (error < 0)
        return error;
    length =
        address.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) < 0 ||
        bind(fd, (struct sockaddr *)&address, length) < 0) {
        error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

void http_local_address(int fd, struct buffer *address)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } local = {.in6 = {0}};
    socklen_t length = sizeof local;
    char name[INET6_ADDRSTRLEN] = "";

    if (getsockname(fd, &local.any, &length) < 0)
        return;
    if (local.any.sa_family == AF_INET6) {
        uv_ip6_name(&local.in6, name, sizeof name);
        buffer_printf(address, "[%s]:%u", name, ntohs(local.in6.sin6_port));
    } else {
        uv_ip4_name(&local.in, name, sizeof name);
        buffer_printf(address, "%s:%u", name, ntohs(local.in.sin_port));
    }
}
