/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* With its head a block stays within what malloc keeps in its per-thread cache (glibc: 1,032). */
#define ARENA_BLOCK_BYTES 1000

struct arena_block {
    struct arena_block *next;
    size_t size;
    alignas(max_align_t) char bytes[];
};

void *memory_new(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    if (!memory)
        abort();
    return memory;
}

void *memory_resize(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);
    if (!memory)
        abort();
    return memory;
}

char *memory_copy_text(struct text text)
{
    char *copy = memory_new(text.length + 1);
    if (text.length)
        memcpy(copy, text.data, text.length);
    return copy;
}

void *arena_new(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->blocks;
    void *memory;

    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (!block || block->size - arena->used < size) {
        size_t bytes = size > ARENA_BLOCK_BYTES ? size : ARENA_BLOCK_BYTES;
        block = memory_new(sizeof *block + bytes);
        block->size = bytes;
        block->next = arena->blocks;
        arena->blocks = block;
        arena->used = 0;
    }
    memory = block->bytes + arena->used;
    arena->used += size;
    return memory;
}

struct text arena_copy(struct arena *arena, struct text text)
{
    char *copy = arena_new(arena, text.length + 1);
    if (text.length)
        memcpy(copy, text.data, text.length);
    return (struct text){copy, text.length};
}

struct text arena_integer(struct arena *arena, int64_t value)
{
    char digits[TEXT_DIGITS_MAX];

    return arena_copy(arena, text_of_integer(digits, value));
}

void arena_free(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    arena->used = 0;
}
