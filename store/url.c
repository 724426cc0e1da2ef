/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/url.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"

#define REDIS_PORT 6379

/* --- Who asks --- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* With its %XX decoded; NULL when one is none, or is a NUL. */
static char *decode(struct text text)
{
    char *plain = memory_new(text.length + 1), *at = plain;

    for (size_t i = 0; i < text.length; i++) {
        int high = 0, low = text.data[i];
        if (text.data[i] == '%') {
            high = i + 2 < text.length ? hex_digit(text.data[i + 1]) : -1;
            low = i + 2 < text.length ? hex_digit(text.data[i + 2]) : -1;
            i += 2;
        }
        if (high < 0 || low < 0 || (high == 0 && low == 0)) {
            free(plain);
            return NULL;
        }
        *at++ = (char)(high << 4 | low);
    }
    return plain;
}

/* `USER:PASSWORD`, `:PASSWORD` */
static const char *parse_credentials(struct text text, struct store_url *parsed)
{
    struct text rest = text, user;

    text_split(&rest, ':', &user);
    if (!rest.length)
        return "a store URL with an @ needs a password before it: redis://USER:PASSWORD@HOST:PORT";
    parsed->user = user.length ? decode(user) : NULL;
    parsed->password = decode(rest);
    if (!parsed->password || (user.length && !parsed->user))
        return "in the user and the password of a store URL % stands before two hexadecimal digits "
               "(%25 is %, %40 is @, %3A is :, %2F is /)";
    return NULL;
}

/* Takes `CREDENTIALS@` off the front, which ends at the last @ before a slash. */
static const char *take_credentials(struct text *rest, struct store_url *parsed)
{
    const char *slash = memchr(rest->data, '/', rest->length);
    size_t length = slash ? (size_t)(slash - rest->data) : rest->length;
    const char *at = memrchr(rest->data, '@', length);
    struct text credentials;

    if (!at)
        return NULL;
    credentials = text_part(*rest, 0, (size_t)(at - rest->data));
    *rest = text_part(*rest, credentials.length + 1, rest->length);
    return parse_credentials(credentials, parsed);
}

/* --- Where Redis is --- */

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

/* All of Redis' Functions are shared by its databases, so another one would be no place of its own.
 */
static bool take_database(struct text *rest)
{
    const char *slash = memchr(rest->data, '/', rest->length);
    struct text database = TEXT_NONE;

    if (slash) {
        database = text_part(*rest, (size_t)(slash - rest->data) + 1, rest->length);
        rest->length = (size_t)(slash - rest->data);
    }
    return !database.length || text_is(database, "0");
}

static const char *parse_tcp(struct text rest, struct store_url *parsed)
{
    int64_t port = REDIS_PORT;
    struct text host, port_text;

    if (!take_database(&rest))
        return "jiaohao uses the database 0 of a Redis of its own: the store URL ends with "
               "HOST:PORT or HOST:PORT/0";
    if (!split_host(rest, &host, &port_text) || !host.length)
        return "a store URL of the form redis://HOST:PORT needs a host";
    if (port_text.data && !text_to_integer(port_text, 1, 65535, &port))
        return "the port of a store URL is a number from 1 to 65535";
    parsed->host = memory_copy_text(host);
    parsed->port = (int)port;
    return NULL;
}

static const char *parse(struct text url, struct store_url *parsed)
{
    struct text rest = url;
    const char *error;
    bool is_unix = text_starts_with(url, TEXT("unix:"));

    if (text_starts_with(url, TEXT("rediss://")))
        return "rediss:// (TLS) is not built in, as Debian 12's hiredis has none: let stunnel speak "
               "TLS and give its address here (deploy/stunnel-redis.conf), such as "
               "redis://127.0.0.1:6390";
    if (is_unix && !text_starts_with(url, TEXT("unix://")))
        return parse_unix(text_part(url, strlen("unix:"), url.length), parsed);
    if (!is_unix && !text_starts_with(url, TEXT("redis://")))
        return "a store URL is unix:PATH or redis://HOST:PORT";
    rest = text_part(url, is_unix ? strlen("unix://") : strlen("redis://"), url.length);
    error = take_credentials(&rest, parsed);
    if (error)
        return error;
    if (is_unix && !parsed->password)
        rest = text_part(url, strlen("unix:"), url.length);
    return is_unix ? parse_unix(rest, parsed) : parse_tcp(rest, parsed);
}

const char *store_url_parse(const char *url, struct store_url *parsed)
{
    const char *error;

    *parsed = (struct store_url){0};
    error = parse(text_of(url), parsed);
    if (error)
        store_url_free(parsed);
    return error;
}

char *store_url_address(const struct store_url *url)
{
    struct buffer address = {0};
    char *copy;

    if (url->unix_path)
        buffer_printf(&address, "unix:%s", url->unix_path);
    else
        buffer_printf(&address, strchr(url->host, ':') ? "redis://[%s]:%d" : "redis://%s:%d",
                      url->host, url->port);
    copy = memory_copy_text(buffer_text(&address));
    buffer_free(&address);
    return copy;
}

static void free_secret(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void store_url_free(struct store_url *url)
{
    free(url->unix_path);
    free(url->host);
    free(url->user);
    free_secret(url->password);
    *url = (struct store_url){0};
}
