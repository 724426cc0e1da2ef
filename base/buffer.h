/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdarg.h>
#include <stdint.h>

#include "base/memory.h"

/* Bytes that grow. A zeroed buffer is an empty one; buffer_free() gives its memory back. */
struct buffer {
    char *data;
    size_t length;
    size_t capacity;
};

/* Makes room for `more` bytes; what buffer_reserve() calls when there is none. */
void buffer_grow(struct buffer *buffer, size_t more);

/* Room for `more` bytes behind the present ones; returns where they go. */
static inline char *buffer_reserve(struct buffer *buffer, size_t more)
{
    if (buffer->capacity - buffer->length < more)
        buffer_grow(buffer, more);
    return buffer->data + buffer->length;
}

static inline void buffer_append(struct buffer *buffer, struct text text)
{
    if (!text.length)
        return;
    memcpy(buffer_reserve(buffer, text.length), text.data, text.length);
    buffer->length += text.length;
}

static inline void buffer_append_byte(struct buffer *buffer, char byte)
{
    *buffer_reserve(buffer, 1) = byte;
    buffer->length++;
}

void buffer_append_integer(struct buffer *buffer, int64_t value);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buffer_vprintf(struct buffer *buffer, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Appends a JSON string with its quotes (RFC 8259). Bytes that are not UTF-8 become U+FFFD, so the
 * output is valid whatever comes in. */
void buffer_append_json(struct buffer *buffer, struct text text);

/* Drops the first `count` bytes. */
void buffer_consume(struct buffer *buffer, size_t count);

void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);
/* Frees the buffer when its bytes, and a NUL behind them, stand in the arena. */
struct text buffer_to_arena(struct buffer *buffer, struct arena *arena);

static inline struct text buffer_text(const struct buffer *buffer)
{
    return text_bytes(buffer->data, buffer->length);
}
