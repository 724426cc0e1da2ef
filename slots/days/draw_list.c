/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/draw_list.h"

#include <sodium.h>
#include <stdlib.h>

#include "base/memory.h"

static const struct {
    char letter;
    const char *word;
} refusals[] = {
    {'H', "health-code-not-green"}, {'A', "already-reserved"}, {'O', "already-reserved"},
    {'P', "booking-suspended"},     {'L', "limit-reached"},    {'Q', "limit-reached"},
    {'G', "limit-reached"},
};
#define REFUSAL_COUNT (sizeof refusals / sizeof *refusals)

struct text draw_refusal(char letter)
{
    for (size_t i = 0; i < REFUSAL_COUNT; i++)
        if (refusals[i].letter == letter)
            return text_of(refusals[i].word);
    return TEXT_NONE;
}

bool draw_is_refusal(struct text word)
{
    for (size_t i = 0; i < REFUSAL_COUNT; i++)
        if (text_is(word, refusals[i].word))
            return true;
    return false;
}

bool draw_is_id(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!strchr("0123456789abcdef", text.data[i]) || !text.data[i])
            return false;
    return text.length == DRAW_ID_CHARS;
}

static struct text id_of(const struct draw_entry *entry)
{
    return text_bytes(entry->id, DRAW_ID_CHARS);
}

static void hash(struct text bytes, unsigned char result[DRAW_HASH_BYTES])
{
    crypto_hash_sha256(result, (const unsigned char *)bytes.data, bytes.length);
}

static void print_hex(const unsigned char bytes[DRAW_HASH_BYTES], char hex[DRAW_HEX_CHARS + 1])
{
    sodium_bin2hex(hex, DRAW_HEX_CHARS + 1, bytes, DRAW_HASH_BYTES);
}

void draw_commitment(const struct draw_list *list, char hex[DRAW_HEX_CHARS + 1])
{
    unsigned char result[DRAW_HASH_BYTES];
    struct buffer lines = {0};

    print_hex(list->seed, hex);
    buffer_printf(&lines, "jiaohao-draw-1\n" TEXT_FMT "\n" TEXT_FMT "\n", TEXT_ARG(list->hall),
                  TEXT_ARG(list->queue));
    calendar_append_date(&lines, list->day);
    buffer_printf(&lines, "\n%s\n", hex);
    hash(buffer_text(&lines), result);
    print_hex(result, hex);
    sodium_memzero(lines.data, lines.length);
    buffer_free(&lines);
}

void draw_digest(const struct draw_list *list, unsigned char digest[DRAW_HASH_BYTES])
{
    struct buffer lines = {0};

    for (size_t i = 0; i < list->count; i++) {
        const struct draw_entry *entry = &list->entries[i];
        buffer_append(&lines, id_of(entry));
        buffer_append_byte(&lines, ' ');
        calendar_append_slot(&lines, entry->slot);
        buffer_printf(&lines, " %u %u\n", entry->units, entry->span);
    }
    hash(buffer_text(&lines), digest);
    buffer_free(&lines);
}

int draw_compare(const struct draw_entry *a, const struct draw_entry *b)
{
    int by_ticket = memcmp(a->ticket, b->ticket, DRAW_HASH_BYTES);

    return by_ticket ? by_ticket : memcmp(a->id, b->id, DRAW_ID_CHARS);
}

static int compare_indices(const void *a, const void *b, void *list)
{
    const struct draw_entry *entries = ((const struct draw_list *)list)->entries;

    return draw_compare(&entries[*(const uint32_t *)a], &entries[*(const uint32_t *)b]);
}

void draw_order(struct draw_list *list, uint32_t *order)
{
    unsigned char message[DRAW_SEED_BYTES + DRAW_HASH_BYTES + DRAW_ID_CHARS];

    memcpy(message, list->seed, DRAW_SEED_BYTES);
    draw_digest(list, message + DRAW_SEED_BYTES);
    for (size_t i = 0; i < list->count; i++) {
        struct draw_entry *entry = &list->entries[i];
        memcpy(message + DRAW_SEED_BYTES + DRAW_HASH_BYTES, entry->id, DRAW_ID_CHARS);
        hash(text_bytes(message, sizeof message), entry->ticket);
        order[i] = (uint32_t)i;
    }
    qsort_r(order, list->count, sizeof *order, compare_indices, list);
}

static bool is_free(const uint32_t units[SLOTS_A_DAY], const struct draw_entry *entry)
{
    for (unsigned s = entry->slot; s < entry->slot + entry->span; s++)
        if (s >= SLOTS_A_DAY || units[s] < entry->units)
            return false;
    return true;
}

size_t draw_place(struct draw_list *list, const uint32_t *order)
{
    uint32_t units[SLOTS_A_DAY];
    size_t placed = 0;

    memcpy(units, list->places, sizeof units);
    for (size_t i = 0; i < list->count; i++) {
        struct draw_entry *entry = &list->entries[order[i]];
        entry->is_placed = !entry->refused.length && is_free(units, entry);
        for (unsigned s = entry->slot; entry->is_placed && s < entry->slot + entry->span; s++)
            units[s] -= entry->units;
        placed += entry->is_placed;
    }
    return placed;
}

static bool check_commitment(const struct draw_publication *publication, struct buffer *fault)
{
    char expected[DRAW_HEX_CHARS + 1];

    draw_commitment(&publication->list, expected);
    if (strcmp(expected, publication->commitment) != 0)
        buffer_printf(fault, "The commitment is not that of this hall, queue, date and seed: %s.",
                      expected);
    return !fault->length;
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(*(const char *const *)a, *(const char *const *)b, DRAW_ID_CHARS);
}

static bool check_entries(const struct draw_publication *publication, struct buffer *fault)
{
    const struct draw_list *list = &publication->list;
    const char **ids = memory_new((list->count + 1) * sizeof *ids);
    unsigned char digest[DRAW_HASH_BYTES];
    char expected[DRAW_HEX_CHARS + 1];

    draw_digest(list, digest);
    print_hex(digest, expected);
    for (size_t i = 0; i < list->count; i++)
        ids[i] = list->entries[i].id;
    qsort(ids, list->count, sizeof *ids, compare_ids);
    for (size_t i = 1; i < list->count && !fault->length; i++)
        if (compare_ids(&ids[i - 1], &ids[i]) == 0)
            buffer_printf(fault, "Entry %.*s stands twice in the list.", DRAW_ID_CHARS, ids[i]);
    if (!fault->length && strcmp(expected, publication->digest) != 0)
        buffer_printf(fault, "The digest is not that of the entries: %s.", expected);
    free(ids);
    return !fault->length;
}

/* The drawn order; takes over what the result says of refusals. */
static bool check_order(struct draw_publication *publication, const uint32_t *order,
                        struct buffer *fault)
{
    struct draw_list *list = &publication->list;

    if (publication->result_count != list->count)
        buffer_printf(fault, "The result has %zu entries, the list has %zu.",
                      publication->result_count, list->count);
    for (size_t i = 0; i < list->count && !fault->length; i++) {
        const struct draw_result *result = &publication->results[i];
        struct draw_entry *entry = &list->entries[order[i]];
        if (memcmp(result->id, entry->id, DRAW_ID_CHARS) != 0)
            buffer_printf(fault, "Number %zu of the result is %.*s, but %.*s was drawn.", i + 1,
                          DRAW_ID_CHARS, result->id, DRAW_ID_CHARS, entry->id);
        entry->refused = result->refused;
    }
    return !fault->length;
}

static bool check_placing(const struct draw_publication *publication, const uint32_t *order,
                          struct buffer *fault)
{
    for (size_t i = 0; i < publication->result_count && !fault->length; i++) {
        const struct draw_result *result = &publication->results[i];
        const struct draw_entry *entry = &publication->list.entries[order[i]];
        if (result->is_placed && entry->refused.length)
            buffer_printf(fault, "Entry %.*s is placed although it was refused.", DRAW_ID_CHARS,
                          entry->id);
        else if (result->is_placed && !entry->is_placed)
            buffer_printf(fault, "Entry %.*s is placed although its half hours had no units left.",
                          DRAW_ID_CHARS, entry->id);
        else if (!result->is_placed && entry->is_placed)
            buffer_printf(fault, "Entry %.*s is not placed although its half hours had units left.",
                          DRAW_ID_CHARS, entry->id);
    }
    return !fault->length;
}

bool draw_verify(struct draw_publication *publication, size_t *placed, struct buffer *fault)
{
    uint32_t *order = memory_new((publication->list.count + 1) * sizeof *order);
    bool right = check_commitment(publication, fault) && check_entries(publication, fault);

    if (right) {
        draw_order(&publication->list, order);
        right = check_order(publication, order, fault);
    }
    if (right) {
        *placed = draw_place(&publication->list, order);
        right = check_placing(publication, order, fault);
    }
    free(order);
    return right;
}
