/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>

#include "access/tokens.h"
#include "program/command.h"
#include "slots/catalogue/calendar.h"
#include "store/announce.h"

enum { CHINA_STANDARD_TIME_MINUTES = 480, LINE_BYTES = 256 };

#define TTL_SECONDS_MAX (100LL * 366 * 86400)

/* "30d" in ms; false when it is malformed. */
static bool parse_ttl(struct text text, int64_t *ttl_ms)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};
    int64_t count;

    if (text_is(text, "0"))
        return *ttl_ms = 0, true;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (text.length && text.data[text.length - 1] == units[i].letter &&
            text_to_integer(text_part(text, 0, text.length - 1), 1,
                            TTL_SECONDS_MAX / units[i].seconds, &count))
            return *ttl_ms = count * units[i].seconds * 1000, true;
    return false;
}

/* Copies an option into its place in the token; false when it is too long. */
static bool copy_option(const char *name, const char *value, char *target, size_t size)
{
    size_t length = value ? strlen(value) : 0;

    if (length < size) {
        memcpy(target, value ? value : "", length + 1);
        return true;
    }
    command_fail("--%s has more than %zu characters", name, size - 1);
    return false;
}

static bool fill_token(const struct command_options *options, struct token *token, int64_t *ttl_ms)
{
    const char *fault;

    if (!role_parse(text_of(options->role), &token->role)) {
        command_fail("--role must be citizen, gateway, kiosk, display, clerk, hall_admin, "
                     "city_admin, health_authority or auditor");
        return false;
    }
    if (!parse_ttl(text_of(options->ttl), ttl_ms)) {
        command_fail("--ttl must be a number and s, m, h, d or w, such as 30d; or 0 for ever");
        return false;
    }
    if (!copy_option("city", options->city, token->city, sizeof token->city) ||
        !copy_option("hall", options->hall, token->hall, sizeof token->hall) ||
        !copy_option("window", options->window, token->window, sizeof token->window))
        return false;
    if (*token->hall && !*token->city)
        snprintf(token->city, sizeof token->city, "%.4s00", token->hall);
    if (options->as && *options->as &&
        (token->role != ROLE_GATEWAY || !token_act_as(token, text_of(options->as)))) {
        command_fail("--as takes the id of the gateway's token whose place the new one takes, 16 "
                     "hexadecimal digits");
        return false;
    }
    fault = token_check(token);
    if (fault)
        command_fail("--role %s: %s", options->role, fault);
    return !fault;
}

/* The token alone on stdout, so that a shell can take it; the id, which is no secret, beside it. */
static void print_new(const struct token *token, const char *text)
{
    printf("%s\n", text);
    fflush(stdout);
    fprintf(stderr, "token id: %s\n", token->id);
}

static int create_token(const struct command_options *options)
{
    struct token token = {0};
    struct command_store opened;
    struct buffer reason = {0};
    char text[TOKEN_TEXT_CHARS + 1];
    int64_t ttl_ms;
    int status;

    if (!fill_token(options, &token, &ttl_ms))
        return COMMAND_USAGE;
    status = command_store_open(&opened, options, COMMAND_NEEDS_CURRENT);
    if (status != COMMAND_OK)
        return status;
    token_make(&token, text);
    token.expires_at_ms = ttl_ms ? token.created_at_ms + ttl_ms : 0;
    status = token_save(opened.store, &token, ANNOUNCE_WAIT_MS, &reason);
    if (status == TOKEN_DONE)
        print_new(&token, text);
    else
        command_fail("no token was made: " TEXT_FMT, TEXT_ARG(buffer_text(&reason)));
    sodium_memzero(text, sizeof text);
    buffer_free(&reason);
    command_store_close(&opened);
    return status == TOKEN_DONE ? COMMAND_OK : COMMAND_FAILED;
}

/* Without the blanks and the line's end around it. */
static struct text trim_line(struct text text)
{
    while (text.length && isspace((unsigned char)text.data[0]))
        text = text_part(text, 1, text.length);
    while (text.length && isspace((unsigned char)text.data[text.length - 1]))
        text.length--;
    return text;
}

/* What the word or, if that is missing or "-", the first line of stdin names: an id, or the token
 * itself, which nobody else on the machine sees only on stdin. A token is not to be printed, so
 * what begins like one and is none is no id either. */
static bool read_id(const char *word, char id[LINE_BYTES])
{
    char line[LINE_BYTES] = "";
    struct text text;
    bool is_read;

    if (!word || strcmp(word, "-") == 0)
        text = text_of(fgets(line, sizeof line, stdin) ? line : "");
    else
        text = text_of(word);
    text = trim_line(text);
    is_read = token_text_id(text, id);
    if (!is_read && text.length && text.length < LINE_BYTES &&
        !text_starts_with(text, TEXT("jh_"))) {
        snprintf(id, LINE_BYTES, TEXT_FMT, TEXT_ARG(text));
        is_read = true;
    }
    sodium_memzero(line, sizeof line);
    return is_read;
}

static void fail_revoking(int status, const char *id, struct text reason)
{
    if (status == TOKEN_NOT_APPLIED)
        command_fail("%s is revoked, but not in force everywhere: " TEXT_FMT
                     "; workers read all tokens anew every minute, or revoke it again",
                     id, TEXT_ARG(reason));
    else
        command_fail("%s is not revoked: " TEXT_FMT, id, TEXT_ARG(reason));
}

static int revoke_token(const struct command_options *options, const char *word)
{
    struct command_store opened;
    struct buffer reason = {0};
    char id[LINE_BYTES];
    int status;

    if (!read_id(word, id)) {
        command_fail("give the id of a token, or on stdin its id or the token itself");
        return COMMAND_USAGE;
    }
    status = command_store_open(&opened, options, COMMAND_NEEDS_CURRENT);
    if (status != COMMAND_OK)
        return status;
    status = token_revoke(opened.store, text_of(id), ANNOUNCE_WAIT_MS, &reason);
    if (status != TOKEN_DONE)
        fail_revoking(status, id, buffer_text(&reason));
    buffer_free(&reason);
    command_store_close(&opened);
    return status == TOKEN_DONE ? COMMAND_OK : COMMAND_FAILED;
}

struct listing {
    bool done;
    int status;
};

static void tokens_loaded(void *owner, int status)
{
    *(struct listing *)owner = (struct listing){true, status};
}

static void print_instant(int64_t instant_ms, const char *end)
{
    struct buffer text = {0};

    if (instant_ms)
        calendar_append_instant(&text, instant_ms, CHINA_STANDARD_TIME_MINUTES);
    else
        buffer_append(&text, TEXT("never"));
    printf(TEXT_FMT "%s", TEXT_ARG(buffer_text(&text)), end);
    buffer_free(&text);
}

static void print_tokens(const struct tokens *tokens)
{
    printf("%-16s  %-16s  %-6s  %-12s  %-8s  %-25s  %-25s  %s\n", "id", "role", "city", "hall",
           "window", "created", "expires", "as");
    for (size_t i = 0; i < tokens->count; i++) {
        const struct token *token = &tokens->items[i];
        printf("%-16s  %-16s  %-6s  %-12s  %-8s  ", token->id, role_name(token->role),
               *token->city ? token->city : "-", *token->hall ? token->hall : "-",
               *token->window ? token->window : "-");
        print_instant(token->created_at_ms, "  ");
        print_instant(token->expires_at_ms, "  ");
        printf("%s\n", strcmp(token->principal, token->id) ? token->principal : "-");
    }
}

static int list_tokens(const struct command_options *options)
{
    struct command_store opened;
    struct tokens tokens = {0};
    struct listing listing = {0};
    int status = command_store_open(&opened, options, COMMAND_READS);

    if (status != COMMAND_OK)
        return status;
    tokens_load(&tokens, opened.store, tokens_loaded, &listing);
    while (!listing.done)
        uv_run(&opened.loop, UV_RUN_ONCE);
    if (listing.status == 0)
        print_tokens(&tokens);
    else
        command_fail("the tokens cannot be read: %s", store_status_name(listing.status));
    tokens_free(&tokens);
    command_store_close(&opened);
    return listing.status == 0 ? COMMAND_OK : COMMAND_FAILED;
}

static int act(const struct command_options *options, char **words)
{
    struct text action = text_of(words[0]);

    if (text_is(action, "create") && !words[1])
        return create_token(options);
    if (text_is(action, "list") && !words[1])
        return list_tokens(options);
    if (text_is(action, "revoke") && (!words[1] || !words[2]))
        return revoke_token(options, words[1]);
    command_fail("give token create, token list or token revoke [ID]");
    return COMMAND_USAGE;
}

int command_token(int argc, char **argv)
{
    struct command_options options;
    char **words;
    int status = command_read_options(COMMAND_TOKEN, "jiaohao token [create|list|revoke [ID]]",
                                      "Makes a bearer token and prints it, once; lists them; "
                                      "revokes one by its id, or on stdin by itself.",
                                      argc, argv, &options, &words);

    if (status == COMMAND_OK)
        status = act(&options, words);
    command_free_options(&options);
    return status;
}
