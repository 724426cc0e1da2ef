/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

#define BUFFER_BYTES_MIN 256

void buffer_grow(struct buffer *buffer, size_t more)
{
    size_t capacity = buffer->capacity ? buffer->capacity : BUFFER_BYTES_MIN;

    while (capacity - buffer->length < more)
        capacity *= 2;
    buffer->data = memory_resize(buffer->data, capacity);
    buffer->capacity = capacity;
}

void buffer_append_integer(struct buffer *buffer, int64_t value)
{
    char digits[TEXT_DIGITS_MAX];

    buffer_append(buffer, text_of_integer(digits, value));
}

void buffer_vprintf(struct buffer *buffer, const char *format, va_list args)
{
    va_list again;
    size_t room = buffer->capacity - buffer->length;
    int length;

    va_copy(again, args);
    length = vsnprintf(room ? buffer->data + buffer->length : NULL, room, format, args);
    if (length >= 0 && (size_t)length >= room)
        vsnprintf(buffer_reserve(buffer, (size_t)length + 1), (size_t)length + 1, format, again);
    va_end(again);
    if (length > 0)
        buffer->length += (size_t)length;
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    buffer_vprintf(buffer, format, args);
    va_end(args);
}

static void append_escaped(struct buffer *buffer, unsigned char byte)
{
    static const char names[] = "btn\0fr"; /* \b is 8 */

    if (byte == '"' || byte == '\\')
        buffer_append(buffer, text_bytes((char[]){'\\', (char)byte}, 2));
    else if (byte >= 8 && byte <= 13 && byte != 11)
        buffer_append(buffer, text_bytes((char[]){'\\', names[byte - 8]}, 2));
    else
        buffer_printf(buffer, "\\u%04x", byte);
}

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte != '"' && byte != '\\';
}

static void append_json_body(struct buffer *buffer, struct text text)
{
    size_t start = 0;

    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (is_plain(byte))
            continue;
        buffer_append(buffer, text_part(text, start, i - start));
        append_escaped(buffer, byte);
        start = i + 1;
    }
    buffer_append(buffer, text_part(text, start, text.length));
}

/* Replaces each byte that is not part of well-formed UTF-8. */
static void append_json_mended(struct buffer *buffer, struct text text)
{
    while (text.length) {
        size_t length = text.length < 4 ? text.length : 4;
        while (length && !text_is_utf8(text_part(text, 0, length)))
            length--;
        if (!length && !text.data[0])
            length = 1;
        if (length) {
            append_json_body(buffer, text_part(text, 0, length));
        } else {
            buffer_append(buffer, TEXT("\xef\xbf\xbd"));
            length = 1;
        }
        text = text_part(text, length, text.length);
    }
}

void buffer_append_json(struct buffer *buffer, struct text text)
{
    buffer_append_byte(buffer, '"');
    if (text_is_utf8(text))
        append_json_body(buffer, text);
    else
        append_json_mended(buffer, text);
    buffer_append_byte(buffer, '"');
}

void buffer_consume(struct buffer *buffer, size_t count)
{
    if (count >= buffer->length) {
        buffer->length = 0;
        return;
    }
    memmove(buffer->data, buffer->data + count, buffer->length - count);
    buffer->length -= count;
}

void buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}

struct text buffer_to_arena(struct buffer *buffer, struct arena *arena)
{
    struct text copy = arena_copy(arena, buffer_text(buffer));

    buffer_free(buffer);
    return copy;
}
