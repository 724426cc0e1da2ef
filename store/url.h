/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* A path of a unix socket has room for this many bytes on Linux (unix(7)), its NUL not counted. */
#define STORE_UNIX_PATH_MAX 107

/* Where a Redis is: a unix socket or a host and port. Strings are owned. */
struct store_url {
    char *unix_path; /* NULL for TCP */
    char *host;      /* a name or an address, without brackets */
    int port;
};

/* Reads `unix:PATH` or `redis://HOST:PORT` (an IPv6 address in brackets; the port may be left out:
 * 6379). Returns NULL, or what is wrong as a static English sentence. */
const char *store_url_parse(const char *url, struct store_url *parsed);

void store_url_free(struct store_url *url);
