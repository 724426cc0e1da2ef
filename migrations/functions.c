/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "migrations/functions.h"

#include "base/memory.h"

/* Sorted set of the libraries' names by the order in which they were last asked for. */
#define KEY_LIBRARIES TEXT("jiaohao:libraries")
#define ALL_LIBRARIES TEXT("jiaohao_*")

enum { LIBRARIES_KEPT = 2 };

/* Puts ARGV[1] last in the order and forgets all but the last two. */
static const char ask_script[] =
    "local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')\n"
    "if last[1] ~= ARGV[1] then\n"
    "  redis.call('ZADD', KEYS[1], (tonumber(last[2]) or 0) + 1, ARGV[1])\n"
    "  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -3)\n"
    "end\n"
    "return 1\n";

struct functions {
    struct store *store;
    const struct functions_library *library;
    struct text names[256]; /* of the libraries in the store */
    size_t count;
    struct text kept[LIBRARIES_KEPT];
    struct arena arena;
    struct buffer *report, *error;
};

static void keep_error(void *owner, enum store_status status, const struct store_reply *reply)
{
    if (status == STORE_ERROR)
        buffer_append(owner, store_reply_text(reply));
}

/* Each library is a flat array of names and values. */
static void libraries_listed(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct functions *functions = owner;
    size_t names_max = sizeof functions->names / sizeof *functions->names;

    keep_error(functions->error, status, reply);
    for (size_t i = 0; i < store_reply_count(reply); i++) {
        const struct store_reply *item = store_reply_at(reply, i);
        for (size_t k = 0; k + 1 < store_reply_count(item); k += 2)
            if (text_is(store_reply_text_at(item, k), "library_name") &&
                functions->count < names_max)
                functions->names[functions->count++] =
                    arena_copy(&functions->arena, store_reply_text_at(item, k + 1));
    }
}

static void order_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct functions *functions = owner;
    size_t kept = 1;

    keep_error(functions->error, status, reply);
    functions->kept[0] = functions->library->name;
    for (size_t i = 0; i < store_reply_count(reply) && kept < LIBRARIES_KEPT; i++) {
        struct text name = store_reply_text_at(reply, i);
        if (!text_equal(name, functions->library->name))
            functions->kept[kept++] = arena_copy(&functions->arena, name);
    }
}

static bool is_kept(const struct functions *functions, struct text name)
{
    for (size_t i = 0; i < LIBRARIES_KEPT; i++)
        if (text_equal(functions->kept[i], name))
            return true;
    return false;
}

static bool is_loaded(const struct functions *functions)
{
    for (size_t i = 0; i < functions->count; i++)
        if (text_equal(functions->names[i], functions->library->name))
            return true;
    return false;
}

static int list(struct functions *functions)
{
    functions->count = 0;
    return store_command_wait(
        functions->store,
        STORE_ARGS(TEXT("FUNCTION"), TEXT("LIST"), TEXT("LIBRARYNAME"), ALL_LIBRARIES), 0,
        libraries_listed, functions);
}

/* What was asked for is on record before it is loaded: another process, which drops what is not on
 * record, leaves it alone. */
static int load(struct functions *functions)
{
    const struct functions_library *library = functions->library;
    size_t before = functions->error->length;
    int status = store_command_wait(
        functions->store,
        STORE_ARGS(TEXT("EVAL"), text_of(ask_script), TEXT("1"), KEY_LIBRARIES, library->name), 0,
        keep_error, functions->error);

    if (status != STORE_OK || is_loaded(functions))
        return status;
    status = store_command_wait(functions->store,
                                STORE_ARGS(TEXT("FUNCTION"), TEXT("LOAD"), library->code), 0,
                                keep_error, functions->error);
    if (status == STORE_ERROR && list(functions) == STORE_OK && is_loaded(functions)) {
        functions->error->length = before; /* another process was faster */
        return STORE_OK;
    }
    if (status == STORE_OK)
        buffer_printf(functions->report, "library " TEXT_FMT ": loaded\n", TEXT_ARG(library->name));
    return status;
}

/* A library that somebody else dropped meanwhile is dropped as well. */
static int drop(struct functions *functions, struct text name)
{
    int status = store_command_wait(
        functions->store, STORE_ARGS(TEXT("FUNCTION"), TEXT("DELETE"), name), 0, NULL, NULL);

    if (status == STORE_OK)
        buffer_printf(functions->report, "library " TEXT_FMT ": dropped\n", TEXT_ARG(name));
    return status == STORE_ERROR ? STORE_OK : status;
}

static int change(struct functions *functions)
{
    int status = load(functions);

    for (size_t i = 0; i < functions->count && status == STORE_OK; i++)
        if (!is_kept(functions, functions->names[i]))
            status = drop(functions, functions->names[i]);
    return status;
}

static void tell(struct functions *functions)
{
    if (!is_loaded(functions))
        buffer_printf(functions->report, "library " TEXT_FMT ": to load\n",
                      TEXT_ARG(functions->library->name));
    for (size_t i = 0; i < functions->count; i++)
        if (!is_kept(functions, functions->names[i]))
            buffer_printf(functions->report, "library " TEXT_FMT ": to drop\n",
                          TEXT_ARG(functions->names[i]));
}

int functions_load(struct store *store, const struct functions_library *library, bool dry_run,
                   struct buffer *report, struct buffer *error)
{
    struct functions functions = {
        .store = store, .library = library, .report = report, .error = error};
    int status = list(&functions);

    if (status == STORE_OK)
        status = store_command_wait(
            store, STORE_ARGS(TEXT("ZREVRANGE"), KEY_LIBRARIES, TEXT("0"), TEXT("-1")), 0,
            order_read, &functions);
    if (status == STORE_OK && dry_run)
        tell(&functions);
    else if (status == STORE_OK)
        status = change(&functions);
    arena_free(&functions.arena);
    return status;
}
