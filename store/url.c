/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/url.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"

#define REDIS_PORT 6379

static const char *parse_unix(struct text path, struct store_url *parsed)
{
    if (!path.length)
        return "a store URL of the form unix:PATH needs a path";
    if (path.length > STORE_UNIX_PATH_MAX)
        return "the path of a unix socket is limited to 107 bytes";
    parsed->unix_path = memory_copy_text(path);
    return NULL;
}

/* Splits `HOST[:PORT]` or `[ADDRESS][:PORT]`; false when the brackets do not match. */
static bool split_host(struct text rest, struct text *host, struct text *port)
{
    if (rest.length && rest.data[0] == '[') {
        const char *end = memchr(rest.data, ']', rest.length);
        if (!end)
            return false;
        *host = text_bytes(rest.data + 1, (size_t)(end - rest.data) - 1);
        rest = text_part(rest, (size_t)(end - rest.data) + 1, rest.length);
        if (rest.length && rest.data[0] != ':')
            return false;
        *port = rest.length ? text_part(rest, 1, rest.length) : TEXT_NONE;
        return true;
    }
    *port = TEXT_NONE;
    if (!text_split(&rest, ':', host))
        return false;
    *port = rest;
    return true;
}

static const char *parse_tcp(struct text rest, struct store_url *parsed)
{
    int64_t port = REDIS_PORT;
    struct text host, port_text;

    if (rest.length && rest.data[rest.length - 1] == '/')
        rest.length--;
    if (!split_host(rest, &host, &port_text) || !host.length)
        return "a store URL of the form redis://HOST:PORT needs a host";
    if (port_text.data && !text_to_integer(port_text, 1, 65535, &port))
        return "the port of a store URL is a number from 1 to 65535";
    parsed->host = memory_copy_text(host);
    parsed->port = (int)port;
    return NULL;
}

const char *store_url_parse(const char *url, struct store_url *parsed)
{
    struct text text = text_of(url);

    *parsed = (struct store_url){0};
    if (text_starts_with(text, TEXT("unix:")))
        return parse_unix(text_part(text, 5, text.length), parsed);
    if (text_starts_with(text, TEXT("redis://")))
        return parse_tcp(text_part(text, 8, text.length), parsed);
    return "a store URL is unix:PATH or redis://HOST:PORT";
}

void store_url_free(struct store_url *url)
{
    free(url->unix_path);
    free(url->host);
    *url = (struct store_url){0};
}
