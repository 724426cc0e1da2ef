/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A view of bytes that somebody else owns; not NUL-terminated unless its source says so. */
struct text {
    const char *data;
    size_t length;
};

#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})
#define TEXT_NONE     ((struct text){NULL, 0})
#define TEXT_FMT      "%.*s"
#define TEXT_ARG(t)   (int)(t).length, (t).data ? (t).data : ""

/* The view of a C string (NULL gives an empty one). */
static inline struct text text_of(const char *string)
{
    return (struct text){string, string ? strlen(string) : 0};
}

static inline struct text text_bytes(const void *data, size_t length)
{
    return (struct text){data, length};
}

static inline bool text_equal(struct text a, struct text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static inline bool text_is(struct text a, const char *b)
{
    return text_equal(a, text_of(b));
}

/* Order of bytes, as strcmp gives it. */
int text_compare(struct text a, struct text b);

bool text_starts_with(struct text text, struct text prefix);

/* ASCII case folded comparison, as HTTP's tokens need it. */
bool text_equal_folded(struct text a, struct text b);

/* The part from `start`, at most `length` bytes, clipped to the text. */
struct text text_part(struct text text, size_t start, size_t length);

/* Without spaces and tabs at both ends. */
struct text text_trim(struct text text);

/* Without white space of ASCII at both ends, line breaks too. */
struct text text_strip(struct text text);

/* Takes from `*rest` what stands before `separator` (all of it if there is none) and moves `*rest`
 * behind the separator. False when `*rest` was used up already (its data is NULL). */
bool text_split(struct text *rest, char separator, struct text *part);

/* Decimal digits only; an empty text is. */
bool text_is_digits(struct text text);

/* Decimal digits only, within [min, max]; false leaves `*value` alone. */
bool text_to_integer(struct text text, int64_t min, int64_t max, int64_t *value);

/* Decimal digits of `value`, which stand in `digits`. */
enum { TEXT_DIGITS_MAX = 20 };
struct text text_of_integer(char digits[TEXT_DIGITS_MAX], int64_t value);

/* A plain decimal number such as -113.19. */
bool text_to_number(struct text text, double *value);

/* Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms) without NUL. */
bool text_is_utf8(struct text text);

/* Decodes one code point of well-formed UTF-8 at `*offset` and moves it on. */
uint32_t text_next_rune(struct text text, size_t *offset);

/* Number of code points of well-formed UTF-8. */
size_t text_rune_count(struct text text);

/* A keyless 32-bit hash (FNV-1a) for tables whose keys no outsider chooses. */
uint32_t text_hash(struct text text);
