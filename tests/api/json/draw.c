/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/draw.h"

#include <sodium.h>
#include <stdlib.h>

#include "tests/leaks.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { ENTRIES = 10, DRAWS_AT_MS = 1795449600 };

/* One place at 09:00, 09:30 and 10:00 each, for which there are more people than that: one place
 * more or less, wherever, gives another result. */
static const struct {
    const char *id;
    unsigned slot, span;
} wanted[ENTRIES] = {
    {"00000000000000a1", 18, 1}, {"00000000000000b2", 18, 1}, {"00000000000000c3", 18, 1},
    {"00000000000000d4", 19, 1}, {"00000000000000e5", 19, 1}, {"00000000000000f6", 19, 2},
    {"0000000000000107", 19, 1}, {"0000000000000218", 20, 1}, {"0000000000000329", 20, 1},
    {"000000000000043a", 20, 1},
};

/* The JSON of the drawn list, as the service prints it. `refused`: its first entry in the order. */
static void print(struct buffer *json, bool is_refused)
{
    struct draw_entry entries[ENTRIES];
    struct draw_result results[ENTRIES];
    uint32_t order[ENTRIES];
    unsigned char digest[DRAW_HASH_BYTES];
    struct draws_report report = {.state = DRAWS_DRAWN, .entry_count = ENTRIES};
    struct draw_list *list = &report.publication.list;

    *list = (struct draw_list){.hall = TEXT("410400-01"),
                               .queue = TEXT("A"),
                               .seed = {1, 2, 3},
                               .places = {[18] = 1, [19] = 1, [20] = 1},
                               .entries = entries,
                               .count = ENTRIES};
    cr_assert(calendar_parse_date(TEXT("2026-11-24"), &list->day));
    for (size_t i = 0; i < ENTRIES; i++) {
        entries[i] =
            (struct draw_entry){.slot = wanted[i].slot, .units = 1, .span = wanted[i].span};
        memcpy(entries[i].id, wanted[i].id, DRAW_ID_CHARS);
    }
    draw_order(list, order);
    if (is_refused)
        entries[order[0]].refused = TEXT("health-code-not-green");
    draw_place(list, order);
    for (size_t i = 0; i < ENTRIES; i++) {
        results[i] = (struct draw_result){.is_placed = entries[order[i]].is_placed,
                                          .refused = entries[order[i]].refused};
        memcpy(results[i].id, entries[order[i]].id, DRAW_ID_CHARS);
    }
    draw_commitment(list, report.commitment);
    memcpy(report.publication.commitment, report.commitment, sizeof report.commitment);
    draw_digest(list, digest);
    sodium_bin2hex(report.publication.digest, DRAW_HEX_CHARS + 1, digest, sizeof digest);
    report.publication.results = results;
    report.publication.result_count = ENTRIES;
    draw_json_append(json, list, &report, DRAWS_AT_MS * INT64_C(1000), 480);
}

/* Whether it is read and verified; `fault` (may be NULL) gets what is said. */
static bool is_right(struct text json, struct buffer *fault)
{
    struct draw_publication publication;
    struct json_faults faults = {0};
    struct buffer said = {0};
    struct arena arena = {0};
    size_t placed;
    bool right = draw_json_read(json, &arena, &publication, &faults) &&
                 draw_verify(&publication, &placed, &said);

    json_faults_append(&said, &faults, NULL);
    cr_expect_eq(right, said.length == 0);
    if (fault)
        buffer_append(fault, buffer_text(&said));
    json_faults_free(&faults);
    buffer_free(&said);
    arena_free(&arena);
    return right;
}

static const char *find(struct text json, const char *name)
{
    return memmem(json.data, json.length, name, strlen(name));
}

/* When a draw is made is told, and is no part of it. */
static bool is_part_of_the_draw(struct text json, size_t at)
{
    const char *begin = find(json, "\"draws_at\":\"") + strlen("\"draws_at\":\"");

    return at < (size_t)(begin - json.data) || json.data + at >= begin + 25;
}

Test(draw_json, what_is_printed_is_read)
{
    struct draw_publication publication;
    struct json_faults faults = {0};
    struct buffer json = {0}, wrong = {0};
    struct arena arena = {0};
    size_t placed = 0;

    print(&json, true);
    cr_expect(draw_json_read(buffer_text(&json), &arena, &publication, &faults));
    cr_expect_eq(faults.count, 0);
    cr_expect(draw_verify(&publication, &placed, &wrong), TEXT_FMT, TEXT_ARG(buffer_text(&wrong)));
    cr_expect_eq(placed, 2);
    cr_expect(text_is(publication.list.hall, "410400-01"));
    cr_expect_eq(publication.list.count, ENTRIES);
    cr_expect_eq(publication.list.entries[5].span, 2);
    cr_expect_eq(publication.list.places[20], 1);
    cr_expect(text_is(publication.results[0].refused, "health-code-not-green"));
    buffer_free(&json);
    buffer_free(&wrong);
    arena_free(&arena);
    assert_no_leaks();
}

/* Each byte, replaced by all others that differ in a bit and by those that mean something. */
Test(draw_json, every_changed_byte_is_found, .timeout = 120)
{
    static const char meaning[] = "\"{}[]:,.-+eE019 \\\n";
    struct buffer json = {0};
    size_t tried = 0;

    print(&json, false);
    cr_assert(is_right(buffer_text(&json), NULL));
    for (size_t at = 0; at < json.length; at++) {
        char kept = json.data[at];
        if (!is_part_of_the_draw(buffer_text(&json), at))
            continue;
        for (size_t i = 0; i < 8 + COUNT(meaning) - 1; i++) {
            json.data[at] = i < 8 ? (char)(kept ^ (1 << i)) : meaning[i - 8];
            if (json.data[at] == kept)
                continue;
            tried++;
            cr_expect_not(is_right(buffer_text(&json), NULL), "byte %zu, %c for %c", at,
                          json.data[at], kept);
        }
        json.data[at] = kept;
    }
    cr_expect_gt(tried, 10000);
    cr_expect(is_right(buffer_text(&json), NULL));
    buffer_free(&json);
    assert_no_leaks();
}

/* The list with `old` replaced by `new` must be at fault, and that be said. */
static void expect_fault(const char *old, const char *new, const char *said)
{
    struct buffer json = {0}, changed = {0}, fault = {0};
    const char *at;

    print(&json, false);
    at = find(buffer_text(&json), old);
    cr_assert(at, "no %s", old);
    buffer_append(&changed, text_bytes(json.data, (size_t)(at - json.data)));
    buffer_append(&changed, text_of(new));
    buffer_append(&changed, text_bytes(at + strlen(old),
                                       (size_t)(json.data + json.length - at) - strlen(old)));
    cr_expect_not(is_right(buffer_text(&changed), &fault), "%s for %s", new, old);
    cr_expect(text_starts_with(buffer_text(&fault), text_of(said)), TEXT_FMT,
              TEXT_ARG(buffer_text(&fault)));
    buffer_free(&json);
    buffer_free(&changed);
    buffer_free(&fault);
}

Test(draw_json, what_is_wrong_is_named)
{
    static const struct {
        const char *old, *new, *said;
    } cases[] = {
        {"\"digest\":", "\"digestion\":", "/digestion: this member is unknown\n/digest: this"},
        {"\"hall\":\"410400-01\",", "", "/hall: this member is missing"},
        {"\"queue\":\"A\"", "\"queue\":\"A\",\"queue\":\"A\"", "/queue: this member stands twice"},
        {"\"queue\":\"A\"", "\"queue\":1", "/queue: a string is expected"},
        {"\"queue\":\"A\"", "\"queue\":\"A\\n\"", "/queue: a line of text is expected"},
        {"\"queue\":\"A\"", "\"queue\":\"A\\u0000\"", "the list: this is not well-formed JSON"},
        {"\"queue\":\"A\"", "\"queue\":\"A\\\\u0000\"", "The commitment is not"},
        {"\"queue\":\"A\"", "\"a/b~c\":1,\"queue\":\"A\"", "/a~1b~0c: this member is unknown"},
        {"2026-11-24", "2026-11-31", "/date: an existing date is expected"},
        {"\"drawn\"", "\"open\"", "/state: the draw was not made yet"},
        {"\"drawn\"", "\"done\"", "/state: \"drawn\" is expected"},
        {"\"entries_count\":10", "\"entries_count\":11", "/entries_count: there are not as many"},
        {"\"entries_count\":10", "\"entries_count\":10.5",
         "/entries_count: an integer is expected"},
        {"a1\"", "A1\"", "/entries/0/id: 16 hex digits in lower case are expected"},
        {"\"seed\":\"01", "\"seed\":\"0", "/seed: 64 hex digits"},
        {",\"span\":2", "", "/entries/5/span: this member is missing"},
        {",\"span\":2", ",\"span\":49", "/entries/5/span: an integer is expected"},
        {",\"span\":2", ",\"span\":2,\"name\":\"\"", "/entries/5/name: this member is unknown"},
        {"{\"start\":\"10:00\"", "{\"start\":\"09:30\"", "/places/2/start: this half hour stands"},
        {"\"placed\":true", "\"placed\":1", "/result/"},
        {"\"placed\":false", "\"placed\":false,\"refused\":\"slot-full\"", "/result/"},
        {"\"places\":[", "\"places\":[[],", "/places/0: an object is expected"},
        {"{\"hall\"", "[{\"hall\"", "the list: this is not well-formed JSON"},
        {"]}", "]}]", "the list: this is not well-formed JSON"},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        expect_fault(cases[i].old, cases[i].new, cases[i].said);
    assert_no_leaks();
}

Test(draw_json, other_texts_are_no_lists)
{
    cr_expect_not(is_right(TEXT(""), NULL));
    cr_expect_not(is_right(TEXT("[]"), NULL));
    cr_expect_not(is_right(TEXT("{}"), NULL));
    cr_expect_not(is_right(TEXT("{\"state\":\"pending\"}"), NULL));
    cr_expect_not(is_right(TEXT("\xff"), NULL));
    assert_no_leaks();
}
