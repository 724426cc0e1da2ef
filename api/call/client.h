/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/http/http.h"

/* Where a request comes from, for limits: the peer, or behind a proxy that is trusted what that one
 * says in X-Forwarded-For. */

enum { PROXIES_MAX = 16 };

/* Networks of proxies that tell the truth about their clients. */
struct proxies {
    struct {
        unsigned char address[HTTP_ADDRESS_BYTES];
        unsigned bits;
    } items[PROXIES_MAX];
    unsigned count;
};

/* Reads "127.0.0.0/8, ::1": addresses and networks, separated by commas or blanks; empty trusts
 * nobody. False when one is malformed, or there are too many. */
bool proxies_parse(struct text list, struct proxies *proxies);

/* The network of the request's client: an IPv4 address (as ::ffff:a.b.c.d), or the /64 of an IPv6
 * one, of which a household or a phone has at least a whole. The last address of X-Forwarded-For
 * that is no trusted proxy counts: what stands before it the client may have written itself. False
 * when it is nobody's: a trusted peer that forwards for nobody, which is a program of its own. */
bool client_network(const struct http_request *request, const struct proxies *trusted,
                    unsigned char network[HTTP_ADDRESS_BYTES]);
