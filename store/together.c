/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/memory.h"
#include "store/store.h"

/* ARGV is for each key how many words follow, the command first. */
#define SCRIPT                                                                                     \
    TEXT("#!lua flags=no-writes\n"                                                                 \
         "local replies, at = {}, 1\n"                                                             \
         "for i = 1, #KEYS do\n"                                                                   \
         "  local count = tonumber(ARGV[at])\n"                                                    \
         "  replies[i] = redis.call(ARGV[at + 1], KEYS[i], unpack(ARGV, at + 2, at + count))\n"    \
         "  at = at + count + 1\n"                                                                 \
         "end\n"                                                                                   \
         "return replies\n")

static struct text number(struct arena *arena, size_t value)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%zu", value);

    return arena_copy(arena, text_bytes(digits, (size_t)length));
}

void store_read_together(struct store *store, const struct store_call *calls, size_t count,
                         unsigned timeout_ms, store_callback *callback, void *owner)
{
    struct arena arena = {0};
    size_t words = 3, used = 0;
    struct text *args;

    for (size_t i = 0; i < count; i++)
        words += calls[i].count + 1;
    args = arena_new(&arena, words * sizeof *args);
    args[used++] = TEXT("EVAL_RO");
    args[used++] = SCRIPT;
    args[used++] = number(&arena, count);
    for (size_t i = 0; i < count; i++)
        args[used++] = calls[i].args[1];
    for (size_t i = 0; i < count; i++) {
        args[used++] = number(&arena, calls[i].count - 1);
        args[used++] = calls[i].args[0];
        for (size_t k = 2; k < calls[i].count; k++)
            args[used++] = calls[i].args[k];
    }
    store_command(store, args, used, timeout_ms, callback, owner);
    arena_free(&arena);
}
