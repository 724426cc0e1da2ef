/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdalign.h>
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
