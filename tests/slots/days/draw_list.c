/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/draw_list.h"

#include <stdlib.h>

#include "base/memory.h"
#include "tests/leaks.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { ENTRIES = 6 };

/* What the definition gives for these six, computed apart from this program, with Python:
 *
 *   from hashlib import sha256
 *   seed = bytes(range(32))
 *   rows = [("0123456789abcdef", "09:00", 1, 1), …]           # as in `drawn` below, by `made`
 *   sha256(f"jiaohao-draw-1\n410400-01\nA\n2026-11-24\n{seed.hex()}\n".encode()).hexdigest()
 *   digest = sha256("".join("%s %s %d %d\n" % r for r in rows).encode()).digest()
 *   sorted((sha256(seed + digest + r[0].encode()).hexdigest(), r[0]) for r in rows)
 *
 * Three units at 09:00, one at 09:30, 10:00 and 13:30: 05b0… takes one of 09:00, 0369… that of
 * 09:30 and of 10:00, 06d3… wants three of 13:30, 0123… takes one, for 048d… 10:00 is taken, and
 * the two that 0246… wants of 09:00 are not left. */
static const char commitment[] = "54780acfd743a4ee4a21732145c8b8ca2a3420bc036edf7100914197437c7b71";
static const char digest[] = "1d4ef5257010e592fc098a1c0b96d46de67f7927ab12265f368bf9f19d0f8706";
static const struct {
    const char *id;
    unsigned made, slot, units, span; /* made: its place in the list */
    bool is_placed;
    unsigned char ticket[4]; /* its first bytes */
} drawn[ENTRIES] = {
    {"05b05b05b05b05ab", 4, 18, 1, 1, true, {0x3b, 0x61, 0xea, 0xfa}},
    {"0369d0369d0369cd", 2, 19, 1, 2, true, {0x58, 0x2b, 0xc2, 0x84}},
    {"06d3a06d3a06d39a", 5, 27, 3, 1, false, {0x63, 0x92, 0x36, 0xc5}},
    {"0123456789abcdef", 0, 18, 1, 1, true, {0x67, 0xfc, 0x41, 0x08}},
    {"048d159e26af37bc", 3, 20, 1, 1, false, {0x70, 0x0c, 0xa2, 0x0c}},
    {"02468acf13579bde", 1, 18, 2, 1, false, {0x75, 0x37, 0x62, 0x19}},
};

struct fixture {
    struct draw_publication publication;
    struct draw_entry entries[ENTRIES];
    struct draw_result results[ENTRIES];
};

static void fill(struct fixture *fixture)
{
    struct draw_list *list = &fixture->publication.list;

    *fixture = (struct fixture){.publication = {.result_count = ENTRIES}};
    fixture->publication.results = fixture->results;
    *list = (struct draw_list){.hall = TEXT("410400-01"),
                               .queue = TEXT("A"),
                               .places = {[18] = 3, [19] = 1, [20] = 1, [27] = 1},
                               .entries = fixture->entries,
                               .count = ENTRIES};
    cr_assert(calendar_parse_date(TEXT("2026-11-24"), &list->day));
    for (unsigned i = 0; i < DRAW_SEED_BYTES; i++)
        list->seed[i] = (unsigned char)i;
    memcpy(fixture->publication.commitment, commitment, sizeof commitment);
    memcpy(fixture->publication.digest, digest, sizeof digest);
    for (size_t i = 0; i < ENTRIES; i++) {
        struct draw_entry *entry = &fixture->entries[drawn[i].made];
        memcpy(entry->id, drawn[i].id, DRAW_ID_CHARS);
        memcpy(fixture->results[i].id, drawn[i].id, DRAW_ID_CHARS);
        fixture->results[i].is_placed = drawn[i].is_placed;
        entry->slot = drawn[i].slot;
        entry->units = drawn[i].units;
        entry->span = drawn[i].span;
    }
}

/* Whether it is right; `fault` (may be NULL) must begin what is said when it is not. */
static bool is_right(struct fixture *fixture, const char *fault)
{
    struct buffer said = {0};
    size_t placed;
    bool right = draw_verify(&fixture->publication, &placed, &said);

    cr_expect_eq(right, said.length == 0);
    cr_expect(!fault || text_starts_with(buffer_text(&said), text_of(fault)), TEXT_FMT,
              TEXT_ARG(buffer_text(&said)));
    buffer_free(&said);
    return right;
}

Test(draw_list, known_vector)
{
    unsigned char bytes[DRAW_HASH_BYTES];
    char hex[DRAW_HEX_CHARS + 1];
    uint32_t order[ENTRIES];
    struct fixture fixture;

    fill(&fixture);
    draw_commitment(&fixture.publication.list, hex);
    cr_expect_str_eq(hex, commitment);
    draw_digest(&fixture.publication.list, bytes);
    for (unsigned i = 0; i < DRAW_HASH_BYTES; i++)
        cr_expect_eq(bytes[i], strtoul((char[]){digest[2 * i], digest[2 * i + 1], 0}, NULL, 16));
    draw_order(&fixture.publication.list, order);
    for (unsigned i = 0; i < ENTRIES; i++) {
        cr_expect_eq(order[i], drawn[i].made);
        cr_expect_arr_eq(fixture.entries[drawn[i].made].ticket, drawn[i].ticket, 4);
    }
    cr_expect_eq(draw_place(&fixture.publication.list, order), 3);
    for (unsigned i = 0; i < ENTRIES; i++)
        cr_expect_eq(fixture.entries[drawn[i].made].is_placed, drawn[i].is_placed, "%s",
                     drawn[i].id);
    cr_expect(is_right(&fixture, NULL));
    assert_no_leaks();
}

Test(draw_list, equal_tickets_are_ordered_by_id)
{
    struct draw_entry low = {.id = "0000000000000001", .ticket = {7}},
                      high = {.id = "0000000000000002", .ticket = {7}};

    cr_expect_lt(draw_compare(&low, &high), 0);
    cr_expect_gt(draw_compare(&high, &low), 0);
    cr_expect_eq(draw_compare(&low, &low), 0);
    low.ticket[DRAW_HASH_BYTES - 1] = 0xff; /* bytes, not signed ones */
    high.ticket[DRAW_HASH_BYTES - 1] = 1;
    cr_expect_gt(draw_compare(&low, &high), 0);
    cr_expect_lt(draw_compare(&high, &low), 0);
}

/* A refused entry takes nothing; what it leaves goes to those drawn behind it. */
Test(draw_list, refused_entries_take_nothing)
{
    struct fixture fixture;

    fill(&fixture);
    fixture.results[0].refused = TEXT("health-code-not-green");
    cr_expect_not(is_right(&fixture, "Entry 05b05b05b05b05ab is placed although it was refused."));
    fixture.results[0].is_placed = false;
    cr_expect_not(is_right(&fixture, "Entry 02468acf13579bde is not placed although its half hours "
                                     "had units left."));
    fixture.results[5].is_placed = true;
    cr_expect(is_right(&fixture, NULL));
}

Test(draw_list, each_half_hour_must_have_the_units)
{
    struct fixture fixture;

    fill(&fixture);
    fixture.publication.list.places[20] = 0; /* the second of 0369… */
    cr_expect_not(is_right(&fixture, "Entry 0369d0369d0369cd is placed although its half hours had "
                                     "no units left."));
    fill(&fixture);
    fixture.publication.list.places[27] = 3;
    cr_expect_not(is_right(&fixture, "Entry 06d3a06d3a06d39a is not placed"));
}

/* The last half hour is 23:30. */
Test(draw_list, nobody_is_placed_beyond_the_day)
{
    struct draw_entry entry = {.id = "0000000000000001", .slot = 47, .units = 1, .span = 2};
    struct draw_list list = {.entries = &entry, .count = 1, .places = {[0] = 1, [47] = 1}};
    uint32_t order[] = {0};

    cr_expect_eq(draw_place(&list, order), 0);
    entry.span = 1;
    cr_expect_eq(draw_place(&list, order), 1);
}

Test(draw_list, a_draw_without_entries)
{
    struct fixture fixture;

    fill(&fixture);
    fixture.publication.list.count = fixture.publication.result_count = 0;
    fixture.publication.list.entries = NULL;
    cr_expect_not(is_right(&fixture, "The digest is not that of the entries"));
    memcpy(fixture.publication.digest, /* SHA-256 of nothing */
           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", sizeof digest);
    cr_expect(is_right(&fixture, NULL));
    assert_no_leaks();
}

Test(draw_list, what_is_wrong_is_said)
{
    struct fixture fixture;

    fill(&fixture);
    fixture.publication.list.hall = TEXT("410400-02");
    cr_expect_not(is_right(&fixture, "The commitment is not that of this hall"));
    fill(&fixture);
    fixture.publication.list.queue = TEXT("B");
    cr_expect_not(is_right(&fixture, "The commitment is not that of this hall"));
    fill(&fixture);
    fixture.publication.list.day++;
    cr_expect_not(is_right(&fixture, "The commitment is not that of this hall"));
    fill(&fixture);
    memcpy(fixture.entries[1].id, fixture.entries[4].id, DRAW_ID_CHARS);
    cr_expect_not(is_right(&fixture, "Entry 05b05b05b05b05ab stands twice in the list."));
    fill(&fixture);
    fixture.publication.result_count--;
    cr_expect_not(is_right(&fixture, "The result has 5 entries, the list has 6."));
    fill(&fixture);
    memcpy(fixture.results[1].id, drawn[2].id, DRAW_ID_CHARS);
    cr_expect_not(is_right(&fixture, "Number 2 of the result is 06d3a06d3a06d39a, but "
                                     "0369d0369d0369cd was drawn."));
    assert_no_leaks();
}

/* Every bit of what is published of the entries, the seed, the hashes and the result. */
Test(draw_list, every_changed_bit_is_found)
{
    static const struct {
        size_t offset, size;
        const char *fault;
    } parts[] = {
        {offsetof(struct fixture, publication.list.seed), DRAW_SEED_BYTES, "The commitment is not"},
        {offsetof(struct fixture, publication.commitment), DRAW_HEX_CHARS, "The commitment is not"},
        {offsetof(struct fixture, publication.digest), DRAW_HEX_CHARS, "The digest is not"},
        {offsetof(struct fixture, entries[0].id), DRAW_ID_CHARS, "The digest is not"},
        {offsetof(struct fixture, entries[0].slot), 1, "The digest is not"},
        {offsetof(struct fixture, entries[0].units), 4, "The digest is not"},
        {offsetof(struct fixture, entries[0].span), 1, "The digest is not"},
        {offsetof(struct fixture, entries[5].id), DRAW_ID_CHARS, "The digest is not"},
        {offsetof(struct fixture, entries[5].units), 4, "The digest is not"},
        {offsetof(struct fixture, results[0].id), DRAW_ID_CHARS, "Number 1 of the result is"},
        {offsetof(struct fixture, results[5].id), DRAW_ID_CHARS, "Number 6 of the result is"},
    };
    struct fixture fixture;

    for (size_t p = 0; p < COUNT(parts); p++)
        for (size_t bit = 0; bit < 8 * parts[p].size; bit++) {
            fill(&fixture);
            ((unsigned char *)&fixture)[parts[p].offset + bit / 8] ^= (unsigned char)(1 << bit % 8);
            cr_expect_not(is_right(&fixture, parts[p].fault), "part %zu, bit %zu", p, bit);
        }
    for (size_t i = 0; i < ENTRIES; i++) {
        fill(&fixture);
        fixture.results[i].is_placed = !fixture.results[i].is_placed;
        cr_expect_not(is_right(&fixture, "Entry "), "result %zu", i);
    }
    assert_no_leaks();
}

Test(draw_list, ids_and_reasons)
{
    cr_expect(draw_is_id(TEXT("0123456789abcdef")));
    cr_expect_not(draw_is_id(TEXT("0123456789abcde")));
    cr_expect_not(draw_is_id(TEXT("0123456789abcdef0")));
    cr_expect_not(draw_is_id(TEXT("0123456789abcdeF")));
    cr_expect_not(draw_is_id(TEXT("0123456789abcde\0")));
    cr_expect_not(draw_is_id(TEXT_NONE));
    cr_expect(text_is(draw_refusal('H'), "health-code-not-green"));
    cr_expect_eq(draw_refusal('F').length, 0);
    cr_expect(draw_is_refusal(TEXT("already-reserved")));
    cr_expect_not(draw_is_refusal(TEXT("slot-full")));
}
