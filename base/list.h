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

/* For a step that does not change the list, but may take its own item out. */
#define LIST_FOREACH(head, item)                                                                   \
    for (struct list *item = (head)->next, *item##_next = item->next; item != (head);              \
         item = item##_next, item##_next = item->next)

/* For a step that calls on: whoever it calls may add members, take out or free any of them, this
 * one and those to come included. Each one that was there at first and still is gets its turn once,
 * none that came later. The members wait for it in a list of the loop's own, behind it they are at
 * the end of theirs; so the head must live as long as the loop, and the loop must not be left
 * early.
 */
#define LIST_FOREACH_CHANGING(head, item)                                                          \
    for (struct list item##_waiting = LIST_INIT(item##_waiting),                                   \
                     *item = list_begin_turns(&item##_waiting, head);                              \
         item; item = list_next_turn(&item##_waiting, head))

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

/* Moves all members of `from`, in their order, to the end of `to`. */
static inline void list_append_all(struct list *to, struct list *from)
{
    if (list_is_empty(from))
        return;
    from->next->previous = to->previous;
    from->previous->next = to;
    to->previous->next = from->next;
    to->previous = from->previous;
    list_init(from);
}

/* For LIST_FOREACH_CHANGING: who is next, back in the list. */
static inline struct list *list_next_turn(struct list *waiting, struct list *head)
{
    struct list *item = list_take_first(waiting);

    if (item)
        list_append(head, item);
    return item;
}

static inline struct list *list_begin_turns(struct list *waiting, struct list *head)
{
    list_append_all(waiting, head);
    return list_next_turn(waiting, head);
}
