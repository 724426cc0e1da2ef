/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/wire.h"

static char *put_header(char *at, char kind, size_t number)
{
    char digits[20];
    size_t length = 0;

    do
        digits[length++] = (char)('0' + number % 10);
    while (number /= 10);
    *at++ = kind;
    while (length)
        *at++ = digits[--length];
    *at++ = '\r';
    *at++ = '\n';
    return at;
}

void wire_write_command(struct buffer *output, const struct text *args, size_t count)
{
    const size_t header_max = 24, tail = 2;
    size_t room = header_max;
    char *at;

    for (size_t i = 0; i < count; i++)
        room += header_max + args[i].length + tail;
    at = put_header(buffer_reserve(output, room), '*', count);
    for (size_t i = 0; i < count; i++) {
        at = put_header(at, '$', args[i].length);
        if (args[i].length)
            at = mempcpy(at, args[i].data, args[i].length);
        *at++ = '\r';
        *at++ = '\n';
    }
    output->length = (size_t)(at - output->data);
}

bool wire_is_refusal(struct text error)
{
    static const struct text refusals[] = {
        TEXT("LOADING "),     TEXT("MASTERDOWN "), TEXT("READONLY "),
        TEXT("CLUSTERDOWN "), TEXT("TRYAGAIN "),   TEXT("BUSY "),
        TEXT("MISCONF "),     TEXT("OOM "),        TEXT("NOREPLICAS "),
    };

    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (text_starts_with(error, refusals[i]))
            return true;
    return false;
}
