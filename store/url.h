/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* A path of a unix socket has room for this many bytes on Linux (unix(7)), its NUL not counted. */
#define STORE_UNIX_PATH_MAX 107

/* Where a Redis is: a unix socket or a host and port; and who asks. Strings are owned. */
struct store_url {
    char *unix_path; /* NULL for TCP */
    char *host;      /* a name or an address, without brackets */
    int port;
    char *user;     /* of Redis' ACL; NULL: its default user */
    char *password; /* NULL: none is given */
};

/* Reads `unix:PATH` or `redis://HOST:PORT` (an IPv6 address in brackets; the port may be left out:
 * 6379), with a password `redis://USER:PASSWORD@HOST:PORT` or `unix://USER:PASSWORD@/PATH`, where
 * the user may be left out and both are percent-encoded. Returns NULL, or what is wrong as a static
 * English sentence, which tells nothing of the URL. */
const char *store_url_parse(const char *url, struct store_url *parsed);

/* The URL without who asks, to be shown; the caller frees it. */
char *store_url_address(const struct store_url *url);

/* Frees the strings, the password overwritten. */
void store_url_free(struct store_url *url);
