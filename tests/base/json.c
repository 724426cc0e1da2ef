/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <stdlib.h>

#include "tests/leaks.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

Test(json, what_is_json)
{
    static const struct {
        struct text text;
        enum json_kind kind;
    } cases[] = {
        {TEXT("null"), JSON_NULL},
        {TEXT("false"), JSON_TRUTH},
        {TEXT("-1.5e3"), JSON_NUMBER},
        {TEXT("\"\""), JSON_TEXT},
        {TEXT(" [ ]\r\n\t"), JSON_ARRAY},
        {TEXT("{}"), JSON_OBJECT},
        {TEXT("\"\\\\u0000\""), JSON_TEXT}, /* a backslash, then u0000 */
        {TEXT("\"\\\\\\\\u0000\""), JSON_TEXT},
        {TEXT("{\"\\\\u0000\":1}"), JSON_OBJECT},
        {TEXT("\"\\u0001\\u00001\""), JSON_NOTHING},
        {TEXT("\"\\\\\\u0000\""), JSON_NOTHING}, /* a backslash, then a NUL */
        {TEXT("{\"\\u0000\":1}"), JSON_NOTHING},
    };
    struct arena arena = {0};

    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_eq(json_kind(json_parse(&arena, cases[i].text, NULL)), cases[i].kind, "%s",
                     cases[i].text.data);
    arena_free(&arena);
    assert_no_leaks();
}

Test(json, where_a_text_is_no_json)
{
    static const struct {
        struct text text;
        struct json_error error;
    } cases[] = {
        {TEXT(""), {true, 0}},
        {TEXT("{\"a\":1} x"), {true, 8}},
        {TEXT("{\"a\":1}}"), {true, 7}},
        {TEXT("[1,2"), {true, 3}},
        {TEXT("{\"a\" 1}"), {true, 5}},
        {TEXT("\"\xff\""), {false, 0}},
        {TEXT("\"\\u0000\""), {false, 0}},
        {TEXT("1\0"), {false, 0}},
    };
    struct arena arena = {0};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json_error error = {0};
        cr_expect_null(json_parse(&arena, cases[i].text, &error));
        cr_expect_eq(error.is_text, cases[i].error.is_text, "%s", cases[i].text.data);
        cr_expect_eq(error.offset, cases[i].error.offset, "%s: %zu", cases[i].text.data,
                     error.offset);
    }
    arena_free(&arena);
    assert_no_leaks();
}

/* `depth` arrays, one in another. */
static bool nests(unsigned depth)
{
    struct arena arena = {0};
    struct buffer text = {0};
    bool is_read;

    for (unsigned i = 0; i < depth; i++)
        buffer_append_byte(&text, '[');
    for (unsigned i = 0; i < depth; i++)
        buffer_append_byte(&text, ']');
    is_read = json_parse(&arena, buffer_text(&text), NULL);
    buffer_free(&text);
    arena_free(&arena);
    return is_read;
}

Test(json, nests_1000_deep)
{
    cr_expect(nests(1000));
    cr_expect_not(nests(1001));
    assert_no_leaks();
}

Test(json, values)
{
    struct arena arena = {0};
    const struct json *root = json_parse(
        &arena, TEXT("{\"text\":\"甲\\\\u0000\",\"n\":7,\"half\":0.5,\"yes\":true,\"n\":8}"), NULL);
    unsigned value = 1;

    cr_expect(text_is(json_text(json_member(root, "text")), "甲\\u0000"));
    cr_expect_null(json_text(json_member(root, "n")).data);
    cr_expect_eq(json_number(json_member(root, "n")), 7);
    cr_expect(json_number(root) != json_number(root), "a number of an object");
    cr_expect(json_truth(json_member(root, "yes")));
    cr_expect(json_has(root, "half"));
    cr_expect_not(json_has(root, "Half"));
    cr_expect_eq(json_kind(json_member(json_member(root, "no"), "more")), JSON_NOTHING);
    cr_expect_eq(json_count(root), 5);
    cr_expect_str_eq(json_name(json_first(root)), "text");
    cr_expect_not(json_whole(json_member(root, "n"), 8, 9, &value));
    cr_expect_not(json_whole(json_member(root, "half"), 0, 9, &value));
    cr_expect_not(json_whole(json_member(root, "no"), 0, 9, &value));
    cr_expect_eq(value, 1);
    cr_expect(json_whole(json_member(root, "n"), 7, 7, &value));
    cr_expect_eq(value, 7);
    arena_free(&arena);
    assert_no_leaks();
}

Test(json, a_tree_is_changed_and_printed)
{
    struct arena arena = {0};
    struct json *root = json_parse(&arena, TEXT("{\"a\":[1,2,3],\"b\":{\"c\":\"\\n\"}}"), NULL);
    struct json *list = json_member(root, "a");
    const struct json *other;
    struct buffer out = {0};

    json_remove(list, json_at(list, 1));
    json_append(list, json_copy(&arena, json_member(root, "b")));
    json_add_text(&arena, json_add_object(&arena, root, "d"), "e", "f");
    json_add(&arena, root, "g", json_copy(&arena, list));
    cr_expect(json_replace(&arena, root, "b", json_copy(&arena, json_first(list))));
    cr_expect_not(json_replace(&arena, root, "x", json_copy(&arena, list)));
    json_print(&out, root);
    cr_expect(text_is(buffer_text(&out), "{\"a\":[1,3,{\"c\":\"\\n\"}],\"b\":1,\"d\":{\"e\":\"f\"},"
                                         "\"g\":[1,3,{\"c\":\"\\n\"}]}"),
              TEXT_FMT, TEXT_ARG(buffer_text(&out)));
    other = json_parse(&arena, buffer_text(&out), NULL);
    cr_expect(json_equal(root, other));
    cr_expect_not(json_equal(root, list));
    buffer_free(&out);
    arena_free(&arena);
    assert_no_leaks();
}

Test(json, a_fault_has_a_pointer_and_stays_on_its_line)
{
    const struct json_path root = {0}, named = {.name = "(other)"};
    const struct json_path list = {&root, "a~b/c", 0}, element = {&list, NULL, 7};
    const struct json_path broken = {&named, "x: \n\x7f", 0};
    struct json_faults faults = {.max = 3};
    struct buffer out = {0};

    json_fault(&faults, &root, "is %s", "nothing");
    json_fault(&faults, &element, "is %d", 1);
    json_fault(&faults, &broken, "is broken: so it is");
    json_fault(&faults, &list, "is left out");
    json_fault(&faults, &list, "is left out");
    cr_expect_eq(faults.count, 5);
    cr_assert_eq(faults.told, 3);
    cr_expect_str_eq(faults.items[0].pointer, "");
    cr_expect_str_eq(faults.items[1].pointer, "/a~0b~1c/7");
    cr_expect_str_eq(faults.items[2].pointer, "(other)/x: \n\x7f");
    cr_expect_str_eq(faults.items[2].detail, "is broken: so it is");
    json_faults_append(&out, &faults, NULL);
    cr_expect(text_is(buffer_text(&out), ": is nothing\n"
                                         "/a~0b~1c/7: is 1\n"
                                         "(other)/x: \\u000a\\u007f: is broken: so it is\n"
                                         "… and 2 more\n"),
              TEXT_FMT, TEXT_ARG(buffer_text(&out)));
    buffer_clear(&out);
    faults.told = 1;
    json_faults_append(&out, &faults, "f.json");
    cr_expect(text_is(buffer_text(&out), "f.json: : is nothing\nf.json: … and 4 more\n"));
    buffer_free(&out);
    json_faults_free(&faults);
    assert_no_leaks();
}

/* A member in an empty buffer goes on with an object, an element begins its own. */
Test(json, what_is_put_sets_its_comma)
{
    struct buffer out = {0}, members = {0};

    json_put(&members, "limit", TEXT("{[:, "));
    json_put_integer(&members, "n", INT64_MIN);
    json_open(&out, NULL, '{');
    json_put(&out, "a", TEXT("\"\n"));
    json_open(&out, "list", '[');
    json_open(&out, NULL, '{');
    json_put_truth(&out, "yes", true);
    json_put_truth(&out, "no", false);
    buffer_append_byte(&out, '}');
    json_open(&out, NULL, '[');
    buffer_append_byte(&out, ']');
    json_put(&out, NULL, TEXT(""));
    json_put_integer(&out, NULL, 7);
    json_put_null(&out, NULL);
    buffer_append_byte(&out, ']');
    json_put_or_null(&out, "b", TEXT_NONE);
    json_put_or_null(&out, "c", TEXT("甲"));
    json_put_name(&out, "d");
    json_open(&out, NULL, '"');
    buffer_append(&out, TEXT("x\""));
    buffer_append(&out, buffer_text(&members));
    buffer_append_byte(&out, '}');
    cr_expect(text_is(buffer_text(&out),
                      "{\"a\":\"\\\"\\n\",\"list\":[{\"yes\":true,\"no\":false},[],\"\",7,null],"
                      "\"b\":null,\"c\":\"甲\",\"d\":\"x\",\"limit\":\"{[:, \","
                      "\"n\":-9223372036854775808}"),
              TEXT_FMT, TEXT_ARG(buffer_text(&out)));
    buffer_free(&out);
    buffer_free(&members);
    assert_no_leaks();
}
