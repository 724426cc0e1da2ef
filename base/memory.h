/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "base/text.h"

/* Allocation that cannot fail: out of memory ends the process, for a service that has lost its
 * memory limit can promise nothing; its supervisor starts it again and Redis keeps the state. */

/* `size` zeroed bytes; the caller frees them with free(). */
void *memory_new(size_t size);

/* realloc() that aborts instead of failing: without memory nothing that was acknowledged is lost.
 */
void *memory_resize(void *old, size_t size);

/* A NUL-terminated copy of `text`; the caller frees it. */
char *memory_copy_text(struct text text);

/* An arena: many small allocations of one owner, freed whole. */
struct arena_block;
struct arena {
    struct arena_block *blocks;
    size_t used;
};

/* `size` zeroed bytes aligned for any type, valid until arena_free(). */
void *arena_new(struct arena *arena, size_t size);

/* A NUL-terminated copy of `text` in the arena. */
struct text arena_copy(struct arena *arena, struct text text);

/* The decimal digits of `value` in the arena. */
struct text arena_integer(struct arena *arena, int64_t value);

/* Frees everything the arena gave out; the arena can be used again. */
void arena_free(struct arena *arena);
