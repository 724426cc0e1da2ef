/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buffer.h"
#include "store/store.h"

/* Who may speak to the service: bearer tokens of 256 random bits, stored as hashes. A token is
 * bound to its role and to a city, a hall or a window. */

enum role {
    ROLE_CITIZEN = 1,
    ROLE_GATEWAY,
    ROLE_KIOSK,
    ROLE_DISPLAY,
    ROLE_CLERK,
    ROLE_HALL_ADMIN,
    ROLE_CITY_ADMIN,
    ROLE_HEALTH_AUTHORITY,
    ROLE_AUDITOR,
};
#define ROLE_BIT(role) (1u << (role))

/* "gateway" …; NULL for a number that is no role. */
const char *role_name(enum role role);
bool role_parse(struct text name, enum role *role);

enum {
    TOKEN_HASH_BYTES = 32,
    TOKEN_ID_CHARS = 16,
    TOKEN_TEXT_CHARS = 46,
    TOKEN_PRINCIPAL_BYTES = TOKEN_ID_CHARS / 2,
};

struct token {
    unsigned char hash[TOKEN_HASH_BYTES]; /* BLAKE2b of the token's text */
    char id[TOKEN_ID_CHARS + 1]; /* hex, for list and revoke: the hash's first half of 16 bytes */
    enum role role;
    char city[7];   /* "410400"; empty: no city (never for a role that needs one) */
    char hall[13];  /* "410402100-01"; empty: every hall of the city */
    char window[9]; /* empty: every window of the hall */
    int64_t created_at_ms, expires_at_ms; /* 0: does not expire */
    /* Who acts with it: its own id or, for one that takes the place of another, that one's; and the
     * same as bytes, as records name who booked. */
    char principal[TOKEN_ID_CHARS + 1];
    unsigned char principal_bytes[TOKEN_PRINCIPAL_BYTES];
};

/* What a role must be bound to; a fault in English (static) or NULL when the token is well formed.
 */
const char *token_check(const struct token *token);

/* Lets a token act as the one of that id, whose bookings it then reaches; false when that is no id.
 */
bool token_act_as(struct token *token, struct text id);

/* Makes a token: fills hash, id and created_at_ms of `token`, and its principal unless it has one
 * (the rest stands), and gives its text, "jh_" and 43 characters of base64url. */
void token_make(struct token *token, char text[TOKEN_TEXT_CHARS + 1]);

/* The id of the token whose text it is; false when it is no token's text. */
bool token_text_id(struct text text, char id[TOKEN_ID_CHARS + 1]);

/* What became of a change: done means that every worker has it (store/announce.h). */
enum token_outcome {
    TOKEN_DONE,
    TOKEN_MISSING,     /* there is none of that id */
    TOKEN_NOT_APPLIED, /* a worker may not know of it yet; it does within a minute of running again
                        */
};

/* Stores a new token. One that not every worker has taken in within `timeout_ms` is taken back.
 * Runs the loop. An enum token_outcome or a negative store_status; unless it is done, `reason` gets
 * an English phrase. */
int token_save(struct store *store, const struct token *token, unsigned timeout_ms,
               struct buffer *reason);

/* Revokes a token by its id, likewise. Until every worker has taken it in it stands there as
 * expired, so that the same call again finds it and goes on waiting; then it is removed. One that
 * is not there may have been taken out of a full store, which told nobody: the workers are told all
 * the same. */
int token_revoke(struct store *store, struct text id, unsigned timeout_ms, struct buffer *reason);

/* All tokens of the store, in memory. */
struct tokens {
    struct token *items; /* sorted by hash */
    size_t count;
};

/* Replaces `tokens` with what the store holds; `callback` gets 0 or a negative store_status (then
 * `tokens` is as before). The pointers into `items` end with the call of `callback`. */
void tokens_load(struct tokens *tokens, struct store *store,
                 void (*callback)(void *owner, int status), void *owner);
void tokens_free(struct tokens *tokens);

/* Removes those that expired more than thirty days ago from the store. */
void tokens_sweep(const struct tokens *tokens, struct store *store);

/* True when the token may touch the hall: it is in the token's city and, if the token is bound to a
 * hall, is that one. A token without a city reaches none. */
bool token_reaches(const struct token *token, struct text hall);

/* The token of a bearer's text, expired or not; NULL when there is none. */
const struct token *tokens_find(const struct tokens *tokens, struct text bearer);
