/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/announce.h"

#include <stdlib.h>
#include <time.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "store/stream_state.h"

/* Readers that fell behind these take the whole state anew. */
#define ENTRIES_KEPT TEXT("1000")

enum { POLL_MS = 3 };

/* What is waited for. */
struct announcement {
    struct stream_id id;
    struct buffer names; /* of the connected workers, each behind a blank */
    size_t name_count;
    struct buffer late; /* of those who have not applied it, likewise */
    bool applied;       /* by all of them */
};

static void added(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct announcement *announcement = owner;

    if (status == STORE_OK)
        stream_id_parse(store_reply_text(reply), &announcement->id);
}

static void append_name(struct buffer *names, struct text name)
{
    buffer_append_byte(names, ' ');
    buffer_append(names, name);
}

static bool is_listed(const struct announcement *announcement, struct text name)
{
    struct text rest = buffer_text(&announcement->names), one;

    while (text_split(&rest, ' ', &one))
        if (text_equal(one, name))
            return true;
    return false;
}

/* Lines of "id=3 addr=… name=jiaohao-worker-17 age=…". A worker's connections share its name. */
static void clients_listed(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct announcement *announcement = owner;
    struct text rest = store_reply_text(reply), line, word;

    if (status != STORE_OK)
        return;
    buffer_clear(&announcement->names);
    announcement->name_count = 0;
    while (text_split(&rest, '\n', &line))
        while (text_split(&line, ' ', &word)) {
            struct text name = text_part(word, strlen("name="), word.length);
            if (!text_starts_with(word, TEXT("name=" ANNOUNCE_WORKER_PREFIX)) ||
                is_listed(announcement, name))
                continue;
            append_name(&announcement->names, name);
            announcement->name_count++;
        }
}

static void applied_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct announcement *announcement = owner;
    struct text rest = text_part(buffer_text(&announcement->names), 1, SIZE_MAX), name;
    struct stream_id id;

    buffer_clear(&announcement->late);
    if (status != STORE_OK)
        return;
    for (size_t i = 0; text_split(&rest, ' ', &name); i++)
        if (!stream_id_parse(store_reply_text_at(reply, i), &id) ||
            stream_id_compare(id, announcement->id) < 0)
            append_name(&announcement->late, name);
    announcement->applied = announcement->late.length == 0;
}

static enum store_status read_applied(struct store *store, struct announcement *announcement)
{
    size_t count = 2;
    struct text *args = memory_new((count + announcement->name_count) * sizeof *args);
    struct text rest = text_part(buffer_text(&announcement->names), 1, SIZE_MAX);
    enum store_status status;

    args[0] = TEXT("HMGET");
    args[1] = ANNOUNCE_APPLIED;
    while (count < 2 + announcement->name_count && text_split(&rest, ' ', &args[count]))
        count++;
    status = store_command_wait(store, args, count, 0, applied_read, announcement);
    free(args);
    return status;
}

static enum store_status list_workers(struct store *store, struct announcement *announcement)
{
    return store_command_wait(store, STORE_ARGS(TEXT("CLIENT"), TEXT("LIST")), 0, clients_listed,
                              announcement);
}

/* One look at who is connected and how far they are. */
static enum store_status look(struct store *store, struct announcement *announcement)
{
    enum store_status status = list_workers(store, announcement);

    announcement->applied = announcement->name_count == 0;
    if (status == STORE_OK && announcement->name_count)
        status = read_applied(store, announcement);
    return status;
}

static void rows_listed(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct announcement *announcement = owner;

    (void)status;
    buffer_clear(&announcement->late);
    for (size_t i = 0; i < store_reply_count(reply); i++)
        if (!is_listed(announcement, store_reply_text_at(reply, i)))
            append_name(&announcement->late, store_reply_text_at(reply, i));
}

/* Rows of workers that have gone would gather with every restart. It is done before the entry is
 * appended: a worker that connects meanwhile says again how far it is, for that entry. */
static enum store_status forget_the_dead(struct store *store, struct announcement *announcement)
{
    enum store_status status = list_workers(store, announcement);
    struct text rest, name;

    if (status == STORE_OK)
        status = store_command_wait(store, STORE_ARGS(TEXT("HKEYS"), ANNOUNCE_APPLIED), 0,
                                    rows_listed, announcement);
    rest = text_part(buffer_text(&announcement->late), 1, SIZE_MAX);
    while (status == STORE_OK && text_split(&rest, ' ', &name))
        status = store_command_wait(store, STORE_ARGS(TEXT("HDEL"), ANNOUNCE_APPLIED, name), 0,
                                    NULL, NULL);
    return status;
}

/* Between two looks. The caller waits for this and for nothing else, and the loop runs in each. */
static void rest_a_little(void)
{
    nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000}, NULL);
}

/* "not within 10000 ms by jiaohao-worker-17 …", or what Redis says. */
static void give_reason(struct store *store, const struct announcement *announcement,
                        enum store_status status, unsigned timeout_ms, struct buffer *reason)
{
    if (!reason)
        return;
    if (status == STORE_OK)
        buffer_printf(reason, "not within %u ms by" TEXT_FMT, timeout_ms,
                      TEXT_ARG(buffer_text(&announcement->late)));
    else
        buffer_append(reason, store_reason(store, status));
}

int announce(struct store *store, struct text kind, struct text value, unsigned timeout_ms,
             struct buffer *reason)
{
    struct announcement announcement = {0};
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    enum store_status status = forget_the_dead(store, &announcement);

    if (status == STORE_OK)
        status = store_command_wait(store,
                                    STORE_ARGS(TEXT("XADD"), ANNOUNCE_STREAM, TEXT("MAXLEN"),
                                               TEXT("~"), ENTRIES_KEPT, TEXT("*"), kind, value),
                                    0, added, &announcement);
    while (status == STORE_OK) {
        status = look(store, &announcement);
        if (announcement.applied || clock_monotonic_ms() >= deadline_ms)
            break;
        rest_a_little();
    }
    if (status != STORE_OK || !announcement.applied)
        give_reason(store, &announcement, status, timeout_ms, reason);
    buffer_free(&announcement.names);
    buffer_free(&announcement.late);
    return status == STORE_OK ? !announcement.applied : (int)status;
}

void announce_applied(struct store *store, struct text worker, struct text id)
{
    store_command(store, STORE_ARGS(TEXT("HSET"), ANNOUNCE_APPLIED, worker, id), 0, NULL, NULL);
}
