/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A doubly linked list through the members themselves; a head that is not yet used points to
 * itself. A member can leave without knowing its list. */
struct list {
    struct list *next;
    struct list *previous;
};

/* clang-format off */
#define LIST_INIT(head) {&(head), &(head)}
/* clang-format on */

/* The struct of `type` whose member `field` is at `pointer`. */
#define CONTAINER_OF(pointer, type, field) ((type *)((char *)(pointer)-offsetof(type, field)))

#define LIST_FOREACH(head, item)                                                                   \
    for (struct list *item = (head)->next, *item##_next = item->next; item != (head);              \
         item = item##_next, item##_next = item->next)

static inline void list_init(struct list *list)
{
    list->next = list->previous = list;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

/* Puts `item` at the end; it must not be in a list. */
static inline void list_append(struct list *head, struct list *item)
{
    item->next = head;
    item->previous = head->previous;
    head->previous->next = item;
    head->previous = item;
}

/* Takes `item` out of its list; taking it out again does nothing. */
static inline void list_remove(struct list *item)
{
    item->previous->next = item->next;
    item->next->previous = item->previous;
    list_init(item);
}

/* The first member, taken out; NULL when the list is empty. */
static inline struct list *list_take_first(struct list *head)
{
    struct list *first = head->next;

    if (first == head)
        return NULL;
    /* The analyzer forgets that freed members were taken out before. */
    list_remove(first); /* NOLINT(clang-analyzer-unix.Malloc) */
    return first;
}
