/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call/client.h"

#include <arpa/inet.h>

enum { ADDRESS_CHARS_MAX = 64, V4_PREFIX_BITS = 96, ADDRESS_BITS = 128, NETWORK_BYTES = 8 };

static const unsigned char v4_mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool is_v4(const unsigned char address[HTTP_ADDRESS_BYTES])
{
    return memcmp(address, v4_mapped, sizeof v4_mapped) == 0;
}

/* 192.0.2.1 or 2001:db8::1. */
static bool parse_bare(struct text text, unsigned char address[HTTP_ADDRESS_BYTES])
{
    char name[ADDRESS_CHARS_MAX] = "";

    if (text.length >= sizeof name)
        return false;
    memcpy(name, text.data ? text.data : "", text.length);
    memcpy(address, v4_mapped, sizeof v4_mapped);
    return inet_pton(AF_INET, name, address + sizeof v4_mapped) == 1 ||
           inet_pton(AF_INET6, name, address) == 1;
}

/* Also with a port behind it, as some proxies write it: 192.0.2.1:4711, [2001:db8::1]:4711. */
static bool parse_address(struct text text, unsigned char address[HTTP_ADDRESS_BYTES])
{
    struct text rest = text, host;

    if (parse_bare(text, address))
        return true;
    if (text.length && text.data[0] == '[') {
        rest = text_part(text, 1, text.length);
        return text_split(&rest, ']', &host) && rest.data && parse_bare(host, address);
    }
    return text_split(&rest, ':', &host) && rest.data && parse_bare(host, address);
}

static bool parse_network(struct text text, struct proxies *proxies)
{
    unsigned char *address;
    struct text host;
    int64_t bits = ADDRESS_BITS;

    if (proxies->count == PROXIES_MAX)
        return false;
    address = proxies->items[proxies->count].address;
    if (!text_split(&text, '/', &host) || !parse_bare(host, address))
        return false;
    if (text.data && is_v4(address)) {
        if (!text_to_integer(text, 0, 32, &bits))
            return false;
        bits += V4_PREFIX_BITS;
    } else if (text.data && !text_to_integer(text, 0, ADDRESS_BITS, &bits)) {
        return false;
    }
    proxies->items[proxies->count++].bits = (unsigned)bits;
    return true;
}

bool proxies_parse(struct text list, struct proxies *proxies)
{
    struct text part, word;

    proxies->count = 0;
    while (list.length && text_split(&list, ',', &part)) {
        part = text_trim(part);
        while (part.length && text_split(&part, ' ', &word)) {
            if (word.length && !parse_network(word, proxies))
                return false;
        }
    }
    return true;
}

static bool is_within(const unsigned char address[HTTP_ADDRESS_BYTES],
                      const unsigned char network[HTTP_ADDRESS_BYTES], unsigned bits)
{
    unsigned bytes = bits / 8, rest = bits % 8;

    return memcmp(address, network, bytes) == 0 &&
           (!rest || (address[bytes] ^ network[bytes]) >> (8 - rest) == 0);
}

static bool is_trusted(const struct proxies *trusted,
                       const unsigned char address[HTTP_ADDRESS_BYTES])
{
    for (unsigned i = 0; i < trusted->count; i++)
        if (is_within(address, trusted->items[i].address, trusted->items[i].bits))
            return true;
    return false;
}

/* Takes the part behind the last comma off. */
static struct text take_last(struct text *list)
{
    size_t at = list->length;
    struct text last;

    while (at && list->data[at - 1] != ',')
        at--;
    last = text_trim(text_part(*list, at, list->length));
    list->length = at ? at - 1 : 0;
    return last;
}

bool client_network(const struct http_request *request, const struct proxies *trusted,
                    unsigned char network[HTTP_ADDRESS_BYTES])
{
    struct text forwarded = http_request_last_header(request, "x-forwarded-for");
    unsigned char before[HTTP_ADDRESS_BYTES];

    memcpy(network, request->peer, HTTP_ADDRESS_BYTES);
    if (is_trusted(trusted, network) && !forwarded.length)
        return false;
    while (forwarded.length && is_trusted(trusted, network) &&
           parse_address(take_last(&forwarded), before))
        memcpy(network, before, sizeof before);
    if (!is_v4(network))
        memset(network + NETWORK_BYTES, 0, HTTP_ADDRESS_BYTES - NETWORK_BYTES);
    return true;
}
