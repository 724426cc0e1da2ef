/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/audit/parts.h"

#define SCAN_COUNT TEXT("500")

void audit_call_push(struct audit_call *call, struct text arg)
{
    if (call->count == call->capacity) {
        call->capacity = call->capacity ? call->capacity * 2 : 64;
        call->args = memory_resize(call->args, call->capacity * sizeof *call->args);
    }
    call->args[call->count++] = arg;
}

void audit_call_push_integer(struct audit_call *call, int64_t arg)
{
    audit_call_push(call, arena_integer(&call->arena, arg));
}

void audit_call_start(struct audit_call *call, const char *script, size_t key_count)
{
    *call = (struct audit_call){0};
    audit_call_push(call, TEXT("EVAL_RO"));
    audit_call_push(call, text_of(script));
    audit_call_push_integer(call, (int64_t)key_count);
}

enum store_status audit_call_end(struct audit_call *call, struct audit *audit,
                                 store_callback *callback, void *owner)
{
    enum store_status status = store_command_wait(audit->store, call->args, call->count,
                                                  AUDIT_TIMEOUT_MS, callback, owner);

    free(call->args);
    arena_free(&call->arena);
    return status;
}

static void page_scanned(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct audit_page *page = owner;
    const struct store_reply *items = store_reply_at(reply, 1);

    if (status != STORE_OK)
        return;
    buffer_clear(&page->cursor);
    buffer_append(&page->cursor, store_reply_text_at(reply, 0));
    page->count = store_reply_count(items) & ~(size_t)1;
    page->items = arena_new(&page->arena, (page->count + 1) * sizeof *page->items);
    for (size_t i = 0; i < page->count; i++)
        page->items[i] = arena_copy(&page->arena, store_reply_text_at(items, i));
}

enum store_status audit_scan(struct audit *audit, struct text key, audit_take *take, void *owner)
{
    struct audit_page page = {0};
    enum store_status status;

    buffer_append_byte(&page.cursor, '0');
    do {
        struct text cursor = arena_copy(&page.arena, buffer_text(&page.cursor));
        page.count = 0;
        status = store_command_wait(
            audit->store, STORE_ARGS(TEXT("HSCAN"), key, cursor, TEXT("COUNT"), SCAN_COUNT),
            AUDIT_TIMEOUT_MS, page_scanned, &page);
        if (status == STORE_OK)
            status = take(owner, &page);
        arena_free(&page.arena);
    } while (status == STORE_OK && !text_is(buffer_text(&page.cursor), "0"));
    buffer_free(&page.cursor);
    return status;
}

static void length_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    (void)status;
    *(uint64_t *)owner += (uint64_t)store_reply_integer(reply);
}

enum store_status audit_count_fields(struct audit *audit, struct text key, uint64_t *count)
{
    return store_command_wait(audit->store, STORE_ARGS(TEXT("HLEN"), key), AUDIT_TIMEOUT_MS,
                              length_read, count);
}

size_t audit_days_place(struct audit_days *days, day_number day)
{
    for (size_t i = 0; i < days->count; i++)
        if (days->items[i] == day)
            return i;
    if (days->count == days->capacity) {
        days->capacity = days->capacity ? days->capacity * 2 : 16;
        days->items = memory_resize(days->items, days->capacity * sizeof *days->items);
    }
    days->items[days->count] = day;
    return days->count++;
}

void audit_names_add(struct audit_names *names, struct text name)
{
    if (names->count == names->capacity) {
        names->capacity = names->capacity ? names->capacity * 2 : 256;
        names->items = memory_resize(names->items, names->capacity * sizeof *names->items);
    }
    names->items[names->count++] = name;
}

static int compare_names(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

void audit_names_settle(struct audit_names *names)
{
    size_t kept = 0;

    if (names->count)
        qsort(names->items, names->count, sizeof *names->items, compare_names);
    for (size_t i = 0; i < names->count; i++)
        if (!kept || !text_equal(names->items[i], names->items[kept - 1]))
            names->items[kept++] = names->items[i];
    names->count = kept;
}

bool audit_names_have(const struct audit_names *names, struct text name)
{
    return names->count &&
           bsearch(&name, names->items, names->count, sizeof *names->items, compare_names) != NULL;
}

/* --- What is read --- */

bool audit_parse_head(struct text head, struct reservation *reservation)
{
    return reservation_parse_record(head, reservation) && reservation->span > 0 &&
           reservation->units > 0;
}

size_t audit_queue_length(struct text field)
{
    struct text rest = field, hall, queue;

    if (!text_split(&rest, ' ', &hall) || !text_split(&rest, ' ', &queue) || !rest.data ||
        !hall.length || !queue.length)
        return 0;
    return hall.length + queue.length + 2;
}

bool audit_is_past(const struct audit *audit, day_number day)
{
    return day < audit->persons_from;
}
