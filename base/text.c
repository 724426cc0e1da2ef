/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdlib.h>

int text_compare(struct text a, struct text b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;

    return order ? order : (a.length > b.length) - (a.length < b.length);
}

bool text_starts_with(struct text text, struct text prefix)
{
    return text.length >= prefix.length && text_equal(text_part(text, 0, prefix.length), prefix);
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool text_equal_folded(struct text a, struct text b)
{
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; i++)
        if (fold(a.data[i]) != fold(b.data[i]))
            return false;
    return true;
}

struct text text_part(struct text text, size_t start, size_t length)
{
    if (start > text.length)
        start = text.length;
    if (length > text.length - start)
        length = text.length - start;
    return (struct text){text.data ? text.data + start : NULL, length};
}

struct text text_trim(struct text text)
{
    while (text.length && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = text_part(text, 1, text.length);
    while (text.length && (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t'))
        text.length--;
    return text;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct text text_strip(struct text text)
{
    while (text.length && is_space(text.data[0]))
        text = text_part(text, 1, text.length);
    while (text.length && is_space(text.data[text.length - 1]))
        text.length--;
    return text;
}

bool text_split(struct text *rest, char separator, struct text *part)
{
    const char *found;

    if (!rest->data)
        return false;
    found = rest->length ? memchr(rest->data, separator, rest->length) : NULL;
    if (!found) {
        *part = *rest;
        *rest = TEXT_NONE;
        return true;
    }
    *part = text_bytes(rest->data, (size_t)(found - rest->data));
    *rest = text_bytes(found + 1, rest->length - part->length - 1);
    return true;
}

bool text_is_digits(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return true;
}

bool text_to_integer(struct text text, int64_t min, int64_t max, int64_t *value)
{
    bool negative = text.length && text.data[0] == '-';
    int64_t result = 0;
    size_t i = negative ? 1 : 0;

    if (text.length == i || text.length - i > 18)
        return false;
    for (; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        result = result * 10 + (text.data[i] - '0');
    }
    if (negative)
        result = -result;
    if (result < min || result > max)
        return false;
    *value = result;
    return true;
}

struct text text_of_integer(char digits[TEXT_DIGITS_MAX], int64_t value)
{
    size_t at = TEXT_DIGITS_MAX;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do
        digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        digits[--at] = '-';
    return text_bytes(digits + at, TEXT_DIGITS_MAX - at);
}

bool text_to_number(struct text text, double *value)
{
    char copy[32];
    char *end;
    double result;

    if (!text.length || text.length >= sizeof copy)
        return false;
    for (size_t i = 0; i < text.length; i++)
        if (!strchr("0123456789.-", text.data[i]) || !text.data[i])
            return false;
    memcpy(copy, text.data, text.length);
    copy[text.length] = 0;
    result = strtod(copy, &end);
    if (*end)
        return false;
    *value = result;
    return true;
}

/* Length of the sequence that the byte leads, 0 if it leads none; *least is the first code point
 * that needs this length. */
static size_t lead(unsigned char byte, uint32_t *bits, uint32_t *least)
{
    if (byte < 0x80)
        return *bits = byte, *least = 1, 1;
    if (byte >= 0xc2 && byte < 0xe0)
        return *bits = byte & 0x1f, *least = 0x80, 2;
    if (byte >= 0xe0 && byte < 0xf0)
        return *bits = byte & 0x0f, *least = 0x800, 3;
    if (byte >= 0xf0 && byte < 0xf5)
        return *bits = byte & 0x07, *least = 0x10000, 4;
    return 0;
}

/* Eight bytes at once that are ASCII and not NUL. */
static bool is_plain_word(const unsigned char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return !((word | (word - 0x0101010101010101)) & 0x8080808080808080);
}

bool text_is_utf8(struct text text)
{
    const unsigned char *bytes = (const unsigned char *)text.data;

    for (size_t i = 0; i < text.length;) {
        uint32_t rune, least;
        size_t length;
        if (text.length - i >= 8 && is_plain_word(bytes + i)) {
            i += 8;
            continue;
        }
        length = lead(bytes[i], &rune, &least);
        if (!length || length > text.length - i)
            return false;
        for (size_t k = 1; k < length; k++) {
            if ((bytes[i + k] & 0xc0) != 0x80)
                return false;
            rune = rune << 6 | (bytes[i + k] & 0x3f);
        }
        if (rune < least || rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
            return false;
        i += length;
    }
    return true;
}

uint32_t text_next_rune(struct text text, size_t *offset)
{
    const unsigned char *bytes = (const unsigned char *)text.data + *offset;
    uint32_t rune = 0, least;
    size_t length = lead(bytes[0], &rune, &least);

    for (size_t k = 1; k < length && *offset + k < text.length; k++)
        rune = rune << 6 | (bytes[k] & 0x3f);
    *offset += length ? length : 1;
    return rune;
}

size_t text_rune_count(struct text text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.length; i++)
        count += (text.data[i] & 0xc0) != 0x80;
    return count;
}

uint32_t text_hash(struct text text)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < text.length; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * 16777619u;
    return hash;
}
