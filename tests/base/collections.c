/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/memory.h"
#include "tests/leaks.h"

struct member {
    int value;
    struct list list;
};

static int value_of(struct list *item)
{
    return CONTAINER_OF(item, struct member, list)->value;
}

Test(list, keeps_the_order_of_arrival)
{
    struct list head = LIST_INIT(head);
    struct member members[] = {{.value = 1}, {.value = 2}, {.value = 3}};
    int expected = 1;

    cr_assert(list_is_empty(&head));
    cr_assert_null(list_take_first(&head));
    for (int i = 0; i < 3; i++)
        list_append(&head, &members[i].list);
    cr_assert_not(list_is_empty(&head));
    LIST_FOREACH(&head, item)
    cr_expect_eq(value_of(item), expected++);
    cr_assert_eq(expected, 4);
    for (int i = 1; i <= 3; i++)
        cr_expect_eq(value_of(list_take_first(&head)), i);
    cr_assert(list_is_empty(&head));
}

Test(list, members_leave_from_anywhere_and_twice)
{
    struct list head = LIST_INIT(head);
    struct member members[] = {{.value = 1}, {.value = 2}, {.value = 3}};

    for (int i = 0; i < 3; i++)
        list_append(&head, &members[i].list);
    list_remove(&members[1].list);
    cr_expect_eq(value_of(head.next), 1);
    cr_expect_eq(value_of(head.previous), 3);
    list_remove(&members[0].list);
    list_remove(&members[1].list); /* its former neighbours have moved on */
    cr_assert_eq(head.next, &members[2].list);
    cr_assert_eq(members[2].list.previous, &head);
    LIST_FOREACH(&head, item) /* a loop bears that its member leaves */
    list_remove(item);
    cr_assert(list_is_empty(&head));
}

static struct member *append_new(struct list *head, int value)
{
    struct member *member = memory_new(sizeof *member);

    member->value = value;
    list_append(head, &member->list);
    return member;
}

static void free_member(struct list *item)
{
    list_remove(item);
    free(CONTAINER_OF(item, struct member, list));
}

static void expect_values(struct list *head, const char *expected)
{
    char values[64] = "";

    LIST_FOREACH(head, item)
    snprintf(values + strlen(values), sizeof values - strlen(values), "%d ", value_of(item));
    cr_expect_str_eq(values, expected);
}

Test(list, all_move_to_the_end_of_another_in_their_order)
{
    struct list from = LIST_INIT(from), to = LIST_INIT(to);
    struct member members[] = {{.value = 1}, {.value = 2}, {.value = 3}, {.value = 4}};

    list_append_all(&to, &from);
    cr_assert(list_is_empty(&to) && list_is_empty(&from));
    for (int i = 0; i < 2; i++)
        list_append(&from, &members[i].list);
    list_append_all(&to, &from);
    expect_values(&to, "1 2 ");
    cr_assert(list_is_empty(&from));
    for (int i = 2; i < 4; i++)
        list_append(&from, &members[i].list);
    list_append_all(&to, &from);
    expect_values(&to, "1 2 3 4 ");
    list_remove(&members[2].list);
    list_append(&from, &members[2].list);
    expect_values(&to, "1 2 4 ");
    expect_values(&from, "3 ");
}

Test(list, a_walk_ends_though_each_step_appends)
{
    struct list head = LIST_INIT(head);
    int turns = 0;

    LIST_FOREACH_CHANGING(&head, item)
    turns++;
    cr_assert_eq(turns, 0);
    for (int i = 1; i <= 3; i++)
        append_new(&head, i);
    LIST_FOREACH_CHANGING(&head, item)
    {
        cr_expect_eq(value_of(item), ++turns);
        append_new(&head, value_of(item) + 10);
        list_remove(item); /* as a change of state does that comes to the same one */
        list_append(&head, item);
    }
    cr_assert_eq(turns, 3, "%d", turns);
    expect_values(&head, "11 1 12 2 13 3 ");
    LIST_FOREACH_CHANGING(&head, item)
    free_member(item);
    cr_assert(list_is_empty(&head));
}

Test(list, a_walk_bears_that_any_member_is_freed)
{
    struct list head = LIST_INIT(head);
    struct member *members[8];
    int turns = 0;

    for (int i = 0; i < 8; i++)
        members[i] = append_new(&head, i);
    LIST_FOREACH_CHANGING(&head, item)
    {
        turns++;
        switch (value_of(item)) {
        case 1: /* the one before, itself and the next */
            free_member(&members[0]->list);
            free_member(item);
            free_member(&members[2]->list);
            break;
        case 4: /* all that are still to come */
            for (int i = 5; i < 8; i++)
                free_member(&members[i]->list);
        }
    }
    cr_assert_eq(turns, 4, "0, 1, 3, 4: %d", turns);
    expect_values(&head, "3 4 ");
    LIST_FOREACH_CHANGING(&head, item)
    free_member(item);
}

Test(list, a_walk_within_a_walk_sees_who_had_a_turn)
{
    struct list head = LIST_INIT(head);
    int turns = 0;

    for (int i = 1; i <= 2; i++)
        append_new(&head, i);
    LIST_FOREACH_CHANGING(&head, outer)
    {
        LIST_FOREACH_CHANGING(&head, inner)
        turns++;
    }
    cr_assert_eq(turns, 1 + 2);
    LIST_FOREACH_CHANGING(&head, item)
    free_member(item);
    assert_no_leaks();
}

Test(arena, gives_zeroed_aligned_memory_that_does_not_overlap)
{
    struct arena arena = {0};
    unsigned char *pieces[200];

    for (size_t i = 0; i < 200; i++) {
        size_t size = i == 100 ? 100000 : i + 1;
        pieces[i] = arena_new(&arena, size);
        cr_assert_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0, "piece %zu", i);
        for (size_t k = 0; k < size; k++)
            cr_assert_eq(pieces[i][k], 0, "piece %zu", i);
        memset(pieces[i], (int)i + 1, size);
    }
    for (size_t i = 0; i < 200; i++)
        cr_expect_eq(pieces[i][i == 100 ? 99999 : i], i + 1, "piece %zu", i);
    arena_free(&arena);
    cr_assert_null(arena.blocks);
    cr_assert_str_eq(arena_copy(&arena, TEXT("again")).data, "again");
    arena_free(&arena);
    assert_no_leaks();
}

Test(memory, copies_end_with_nul)
{
    char *copy = memory_copy_text(text_part(TEXT("abcdef"), 1, 3));
    char *empty = memory_copy_text(TEXT_NONE);

    cr_expect_str_eq(copy, "bcd");
    cr_expect_str_eq(empty, "");
    free(copy);
    free(empty);
    assert_no_leaks();
}

Test(clock, moves_by_its_offset_alone)
{
    int64_t before_ms = clock_now_ms(), monotonic_ms = clock_monotonic_ms();

    clock_set_offset(86400000);
    cr_expect_eq(clock_offset(), 86400000);
    cr_expect_geq(clock_now_ms(), before_ms + 86400000);
    cr_expect_lt(clock_now_ms(), before_ms + 86400000 + 60000);
    cr_expect_lt(clock_monotonic_ms(), monotonic_ms + 60000, "time-outs do not jump");
    cr_expect_leq(clock_monotonic_us() / 1000 - clock_monotonic_ms(), 0, "the same clock");
}
