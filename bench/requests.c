/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/requests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"

/* Born from 1946 to 2007, each day as many; neighbours in the order of requests are of any age. */
enum { BIRTH_DAYS = 22501, BIRTH_STEP = 7919, PERSONS_A_DAY = 999, PHONE_FIRST = 50000000 };
static const time_t BIRTH_FIRST_DAY = -8766;

struct target {
    struct text hall, service, date, start;
};

struct targets {
    struct buffer file;
    struct target *items;
    size_t count;
};

void requests_free(struct requests *requests)
{
    buffer_free(&requests->bytes);
    free(requests->ends);
}

struct text requests_at(const struct requests *requests, size_t index)
{
    size_t item = index % requests->count, start = item ? requests->ends[item - 1] : 0;

    return text_bytes(requests->bytes.data + start, requests->ends[item] - start);
}

void requests_make_get(struct requests *requests, const char *host, const char *path)
{
    buffer_printf(&requests->bytes, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\n\r\n", path,
                  host);
    requests->count = 1;
    requests->ends = memory_new(sizeof *requests->ends);
    requests->ends[0] = requests->bytes.length;
}

/* --- Targets ----------------------------------------------------------------------------------
 */

static bool read_file(const char *path, struct buffer *content)
{
    FILE *file = fopen(path, "re");
    size_t got = 1;

    while (file && got) {
        got = fread(buffer_reserve(content, 1 << 16), 1, 1 << 16, file);
        content->length += got;
    }
    if (!file || ferror(file))
        fprintf(stderr, "bench_load: %s: %s\n", path, strerror(errno));
    if (file)
        fclose(file);
    return file && content->length;
}

static void parse_targets(struct targets *targets)
{
    struct text rest = buffer_text(&targets->file), line;
    size_t capacity = 0;

    while (text_split(&rest, '\n', &line)) {
        struct target target;
        if (!text_split(&line, ' ', &target.hall) || !text_split(&line, ' ', &target.service) ||
            !text_split(&line, ' ', &target.date) || !text_split(&line, ' ', &target.start))
            continue;
        if (targets->count == capacity) {
            capacity = capacity ? capacity * 2 : 1024;
            targets->items = memory_resize(targets->items, capacity * sizeof target);
        }
        targets->items[targets->count++] = target;
    }
}

/* Fisher-Yates with a fixed seed: every run books in the same order. */
static void shuffle(struct targets *targets)
{
    uint64_t state = 88172645463325252ULL;

    for (size_t i = targets->count; i > 1; i--) {
        struct target swap = targets->items[i - 1];
        size_t other;
        state ^= state << 13, state ^= state >> 7, state ^= state << 17; /* xorshift64 */
        other = state % i;
        targets->items[i - 1] = targets->items[other];
        targets->items[other] = swap;
    }
}

/* --- Persons ----------------------------------------------------------------------------------
 */

/* GB 11643: region, date of birth, sequence, and the check character of ISO 7064 MOD 11-2. */
static void append_id_number(struct buffer *buffer, size_t index)
{
    static const unsigned char weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    time_t birth = (BIRTH_FIRST_DAY + (time_t)(index * BIRTH_STEP % BIRTH_DAYS)) * 86400;
    char digits[18], date[9];
    struct tm day;
    unsigned sum = 0;

    gmtime_r(&birth, &day);
    strftime(date, sizeof date, "%Y%m%d", &day);
    snprintf(digits, sizeof digits, "410402%s%03u", date,
             (unsigned)(index / BIRTH_DAYS % PERSONS_A_DAY) + 1);
    for (unsigned i = 0; i < 17; i++)
        sum += weights[i] * (unsigned)(digits[i] - '0');
    buffer_append(buffer, text_bytes(digits, 17));
    buffer_append_byte(buffer, "10X98765432"[sum % 11]);
}

static void append_name(struct buffer *buffer, size_t index)
{
    static const char *const family[] = {"赵", "钱", "孙", "李", "周", "吴", "郑", "王"};
    static const char *const given[] = {"伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "军"};

    buffer_append(buffer, text_of(family[index % 8]));
    buffer_append(buffer, text_of(given[index / 8 % 10]));
    buffer_append(buffer, text_of(given[index / 80 % 10]));
}

static void append_body(struct buffer *body, const struct target *target, size_t person)
{
    buffer_printf(body,
                  "{\"hall\":\"" TEXT_FMT "\",\"service\":\"" TEXT_FMT "\",\"date\":\"" TEXT_FMT
                  "\",\"start\":\"" TEXT_FMT "\",\"applicant\":{\"name\":\"",
                  TEXT_ARG(target->hall), TEXT_ARG(target->service), TEXT_ARG(target->date),
                  TEXT_ARG(target->start));
    append_name(body, person);
    buffer_append(body, TEXT("\",\"id_number\":\""));
    append_id_number(body, person);
    buffer_printf(body, "\",\"phone\":\"138%08zu\"}}", PHONE_FIRST + person);
}

static void append_booking(struct buffer *bytes, const struct bookings *bookings,
                           const struct target *target, size_t person)
{
    struct buffer body = {0};

    append_body(&body, target, person);
    buffer_printf(bytes,
                  "POST /v1/reservations HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"
                  "Idempotency-Key: 8e03978e-40d5-43e8-bc93-%012zu\r\n"
                  "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                  bookings->host, bookings->token, person, body.length);
    buffer_append(bytes, buffer_text(&body));
    buffer_free(&body);
}

bool requests_make_bookings(struct requests *requests, const struct bookings *bookings)
{
    struct targets targets = {0};
    size_t needed = bookings->same ? 1 : bookings->first + bookings->count;

    if (!read_file(bookings->targets, &targets.file))
        return false;
    parse_targets(&targets);
    if (!bookings->same)
        shuffle(&targets);
    if (targets.count < needed) {
        fprintf(stderr, "bench_load: %s has %zu targets, not %zu\n", bookings->targets,
                targets.count, needed);
        return false;
    }
    requests->ends = memory_new(bookings->count * sizeof *requests->ends);
    for (; requests->count < bookings->count; requests->count++) {
        size_t person = bookings->first + requests->count;
        append_booking(&requests->bytes, bookings, &targets.items[bookings->same ? 0 : person],
                       person);
        requests->ends[requests->count] = requests->bytes.length;
    }
    free(targets.items);
    buffer_free(&targets.file);
    return true;
}
