/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "access/tokens.h"

#include <sodium.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "store/announce.h"

/* Hash of the store: id -> "hash role city hall window created expires", "-" for an empty one, then
 * the principal where that is another id. Words behind these are a later version's and are passed
 * over. */
#define KEY_TOKENS TEXT("jiaohao:tokens")

#define TOKEN_PREFIX "jh_"

enum {
    SECRET_BYTES = 32,
    PREFIX_CHARS = 3,
    LINE_WORDS = 7,
    CITY_PREFIX_DIGITS = 4, /* a hall's city is found from these */
    LONG_EXPIRED_MS = 1,    /* Unix ms */
};

#define KEPT_EXPIRED_MS (30LL * 86400 * 1000)

enum binding { BINDING_NONE, BINDING_MAY, BINDING_MUST };

/* What each role is bound to. */
static const struct {
    const char *name;
    enum binding city, hall, window;
} roles[] = {
    [ROLE_CITIZEN] = {"citizen", BINDING_MAY, BINDING_NONE, BINDING_NONE},
    [ROLE_GATEWAY] = {"gateway", BINDING_MUST, BINDING_MAY, BINDING_NONE},
    [ROLE_KIOSK] = {"kiosk", BINDING_MUST, BINDING_MUST, BINDING_NONE},
    [ROLE_DISPLAY] = {"display", BINDING_MUST, BINDING_MUST, BINDING_NONE},
    [ROLE_CLERK] = {"clerk", BINDING_MUST, BINDING_MUST, BINDING_MAY},
    [ROLE_HALL_ADMIN] = {"hall_admin", BINDING_MUST, BINDING_MUST, BINDING_NONE},
    [ROLE_CITY_ADMIN] = {"city_admin", BINDING_MUST, BINDING_NONE, BINDING_NONE},
    [ROLE_HEALTH_AUTHORITY] = {"health_authority", BINDING_MUST, BINDING_NONE, BINDING_NONE},
    [ROLE_AUDITOR] = {"auditor", BINDING_MUST, BINDING_MAY, BINDING_NONE},
};
#define ROLE_COUNT (sizeof roles / sizeof *roles)

const char *role_name(enum role role)
{
    return (size_t)role < ROLE_COUNT ? roles[role].name : NULL;
}

bool role_parse(struct text name, enum role *role)
{
    for (size_t i = 1; i < ROLE_COUNT; i++)
        if (text_is(name, roles[i].name))
            return *role = (enum role)i, true;
    return false;
}

/* --- What a token is bound to ------------------------------------------------------------------
 */

static bool is_digits(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.length > 0;
}

static bool is_city(struct text city)
{
    return city.length == 6 && is_digits(city) && text_is(text_part(city, 4, 2), "00");
}

/* Division code (6 or 9 digits), '-', two digits. */
static bool is_hall(struct text hall)
{
    struct text rest = hall, division;

    return text_split(&rest, '-', &division) && is_digits(division) &&
           (division.length == 6 || division.length == 9) && rest.length == 2 && is_digits(rest);
}

static bool is_window(struct text window)
{
    for (size_t i = 0; i < window.length; i++) {
        char c = window.data[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z'))
            return false;
    }
    return window.length > 0;
}

static const char *check_form(struct text city, struct text hall, struct text window)
{
    if (city.length && !is_city(city))
        return "a city is six digits that end with 00, such as 410400";
    if (hall.length && !is_hall(hall))
        return "a hall is 6 or 9 digits, a dash and two digits, such as 410402-01";
    if (hall.length && !text_equal(text_part(hall, 0, 4), text_part(city, 0, 4)))
        return "the hall is not in this city: its first four digits are not the city's";
    if (window.length && !is_window(window))
        return "a window is 1 to 8 letters and digits";
    return NULL;
}

const char *token_check(const struct token *token)
{
    struct text city = text_of(token->city), hall = text_of(token->hall);
    struct text window = text_of(token->window);

    if (!role_name(token->role))
        return "there is no such role";
    if (!city.length && roles[token->role].city == BINDING_MUST)
        return "this role needs a city";
    if (!hall.length && roles[token->role].hall == BINDING_MUST)
        return "this role needs a hall";
    if (hall.length && roles[token->role].hall == BINDING_NONE)
        return "this role is not bound to a hall";
    if (window.length && roles[token->role].window == BINDING_NONE)
        return "this role is not bound to a window";
    return check_form(city, hall, window);
}

bool token_reaches(const struct token *token, struct text hall)
{
    struct text city = text_part(text_of(token->city), 0, CITY_PREFIX_DIGITS);

    return city.length == CITY_PREFIX_DIGITS && text_starts_with(hall, city) &&
           (!token->hall[0] || text_is(hall, token->hall));
}

/* --- Making and storing ------------------------------------------------------------------------
 */

static void hash_text(struct text text, unsigned char hash[TOKEN_HASH_BYTES])
{
    crypto_generichash(hash, TOKEN_HASH_BYTES, (const unsigned char *)text.data, text.length, NULL,
                       0);
}

static void id_of_hash(const unsigned char hash[TOKEN_HASH_BYTES], char id[TOKEN_ID_CHARS + 1])
{
    sodium_bin2hex(id, TOKEN_ID_CHARS + 1, hash, TOKEN_ID_CHARS / 2);
}

bool token_act_as(struct token *token, struct text id)
{
    size_t length = 0;

    if (id.length != TOKEN_ID_CHARS ||
        sodium_hex2bin(token->principal_bytes, sizeof token->principal_bytes, id.data, id.length,
                       NULL, &length, NULL) != 0 ||
        length != TOKEN_PRINCIPAL_BYTES)
        return false;
    sodium_bin2hex(token->principal, sizeof token->principal, token->principal_bytes,
                   sizeof token->principal_bytes);
    return true;
}

bool token_text_id(struct text text, char id[TOKEN_ID_CHARS + 1])
{
    unsigned char hash[TOKEN_HASH_BYTES];

    if (text.length != TOKEN_TEXT_CHARS || !text_starts_with(text, TEXT(TOKEN_PREFIX)))
        return false;
    hash_text(text, hash);
    id_of_hash(hash, id);
    return true;
}

void token_make(struct token *token, char text[TOKEN_TEXT_CHARS + 1])
{
    unsigned char secret[SECRET_BYTES];

    random_fill(secret, sizeof secret);
    memcpy(text, TOKEN_PREFIX, PREFIX_CHARS);
    sodium_bin2base64(text + PREFIX_CHARS, TOKEN_TEXT_CHARS + 1 - PREFIX_CHARS, secret,
                      sizeof secret, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(secret, sizeof secret);
    hash_text(text_bytes(text, TOKEN_TEXT_CHARS), token->hash);
    id_of_hash(token->hash, token->id);
    if (!*token->principal)
        token_act_as(token, text_of(token->id));
    token->created_at_ms = clock_now_ms();
}

static void append_line(struct buffer *line, const struct token *token)
{
    const char *const bindings[] = {token->city, token->hall, token->window};
    char hash[2 * TOKEN_HASH_BYTES + 1];

    sodium_bin2hex(hash, sizeof hash, token->hash, TOKEN_HASH_BYTES);
    buffer_printf(line, "%s %s", hash, role_name(token->role));
    for (size_t i = 0; i < sizeof bindings / sizeof *bindings; i++)
        buffer_printf(line, " %s", *bindings[i] ? bindings[i] : "-");
    buffer_printf(line, " %lld %lld", (long long)token->created_at_ms,
                  (long long)token->expires_at_ms);
    if (strcmp(token->principal, token->id) != 0)
        buffer_printf(line, " %s", token->principal);
}

static enum store_status put(struct store *store, const struct token *token)
{
    struct buffer line = {0};
    enum store_status status;

    append_line(&line, token);
    status = store_command_wait(
        store, STORE_ARGS(TEXT("HSET"), KEY_TOKENS, text_of(token->id), buffer_text(&line)), 0,
        NULL, NULL);
    buffer_free(&line);
    return status;
}

static enum store_status take_out(struct store *store, struct text id)
{
    return store_command_wait(store, STORE_ARGS(TEXT("HDEL"), KEY_TOKENS, id), 0, NULL, NULL);
}

/* TOKEN_DONE when every worker has taken in what was done to the token. */
static int tell_workers(struct store *store, struct text id, unsigned timeout_ms,
                        struct buffer *reason)
{
    return announce(store, TEXT("tokens"), id, timeout_ms, reason) == 0 ? TOKEN_DONE
                                                                        : TOKEN_NOT_APPLIED;
}

int token_save(struct store *store, const struct token *token, unsigned timeout_ms,
               struct buffer *reason)
{
    enum store_status status = put(store, token);
    int outcome;

    if (status != STORE_OK) {
        buffer_append(reason, store_reason(store, status));
        return status;
    }
    outcome = tell_workers(store, text_of(token->id), timeout_ms, reason);
    if (outcome != TOKEN_DONE && take_out(store, text_of(token->id)) != STORE_OK)
        buffer_printf(reason, "; it could not be taken back, so revoke %s", token->id);
    return outcome;
}

/* --- All of them in memory ---------------------------------------------------------------------
 */

struct load {
    struct tokens *tokens;
    void (*callback)(void *owner, int status);
    void *owner;
};

static bool parse_hash(struct text hex, unsigned char hash[TOKEN_HASH_BYTES])
{
    size_t length = 0;

    return sodium_hex2bin(hash, TOKEN_HASH_BYTES, hex.data, hex.length, NULL, &length, NULL) == 0 &&
           length == TOKEN_HASH_BYTES;
}

/* "-" or a text of less than `size` bytes. */
static bool copy_binding(struct text word, char *target, size_t size)
{
    if (text_is(word, "-"))
        return true;
    if (word.length == 0 || word.length >= size)
        return false;
    memcpy(target, word.data, word.length);
    return true;
}

static bool parse_line(struct text id, struct text line, struct token *token)
{
    struct text words[LINE_WORDS] = {{0}}, principal = TEXT_NONE;
    char own[TOKEN_ID_CHARS + 1];

    for (size_t i = 0; i < LINE_WORDS; i++)
        if (!text_split(&line, ' ', &words[i]))
            return false;
    if (!copy_binding(id, token->id, sizeof token->id) || !parse_hash(words[0], token->hash) ||
        !role_parse(words[1], &token->role) ||
        !copy_binding(words[2], token->city, sizeof token->city) ||
        !copy_binding(words[3], token->hall, sizeof token->hall) ||
        !copy_binding(words[4], token->window, sizeof token->window) ||
        !text_to_integer(words[5], 0, INT64_MAX, &token->created_at_ms) ||
        !text_to_integer(words[6], 0, INT64_MAX, &token->expires_at_ms))
        return false;
    text_split(&line, ' ', &principal);
    id_of_hash(token->hash, own);
    if (!token_act_as(token, principal))
        token_act_as(token, text_of(own));
    return token_check(token) == NULL;
}

static int compare_hashes(const void *a, const void *b)
{
    const struct token *left = a, *right = b;

    return memcmp(left->hash, right->hash, TOKEN_HASH_BYTES);
}

/* A line that cannot be read, such as one of a role that this version does not know, is no token
 * here; the others stay good. */
static void replace(struct tokens *tokens, const struct store_reply *reply)
{
    size_t pairs = store_reply_count(reply) / 2;

    tokens_free(tokens);
    tokens->items = memory_new((pairs + 1) * sizeof *tokens->items);
    for (size_t i = 0; i < pairs; i++) {
        struct text id = store_reply_text_at(reply, 2 * i);
        struct token token = {0};

        if (parse_line(id, store_reply_text_at(reply, 2 * i + 1), &token))
            tokens->items[tokens->count++] = token;
        else
            log_warning("access.token-unreadable", LOG_TEXT("token", id));
    }
    qsort(tokens->items, tokens->count, sizeof *tokens->items, compare_hashes);
}

static void tokens_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct load *load = owner;

    if (status == STORE_OK)
        replace(load->tokens, reply);
    load->callback(load->owner, status);
    free(load);
}

void tokens_load(struct tokens *tokens, struct store *store,
                 void (*callback)(void *owner, int status), void *owner)
{
    struct load *load = memory_new(sizeof *load);

    *load = (struct load){tokens, callback, owner};
    store_command(store, STORE_ARGS(TEXT("HGETALL"), KEY_TOKENS), 0, tokens_answered, load);
}

void tokens_sweep(const struct tokens *tokens, struct store *store)
{
    int64_t before_ms = clock_now_ms() - KEPT_EXPIRED_MS;

    for (size_t i = 0; i < tokens->count; i++) {
        const struct token *token = &tokens->items[i];
        if (token->expires_at_ms && token->expires_at_ms < before_ms)
            store_command(store, STORE_ARGS(TEXT("HDEL"), KEY_TOKENS, text_of(token->id)), 0, NULL,
                          NULL);
    }
}

void tokens_free(struct tokens *tokens)
{
    free(tokens->items);
    *tokens = (struct tokens){0};
}

const struct token *tokens_find(const struct tokens *tokens, struct text bearer)
{
    struct token wanted;

    if (bearer.length != TOKEN_TEXT_CHARS || !tokens->count)
        return NULL;
    hash_text(bearer, wanted.hash);
    return bsearch(&wanted, tokens->items, tokens->count, sizeof *tokens->items, compare_hashes);
}

/* --- Revoking ----------------------------------------------------------------------------------
 */

static void line_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    if (status == STORE_OK)
        buffer_append(owner, store_reply_text(reply));
}

/* As expired as can be; where that cannot be written, as in a full Redis, or cannot be read, gone.
 */
static enum store_status expire(struct store *store, struct text id, struct text line)
{
    struct token token = {0};

    if (parse_line(id, line, &token)) {
        token.expires_at_ms = LONG_EXPIRED_MS;
        if (put(store, &token) == STORE_OK)
            return STORE_OK;
    }
    return take_out(store, id);
}

int token_revoke(struct store *store, struct text id, unsigned timeout_ms, struct buffer *reason)
{
    struct buffer line = {0};
    enum store_status status =
        store_command_wait(store, STORE_ARGS(TEXT("HGET"), KEY_TOKENS, id), 0, line_read, &line);
    bool is_there = line.length;
    int outcome;

    if (status == STORE_OK && is_there)
        status = expire(store, id, buffer_text(&line));
    buffer_free(&line);
    if (status != STORE_OK) {
        buffer_append(reason, store_reason(store, status));
        return status;
    }
    outcome = tell_workers(store, id, timeout_ms, reason);
    if (!is_there) {
        outcome = TOKEN_MISSING;
        buffer_clear(reason);
        buffer_append(reason, TEXT("there is none of this id; it may have been revoked before"));
    }
    if (outcome == TOKEN_DONE)
        take_out(store, id); /* an expired one that stays is swept some day */
    return outcome;
}
